//! Who comes after whom in one node.
//!
//! Steps that write the same record would all but one be done in vain. So they
//! wait for each other here, before they take a connection. It is a courtesy,
//! not a promise: what two nodes do at once is settled by the database.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use verify::engine::Keys;

/// Places at which somebody can wait; records share them by chance.
const PLACES: usize = 4_096;

pub(super) struct Turns(Vec<Arc<Mutex<()>>>);

/// Held while it is somebody's turn.
pub(super) struct Turn {
    _places: Vec<OwnedMutexGuard<()>>,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| Arc::default()).collect())
    }

    /// Waits until nobody works with what these keys name.
    pub(super) async fn wait(&self, keys: &Keys) -> Turn {
        // In one order, so that no two wait for each other.
        let mut places = Vec::new();
        for place in contested(keys) {
            places.push(self.0[place].clone().lock_owned().await);
        }
        Turn { _places: places }
    }
}

/// The places of the records that a step with these keys is likely to write.
/// Every key is named, so that whoever adds one decides.
fn contested(keys: &Keys) -> BTreeSet<usize> {
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
        reports_except: _,
        report,
        due,
    } = keys;
    let mut places = Places::default();
    places.add(b"account", account_name.iter().map(String::as_bytes));
    places.add(b"service", service_name.iter().map(|(_, name)| name.as_bytes()));
    places.add(b"users", has_users.iter().map(|id| &id.as_bytes()[..]));
    places.add(b"users", login.iter().map(|(service, _)| &service.as_bytes()[..]));
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
    for (kind, account) in
        [(&b"traffic"[..], widget_traffic), (b"sends", account_sends), (b"balance", balance)]
    {
        places.add(kind, account.iter().map(|id| id.as_i64().to_be_bytes()));
    }
    places.add(b"due", due.iter().chain(due_sms).map(|_| b""));
    places.add(b"due reports", due_reports.iter().map(|_| b""));
    places.0
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
