//! What people and integrators do about authenticators that are no app of ours,
//! in a [`World`].

use ringproof_verify::code::EnteredCode;
use ringproof_verify::engine::authenticator::{
    self, AuthenticatorRefusal, CreateRequest, Created, DeviceName,
};
use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::check::{self, RecoveryOutcome, RecoveryRequest};
use ringproof_verify::engine::recovery::{self, RenewOutcome};
use ringproof_verify::engine::{Decision, Snapshot};
use ringproof_verify::ids::{AuthenticatorId, DeviceId};
use ringproof_verify::record::{Authenticator, Method};
use ringproof_verify::totp::{self, Algorithm, Seed};
use ringproof_verify::{SignedDuration, Timestamp};

use crate::world::{Person, World};

/// A program that makes codes; its clock may be wrong.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) id: AuthenticatorId,
    pub(crate) seed: Seed,
    pub(crate) algorithm: Algorithm,
}

impl Token {
    /// What it shows at this time.
    pub(crate) fn at(&self, time: Timestamp) -> String {
        self.of_step(totp::step_at(time))
    }

    pub(crate) fn of_step(&self, step: i64) -> String {
        self.seed.code(self.algorithm, step).to_string()
    }
}

pub(crate) fn typed(code: &str) -> EnteredCode {
    EnteredCode::parse(code).expect("something was typed")
}

pub(crate) fn wish(name: &str, algorithm: Algorithm, seed: Option<Seed>) -> CreateRequest {
    CreateRequest { name: DeviceName::parse(name).expect("it is a name"), algorithm, seed }
}

impl World {
    fn of_user<T>(
        &mut self,
        Person { account, service, user }: Person,
        rule: impl FnOnce(&Self, &Snapshot) -> Decision<T>,
    ) -> T {
        let snapshot = self.records.snapshot(&authenticator::keys(account, service, user));
        let decided = rule(self, &snapshot);
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn create_other(
        &mut self,
        person: Person,
        wish: &CreateRequest,
    ) -> Result<Created, AuthenticatorRefusal> {
        let mut entropy = self.entropy.clone();
        let created = self.of_user(person, |world, snapshot| {
            let keys = world.keys_of(person.account);
            authenticator::create(snapshot, wish, &keys, world.now, &mut entropy)
        });
        self.entropy = entropy;
        created
    }

    pub(crate) fn confirm_other(
        &mut self,
        person: Person,
        id: AuthenticatorId,
        code: &str,
    ) -> Result<Box<Authenticator>, AuthenticatorRefusal> {
        self.of_user(person, |world, snapshot| {
            let keys = world.keys_of(person.account);
            authenticator::confirm(snapshot, id, &typed(code), &keys, world.now)
        })
    }

    pub(crate) fn remove_other(
        &mut self,
        person: Person,
        id: AuthenticatorId,
    ) -> Result<(), AuthenticatorRefusal> {
        self.of_user(person, |_, snapshot| authenticator::remove(snapshot, id))
    }

    pub(crate) fn tenant_refuses(
        &mut self,
        person: Person,
        id: DeviceId,
    ) -> Result<(), AuthenticatorRefusal> {
        self.of_user(person, |world, s| {
            authenticator::refuse_device(s, id, &mut crate::phone_app::told, world.now)
        })
    }

    /// An authenticator that has proved nothing yet.
    pub(crate) fn unproved(&mut self, person: Person, algorithm: Algorithm) -> Token {
        let created = self.create_other(person, &wish("Other", algorithm, None)).expect("created");
        Token { id: created.authenticator.id, seed: created.seed, algorithm }
    }

    /// One that has, a minute ago: no code that it shows now is spent.
    pub(crate) fn add_token(&mut self, person: Person, algorithm: Algorithm) -> Token {
        let now = self.now;
        self.advance(-60);
        let token = self.unproved(person, algorithm);
        let code = token.at(self.now);
        self.confirm_other(person, token.id, &code).expect("the code is right");
        self.now = now;
        token
    }

    /// Gives the person an authenticator.
    pub(crate) fn add_device(&mut self, person: Person) -> Token {
        self.add_token(person, Algorithm::Sha1)
    }

    pub(crate) fn kept(&self, id: AuthenticatorId) -> &Authenticator {
        self.records.authenticators.iter().find(|a| a.id == id).expect("it is kept")
    }

    /// The record, to put it into a state that takes long to reach.
    pub(crate) fn kept_mut(&mut self, id: AuthenticatorId) -> &mut Authenticator {
        self.records.authenticators.iter_mut().find(|a| a.id == id).expect("it is kept")
    }

    /// Starts by authenticator and enters this code.
    pub(crate) fn login(&mut self, person: Person, code: &str) -> CheckOutcome {
        let started = self.start_by(person, Method::Totp);
        assert_eq!(started.method, Method::Totp);
        self.check(person, code)
    }

    /// A login with the code of so many milliseconds from now: whether it succeeds.
    pub(crate) fn logs_in_with(&mut self, person: Person, token: &Token, ms: i64) -> bool {
        let code = token.at(self.now + SignedDuration::from_millis(ms));
        is_approved(&self.login(person, &code))
    }

    pub(crate) fn renew_recovery(&mut self, person: Person) -> Vec<String> {
        let Person { account, service, user } = person;
        let snapshot = self.records.snapshot(&recovery::keys(account, service, user));
        let decided = recovery::renew(&snapshot, &self.ring, self.now, &mut self.entropy);
        self.records.apply(decided.changes);
        match decided.outcome {
            RenewOutcome::Renewed(codes) => codes.iter().map(|code| code.to_string()).collect(),
            other => panic!("not renewed: {other:?}"),
        }
    }

    pub(crate) fn recover(&mut self, person: Person, code: &str) -> RecoveryOutcome {
        let Person { account, service, user } = person;
        let entered = EnteredCode::parse_recovery(code).expect("it could be one");
        let request = RecoveryRequest { account, service, user, entered };
        let snapshot = self.records.snapshot(&check::recovery_keys(&request));
        let decided =
            check::check_recovery(&snapshot, &request, &self.policy, &self.ring, self.now);
        let was_compared = matches!(
            decided.outcome,
            RecoveryOutcome::Approved { .. } | RecoveryOutcome::WrongCode
        );
        assert_eq!(!decided.changes.is_empty(), was_compared, "{decided:?}");
        self.records.apply(decided.changes);
        decided.outcome
    }
}

pub(crate) fn is_approved(outcome: &CheckOutcome) -> bool {
    matches!(outcome, CheckOutcome::Approved { method: Method::Totp, .. })
}

pub(crate) fn is_wrong(outcome: &CheckOutcome) -> bool {
    matches!(outcome, CheckOutcome::WrongCode { method: Method::Totp, .. })
}
