//! Number confirmations, trusted browsers, blocked numbers, addresses.

use verify::SignedDuration;
use verify::engine::{Change, Keys};
use verify::guard::Guard;
use verify::keys::BrowserDigest;
use verify::record::{BlockedNumber, BrowserTrace, Confirmation, Delivery, ReceiptState, Trust};
use verify::send_limits::{AddressSends, NumberSends};

use crate::asking::{put, seen, wait};
use crate::engines::Open;
use crate::sample::{self, account_id, at, confirmation_id, number_key, service_id, user_id};

fn keys(n: u8) -> Keys {
    Keys { confirmation: Some((account_id(1), confirmation_id(n))), ..Keys::default() }
}

pub(super) fn confirmations_come_back_as_they_were_put(open: Open) {
    let kept = open();
    let full = sample::confirmation(1);
    let bare = Confirmation {
        messages_max: u32::MAX,
        repeat_pause: SignedDuration::ZERO,
        repeat_at: None,
        browser: BrowserTrace::default(),
        ..full.clone()
    };
    for confirmation in [&full, &bare, &full] {
        put(&kept.store, vec![Change::PutConfirmation(Box::new(confirmation.clone()))]);
        assert_eq!(seen(&kept.store, &keys(1)).confirmation.as_ref(), Some(confirmation));
    }
    let foreign =
        Keys { confirmation: Some((account_id(2), confirmation_id(1))), ..Keys::default() };
    assert_eq!(seen(&kept.store, &foreign).confirmation, None);
    assert_eq!(seen(&kept.store, &keys(2)).confirmation, None);
}

pub(super) fn a_confirmation_brings_all_that_belongs_to_it(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let delivered =
        Delivery { receipt: Some((ReceiptState::Delivered, at(5))), ..sample::delivery(1) };
    put(&kept.store, vec![Change::PutDelivery(Box::new(delivered.clone()))]);
    let found = seen(&kept.store, &keys(1));
    assert_eq!(found.confirmation, Some(sample::confirmation(1)));
    assert_eq!(found.verification, Some(sample::verification(1)));
    assert_eq!(found.guard, sample::guard(1));
    assert_eq!(found.delivery, Some(delivered));
    assert_eq!(found.messages, [sample::message(1)], "its last message waits");
    assert_eq!(found.number_sends, NumberSends::default(), "they were not asked for");
    assert!(!found.is_blocked && found.sms.is_empty());

    let asks_more =
        |n| Keys { number_of_confirmation: true, blocked_for: Some(account_id(1)), ..keys(n) };
    let found = seen(&kept.store, &asks_more(1));
    assert_eq!((found.number_sends, found.is_blocked), (sample::number_sends(), false));
    assert!(seen(&kept.store, &asks_more(2)).is_blocked);

    // The subject is gone: the id is still told apart from one that never was.
    put(&kept.store, vec![Change::DeleteVerification(service_id(1), user_id(1))]);
    put(&kept.store, vec![Change::PutGuard(service_id(1), user_id(1), Box::default())]);
    let found = seen(&kept.store, &asks_more(1));
    assert!(found.confirmation.is_some() && found.verification.is_none());
    assert_eq!((found.guard, found.delivery), (Guard::default(), None));
    assert!(found.messages.is_empty());
}

pub(super) fn repeats_are_found_at_their_moment_the_longest_due_first(open: Open) {
    let kept = open();
    let with = |n, repeat_at| {
        let confirmation = Confirmation { repeat_at, ..sample::confirmation(n) };
        Change::PutConfirmation(Box::new(confirmation))
    };
    let times = [(1, Some(3_000)), (2, Some(1_000)), (3, None), (4, Some(2_000))];
    put(&kept.store, times.map(|(n, ms)| with(n, ms.map(at))).to_vec());
    let due = |milliseconds| {
        let found = wait(kept.store.repeats(at(milliseconds))).expect("the read is answered");
        found.into_iter().map(|(_, id)| id.as_bytes()[0]).collect::<Vec<_>>()
    };
    assert_eq!(due(999), []);
    assert_eq!(due(1_000), [2]);
    assert_eq!(due(3_000), [2, 4, 1]);
    put(&kept.store, vec![with(2, None), with(4, Some(at(3_001)))]);
    assert_eq!(due(3_000), [1]);
    assert_eq!(due(99_999), [1, 4]);
}

pub(super) fn trusted_browsers_come_back_and_are_dropped_together(open: Open) {
    let kept = open();
    let full = sample::trust(1);
    let second = Trust { cookie: sample::cookie(9), ..full.clone() };
    let neighbour = Trust { account: account_id(2), ..full.clone() };
    let other_number = Trust { number_key: number_key(2), ..full.clone() };
    let put_trust = |t: &Trust| Change::PutTrust(Box::new(t.clone()));
    let all = [&full, &second, &neighbour, &other_number];
    put(&kept.store, all.map(put_trust).to_vec());
    let found = |t: &Trust| {
        let trust = Some((t.account, t.number_key, t.cookie));
        seen(&kept.store, &Keys { trust, ..Keys::default() }).trust
    };
    assert!(all.iter().all(|t| found(t).as_ref() == Some(*t)));
    let bare = Trust { network: None, agent: None, created_at: at(99), ..full.clone() };
    let agent = Some(BrowserDigest::from_bytes([8; 16]));
    for trust in [bare, Trust { agent, ..full.clone() }] {
        put(&kept.store, vec![put_trust(&trust)]);
        assert_eq!(found(&full), Some(trust));
    }
    put(&kept.store, vec![Change::DropTrusts(account_id(1), number_key(1))]);
    assert_eq!((found(&full), found(&second)), (None, None));
    assert_eq!(found(&neighbour), Some(neighbour.clone()));
    assert_eq!(found(&other_number), Some(other_number.clone()));
}

pub(super) fn numbers_are_blocked_for_one_account_until_they_are_unblocked(open: Open) {
    let kept = open();
    let block = |b: &BlockedNumber| Change::BlockNumber(Box::new(b.clone()));
    let (old, new) =
        (sample::blocked(2), BlockedNumber { created_at: at(1), ..sample::blocked(3) });
    let list = || wait(kept.store.blocked_numbers(account_id(1))).expect("answered");
    assert_eq!(list(), []);
    put(&kept.store, vec![block(&old), block(&new)]);
    assert_eq!(list(), [new.clone(), old.clone()], "oldest first");
    let again = BlockedNumber { created_at: at(0), masked: String::new(), ..old.clone() };
    put(&kept.store, vec![block(&again)]);
    assert_eq!(list(), [new.clone(), old.clone()], "it stays as it was put there");

    let is_blocked = |account, n| {
        let keys = Keys {
            number: Some(number_key(n)),
            blocked_for: Some(account_id(account)),
            ..Keys::default()
        };
        seen(&kept.store, &keys).is_blocked
    };
    assert!(is_blocked(1, 2) && is_blocked(1, 3));
    assert!(!is_blocked(2, 2) && !is_blocked(1, 4));
    put(&kept.store, vec![Change::UnblockNumber(account_id(1), number_key(2))]);
    put(&kept.store, vec![Change::UnblockNumber(account_id(2), number_key(3))]);
    assert!(!is_blocked(1, 2) && is_blocked(1, 3));
    assert_eq!(list(), [new]);
    assert_eq!(wait(kept.store.blocked_numbers(account_id(2))), Ok(vec![]));

    // The number of a user counts when no other is named.
    put(&kept.store, vec![Change::InsertUser(Box::new(sample::user(3)))]);
    let of_user = Keys {
        user: Some((service_id(1), user_id(3))),
        blocked_for: Some(account_id(1)),
        ..Keys::default()
    };
    assert!(seen(&kept.store, &of_user).is_blocked);
}

pub(super) fn addresses_come_back_in_the_order_they_are_asked_for(open: Open) {
    let kept = open();
    let full = sample::address_sends();
    let checked = AddressSends { starts: Vec::new(), ..full.clone() };
    let addresses = [1, 2, 3].map(sample::address_key);
    put(
        &kept.store,
        vec![
            Change::PutAddressSends(addresses[0], full.clone()),
            Change::PutAddressSends(addresses[2], checked.clone()),
        ],
    );
    let asked = |list: &[usize]| {
        let addresses = list.iter().map(|n| addresses[*n]).collect();
        seen(&kept.store, &Keys { addresses, ..Keys::default() }).addresses
    };
    let none = AddressSends::default();
    assert_eq!(asked(&[0, 1, 2]), [full.clone(), none.clone(), checked.clone()]);
    assert_eq!(asked(&[2, 0]), [checked, full]);
    put(&kept.store, vec![Change::PutAddressSends(addresses[0], none.clone())]);
    assert_eq!(asked(&[0]), [none]);
}
