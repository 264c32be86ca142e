//! A step of one node that is overtaken by one of another, between what it reads
//! and what it writes: what comes out is what comes of the two in a row.

use std::sync::mpsc::sync_channel;

use ringproof_store::Store;
use verify::engine::{Change, Decision, Keys, ReferenceQuery, Snapshot};
use verify::record::{Authenticator, Device, Orphan, ReceiptState, Reference, Sms, SmsState, User};

use super::server::shared;
use crate::asking::{put, seen, wait};
use crate::engines::node;
use crate::sample::{self, account_id, at, message_id, number_key, service_id, user_id};

/// Two nodes on one database, in which this is written.
fn nodes(changes: Vec<Change>) -> [Store; 2] {
    let address = shared().database();
    let nodes = [node(&address), node(&address)];
    put(&nodes[0], changes);
    nodes
}

/// Does a step on the first node. When its rule has read for the first time, the
/// other thing is done, to its end, on the second. Gives what came of the first
/// step, and how often its rule was run.
fn overtaken<O: Send + 'static>(
    [first, second]: &[Store; 2],
    keys: Keys,
    mut rule: impl FnMut(&Snapshot) -> Decision<O> + Send + 'static,
    meanwhile: impl FnOnce(&Store),
) -> (O, u32) {
    let (began, has_begun) = sync_channel(1);
    let (go, may_go) = sync_channel(1);
    let mut runs = 0;
    let counted = move |s: &Snapshot| {
        runs += 1;
        if runs == 1 {
            began.send(()).expect("the test waits for it");
            may_go.recv().expect("the test lets it go on");
        }
        let Decision { changes, outcome } = rule(s);
        Decision::with(changes, (outcome, runs))
    };
    std::thread::scope(|scope| {
        let step = scope.spawn(|| wait(first.transact(keys, counted)).expect("it is done"));
        has_begun.recv().expect("the rule is run");
        meanwhile(second);
        go.send(()).expect("the rule waits");
        step.join().expect("it does not panic")
    })
}

fn user_keys() -> Keys {
    Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() }
}

fn everything_else() -> Vec<Change> {
    vec![
        Change::InsertService(Box::new(sample::service(1))),
        Change::InsertUser(Box::new(sample::user(1))),
    ]
}

fn put_verification() -> Change {
    Change::PutVerification(service_id(1), user_id(1), Box::new(sample::verification(1)))
}

#[test]
fn a_row_that_is_gone_does_not_come_back() {
    let mut before = everything_else();
    before.push(put_verification());
    let nodes = nodes(before);
    let attempt = |s: &Snapshot| match &s.verification {
        Some(_) => Decision::with(vec![put_verification()], true),
        None => Decision::unchanged(false),
    };
    let delete = Change::DeleteVerification(service_id(1), user_id(1));
    let outcome = overtaken(&nodes, user_keys(), attempt, |other| put(other, vec![delete]));
    assert_eq!(outcome, (false, 2));
    assert_eq!(seen(&nodes[0], &user_keys()).verification, None);
}

#[test]
fn a_row_that_is_new_is_seen() {
    let nodes = nodes(everything_else());
    let begin = |s: &Snapshot| match &s.verification {
        Some(_) => Decision::unchanged(false),
        None => Decision::with(vec![put_verification()], true),
    };
    let outcome =
        overtaken(&nodes, user_keys(), begin, |other| put(other, vec![put_verification()]));
    assert_eq!(outcome, (false, 2));
}

#[test]
fn what_only_reads_is_not_done_again() {
    let nodes = nodes(everything_else());
    let look = |s: &Snapshot| Decision::unchanged(s.verification.is_some());
    let outcome =
        overtaken(&nodes, user_keys(), look, |other| put(other, vec![put_verification()]));
    assert_eq!(outcome, (false, 1));
}

fn add_user(s: &Snapshot) -> Decision<bool> {
    match s.service {
        Some(_) => Decision::with(vec![Change::InsertUser(Box::new(sample::user(1)))], true),
        None => Decision::unchanged(false),
    }
}

fn remove_service(s: &Snapshot) -> Decision<bool> {
    let is_free = s.service.is_some() && !s.has_users;
    let changes = is_free.then_some(Change::DeleteService(service_id(1)));
    Decision::with(changes.into_iter().collect(), is_free)
}

fn service_keys() -> Keys {
    let has_users = Some(service_id(1));
    Keys { service: Some((account_id(1), service_id(1))), has_users, ..Keys::default() }
}

#[test]
fn no_user_is_added_to_a_service_that_is_gone() {
    let nodes = nodes(vec![Change::InsertService(Box::new(sample::service(1)))]);
    let remove = |other: &Store| {
        assert_eq!(wait(other.transact(service_keys(), remove_service)), Ok(true));
    };
    assert_eq!(overtaken(&nodes, service_keys(), add_user, remove), (false, 2));
    assert_eq!(seen(&nodes[0], &user_keys()).user, None);
}

#[test]
fn no_service_goes_that_has_a_new_user() {
    let nodes = nodes(vec![Change::InsertService(Box::new(sample::service(1)))]);
    let add = |other: &Store| {
        assert_eq!(wait(other.transact(service_keys(), add_user)), Ok(true));
    };
    assert_eq!(overtaken(&nodes, service_keys(), remove_service, add), (false, 2));
    assert!(seen(&nodes[0], &service_keys()).service.is_some());
}

/// Whether something is there.
type Look = fn(&Snapshot) -> bool;

/// What hangs on a user, each with whether it is there.
fn hanging() -> [(Change, Look); 5] {
    let guard = Box::new(sample::guard(1));
    [
        (put_verification(), |s| s.verification.is_some()),
        (Change::PutGuard(service_id(1), user_id(1), guard), |s| s.guard == sample::guard(1)),
        (Change::PutPrompts(Box::new(sample::prompts(1))), |s| s.prompts.is_some()),
        (Change::PutRecovery(Box::new(sample::recovery(1))), |s| s.recovery.is_some()),
        (Change::PutAuthenticator(Box::new(of_user(None))), |s| !s.authenticators.is_empty()),
    ]
}

/// An authenticator of the first user, of a device or of none.
fn of_user(device: Option<u8>) -> Authenticator {
    let device = device.map(sample::device_id);
    Authenticator { service: service_id(1), user: user_id(1), device, ..sample::authenticator(1) }
}

/// All that is kept under the pair of the first user, whether the user is there.
fn kept_of_pair() -> Keys {
    Keys {
        subject: Some((service_id(1), user_id(1))),
        authenticators: verify::engine::AuthenticatorsOf::All,
        devices_of_user: true,
        recovery_of_user: true,
        ..user_keys()
    }
}

#[test]
fn nothing_is_added_to_a_user_that_is_gone() {
    for (change, is_there) in hanging() {
        let nodes = nodes(everything_else());
        let what = format!("{change:?}");
        let add = move |s: &Snapshot| {
            let changes = s.user.as_ref().map(|_| change.clone());
            Decision::with(changes.into_iter().collect(), s.user.is_some())
        };
        let remove = |other: &Store| {
            put(other, vec![Change::DeleteUser(service_id(1), user_id(1))]);
        };
        assert_eq!(overtaken(&nodes, kept_of_pair(), add, remove), (false, 2), "{what}");
        put(&nodes[0], vec![Change::InsertUser(Box::new(sample::user(1)))]);
        assert!(!is_there(&seen(&nodes[0], &kept_of_pair())), "{what}");
    }
}

#[test]
fn a_user_that_goes_takes_along_what_was_added_meanwhile() {
    for (change, is_there) in hanging() {
        let nodes = nodes(everything_else());
        let what = format!("{change:?}");
        let remove = |s: &Snapshot| {
            let gone = s.user.as_ref().map(|user| Change::DeleteUser(user.service, user.id));
            Decision::with(gone.into_iter().collect(), ())
        };
        let add = |other: &Store| put(other, vec![change]);
        assert_eq!(overtaken(&nodes, kept_of_pair(), remove, add), ((), 2), "{what}");
        put(&nodes[0], vec![Change::InsertUser(Box::new(sample::user(1)))]);
        assert!(!is_there(&seen(&nodes[0], &kept_of_pair())), "{what}");
    }
}

fn device(n: u8) -> Device {
    Device { number_key: number_key(1), ..sample::device(n) }
}

fn device_keys() -> Keys {
    Keys { device: Some(sample::device_id(1)), entries_of_device: true, ..Keys::default() }
}

fn with_device() -> Vec<Change> {
    let mut changes = everything_else();
    changes.push(Change::PutDevice(Box::new(device(1))));
    changes
}

fn give_authenticator(s: &Snapshot) -> Decision<bool> {
    let is_there = s.device(sample::device_id(1)).is_some();
    let change = is_there.then(|| Change::PutAuthenticator(Box::new(of_user(Some(1)))));
    Decision::with(change.into_iter().collect(), is_there)
}

fn remove_device(s: &Snapshot) -> Decision<bool> {
    let is_there = s.device(sample::device_id(1)).is_some();
    let change = is_there.then(|| Change::DeleteDevice(sample::device_id(1)));
    Decision::with(change.into_iter().collect(), is_there)
}

#[test]
fn a_device_that_is_gone_gets_no_authenticator() {
    let nodes = nodes(with_device());
    let remove = |other: &Store| {
        assert_eq!(wait(other.transact(device_keys(), remove_device)), Ok(true));
    };
    assert_eq!(overtaken(&nodes, device_keys(), give_authenticator, remove), (false, 2));
    assert_eq!(seen(&nodes[0], &kept_of_pair()).authenticators, []);
}

#[test]
fn a_device_takes_along_the_authenticator_that_it_got_meanwhile() {
    let nodes = nodes(with_device());
    let give = |other: &Store| {
        assert_eq!(wait(other.transact(device_keys(), give_authenticator)), Ok(true));
    };
    assert_eq!(overtaken(&nodes, device_keys(), remove_device, give), (true, 2));
    let left = seen(&nodes[0], &kept_of_pair());
    assert_eq!(left.authenticators, []);
    assert_eq!(left.user.map(|user| user.devices_active), Some(0));
}

#[test]
fn of_two_first_devices_of_a_number_one_is_the_first() {
    let nodes = nodes(everything_else());
    let keys = || Keys { devices_of_number: Some(number_key(1)), ..Keys::default() };
    let enrol = |n: u8| {
        move |s: &Snapshot| {
            let changes = vec![Change::PutDevice(Box::new(device(n)))];
            Decision::with(changes, s.devices.is_empty())
        }
    };
    let other_enrols = |other: &Store| {
        assert_eq!(wait(other.transact(keys(), enrol(2))), Ok(true));
    };
    assert_eq!(overtaken(&nodes, keys(), enrol(1), other_enrols), (false, 2));
}

#[test]
fn scheduled_messages_to_a_number_are_counted_exactly() {
    let nodes = nodes(Vec::new());
    let keys = || Keys { scheduled_near: Some((number_key(1), at(0))), ..Keys::default() };
    let schedule = |n: u8| {
        move |s: &Snapshot| {
            let number_key = number_key(1);
            let (state, send_at) = (SmsState::Scheduled, at(i64::from(n)));
            let sms = Sms { state, send_at, number_key, ..sample::sms(n) };
            Decision::with(vec![Change::PutSms(Box::new(sms))], s.scheduled_near)
        }
    };
    let other_schedules = |other: &Store| {
        assert_eq!(wait(other.transact(keys(), schedule(2))), Ok(0));
    };
    assert_eq!(overtaken(&nodes, keys(), schedule(1), other_schedules), (1, 2));
}

const GATEWAY: &str = "upstream";

fn forms() -> Vec<String> {
    ["1f", "31"].map(str::to_owned).to_vec()
}

/// A receipt that came before its message is kept, if it did.
fn receive(s: &Snapshot) -> Decision<bool> {
    if !s.references.is_empty() {
        return Decision::unchanged(true);
    }
    let orphan = |form: String| Orphan {
        gateway: GATEWAY.to_owned(),
        form,
        state: ReceiptState::Delivered,
        cause: None,
        code: None,
        created_at: at(0),
    };
    let changes = forms().into_iter().map(|form| Change::PutOrphan(Box::new(orphan(form))));
    Decision::with(changes.collect(), false)
}

fn receive_keys() -> Keys {
    let (gateway, since) = (GATEWAY.to_owned(), at(-1));
    let query = ReferenceQuery { gateway, forms: forms(), since };
    Keys { references: Some(query), ..Keys::default() }
}

/// A gateway names a message; gives whether a receipt waits for it.
fn name(s: &Snapshot) -> Decision<bool> {
    let reference = |form: String| Reference {
        gateway: GATEWAY.to_owned(),
        form,
        message: message_id(1),
        part: 0,
        number_key: number_key(1),
        created_at: at(0),
    };
    let changes = forms().into_iter().map(|form| Change::PutReference(Box::new(reference(form))));
    Decision::with(changes.collect(), !s.orphans.is_empty())
}

fn name_keys() -> Keys {
    Keys { orphans: vec![(GATEWAY.to_owned(), forms())], ..Keys::default() }
}

#[test]
fn a_receipt_and_the_name_of_its_message_do_not_miss_each_other() {
    let nodes = nodes(Vec::new());
    let other_names = |other: &Store| {
        assert_eq!(wait(other.transact(name_keys(), name)), Ok(false));
    };
    assert_eq!(overtaken(&nodes, receive_keys(), receive, other_names), (true, 2));

    let nodes = self::nodes(Vec::new());
    let other_receives = |other: &Store| {
        assert_eq!(wait(other.transact(receive_keys(), receive)), Ok(false));
    };
    assert_eq!(overtaken(&nodes, name_keys(), name, other_receives), (true, 2));
}

#[test]
fn a_nonce_is_used_on_one_node() {
    let nodes = nodes(Vec::new());
    let keys = || Keys { nonce: Some(sample::nonce(1)), ..Keys::default() };
    let call = |s: &Snapshot| {
        let change = (!s.is_nonce_used).then(|| Change::UseNonce(sample::nonce(1), at(1)));
        Decision::with(change.into_iter().collect(), !s.is_nonce_used)
    };
    let other_calls = |other: &Store| assert_eq!(wait(other.transact(keys(), call)), Ok(true));
    assert_eq!(overtaken(&nodes, keys(), call, other_calls), (false, 2));
}

#[test]
fn a_login_name_is_taken_on_one_node() {
    let nodes = nodes(vec![Change::InsertService(Box::new(sample::service(1)))]);
    let login = sample::user(1).login;
    let keys = || Keys { login: Some((service_id(1), sample::user(1).login)), ..Keys::default() };
    let add = |id: u8| {
        let user = User { id: user_id(id), login: login.clone(), ..sample::user(1) };
        move |s: &Snapshot| match s.user_by_login {
            None => Decision::with(vec![Change::InsertUser(Box::new(user.clone()))], true),
            Some(_) => Decision::unchanged(false),
        }
    };
    let other_adds = |other: &Store| assert_eq!(wait(other.transact(keys(), add(2))), Ok(true));
    assert_eq!(overtaken(&nodes, keys(), add(1), other_adds), (false, 2));
}
