//! Receipts find their message by the names that gateways give (`delivery.md`
//! 5.3).

use ringproof_verify::engine::outbox::Acceptance;
use ringproof_verify::engine::reference::{self, Meant, NamedReceipt};
use ringproof_verify::engine::sms::SmsRequest;
use ringproof_verify::ids::MessageId;
use ringproof_verify::message::SenderId;
use ringproof_verify::record::{Cause, ReceiptState};

use crate::confirming::MINE;
use crate::dispatcher::current;
use crate::world::{LEASE, World, at};

const HOUR: i64 = 3_600;

/// A world with clients' messages that `one` takes under names.
struct Named {
    world: World,
}

impl Named {
    fn new() -> Self {
        let (mut world, _) = World::with_person();
        world.without_send_limits();
        Self { world }
    }

    /// A message to this number that waits for the gateway's answer.
    fn sent(&mut self, number: &str) -> MessageId {
        let request = self.world.text_to(MINE, number);
        self.world.send(&request).1.expect("it goes at once").id
    }

    /// A gateway takes it under these names, one list for each part.
    fn take(&mut self, gateway: &str, message: MessageId, parts: &[&[&str]]) -> usize {
        let names = |names: &&[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let parts = parts.iter().map(names).collect();
        let acceptance = Acceptance {
            attempt: current(message),
            choice: String::new(),
            parts,
            keep_until: None,
        };
        self.world.accept_so(gateway, LEASE, &[acceptance]).len()
    }

    fn taken(&mut self, number: &str, parts: &[&[&str]]) -> MessageId {
        let message = self.sent(number);
        self.take("one", message, parts);
        message
    }

    fn receipt(&self, gateway: &str, forms: &[&str], number: Option<&str>) -> NamedReceipt {
        let key = |number: &str| {
            let number = ringproof_verify::phone::PhoneNumber::parse(number).expect("a number");
            self.world.ring.number_key(&number)
        };
        NamedReceipt {
            gateway: gateway.to_owned(),
            forms: forms.iter().map(|&form| form.to_owned()).collect(),
            number: number.map(key),
            sender: None,
            state: ReceiptState::Failed,
            cause: Some(Cause::Network),
            code: Some("42".to_owned()),
        }
    }

    /// A receipt without a name, from a message that showed this sender.
    fn find_from(&mut self, sender: &str, number: &str) -> Meant {
        let receipt = self.receipt("one", &[], Some(number));
        self.world.find(&NamedReceipt { sender: Some(sender.to_owned()), ..receipt })
    }

    /// A message under this sender that `one` took.
    fn taken_from(&mut self, sender: &str, number: &str, parts: &[&[&str]]) -> MessageId {
        let sender = SenderId::parse(sender).expect("it is a sender");
        let request = SmsRequest { sender, ..self.world.text_to(MINE, number) };
        let message = self.world.send(&request).1.expect("it goes at once").id;
        self.take("one", message, parts);
        message
    }

    fn find(&mut self, forms: &[&str], number: Option<&str>) -> Meant {
        let receipt = self.receipt("one", forms, number);
        self.world.find(&receipt)
    }
}

const JANE: &str = "+37255500201";
const JOE: &str = "+37255500202";

#[test]
fn the_best_form_decides_and_worse_ones_are_not_asked() {
    let mut named = Named::new();
    let exact = named.taken(JANE, &[&["=100", "~100", "x64"]]);
    let alike = named.taken(JOE, &[&["=0100", "~100"]]);
    let forms = ["=100", "~100", "x100", "d100"];
    assert_eq!(named.find(&forms, None), Meant::Message(exact, Some(0)));
    assert_eq!(named.find(&forms, Some(JOE)), Meant::Message(exact, Some(0)), "exact comes first");
    assert_eq!(named.find(&["=0100", "~100"], None), Meant::Message(alike, Some(0)));
    assert_eq!(named.find(&["=64", "~64", "x64", "d64"], None), Meant::Message(exact, Some(0)));
}

/// 256 is what 100 would be in hexadecimal.
#[test]
fn a_name_in_the_other_notation_counts_only_for_the_phone_that_the_receipt_names() {
    let mut named = Named::new();
    let message = named.taken(JANE, &[&["=100", "~100", "x64", "d256"]]);
    let forms = ["=256", "~256", "x256", "d256"];
    assert_eq!(named.find(&forms, Some(JANE)), Meant::Message(message, Some(0)));
    assert_eq!(named.find(&forms, None), Meant::Message(message, Some(0)));
    assert_eq!(named.find(&forms, Some(JOE)), Meant::Orphan, "the message 256 is not known yet");
    // Where the notation is known, the gateway may write numbers as it likes.
    let known = named.find(&["=256", "~256", "d256"], Some(JOE));
    assert_eq!(known, Meant::Message(message, Some(0)));
    assert_eq!(named.find(&["=0100", "~100"], Some(JOE)), Meant::Message(message, Some(0)));
}

#[test]
fn of_two_messages_with_one_name_the_number_decides() {
    let mut named = Named::new();
    let to_jane = named.taken(JANE, &[&["=7"]]);
    let to_joe = named.taken(JOE, &[&["=7"]]);
    assert_eq!(named.find(&["=7"], Some(JANE)), Meant::Message(to_jane, Some(0)));
    assert_eq!(named.find(&["=7"], Some(JOE)), Meant::Message(to_joe, Some(0)));
    assert_eq!(named.find(&["=7"], Some("+37255500203")), Meant::Nobody);
    assert_eq!(named.find(&["=7"], None), Meant::Nobody);
    named.taken(JANE, &[&["=7"]]);
    assert_eq!(named.find(&["=7"], Some(JANE)), Meant::Nobody, "two to one number");
    assert!(named.world.records.orphans.is_empty());
}

#[test]
fn each_part_has_its_own_name() {
    let mut named = Named::new();
    let message = named.taken(JANE, &[&["=a"], &["=b"], &["=c"]]);
    for (form, part) in [("=a", 0), ("=c", 2), ("=b", 1)] {
        assert_eq!(named.find(&[form], None), Meant::Message(message, Some(part)));
    }
}

#[test]
fn a_receipt_before_the_answer_is_found_by_the_answer() {
    let mut named = Named::new();
    let message = named.sent(JANE);
    assert_eq!(named.find(&["=0A", "~a", "xa", "da"], Some(JANE)), Meant::Orphan);
    assert_eq!(named.world.records.orphans.len(), 4, "in all forms");
    let acceptance = Acceptance {
        attempt: current(message),
        choice: String::new(),
        parts: vec![vec!["=a".to_owned(), "~a".to_owned()]],
        keep_until: None,
    };
    let found = named.world.accept_so("one", LEASE, &[acceptance]);
    assert_eq!(found.len(), 1);
    let orphan = &found[0];
    assert_eq!((&*orphan.form, orphan.state), ("~a", ReceiptState::Failed));
    assert_eq!((orphan.cause, orphan.code.as_deref()), (Some(Cause::Network), Some("42")));
    assert_eq!(named.find(&[&*orphan.form.clone()], None), Meant::Message(message, Some(0)));
}

#[test]
fn an_orphan_of_another_gateway_or_name_is_not_taken() {
    let mut named = Named::new();
    let message = named.sent(JANE);
    let elsewhere = named.receipt("two", &["=a"], None);
    assert_eq!(named.world.find(&elsewhere), Meant::Orphan);
    assert_eq!(named.find(&["=b"], None), Meant::Orphan);
    assert_eq!(named.take("one", message, &[&["=a"]]), 0);
}

#[test]
fn names_of_one_gateway_mean_nothing_at_another() {
    let mut named = Named::new();
    named.taken(JANE, &[&["=a"]]);
    named.taken(JOE, &[&[]]);
    for (forms, number) in [(&["=a"][..], Some(JANE)), (&["=z"], Some(JOE))] {
        let receipt = named.receipt("two", forms, number);
        assert_eq!(named.world.find(&receipt), Meant::Orphan, "{forms:?}");
    }
    let nameless = named.receipt("two", &[], Some(JANE));
    assert_eq!(named.world.find(&nameless), Meant::Nobody);
}

#[test]
fn a_receipt_without_a_name_is_about_the_only_message_to_its_number() {
    let mut named = Named::new();
    let first = named.taken(JANE, &[&["=a"]]);
    assert_eq!(named.find(&[], Some(JANE)), Meant::Message(first, Some(0)));
    assert_eq!(named.find(&[], Some(JOE)), Meant::Nobody);
    assert_eq!(named.find(&[], None), Meant::Nobody);
    named.world.go_to(60);
    let second = named.taken(JANE, &[&["=b"]]);
    assert_eq!(named.find(&[], Some(JANE)), Meant::Nobody, "either could be meant");
    named.world.go_to(24 * HOUR + 1);
    assert_eq!(named.find(&[], Some(JANE)), Meant::Message(second, Some(0)), "a day for guesses");
    assert!(named.world.records.orphans.is_empty(), "nothing that could come names it");
}

#[test]
fn of_several_messages_to_a_number_the_sender_decides() {
    let mut named = Named::new();
    let of_shop = named.taken_from("Shop", JANE, &[&["=a"]]);
    let of_bank = named.taken_from("Bank", JANE, &[&["=b"], &["=c"]]);
    let of_number = named.taken_from("+12025550100", JANE, &[&["=d"]]);
    assert_eq!(named.find_from("Shop", JANE), Meant::Message(of_shop, Some(0)));
    assert_eq!(named.find_from(" SHOP", JANE), Meant::Message(of_shop, Some(0)));
    assert_eq!(named.find_from("Bank", JANE), Meant::Message(of_bank, None), "its parts are one");
    for number in ["12025550100", "+12025550100"] {
        assert_eq!(named.find_from(number, JANE), Meant::Message(of_number, Some(0)));
    }
    // A sender that none of them had, or none at all, says nothing.
    for sender in ["Post", "", "+"] {
        assert_eq!(named.find_from(sender, JANE), Meant::Nobody, "{sender:?}");
    }
    assert_eq!(named.find_from("Shop", JOE), Meant::Nobody);
    named.taken_from("Shop", JANE, &[&["=e"]]);
    assert_eq!(named.find_from("Shop", JANE), Meant::Nobody, "either could be meant");
    assert_eq!(named.find_from("Bank", JANE), Meant::Message(of_bank, None));
}

/// The gateway may show another sender than it was given.
#[test]
fn the_only_message_to_a_number_is_meant_whatever_sender_it_showed() {
    let mut named = Named::new();
    let message = named.taken_from("Shop", JANE, &[&["=a"]]);
    assert_eq!(named.find_from("71234", JANE), Meant::Message(message, Some(0)));
    named.world.go_to(24 * HOUR + 1);
    for sender in ["Shop", "71234"] {
        assert_eq!(named.find_from(sender, JANE), Meant::Nobody, "a day for guesses");
    }
}

#[test]
fn the_sender_decides_also_between_messages_that_got_no_name() {
    let mut named = Named::new();
    let of_shop = named.taken_from("Shop", JANE, &[&[]]);
    named.taken_from("Bank", JANE, &[&[]]);
    let receipt = named.receipt("one", &["=new"], Some(JANE));
    let from = |sender: &str| NamedReceipt { sender: Some(sender.to_owned()), ..receipt.clone() };
    assert_eq!(named.world.find(&from("Shop")), Meant::Message(of_shop, Some(0)));
    assert_eq!(named.world.find(&from("Post")), Meant::Orphan);
}

/// A name that is not known may be ahead of its answer; only a message that got
/// no name at all could be meant instead.
#[test]
fn a_name_that_is_not_known_is_tried_on_messages_without_one() {
    let mut named = Named::new();
    named.taken(JANE, &[&["=a"]]);
    assert_eq!(named.find(&["=new"], Some(JANE)), Meant::Orphan);
    let nameless = named.taken(JOE, &[&[]]);
    assert_eq!(named.find(&["=new"], Some(JOE)), Meant::Message(nameless, Some(0)));
    assert_eq!(named.find(&["=new"], None), Meant::Orphan);
    named.world.go_to(24 * HOUR + 1);
    assert_eq!(named.find(&["=new"], Some(JOE)), Meant::Orphan, "a day for guesses");
}

#[test]
fn names_are_known_for_three_days_and_orphans_for_ten_minutes() {
    let mut named = Named::new();
    let message = named.taken(JANE, &[&["=a"]]);
    named.find(&["=z"], None);
    named.world.go_to(72 * HOUR - 1);
    assert_eq!(named.find(&["=a"], None), Meant::Message(message, Some(0)));
    named.world.go_to(72 * HOUR);
    assert_eq!(named.find(&["=a"], None), Meant::Orphan, "too late");

    let forget = |named: &mut Named, seconds| {
        named.world.go_to(seconds);
        let decided = reference::forget(named.world.now);
        named.world.records.apply(decided.changes);
        (named.world.records.references.len(), named.world.records.orphans.len())
    };
    let mut named = Named::new();
    named.taken(JANE, &[&["=a"]]);
    named.find(&["=z"], None);
    assert_eq!(named.world.records.orphans[0].created_at, at(0));
    let references = named.world.records.references.len();
    assert_eq!(forget(&mut named, 599), (references, 1));
    assert_eq!(forget(&mut named, 600), (references, 0));
    assert_eq!(forget(&mut named, 72 * HOUR - 1), (references, 0));
    assert_eq!(forget(&mut named, 72 * HOUR), (0, 0));
}
