//! Receipts, which both interfaces give in the same words.

use http::Method;
use serde::Deserialize;
use verify::record::ReceiptState;

use crate::provider::codes::CodeTable;
use crate::provider::{Callback, CallbackError, Heard, ProviderReport, wire};

#[derive(Deserialize)]
struct Receipt {
    status: String,
    message_id: Option<String>,
    /// Digits, as a number or as text.
    err: Option<ErrorCode>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorCode {
    Number(u16),
    Text(String),
}

/// Reads a receipt of the Omnichannel interface.
pub(super) fn of_json(codes: &CodeTable, call: &Callback<'_>) -> Result<Heard, CallbackError> {
    if call.method != Method::POST {
        return Err(CallbackError::Unreadable("it is no POST"));
    }
    let receipt: Receipt = serde_json::from_slice(call.body)
        .map_err(|_| CallbackError::Unreadable("it is no receipt"))?;
    let err = match receipt.err {
        Some(ErrorCode::Number(number)) => Some(number.to_string()),
        Some(ErrorCode::Text(text)) => Some(text),
        None => None,
    };
    report(codes, call, &receipt.status, err.as_deref(), receipt.message_id.as_deref())
}

/// Reads a receipt of the older interface. `stat` says more than `status`,
/// which only stands in where it is missing.
pub(super) fn of_query(codes: &CodeTable, call: &Callback<'_>) -> Result<Heard, CallbackError> {
    if call.method != Method::GET {
        return Err(CallbackError::Unreadable("it is no GET"));
    }
    let pairs = wire::pairs(call.query.as_bytes())
        .ok_or(CallbackError::Unreadable("its query cannot be read"))?;
    let word = wire::only(&pairs, "stat").or_else(|| wire::only(&pairs, "status"));
    let word = word.ok_or(CallbackError::Unreadable("it has no stat"))?;
    let id = wire::only(&pairs, "sms_unique_id");
    report(codes, call, word, wire::only(&pairs, "err"), id)
}

fn report(
    codes: &CodeTable,
    call: &Callback<'_>,
    word: &str,
    err: Option<&str>,
    id: Option<&str>,
) -> Result<Heard, CallbackError> {
    let message = call.message.ok_or(CallbackError::NotProved)?;
    let state = codes.state(&word.to_ascii_uppercase());
    let is_failure = !matches!(state, ReceiptState::Accepted | ReceiptState::Delivered);
    // The older interface has three digits, the other as many as it needs.
    let err = err.map(|err| err.trim_start_matches('0')).filter(|_| is_failure);
    Ok(Heard::Reports(vec![ProviderReport {
        message,
        provider_id: id.and_then(wire::provider_id).map(str::to_owned),
        state,
        cause: is_failure.then(|| codes.cause(err.unwrap_or_default())),
        code: err.map(wire::code).filter(|code| !code.is_empty()),
        is_pumped: err.is_some_and(|err| codes.is_pumped(err)),
    }]))
}
