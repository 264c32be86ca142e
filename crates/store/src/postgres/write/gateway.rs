//! Writing what belongs to gateways.

use verify::Timestamp;
use verify::limits::ORPHANS_PER_GATEWAY_MAX;
use verify::record::{Cause, GatewayPause, GatewayView, Orphan, Reference};

use super::{Batch, upsert};
use crate::limits::REFERENCES_FORGOTTEN_MAX;
use crate::postgres::value::params;

pub(super) fn put_reference<'c>(batch: &mut Batch<'c>, r: &'c Reference) {
    let sql = upsert::REFERENCE.as_str();
    let params = params![
        &r.gateway,
        &r.form,
        r.message.as_bytes(),
        r.part,
        r.number_key.as_bytes(),
        r.created_at.as_millisecond(),
    ];
    batch.execute(sql, params);
}

pub(super) fn put_orphan<'c>(batch: &mut Batch<'c>, o: &'c Orphan) {
    let sql = upsert::ORPHAN.as_str();
    let params = params![
        &o.gateway,
        &o.form,
        o.state.as_str(),
        o.cause.map(Cause::as_str),
        o.code.as_ref(),
        o.created_at.as_millisecond(),
    ];
    batch.execute(sql, params);
    let oldest = "DELETE FROM orphan WHERE gateway = $1 AND (form, state) IN \
                  (SELECT form, state FROM orphan WHERE gateway = $1 \
                  ORDER BY created_at, form, state LIMIT greatest(0, \
                  (SELECT count(*) FROM orphan WHERE gateway = $1) - $2))";
    batch.execute(oldest, params![&o.gateway, ORPHANS_PER_GATEWAY_MAX]);
}

pub(super) fn forget_references(
    batch: &mut Batch<'_>,
    before: Timestamp,
    orphans_before: Timestamp,
) {
    let sql = "DELETE FROM reference WHERE (gateway, form, message_id, part) IN (SELECT gateway, \
               form, message_id, part FROM reference WHERE created_at <= $1 LIMIT $2)";
    batch.execute(sql, params![before.as_millisecond(), REFERENCES_FORGOTTEN_MAX]);
    let sql = "DELETE FROM orphan WHERE (gateway, form, state) IN (SELECT gateway, form, state \
               FROM orphan WHERE created_at <= $1 LIMIT $2)";
    batch.execute(sql, params![orphans_before.as_millisecond(), REFERENCES_FORGOTTEN_MAX]);
}

/// One that is paused stays so since then.
pub(super) fn pause<'c>(batch: &mut Batch<'c>, pause: &'c GatewayPause) {
    let sql = "INSERT INTO gateway_pause (gateway, paused_at) VALUES ($1, $2) \
               ON CONFLICT (gateway) DO NOTHING";
    batch.execute(sql, params![&pause.gateway, pause.paused_at.as_millisecond()]);
}

pub(super) fn put_views<'c>(batch: &mut Batch<'c>, views: &'c [GatewayView]) {
    batch.execute("DELETE FROM gateway_view", params![]);
    for view in views {
        let sql = "INSERT INTO gateway_view (gateway, is_open, reason, since, detail, seen_at) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let params = params![
            &view.gateway,
            view.is_open,
            &view.reason,
            view.since.as_millisecond(),
            &view.detail,
            view.seen_at.as_millisecond(),
        ];
        batch.execute(sql, params);
    }
}
