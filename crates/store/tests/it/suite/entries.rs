//! What a device shows, and the nonces of its calls.

use verify::engine::{AuthenticatorsOf, Change, Decision, Keys, Snapshot};
use verify::ids::UserId;
use verify::keys::NonceDigest;
use verify::limits::{ENTRIES_PER_NUMBER_MAX, NONCES_FORGOTTEN_MAX};
use verify::record::{Authenticator, Entry, Prompts, Service, User};

use crate::asking::{at_once, put, seen};
use crate::engines::{Open, Opened};
use crate::sample::{self, account_id, at, device_id, number_key, service_id, user_id};

fn insert_user(user: &User) -> Change {
    Change::InsertUser(Box::new(user.clone()))
}

/// The numbers of entries, by any way to their number.
fn ways(n: u8) -> [Keys; 3] {
    let confirmation = Some((account_id(1), sample::confirmation_id(n)));
    let entries_of_number = true;
    [
        Keys { device: Some(device_id(n)), entries_of_number, ..Keys::default() },
        Keys { devices_of_number: Some(number_key(n)), entries_of_number, ..Keys::default() },
        Keys { confirmation, entries_of_number, ..Keys::default() },
    ]
}

fn of_device(n: u8) -> Keys {
    Keys { device: Some(device_id(n)), entries_of_device: true, ..Keys::default() }
}

pub(super) fn a_device_shows_the_users_of_its_number_oldest_first(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    // The number of user 1 belongs to users of two accounts, two of one age.
    let theirs = Service { account: account_id(2), name: "Pood".to_owned(), ..sample::service(2) };
    let of_number = |service, id, login: &str, created_at| User {
        service: service_id(service),
        id: user_id(id),
        login: login.to_owned(),
        devices_active: 0,
        created_at: at(created_at),
        ..sample::user(1)
    };
    let twin = of_number(2, 1, "twin", 1);
    let (older, younger) = (of_number(1, 9, "older", 0), of_number(2, 3, "younger", 50));
    let asked = Prompts { user: older.id, ..sample::prompts(1) };
    put(
        &kept.store,
        vec![
            Change::InsertService(Box::new(theirs.clone())),
            insert_user(&younger),
            insert_user(&twin),
            insert_user(&older),
            Change::PutPrompts(Box::new(asked.clone())),
        ],
    );
    let mine = sample::service(1);
    let entry = |service: &Service, user: User, prompts| Entry {
        account: service.account,
        issuer: service.name.clone(),
        user,
        prompts,
    };
    let expected = [
        entry(&mine, older, Some(asked)),
        entry(&mine, sample::user(1), Some(sample::prompts(1))),
        entry(&theirs, twin, None),
        entry(&theirs, younger, None),
    ];
    for keys in ways(1) {
        let found = seen(&kept.store, &keys);
        assert_eq!(found.entries, expected, "{keys:?}");
        assert_eq!(found.authenticators, [], "{keys:?}");
    }
    let found = seen(&kept.store, &of_device(1));
    assert_eq!((found.entries, found.devices), (expected.to_vec(), vec![sample::device(1)]));
    assert_eq!(found.authenticators, [sample::authenticator(1)], "no other program's");
    for mut keys in ways(1).into_iter().chain([of_device(1)]) {
        (keys.entries_of_number, keys.entries_of_device) = (false, false);
        assert_eq!(seen(&kept.store, &keys).entries, [], "{keys:?}");
    }
    for keys in [of_device(9)].into_iter().chain(ways(9)) {
        let found = seen(&kept.store, &keys);
        assert_eq!((found.entries, found.authenticators), (vec![], vec![]), "{keys:?}");
    }
}

pub(super) fn authenticators_of_device_and_user_come_together(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let keys = |authenticators| Keys {
        user: Some((service_id(1), user_id(1))),
        authenticators,
        ..of_device(1)
    };
    let found = |keys: &Keys| seen(&kept.store, keys).authenticators;
    let both = [sample::authenticator(1), sample::other_program(1)];
    assert_eq!(found(&keys(AuthenticatorsOf::Nobody)), both[..1]);
    assert_eq!(found(&keys(AuthenticatorsOf::All)), both, "each once");
    let other_device = Keys { device: Some(device_id(2)), ..keys(AuthenticatorsOf::All) };
    let [first, last] = both;
    assert_eq!(found(&other_device), [first, sample::authenticator(2), last]);
}

pub(super) fn of_very_many_users_the_oldest_are_shown(open: Open) {
    let kept = open();
    let count = ENTRIES_PER_NUMBER_MAX + 5;
    let user = |n: usize| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        let created_at = at(i64::try_from(count - n).expect("small"));
        let id = UserId::from_bytes(id);
        User { id, login: format!("user-{n}"), created_at, ..sample::user(1) }
    };
    let mut changes = vec![
        Change::InsertService(Box::new(sample::service(1))),
        Change::PutDevice(Box::new(sample::device(1))),
        Change::PutDevice(Box::new(sample::device(2))),
        insert_user(&User { created_at: at(2), ..sample::user(2) }),
    ];
    changes.extend((0..count).map(|n| insert_user(&user(n))));
    put(&kept.store, changes);
    let logins = |keys: &Keys| -> Vec<String> {
        seen(&kept.store, keys).entries.into_iter().map(|entry| entry.user.login).collect()
    };
    let oldest: Vec<String> =
        (5..count).rev().map(|n| format!("user-{n}")).take(ENTRIES_PER_NUMBER_MAX).collect();
    assert_eq!(oldest.len(), ENTRIES_PER_NUMBER_MAX);
    for keys in [of_device(1), ways(1)[1].clone()] {
        assert_eq!(logins(&keys), oldest);
    }
    // The bound is one for all numbers together.
    let both = Keys { devices_of_number: Some(number_key(2)), ..ways(1)[0].clone() };
    let found = logins(&both);
    assert_eq!(found.len(), ENTRIES_PER_NUMBER_MAX);
    assert!(found.contains(&sample::user(2).login), "it is older than most");
    assert!(!found.contains(oldest.last().expect("there are many")), "it made room");
}

fn is_used(kept: &Opened, nonce: NonceDigest) -> bool {
    seen(&kept.store, &Keys { nonce: Some(nonce), ..Keys::default() }).is_nonce_used
}

pub(super) fn nonces_are_known_until_their_moment(open: Open) {
    let kept = open();
    let times = [(1, 1_000), (2, 1_001), (3, 999)];
    put(&kept.store, times.map(|(n, ms)| Change::UseNonce(sample::nonce(n), at(ms))).to_vec());
    let used = || [1, 2, 3, 4].map(|n| is_used(&kept, sample::nonce(n)));
    assert_eq!(used(), [true, true, true, false]);
    for (now, expected) in [
        (998, [true, true, true, false]),
        (1_000, [false, true, false, false]),
        (9_999, [false; 4]),
    ] {
        put(&kept.store, vec![Change::ForgetNonces(at(now))]);
        assert_eq!(used(), expected, "{now}");
    }
    assert!(!seen(&kept.store, &Keys::default()).is_nonce_used);
}

pub(super) fn only_so_many_nonces_are_forgotten_in_one_step(open: Open) {
    let kept = open();
    let digest = |n: u32| {
        let mut bytes = [0; 16];
        // The digests say nothing of the age.
        bytes[..4].copy_from_slice(&(u32::MAX - n).to_be_bytes());
        NonceDigest::from_bytes(bytes)
    };
    let count = NONCES_FORGOTTEN_MAX + 2;
    let use_one = |n: u32| Change::UseNonce(digest(n), at(i64::from(n)));
    put(&kept.store, (0..count).map(use_one).collect());
    put(&kept.store, vec![Change::ForgetNonces(at(1_000_000))]);
    let last = NONCES_FORGOTTEN_MAX - 1;
    let used = || [0, last, last + 1, last + 2].map(|n| is_used(&kept, digest(n)));
    assert_eq!(used(), [false, false, true, true], "the oldest first");
    put(&kept.store, vec![Change::ForgetNonces(at(1_000_000))]);
    assert_eq!(used(), [false; 4]);
}

pub(super) fn a_nonce_is_used_by_one_of_those_who_try_at_once(open: Open) {
    let kept = open();
    let mut used = at_once(400, |n| {
        let store = kept.store.clone();
        let nonce = sample::nonce(u8::try_from(n / 2).expect("below 200"));
        let keys = Keys { nonce: Some(nonce), ..Keys::default() };
        let rule = move |s: &Snapshot| {
            if s.is_nonce_used {
                Decision::unchanged(None)
            } else {
                Decision::with(vec![Change::UseNonce(nonce, at(60_000))], Some(n / 2))
            }
        };
        async move { store.transact(keys, rule).await.expect("the step is done") }
    });
    used.retain(Option::is_some);
    used.sort_unstable();
    assert!(used.into_iter().flatten().eq(0..200), "each of 200 once, by one of two");
}

/// S-26: a step is spent once, whoever submits it how often.
pub(super) fn a_thousand_right_codes_spend_a_step_once(open: Open) {
    let kept = open();
    let fresh = Authenticator { last_step: 99, ..sample::authenticator(1) };
    let user = User { devices_active: 0, ..sample::user(1) };
    put(&kept.store, vec![insert_user(&user), Change::PutAuthenticator(Box::new(fresh.clone()))]);
    let keys = Keys {
        user: Some((service_id(1), user_id(1))),
        authenticators: AuthenticatorsOf::Confirmed,
        ..Keys::default()
    };
    let wins = at_once(1_000, |_| {
        let (store, keys) = (kept.store.clone(), keys.clone());
        let rule = |s: &Snapshot| {
            let kept = s.authenticators.first().expect("it is confirmed");
            if kept.last_step >= 100 {
                return Decision::unchanged(false);
            }
            let spent = Authenticator { last_step: 100, ..kept.clone() };
            Decision::with(vec![Change::PutAuthenticator(Box::new(spent))], true)
        };
        async move { store.transact(keys, rule).await.expect("the step is done") }
    });
    assert_eq!(wins.into_iter().filter(|won| *won).count(), 1);
    let found = seen(&kept.store, &keys);
    assert_eq!(found.authenticators, [Authenticator { last_step: 100, ..fresh }]);
    assert_eq!(found.user, Some(User { devices_active: 1, ..user }));
}
