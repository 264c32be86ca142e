//! What an answer means whose code no table names (`delivery.md` 6.3).

use http::{HeaderMap, StatusCode, header};
use jiff::SignedDuration;
use verify::engine::outbox::Refusal;

use super::Answer;
use super::codes::Verdict;
use crate::gateway::{Reason, SendResult, Taken};

/// Whether an error answer said in the provider's own form that it has not
/// taken the message. Whoever answers 5xx without that may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorBody {
    /// It did.
    NotTaken,
    /// It did not, or cannot be read.
    Unclear,
}

/// What the status alone tells. A status of success does not tell: what says
/// that a message was taken could not be read.
pub fn by_status(answer: &Answer<'_>, body: ErrorBody) -> SendResult {
    let (refusal, reason) = refusal_of(answer.status, answer.headers, body);
    SendResult::Refused(refusal, reason.into())
}

fn refusal_of(status: StatusCode, headers: &HeaderMap, body: ErrorBody) -> (Refusal, &'static str) {
    match status.as_u16() {
        200..=299 => (Refusal::InDoubt, "an answer that cannot be read"),
        300..=399 => (Refusal::GatewayDown, "it sends us elsewhere"),
        429 => (Refusal::Throttled(retry_after(headers)), "it asks us to slow down"),
        401 | 402 | 403 | 407 | 451 => (Refusal::GatewayDown, "it does not let us in"),
        // It did not wait for the whole request.
        408 | 425 => (Refusal::Temporary, "it asks us to try again"),
        400 | 404 | 409 | 413 | 414 | 422 => (Refusal::Content, "it refuses the request"),
        // The way we call it is wrong, whatever the message.
        400..=499 => (Refusal::GatewayDown, "it does not take such requests"),
        500 | 503 if body == ErrorBody::NotTaken => {
            (Refusal::Temporary, "it says that it has not taken the message")
        }
        _ => (Refusal::InDoubt, "it answered with an error"),
    }
}

/// The result of a code that the table names; `id` is the provider's id of a
/// message that was taken, `reason` for people and logs.
pub fn by_verdict(
    verdict: Verdict,
    id: Option<&str>,
    headers: &HeaderMap,
    reason: Reason,
) -> SendResult {
    match verdict {
        Verdict::Accepted => {
            SendResult::Accepted(Taken { ids: id.into_iter().map(str::to_owned).collect() })
        }
        Verdict::Refused(Refusal::Throttled(None)) => {
            SendResult::Refused(Refusal::Throttled(retry_after(headers)), reason)
        }
        Verdict::Refused(refusal) => SendResult::Refused(refusal, reason),
    }
}

/// The seconds of `Retry-After`. Its other form, a date, says nothing here: a
/// provider's clock need not be ours.
pub fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse::<u32>().ok().map(|seconds| SignedDuration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_means_what_the_contract_says() {
        let none = HeaderMap::new();
        let table: &[(&[u16], Refusal)] = &[
            (&[200, 201, 202, 204, 502, 504, 505, 599, 501], Refusal::InDoubt),
            (&[301, 302, 303, 304, 307, 308], Refusal::GatewayDown),
            (&[401, 402, 403, 407, 451, 405, 406, 410, 415], Refusal::GatewayDown),
            (&[400, 404, 409, 422, 413, 414], Refusal::Content),
            (&[429], Refusal::Throttled(None)),
            (&[408, 425], Refusal::Temporary),
        ];
        for (statuses, expected) in table {
            for status in *statuses {
                let status = StatusCode::from_u16(*status).unwrap();
                for body in [ErrorBody::Unclear, ErrorBody::NotTaken] {
                    assert_eq!(refusal_of(status, &none, body).0, *expected, "{status}");
                }
            }
        }
        for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE] {
            assert_eq!(refusal_of(status, &none, ErrorBody::Unclear).0, Refusal::InDoubt);
            assert_eq!(refusal_of(status, &none, ErrorBody::NotTaken).0, Refusal::Temporary);
        }
    }

    #[test]
    fn the_time_to_wait_is_read_in_seconds_only() {
        let after = |text: &str| {
            let value = text.parse().unwrap();
            retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]))
        };
        assert_eq!(after("7"), Some(SignedDuration::from_secs(7)));
        assert_eq!(after("0"), Some(SignedDuration::ZERO));
        for text in ["-1", "1.5", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", ""] {
            assert_eq!(after(text), None, "{text}");
        }
    }
}
