//! What the interface answers.

use serde::Deserialize;
use verify::ids::MessageId;

use crate::gateway::{SendResult, Taken};
use crate::provider::codes::{CodeTable, Verdict};
use crate::provider::status::{ErrorBody, by_status, by_verdict};
use crate::provider::{Answer, wire};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    messages: Vec<SentMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentMessage {
    message_id: Option<String>,
    status: Status,
}

/// What became of a message, here and in receipts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) group_name: String,
    pub(super) name: String,
}

/// An error of the whole call, in the form of version 3 or of the older ones.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    error_code: Option<String>,
    request_error: Option<RequestError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestError {
    service_exception: ServiceException,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceException {
    message_id: String,
}

pub(super) fn read(codes: &CodeTable, answer: &Answer<'_>) -> SendResult {
    if answer.status.is_success() {
        return match serde_json::from_slice::<Sent>(answer.body) {
            Ok(Sent { messages }) => match messages.as_slice() {
                [message] => read_message(codes, answer, message),
                // We sent one.
                _ => by_status(answer, ErrorBody::Unclear),
            },
            Err(_) => by_status(answer, ErrorBody::Unclear),
        };
    }
    let failed = serde_json::from_slice::<Failed>(answer.body).ok();
    let code = failed.and_then(|failed| {
        let older = failed.request_error.map(|error| error.service_exception.message_id);
        failed.error_code.or(older)
    });
    match code {
        None => by_status(answer, ErrorBody::Unclear),
        Some(code) => match codes.code(&code) {
            Some(verdict) => {
                by_verdict(verdict, None, answer.headers, codes.reason(&code, wire::code(&code)))
            }
            None => by_status(answer, ErrorBody::NotTaken),
        },
    }
}

fn read_message(codes: &CodeTable, answer: &Answer<'_>, message: &SentMessage) -> SendResult {
    let Status { group_name, name } = &message.status;
    match codes.code(name).or_else(|| codes.code(group_name)) {
        Some(Verdict::Accepted) => {
            // Ours, unless the account has it otherwise; then theirs is kept.
            let theirs = message.message_id.as_deref().and_then(wire::provider_id);
            let theirs = theirs.filter(|id| MessageId::parse(id).is_none());
            SendResult::Accepted(Taken { ids: theirs.into_iter().map(str::to_owned).collect() })
        }
        Some(verdict @ Verdict::Refused(_)) => {
            by_verdict(verdict, None, answer.headers, codes.reason(name, wire::code(name)))
        }
        None => by_status(answer, ErrorBody::Unclear),
    }
}
