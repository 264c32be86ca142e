//! Receipts: what became of messages that a gateway took.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use verify::engine::receipt::{self, ReceiptOutcome, ReceiptRequest};
use verify::engine::repeat;
use verify::ids::MessageId;
use verify::record::{Delivery, ReceiptState};

use super::problem;
use crate::app::App;
use crate::http::verification::answer::{Answer, Problem};
use crate::telemetry::names;

/// Receipts in one call, at most.
const RECEIPTS_MAX: usize = 1_000;

/// Largest reason that has three digits.
const ERR_MAX: u16 = 999;

/// Receipts as they come.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireReceipts {
    receipts: Vec<WireReceipt>,
}

/// One receipt as it comes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireReceipt {
    /// The id that the message was handed over with.
    id: String,
    /// `delivered`, `failed` …
    status: String,
    /// The reason of a failure, three digits.
    #[serde(default)]
    err: Option<String>,
}

/// What came of them.
#[derive(Default, Serialize)]
struct WireTaken {
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
        match note(app, request).await {
            Ok(ReceiptOutcome::Raised(_)) => taken.taken += 1,
            Ok(ReceiptOutcome::Stale) => taken.stale += 1,
            Ok(ReceiptOutcome::Unknown) => taken.unknown += 1,
            // The gateway repeats; those that were noted are stale then.
            Err(fault) => return Problem::from(fault).into_answer(),
        }
    }
    Answer::new(StatusCode::OK, &taken)
}

/// Notes one receipt, and rings for the report that it may be worth.
///
/// # Errors
/// The store's.
pub async fn note(app: &App, request: ReceiptRequest) -> Result<ReceiptOutcome, store::Fault> {
    let (keys, keyring, now) = (receipt::keys(&request), app.keyring.clone(), app.clock.now());
    let (gateway, message, state) = (request.gateway.clone(), request.message, request.state);
    let rule = move |snapshot: &_| receipt::receipt(snapshot, &request, &keyring, now);
    let outcome = app.store.transact(keys, rule).await?;
    let label = match &outcome {
        ReceiptOutcome::Raised(delivery) => {
            if state == ReceiptState::Delivered && !app.repeats_after_delivery {
                stop_repeats(app, delivery).await?;
            }
            app.report_bell.ring();
            tracing::info!(
                message.id = %message, gateway.name = gateway, state = state.as_str(),
                "a receipt came"
            );
            state.as_str()
        }
        ReceiptOutcome::Stale => "stale",
        ReceiptOutcome::Unknown => "unknown_message",
    };
    metrics::counter!(names::RECEIPTS, "gateway" => gateway, "state" => label).increment(1);
    Ok(outcome)
}

/// The code has arrived: its number confirmation, if it is one, needs no repeat.
async fn stop_repeats(app: &App, delivery: &Delivery) -> Result<(), store::Fault> {
    let Some(verification) = delivery.purpose.verification() else { return Ok(()) };
    let keys = repeat::stop_keys(delivery.account, verification);
    app.store.transact(keys, |snapshot: &_| repeat::stop(snapshot)).await
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
    Ok(ReceiptRequest { message, gateway: gateway.to_owned(), state, err })
}
