//! What an event says of a message.

use serde::Deserialize;
use verify::record::ReceiptState;

use crate::provider::codes::CodeTable;
use crate::provider::{CallbackError, Heard, Prove, ProviderReport, wire};

/// The part of an event that matters.
#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(rename = "eventType")]
    kind: String,
    #[serde(rename = "isFinal")]
    is_final: bool,
    #[serde(rename = "messageId")]
    message_id: Option<String>,
    #[serde(default)]
    context: Context,
}

#[derive(Deserialize, Default)]
struct Context {
    tag: Option<String>,
}

impl Event {
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Reads an event. One without a tag is of a message that somebody else sent
/// with the same configuration set.
pub(super) fn read(
    codes: &CodeTable,
    event: &Event,
    prove: Prove<'_>,
) -> Result<Heard, CallbackError> {
    let Some(tag) = &event.context.tag else {
        return Ok(Heard::Reports(Vec::new()));
    };
    let message = prove(tag).ok_or(CallbackError::NotProved)?;
    // What is not final may turn out well yet.
    let state = match codes.state(&event.kind) {
        ReceiptState::Accepted => ReceiptState::Accepted,
        state if event.is_final => state,
        ReceiptState::Delivered => ReceiptState::Delivered,
        ReceiptState::Unknown
        | ReceiptState::Expired
        | ReceiptState::Deleted
        | ReceiptState::Undeliverable
        | ReceiptState::Failed
        | ReceiptState::Rejected => ReceiptState::Accepted,
    };
    let is_failure = !matches!(state, ReceiptState::Accepted | ReceiptState::Delivered);
    let provider_id = event.message_id.as_deref().and_then(wire::provider_id);
    Ok(Heard::Reports(vec![ProviderReport {
        message,
        provider_id: provider_id.map(str::to_owned),
        state,
        cause: is_failure.then(|| codes.cause(&event.kind)),
        code: is_failure.then(|| wire::code(&event.kind)).filter(|code| !code.is_empty()),
        is_pumped: is_failure && codes.is_pumped(&event.kind),
    }]))
}
