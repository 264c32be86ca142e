//! `/get_dlr_response` and `/cancel_sms`: what became of a message, and taking
//! it back (S2, S3, `sms-api.md` 4, 5).

use verify::engine::sms::{self, CancelOutcome};
use verify::ids::SmsId;

use crate::http::text_api::answer::{ErrorCode, FailedCode, Line, Word};
use crate::http::text_api::respond::{Caller, Refused};

/// Answers S2.
pub async fn state(caller: &Caller<'_>) -> Result<Line, Refused> {
    const SENT: Word = Word::of("SENT");
    const DELIVERED: Word = Word::of("DELIVERED");
    const FAILED: Word = Word::of("FAILED");
    // One old client writes the name without its last letters.
    let params = caller.params;
    let given = params.text("sms_unique_id")?.or(params.text("sms_uniq_id")?);
    let id = SmsId::parse(given.ok_or(ErrorCode::WrongParameters)?);
    let id = id.ok_or(ErrorCode::MessageNotFound)?;
    let keys = sms::read_keys(caller.entry.account.id, id);
    let snapshot = caller.app.store.read(keys).await?;
    let message = snapshot.sms(id).ok_or(ErrorCode::MessageNotFound)?;
    match message.state.status() {
        None => Err(FailedCode::NoReportYet.into()),
        Some(verify::record::SmsStatus::Sent) => Ok(Line::Ok(SENT)),
        Some(verify::record::SmsStatus::Delivered) => Ok(Line::Ok(DELIVERED)),
        Some(verify::record::SmsStatus::Failed) => Ok(Line::Ok(FAILED)),
    }
}

/// Answers S3.
pub async fn cancel(caller: &Caller<'_>) -> Result<Line, Refused> {
    const DELETED: Word = Word::of("DELETED");
    let given = caller.params.text("sms_unique_id")?.ok_or(ErrorCode::WrongParameters)?;
    let id = SmsId::parse(given).ok_or(ErrorCode::MessageNotFound)?;
    let keys = sms::cancel_keys(caller.entry.account.id, id);
    let now = caller.app.clock.now();
    let rule = move |snapshot: &_| sms::cancel(snapshot, id, now);
    match caller.app.store.transact(keys, rule).await? {
        CancelOutcome::NotFound => Err(ErrorCode::MessageNotFound.into()),
        CancelOutcome::Cancelled => {
            caller.app.metrics.sms("cancelled");
            tracing::info!(sms.id = %id, account = caller.name(), "a message was cancelled");
            Ok(Line::Ok(DELETED))
        }
    }
}
