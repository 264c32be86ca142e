//! What happens to devices in a story. The changes come without a rule: a
//! store must bear them in any order.

use proptest::prelude::*;
use verify::engine::{AuthenticatorsOf, Change, Decision, Keys, Snapshot};
use verify::ids::{AccountId, VerificationId};
use verify::record::{Authenticator, Device, Prompts, RecoverySet};

use super::teller::Teller;
use crate::asking::{seen, wait, write};
use crate::sample::{self, authenticator_id, device_id};

/// One thing that becomes of a device, or of what belongs to one.
#[derive(Debug, Clone)]
pub(super) enum DeviceAct {
    Put { device: u8, number: u8, is_held: bool },
    Delete(u8),
    PutAuthenticator { person: u8, id: u8, device: Option<u8>, is_confirmed: bool, step: i64 },
    DeleteAuthenticator { person: u8, id: u8 },
    Prompt { person: u8, sends: u8 },
    Recover { person: u8, codes: u8 },
    UseNonce(u8),
    ForgetNonces,
    Look { device: u8, person: u8 },
}

pub(super) fn device_act() -> impl Strategy<Value = DeviceAct> {
    let device = prop::option::weighted(0.8, 0..DEVICES);
    prop_oneof![
        4 => (0..DEVICES, 0..3_u8, any::<bool>()).prop_map(|(device, number, is_held)| {
            DeviceAct::Put { device, number, is_held }
        }),
        2 => (0..DEVICES).prop_map(DeviceAct::Delete),
        8 => (0..6_u8, 0..3_u8, device, any::<bool>(), 0..9_i64).prop_map(
            |(person, id, device, is_confirmed, step)| {
                DeviceAct::PutAuthenticator { person, id, device, is_confirmed, step }
            }
        ),
        2 => (0..6_u8, 0..3_u8).prop_map(|(person, id)| {
            DeviceAct::DeleteAuthenticator { person, id }
        }),
        2 => (0..6_u8, 0..3_u8).prop_map(|(person, sends)| DeviceAct::Prompt { person, sends }),
        2 => (0..6_u8, 0..3_u8).prop_map(|(person, codes)| DeviceAct::Recover { person, codes }),
        3 => (0..NONCES).prop_map(DeviceAct::UseNonce),
        1 => Just(DeviceAct::ForgetNonces),
        4 => (0..DEVICES, 0..6_u8).prop_map(|(device, person)| DeviceAct::Look { device, person }),
    ]
}

/// Devices and nonces of a story.
const DEVICES: u8 = 4;
const NONCES: u8 = 4;

impl Teller {
    pub(super) fn device(&self, act: &DeviceAct) -> String {
        let change = match *act {
            DeviceAct::Put { device, number, is_held } => {
                let full = sample::device(device);
                Change::PutDevice(Box::new(Device {
                    number_key: self.number_key(number),
                    held_until: full.held_until.filter(|_| is_held),
                    approval: full.approval.filter(|_| is_held),
                    last_seen_at: self.now,
                    ..full
                }))
            }
            DeviceAct::Delete(n) => Change::DeleteDevice(device_id(n)),
            DeviceAct::PutAuthenticator { person, id, device, is_confirmed, step } => {
                let person = self.person(person);
                let full = sample::authenticator(id);
                Change::PutAuthenticator(Box::new(Authenticator {
                    service: person.service,
                    user: person.user,
                    device: device.map(device_id),
                    confirmed_at: full.confirmed_at.filter(|_| is_confirmed),
                    last_step: step,
                    ..full
                }))
            }
            DeviceAct::DeleteAuthenticator { person, id } => {
                let person = self.person(person);
                Change::DeleteAuthenticator(person.service, person.user, authenticator_id(id))
            }
            DeviceAct::Prompt { person, sends } => {
                let (person, full) = (self.person(person), sample::prompts(sends));
                let sent_at = full.sent_at[..usize::from(sends)].to_vec();
                let (service, user) = (person.service, person.user);
                Change::PutPrompts(Box::new(Prompts { service, user, sent_at, ..full }))
            }
            DeviceAct::Recover { person, codes } => {
                let (person, full) = (self.person(person), sample::recovery(codes));
                let digests = full.digests[..usize::from(codes)].to_vec();
                let (service, user) = (person.service, person.user);
                Change::PutRecovery(Box::new(RecoverySet { service, user, digests, ..full }))
            }
            DeviceAct::UseNonce(n) => return self.use_nonce(n),
            DeviceAct::ForgetNonces => Change::ForgetNonces(self.now),
            DeviceAct::Look { device, person } => {
                let looked = seen(&self.world.store, &self.of_both(device, person));
                return format!("looked {looked:?}");
            }
        };
        format!("{:?}", wait(write(self.world.store.clone(), vec![change])))
    }

    fn use_nonce(&self, n: u8) -> String {
        let (nonce, until) = (sample::nonce(n), self.now);
        let keys = Keys { nonce: Some(nonce), ..Keys::default() };
        let rule = move |s: &Snapshot| {
            if s.is_nonce_used {
                Decision::unchanged(false)
            } else {
                Decision::with(vec![Change::UseNonce(nonce, until)], true)
            }
        };
        format!("nonce {:?}", wait(self.world.store.transact(keys, rule)))
    }

    /// A device and a person who need not belong together.
    fn of_both(&self, device: u8, person: u8) -> Keys {
        let person = self.person(person);
        Keys {
            user: Some((person.service, person.user)),
            authenticators: AuthenticatorsOf::Confirmed,
            devices_of_user: true,
            recovery_of_user: true,
            device: Some(device_id(device)),
            entries_of_device: true,
            ..Keys::default()
        }
    }

    /// Every device, by every way to it, and every nonce.
    pub(super) fn keys_of_devices(
        &self,
        confirmations: &[(AccountId, VerificationId)],
    ) -> Vec<Keys> {
        let mut keys = Vec::new();
        for n in 0..DEVICES {
            let device = Some(device_id(n));
            keys.push(Keys { device, entries_of_device: true, ..Keys::default() });
            keys.push(Keys { device, entries_of_number: true, ..Keys::default() });
            keys.push(self.of_both(n, n));
        }
        keys.extend((0..3).map(|n| Keys {
            devices_of_number: Some(self.number_key(n)),
            entries_of_number: true,
            ..Keys::default()
        }));
        keys.extend(confirmations.iter().map(|&confirmation| Keys {
            confirmation: Some(confirmation),
            devices_of_confirmation: true,
            entries_of_number: true,
            ..Keys::default()
        }));
        let nonces = (0..NONCES).map(sample::nonce);
        keys.extend(nonces.map(|nonce| Keys { nonce: Some(nonce), ..Keys::default() }));
        keys
    }
}
