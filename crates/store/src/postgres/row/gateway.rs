//! Records that belong to gateways, from rows.

use verify::ids::MessageId;
use verify::keys::NumberKey;
use verify::record::{
    BindPlace, Cause, GatewayPause, GatewayView, Orphan, ReceiptState, Reference, Trail,
};

use crate::columns;

use super::{Result, Row, bad, time};

pub(in crate::postgres) fn reference(row: &Row<'_>) -> Result<Reference> {
    Ok(Reference {
        gateway: row.get(0)?,
        form: row.get(1)?,
        message: MessageId::from_bytes(row.get(2)?),
        part: row.get(3)?,
        number_key: NumberKey::from_bytes(row.get(4)?),
        created_at: time(row, 5)?,
    })
}

pub(in crate::postgres) fn orphan(row: &Row<'_>) -> Result<Orphan> {
    let state = ReceiptState::parse(row.text(2)?);
    Ok(Orphan {
        gateway: row.get(0)?,
        form: row.get(1)?,
        state: state.ok_or_else(|| bad(2, "receipt"))?,
        cause: cause(row, 3)?,
        code: row.get(4)?,
        created_at: time(row, 5)?,
    })
}

pub(in crate::postgres) fn bind_place(row: &Row<'_>) -> Result<BindPlace> {
    Ok(BindPlace {
        gateway: row.get(0)?,
        place: row.get(1)?,
        holder: row.get::<i64>(2)?.cast_unsigned(),
        beat: row.get::<i64>(3)?.cast_unsigned(),
    })
}

pub(in crate::postgres) fn gateway_pause(row: &Row<'_>) -> Result<GatewayPause> {
    Ok(GatewayPause { gateway: row.get(0)?, paused_at: time(row, 1)? })
}

pub(in crate::postgres) fn gateway_view(row: &Row<'_>) -> Result<GatewayView> {
    Ok(GatewayView {
        node: row.get(6)?,
        gateway: row.get(0)?,
        is_open: row.get(1)?,
        reason: row.get(2)?,
        since: time(row, 3)?,
        detail: row.get(4)?,
        seen_at: time(row, 5)?,
    })
}

pub(super) fn cause(row: &Row<'_>, column: usize) -> Result<Option<Cause>> {
    let Some(word) = row.get::<Option<String>>(column)? else { return Ok(None) };
    Cause::parse(&word).map(Some).ok_or_else(|| bad(column, "cause"))
}

pub(super) fn trail(row: &Row<'_>, column: usize) -> Result<Trail> {
    let text = row.text(column)?;
    Trail::parse(text).ok_or_else(|| bad(column, "trail"))
}

pub(super) fn parts(row: &Row<'_>, column: usize) -> Result<Vec<Option<ReceiptState>>> {
    let parts = columns::parts(row.text(column)?);
    parts.ok_or_else(|| bad(column, "receipts of parts"))
}
