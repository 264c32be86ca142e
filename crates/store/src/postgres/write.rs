//! Writing what a rule decided: the statements of a step, to be sent at once.

use std::collections::BTreeSet;

use verify::Timestamp;
use verify::engine::{Change, Keys, Snapshot};
use verify::guard::Guard;
use verify::ids::{AccountId, DeviceId, MessageId, ServiceId, UserId};
use verify::keys::NumberKey;
use verify::message::SenderId;
use verify::phone::Country;
use verify::record::{
    Account, BodyKind, Cause, Delivery, OutgoingMessage, Secret, Service, SmsState, User,
    Verification,
};
use verify::send_limits::{AccountSends, NumberSends};

use super::connection::Write;
use super::value::{Value, params};
use crate::columns;

mod crossing;
mod device;
mod gateway;
mod number;
mod sms;
mod traffic;
mod upsert;
mod widget;

/// What a step writes, in order.
pub(super) struct Batch<'c> {
    writes: Vec<Write<'c>>,
    /// Rows that another step writes too which must not miss this one.
    crossings: BTreeSet<u16>,
    /// Gateways that have too many orphans with those of this step.
    crowded: BTreeSet<&'c str>,
}

impl<'c> Batch<'c> {
    /// The statements that write these changes of a step with these keys, which
    /// has read this.
    pub(super) fn of(
        keys: &Keys,
        snapshot: &Snapshot,
        changes: &'c [Change],
        crowded: BTreeSet<&'c str>,
    ) -> Vec<Write<'c>> {
        let mut batch = Self { writes: Vec::new(), crossings: BTreeSet::new(), crowded };
        for one in changes {
            batch.cross(snapshot, one);
            change(&mut batch, one);
        }
        for (gateway, forms) in &keys.orphans {
            batch.crossings.extend(forms.iter().map(|form| crossing::of_name(gateway, form)));
        }
        // First and in one order, so that no two steps wait for each other.
        let first = batch.crossings.iter().map(|bucket| Write {
            sql: upsert::CROSSING.as_str(),
            values: params![*bucket, 1_i64],
        });
        first.chain(batch.writes).collect()
    }

    fn cross(&mut self, snapshot: &Snapshot, change: &Change) {
        let of_device = |id: &DeviceId| snapshot.device(*id).map(|device| device.number_key);
        let number = match change {
            Change::PutDevice(device) => Some(device.number_key),
            Change::DeleteDevice(id) => of_device(id),
            Change::PutSms(sms) => {
                Some(sms.number_key).filter(|_| sms.state == SmsState::Scheduled)
            }
            // Whoever removes the service, having seen no user, sees this.
            Change::InsertUser(user) => {
                let (service, user) = (user.service.as_bytes(), user.id.as_bytes());
                self.crossings.insert(crossing::of_user(service, user));
                None
            }
            Change::DeleteService(id) => {
                self.crossings.extend(crossing::of_users(id.as_bytes()));
                None
            }
            Change::PutOrphan(orphan) => {
                self.crossings.insert(crossing::of_name(&orphan.gateway, &orphan.form));
                None
            }
            _ => None,
        };
        self.crossings.extend(number.map(|number| crossing::of_number(number.as_bytes())));
    }

    fn execute(&mut self, sql: &'static str, values: Vec<Value<'c>>) {
        self.writes.push(Write { sql, values });
    }
}

fn change<'c>(c: &mut Batch<'c>, change: &'c Change) {
    match change {
        Change::PutAccount(account) => put_account(c, account),
        Change::PutWidgetSettings(settings) => widget::put_settings(c, settings),
        Change::PutWidgetSession(session) => widget::put_session(c, session),
        Change::PutWidgetTraffic(account, traffic) => widget::put_traffic(c, *account, traffic),
        Change::ForgetWidgetSessions(before) => widget::forget_sessions(c, *before),
        Change::InsertService(service) => insert_service(c, service),
        Change::DeleteService(id) => delete_service(c, id),
        Change::InsertUser(user) => insert_user(c, user),
        Change::PutDevice(device) => device::put(c, device),
        Change::DeleteDevice(id) => device::delete(c, *id),
        Change::PutAuthenticator(authenticator) => device::put_authenticator(c, authenticator),
        Change::DeleteAuthenticator(service, user, id) => {
            device::delete_authenticator(c, *service, *user, *id);
        }
        Change::PutPrompts(prompts) => device::put_prompts(c, prompts),
        Change::PutRecovery(set) => device::put_recovery(c, set),
        Change::UseNonce(nonce, until) => device::use_nonce(c, *nonce, *until),
        Change::ForgetNonces(now) => device::forget_nonces(c, *now),
        Change::DeleteUser(service, user) => delete_user(c, *service, *user),
        Change::PutVerification(service, user, v) => put_verification(c, *service, *user, v),
        Change::DeleteVerification(service, user) => delete_verification(c, *service, *user),
        Change::PutGuard(service, user, guard) if guard.is_clean() => {
            delete_guard(c, *service, *user);
        }
        Change::PutGuard(service, user, guard) => put_guard(c, *service, *user, guard),
        Change::PutNumberSends(number, sends) => put_number_sends(c, *number, sends),
        Change::PutAccountSends(account, sends) => {
            account_sends(c, *account, 0, sends);
        }
        Change::PutAccountPart(account, part, sends) => account_sends(c, *account, *part, sends),
        Change::QueueMessage(message) => queue_message(c, message),
        Change::UpdateMessage(message) => update_message(c, message),
        Change::ReleaseLeases(now) => {
            let sql = "UPDATE outbox SET lease = 0, next_at = $1, in_doubt = greatest(in_doubt, 1) \
                       WHERE lease <> 0";
            c.execute(sql, params![now.as_millisecond()]);
        }
        Change::DropMessage(id) => {
            c.execute("DELETE FROM outbox WHERE id = $1", params![id.as_bytes()]);
        }
        Change::PutDelivery(delivery) => put_delivery(c, delivery),
        Change::PutReference(reference) => gateway::put_reference(c, reference),
        Change::PutOrphan(orphan) => gateway::put_orphan(c, orphan),
        Change::ForgetReferences(before, orphans_before) => {
            gateway::forget_references(c, *before, *orphans_before);
        }
        Change::PauseGateway(pause) => gateway::pause(c, pause),
        Change::ResumeGateway(name) => {
            c.execute("DELETE FROM gateway_pause WHERE gateway = $1", params![name]);
        }
        Change::PutBindPlace(place) => gateway::put_bind_place(c, place),
        Change::DropBindPlace(place) => gateway::drop_bind_place(c, place),
        Change::PutGatewayViews(node, views) => gateway::put_views(c, node, views),
        Change::PutTrafficAreas(areas) => traffic::put(c, areas),
        Change::ReleaseTraffic(area, service, at) => traffic::release(c, *area, *service, *at),
        Change::ForgetTraffic(before) => traffic::forget(c, *before),
        Change::PutAddressSends(key, sends) => number::put_address_sends(c, *key, sends),
        Change::PutConfirmation(confirmation) => number::put_confirmation(c, confirmation),
        Change::PutTrust(trust) => number::put_trust(c, trust),
        Change::DropTrusts(account, number) => number::drop_trusts(c, *account, *number),
        Change::BlockNumber(blocked) => number::block(c, blocked),
        Change::UnblockNumber(account, number) => number::unblock(c, *account, *number),
        Change::PutBalance(account, balance) => sms::put_balance(c, *account, *balance),
        Change::ReplacePrices(prices) => sms::replace_prices(c, prices),
        Change::PutSms(message) => sms::put(c, message),
        Change::QueueReport(report) => sms::queue_report(c, report),
        Change::UpdateReport(report) => sms::update_report(c, report),
        Change::ReleaseReports(now) => {
            let sql = "UPDATE report SET lease = 0, next_at = $1 WHERE lease <> 0";
            c.execute(sql, params![now.as_millisecond()]);
        }
        Change::DropReport(id) => {
            c.execute("DELETE FROM report WHERE id = $1", params![id.as_bytes()]);
        }
        Change::ForgetConfirmation(account, id, before) => {
            number::forget_confirmation(c, *account, *id, *before);
        }
        Change::ForgetTrust(account, number, cookie, before) => {
            number::forget_trust(c, *account, *number, *cookie, *before);
        }
        Change::ForgetAddress(key, before) => {
            let params = params![key.as_bytes(), before.as_millisecond()];
            c.execute("DELETE FROM address_sends WHERE address_key = $1 AND last_at <= $2", params);
        }
        Change::ForgetSmsText(id) => {
            let sql = "UPDATE sms SET kept_sealed = NULL, kept_digest = NULL WHERE id = $1";
            c.execute(sql, params![id.as_bytes()]);
        }
        Change::ForgetSms(id) => c.execute("DELETE FROM sms WHERE id = $1", params![id.as_bytes()]),
        Change::ForgetNumber(number, before) => {
            let params = params![number.as_bytes(), before.as_millisecond()];
            c.execute("DELETE FROM number_sends WHERE number_key = $1 AND last_at <= $2", params);
        }
        Change::ForgetDelivery(id, before) => {
            let params = params![id.as_bytes(), before.as_millisecond()];
            c.execute("DELETE FROM delivery WHERE message_id = $1 AND ended_at <= $2", params);
        }
    }
}

fn delete_service<'c>(batch: &mut Batch<'c>, id: &'c ServiceId) {
    traffic::delete_of(batch, *id);
    batch.execute("DELETE FROM service WHERE id = $1", params![id.as_bytes()]);
}

fn put_account<'c>(batch: &mut Batch<'c>, a: &'c Account) {
    let (digest, hash) = match &a.secret {
        Secret::Issued(digest) => (Some(digest.as_bytes()), None),
        Secret::Chosen(hash) => (None, Some(hash)),
    };
    let sql = upsert::ACCOUNT.as_str();
    let senders: Vec<&str> = a.senders.iter().map(SenderId::as_str).collect();
    let params = params![
        a.id.as_i64(),
        &a.username,
        digest,
        hash,
        a.is_enabled,
        a.is_compat,
        a.create_status.map(columns::create_status_word),
        a.countries.to_string(),
        a.allow_from.join(","),
        a.limits.account_sms_per_second,
        a.limits.account_sms_per_day,
        a.created_at.as_millisecond(),
        a.home_country.as_ref().map(Country::as_str),
        a.takes_query_credentials,
        senders.join(","),
        a.number_profile.as_str(),
        a.trusts_cookies,
        a.enforces_address_limits,
        a.report_url.as_ref(),
        a.limits.account_sms_per_hour,
        a.limits.country_sms_per_day,
    ];
    batch.execute(sql, params);
    count_change_of_accounts(batch);
}

/// Whoever keeps the accounts in memory reads them again.
fn count_change_of_accounts(batch: &mut Batch<'_>) {
    let sql = "UPDATE meta SET value = value + 1 WHERE name = 'accounts_version'";
    batch.execute(sql, params![]);
}

fn insert_service<'c>(batch: &mut Batch<'c>, s: &'c Service) {
    let sql = "INSERT INTO service (id, account_id, name, host, host_text, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let params = params![
        s.id.as_bytes(),
        s.account.as_i64(),
        &s.name,
        &s.host,
        &s.host_text,
        s.created_at.as_millisecond(),
    ];
    batch.execute(sql, params);
}

fn insert_user<'c>(batch: &mut Batch<'c>, u: &'c User) {
    let sql = "INSERT INTO users (service_id, id, login, phone, number_key, devices_active, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        u.service.as_bytes(),
        u.id.as_bytes(),
        &u.login,
        u.phone.as_e164(),
        u.number_key.as_bytes(),
        u.devices_active,
        u.created_at.as_millisecond(),
    ];
    batch.execute(sql, params);
}

fn delete_user(batch: &mut Batch<'_>, service: ServiceId, user: UserId) {
    delete_verification(batch, service, user);
    delete_guard(batch, service, user);
    device::delete_of_user(batch, service, user);
    let params = params![*service.as_bytes(), *user.as_bytes()];
    batch.execute("DELETE FROM users WHERE service_id = $1 AND id = $2", params);
}

fn put_verification<'c>(
    batch: &mut Batch<'c>,
    service: ServiceId,
    user: UserId,
    v: &'c Verification,
) {
    let sql = upsert::VERIFICATION.as_str();
    let code = v.code.as_ref();
    let params = params![
        *service.as_bytes(),
        *user.as_bytes(),
        v.id.as_bytes(),
        v.method.as_str(),
        code.map(|c| c.digest.as_bytes()),
        code.map(|c| c.sealed.as_bytes()),
        code.map(|c| c.length.digits()),
        v.attempts,
        v.is_exhausted,
        v.sends,
        v.last_sent_at.map(Timestamp::as_millisecond),
        v.last_message.as_ref().map(MessageId::as_bytes),
        v.created_at.as_millisecond(),
        v.expires_at.as_millisecond(),
    ];
    batch.execute(sql, params);
}

fn delete_verification(batch: &mut Batch<'_>, service: ServiceId, user: UserId) {
    let params = params![*service.as_bytes(), *user.as_bytes()];
    batch.execute("DELETE FROM verification WHERE service_id = $1 AND user_id = $2", params);
}

fn put_guard<'c>(batch: &mut Batch<'c>, service: ServiceId, user: UserId, g: &'c Guard) {
    let sql = upsert::GUARD.as_str();
    let params = params![
        *service.as_bytes(),
        *user.as_bytes(),
        g.consecutive_failures,
        g.blocks,
        g.blocked_until.map(Timestamp::as_millisecond),
        g.milliunits_since_success,
        columns::pairs_text(g.days.iter().map(|d| (d.day, d.milliunits))),
    ];
    batch.execute(sql, params);
}

fn delete_guard(batch: &mut Batch<'_>, service: ServiceId, user: UserId) {
    let params = params![*service.as_bytes(), *user.as_bytes()];
    batch.execute("DELETE FROM guard WHERE service_id = $1 AND user_id = $2", params);
}

fn put_number_sends<'c>(batch: &mut Batch<'c>, number: NumberKey, sends: &'c NumberSends) {
    let sql = upsert::NUMBER_SENDS.as_str();
    let last_at = sends.0.last().map_or(0, |send| send.at.as_millisecond());
    batch.execute(sql, params![*number.as_bytes(), last_at, columns::number_sends_bytes(sends)]);
}

fn account_sends<'c>(
    batch: &mut Batch<'c>,
    account: AccountId,
    part: u16,
    sends: &'c AccountSends,
) {
    let sql = upsert::ACCOUNT_SENDS.as_str();
    let hours = columns::pairs_text(sends.hours.iter().map(|h| (h.hour, h.sends)));
    let countries = columns::country_sends_text(&sends.countries);
    let params = params![
        account.as_i64(),
        part,
        sends.second,
        sends.second_sends,
        hours,
        countries,
        sends.divided
    ];
    batch.execute(sql, params);
}

fn queue_message<'c>(batch: &mut Batch<'c>, m: &'c OutgoingMessage) {
    let sql = "INSERT INTO outbox (id, account_id, service_id, user_id, verification_id, phone, \
               sender, text_sealed, created_at, deadline, attempts, next_at, lease, in_doubt, \
               sms_id, is_data, header, class, trail, only_gateway, is_kept, left_for) VALUES ($1, \
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
               $20, $21, $22)";
    let (service, user, verification, sms) = columns::purpose_columns(&m.purpose);
    let params = params![
        m.id.as_bytes(),
        m.account.as_i64(),
        service,
        user,
        verification,
        m.to.as_e164(),
        &m.sender,
        m.text.as_bytes(),
        m.created_at.as_millisecond(),
        m.deadline.as_millisecond(),
        m.attempts,
        m.next_at.as_millisecond(),
        m.lease.cast_signed(),
        m.in_doubt,
        sms,
        m.form.body == BodyKind::Data,
        columns::header_column(&m.form),
        m.form.class,
        m.trail.to_string(),
        m.only_gateway.as_ref(),
        m.is_kept,
        m.left_for.as_ref(),
    ];
    batch.execute(sql, params);
}

fn update_message<'c>(batch: &mut Batch<'c>, m: &'c OutgoingMessage) {
    let sql = "UPDATE outbox SET attempts = $2, next_at = $3, lease = $4, in_doubt = $5, \
               trail = $6, is_kept = $7, left_for = $8 WHERE id = $1";
    let params = params![
        m.id.as_bytes(),
        m.attempts,
        m.next_at.as_millisecond(),
        m.lease.cast_signed(),
        m.in_doubt,
        m.trail.to_string(),
        m.is_kept,
        m.left_for.as_ref(),
    ];
    batch.execute(sql, params);
}

fn put_delivery<'c>(batch: &mut Batch<'c>, d: &'c Delivery) {
    let sql = upsert::DELIVERY.as_str();
    let (service, user, verification, sms) = columns::purpose_columns(&d.purpose);
    let params = params![
        d.message.as_bytes(),
        d.account.as_i64(),
        service,
        user,
        verification,
        sms,
        d.number_key.as_bytes(),
        d.country.as_ref().map(Country::as_str),
        &d.gateway,
        d.state.as_str(),
        d.attempts,
        d.in_doubt,
        d.queued_at.as_millisecond(),
        d.ended_at.as_millisecond(),
        d.receipt.map(|(state, _)| state.as_str()),
        d.receipt.map(|(_, at)| at.as_millisecond()),
        d.trail.to_string(),
        &d.choice,
        columns::parts_text(&d.parts),
        d.cause.map(Cause::as_str),
        d.code.as_ref(),
    ];
    batch.execute(sql, params);
}
