//! What the service answers.

use serde::Deserialize;

use crate::gateway::{SendResult, Taken};
use crate::provider::Answer;
use crate::provider::codes::CodeTable;
use crate::provider::status::{ErrorBody, by_status, by_verdict};
use crate::provider::wire;

#[derive(Deserialize)]
struct Accepted {
    #[serde(rename = "MessageId")]
    message_id: String,
}

#[derive(Deserialize)]
struct Failed {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(rename = "Reason")]
    reason: Option<String>,
}

/// The reason of an error tells more than its kind, so it is looked up first.
pub(super) fn read(codes: &CodeTable, answer: &Answer<'_>) -> SendResult {
    if answer.status.is_success() {
        let accepted = serde_json::from_slice::<Accepted>(answer.body).ok();
        let id = accepted.as_ref().and_then(|taken| wire::provider_id(&taken.message_id));
        return match id {
            Some(id) => SendResult::Accepted(Taken { ids: vec![id.to_owned()] }),
            None => by_status(answer, ErrorBody::Unclear),
        };
    }
    let Ok(Failed { kind, reason }) = serde_json::from_slice::<Failed>(answer.body) else {
        return by_status(answer, ErrorBody::Unclear);
    };
    // `{namespace}#{kind}:{address}`, of which only the kind is always there.
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let kind = kind.split(':').next().unwrap_or_default();
    let named = reason.iter().map(String::as_str).chain([kind]);
    let mut found = named.filter_map(|code| Some((code, codes.code(code)?)));
    match found.next() {
        Some((code, verdict)) => {
            by_verdict(verdict, None, answer.headers, codes.reason(code, wire::code(code)))
        }
        None => by_status(answer, ErrorBody::NotTaken),
    }
}
