//! What is old enough is found, and forgotten unless it was used since.

use verify::engine::Change;
use verify::engine::sweep::{Stale, StaleBefore, forget};
use verify::record::{Delivery, KeptText, ReceiptState, Sms, SmsState};
use verify::send_limits::address::AddressStart;
use verify::send_limits::{AddressSends, NumberSend, NumberSends};

use crate::asking::{put, wait};
use crate::engines::{Open, Opened};
use crate::sample::{self, account_id, at, message_id, number_key, stale_before};

fn stale_by(kept: &Opened, before: StaleBefore) -> Stale {
    wait(kept.store.stale(before)).expect("the read is answered")
}

fn stale(kept: &Opened, milliseconds: i64) -> Stale {
    stale_by(kept, stale_before(at(milliseconds)))
}

pub(super) fn stale_records_are_found_and_forgotten_at_their_moment(open: Open) {
    let kept = open();
    let send = |milliseconds| NumberSend { at: at(milliseconds), service: 1 };
    let delivery = |n| Delivery { country: None, ..sample::delivery(n) };
    put(
        &kept.store,
        vec![
            Change::PutNumberSends(number_key(1), NumberSends(vec![send(0), send(1_000)])),
            Change::PutNumberSends(number_key(2), NumberSends(vec![send(1_001)])),
            Change::PutNumberSends(number_key(3), NumberSends::default()),
            Change::PutDelivery(Box::new(delivery(1))),
            Change::PutDelivery(Box::new(delivery(2))),
        ],
    );
    let found = |numbers, deliveries| {
        let before = StaleBefore { deliveries: at(deliveries), ..stale_before(at(numbers)) };
        let stale = stale_by(&kept, before);
        (stale.numbers, stale.deliveries)
    };
    assert_eq!(found(999, 999), (vec![number_key(3)], vec![]));
    assert_eq!(found(1_000, 1_000), ([1, 3].map(number_key).to_vec(), vec![message_id(1)]));
    assert_eq!(found(9_999, 9_999).1, [1, 2].map(message_id));

    // Whoever found them was told the past: what was sent to since stays.
    put(
        &kept.store,
        vec![
            Change::ForgetNumber(number_key(1), at(999)),
            Change::ForgetNumber(number_key(2), at(1_001)),
            Change::ForgetNumber(number_key(9), at(9_999)),
            Change::ForgetDelivery(message_id(1), at(1_000)),
            Change::ForgetDelivery(message_id(2), at(1_999)),
        ],
    );
    assert_eq!(found(9_999, 9_999), ([1, 3].map(number_key).to_vec(), vec![message_id(2)]));
}

pub(super) fn stale_confirmations_and_browsers_are_forgotten_unless_used_since(open: Open) {
    let kept = open();
    let mut changes = Vec::new();
    for n in [1, 2] {
        changes.push(Change::PutConfirmation(Box::new(sample::confirmation(n))));
        changes.push(Change::PutTrust(Box::new(sample::trust(n))));
    }
    put(&kept.store, changes);
    let ids = |n: u8| (account_id(1), sample::confirmation_id(n));
    let trusts = |n: u8| (account_id(1), number_key(n), sample::cookie(n));
    assert!(stale(&kept, 999).is_empty());
    let found = stale(&kept, 1_999);
    assert_eq!((found.confirmations, found.trusts), (vec![], vec![trusts(1)]));
    let found = stale(&kept, 10_000);
    assert_eq!((found.confirmations, found.trusts), (vec![ids(1)], [1, 2].map(trusts).to_vec()));
    let found = stale(&kept, 20_000);
    assert_eq!(found.confirmations, [1, 2].map(ids));

    // Both were written again after they were found.
    let later = verify::record::Confirmation { forget_at: at(30_000), ..sample::confirmation(1) };
    let learned = verify::record::Trust { created_at: at(30_000), ..sample::trust(1) };
    put(
        &kept.store,
        vec![Change::PutConfirmation(Box::new(later)), Change::PutTrust(Box::new(learned))],
    );
    put(&kept.store, forget(&found, &stale_before(at(20_000))).changes);
    let left = stale(&kept, 99_999);
    assert_eq!((&left.confirmations, &left.trusts), (&vec![ids(1)], &vec![trusts(1)]));
    put(&kept.store, forget(&left, &stale_before(at(99_999))).changes);
    assert!(stale(&kept, 99_999).is_empty());
}

pub(super) fn an_address_is_stale_when_neither_start_nor_check_came_since(open: Open) {
    let kept = open();
    let starts = vec![AddressStart { at: at(1_000), number: 1 }];
    let one = AddressSends { starts, checks: vec![at(500), at(2_000)] };
    let key = sample::address_key;
    put(
        &kept.store,
        vec![
            Change::PutAddressSends(key(1), one.clone()),
            Change::PutAddressSends(key(2), AddressSends { checks: Vec::new(), ..one }),
        ],
    );
    assert_eq!(stale(&kept, 999).addresses, []);
    assert_eq!(stale(&kept, 1_000).addresses, [key(2)]);
    assert_eq!(stale(&kept, 2_000).addresses, [1, 2].map(key));
    let early = [key(1), key(2)].map(|key| Change::ForgetAddress(key, at(1_999)));
    put(&kept.store, early.to_vec());
    assert_eq!(stale(&kept, 9_999).addresses, [key(1)]);
    put(&kept.store, vec![Change::ForgetAddress(key(1), at(2_000))]);
    assert!(stale(&kept, 9_999).is_empty());
}

pub(super) fn texts_and_messages_of_clients_are_forgotten_when_they_have_ended(open: Open) {
    let kept = open();
    let state = |n: u8, state| Sms { state, ..sample::sms(n) };
    let messages = [
        state(1, SmsState::Scheduled),
        state(2, SmsState::Queued),
        sample::sent_sms(3),
        Sms { kept_text: KeptText::Nothing, ..state(4, SmsState::Reported(ReceiptState::Failed)) },
        state(5, SmsState::Cancelled),
    ];
    put(&kept.store, messages.iter().map(|m| Change::PutSms(Box::new(m.clone()))).collect());
    let ids = |list: &[u8]| list.iter().map(|n| sample::sms_id(*n)).collect::<Vec<_>>();
    assert_eq!(stale(&kept, 3_999).sms_texts, ids(&[]));
    let found = stale(&kept, 9_999);
    assert_eq!((found.sms_texts, found.sms), (ids(&[2, 3]), ids(&[3, 4])));
    let found = stale(&kept, 10_000);
    assert_eq!(found.sms_texts, ids(&[2, 3, 5]), "a scheduled one keeps its text");
    assert_eq!(found.sms, ids(&[3, 4, 5]), "one that waits is not over");

    let texts = Stale { sms_texts: found.sms_texts, ..Stale::default() };
    put(&kept.store, forget(&texts, &stale_before(at(10_000))).changes);
    assert_eq!(stale(&kept, 10_000).sms_texts, ids(&[]));
    let read = |n: u8| {
        let sms = Some((account_id(1), sample::sms_id(n)));
        let keys = verify::engine::Keys { sms, ..verify::engine::Keys::default() };
        crate::asking::seen(&kept.store, &keys).sms
    };
    let wiped = Sms { kept_text: KeptText::Nothing, ..messages[2].clone() };
    assert_eq!(read(3), [wiped], "nothing but the text goes");
    assert_eq!(read(1), [messages[0].clone()]);
    let over = Stale { sms: ids(&[3, 5]), ..Stale::default() };
    put(&kept.store, forget(&over, &stale_before(at(10_000))).changes);
    assert_eq!((read(3), read(5), read(4).len()), (vec![], vec![], 1));
}
