//! Two engines, one random story, one set of answers.
//!
//! The same steps run through the real rules over a store in memory and over
//! one in SQLite, and over one in SQLite and one in PostgreSQL, with the same time
//! and the same chance. Every outcome must be
//! the same, and in the end everything that can be read.

mod clients;
mod devices;
mod teller;
mod widgets;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use verify::engine::outbox::Refusal;
use verify::record::Method;

use crate::engines::{self, Open};
use clients::{ClientAct, client_act};
use devices::{DeviceAct, device_act};
use teller::{Teller, assert_all_the_same};
use widgets::{WidgetAct, widget_act};

/// One thing that somebody does. Small numbers name accounts, services and
/// people, so that a story comes back to the same ones.
#[derive(Debug, Clone)]
enum Act {
    PutAccount {
        account: u8,
        is_enabled: bool,
    },
    AddService {
        account: u8,
        name: u8,
    },
    RemoveService {
        service: u8,
        of: u8,
    },
    AddUser {
        service: u8,
        login: u8,
        number: u8,
    },
    RemoveUser(u8),
    Unlock(u8),
    Start {
        person: u8,
        method: Method,
        has_gateway: bool,
    },
    EnterRight(u8),
    EnterWrong(u8),
    EnterForAnother(u8),
    /// Wrong codes until nothing is compared any more.
    Hammer(u8),
    Claim,
    Accept(u8),
    Refuse {
        message: u8,
        refusal: Refusal,
    },
    Sweep,
    Forget,
    Client(ClientAct),
    Device(DeviceAct),
    Widget(WidgetAct),
    AdvanceMs(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let method = prop_oneof![4 => Just(Method::Sms), 1 => Just(Method::Totp)];
    let refusal =
        prop_oneof![Just(Refusal::Temporary), Just(Refusal::InDoubt), Just(Refusal::Content)];
    let minute = 60_000_i64;
    prop_oneof![
        1 => (0..3_u8, any::<bool>()).prop_map(|(account, is_enabled)| {
            Act::PutAccount { account, is_enabled }
        }),
        2 => (0..2_u8, 0..3_u8).prop_map(|(account, name)| Act::AddService { account, name }),
        1 => (0..4_u8, 0..2_u8).prop_map(|(service, of)| Act::RemoveService { service, of }),
        4 => (0..4_u8, 0..4_u8, 0..3_u8).prop_map(|(service, login, number)| {
            Act::AddUser { service, login, number }
        }),
        1 => (0..6_u8).prop_map(Act::RemoveUser),
        1 => (0..6_u8).prop_map(Act::Unlock),
        8 => (0..6_u8, method, prop::bool::weighted(0.9)).prop_map(
            |(person, method, has_gateway)| Act::Start { person, method, has_gateway }
        ),
        4 => (0..6_u8).prop_map(Act::EnterRight),
        5 => (0..6_u8).prop_map(Act::EnterWrong),
        1 => (0..6_u8).prop_map(Act::EnterForAnother),
        2 => (0..6_u8).prop_map(Act::Hammer),
        2 => Just(Act::Claim),
        2 => (0..4_u8).prop_map(Act::Accept),
        2 => (0..4_u8, refusal).prop_map(|(message, refusal)| Act::Refuse { message, refusal }),
        2 => Just(Act::Sweep),
        1 => Just(Act::Forget),
        30 => client_act().prop_map(Act::Client),
        15 => device_act().prop_map(Act::Device),
        20 => widget_act().prop_map(Act::Widget),
        3 => Just(Act::AdvanceMs(30_000)),
        2 => (0..minute).prop_map(Act::AdvanceMs),
        2 => (0..20 * minute).prop_map(Act::AdvanceMs),
        1 => (0..100 * 24 * 60 * minute).prop_map(Act::AdvanceMs),
    ]
}

/// A story begins with a few people; two of them share a number.
fn story() -> impl Strategy<Value = Vec<Act>> {
    let add = |service, login, number| Act::AddUser { service, login, number };
    let begin = vec![
        Act::PutAccount { account: 1, is_enabled: true },
        Act::AddService { account: 1, name: 0 },
        Act::AddService { account: 1, name: 1 },
        add(0, 0, 0),
        add(0, 1, 1),
        add(1, 0, 0),
    ];
    prop::collection::vec(act(), 20..200).prop_map(move |rest| [begin.clone(), rest].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn one_story_has_one_outcome(story in story()) {
        let mut tellers = [engines::memory as Open, engines::sqlite].map(Teller::new);
        for (n, act) in story.iter().enumerate() {
            let [one, other] = tellers.each_mut().map(|teller| teller.act(act));
            prop_assert_eq!(one, other, "act {}: {:?}", n, act);
        }
        let [one, other] = tellers.each_ref().map(Teller::all);
        assert_all_the_same(&one, &other);
    }
}

/// Stories that are told to PostgreSQL, where each takes a second or so.
/// `RINGPROOF_STORIES` makes more of them.
const STORIES: u32 = 6;

#[test]
fn one_story_has_one_outcome_in_postgresql_too() {
    let asked = crate::child::environment("RINGPROOF_STORIES");
    let stories = asked.map_or(STORIES, |text| text.parse().expect("it is a number"));
    let mut runner =
        TestRunner::new(ProptestConfig { cases: stories, ..ProptestConfig::default() });
    let mut operations = 0;
    for _ in 0..stories {
        let story = story().new_tree(&mut runner).expect("it is never refused").current();
        operations += story.len();
        let mut tellers = [engines::sqlite as Open, engines::postgres].map(Teller::new);
        for (n, act) in story.iter().enumerate() {
            let [one, other] = tellers.each_mut().map(|teller| teller.act(act));
            assert_eq!(one, other, "act {n}: {act:?} of {story:?}");
        }
        let [one, other] = tellers.each_ref().map(Teller::all);
        assert_all_the_same(&one, &other);
    }
    println!("{stories} stories, {operations} operations");
}

/// Equal answers prove little if they are always the same few.
#[test]
fn the_stories_reach_every_kind_of_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut told = String::new();
    for _ in 0..250 {
        let story = story().new_tree(&mut runner).expect("it is never refused").current();
        let mut teller = Teller::new(engines::memory);
        for act in &story {
            told.push_str(&teller.act(act));
        }
    }
    for outcome in [
        "NameTaken",
        "LoginTaken",
        "NotEmpty",
        "Deleted",
        "is_resend: false",
        "is_resend: true",
        "message: None",
        "Refused(Locked(Blocked",
        "Refused(Throttled",
        "Refused(NoOpenGateway",
        "Refused(UserNotFound",
        "Approved",
        "attempts_left: 4",
        "attempts_left: 0",
        "Ok(Expired {",
        "Ok(Throttled {",
        "VerificationNotFound",
        "Retry(",
        "Ended(",
        "NotOurs",
        "state: Expired",
        "state: Cancelled",
        "state: Failed",
        "[Ok(true)",
        "Ok(Trusted)",
        "NumberBlocked",
        "number Ok(Approved)",
        "number Ok(WrongCode",
        "number Ok(Expired)",
        "number Ok(Throttled)",
        "number Ok(NotFound)",
        "Sent(OutgoingMessage",
        "Over",
        "Later(",
        "Taken { id",
        "NotEnoughCredit",
        "NoPrice",
        "Ok(Cancelled)",
        "Credited(",
        "OutOfRange(",
        "AccountNotFound",
        "Raised(",
        "Ok(Stale)",
        "Ok(Unknown)",
        "call Ok(Done)",
        "call Ok(Retry",
        "call Ok(GivenUp)",
        "call Ok(NotOurs)",
        "nonce Ok(true)",
        "nonce Ok(false)",
        "devices_active: 2",
        "authenticators: [Authenticator",
        "devices: [Device",
        "entries: [Entry",
        "prompts: Some(Prompts",
        "recovery: Some(RecoverySet",
        "held Ok(Claimed { messages: [Outgoing",
        "page Ok(Opened)",
        "page Ok(NonceUsed)",
        "page Ok(Over)",
        "kind: WorkMissing",
        "kind: Locked",
        "kind: RoundOver",
        "kind: Resent",
        "status: Verified",
        "status: Cancelled",
        "left Ok(None)",
        "answer Ok(Confirmed(",
        "answer Ok(Again(",
        "answer Ok(NotFound)",
    ] {
        assert!(told.contains(outcome), "no story came to {outcome}");
    }
}
