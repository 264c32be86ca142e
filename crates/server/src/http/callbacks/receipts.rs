//! Receipts: what became of messages that a gateway took.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::engine::receipt::{ReceiptOutcome, ReceiptRequest};
use verify::ids::MessageId;
use verify::record::{Cause, ReceiptState};

use super::problem;
use crate::app::App;
use crate::http::verification::answer::{Answer, Problem};

/// Receipts in one call, at most.
const RECEIPTS_MAX: usize = 1_000;

/// Largest reason that has three digits.
const ERR_MAX: u16 = 999;

/// Receipts as they come.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Receipts")]
pub struct WireReceipts {
    receipts: Vec<WireReceipt>,
}

/// One receipt as it comes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Receipt")]
pub struct WireReceipt {
    /// The id that the message was handed over with.
    id: String,
    /// `delivered`, `failed` …
    status: String,
    /// The reason of a failure, three digits.
    #[serde(default)]
    err: Option<String>,
    /// Why it failed: `network`, `blocked` … (`delivery.md` 6.4).
    #[serde(default)]
    cause: Option<String>,
}

/// What came of them.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(rename = "ReceiptsTaken")]
pub struct WireTaken {
    /// They say more than was known.
    taken: usize,
    /// They say nothing new.
    stale: usize,
    /// This gateway has no such message.
    unknown: usize,
}

/// Notes receipts, each on its own. What cannot be read is refused before any
/// of them is noted.
pub async fn take(app: &App, gateway: &str, wire: WireReceipts) -> Answer {
    let read: Result<Vec<_>, _> =
        wire.receipts.iter().map(|receipt| read(gateway, receipt)).collect();
    let receipts = match read {
        Ok(receipts) if receipts.len() <= RECEIPTS_MAX => receipts,
        Ok(_) => return problem(StatusCode::UNPROCESSABLE_ENTITY, "more than 1000 receipts"),
        Err(message) => return problem(StatusCode::UNPROCESSABLE_ENTITY, message),
    };
    let mut taken = WireTaken::default();
    for request in receipts {
        match app.receipts.note(request).await {
            Ok(ReceiptOutcome::Raised(_) | ReceiptOutcome::Part(_)) => taken.taken += 1,
            Ok(ReceiptOutcome::Stale) => taken.stale += 1,
            Ok(ReceiptOutcome::Unknown) => taken.unknown += 1,
            // The gateway repeats; those that were noted are stale then.
            Err(fault) => return Problem::from(fault).into_answer(),
        }
    }
    Answer::new(StatusCode::OK, &taken)
}

/// Reads a receipt of this gateway.
///
/// # Errors
/// What cannot be read, in words for the caller.
pub fn read(gateway: &str, wire: &WireReceipt) -> Result<ReceiptRequest, &'static str> {
    let message = MessageId::parse(&wire.id).ok_or("id is the id of no message")?;
    let state = ReceiptState::parse(&wire.status).ok_or(
        "status must be accepted, unknown, expired, deleted, undeliverable, failed, rejected or \
         delivered",
    )?;
    let err = match &wire.err {
        None => None,
        Some(digits) => {
            let is_code = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
            let code = digits.parse::<u16>().ok().filter(|code| is_code && *code <= ERR_MAX);
            Some(code.ok_or("err must have three digits")?)
        }
    };
    let cause = match &wire.cause {
        None => None,
        Some(word) => Some(Cause::parse(word).ok_or(
            "cause must be dest_invalid, dest_off, network, blocked, account, expired or unknown",
        )?),
    };
    Ok(ReceiptRequest {
        message,
        gateway: gateway.to_owned(),
        in_hand: None,
        state,
        err,
        cause,
        code: wire.err.clone(),
        part: None,
        repeats_after_delivery: false,
    })
}
