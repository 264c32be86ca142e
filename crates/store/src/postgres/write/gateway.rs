//! Writing what belongs to gateways.

use verify::limits::{ORPHANS_PER_GATEWAY_MAX, ORPHANS_SPARED};
use verify::record::{BindPlace, Cause, GatewayPause, GatewayView, Orphan, Reference};
use verify::{SignedDuration, Timestamp};

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
    if !batch.crowded.contains(&*o.gateway) {
        return;
    }
    let oldest = "DELETE FROM orphan WHERE gateway = $1 AND (form, state) IN \
                  (SELECT form, state FROM orphan WHERE gateway = $1 \
                  ORDER BY created_at, form, state LIMIT \
                  (SELECT CASE WHEN count(*) > $2 THEN count(*) - $3 ELSE 0 END \
                  FROM orphan WHERE gateway = $1))";
    let left = ORPHANS_PER_GATEWAY_MAX - ORPHANS_SPARED;
    batch.execute(oldest, params![&o.gateway, ORPHANS_PER_GATEWAY_MAX, left]);
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

pub(super) fn put_bind_place<'c>(batch: &mut Batch<'c>, place: &'c BindPlace) {
    let params =
        params![&place.gateway, place.place, place.holder.cast_signed(), place.beat.cast_signed(),];
    batch.execute(upsert::BIND_PLACE.as_str(), params);
}

/// If somebody else has it by now, that is a lost race: the rule is asked again.
pub(super) fn drop_bind_place<'c>(batch: &mut Batch<'c>, place: &'c BindPlace) {
    let sql = "DELETE FROM bind_place WHERE gateway = $1 AND place = $2";
    batch.execute(sql, params![&place.gateway, place.place]);
}

/// How long views stay of a server that is gone.
const VIEWS_KEPT: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn put_views<'c>(batch: &mut Batch<'c>, node: &'c str, views: &'c [GatewayView]) {
    let newest = views.iter().map(|view| view.seen_at).max().unwrap_or(Timestamp::MIN);
    let gone = newest.saturating_sub(VIEWS_KEPT).unwrap_or(Timestamp::MIN);
    let sql = "DELETE FROM gateway_view WHERE node = $1 OR seen_at < $2";
    batch.execute(sql, params![node, gone.as_millisecond()]);
    for view in views {
        let sql = "INSERT INTO gateway_view (gateway, is_open, reason, since, detail, seen_at, \
                   node) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let params = params![
            &view.gateway,
            view.is_open,
            &view.reason,
            view.since.as_millisecond(),
            &view.detail,
            view.seen_at.as_millisecond(),
            &view.node,
        ];
        batch.execute(sql, params);
    }
}
