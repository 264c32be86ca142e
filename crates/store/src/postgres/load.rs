//! Reading the snapshot that a rule needs.
//!
//! Each part asks for what is its own, and all parts are on their way before
//! the first answer is waited for: one round trip. A second one is needed for
//! what only an answer names: clients' messages and their money, and the
//! verifications of messages that are due.

use tokio::try_join;
use verify::engine::{Keys, Snapshot};
use verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use verify::keys::AddressKey;
use verify::record::{
    Account, Confirmation, Delivery, OutgoingMessage, Report, Service, Trust, User, Verification,
    WidgetSession, WidgetSettings, WidgetTraffic,
};
use verify::send_limits::{AccountSends, AddressSends, NumberSends, PartSends};

use super::connection::Connection;
use super::trouble::Result;
use super::value::params;
use super::{row, sql};

mod device;
mod message;

/// Reads the records that `keys` name, as they are in the open transaction.
pub(super) async fn snapshot(c: &Connection, keys: &Keys) -> Result<Snapshot> {
    let (registry, subject, number, devices, messages, widget, reports) = try_join!(
        registry(c, keys),
        subject(c, keys),
        number(c, keys),
        device::load(c, keys),
        message::load(c, keys),
        widget(c, keys),
        reports(c, keys),
    )?;
    let mut s = Snapshot {
        account: registry.account,
        service: registry.service,
        service_named: registry.service_named,
        has_users: registry.has_users,
        user: registry.user,
        user_by_login: registry.user_by_login,
        verification: subject.verification,
        guard: subject.guard,
        confirmation: subject.confirmation,
        delivery: subject.delivery,
        number_sends: number.sends,
        is_blocked: number.is_blocked,
        scheduled_near: number.scheduled_near,
        trust: number.trust,
        addresses: number.addresses,
        account_sends: number.account_sends,
        account_parts: number.account_parts,
        authenticators: devices.authenticators,
        devices: devices.devices,
        entries: devices.entries,
        prompts: devices.prompts,
        recovery: devices.recovery,
        is_nonce_used: devices.is_nonce_used,
        widget_settings: widget.0,
        widget_session: widget.1,
        widget_traffic: widget.2,
        references: messages.references,
        orphans: messages.orphans,
        bind_places: messages.bind_places,
        reports,
        ..Snapshot::default()
    };
    s.messages.extend(subject.message);
    s.messages.extend(messages.messages);
    s.held = messages.held;
    s.sms = messages.sms;
    s.balances = messages.balances;
    s.due = messages.due;
    if keys.delivery.is_some() {
        s.delivery = messages.delivery;
    }
    if keys.user.is_some() && s.user.is_none() {
        // What hangs on a user is not looked at without one.
        (s.verification, s.guard) = Default::default();
    }
    message::load_others(c, keys, &mut s).await?;
    Ok(s)
}

#[derive(Default)]
struct Registry {
    account: Option<Account>,
    service: Option<Service>,
    service_named: Option<Service>,
    has_users: bool,
    user: Option<User>,
    user_by_login: Option<User>,
}

async fn registry(c: &Connection, keys: &Keys) -> Result<Registry> {
    let account = async {
        let Some(name) = &keys.account_name else { return Ok(None) };
        c.one(sql::ACCOUNT_BY_NAME, params![name], row::account).await
    };
    let service = async {
        let Some((account, id)) = &keys.service else { return Ok(None) };
        c.one(sql::SERVICE_BY_ID, params![id.as_bytes(), account.as_i64()], row::service).await
    };
    let service_named = async {
        let Some((account, name)) = &keys.service_name else { return Ok(None) };
        c.one(sql::SERVICE_BY_NAME, params![account.as_i64(), name], row::service).await
    };
    let has_users = async {
        let Some(service) = &keys.has_users else { return Ok(None) };
        c.one(sql::HAS_USERS, params![service.as_bytes()], |_| Ok(())).await
    };
    let user = async {
        let Some((service, user)) = &keys.user else { return Ok(None) };
        c.one(sql::USER_BY_ID, params![service.as_bytes(), user.as_bytes()], row::user).await
    };
    let by_login = async {
        let Some((service, login)) = &keys.login else { return Ok(None) };
        c.one(sql::USER_BY_LOGIN, params![service.as_bytes(), login], row::user).await
    };
    let found = try_join!(account, service, service_named, has_users, user, by_login)?;
    let (account, service, service_named, has_users, user, user_by_login) = found;
    let has_users = has_users.is_some();
    Ok(Registry { account, service, service_named, has_users, user, user_by_login })
}

/// What is kept of a user or of a pair that is none, and the confirmation that
/// goes with it.
#[derive(Default)]
struct Kept {
    verification: Option<Verification>,
    guard: verify::guard::Guard,
    confirmation: Option<Confirmation>,
    delivery: Option<Delivery>,
    message: Option<OutgoingMessage>,
}

/// The last that is asked for counts, as in every engine.
async fn subject(c: &Connection, keys: &Keys) -> Result<Kept> {
    if let Some((account, id)) = keys.confirmation {
        let kept = of_confirmation(c, account, id).await?;
        if kept.confirmation.is_some() {
            return Ok(kept);
        }
    }
    let Some((service, user)) = keys.subject.or(keys.user) else { return Ok(Kept::default()) };
    of_pair(c, keys, service, user).await
}

async fn of_pair(c: &Connection, keys: &Keys, service: ServiceId, user: UserId) -> Result<Kept> {
    let pair = || params![*service.as_bytes(), *user.as_bytes()];
    let confirmation = async {
        let account = keys.confirmation_of_subject.filter(|_| keys.subject.is_some());
        let Some(account) = account else { return Ok(None) };
        let params = params![account.as_i64(), *service.as_bytes(), *user.as_bytes()];
        c.one(sql::CONFIRMATION_OF_SUBJECT, params, row::confirmation).await
    };
    let (verification, guard, confirmation) = try_join!(
        c.one(sql::VERIFICATION, pair(), row::verification),
        c.one(sql::GUARD, pair(), row::guard),
        confirmation,
    )?;
    let guard = guard.unwrap_or_default();
    Ok(Kept { verification, guard, confirmation, ..Kept::default() })
}

async fn of_confirmation(c: &Connection, account: AccountId, id: VerificationId) -> Result<Kept> {
    let key = || params![account.as_i64(), *id.as_bytes()];
    let (confirmation, verification, guard, delivery, message) = try_join!(
        c.one(sql::CONFIRMATION, key(), row::confirmation),
        c.one(sql::VERIFICATION_OF_CONFIRMATION, key(), row::verification),
        c.one(sql::GUARD_OF_CONFIRMATION, key(), row::guard),
        c.one(sql::LAST_DELIVERY_OF_CONFIRMATION, key(), row::delivery),
        c.one(sql::LAST_MESSAGE_OF_CONFIRMATION, key(), row::message),
    )?;
    let guard = guard.unwrap_or_default();
    Ok(Kept { verification, guard, confirmation, delivery, message })
}

#[derive(Default)]
struct Traffic {
    sends: NumberSends,
    is_blocked: bool,
    scheduled_near: u32,
    trust: Option<Trust>,
    addresses: Vec<AddressSends>,
    account_sends: AccountSends,
    account_parts: Vec<PartSends>,
}

async fn number(c: &Connection, keys: &Keys) -> Result<Traffic> {
    let scheduled_near = async {
        let Some((number, at)) = &keys.scheduled_near else { return Ok(None) };
        let params = params![number.as_bytes(), *at];
        c.one(sql::SCHEDULED_NEAR, params, |row| row.get(0)).await
    };
    let trust = async {
        let Some((account, number, cookie)) = &keys.trust else { return Ok(None) };
        let params = params![account.as_i64(), number.as_bytes(), cookie.as_bytes()];
        c.one(sql::TRUST, params, row::trust).await
    };
    let account_sends = async {
        let Some(account) = keys.account_sends else { return Ok(Vec::new()) };
        c.all(sql::ACCOUNT_SENDS, params![account.as_i64()], row::account_sends).await
    };
    let (sends, is_blocked, scheduled_near, trust, addresses, mut account_parts) = try_join!(
        number_sends(c, keys),
        is_blocked(c, keys),
        scheduled_near,
        trust,
        addresses(c, &keys.addresses),
        account_sends,
    )?;
    // By their number, so it comes first if it is there.
    let has_first = account_parts.first().is_some_and(|(part, _)| *part == 0);
    let first = has_first.then(|| account_parts.remove(0).1);
    Ok(Traffic {
        sends: sends.unwrap_or_default(),
        is_blocked,
        scheduled_near: scheduled_near.unwrap_or_default(),
        trust,
        addresses,
        account_sends: first.unwrap_or_default(),
        account_parts,
    })
}

/// The sends to the number that is asked for.
async fn number_sends(c: &Connection, keys: &Keys) -> Result<Option<NumberSends>> {
    if let Some(number) = &keys.number {
        return c.one(sql::NUMBER_SENDS, params![number.as_bytes()], row::number_sends).await;
    }
    if let Some((service, user)) = keys.user.filter(|_| keys.number_of_user) {
        let params = params![*service.as_bytes(), *user.as_bytes()];
        let found = c.one(sql::NUMBER_SENDS_OF_USER, params, row::number_sends).await?;
        if found.is_some() || !keys.number_of_confirmation {
            return Ok(found);
        }
    }
    let Some((account, id)) = keys.confirmation.filter(|_| keys.number_of_confirmation) else {
        return Ok(None);
    };
    let params = params![account.as_i64(), *id.as_bytes()];
    c.one(sql::NUMBER_SENDS_OF_CONFIRMATION, params, row::number_sends).await
}

/// Whether the number that is read is blocked.
async fn is_blocked(c: &Connection, keys: &Keys) -> Result<bool> {
    let Some(blocked_for) = keys.blocked_for.map(AccountId::as_i64) else { return Ok(false) };
    let (sql, params) = if let Some(number) = keys.number {
        (sql::IS_BLOCKED, params![blocked_for, *number.as_bytes()])
    } else if let Some((service, user)) = keys.user {
        (sql::IS_USER_BLOCKED, params![blocked_for, *service.as_bytes(), *user.as_bytes()])
    } else if let Some((account, id)) = keys.confirmation {
        let params = params![blocked_for, account.as_i64(), *id.as_bytes()];
        (sql::IS_CONFIRMATION_BLOCKED, params)
    } else {
        return Ok(false);
    };
    Ok(c.one(sql, params, |_| Ok(())).await?.is_some())
}

/// In the order in which they are asked for.
async fn addresses(c: &Connection, keys: &[AddressKey]) -> Result<Vec<AddressSends>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let params = params![keys.iter().map(|key| key.as_bytes().as_slice()).collect::<Vec<_>>()];
    let read = |row: &row::Row<'_>| Ok((row.get::<[u8; 16]>(2)?, row::address_sends(row)?));
    let found = c.all(sql::ADDRESS_SENDS, params, read).await?;
    let of_key = |key: &AddressKey| found.iter().find(|(found, _)| found == key.as_bytes());
    Ok(keys.iter().map(|key| of_key(key).map(|(_, s)| s.clone()).unwrap_or_default()).collect())
}

type Widget = (Option<WidgetSettings>, Option<WidgetSession>, WidgetTraffic);

async fn widget(c: &Connection, keys: &Keys) -> Result<Widget> {
    let settings = async {
        let name = keys.account_name.as_ref().filter(|_| keys.widget_settings);
        let Some(name) = name else { return Ok(None) };
        c.one(sql::WIDGET_SETTINGS_OF, params![name], row::widget_settings).await
    };
    let session = async {
        let Some(id) = &keys.widget_session else { return Ok(None) };
        c.one(sql::WIDGET_SESSION, params![id.as_bytes()], row::widget_session).await
    };
    let traffic = async {
        let Some(account) = keys.widget_traffic else { return Ok(None) };
        c.one(sql::WIDGET_TRAFFIC, params![account.as_i64()], row::widget_traffic).await
    };
    let (settings, session, traffic) = try_join!(settings, session, traffic)?;
    Ok((settings, session, traffic.unwrap_or_default()))
}

async fn reports(c: &Connection, keys: &Keys) -> Result<Vec<Report>> {
    let due = async {
        let Some(due) = keys.due_reports else { return Ok(Vec::new()) };
        let except: Vec<i64> = keys.reports_except.iter().map(|id| id.as_i64()).collect();
        c.all(sql::DUE_REPORTS, params![due.now, due.limit, except], row::report).await
    };
    let by_id = async {
        let Some(id) = &keys.report else { return Ok(None) };
        c.one(sql::REPORT_BY_ID, params![id.as_bytes()], row::report).await
    };
    let (mut reports, by_id) = try_join!(due, by_id)?;
    reports.extend(by_id);
    Ok(reports)
}
