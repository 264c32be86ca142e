//! What belongs to gateways: trails, kept messages, names, early receipts,
//! pauses, views.

use ringproof_store::limits::KEPT_MAX;
use verify::Timestamp;
use verify::engine::{Change, Due, Keys, ReferenceQuery};
use verify::ids::MessageId;
use verify::limits::{ORPHANS_PER_GATEWAY_MAX, ORPHANS_SPARED};
use verify::record::{
    Cause, Delivery, GatewayPause, GatewayView, Orphan, OutgoingMessage, Purpose, ReceiptState,
    Reference, Trail,
};

use crate::asking::{put, seen, wait};
use crate::engines::{Open, Opened};
use crate::sample::{self, at, message_id, number_key};

fn reference(gateway: &str, form: &str, n: u8, part: u16) -> Reference {
    Reference {
        gateway: gateway.to_owned(),
        form: form.to_owned(),
        message: message_id(n),
        part,
        number_key: number_key(n),
        created_at: at(i64::from(n) * 1_000),
    }
}

fn orphan(gateway: &str, form: &str, state: ReceiptState, milliseconds: i64) -> Orphan {
    Orphan {
        gateway: gateway.to_owned(),
        form: form.to_owned(),
        state,
        cause: None,
        code: None,
        created_at: at(milliseconds),
    }
}

fn refer(reference: &Reference) -> Change {
    Change::PutReference(Box::new(reference.clone()))
}

fn named(kept: &Opened, gateway: &str, forms: &[&str], since: Timestamp) -> Vec<Reference> {
    let forms = forms.iter().map(|&form| form.to_owned()).collect();
    let query = ReferenceQuery { gateway: gateway.to_owned(), forms, since };
    seen(&kept.store, &Keys { references: Some(query), ..Keys::default() }).references
}

fn early(kept: &Opened, asked: &[(&str, &[&str])]) -> Vec<Orphan> {
    let owned = |&(gateway, forms): &(&str, &[&str])| {
        (gateway.to_owned(), forms.iter().map(|&form| form.to_owned()).collect())
    };
    let orphans = asked.iter().map(owned).collect();
    seen(&kept.store, &Keys { orphans, ..Keys::default() }).orphans
}

pub(super) fn names_are_found_by_the_first_form_that_is_known(open: Open) {
    let kept = open();
    let all = [
        reference("one", "=a", 1, 0),
        reference("one", "~a", 2, 0),
        reference("one", "~a", 2, 1),
        reference("one", "~a", 3, u16::MAX),
        reference("two", "=a", 4, 0),
    ];
    put(&kept.store, all.iter().map(refer).collect());
    assert_eq!(named(&kept, "one", &["=a", "~a"], at(0)), all[..1]);
    assert_eq!(named(&kept, "one", &["=z", "~a", "=a"], at(0)), all[1..4]);
    assert_eq!(named(&kept, "two", &["~a", "=a"], at(0)), all[4..]);
    for unknown in [&["=A"][..], &["a"], &["=a "], &[""], &[]] {
        assert_eq!(named(&kept, "one", unknown, at(0)), [], "{unknown:?}");
    }
    assert_eq!(named(&kept, "One", &["=a"], at(0)), []);
    // Only younger ones.
    assert_eq!(named(&kept, "one", &["~a"], at(2_000)), all[3..4]);
    assert_eq!(named(&kept, "one", &["=a", "~a"], at(1_000)), all[1..4]);
    // The same name again is the same row, with its new time.
    let again = Reference { created_at: at(9_000), ..all[0].clone() };
    put(&kept.store, vec![refer(&again)]);
    assert_eq!(named(&kept, "one", &["=a"], at(0)), [again]);
}

pub(super) fn early_receipts_wait_for_the_name(open: Open) {
    let kept = open();
    let full = Orphan {
        cause: Some(Cause::DestinationOff),
        code: Some("é 1b".to_owned()),
        ..orphan("one", "~a", ReceiptState::Undeliverable, 2)
    };
    let all = [
        orphan("one", "~a", ReceiptState::Accepted, 1),
        full,
        orphan("one", "=b", ReceiptState::Delivered, 3),
        orphan("two", "=a", ReceiptState::Delivered, 4),
    ];
    // Put in another order than they came in.
    for n in [3, 1, 0, 2] {
        put(&kept.store, vec![Change::PutOrphan(Box::new(all[n].clone()))]);
    }
    assert_eq!(early(&kept, &[("one", &["=a", "~a", "=b"])]), all[..2], "by the first form");
    assert_eq!(early(&kept, &[("one", &["=b"]), ("two", &["=a"])]), all[2..]);
    assert_eq!(early(&kept, &[("two", &["~a", "=b"]), ("three", &["=a"]), ("one", &[])]), []);
    // A repeated receipt is one.
    let again = Orphan { created_at: at(5), ..all[2].clone() };
    put(&kept.store, vec![Change::PutOrphan(Box::new(again.clone()))]);
    assert_eq!(early(&kept, &[("one", &["=b"])]), [again]);
}

pub(super) fn early_receipts_of_a_gateway_are_bounded_and_the_oldest_go(open: Open) {
    let kept = open();
    let max = i64::from(ORPHANS_PER_GATEWAY_MAX);
    let put_one = |gateway: &str, form: &str, at: i64| {
        Change::PutOrphan(Box::new(orphan(gateway, form, ReceiptState::Failed, at)))
    };
    put(&kept.store, vec![put_one("two", "=2", 0), put_one("one", "=later", max * 2)]);
    // The names go against the order of the times.
    let form = |n: i64| format!("={:06}", max - n);
    put(&kept.store, (1..max).map(|n| put_one("one", &form(n), n)).collect());
    let is_kept = |gateway: &str, form: &str| !early(&kept, &[(gateway, &[form])]).is_empty();
    assert!(is_kept("one", &form(1)), "there is room for all of them");
    put(&kept.store, vec![put_one("one", "=new", max), put_one("one", "=newer", max + 1)]);
    // The first of the two is one too many, and room is made for some more.
    let spared = i64::from(ORPHANS_SPARED);
    let left = [&*form(1), &form(spared + 1), &form(spared + 2), "=new", "=newer", "=later"];
    assert_eq!(left.map(|form| is_kept("one", form)), [false, false, true, true, true, true]);
    // Ones that come again take no room, and of another gateway's none goes.
    let again = (0..2 * spared).map(|n| put_one("one", "=new", max + 2 + n));
    put(&kept.store, again.collect());
    assert!(is_kept("one", &form(spared + 2)) && is_kept("two", "=2"));
    // As many as there is room for, and one more.
    let more = |n: i64| put_one("one", &format!("+{n}"), 2 * max + n);
    put(&kept.store, (1..spared).map(more).collect());
    assert!(is_kept("one", &form(spared + 2)), "there was room for all of them");
    put(&kept.store, vec![more(spared)]);
    assert_eq!(
        [&*form(spared + 2), &form(2 * spared + 2), &form(2 * spared + 3), "+1"]
            .map(|form| is_kept("one", form)),
        [false, false, true, true]
    );
}

pub(super) fn a_flood_of_early_receipts_stays_within_the_bound(open: Open) {
    let kept = open();
    let (max, spared) = (i64::from(ORPHANS_PER_GATEWAY_MAX), i64::from(ORPHANS_SPARED));
    let put_one = |form: String, at: i64| {
        Change::PutOrphan(Box::new(orphan("one", &form, ReceiptState::Failed, at)))
    };
    let is_kept = |form: String| !early(&kept, &[("one", &[&*form])]).is_empty();
    put(&kept.store, (0..max).map(|n| put_one(format!("={n}"), n)).collect());
    // As many as may be: ones that come again push none out.
    for n in 0..20 {
        let again = (0..4).map(|form| put_one(format!("={}", max - 1 - form), max + n));
        put(&kept.store, again.collect());
    }
    assert!(is_kept("=0".to_owned()));
    // Each receipt has some forms, and every one brings one that was there.
    let mut new = 0;
    for _ in 0..300 {
        let first = new;
        new += 3;
        let forms = (first..new).map(|n| put_one(format!("+{n}"), 2 * max + n));
        let again = put_one(format!("={}", max - 1), 2 * max + new);
        put(&kept.store, forms.chain([again]).collect());
    }
    // Places become free with the first new one, and with the first that these are too
    // few for.
    let left = max - spared + (new - 1) % (spared + 1);
    let gone = max + new - left;
    assert!(!is_kept(format!("={}", gone - 1)) && is_kept(format!("={gone}")), "{gone} are gone");
    assert!(is_kept(format!("={}", max - 1)) && is_kept("+0".to_owned()));
}

pub(super) fn names_and_early_receipts_are_forgotten_at_their_moment(open: Open) {
    let kept = open();
    let names = [reference("one", "=a", 1, 0), reference("one", "=b", 2, 0)];
    put(&kept.store, names.iter().map(refer).collect());
    for milliseconds in [1_000, 2_000] {
        let orphan = orphan("one", &format!("={milliseconds}"), ReceiptState::Failed, milliseconds);
        put(&kept.store, vec![Change::PutOrphan(Box::new(orphan))]);
    }
    let left = |kept: &Opened| {
        let names = ["=a", "=b"].map(|form| named(kept, "one", &[form], at(0)).len());
        let early = ["=1000", "=2000"].map(|form| early(kept, &[("one", &[form])]).len());
        (names, early)
    };
    put(&kept.store, vec![Change::ForgetReferences(at(999), at(999))]);
    assert_eq!(left(&kept), ([1, 1], [1, 1]));
    put(&kept.store, vec![Change::ForgetReferences(at(1_000), at(999))]);
    assert_eq!(left(&kept), ([0, 1], [1, 1]));
    put(&kept.store, vec![Change::ForgetReferences(at(1_000), at(2_000))]);
    assert_eq!(left(&kept), ([0, 1], [0, 0]));
}

fn kept_message(n: u8, milliseconds: i64) -> OutgoingMessage {
    let next_at = at(milliseconds);
    OutgoingMessage { is_kept: true, lease: 0, next_at, ..sample::message(n) }
}

pub(super) fn kept_messages_are_found_at_their_moment_and_never_due(open: Open) {
    let kept = open();
    let messages = [kept_message(1, 3_000), kept_message(2, 1_000), kept_message(3, 3_000)];
    put(&kept.store, messages.iter().map(|m| Change::QueueMessage(Box::new(m.clone()))).collect());
    let found = |milliseconds| wait(kept.store.kept(at(milliseconds))).expect("answered");
    assert_eq!(found(999), []);
    assert_eq!(found(1_000), [messages[1].clone()]);
    assert_eq!(found(3_000), [1, 0, 2].map(|n: usize| messages[n].clone()), "the longest first");
    let due = Keys { due: Some(Due { now: at(900_000), limit: 10 }), ..Keys::default() };
    assert!(seen(&kept.store, &due).due.is_empty());
    // By id it is there, and a restart does not touch it.
    put(&kept.store, vec![Change::ReleaseLeases(at(500))]);
    let by_id =
        Keys { messages: vec![message_id(1)], held: vec![message_id(2)], ..Keys::default() };
    let there = seen(&kept.store, &by_id);
    assert_eq!(there.messages, messages[..1]);
    assert_eq!(there.held[0].message, messages[1]);
    // Released, it is due like any other.
    let released = OutgoingMessage {
        is_kept: false,
        trail: Trail::parse("first:retry,first:accepted").expect("a trail"),
        ..messages[1].clone()
    };
    put(&kept.store, vec![Change::UpdateMessage(Box::new(released.clone()))]);
    assert_eq!(found(1_000), []);
    let due: Vec<_> = seen(&kept.store, &due).due.into_iter().map(|due| due.message).collect();
    assert_eq!(due, [released]);
    put(&kept.store, vec![Change::DropMessage(message_id(1))]);
    assert_eq!(found(3_000), messages[2..]);
}

pub(super) fn only_so_many_kept_messages_are_found_at_a_time(open: Open) {
    let kept = open();
    let message = |n: u32| {
        let mut id = [0; 16];
        id[12..].copy_from_slice(&n.to_be_bytes());
        let next_at = at(i64::from(n));
        OutgoingMessage { id: MessageId::from_bytes(id), next_at, ..kept_message(1, 0) }
    };
    let all: Vec<OutgoingMessage> = (0..=KEPT_MAX).map(message).collect();
    put(&kept.store, all.iter().map(|m| Change::QueueMessage(Box::new(m.clone()))).collect());
    let found = wait(kept.store.kept(at(900_000))).expect("answered");
    assert_eq!(found, all[..KEPT_MAX as usize]);
}

pub(super) fn a_trail_and_its_gateway_come_back(open: Open) {
    let kept = open();
    let trail = "one:retry,one:route_down,two:refused_dest,two:in_doubt,one:accepted";
    for (n, trail, only_gateway) in [(1, "", None), (2, trail, Some("two".to_owned()))] {
        let trail = Trail::parse(trail).expect("a trail");
        let message = OutgoingMessage { trail, only_gateway, ..sample::message(n) };
        put(&kept.store, vec![Change::QueueMessage(Box::new(message.clone()))]);
        let by_id = Keys { messages: vec![message.id], ..Keys::default() };
        assert_eq!(seen(&kept.store, &by_id).messages, [message]);
    }
}

pub(super) fn receipts_of_parts_come_back(open: Open) {
    let kept = open();
    let lists = [
        vec![],
        vec![None, None],
        vec![None, Some(ReceiptState::Failed), None],
        ReceiptState::ALL.map(Some).to_vec(),
    ];
    let causes = Cause::ALL.into_iter().map(Some).chain([None]);
    for (parts, cause) in lists.iter().cycle().zip(causes) {
        let delivery = Delivery {
            parts: parts.clone(),
            cause,
            code: cause.map(|cause| format!("{}: ,;'é", cause.as_str())),
            receipt: Some((ReceiptState::Failed, at(7))),
            ..sample::delivery(1)
        };
        put(&kept.store, vec![Change::PutDelivery(Box::new(delivery.clone()))]);
        let keys = Keys { delivery: Some(delivery.message), ..Keys::default() };
        assert_eq!(seen(&kept.store, &keys).delivery, Some(delivery));
    }
}

pub(super) fn paused_gateways_stay_so_until_they_are_resumed(open: Open) {
    let kept = open();
    let pause = |gateway: &str, milliseconds| GatewayPause {
        gateway: gateway.to_owned(),
        paused_at: at(milliseconds),
    };
    let pauses = || wait(kept.store.gateway_pauses()).expect("answered");
    assert_eq!(pauses(), []);
    for paused in [pause("two", 1), pause("one", 2), pause("two", 3)] {
        put(&kept.store, vec![Change::PauseGateway(paused)]);
    }
    assert_eq!(pauses(), [pause("one", 2), pause("two", 1)], "since the first time");
    put(&kept.store, vec![Change::ResumeGateway("two".to_owned())]);
    put(&kept.store, vec![Change::ResumeGateway("three".to_owned())]);
    assert_eq!(pauses(), [pause("one", 2)]);
    put(&kept.store, vec![Change::PauseGateway(pause("two", 9))]);
    assert_eq!(pauses(), [pause("one", 2), pause("two", 9)]);
}

pub(super) fn the_views_of_gateways_replace_those_before(open: Open) {
    let kept = open();
    let view = |gateway: &str, is_open: bool| GatewayView {
        node: String::new(),
        gateway: gateway.to_owned(),
        is_open,
        reason: if is_open { String::new() } else { "closed: é".to_owned() },
        since: at(1),
        detail: "one\ntwo".to_owned(),
        seen_at: at(2),
    };
    let views = || wait(kept.store.gateway_views()).expect("answered");
    assert_eq!(views(), []);
    put(
        &kept.store,
        vec![Change::PutGatewayViews(String::new(), vec![view("two", true), view("one", false)])],
    );
    assert_eq!(views(), [view("one", false), view("two", true)], "by name");
    put(&kept.store, vec![Change::PutGatewayViews(String::new(), vec![view("three", false)])]);
    assert_eq!(views(), [view("three", false)]);
    put(&kept.store, vec![Change::PutGatewayViews(String::new(), Vec::new())]);
    assert_eq!(views(), []);
}

pub(super) fn a_delivery_brings_the_confirmation_of_its_code(open: Open) {
    let kept = open();
    let confirmation = sample::confirmation(1);
    let purpose = Purpose::Code {
        service: confirmation.service,
        user: confirmation.user,
        verification: confirmation.id,
    };
    let account = confirmation.account;
    let message = OutgoingMessage { account, purpose, ..sample::message(1) };
    let delivery = Delivery { account, purpose, message: message.id, ..sample::delivery(1) };
    let of = |message: MessageId, is_asked| Keys {
        delivery: Some(message),
        messages: vec![message],
        confirmation_of_delivery: is_asked,
        ..Keys::default()
    };
    put(&kept.store, vec![Change::PutConfirmation(Box::new(confirmation.clone()))]);
    assert_eq!(seen(&kept.store, &of(message.id, true)).confirmation, None);
    // By the message that waits, by the delivery, and by both.
    put(&kept.store, vec![Change::QueueMessage(Box::new(message.clone()))]);
    let expected = Some(confirmation);
    assert_eq!(seen(&kept.store, &of(message.id, true)).confirmation, expected);
    put(&kept.store, vec![Change::PutDelivery(Box::new(delivery))]);
    assert_eq!(seen(&kept.store, &of(message.id, true)).confirmation, expected);
    put(&kept.store, vec![Change::DropMessage(message.id)]);
    assert_eq!(seen(&kept.store, &of(message.id, true)).confirmation, expected);
    assert_eq!(seen(&kept.store, &of(message.id, false)).confirmation, None);
    // A message that carries no such code brings none.
    let other = sample::delivery(2);
    put(&kept.store, vec![Change::PutDelivery(Box::new(other.clone()))]);
    assert_eq!(seen(&kept.store, &of(other.message, true)).confirmation, None);
}
