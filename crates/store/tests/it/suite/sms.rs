//! Clients' messages, money, prices and reports.

use ringproof_store::Fault;
use verify::engine::{Change, Due, Keys};
use verify::record::{
    Balance, Delivery, DeliveryState, KeptText, MessageForm, OutgoingMessage, ReceiptState, Report,
    ReportKind, Sms, SmsState, TextStore,
};

use crate::asking::{put, seen, wait, write};
use crate::engines::Open;
use crate::sample::{self, account_id, at, message_id, report_id, sms_id, sms_message_id};

pub(super) fn messages_of_clients_come_back_as_they_were_put(open: Open) {
    let kept = open();
    let keys = |account, n| Keys { sms: Some((account_id(account), sms_id(n))), ..Keys::default() };
    let full = sample::sms(1);
    let bare = Sms {
        err: 0,
        form: MessageForm::default(),
        report_url: None,
        text_store: TextStore::Nostore,
        kept_text: KeptText::Nothing,
        price: i64::MAX,
        ..sample::sent_sms(1)
    };
    for sms in [&full, &sample::sent_sms(1), &bare, &full] {
        put(&kept.store, vec![Change::PutSms(Box::new(sms.clone()))]);
        assert_eq!(seen(&kept.store, &keys(1, 1)).sms, std::slice::from_ref(sms));
    }
    let own = [
        SmsState::Scheduled,
        SmsState::Queued,
        SmsState::Sent,
        SmsState::Cancelled,
        SmsState::Lapsed,
        SmsState::NotTaken,
        SmsState::InDoubt,
    ];
    for state in own.into_iter().chain(ReceiptState::ALL.map(SmsState::Reported)) {
        let sms = Sms { state, ..full.clone() };
        put(&kept.store, vec![Change::PutSms(Box::new(sms.clone()))]);
        assert_eq!(seen(&kept.store, &keys(1, 1)).sms, [sms]);
    }
    assert_eq!(seen(&kept.store, &keys(2, 1)).sms, [], "another account's is as absent");
    assert_eq!(seen(&kept.store, &keys(1, 2)).sms, []);
}

pub(super) fn due_messages_of_clients_come_by_their_time(open: Open) {
    let kept = open();
    let sms = |n, milliseconds, state| {
        let sms = Sms { send_at: at(milliseconds), state, ..sample::sms(n) };
        Change::PutSms(Box::new(sms))
    };
    let waits = SmsState::Scheduled;
    put(
        &kept.store,
        vec![
            sms(1, 3_000, waits),
            sms(2, 1_000, waits),
            sms(3, 1_000, SmsState::Queued),
            sms(4, 1_000, SmsState::Cancelled),
            sms(6, 1_000, waits),
            Change::PutBalance(account_id(1), sample::balance()),
        ],
    );
    let due = |milliseconds, limit| {
        let due_sms = Some(Due { now: at(milliseconds), limit });
        seen(&kept.store, &Keys { due_sms, ..Keys::default() })
    };
    let ids = |milliseconds, limit| {
        due(milliseconds, limit).sms.iter().map(|sms| sms.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(999, 10), []);
    assert_eq!(ids(1_000, 10), [2, 6].map(sms_id));
    assert_eq!(ids(3_000, 10), [2, 6, 1].map(sms_id));
    assert_eq!(ids(3_000, 1), [sms_id(2)]);
    assert_eq!(due(1_000, 1).balances, [(account_id(1), sample::balance())]);
    assert_eq!(due(999, 1).balances, []);
}

pub(super) fn a_message_brings_the_clients_message_and_the_money(open: Open) {
    let kept = open();
    let poor = Sms { account: account_id(2), ..sample::sms(4) };
    let waiting = OutgoingMessage { id: message_id(9), ..sample::sms_message(4) };
    put(&kept.store, sample::everything());
    put(
        &kept.store,
        vec![
            Change::QueueMessage(Box::new(sample::sms_message(1))),
            Change::PutSms(Box::new(poor.clone())),
            Change::QueueMessage(Box::new(waiting.clone())),
        ],
    );
    let money = [(account_id(1), sample::balance())];
    let messages = vec![message_id(9), sms_message_id(1), message_id(1)];
    let found = seen(&kept.store, &Keys { messages: messages.clone(), ..Keys::default() });
    let all = [waiting.clone(), sample::sms_message(1), sample::message(1)];
    assert_eq!(found.messages, all);
    assert_eq!(found.sms, [poor.clone(), sample::sms(1)]);
    assert_eq!(found.balances, money, "account 2 does not pay");

    let held = seen(&kept.store, &Keys { held: messages, ..Keys::default() });
    assert_eq!((held.held.len(), &held.sms, &held.balances[..]), (3, &found.sms, &money[..]));
    assert_eq!(held.held[0].verification, None);
    assert_eq!(held.held[2].verification, Some(sample::verification(1)));
    let due = Some(Due { now: at(60_000), limit: 10 });
    let due = seen(&kept.store, &Keys { due, ..Keys::default() });
    assert_eq!((due.sms.len(), &due.balances[..]), (2, &money[..]));
    assert!(due.due.iter().any(|d| d.message == waiting && d.verification.is_none()));

    let delivery = Some(sms_message_id(2));
    let found = seen(&kept.store, &Keys { delivery, ..Keys::default() });
    assert_eq!(found.delivery, Some(sample::sms_delivery(2)));
    assert_eq!((found.sms, &found.balances[..]), (vec![sample::sent_sms(2)], &money[..]));
    let asked = Keys { balance: Some(account_id(1)), ..Keys::default() };
    assert_eq!(seen(&kept.store, &asked).balances, money);
}

pub(super) fn what_became_of_a_message_comes_back_with_its_receipt(open: Open) {
    let kept = open();
    let keys = |id| Keys { delivery: Some(id), ..Keys::default() };
    let (code, sms) = (sample::delivery(1), sample::sms_delivery(1));
    let states = [
        DeliveryState::Accepted,
        DeliveryState::Failed,
        DeliveryState::Expired,
        DeliveryState::Cancelled,
    ];
    for delivery in [&code, &sms] {
        for state in states {
            let changed = Delivery { state, ..delivery.clone() };
            put(&kept.store, vec![Change::PutDelivery(Box::new(changed.clone()))]);
            assert_eq!(seen(&kept.store, &keys(delivery.message)).delivery, Some(changed));
        }
        for receipt in ReceiptState::ALL {
            let told = Delivery { receipt: Some((receipt, at(7))), ..delivery.clone() };
            put(&kept.store, vec![Change::PutDelivery(Box::new(told.clone()))]);
            assert_eq!(seen(&kept.store, &keys(delivery.message)).delivery, Some(told));
        }
    }
    assert_eq!(seen(&kept.store, &keys(message_id(9))).delivery, None);
}

pub(super) fn money_comes_back_and_is_never_negative(open: Open) {
    let kept = open();
    let keys = Keys { balance: Some(account_id(1)), ..Keys::default() };
    assert_eq!(seen(&kept.store, &keys).balances, []);
    let put_balance =
        |amount, reserved| Change::PutBalance(account_id(1), Balance { amount, reserved });
    for (amount, reserved) in [(0, 0), (i64::MAX, i64::MAX), (5, 5), (7, 3)] {
        put(&kept.store, vec![put_balance(amount, reserved)]);
        let balance = Balance { amount, reserved };
        assert_eq!(seen(&kept.store, &keys).balances, [(account_id(1), balance)]);
    }
    for (amount, reserved) in [(-1, 0), (-1, -1), (0, -1), (3, 4), (i64::MIN, 0), (0, i64::MAX)] {
        let changes = vec![Change::PutSms(Box::new(sample::sms(1))), put_balance(amount, reserved)];
        let answer = wait(write(kept.store.clone(), changes));
        assert!(matches!(answer, Err(Fault::Database(_))), "{amount}, {reserved}: {answer:?}");
    }
    assert_eq!(seen(&kept.store, &keys).balances[0].1, Balance { amount: 7, reserved: 3 });
    let sms = Keys { sms: Some((account_id(1), sms_id(1))), ..Keys::default() };
    assert_eq!(seen(&kept.store, &sms).sms, [], "the whole step was undone");
}

pub(super) fn a_price_table_replaces_the_one_before(open: Open) {
    let kept = open();
    let prices = || wait(kept.store.prices()).expect("the read is answered");
    let version = || wait(kept.store.prices_version()).expect("the read is answered");
    let begin = version();
    assert_eq!(prices(), (vec![], begin));
    let mut shuffled = sample::prices();
    shuffled.reverse();
    put(&kept.store, vec![Change::ReplacePrices(shuffled)]);
    assert_eq!(prices(), (sample::prices(), begin + 1), "by country and network");
    put(&kept.store, vec![Change::PutBalance(account_id(1), sample::balance())]);
    assert_eq!(version(), begin + 1);
    let twins = vec![sample::price("EE", "24801", 1), sample::price("EE", "24801", 2)];
    let answer = wait(write(kept.store.clone(), vec![Change::ReplacePrices(twins)]));
    assert!(matches!(answer, Err(Fault::Database(_))), "{answer:?}");
    assert_eq!(prices(), (sample::prices(), begin + 1));
    let one = vec![sample::price("LV", "", 3)];
    put(&kept.store, vec![Change::ReplacePrices(one.clone())]);
    assert_eq!((prices(), version()), ((one, begin + 2), begin + 2));
    put(&kept.store, vec![Change::ReplacePrices(Vec::new())]);
    assert_eq!(prices(), (vec![], begin + 3));
}

pub(super) fn reports_come_back_until_they_are_dropped(open: Open) {
    let kept = open();
    let queue = |r: &Report| Change::QueueReport(Box::new(r.clone()));
    let (one, two) = (sample::report(1, 7), sample::inbound_report(2));
    put(&kept.store, vec![queue(&one), queue(&two)]);
    let by_id =
        |n| seen(&kept.store, &Keys { report: Some(report_id(n)), ..Keys::default() }).reports;
    assert_eq!((by_id(1), by_id(2)), (vec![one.clone()], vec![two.clone()]));
    assert_eq!(by_id(3), []);
    let waiting = Report { attempts: 3, next_at: at(9_000), lease: 0, ..one.clone() };
    put(&kept.store, vec![Change::UpdateReport(Box::new(waiting.clone()))]);
    assert_eq!((by_id(1), by_id(2)), (vec![waiting.clone()], vec![two]));
    for changes in [vec![queue(&one)], vec![queue(&sample::report(5, 5)); 2]] {
        let answer = wait(write(kept.store.clone(), changes));
        assert!(matches!(answer, Err(Fault::Database(_))), "an id is unique: {answer:?}");
    }
    put(&kept.store, vec![Change::DropReport(report_id(1)), Change::DropReport(report_id(9))]);
    assert_eq!(by_id(1), []);
    put(&kept.store, vec![Change::UpdateReport(Box::new(waiting))]);
    assert_eq!(by_id(1), [], "one that is gone does not come back by an update");
    put(&kept.store, vec![queue(&one), Change::DropReport(one.id), queue(&one)]);
    assert_eq!(by_id(1), [one]);
}

pub(super) fn of_the_reports_of_one_message_only_the_first_is_due(open: Open) {
    let kept = open();
    let at_zero = |report: Report| Report { next_at: at(0), ..report };
    let paused = Report { next_at: at(5_000), ..sample::report(3, 8) };
    let reports = [
        at_zero(sample::report(2, 7)),
        at_zero(sample::report(1, 7)),
        paused,
        at_zero(sample::report(4, 8)),
        at_zero(sample::inbound_report(5)),
        at_zero(sample::event_report(6)),
    ];
    put(&kept.store, reports.map(|r| Change::QueueReport(Box::new(r))).to_vec());
    let due = |milliseconds, limit| {
        let due_reports = Some(Due { now: at(milliseconds), limit });
        let found = seen(&kept.store, &Keys { due_reports, ..Keys::default() }).reports;
        found.iter().map(|r| r.id.as_bytes()[0]).collect::<Vec<_>>()
    };
    assert_eq!(due(-1, 10), []);
    assert_eq!(due(0, 10), [1, 5, 6], "4 waits for 3, which pauses");
    assert_eq!(due(5_000, 10), [1, 5, 6, 3], "the longest due first");
    assert_eq!(due(5_000, 2), [1, 5]);
    put(&kept.store, vec![Change::DropReport(report_id(1)), Change::DropReport(report_id(3))]);
    assert_eq!(due(0, 10), [2, 4, 5, 6]);
    let kinds = [2, 5, 6].map(|n| {
        let keys = Keys { report: Some(report_id(n)), ..Keys::default() };
        seen(&kept.store, &keys).reports.remove(0).kind
    });
    let [ReportKind::Delivery { .. }, ReportKind::Inbound { .. }, event] = kinds else {
        panic!("other kinds than were queued: {kinds:?}");
    };
    assert_eq!(event, sample::event_report(6).kind);
}
