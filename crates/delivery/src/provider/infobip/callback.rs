//! Receipts: several in one call, each with the tag of its message.

use serde::Deserialize;
use verify::ids::MessageId;
use verify::record::{Cause, ReceiptState};

use super::answer::Status;
use crate::limits::CALLBACK_REPORTS_MAX;
use crate::provider::codes::CodeTable;
use crate::provider::{Callback, CallbackError, Heard, ProviderReport, wire};

#[derive(Deserialize)]
struct Results {
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    message_id: Option<String>,
    callback_data: Option<String>,
    status: Status,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    name: String,
    #[serde(default)]
    permanent: bool,
}

/// The name of the error of a message that has none.
const NO_ERROR: &str = "NO_ERROR";

/// One wrong tag, and nothing of the call is believed.
pub(super) fn read(codes: &CodeTable, call: &Callback<'_>) -> Result<Heard, CallbackError> {
    let Results { results } = serde_json::from_slice(call.body)
        .map_err(|_| CallbackError::Unreadable("it is no list of results"))?;
    if results.len() > CALLBACK_REPORTS_MAX {
        return Err(CallbackError::Unreadable("it has too many results"));
    }
    let reports = results.iter().map(|outcome| report(codes, call, outcome));
    reports.collect::<Result<_, _>>().map(Heard::Reports)
}

fn report(
    codes: &CodeTable,
    call: &Callback<'_>,
    outcome: &Outcome,
) -> Result<ProviderReport, CallbackError> {
    let message = message(call, outcome).ok_or(CallbackError::NotProved)?;
    let state = match codes.state(&outcome.status.name) {
        ReceiptState::Unknown => codes.state(&outcome.status.group_name),
        state => state,
    };
    let is_failure = !matches!(state, ReceiptState::Accepted | ReceiptState::Delivered);
    let failure = outcome.error.as_ref().filter(|failure| failure.name != NO_ERROR);
    let cause = match (codes.cause(&outcome.status.name), failure) {
        (Cause::Unknown, Some(failure)) => cause(codes, failure),
        (cause, _) => cause,
    };
    let named = [Some(&outcome.status.name), failure.map(|failure| &failure.name)];
    let code = failure.map_or(&outcome.status.name, |failure| &failure.name);
    let provider_id = outcome.message_id.as_deref().and_then(wire::provider_id);
    Ok(ProviderReport {
        message,
        provider_id: provider_id.map(str::to_owned),
        state,
        cause: is_failure.then_some(cause),
        code: is_failure.then(|| wire::code(code)).filter(|code| !code.is_empty()),
        is_pumped: is_failure && named.into_iter().flatten().any(|name| codes.is_pumped(name)),
    })
}

/// The message of a result: that of its tag; without one, that of the tag in
/// the path, if the result names it.
fn message(call: &Callback<'_>, outcome: &Outcome) -> Option<MessageId> {
    let named = outcome.message_id.as_deref().and_then(MessageId::parse);
    let proved = match outcome.callback_data.as_deref() {
        Some(tag) => (call.prove)(tag)?,
        None => call.message.filter(|message| named == Some(*message))?,
    };
    named.is_none_or(|named| named == proved).then_some(proved)
}

/// An error that the table does not know, and that is not for good, is one of
/// the way there.
fn cause(codes: &CodeTable, failure: &Failure) -> Cause {
    match codes.cause(&failure.name) {
        Cause::Unknown if !failure.permanent => Cause::Network,
        cause => cause,
    }
}
