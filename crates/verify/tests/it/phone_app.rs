//! A device with the authenticator app, and what its person does on it, in a
//! [`World`]. What the server's side of the protocol does is done here once more,
//! from the text of `docs/APP-PROTOCOL.md`.

use std::collections::BTreeMap;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey};
use ringproof_verify::Timestamp;
use ringproof_verify::code::EnteredCode;
use ringproof_verify::device_keys::{PublicBytes, Wrapped};
use ringproof_verify::engine::authenticator::DeviceName;
use ringproof_verify::engine::check::NumberCheckRequest;
use ringproof_verify::engine::device::enrol::{self, EnrolContext, EnrolOutcome, EnrolRequest};
use ringproof_verify::engine::device::entries::{self, State};
use ringproof_verify::engine::device::others::{self, ApprovalCode};
use ringproof_verify::engine::device::{DeviceCall, DeviceRefusal};
use ringproof_verify::engine::event::Event;
use ringproof_verify::engine::{Change, Decision, Keys, Snapshot, confirm};
use ringproof_verify::entropy::{Entropy, SeededEntropy, draw};
use ringproof_verify::ids::{AccountId, AuthenticatorId, DeviceId, ReportId};
use ringproof_verify::keys::NonceDigest;
use ringproof_verify::record::{Device, Entry, Report, ReportKind};
use ringproof_verify::sealed::Sealed;
use ringproof_verify::totp::{Algorithm, Seed};
use sha2::Sha256;

use crate::authing::Token;
use crate::confirming::enters;
use crate::world::{Person, World};

/// A device, seen from its own side.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) device: DeviceId,
    pub(crate) wrap_secret: SecretKey,
    /// The seeds that it opened.
    pub(crate) seeds: BTreeMap<AuthenticatorId, Seed>,
}

/// A random key pair.
pub(crate) fn key_pair(entropy: &mut dyn Entropy) -> (SecretKey, PublicBytes) {
    let bytes: [u8; 32] = draw(entropy);
    let secret = SecretKey::from_slice(&bytes).expect("all but one in 2^32 are keys");
    let point = secret.public_key().to_sec1_point(false);
    (secret, PublicBytes::parse(point.as_bytes()).expect("it is a point"))
}

/// Opens a seed as a browser does.
pub(crate) fn unwrap_seed(
    wrapped: &Wrapped,
    secret: &SecretKey,
    device: DeviceId,
    authenticator: AuthenticatorId,
) -> Option<Vec<u8>> {
    let theirs = PublicKey::from_sec1_bytes(&wrapped.key).ok()?;
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), theirs.as_affine());
    let info = [&b"ringproof seed 1"[..], authenticator.as_bytes()].concat();
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(&[]), shared.raw_secret_bytes()).expand(&info, &mut key).ok()?;
    let aad = [&device.as_bytes()[..], authenticator.as_bytes()].concat();
    let payload = Payload { msg: &wrapped.data, aad: &aad };
    Aes256Gcm::new_from_slice(&key).ok()?.decrypt(&Nonce::from(wrapped.iv), payload).ok()
}

impl World {
    /// A fresh nonce, as read back from a signed call.
    pub(crate) fn nonce(&mut self) -> (NonceDigest, Timestamp) {
        let key = self.ring.nonce_key();
        let nonce = key.issue(self.now, &mut self.entropy);
        key.read(&nonce, self.now).expect("it is ours")
    }

    pub(crate) fn call(&mut self, device: DeviceId) -> DeviceCall {
        let (nonce, nonce_until) = self.nonce();
        DeviceCall { device, nonce, nonce_until }
    }

    /// Runs a rule over what it asks for; gives the changes too.
    pub(crate) fn run<T>(
        &mut self,
        keys: &Keys,
        rule: impl FnOnce(&Self, &Snapshot, &mut SeededEntropy) -> Decision<T>,
    ) -> T {
        let snapshot = self.records.snapshot(keys);
        let mut entropy = self.entropy.clone();
        let decided = rule(self, &snapshot, &mut entropy);
        self.entropy = entropy;
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// Asks for the PIN of a number and gives the request with the right one.
    pub(crate) fn wants_to_enrol(&mut self, number: &str) -> (EnrolRequest, App) {
        let confirmed = self.confirm_as(&self.asks(AccountId::INSTALLATION, number));
        let pin = self.code_in(&confirmed.message.expect("a PIN is sent"));
        let check =
            NumberCheckRequest { account: AccountId::INSTALLATION, ..enters(confirmed.id, &pin) };
        let (_, sign_key) = key_pair(&mut self.entropy);
        let (wrap_secret, wrap_key) = key_pair(&mut self.entropy);
        let (nonce, nonce_until) = self.nonce();
        let name = DeviceName::parse("Phone").expect("it is a name");
        let language = "et".to_owned();
        let device = self.ring.device_id(confirmed.id, &sign_key);
        let request =
            EnrolRequest { check, name, language, sign_key, wrap_key, device, nonce, nonce_until };
        (request, App { device, wrap_secret, seeds: BTreeMap::new() })
    }

    /// In two steps, as the program does it.
    pub(crate) fn enrol_as(&mut self, request: &EnrolRequest) -> EnrolOutcome {
        let guard = confirm::guard_policy(&self.policy, self.profile);
        let (keys, policy) = (self.keys_of(request.check.account), self.policy.clone());
        let context = EnrolContext { policy: &policy, guard: &guard, keys: &keys };
        let refused = self.run(&enrol::pin_keys(request), |world, snapshot, _| {
            enrol::try_pin(snapshot, request, &context, world.now)
        });
        if let Some(refused) = refused {
            return refused;
        }
        self.run(&enrol::keys(request), |world, snapshot, _| {
            enrol::enrol(snapshot, request, &context, &mut told, world.now)
        })
    }

    /// Enrols a device with the right PIN. Gives also who is to hear of it.
    pub(crate) fn enrol(&mut self, number: &str) -> (App, Device) {
        let (request, app) = self.wants_to_enrol(number);
        match self.enrol_as(&request) {
            EnrolOutcome::Enrolled { device, .. } => (App { device: device.id, ..app }, *device),
            other => panic!("not enrolled: {other:?}"),
        }
    }

    pub(crate) fn sync(&mut self, app: &mut App) -> Result<State, DeviceRefusal> {
        let call = self.call(app.device);
        let state = self.run(&call.keys_with_entries(), |world, snapshot, entropy| {
            entries::sync(snapshot, &call, &world.ring, world.now, entropy)
        })?;
        for (entry, authenticator) in &state.entries {
            let authenticator = authenticator.as_ref().expect("every entry has one");
            let mut entropy = self.entropy.clone();
            let device = &state.device;
            let wrapped =
                entries::wrapped(entry.account, authenticator, device, &self.ring, &mut entropy);
            self.entropy = entropy;
            if let Some(wrapped) = wrapped {
                let seed = unwrap_seed(&wrapped, &app.wrap_secret, app.device, authenticator.id);
                let seed = Seed::from_bytes(seed.expect("it opens for this device"));
                app.seeds.insert(authenticator.id, seed);
            }
        }
        Ok(state)
    }

    /// Gives codes as proof.
    pub(crate) fn prove(
        &mut self,
        device: DeviceId,
        codes: &[(AuthenticatorId, EnteredCode)],
    ) -> Result<Vec<AuthenticatorId>, DeviceRefusal> {
        let call = self.call(device);
        self.run(&call.keys_with_entries(), |world, snapshot, _| {
            entries::confirm(snapshot, &call, codes, &world.ring, world.now)
        })
    }

    /// Proves all seeds that the app has.
    pub(crate) fn prove_all(&mut self, app: &App) -> Vec<AuthenticatorId> {
        let codes: Vec<_> =
            app.tokens().iter().map(|t| (t.id, crate::authing::typed(&t.at(self.now)))).collect();
        self.prove(app.device, &codes).expect("it may")
    }

    /// A device that has all seeds of its number and has proved them.
    pub(crate) fn ready_app(&mut self, number: &str) -> App {
        let (mut app, device) = self.enrol(number);
        assert!(device.is_active(self.now), "{device:?}");
        self.sync(&mut app).expect("it may");
        assert_eq!(self.prove_all(&app).len(), app.seeds.len());
        app
    }

    pub(crate) fn user_of(
        &mut self,
        device: DeviceId,
        id: AuthenticatorId,
    ) -> Result<(Entry, Device), DeviceRefusal> {
        let call = self.call(device);
        let rule = |world: &Self, s: &Snapshot| entries::user_of(s, &call, id, world.now);
        self.run(&call.keys_with_entries(), |world, s, _| rule(world, s))
    }

    pub(crate) fn show_code(
        &mut self,
        device: DeviceId,
    ) -> Result<(ApprovalCode, Timestamp), DeviceRefusal> {
        let call = self.call(device);
        self.run(&call.keys(), |world, snapshot, entropy| {
            others::show_code(snapshot, &call, &world.ring, world.now, entropy)
        })
    }

    pub(crate) fn approve(
        &mut self,
        by: DeviceId,
        waiting: DeviceId,
        code: &str,
    ) -> Result<(), DeviceRefusal> {
        let (call, code) = (self.call(by), ApprovalCode::parse(code));
        self.run(&call.keys_with_users(), |world, snapshot, _| {
            let (ring, now) = (&world.ring, world.now);
            others::approve(snapshot, &call, waiting, code.as_ref(), ring, &mut told, now)
        })
    }

    pub(crate) fn remove_device(
        &mut self,
        by: DeviceId,
        removed: DeviceId,
    ) -> Result<Device, DeviceRefusal> {
        let call = self.call(by);
        self.run(&call.keys_with_users(), |world, s, _| {
            others::remove(s, &call, removed, &mut told, world.now)
        })
    }

    /// The reports that are owed, oldest first: whom, and what they say.
    pub(crate) fn reported(&self) -> Vec<(AccountId, String)> {
        self.records.reports.values().map(|report| (report.account, report.url.clone())).collect()
    }

    pub(crate) fn device(&self, id: DeviceId) -> Option<&Device> {
        self.records.devices.iter().find(|d| d.id == id)
    }

    pub(crate) fn device_mut(&mut self, id: DeviceId) -> &mut Device {
        self.records.devices.iter_mut().find(|d| d.id == id).expect("it is there")
    }

    /// Notes where the device is woken.
    pub(crate) fn subscribe(&mut self, device: DeviceId) {
        let call = self.call(device);
        let place = |world: &Self, entropy: &mut SeededEntropy| {
            let keys = world.keys_of(AccountId::INSTALLATION);
            others::with_push_place(device, |p| keys.seal.seal(p, "https://push", entropy))
        };
        let outcome = self.run(&call.keys(), |world, snapshot, entropy| {
            let push = place(world, entropy);
            others::subscribe(snapshot, &call, Some(&push), world.now)
        });
        outcome.expect("it may");
    }
}

impl App {
    pub(crate) fn tokens(&self) -> Vec<Token> {
        let token = |(id, seed): (&AuthenticatorId, &Seed)| Token {
            id: *id,
            seed: seed.clone(),
            algorithm: Algorithm::Sha256,
        };
        self.seeds.iter().map(token).collect()
    }

    /// What makes this person's codes.
    pub(crate) fn token_of(&self, world: &World, person: Person) -> Token {
        let is_its = |t: &Token| {
            world.records.authenticators.iter().any(|a| a.id == t.id && a.user == person.user)
        };
        self.tokens().into_iter().find(is_its).expect("it has a seed for this person")
    }
}

/// Whether a decision notes that its nonce is used.
pub(crate) fn uses_nonce(changes: &[Change], nonce: NonceDigest) -> bool {
    changes.iter().any(|c| matches!(c, Change::UseNonce(used, _) if *used == nonce))
}

/// The report of an event: its address says what it tells, and whom. Only the first
/// account wants to hear.
pub(crate) fn told(event: &Event<'_>) -> Option<Report> {
    let Event { kind, account, user, device, at, .. } = *event;
    // Unique, since a thing happens to a device once at a time.
    let mut entropy = SeededEntropy::new(u64::from_le_bytes(std::array::from_fn(|n| {
        user.as_bytes()[n] ^ device.id.as_bytes()[n] ^ kind as u8
    })));
    (account == AccountId::from_i64(1)).then(|| Report {
        id: ReportId::ordered(at, &mut entropy),
        account,
        kind: ReportKind::Event { body: Sealed::from_bytes(Vec::new()), signature: String::new() },
        url: format!("{} {} of {user}", kind.as_str(), device.id),
        attempts: 0,
        next_at: at,
        lease: 0,
    })
}
