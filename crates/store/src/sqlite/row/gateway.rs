//! Records that belong to gateways, from rows.

use rusqlite::types::Type;
use rusqlite::{Result, Row};
use verify::ids::MessageId;
use verify::keys::NumberKey;
use verify::record::{Cause, GatewayPause, GatewayView, Orphan, ReceiptState, Reference, Trail};

use crate::columns;

use super::{bad, time};

pub(in crate::sqlite) fn reference(row: &Row<'_>) -> Result<Reference> {
    Ok(Reference {
        gateway: row.get(0)?,
        form: row.get(1)?,
        message: MessageId::from_bytes(row.get(2)?),
        part: row.get(3)?,
        number_key: NumberKey::from_bytes(row.get(4)?),
        created_at: time(row, 5)?,
    })
}

pub(in crate::sqlite) fn orphan(row: &Row<'_>) -> Result<Orphan> {
    let state = ReceiptState::parse(row.get_ref(2)?.as_str()?);
    Ok(Orphan {
        gateway: row.get(0)?,
        form: row.get(1)?,
        state: state.ok_or_else(|| bad(2, Type::Text, "receipt"))?,
        cause: cause(row, 3)?,
        code: row.get(4)?,
        created_at: time(row, 5)?,
    })
}

pub(in crate::sqlite) fn gateway_pause(row: &Row<'_>) -> Result<GatewayPause> {
    Ok(GatewayPause { gateway: row.get(0)?, paused_at: time(row, 1)? })
}

pub(in crate::sqlite) fn gateway_view(row: &Row<'_>) -> Result<GatewayView> {
    Ok(GatewayView {
        gateway: row.get(0)?,
        is_open: row.get(1)?,
        reason: row.get(2)?,
        since: time(row, 3)?,
        detail: row.get(4)?,
        seen_at: time(row, 5)?,
    })
}

pub(super) fn cause(row: &Row<'_>, column: usize) -> Result<Option<Cause>> {
    let Some(word) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    Cause::parse(&word).map(Some).ok_or_else(|| bad(column, Type::Text, "cause"))
}

pub(super) fn trail(row: &Row<'_>, column: usize) -> Result<Trail> {
    let text = row.get_ref(column)?.as_str()?;
    Trail::parse(text).ok_or_else(|| bad(column, Type::Text, "trail"))
}

pub(super) fn parts(row: &Row<'_>, column: usize) -> Result<Vec<Option<ReceiptState>>> {
    let parts = columns::parts(row.get_ref(column)?.as_str()?);
    parts.ok_or_else(|| bad(column, Type::Text, "receipts of parts"))
}
