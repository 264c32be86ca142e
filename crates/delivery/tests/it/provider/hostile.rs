//! What a provider that is broken, or taken over, may answer and call back with.

use ringproof_delivery::SendResult;
use ringproof_delivery::provider::{CallbackError, Heard, Provider};
use verify::engine::outbox::Refusal;
use verify::entropy::{Entropy as _, SeededEntropy};

use super::exchange::{Call, message_id, other_id, read};

/// Nothing that a provider sends: none of these says that a message was taken.
fn bodies() -> Vec<Vec<u8>> {
    let huge = 64 * 1024;
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "{}",
        "[]",
        "null",
        "true",
        "0",
        "1e999",
        "\"OK\"",
        "OK",
        "OK ",
        "ERROR",
        "{\"messages\":[]}",
        "{\"messages\":{}}",
        "{\"messages\":[{}]}",
        "{\"messages\":[{\"message_id\":\"\"}]}",
        "{\"messages\":[{\"message_id\":7}]}",
        "{\"messages\":[{\"message_id\":\"a\"},{\"message_id\":\"b\"}]}",
        "{\"messages\":[{\"messageId\":\"a\",\"status\":{\"groupName\":\"\",\"name\":\"\"}}]}",
        "{\"MessageId\":\"\"}",
        "{\"MessageId\":null}",
        "{\"MessageId\":\"a b\"}",
        "{\"MessageId\":\"a\",\"MessageId\":\"b\"}",
        "{\"errors\":[]}",
        "{\"results\":7}",
        "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
        "<?xml version=\"1.0\"?><a/>",
        "\u{feff}{\"MessageId\":\"a\"}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    bodies.push(vec![0; huge]);
    bodies.push(vec![0xff; huge]);
    bodies.push(vec![b'['; huge]);
    bodies.push("{\"a\":".repeat(huge / 5).into_bytes());
    bodies.push(format!("OK {}", "x".repeat(huge)).into_bytes());
    bodies.push(format!("{{\"MessageId\":\"{}\"}}", "x".repeat(huge)).into_bytes());
    let long = "x".repeat(huge);
    bodies.push(format!("{{\"messages\":[{{\"message_id\":\"{long}\"}}]}}").into_bytes());
    bodies.push(format!("{{\"__type\":\"{long}\",\"Reason\":\"{long}\"}}").into_bytes());
    bodies.push(b"OK \xff\xfe".to_vec());
    bodies
}

/// What may come of an answer, whatever it says.
fn check_result(result: &SendResult, body: &[u8]) {
    let body = || String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    match result {
        SendResult::Accepted(taken) => {
            assert!(taken.ids.len() <= 1, "{}", body());
            for id in &taken.ids {
                let is_id =
                    (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
                assert!(is_id, "{}", body());
            }
        }
        SendResult::Refused(_, reason) => {
            let is_plain = reason.len() <= 64 && !reason.chars().any(char::is_control);
            assert!(is_plain, "{reason:?} of {}", body());
        }
    }
}

/// Answers that say nothing leave open whether the message was taken, and
/// errors that say nothing are read by their status.
pub(crate) fn answers(provider: &dyn Provider) {
    for body in bodies() {
        for (status, expected) in [
            (200, Refusal::InDoubt),
            (201, Refusal::InDoubt),
            (302, Refusal::GatewayDown),
            (400, Refusal::Content),
            (401, Refusal::GatewayDown),
            (404, Refusal::Content),
            (429, Refusal::Throttled(None)),
            (500, Refusal::InDoubt),
            (502, Refusal::InDoubt),
            (503, Refusal::InDoubt),
        ] {
            let result = read(provider, status, &body);
            check_result(&result, &body);
            let text = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
            match result {
                // It speaks the provider's own form, with a code that is unknown.
                SendResult::Refused(Refusal::Temporary, _) => {
                    let has_form = text.contains("__type") && matches!(status, 500 | 503);
                    assert!(has_form, "{status} {text}");
                }
                SendResult::Refused(refusal, _) => assert_eq!(refusal, expected, "{status} {text}"),
                SendResult::Accepted(_) => panic!("{status} {text}"),
            }
        }
    }
}

/// Answers that are nearly right stay within the model.
pub(crate) fn nearly_right_answers(provider: &dyn Provider, answer: &str, seed: u64) {
    let mut chance = Chance::new(seed);
    for _ in 0..20_000 {
        let body = chance.mutated(answer.as_bytes());
        for status in [200, 201, 400, 429, 500] {
            check_result(&read(provider, status, &body), &body);
        }
    }
}

/// Calls that are nearly right give reports of proved messages only, with
/// nothing unbound in them.
pub(crate) fn nearly_right_calls(provider: &dyn Provider, call: &Call, seed: u64) {
    let mut chance = Chance::new(seed);
    for _ in 0..20_000 {
        let mut call = call.clone();
        if call.query.is_empty() {
            call.body = chance.mutated(&call.body);
        } else {
            let query = chance.mutated(call.query.as_bytes());
            call.query = String::from_utf8_lossy(&query).into_owned();
        }
        let Ok(Heard::Reports(reports)) = call.hear(provider) else { continue };
        for report in reports {
            assert!([message_id(), other_id()].contains(&report.message));
            assert!(report.code.is_none_or(|code| code.len() <= 32 && code.is_ascii()));
            assert!(report.provider_id.is_none_or(|id| id.len() <= 128 && id.is_ascii()));
        }
    }
}

/// Calls with bodies of anything are not believed, and are no report.
pub(crate) fn calls(provider: &dyn Provider) {
    for body in bodies() {
        let text = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        match Call::post(body).hear(provider) {
            Err(CallbackError::NotProved | CallbackError::Unreadable(_)) => {}
            Ok(heard) => panic!("{heard:?} of {text}"),
        }
    }
}

/// Chance that a seed repeats.
pub(crate) struct Chance(SeededEntropy);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(u64::from_le_bytes(bytes) % end).expect("it is smaller")
    }

    /// The bytes with one to three small changes.
    pub(crate) fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            let byte = u8::try_from(self.below(256)).expect("a byte");
            match self.below(5) {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes.insert(at, byte),
                3 => {
                    bytes.remove(at);
                }
                _ => bytes.truncate(at),
            }
        }
        bytes
    }
}

/// Texts that would be more than text, were they put into a request as they are.
pub(crate) fn payloads() -> Vec<String> {
    const DANGERS: [&str; 16] = [
        "\r\nX-Injected: 1",
        "\n\nsecond body",
        "\0",
        "\"",
        "\\",
        "\"}],\"to\":\"+37255500000\",\"x\":[{\"y\":\"",
        "\\u0022,",
        "&to=%2B37255500000",
        "%0d%0aX-Injected:%201",
        "\u{2028}\u{2029}",
        "</text><text>",
        "\u{7f}\u{1b}[2J",
        "{{to}}${to}%s",
        "é😀\u{202e}",
        "=1+1;,",
        " ",
    ];
    let around = |danger: &str| {
        let placed = [danger.to_owned(), format!("{danger}code 1"), format!("code 1{danger}")];
        placed.into_iter().chain([format!("code {danger} 1")])
    };
    DANGERS.into_iter().flat_map(around).collect()
}
