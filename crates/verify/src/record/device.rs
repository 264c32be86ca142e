//! Devices with the authenticator app, and what makes codes on them.

use crate::Timestamp;
use crate::ids::{AccountId, AuthenticatorId, DeviceId, PromptId, ServiceId, UserId};
use crate::keys::{ApprovalDigest, NumberKey, RecoveryDigest};
use crate::record::User;
use crate::sealed::Sealed;
use crate::totp::Algorithm;
use crate::{SignedDuration, device_keys};

/// A device with the authenticator app. It belongs to a phone number, not to a
/// service: what it may make codes for are the users of that number
/// (`verigator-app.md` 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Identity, known to the device.
    pub id: DeviceId,
    /// The number that was proved at its enrolment.
    pub number_key: NumberKey,
    /// What the person calls it.
    pub name: String,
    /// The language of its texts, two letters.
    pub language: String,
    /// Public half of the key that signs its calls (S-34).
    pub sign_key: device_keys::PublicBytes,
    /// Public half of the key that seeds are wrapped for (S-35).
    pub wrap_key: device_keys::PublicBytes,
    /// Until then it gets nothing, unless it is approved (D-21); none for a device
    /// that never waited or was approved.
    pub held_until: Option<Timestamp>,
    /// What it shows to be approved elsewhere, while it waits.
    pub approval: Option<Approval>,
    /// Where it is woken, sealed.
    pub push: Option<Sealed>,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When it last asked, to the minute.
    pub last_seen_at: Timestamp,
}

/// How long a device that does not ask still counts (`verigator-app.md` 6.3).
const UNSEEN_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

impl Device {
    /// Whether it may have codes.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.held_until.is_none_or(|until| until <= now)
    }

    /// Whether a login may rely on it: it is active and was seen within 90 days.
    pub fn is_in_use(&self, now: Timestamp) -> bool {
        self.is_active(now) && now.duration_since(self.last_seen_at) < UNSEEN_FOR
    }
}

/// The code by which a device that waits is approved on another (S-31, D-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// Keyed digest of the code.
    pub digest: ApprovalDigest,
    /// First moment at which it counts no more.
    pub expires_at: Timestamp,
    /// Wrong codes that were typed for it.
    pub attempts: u32,
}

/// Something that makes a user's time-based codes: the app on one device, or any
/// other program that was given a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticator {
    /// Identity, shown to the device and to the API client.
    pub id: AuthenticatorId,
    /// The service.
    pub service: ServiceId,
    /// The user.
    pub user: UserId,
    /// The device with our app; none for any other program.
    pub device: Option<DeviceId>,
    /// What people call it.
    pub name: String,
    /// What the codes are made with.
    pub algorithm: Algorithm,
    /// The seed, sealed; one per service, user and device (S-24).
    pub seed: Sealed,
    /// When a right code proved that the seed arrived; before that it is good for
    /// nothing (S-29).
    pub confirmed_at: Option<Timestamp>,
    /// Wrong codes that were given as proof.
    pub attempts: u32,
    /// This step and all before it are spent (S-26).
    pub last_step: i64,
    /// How many steps its clock is ahead of ours (D-16).
    pub drift: i8,
    /// The step of a code far from the window; with the code of the step that
    /// follows it, it shows where the clock is (D-17).
    pub resync_step: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a code of it was last right.
    pub last_used_at: Option<Timestamp>,
}

/// A user of a number, as a device shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The account of the service.
    pub account: AccountId,
    /// The service's name: the issuer.
    pub issuer: String,
    /// The user.
    pub user: User,
    /// What it was asked for, if anything.
    pub prompts: Option<Prompts>,
}

/// The prompts of a user: how often the app was woken for a login (D-23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    /// The service.
    pub service: ServiceId,
    /// The user.
    pub user: UserId,
    /// The last one.
    pub id: PromptId,
    /// When the login that it is about is over.
    pub expires_at: Timestamp,
    /// When prompts were sent, oldest first; those that still count.
    pub sent_at: Vec<Timestamp>,
}

/// The recovery codes of a user that are still good (D-25, S-73).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoverySet {
    /// The service.
    pub service: ServiceId,
    /// The user.
    pub user: UserId,
    /// Keyed digests; one that was used is gone.
    pub digests: Vec<RecoveryDigest>,
    /// When the set was made.
    pub created_at: Timestamp,
}
