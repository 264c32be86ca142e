//! Who comes after whom in one node.
//!
//! Steps that write the same record would all but one be done in vain. So they
//! wait for each other here, before they take a connection. It is a courtesy,
//! not a promise: what two nodes do at once is settled by the database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};
use verify::engine::Keys;
use verify::ids::{AccountId, ServiceId};

/// Places at which somebody can wait; records share them by chance.
const PLACES: usize = 4_096;

/// Accounts of which it is remembered in how many parts they are divided; they share
/// the places by chance, and a wrong number costs a second try.
const ACCOUNTS: usize = 1_024;

pub(super) struct Turns {
    places: Vec<Arc<Mutex<()>>>,
    /// In how many parts the sends of accounts were last seen to be divided.
    divided: Vec<AtomicU16>,
}

/// Held while it is somebody's turn.
pub(super) struct Turn {
    _places: Vec<OwnedMutexGuard<()>>,
}

impl Turns {
    pub(super) fn new() -> Self {
        let places = (0..PLACES).map(|_| Arc::default()).collect();
        Self { places, divided: (0..ACCOUNTS).map(|_| AtomicU16::new(0)).collect() }
    }

    /// Waits until nobody works with what these keys name.
    pub(super) async fn wait(&self, keys: &Keys) -> Turn {
        // In one order, so that no two wait for each other.
        let mut places = Vec::new();
        let parts = keys.account_sends.and_then(|account| self.divided_of(account));
        let parts = parts.map_or(1, |parts| parts.load(Ordering::Relaxed).max(1));
        for place in contested(keys, parts) {
            places.push(self.places[place].clone().lock_owned().await);
        }
        Turn { _places: places }
    }

    /// Remembers in how many parts an account is divided.
    pub(super) fn note(&self, account: AccountId, divided: u16) {
        if let Some(known) = self.divided_of(account) {
            known.store(divided, Ordering::Relaxed);
        }
    }

    fn divided_of(&self, account: AccountId) -> Option<&AtomicU16> {
        let place = account.as_i64().unsigned_abs() % ACCOUNTS as u64;
        self.divided.get(usize::try_from(place).ok()?)
    }
}

/// The places of the records that a step with these keys is likely to write.
/// Every key is named, so that whoever adds one decides.
fn contested(keys: &Keys, parts: u16) -> BTreeSet<usize> {
    let Keys {
        account_name,
        service: _,
        service_name,
        has_users,
        user,
        login,
        number_of_user: _,
        authenticators: _,
        devices_of_user: _,
        recovery_of_user: _,
        device,
        entries_of_device: _,
        devices_of_number: _,
        entries_of_number: _,
        devices_of_confirmation: _,
        nonce,
        subject,
        scheduled_near: _,
        confirmation_of_subject: _,
        number,
        confirmation,
        number_of_confirmation: _,
        blocked_for: _,
        trust: _,
        addresses,
        widget_settings: _,
        widget_session,
        widget_traffic,
        account_sends,
        balance,
        sms,
        due_sms,
        messages,
        held,
        delivery,
        confirmation_of_delivery: _,
        references: _,
        orphans: _,
        due_reports,
        due_only: _,
        due_except: _,
        reports_except: _,
        report,
        due,
        bind_places,
    } = keys;
    let mut places = Places::default();
    places.add(b"account", account_name.iter().map(String::as_bytes));
    places.add(b"service", service_name.iter().map(|(_, name)| name.as_bytes()));
    places.add(b"users", has_users.iter().map(|id| &id.as_bytes()[..]));
    let of_login =
        |(service, login): &(ServiceId, String)| [service.as_bytes(), login.as_bytes()].concat();
    places.add(b"login", login.iter().map(of_login));
    places.add(b"user", user.iter().chain(subject).map(|(_, user)| &user.as_bytes()[..]));
    places.add(b"device", device.iter().map(|id| &id.as_bytes()[..]));
    places.add(b"nonce", nonce.iter().map(|digest| &digest.as_bytes()[..]));
    places.add(b"number", number.iter().map(|number| &number.as_bytes()[..]));
    places.add(b"confirmation", confirmation.iter().map(|(_, id)| &id.as_bytes()[..]));
    places.add(b"address", addresses.iter().map(|key| &key.as_bytes()[..]));
    places.add(b"session", widget_session.iter().map(|id| &id.as_bytes()[..]));
    places.add(b"sms", sms.iter().map(|(_, id)| &id.as_bytes()[..]));
    places.add(b"message", messages.iter().chain(held).map(|id| &id.as_bytes()[..]));
    places.add(b"message", delivery.iter().map(|id| &id.as_bytes()[..]));
    places.add(b"report", report.iter().map(|id| &id.as_bytes()[..]));
    // Where the sends of an account are counted in parts, whoever sends to another number
    // writes another one.
    let lane = lane(keys, parts).to_be_bytes();
    let of_account = |id: &AccountId| [id.as_i64().to_be_bytes().as_slice(), &lane].concat();
    places.add(b"sends", account_sends.iter().map(of_account));
    for (kind, account) in [(&b"traffic"[..], widget_traffic), (b"balance", balance)] {
        places.add(kind, account.iter().map(|id| id.as_i64().to_be_bytes()));
    }
    places.add(b"due", due.iter().chain(due_sms).map(|_| b""));
    places.add(b"binds", bind_places.then_some(b"").iter());
    places.add(b"due reports", due_reports.iter().map(|_| b""));
    places.0
}

/// In which of the lanes of its account a step goes, of as many as the account has parts.
fn lane(keys: &Keys, parts: u16) -> u16 {
    let first = |bytes: &[u8]| match bytes {
        [first, second, ..] => u16::from_be_bytes([*first, *second]),
        [] | [_] => 0,
    };
    let person = keys.user.or(keys.subject).map(|(_, user)| first(user.as_bytes()));
    let number = || keys.number.as_ref().map(|number| first(number.as_bytes()));
    let confirmation = || keys.confirmation.map(|(_, id)| first(id.as_bytes()));
    // The number decides which part is written; where it is not known yet, chance.
    let lane = number().or(person).or_else(confirmation).unwrap_or_default();
    lane % parts
}

#[derive(Default)]
struct Places(BTreeSet<usize>);

impl Places {
    fn add<B: AsRef<[u8]>>(&mut self, kind: &[u8], keys: impl Iterator<Item = B>) {
        for key in keys {
            let bytes = kind.iter().chain([&0]).chain(key.as_ref());
            let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
            let place = (hash ^ (hash >> 32)) % PLACES as u64;
            self.0.insert(usize::try_from(place).unwrap_or_default());
        }
    }
}
