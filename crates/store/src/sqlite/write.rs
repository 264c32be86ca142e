//! Writing what a rule decided: one statement per change, as a rule.

use rusqlite::{Error, Params, Result, params};
use verify::Timestamp;
use verify::engine::Change;
use verify::guard::Guard;
use verify::ids::{AccountId, MessageId, ServiceId, UserId};
use verify::keys::NumberKey;
use verify::message::SenderId;
use verify::phone::Country;
use verify::record::{
    Account, BodyKind, Cause, Delivery, OutgoingMessage, Secret, Service, User, Verification,
};
use verify::send_limits::{AccountSends, NumberSends};

use super::prepared::Connection;
use crate::columns;

mod device;
mod gateway;
mod number;
mod sms;
mod traffic;
mod widget;

/// Writes one change inside the open transaction.
pub(super) fn change(connection: &Connection, change: &Change) -> Result<()> {
    let c = connection;
    match change {
        Change::PutAccount(account) => put_account(c, account),
        Change::PutWidgetSettings(settings) => widget::put_settings(c, settings),
        Change::PutWidgetSession(session) => widget::put_session(c, session),
        Change::PutWidgetTraffic(account, traffic) => widget::put_traffic(c, *account, traffic),
        Change::ForgetWidgetSessions(before) => widget::forget_sessions(c, *before),
        Change::InsertService(service) => insert_service(c, service),
        Change::DeleteService(id) => delete_service(c, *id),
        Change::InsertUser(user) => insert_user(c, user),
        Change::PutDevice(device) => device::put(c, device),
        Change::DeleteDevice(id) => device::delete(c, *id),
        Change::PutAuthenticator(authenticator) => device::put_authenticator(c, authenticator),
        Change::DeleteAuthenticator(service, user, id) => {
            device::delete_authenticator(c, *service, *user, *id)
        }
        Change::PutPrompts(prompts) => device::put_prompts(c, prompts),
        Change::PutRecovery(set) => device::put_recovery(c, set),
        Change::UseNonce(nonce, until) => device::use_nonce(c, *nonce, *until),
        Change::ForgetNonces(now) => device::forget_nonces(c, *now),
        Change::DeleteUser(service, user) => delete_user(c, *service, *user),
        Change::PutVerification(service, user, v) => put_verification(c, *service, *user, v),
        Change::DeleteVerification(service, user) => delete_verification(c, *service, *user),
        Change::PutGuard(service, user, guard) if guard.is_clean() => {
            delete_guard(c, *service, *user)
        }
        Change::PutGuard(service, user, guard) => put_guard(c, *service, *user, guard),
        Change::PutNumberSends(number, sends) => put_number_sends(c, *number, sends),
        Change::PutAccountSends(account, sends) => {
            c.note_account_sends(*account, sends);
            Ok(())
        }
        // One server writes here, and never in parts: it must not lose what it counted.
        Change::PutAccountPart(..) => Err(Error::ToSqlConversionFailure(
            "the embedded database counts an account in one part".into(),
        )),
        Change::QueueMessage(message) => queue_message(c, message),
        Change::UpdateMessage(message) => update_message(c, message),
        Change::ReleaseLeases(now) => {
            let sql = "UPDATE outbox SET lease = 0, next_at = ?1, in_doubt = MAX(in_doubt, 1) \
                       WHERE lease <> 0";
            execute(c, sql, [now.as_millisecond()])
        }
        Change::DropMessage(id) => execute(c, "DELETE FROM outbox WHERE id = ?1", [id.as_bytes()]),
        Change::PutDelivery(delivery) => put_delivery(c, delivery),
        Change::PutReference(reference) => gateway::put_reference(c, reference),
        Change::PutOrphan(orphan) => gateway::put_orphan(c, orphan),
        Change::ForgetReferences(before, orphans_before) => {
            gateway::forget_references(c, *before, *orphans_before)
        }
        Change::PauseGateway(pause) => gateway::pause(c, pause),
        Change::ResumeGateway(name) => {
            execute(c, "DELETE FROM gateway_pause WHERE gateway = ?1", [name])
        }
        // There is but one server, which has all binds.
        Change::PutBindPlace(_) | Change::DropBindPlace(_) => Err(Error::ToSqlConversionFailure(
            "the embedded database has one server, which shares no binds".into(),
        )),
        Change::PutGatewayViews(_, views) => gateway::put_views(c, views),
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
            let sql = "UPDATE report SET lease = 0, next_at = ?1 WHERE lease <> 0";
            execute(c, sql, [now.as_millisecond()])
        }
        Change::DropReport(id) => execute(c, "DELETE FROM report WHERE id = ?1", [id.as_bytes()]),
        Change::ForgetConfirmation(account, id, before) => {
            number::forget_confirmation(c, *account, *id, *before)
        }
        Change::ForgetTrust(account, number, cookie, before) => {
            number::forget_trust(c, *account, *number, *cookie, *before)
        }
        Change::ForgetAddress(key, before) => {
            let params = (key.as_bytes(), before.as_millisecond());
            execute(c, "DELETE FROM address_sends WHERE address_key = ?1 AND last_at <= ?2", params)
        }
        Change::ForgetSmsText(id) => {
            let sql = "UPDATE sms SET kept_sealed = NULL, kept_digest = NULL WHERE id = ?1";
            execute(c, sql, [id.as_bytes()])
        }
        Change::ForgetSms(id) => execute(c, "DELETE FROM sms WHERE id = ?1", [id.as_bytes()]),
        Change::ForgetNumber(number, before) => {
            let params = (number.as_bytes(), before.as_millisecond());
            execute(c, "DELETE FROM number_sends WHERE number_key = ?1 AND last_at <= ?2", params)
        }
        Change::ForgetDelivery(id, before) => {
            let params = (id.as_bytes(), before.as_millisecond());
            execute(c, "DELETE FROM delivery WHERE message_id = ?1 AND ended_at <= ?2", params)
        }
    }
}

fn execute<P: Params>(connection: &Connection, sql: &'static str, params: P) -> Result<()> {
    connection.execute(sql, params)
}

fn put_account(connection: &Connection, a: &Account) -> Result<()> {
    let (digest, hash) = match &a.secret {
        Secret::Issued(digest) => (Some(digest.as_bytes()), None),
        Secret::Chosen(hash) => (None, Some(hash)),
    };
    let sql = "INSERT OR REPLACE INTO account (id, username, secret_digest, secret_hash, \
               is_enabled, is_compat, create_status, countries, allow_from, sms_per_second, \
               sms_per_day, created_at, home_country, query_credentials, senders, \
               number_profile, trusts_cookies, address_limits, report_url, sms_per_hour, \
               country_sms_per_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
               ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
    let senders: Vec<&str> = a.senders.iter().map(SenderId::as_str).collect();
    let params = params![
        a.id.as_i64(),
        a.username,
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
        a.report_url,
        a.limits.account_sms_per_hour,
        a.limits.country_sms_per_day,
    ];
    execute(connection, sql, params)?;
    count_change_of_accounts(connection)
}

/// Whoever keeps the accounts in memory reads them again.
fn count_change_of_accounts(connection: &Connection) -> Result<()> {
    let sql = "UPDATE meta SET value = value + 1 WHERE name = 'accounts_version'";
    execute(connection, sql, [])
}

fn insert_service(connection: &Connection, s: &Service) -> Result<()> {
    let sql = "INSERT INTO service (id, account_id, name, host, host_text, created_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let params = params![
        s.id.as_bytes(),
        s.account.as_i64(),
        s.name,
        s.host,
        s.host_text,
        s.created_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

fn delete_service(connection: &Connection, id: ServiceId) -> Result<()> {
    connection.forget_services();
    traffic::delete_of(connection, id)?;
    execute(connection, "DELETE FROM service WHERE id = ?1", [id.as_bytes()])
}

fn insert_user(connection: &Connection, u: &User) -> Result<()> {
    let sql = "INSERT INTO user (service_id, id, login, phone, number_key, devices_active, \
               created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let params = params![
        u.service.as_bytes(),
        u.id.as_bytes(),
        u.login,
        u.phone.as_e164(),
        u.number_key.as_bytes(),
        u.devices_active,
        u.created_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

fn delete_user(connection: &Connection, service: ServiceId, user: UserId) -> Result<()> {
    delete_verification(connection, service, user)?;
    delete_guard(connection, service, user)?;
    device::delete_of_user(connection, service, user)?;
    let params = (service.as_bytes(), user.as_bytes());
    execute(connection, "DELETE FROM user WHERE service_id = ?1 AND id = ?2", params)
}

fn put_verification(
    connection: &Connection,
    service: ServiceId,
    user: UserId,
    v: &Verification,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO verification (service_id, user_id, id, method, code_digest, \
               code_sealed, code_length, attempts, is_exhausted, sends, last_sent_at, \
               last_message, created_at, expires_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let code = v.code.as_ref();
    let params = params![
        service.as_bytes(),
        user.as_bytes(),
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
    execute(connection, sql, params)
}

fn delete_verification(connection: &Connection, service: ServiceId, user: UserId) -> Result<()> {
    let params = (service.as_bytes(), user.as_bytes());
    execute(connection, "DELETE FROM verification WHERE service_id = ?1 AND user_id = ?2", params)
}

fn put_guard(connection: &Connection, service: ServiceId, user: UserId, g: &Guard) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO guard (service_id, user_id, consecutive_failures, blocks, \
               blocked_until, milliunits_since_success, failure_days) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let params = params![
        service.as_bytes(),
        user.as_bytes(),
        g.consecutive_failures,
        g.blocks,
        g.blocked_until.map(Timestamp::as_millisecond),
        g.milliunits_since_success,
        columns::pairs_text(g.days.iter().map(|d| (d.day, d.milliunits))),
    ];
    execute(connection, sql, params)
}

fn delete_guard(connection: &Connection, service: ServiceId, user: UserId) -> Result<()> {
    let params = (service.as_bytes(), user.as_bytes());
    execute(connection, "DELETE FROM guard WHERE service_id = ?1 AND user_id = ?2", params)
}

fn put_number_sends(connection: &Connection, number: NumberKey, sends: &NumberSends) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO number_sends (number_key, last_at, sends) \
               VALUES (?1, ?2, ?3)";
    let last_at = sends.0.last().map_or(0, |send| send.at.as_millisecond());
    execute(connection, sql, (number.as_bytes(), last_at, columns::number_sends_bytes(sends)))
}

/// Writes the sends of an account: once a transaction, when it is committed.
pub(super) fn account_sends(
    connection: &Connection,
    account: AccountId,
    sends: &AccountSends,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO account_sends (account_id, second, second_sends, hours, \
               countries) VALUES (?1, ?2, ?3, ?4, ?5)";
    let hours = columns::pairs_text(sends.hours.iter().map(|h| (h.hour, h.sends)));
    let countries = columns::country_sends_text(&sends.countries);
    let params = (account.as_i64(), sends.second, sends.second_sends, hours, countries);
    execute(connection, sql, params)
}

fn queue_message(connection: &Connection, m: &OutgoingMessage) -> Result<()> {
    let sql = "INSERT INTO outbox (id, account_id, service_id, user_id, verification_id, phone, \
               sender, text_sealed, created_at, deadline, attempts, next_at, lease, in_doubt, \
               sms_id, is_data, header, class, trail, only_gateway, is_kept) VALUES (?1, ?2, ?3, \
               ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, \
               ?21)";
    let (service, user, verification, sms) = columns::purpose_columns(&m.purpose);
    let params = params![
        m.id.as_bytes(),
        m.account.as_i64(),
        service,
        user,
        verification,
        m.to.as_e164(),
        m.sender,
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
        m.only_gateway,
        m.is_kept,
    ];
    execute(connection, sql, params)
}

fn update_message(connection: &Connection, m: &OutgoingMessage) -> Result<()> {
    let sql = "UPDATE outbox SET attempts = ?2, next_at = ?3, lease = ?4, in_doubt = ?5, \
               trail = ?6, is_kept = ?7 WHERE id = ?1";
    let params = params![
        m.id.as_bytes(),
        m.attempts,
        m.next_at.as_millisecond(),
        m.lease.cast_signed(),
        m.in_doubt,
        m.trail.to_string(),
        m.is_kept,
    ];
    execute(connection, sql, params)
}

fn put_delivery(connection: &Connection, d: &Delivery) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO delivery (message_id, account_id, service_id, user_id, \
               verification_id, sms_id, number_key, country, gateway, state, attempts, in_doubt, \
               queued_at, ended_at, receipt, receipt_at, trail, choice, parts, cause, code) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
               ?18, ?19, ?20, ?21)";
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
        d.gateway,
        d.state.as_str(),
        d.attempts,
        d.in_doubt,
        d.queued_at.as_millisecond(),
        d.ended_at.as_millisecond(),
        d.receipt.map(|(state, _)| state.as_str()),
        d.receipt.map(|(_, at)| at.as_millisecond()),
        d.trail.to_string(),
        d.choice,
        columns::parts_text(&d.parts),
        d.cause.map(Cause::as_str),
        d.code,
    ];
    execute(connection, sql, params)
}
