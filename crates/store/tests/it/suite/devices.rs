//! Devices, authenticators, prompts and recovery codes: every change, written
//! and read again, and what it takes along.

use verify::engine::{AuthenticatorsOf, Change, Keys};
use verify::ids::{AuthenticatorId, PromptId};
use verify::record::{Authenticator, Device, Prompts, RecoverySet, User};
use verify::sealed::Sealed;
use verify::totp::Algorithm;

use crate::asking::{put, seen};
use crate::engines::{Open, Opened};
use crate::sample::{self, at, device_id, number_key, service_id, user_id};

fn put_device(device: &Device) -> Change {
    Change::PutDevice(Box::new(device.clone()))
}

fn put_authenticator(authenticator: &Authenticator) -> Change {
    Change::PutAuthenticator(Box::new(authenticator.clone()))
}

fn insert_user(user: User) -> Change {
    Change::InsertUser(Box::new(user))
}

fn of_device(n: u8) -> Keys {
    Keys { device: Some(device_id(n)), ..Keys::default() }
}

/// All that belongs to a user.
fn of_user(n: u8) -> Keys {
    Keys {
        user: Some((service_id(1), user_id(n))),
        authenticators: AuthenticatorsOf::All,
        devices_of_user: true,
        recovery_of_user: true,
        ..Keys::default()
    }
}

fn active(kept: &Opened, n: u8) -> u32 {
    seen(&kept.store, &of_user(n)).user.expect("the user is there").devices_active
}

pub(super) fn devices_come_back_as_they_were_put(open: Open) {
    let kept = open();
    let full = sample::device(1);
    let bare = Device {
        name: String::new(),
        sign_key: sample::public_key(1),
        wrap_key: sample::public_key(0),
        held_until: None,
        approval: None,
        push: None,
        ..full.clone()
    };
    assert_eq!(seen(&kept.store, &of_device(1)).devices, []);
    for device in [&full, &bare, &full] {
        put(&kept.store, vec![put_device(device)]);
        assert_eq!(seen(&kept.store, &of_device(1)).devices, std::slice::from_ref(device));
    }
    let moved = Device { number_key: number_key(2), ..full };
    put(&kept.store, vec![put_device(&moved)]);
    let of_number = |n| Keys { devices_of_number: Some(number_key(n)), ..Keys::default() };
    assert_eq!(seen(&kept.store, &of_number(1)).devices, []);
    assert_eq!(seen(&kept.store, &of_number(2)).devices, [moved]);
}

pub(super) fn devices_are_found_by_any_way_to_their_number_oldest_first(open: Open) {
    let kept = open();
    // The number of user 1 has three devices, two of one age; that of user 2 has one.
    let of_one = |n, created_at| Device {
        id: device_id(n),
        number_key: number_key(1),
        created_at: at(created_at),
        ..sample::device(n)
    };
    let [young, first, second] = [of_one(3, 9), of_one(4, 8), of_one(5, 8)];
    let other = Device { created_at: at(7), ..sample::device(2) };
    let mut changes = [&young, &second, &first, &other].map(put_device).to_vec();
    changes.push(insert_user(sample::user(1)));
    changes.push(Change::PutConfirmation(Box::new(sample::confirmation(1))));
    put(&kept.store, changes);
    let all = [first, second, young];
    let user = Some((service_id(1), user_id(1)));
    let confirmation = Some((sample::account_id(1), sample::confirmation_id(1)));
    for keys in [
        of_device(3),
        of_device(5),
        Keys { devices_of_number: Some(number_key(1)), ..Keys::default() },
        Keys { user, devices_of_user: true, ..Keys::default() },
        Keys { confirmation, devices_of_confirmation: true, ..Keys::default() },
        // The same number by four ways is one number.
        Keys {
            user,
            devices_of_user: true,
            devices_of_number: Some(number_key(1)),
            confirmation,
            devices_of_confirmation: true,
            ..of_device(3)
        },
    ] {
        assert_eq!(seen(&kept.store, &keys).devices, all, "{keys:?}");
    }
    let both = Keys { devices_of_number: Some(number_key(1)), ..of_device(2) };
    let found = seen(&kept.store, &both).devices;
    assert_eq!(found, [&[other][..], &all].concat(), "of two numbers");
    for keys in [
        of_device(9),
        Keys { user, confirmation, ..Keys::default() },
        Keys { devices_of_user: true, devices_of_confirmation: true, ..Keys::default() },
    ] {
        assert_eq!(seen(&kept.store, &keys).devices, [], "{keys:?}");
    }
}

pub(super) fn authenticators_come_back_as_they_were_put(open: Open) {
    let kept = open();
    put(&kept.store, vec![insert_user(User { devices_active: 0, ..sample::user(1) })]);
    let full = sample::authenticator(1);
    let bare = Authenticator {
        device: None,
        name: String::new(),
        algorithm: Algorithm::Sha1,
        confirmed_at: None,
        attempts: 0,
        last_step: i64::MIN,
        drift: i8::MAX,
        resync_step: None,
        last_used_at: None,
        ..full.clone()
    };
    let extreme = Authenticator {
        algorithm: Algorithm::Sha512,
        attempts: u32::MAX,
        last_step: i64::MAX,
        drift: i8::MIN,
        resync_step: Some(i64::MIN),
        ..full.clone()
    };
    for authenticator in [&full, &bare, &extreme, &full] {
        put(&kept.store, vec![put_authenticator(authenticator)]);
        let found = seen(&kept.store, &of_user(1));
        assert_eq!(found.authenticators, std::slice::from_ref(authenticator));
        assert_eq!(
            found.user.map(|user| user.devices_active),
            Some(u32::from(authenticator.confirmed_at.is_some()))
        );
    }
}

pub(super) fn authenticators_are_read_as_far_as_they_are_asked_for(open: Open) {
    let kept = open();
    let waiting = |n: u8, created_at| Authenticator {
        id: sample::authenticator_id(n),
        confirmed_at: None,
        created_at: at(created_at),
        ..sample::authenticator(1)
    };
    let (first, twin, last) = (waiting(50, 0), waiting(51, 0), waiting(49, 500));
    let mut changes = vec![insert_user(User { devices_active: 0, ..sample::user(1) })];
    changes.extend([&last, &twin, &first].map(put_authenticator));
    put(&kept.store, changes);
    let found =
        |authenticators| seen(&kept.store, &Keys { authenticators, ..of_user(1) }).authenticators;
    assert_eq!(found(AuthenticatorsOf::Nobody), []);
    assert_eq!(found(AuthenticatorsOf::Confirmed), []);
    assert_eq!(found(AuthenticatorsOf::All), [first.clone(), twin.clone(), last.clone()]);

    let (old, young) = (sample::authenticator(1), sample::other_program(1));
    put(&kept.store, vec![put_authenticator(&young), put_authenticator(&old)]);
    assert_eq!(found(AuthenticatorsOf::Nobody), []);
    assert_eq!(found(AuthenticatorsOf::Confirmed), [old.clone(), young.clone()]);
    assert_eq!(found(AuthenticatorsOf::All), [first, twin, old, young, last]);
}

pub(super) fn a_user_row_counts_the_confirmed_ones(open: Open) {
    let kept = open();
    // A count that nobody could have made shows when it is counted anew.
    put(&kept.store, vec![insert_user(User { devices_active: 77, ..sample::user(1) })]);
    let (one, two) = (sample::authenticator(1), sample::other_program(1));
    let waiting = Authenticator { confirmed_at: None, ..one.clone() };
    let delete = |a: &Authenticator| Change::DeleteAuthenticator(a.service, a.user, a.id);
    for (change, expected) in [
        (put_authenticator(&waiting), 77),
        (put_authenticator(&Authenticator { attempts: 5, ..waiting.clone() }), 77),
        (delete(&waiting), 77),
        (delete(&waiting), 77),
        (put_authenticator(&waiting), 77),
        (put_authenticator(&one), 1),
        (put_authenticator(&Authenticator { last_step: i64::MAX, ..one.clone() }), 1),
        (put_authenticator(&two), 2),
        (put_authenticator(&waiting), 1),
        (put_authenticator(&one), 2),
        (delete(&one), 1),
        (delete(&one), 1),
        (delete(&two), 0),
        (put_authenticator(&two), 1),
    ] {
        put(&kept.store, vec![change.clone()]);
        assert_eq!(active(&kept, 1), expected, "{change:?}");
    }
    // Several changes of one step, and a neighbour that has a count of its own.
    put(
        &kept.store,
        vec![
            insert_user(User { devices_active: 0, ..sample::user(2) }),
            put_authenticator(&one),
            put_authenticator(&sample::authenticator(2)),
            delete(&two),
            put_authenticator(&two),
        ],
    );
    assert_eq!((active(&kept, 1), active(&kept, 2)), (2, 1));
}

pub(super) fn what_belongs_to_a_user_is_not_put_without_one(open: Open) {
    let kept = open();
    let all = || {
        vec![
            put_authenticator(&sample::authenticator(1)),
            Change::PutPrompts(Box::new(sample::prompts(1))),
            Change::PutRecovery(Box::new(sample::recovery(1))),
        ]
    };
    // Of a user who is gone, and of one who goes in the same step.
    put(&kept.store, all());
    put(&kept.store, vec![insert_user(sample::user(1))]);
    let delete = Change::DeleteUser(service_id(1), user_id(1));
    put(&kept.store, [vec![delete], all()].concat());
    put(&kept.store, vec![insert_user(User { devices_active: 0, ..sample::user(1) })]);
    let found = seen(&kept.store, &of_user(1));
    assert_eq!(found.authenticators, []);
    assert_eq!((found.prompts, found.recovery), (None, None));
    assert_eq!(found.user.map(|user| user.devices_active), Some(0));
    let on_device = seen(&kept.store, &Keys { entries_of_device: true, ..of_device(1) });
    assert_eq!(on_device.authenticators, []);
}

pub(super) fn a_removed_user_takes_all_but_the_device_along(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    put(&kept.store, vec![Change::DeleteUser(service_id(1), user_id(1))]);
    put(&kept.store, vec![insert_user(User { devices_active: 0, ..sample::user(1) })]);
    let again = seen(&kept.store, &of_user(1));
    assert_eq!(again.authenticators, []);
    assert_eq!((again.prompts, again.recovery), (None, None));
    assert_eq!(again.devices, [sample::device(1)], "it belongs to the number");
    let neighbour = seen(&kept.store, &of_user(2));
    assert_eq!(neighbour.authenticators, [sample::authenticator(2), sample::other_program(2)]);
    assert_eq!(neighbour.prompts, Some(sample::prompts(2)));
    assert_eq!(neighbour.recovery, Some(sample::recovery(2)));
    assert_eq!(neighbour.user, Some(sample::user(2)));
}

pub(super) fn a_removed_device_takes_its_authenticators_out_of_every_count(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    // Device 1 also makes codes for user 2, and waits to do so for user 3.
    let second = Authenticator {
        user: user_id(2),
        id: sample::authenticator_id(60),
        ..sample::authenticator(1)
    };
    let third = Authenticator {
        user: user_id(3),
        id: sample::authenticator_id(61),
        confirmed_at: None,
        ..sample::authenticator(1)
    };
    let mut changes = vec![insert_user(User { devices_active: 9, ..sample::user(3) })];
    changes.extend([&second, &third].map(put_authenticator));
    put(&kept.store, changes);
    assert_eq!([1, 2, 3].map(|n| active(&kept, n)), [2, 3, 9]);

    put(&kept.store, vec![Change::DeleteDevice(device_id(1))]);
    assert_eq!([1, 2, 3].map(|n| active(&kept, n)), [1, 2, 9], "none of user 3 was confirmed");
    let of_first = seen(&kept.store, &of_user(1));
    assert_eq!(of_first.authenticators, [sample::other_program(1)]);
    assert_eq!(of_first.devices, []);
    assert_eq!(of_first.recovery, Some(sample::recovery(1)));
    let of_second = seen(&kept.store, &of_user(2));
    assert_eq!(of_second.authenticators, [sample::authenticator(2), sample::other_program(2)]);
    assert_eq!(of_second.devices, [sample::device(2)]);
    assert_eq!(seen(&kept.store, &of_user(3)).authenticators, []);
    put(&kept.store, vec![Change::DeleteDevice(device_id(1))]);
    assert_eq!([1, 2, 3].map(|n| active(&kept, n)), [1, 2, 9]);
}

pub(super) fn prompts_and_recovery_codes_come_back_as_they_were_put(open: Open) {
    let kept = open();
    put(&kept.store, vec![insert_user(sample::user(1))]);
    let full = sample::prompts(1);
    let bare = Prompts { id: PromptId::from_bytes([0; 16]), sent_at: Vec::new(), ..full.clone() };
    for prompts in [&full, &bare, &full] {
        put(&kept.store, vec![Change::PutPrompts(Box::new(prompts.clone()))]);
        assert_eq!(seen(&kept.store, &of_user(1)).prompts.as_ref(), Some(prompts));
    }
    let full = sample::recovery(1);
    let spent = RecoverySet { digests: full.digests[1..].to_vec(), ..full.clone() };
    let none = RecoverySet { digests: Vec::new(), ..full.clone() };
    for (set, is_kept) in [(&full, true), (&spent, true), (&none, false), (&none, false)] {
        put(&kept.store, vec![Change::PutRecovery(Box::new(set.clone()))]);
        let found = seen(&kept.store, &of_user(1)).recovery;
        assert_eq!(found.as_ref(), Some(set).filter(|_| is_kept));
    }
    put(&kept.store, vec![Change::PutRecovery(Box::new(full))]);
    let unasked =
        seen(&kept.store, &Keys { recovery_of_user: false, devices_of_user: false, ..of_user(1) });
    assert_eq!((unasked.prompts, unasked.recovery), (None, None));
}

/// The same id below two users is two authenticators.
pub(super) fn an_authenticator_is_removed_by_its_full_name(open: Open) {
    let kept = open();
    let mine = sample::authenticator(1);
    let theirs =
        Authenticator { user: user_id(2), seed: Sealed::from_bytes(vec![9; 61]), ..mine.clone() };
    let user = |n| insert_user(User { devices_active: 0, ..sample::user(n) });
    let puts = [&mine, &theirs].map(put_authenticator);
    put(&kept.store, [vec![user(1), user(2)], puts.to_vec()].concat());
    let other = AuthenticatorId::from_bytes([0; 16]);
    put(
        &kept.store,
        vec![
            Change::DeleteAuthenticator(mine.service, mine.user, other),
            Change::DeleteAuthenticator(service_id(2), mine.user, mine.id),
        ],
    );
    assert_eq!([1, 2].map(|n| active(&kept, n)), [1, 1]);
    put(&kept.store, vec![Change::DeleteAuthenticator(mine.service, mine.user, mine.id)]);
    assert_eq!([1, 2].map(|n| active(&kept, n)), [0, 1]);
    assert_eq!(seen(&kept.store, &of_user(2)).authenticators, [theirs]);
}
