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
