//! What integrators are told of devices at once (S-31, S-37): a report that is
//! queued in the step that changes what it tells.

use super::Change;
use crate::Timestamp;
use crate::ids::{AccountId, ServiceId, UserId};
use crate::record::{Device, Entry, Report};

/// What happened to a device of a user's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It was enrolled by SMS and may have codes.
    DeviceAdded,
    /// It was enrolled by SMS while another is active, and waits.
    DeviceHeld,
    /// It waited, and was approved on another.
    DeviceApproved,
    /// It was removed, or refused while it waited.
    DeviceRemoved,
    /// The person has given the user's codes to another program too.
    AuthenticatorAdded,
}

impl EventKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeviceAdded => "device.added",
            Self::DeviceHeld => "device.held",
            Self::DeviceApproved => "device.approved",
            Self::DeviceRemoved => "device.removed",
            Self::AuthenticatorAdded => "authenticator.added",
        }
    }
}

/// What an integrator is told, for each of its users with the number.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What happened.
    pub kind: EventKind,
    /// The integrator's account.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// Its name.
    pub issuer: &'a str,
    /// The user.
    pub user: UserId,
    /// Its login name.
    pub login: &'a str,
    /// The device.
    pub device: &'a Device,
    /// When it happened.
    pub at: Timestamp,
}

impl<'a> Event<'a> {
    /// What the integrator of one user of the number is told.
    pub fn new(kind: EventKind, entry: &'a Entry, device: &'a Device, at: Timestamp) -> Self {
        Self {
            kind,
            account: entry.account,
            service: entry.user.service,
            issuer: &entry.issuer,
            user: entry.user.id,
            login: &entry.user.login,
            device,
            at,
        }
    }
}

/// Makes the report of an event; none where the account wants none.
pub type Announce<'a> = &'a mut dyn FnMut(&Event<'_>) -> Option<Report>;

/// The reports of an event to everybody whom it concerns.
pub(super) fn announce(
    kind: EventKind,
    device: &Device,
    entries: &[Entry],
    make: Announce<'_>,
    at: Timestamp,
) -> Vec<Change> {
    let event = |entry: &Entry| make(&Event::new(kind, entry, device, at));
    entries.iter().filter_map(event).map(|report| Change::QueueReport(Box::new(report))).collect()
}
