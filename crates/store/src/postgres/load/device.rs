//! Devices, and what belongs to them.

use tokio::try_join;
use verify::engine::{AuthenticatorsOf, Keys};
use verify::limits::ENTRIES_PER_NUMBER_MAX;
use verify::record::{Authenticator, Device, Entry, Prompts, RecoverySet};

use crate::postgres::connection::Connection;
use crate::postgres::trouble::Result;
use crate::postgres::value::{Value, params};
use crate::postgres::{row, sql};

#[derive(Default)]
pub(super) struct OfDevices {
    pub(super) authenticators: Vec<Authenticator>,
    pub(super) devices: Vec<Device>,
    pub(super) entries: Vec<Entry>,
    pub(super) prompts: Option<Prompts>,
    pub(super) recovery: Option<RecoverySet>,
    pub(super) is_nonce_used: bool,
}

pub(super) async fn load(c: &Connection, keys: &Keys) -> Result<OfDevices> {
    let nonce = async {
        let Some(nonce) = &keys.nonce else { return Ok(None) };
        c.one(sql::IS_NONCE_USED, params![nonce.as_bytes()], |_| Ok(())).await
    };
    let prompts = async {
        let Some((service, user)) = keys.user.filter(|_| keys.devices_of_user) else {
            return Ok(None);
        };
        let params = params![*service.as_bytes(), *user.as_bytes()];
        c.one(sql::PROMPTS, params, |row| row::prompts(row, 0)).await
    };
    let recovery = async {
        let Some((service, user)) = keys.user.filter(|_| keys.recovery_of_user) else {
            return Ok(None);
        };
        let params = params![*service.as_bytes(), *user.as_bytes()];
        c.one(sql::RECOVERY, params, row::recovery).await
    };
    let (authenticators, devices, entries, prompts, recovery, nonce) = try_join!(
        authenticators(c, keys),
        devices(c, keys),
        entries(c, keys),
        prompts,
        recovery,
        nonce,
    )?;
    let is_nonce_used = nonce.is_some();
    Ok(OfDevices { authenticators, devices, entries, prompts, recovery, is_nonce_used })
}

/// Those of a user and those of a device, oldest first.
async fn authenticators(c: &Connection, keys: &Keys) -> Result<Vec<Authenticator>> {
    let of_user = async {
        let unconfirmed_too = match keys.authenticators {
            AuthenticatorsOf::Nobody => None,
            AuthenticatorsOf::Confirmed => Some(false),
            AuthenticatorsOf::All => Some(true),
        };
        let asked = keys.user.zip(unconfirmed_too);
        let Some(((service, user), unconfirmed_too)) = asked else { return Ok(Vec::new()) };
        let params = params![*service.as_bytes(), *user.as_bytes(), unconfirmed_too];
        c.all(sql::AUTHENTICATORS_OF_USER, params, row::authenticator).await
    };
    let of_device = async {
        let Some(device) = keys.device.filter(|_| keys.entries_of_device) else {
            return Ok(Vec::new());
        };
        let params = params![*device.as_bytes()];
        c.all(sql::AUTHENTICATORS_OF_DEVICE, params, row::authenticator).await
    };
    let (mut found, of_device) = try_join!(of_user, of_device)?;
    for authenticator in of_device {
        if !found.contains(&authenticator) {
            found.push(authenticator);
        }
    }
    found.sort_by_key(|a| (a.created_at, a.id, a.service, a.user));
    Ok(found)
}

async fn devices(c: &Connection, keys: &Keys) -> Result<Vec<Device>> {
    let user = keys.user.filter(|_| keys.devices_of_user);
    let confirmation = keys.confirmation.filter(|_| keys.devices_of_confirmation);
    let is_asked = keys.device.is_some() || keys.devices_of_number.is_some();
    if !is_asked && user.is_none() && confirmation.is_none() {
        return Ok(Vec::new());
    }
    let params = params![
        keys.device.map(|id| *id.as_bytes()),
        keys.devices_of_number.map(|number| *number.as_bytes()),
        confirmation.map(|(account, _)| account.as_i64()),
        confirmation.map(|(_, id)| *id.as_bytes()),
        user.map(|(service, _)| *service.as_bytes()),
        user.map(|(_, user)| *user.as_bytes()),
    ];
    let mut found = c.all(sql::DEVICES, params, row::device).await?;
    found.sort_by_key(|device| (device.created_at, device.id));
    Ok(found)
}

/// The users of the numbers that are asked for, oldest first; at most so many.
async fn entries(c: &Connection, keys: &Keys) -> Result<Vec<Entry>> {
    let device = keys.device.filter(|_| keys.entries_of_device || keys.entries_of_number);
    let number = keys.devices_of_number.filter(|_| keys.entries_of_number);
    let confirmation = keys.confirmation.filter(|_| keys.entries_of_number);
    if device.is_none() && number.is_none() && confirmation.is_none() {
        return Ok(Vec::new());
    }
    let params = params![
        device.map(|id| *id.as_bytes()),
        number.map(|number| *number.as_bytes()),
        confirmation.map(|(account, _)| account.as_i64()),
        confirmation.map(|(_, id)| *id.as_bytes()),
        Value::Integer(i64::try_from(ENTRIES_PER_NUMBER_MAX).unwrap_or(i64::MAX)),
    ];
    c.all(sql::ENTRIES, params, row::entry).await
}
