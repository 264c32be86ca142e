//! How long a push service asks to wait (RFC 9110 §10.2.3, RFC 8030 §8.4).

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::fmt::rfc2822::DateTimeParser;
use verify::Timestamp;

use crate::limits::{PUSH_RETRY_AFTER, PUSH_RETRY_AFTER_DEFAULT};

/// The time that `Retry-After` names, as seconds or as a date, within
/// [`PUSH_RETRY_AFTER`]; [`PUSH_RETRY_AFTER_DEFAULT`] when it names none.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Duration {
    let text = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let asked = text.and_then(|text| seconds(text).or_else(|| until(text, now)));
    asked
        .unwrap_or(PUSH_RETRY_AFTER_DEFAULT)
        .clamp(*PUSH_RETRY_AFTER.start(), *PUSH_RETRY_AFTER.end())
}

fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number has are longer than any bound.
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

/// A date in the past asks for no wait.
fn until(text: &str, now: Timestamp) -> Option<Duration> {
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn seconds_and_dates_are_understood_within_bounds() {
        let now = Timestamp::from_second(784_111_777).unwrap();
        let hour = Duration::from_hours(1);
        for (text, expected) in [
            ("7", Duration::from_secs(7)),
            ("0", Duration::from_secs(1)),
            ("3600", hour),
            ("3601", hour),
            ("18446744073709551615", hour),
            ("99999999999999999999999999", hour),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Duration::from_secs(30)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Duration::from_secs(1)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Duration::from_secs(1)),
            ("Fri, 31 Dec 2100 23:59:59 GMT", hour),
            ("Mon, 06 Nov 1994 08:50:07 GMT", PUSH_RETRY_AFTER_DEFAULT),
            ("-1", PUSH_RETRY_AFTER_DEFAULT),
            ("+1", PUSH_RETRY_AFTER_DEFAULT),
            ("1.5", PUSH_RETRY_AFTER_DEFAULT),
            ("soon", PUSH_RETRY_AFTER_DEFAULT),
            ("", PUSH_RETRY_AFTER_DEFAULT),
        ] {
            let value = HeaderValue::from_str(text).unwrap();
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value)]);
            assert_eq!(retry_after(&headers, now), expected, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), PUSH_RETRY_AFTER_DEFAULT);
    }
}
