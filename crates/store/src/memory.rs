//! Keeping in memory: deterministic, for simulation and tests. Steps run one
//! after the other in the caller's thread, in the order of their arrival;
//! nothing survives the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use verify::Timestamp;
use verify::guard::Guard;
use verify::ids::{
    AccountId, AuthenticatorId, DeviceId, MessageId, ReportId, ServiceId, SmsId, UserId,
    VerificationId, WidgetSessionId,
};
use verify::record::{
    Account, Authenticator, Balance, BindPlace, BlockedNumber, Confirmation, Delivery, Device,
    GatewayPause, GatewayView, Orphan, OutgoingMessage, Price, Prompts, RecoverySet, Reference,
    Report, Service, Sms, TrafficArea, Trust, User, Verification, WidgetSession, WidgetSettings,
    WidgetTraffic,
};
use verify::send_limits::{AccountSends, AddressSends, NumberSends};

use crate::engine::{Engine, Step};
use crate::fault::Fault;
use crate::read::{Read, ReadAnswer};

mod answer;
mod apply;
mod snapshot;

/// The engine.
#[derive(Default)]
pub struct MemoryEngine {
    records: Mutex<Records>,
}

type UserKey = (ServiceId, UserId);
/// An account and the bytes of a number's key.
type NumberOfAccount = (AccountId, [u8; 16]);
/// A service, an area as text, as the databases order it, and a server.
type AreaKey = (ServiceId, String, String);

#[derive(Default)]
struct Records {
    is_closed: bool,
    accounts: BTreeMap<String, Account>,
    accounts_version: u64,
    widget_settings: BTreeMap<AccountId, WidgetSettings>,
    widget_sessions: BTreeMap<WidgetSessionId, WidgetSession>,
    widget_traffic: BTreeMap<AccountId, WidgetTraffic>,
    services: BTreeMap<ServiceId, Service>,
    users: BTreeMap<UserKey, User>,
    verifications: BTreeMap<UserKey, Verification>,
    guards: BTreeMap<UserKey, Guard>,
    devices: BTreeMap<DeviceId, Device>,
    authenticators: BTreeMap<(UserKey, AuthenticatorId), Authenticator>,
    prompts: BTreeMap<UserKey, Prompts>,
    recovery: BTreeMap<UserKey, RecoverySet>,
    nonces: BTreeMap<[u8; 16], Timestamp>,
    number_sends: BTreeMap<[u8; 16], NumberSends>,
    account_sends: BTreeMap<AccountId, AccountSends>,
    account_parts: BTreeMap<(AccountId, u16), AccountSends>,
    outbox: BTreeMap<MessageId, OutgoingMessage>,
    deliveries: BTreeMap<MessageId, Delivery>,
    confirmations: BTreeMap<(AccountId, VerificationId), Confirmation>,
    trusts: BTreeMap<(NumberOfAccount, [u8; 32]), Trust>,
    blocked: BTreeMap<NumberOfAccount, BlockedNumber>,
    address_sends: BTreeMap<[u8; 16], AddressSends>,
    balances: BTreeMap<AccountId, Balance>,
    prices: Vec<Price>,
    prices_version: u64,
    sms: BTreeMap<SmsId, Sms>,
    reports: BTreeMap<ReportId, Report>,
    references: BTreeMap<(String, String, MessageId, u16), Reference>,
    orphans: BTreeMap<(String, String, &'static str), Orphan>,
    gateway_pauses: BTreeMap<String, GatewayPause>,
    gateway_views: Vec<GatewayView>,
    bind_places: BTreeMap<(String, u16), BindPlace>,
    traffic_areas: BTreeMap<AreaKey, TrafficArea>,
}

impl MemoryEngine {
    fn lock(&self) -> MutexGuard<'_, Records> {
        // A panic inside a rule is caught before it can reach the lock.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for MemoryEngine {
    fn submit(&self, mut step: Box<dyn Step>) {
        let result = {
            let mut records = self.lock();
            if records.is_closed {
                Err(Fault::Closed)
            } else {
                let snapshot = records.snapshot(step.keys());
                step.decide(&snapshot).and_then(|changes| records.apply_all(changes))
            }
        };
        step.finish(result);
    }

    fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>) {
        let records = self.lock();
        let answer = if records.is_closed { Err(Fault::Closed) } else { Ok(records.answer(read)) };
        drop(records);
        let _ = reply.send(answer);
    }

    fn close(&self) {
        self.lock().is_closed = true;
    }
}

impl Records {
    fn users_of(&self, service: ServiceId) -> impl Iterator<Item = &User> {
        self.users.values().filter(move |u| u.service == service)
    }
}

/// When a number was last sent to.
fn last(sends: &NumberSends) -> Timestamp {
    sends.0.last().map_or(Timestamp::MIN, |send| send.at)
}
