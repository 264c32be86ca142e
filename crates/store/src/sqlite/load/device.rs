//! Devices, and what belongs to them.

use rusqlite::Result;
use verify::engine::{AuthenticatorsOf, Keys, Snapshot};
use verify::ids::DeviceId;
use verify::keys::NumberKey;
use verify::limits::ENTRIES_PER_NUMBER_MAX;

use crate::sqlite::prepared::Connection;
use crate::sqlite::{row, sql};

/// After the user and the confirmation: it asks for what is theirs.
pub(super) fn load(connection: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    load_of_user(connection, keys, s)?;
    let of_device = keys.device.map(|id| number_of(connection, id)).transpose()?.flatten();
    let of_confirmation = s.confirmation.as_ref().map(|c| c.number_key);
    let of_user = s.user.as_ref().filter(|_| keys.devices_of_user).map(|u| u.number_key);
    let with_devices = [
        of_device,
        keys.devices_of_number,
        of_confirmation.filter(|_| keys.devices_of_confirmation),
        of_user,
    ];
    for number in distinct(with_devices) {
        let params = [number.as_bytes()];
        s.devices.extend(connection.all(sql::DEVICES_OF_NUMBER, params, row::device)?);
    }
    s.devices.sort_by_key(|device| (device.created_at, device.id));
    let with_entries = if keys.entries_of_number {
        [of_device, keys.devices_of_number, of_confirmation]
    } else {
        [of_device.filter(|_| keys.entries_of_device), None, None]
    };
    load_entries(connection, &distinct(with_entries), s)?;
    if let Some(device) = keys.device.filter(|_| keys.entries_of_device) {
        load_authenticators(connection, device, s)?;
    }
    s.authenticators.sort_by_key(|a| (a.created_at, a.id, a.service, a.user));
    if let Some(nonce) = keys.nonce {
        let params = [nonce.as_bytes()];
        s.is_nonce_used = connection.one(sql::IS_NONCE_USED, params, |_| Ok(()))?.is_some();
    }
    Ok(())
}

fn load_of_user(connection: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    let Some(user) = &s.user else { return Ok(()) };
    let params = (user.service.as_bytes(), user.id.as_bytes());
    let unconfirmed_too = match keys.authenticators {
        AuthenticatorsOf::Nobody => None,
        // Most users have none, and every login would look for it.
        AuthenticatorsOf::Confirmed => (user.devices_active > 0).then_some(false),
        AuthenticatorsOf::All => Some(true),
    };
    if let Some(unconfirmed_too) = unconfirmed_too {
        let params = (params.0, params.1, unconfirmed_too);
        s.authenticators =
            connection.all(sql::AUTHENTICATORS_OF_USER, params, row::authenticator)?;
    }
    if keys.devices_of_user {
        s.prompts = connection.one(sql::PROMPTS, params, |row| row::prompts(row, 0))?;
    }
    if keys.recovery_of_user {
        s.recovery = connection.one(sql::RECOVERY, params, row::recovery)?;
    }
    Ok(())
}

fn number_of(connection: &Connection, device: DeviceId) -> Result<Option<NumberKey>> {
    let number = |row: &rusqlite::Row<'_>| row.get(0).map(NumberKey::from_bytes);
    connection.one(sql::NUMBER_OF_DEVICE, [device.as_bytes()], number)
}

/// The users of each number, oldest first; at most so many in all.
fn load_entries(connection: &Connection, numbers: &[NumberKey], s: &mut Snapshot) -> Result<()> {
    let limit = i64::try_from(ENTRIES_PER_NUMBER_MAX).unwrap_or(i64::MAX);
    for number in numbers {
        let params = (number.as_bytes(), limit);
        s.entries.extend(connection.all(sql::ENTRIES, params, row::entry)?);
    }
    s.entries.sort_by_key(|entry| (entry.user.created_at, entry.user.id, entry.user.service));
    s.entries.truncate(ENTRIES_PER_NUMBER_MAX);
    Ok(())
}

/// The authenticators of a device, beside those of the user that are there.
fn load_authenticators(connection: &Connection, device: DeviceId, s: &mut Snapshot) -> Result<()> {
    let params = [device.as_bytes()];
    for found in connection.all(sql::AUTHENTICATORS_OF_DEVICE, params, row::authenticator)? {
        if !s.authenticators.contains(&found) {
            s.authenticators.push(found);
        }
    }
    Ok(())
}

fn distinct<const N: usize>(numbers: [Option<NumberKey>; N]) -> Vec<NumberKey> {
    let mut distinct = Vec::with_capacity(N);
    for number in numbers.into_iter().flatten() {
        if !distinct.contains(&number) {
            distinct.push(number);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use verify::Timestamp;
    use verify::engine::{AuthenticatorsOf, Change};
    use verify::ids::{AccountId, AuthenticatorId, ServiceId, UserId};
    use verify::phone::PhoneNumber;
    use verify::record::{Authenticator, User};
    use verify::sealed::Sealed;
    use verify::totp::Algorithm;

    use super::*;
    use crate::sqlite::{SqliteOptions, load, open, write};

    const SERVICE: ServiceId = ServiceId::from_bytes([7; 16]);
    const USER: UserId = UserId::from_bytes([8; 16]);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn user() -> User {
        User {
            id: USER,
            service: SERVICE,
            login: "jane".to_owned(),
            phone: PhoneNumber::parse("+37255500123").unwrap(),
            number_key: NumberKey::from_bytes([1; 16]),
            devices_active: 0,
            created_at: at(60),
        }
    }

    fn authenticator() -> Authenticator {
        Authenticator {
            id: AuthenticatorId::from_bytes([9; 16]),
            service: SERVICE,
            user: USER,
            device: Some(DeviceId::from_bytes([2; 16])),
            name: "Phone".to_owned(),
            algorithm: Algorithm::Sha256,
            seed: Sealed::from_bytes(vec![3; 61]),
            confirmed_at: Some(at(70)),
            attempts: 0,
            last_step: 1,
            drift: 0,
            resync_step: None,
            created_at: at(60),
            last_used_at: None,
        }
    }

    /// What a start and a check of a user read beside what devices add.
    fn keys_of_a_login() -> [Keys; 2] {
        let account = AccountId::from_i64(1);
        let check = Keys {
            service: Some((account, SERVICE)),
            user: Some((SERVICE, USER)),
            ..Keys::default()
        };
        let start = Keys {
            number_of_user: true,
            blocked_for: Some(account),
            account_sends: Some(account),
            ..check.clone()
        };
        [start, check]
    }

    fn reads(connection: &Connection, keys: &Keys) -> i32 {
        connection.count_runs();
        load::snapshot(connection, keys).unwrap();
        connection.count_runs()
    }

    fn writes(connection: &Connection, change: &Change) -> i32 {
        connection.count_runs();
        write::change(connection, change).unwrap();
        connection.count_runs()
    }

    #[test]
    fn a_login_without_an_authenticator_costs_no_statement_more() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            path: folder.path().join("ringproof.db"),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        let library = open::write_connection(&options).unwrap();
        let connection = Connection::new(&library);
        write::change(&connection, &Change::InsertUser(Box::new(user()))).unwrap();
        let additional = |keys: &Keys, authenticators, devices_of_user| {
            let asking = Keys { authenticators, devices_of_user, ..keys.clone() };
            reads(&connection, &asking) - reads(&connection, keys)
        };
        let [start, check] = keys_of_a_login();
        assert_eq!([&start, &check].map(|keys| reads(&connection, keys)), [7, 4]);
        for keys in [&start, &check] {
            assert_eq!(additional(keys, AuthenticatorsOf::Confirmed, false), 0);
            assert_eq!(additional(keys, AuthenticatorsOf::All, false), 1);
            assert_eq!(additional(keys, AuthenticatorsOf::Confirmed, true), 2);
        }

        // One select, one write, and the count when the first of them is confirmed.
        let put = |a: Authenticator| Change::PutAuthenticator(Box::new(a));
        assert_eq!(writes(&connection, &put(authenticator())), 3);
        for keys in [&start, &check] {
            assert_eq!(additional(keys, AuthenticatorsOf::Confirmed, false), 1);
        }
        let used = Authenticator { last_step: 2, ..authenticator() };
        assert_eq!(writes(&connection, &put(used)), 2, "the row of the user stays as it is");
    }
}
