//! Reads that decide nothing.

use ringproof_store::read::{Expired, Page};
use verify::engine::{Change, Due, DueOnly, Keys};
use verify::record::{OutgoingMessage, User, Verification};
use verify::send_limits::NumberSends;

use crate::asking::{assert_same, put, seen, wait};
use crate::engines::Open;
use crate::sample::{self, at, message_id, service_id, user_id};

pub(super) fn users_come_in_pages_by_age(open: Open) {
    let kept = open();
    // Ids fall while ages grow, and two are of one age.
    let user =
        |n: u8| User { id: user_id(100 - n), created_at: at(i64::from(n / 2)), ..sample::user(n) };
    let mut users: Vec<User> = (0..10).map(user).collect();
    let mut changes: Vec<_> =
        users.iter().rev().map(|u| Change::InsertUser(Box::new(u.clone()))).collect();
    let elsewhere = User { service: service_id(2), ..sample::user(50) };
    changes.push(Change::InsertUser(Box::new(elsewhere.clone())));
    put(&kept.store, changes);
    users.sort_by_key(|u| (u.created_at, u.id));

    let page = |service, limit, offset| {
        let page = Page { limit, offset };
        wait(kept.store.users(service_id(service), page)).expect("the read is answered")
    };
    assert_eq!(page(1, None, 0), (users.clone(), 10));
    assert_eq!(page(1, Some(3), 0), (users[..3].to_vec(), 10));
    assert_eq!(page(1, Some(3), 9), (users[9..].to_vec(), 10));
    assert_eq!(page(1, None, 4), (users[4..].to_vec(), 10));
    assert_eq!(page(1, Some(0), 0), (Vec::new(), 10));
    assert_eq!(page(1, Some(u32::MAX), u32::MAX), (Vec::new(), 10));
    assert_eq!(page(2, None, 0), (vec![elsewhere], 1));
    assert_eq!(page(3, None, 0), (Vec::new(), 0));
}

pub(super) fn due_messages_come_oldest_first_with_their_verification(open: Open) {
    let kept = open();
    let mut changes = sample::everything();
    for n in [4, 3] {
        changes.push(Change::QueueMessage(Box::new(sample::message(n))));
    }
    put(&kept.store, changes);
    let due = |milliseconds, limit| {
        let due = Some(Due { now: at(milliseconds), limit });
        seen(&kept.store, &Keys { due, ..Keys::default() }).due
    };
    assert!(due(30_001, 10).is_empty());
    let all = due(30_002, 10);
    let found: Vec<_> = all.iter().map(|d| d.message.clone()).collect();
    assert_eq!(found, [1, 2, 3, 4].map(sample::message));
    let verifications: Vec<_> = all.into_iter().map(|d| d.verification).collect();
    let of = |n| Some(sample::verification(n));
    assert_eq!(verifications, [of(1), of(2), None, None]);
    let first: Vec<_> = due(30_002, 3).into_iter().map(|d| d.message.id).collect();
    assert_eq!(first, [1, 2, 3].map(message_id));
}

pub(super) fn of_due_messages_those_can_be_asked_for_that_may_be_over(open: Open) {
    let kept = open();
    let code = |n| OutgoingMessage { lease: 0, in_doubt: 1, ..sample::message(n) };
    let text = |n| OutgoingMessage { lease: 0, in_doubt: 0, ..sample::sms_message(n) };
    let messages = [
        OutgoingMessage { deadline: at(60_000), ..code(1) },
        code(2),
        text(1),
        OutgoingMessage { deadline: at(60_000), ..text(2) },
        OutgoingMessage { in_doubt: 1, ..text(3) },
        OutgoingMessage { lease: u64::MAX, ..text(4) },
        OutgoingMessage { in_doubt: 1, next_at: at(60_001), ..text(5) },
        OutgoingMessage { in_doubt: 1, is_kept: true, ..text(6) },
    ];
    let queued = messages.iter().map(|m| Change::QueueMessage(Box::new(m.clone())));
    put(&kept.store, queued.collect());
    let asked = |due_only, limit| {
        let due = Some(Due { now: at(60_000), limit });
        let found = seen(&kept.store, &Keys { due, due_only, ..Keys::default() }).due;
        found.into_iter().map(|due| due.message).collect::<Vec<_>>()
    };
    let these = |places: &[usize]| places.iter().map(|n| messages[*n].clone()).collect::<Vec<_>>();
    assert_eq!(asked(DueOnly::All, 10), these(&[0, 1, 2, 3, 4, 5]));
    assert_eq!(asked(DueOnly::Codes, 10), these(&[0, 1]));
    assert_eq!(asked(DueOnly::Late, 10), these(&[0, 3]));
    assert_eq!(asked(DueOnly::LateOrInDoubt, 10), these(&[0, 3, 4, 5]));
    assert_eq!(asked(DueOnly::LateOrInDoubt, 2), these(&[0, 3]));
}

pub(super) fn expired_verifications_are_found_at_their_moment(open: Open) {
    let kept = open();
    let put_one = |n, code| {
        let verification = Verification { code, ..sample::verification(n) };
        Change::PutVerification(service_id(1), user_id(n), Box::new(verification))
    };
    let code = sample::verification(1).code;
    put(&kept.store, vec![put_one(1, code.clone()), put_one(2, None), put_one(3, code)]);
    let expired = |codes, rows, limit| {
        let expired = Expired { codes_before: at(codes), rows_before: at(rows), limit };
        let mut found = wait(kept.store.expired(expired)).expect("the read is answered");
        found.sort();
        found
    };
    let of = |n| (service_id(1), user_id(n));
    assert_eq!(expired(300_000, 0, 10), []);
    assert_eq!(expired(300_001, 0, 10), [of(1), of(3)]);
    assert_eq!(expired(300_001, 300_000, 10), [of(1), of(3)]);
    assert_eq!(expired(0, 300_001, 10), [of(1), of(2), of(3)]);
    assert_eq!(expired(0, 300_001, 2).len(), 2);
}

pub(super) fn the_version_of_the_accounts_grows_with_every_change(open: Open) {
    let kept = open();
    let version = || wait(kept.store.accounts_version()).expect("the read is answered");
    let begin = version();
    put(&kept.store, vec![Change::InsertService(Box::new(sample::service(1)))]);
    assert_eq!(version(), begin);
    let account = || Change::PutAccount(Box::new(sample::account(1)));
    put(&kept.store, vec![account()]);
    assert_eq!(version(), begin + 1);
    put(&kept.store, vec![account(), account()]);
    assert_eq!(version(), begin + 3);
    let (accounts, of_list) = wait(kept.store.accounts()).expect("the read is answered");
    assert_eq!((accounts, of_list), (vec![sample::account(1)], begin + 3));
}

pub(super) fn what_is_not_asked_for_is_not_read(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    assert_same(&seen(&kept.store, &Keys::default()), &verify::engine::Snapshot::default());
    let without_number = Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() };
    let found = seen(&kept.store, &without_number);
    assert_eq!(found.number_sends, NumberSends::default());
    assert_eq!(found.verification, Some(sample::verification(1)));
    let without_user = Keys { number_of_user: true, ..Keys::default() };
    assert_eq!(seen(&kept.store, &without_user).number_sends, NumberSends::default());
    // A verification of nobody is as absent as its user.
    let orphan = sample::verification(7);
    put(&kept.store, vec![Change::PutVerification(service_id(7), user_id(7), Box::new(orphan))]);
    let nobody = Keys { user: Some((service_id(7), user_id(7))), ..Keys::default() };
    assert_eq!(seen(&kept.store, &nobody).verification, None);
    // A pair that is asked for by itself needs no user.
    let subject = Keys { subject: Some((service_id(7), user_id(7))), ..Keys::default() };
    let found = seen(&kept.store, &subject);
    assert_eq!((found.user, found.verification), (None, Some(sample::verification(7))));
}
