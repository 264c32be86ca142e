//! Money (`sms-api.md` 3, 6): reserved when asked for, charged when a gateway
//! has the message, released when none ever had it. Exactly, and once.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use ringproof_verify::SignedDuration;
use ringproof_verify::engine::billing::{CreditOutcome, is_price, price_of, replace_prices};
use ringproof_verify::engine::outbox::Refusal;
use ringproof_verify::engine::sms::{CancelOutcome, SmsOutcome, SmsRefusal, SmsRequest};
use ringproof_verify::ids::{AccountId, SmsId};
use ringproof_verify::phone::Country;
use ringproof_verify::record::{Balance, OutgoingMessage, Price, ReceiptState, SmsState};

use crate::confirming::{MINE, NUMBER};
use crate::world::{LEASE, World};

/// A world with an account that has so much.
fn with_credit(amount: i64) -> World {
    let (mut world, _) = World::with_person();
    world.without_send_limits();
    world.add_account(MINE);
    world.credit(MINE, amount);
    world
}

fn balance(amount: i64, reserved: i64) -> Balance {
    Balance { amount, reserved }
}

fn balance_of(world: &World, account: AccountId) -> Balance {
    world.balance(account).expect("it pays")
}

#[test]
fn an_account_without_a_balance_does_not_pay() {
    let (mut world, _) = World::with_person();
    let request = SmsRequest { price: None, ..world.text_to(MINE, NUMBER) };
    let (id, message) = world.send(&request);
    assert_eq!((world.sms(id).price, world.balance(MINE)), (0, None));
    world.accept(LEASE, &[message.unwrap().id]);
    assert_eq!(world.balance(MINE), None);
    // It pays from its first credit on, but not for what it sent before.
    world.add_account(MINE);
    world.advance(60);
    let (before, message) = world.send(&request);
    assert_eq!(world.credit(MINE, 0), CreditOutcome::Credited(Balance::default()));
    world.accept(LEASE, &[message.unwrap().id]);
    assert_eq!(world.sms(before).state, SmsState::Sent);
    assert_eq!(balance_of(&world, MINE), balance(0, 0));
    world.advance(60);
    assert_eq!(world.refused_send(&request), SmsRefusal::NoPrice);
    let priced = SmsRequest { price: Some(1), ..request.clone() };
    assert_eq!(world.refused_send(&priced), SmsRefusal::NotEnoughCredit);
    let free = SmsRequest { price: Some(0), ..request };
    world.send(&free);
}

#[test]
fn a_message_costs_its_segments_and_the_last_cent_can_be_spent() {
    let mut world = with_credit(36_000);
    let request = world.text_to(MINE, NUMBER);
    for n in 1..=3 {
        let (id, _) = world.send(&request);
        assert_eq!(world.sms(id).price, 12_000, "two segments");
        assert_eq!(balance_of(&world, MINE), balance(36_000, n * 12_000));
    }
    let least = SmsRequest { price: Some(1), parts: 1, ..request.clone() };
    assert_eq!(world.refused_send(&least), SmsRefusal::NotEnoughCredit);
    let messages: Vec<_> = world.records.messages.values().cloned().collect();
    world.accept(LEASE, &[messages[0].id]);
    assert_eq!(balance_of(&world, MINE), balance(24_000, 24_000));
    world.refuse(LEASE, &messages[1], Refusal::Content);
    assert_eq!(balance_of(&world, MINE), balance(24_000, 12_000));
    world.refuse(LEASE, &messages[2], Refusal::Temporary);
    assert_eq!(balance_of(&world, MINE), balance(24_000, 12_000), "it still may be sent");
    world.send(&request);
    assert_eq!(balance_of(&world, MINE), balance(24_000, 24_000), "what came back is spent again");
}

#[test]
fn several_messages_of_several_accounts_are_settled_in_one_step() {
    let mut world = with_credit(100_000);
    let other = AccountId::from_i64(2);
    world.add_account(other);
    world.credit(other, 50_000);
    let mut ids = Vec::new();
    for (account, n) in [(MINE, 2), (other, 1), (MINE, 1)] {
        for _ in 0..n {
            let request = world.text_to(account, NUMBER);
            ids.push(world.send(&request).1.unwrap().id);
        }
    }
    world.accept(LEASE, &ids);
    assert_eq!(balance_of(&world, MINE), balance(64_000, 0));
    assert_eq!(balance_of(&world, other), balance(38_000, 0));
}

#[test]
fn a_doubt_is_charged_when_it_ends_and_only_then() {
    let mut world = with_credit(12_000);
    let request = world.text_to(MINE, NUMBER);
    let (id, message) = world.send(&request);
    world.refuse(LEASE, &message.unwrap(), Refusal::InDoubt);
    assert_eq!(balance_of(&world, MINE), balance(12_000, 12_000));
    world.advance(30);
    let again = world.claim(8).messages.remove(0);
    world.refuse(8, &again, Refusal::Content);
    assert_eq!(world.sms(id).state, SmsState::InDoubt);
    assert_eq!(balance_of(&world, MINE), balance(0, 0), "the money may be gone");
}

#[test]
fn a_credit_takes_no_more_than_there_is_and_never_what_waits() {
    let mut world = with_credit(20_000);
    let stranger = AccountId::from_i64(9);
    assert_eq!(world.credit(stranger, 5), CreditOutcome::AccountNotFound);
    let request = world.text_to(MINE, NUMBER);
    world.send(&request);
    let kept = Balance { amount: 20_000, reserved: 12_000 };
    for amount in [-8_001, -20_000, i64::MIN, i64::MAX, i64::MAX - 19_999] {
        assert_eq!(world.credit(MINE, amount), CreditOutcome::OutOfRange(kept), "{amount}");
        assert_eq!(world.balance(MINE), Some(kept));
    }
    let least = Balance { amount: 12_000, ..kept };
    assert_eq!(world.credit(MINE, -8_000), CreditOutcome::Credited(least));
    let most = Balance { amount: i64::MAX, ..kept };
    assert_eq!(world.credit(MINE, i64::MAX - 12_000), CreditOutcome::Credited(most));
}

#[test]
fn a_price_is_of_a_country_and_from_nothing_to_ten_thousand_euro() {
    assert!(is_price(0) && is_price(1_000_000_000));
    assert!(!is_price(-1) && !is_price(1_000_000_001));
    let mut world = with_credit(0);
    let line = Price {
        country_name: "Country".to_owned(),
        country: Country::parse("EE").unwrap(),
        mccmnc: String::new(),
        network: "Eesti".to_owned(),
        price: 6_000,
    };
    for table in [vec![line.clone()], vec![Price { price: 7, ..line.clone() }], vec![]] {
        world.records.apply(replace_prices(&table).changes);
        assert_eq!(world.records.prices, table);
        let price = price_of(&world.records.prices, line.country);
        assert_eq!(price, table.first().map(|line| line.price));
    }
    // The highest price of the longest message of many parts can be counted.
    let dear = SmsRequest { price: Some(i64::MAX), parts: u32::MAX, ..world.text_to(MINE, NUMBER) };
    assert_eq!(world.refused_send(&dear), SmsRefusal::NotEnoughCredit);
}

#[derive(Debug, Clone)]
enum Step {
    Credit(u8, i64),
    Send { account: u8, price: Option<i64>, parts: u32, in_seconds: i64 },
    Cancel(usize),
    Release,
    Claim,
    Accept(usize),
    Refuse(usize, Refusal),
    Receive(usize, usize),
    Advance(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let refusal =
        prop_oneof![Just(Refusal::Temporary), Just(Refusal::InDoubt), Just(Refusal::Content)];
    let price = prop_oneof![8 => (0..5_i64).prop_map(Some), 1 => Just(None)];
    let in_seconds = prop_oneof![2 => Just(0), 1 => 1..100_i64];
    prop_oneof![
        2 => (0..3_u8, -20..40_i64).prop_map(|(account, amount)| Step::Credit(account, amount)),
        8 => (0..3_u8, price, 1..4_u32, in_seconds).prop_map(
            |(account, price, parts, in_seconds)| Step::Send { account, price, parts, in_seconds }
        ),
        2 => (0..8_usize).prop_map(Step::Cancel),
        2 => Just(Step::Release),
        3 => Just(Step::Claim),
        3 => (0..8_usize).prop_map(Step::Accept),
        4 => (0..8_usize, refusal).prop_map(|(n, refusal)| Step::Refuse(n, refusal)),
        3 => (0..8_usize, 0..8_usize).prop_map(|(n, state)| Step::Receive(n, state)),
        4 => prop_oneof![0..10_i64, 0..200_i64, Just(7_200)].prop_map(Step::Advance),
    ]
}

/// What somebody with a pencil would write down.
struct Books {
    world: World,
    credited: BTreeMap<AccountId, i64>,
    /// What each message that was taken costs, by the price of its time.
    costs: BTreeMap<SmsId, (AccountId, i64)>,
    order: Vec<SmsId>,
    /// Messages in hand, newest first, with their leases.
    in_hand: Vec<(OutgoingMessage, u64)>,
    /// Messages that were charged, and those that were released.
    charged: Vec<SmsId>,
    released: Vec<SmsId>,
    lease: u64,
    told: Vec<String>,
}

impl Books {
    fn open(seed: u64) -> Self {
        let (mut world, _) = World::seeded(seed);
        world.without_send_limits();
        (0..3).for_each(|n| world.add_account(AccountId::from_i64(n)));
        Self {
            world,
            credited: BTreeMap::new(),
            costs: BTreeMap::new(),
            order: Vec::new(),
            in_hand: Vec::new(),
            charged: Vec::new(),
            released: Vec::new(),
            lease: 100,
            told: Vec::new(),
        }
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Credit(account, amount) => {
                self.credit(AccountId::from_i64(account.into()), amount);
            }
            Step::Send { account, price, parts, in_seconds } => {
                self.send(AccountId::from_i64(account.into()), price, parts, in_seconds);
            }
            Step::Cancel(n) => {
                let Some(&id) = self.order.iter().rev().nth(n) else { return };
                let (account, _) = self.costs[&id];
                let waits = self.world.sms(id).state == SmsState::Scheduled;
                let is_cancelled = self.world.cancel(account, id) == CancelOutcome::Cancelled;
                assert_eq!(is_cancelled, waits);
            }
            Step::Release => {
                let released = self.world.release_due(LEASE);
                self.in_hand.extend(released.into_iter().map(|m| (m, LEASE)));
            }
            Step::Claim => {
                self.lease += 1;
                let claimed = self.world.claim(self.lease).messages;
                self.in_hand.extend(claimed.into_iter().map(|m| (m, self.lease)));
            }
            Step::Accept(n) => {
                let Some((message, lease)) = self.hand(n) else { return };
                self.world.accept(lease, &[message.id]);
            }
            Step::Refuse(n, refusal) => {
                let Some((message, lease)) = self.hand(n) else { return };
                self.world.refuse(lease, &message, refusal);
            }
            Step::Receive(n, state) => {
                let Some((message, _)) = self.hand(n) else { return };
                self.world.receive(message.id, "inbox", ReceiptState::ALL[state], None);
            }
            Step::Advance(seconds) => self.world.advance(seconds),
        }
    }

    fn hand(&self, n: usize) -> Option<(OutgoingMessage, u64)> {
        self.in_hand.iter().rev().nth(n).cloned()
    }

    fn credit(&mut self, account: AccountId, amount: i64) {
        let outcome = self.world.credit(account, amount);
        if let CreditOutcome::Credited(_) = outcome {
            *self.credited.entry(account).or_default() += amount;
        }
        self.told.push(format!("{outcome:?}"));
    }

    fn send(&mut self, account: AccountId, price: Option<i64>, parts: u32, in_seconds: i64) {
        let later = self.world.now + SignedDuration::from_secs(in_seconds);
        let send_at = (in_seconds > 0).then_some(later);
        let request = SmsRequest { price, parts, send_at, ..self.world.text_to(account, NUMBER) };
        let balance = self.world.balance(account);
        let cost = balance.and(price).map_or(0, |price| price * i64::from(parts));
        let expected = match (balance, price) {
            (Some(_), None) => Some(SmsRefusal::NoPrice),
            (Some(b), Some(_)) if cost > b.amount - b.reserved => Some(SmsRefusal::NotEnoughCredit),
            (Some(_) | None, _) => None,
        };
        match self.world.try_send(&request) {
            SmsOutcome::Taken { id, message } => {
                assert_eq!(expected, None);
                self.costs.insert(id, (account, cost));
                self.order.push(id);
                self.in_hand.extend(message.map(|message| (*message, LEASE)));
            }
            SmsOutcome::Refused(refusal) => {
                self.told.push(format!("{refusal:?}"));
                assert_eq!(Some(refusal), expected);
            }
        }
    }

    /// The books and the balances say the same, to the last cent.
    fn assert_balanced(&mut self) {
        let (mut spent, mut waiting) = (BTreeMap::new(), BTreeMap::new());
        for (id, (account, cost)) in &self.costs {
            let state = self.world.sms(*id).state;
            let waits = matches!(state, SmsState::Scheduled | SmsState::Queued);
            let sums = if state.was_handed_over() { &mut spent } else { &mut waiting };
            if waits || state.was_handed_over() {
                *sums.entry(*account).or_insert(0) += cost;
            }
            let was_settled = self.charged.contains(id) || self.released.contains(id);
            let known =
                if state.was_handed_over() { &mut self.charged } else { &mut self.released };
            if was_settled {
                assert!(!waits && known.contains(id), "{id}: settled once and for all, {state:?}");
            } else if !waits {
                known.push(*id);
            }
        }
        for account in (0..3).map(AccountId::from_i64) {
            let of = |sums: &BTreeMap<_, i64>| sums.get(&account).copied().unwrap_or(0);
            let expected = self
                .credited
                .get(&account)
                .map(|credited| Balance { amount: credited - of(&spent), reserved: of(&waiting) });
            assert_eq!(self.world.balance(account), expected);
            let is_sound = |b: Balance| b.amount >= b.reserved && b.reserved >= 0;
            assert!(expected.is_none_or(is_sound), "{expected:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_order_of_calls_loses_or_makes_money(
        seed in any::<u64>(),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut books = Books::open(seed);
        for step in &steps {
            books.play(step);
            books.assert_balanced();
        }
    }
}

#[test]
fn the_random_stories_reach_every_end_and_refusal() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut told: Vec<String> = Vec::new();
    for seed in 0..60 {
        let steps = prop::collection::vec(step(), 120).new_tree(&mut runner).unwrap().current();
        let mut books = Books::open(seed);
        for step in &steps {
            books.play(step);
        }
        let states = books.costs.iter().filter(|(_, (_, cost))| *cost > 0);
        for (id, _) in states {
            told.push(format!(" {:?}", books.world.sms(*id).state));
        }
        told.extend(books.told);
    }
    for word in [
        " Scheduled",
        " Queued",
        " Sent",
        " Reported(Delivered)",
        " Cancelled",
        " Lapsed",
        " NotTaken",
        " InDoubt",
        "NoPrice",
        "NotEnoughCredit",
        "OutOfRange",
        "Credited",
    ] {
        assert!(told.iter().any(|told| told.contains(word)), "no story came to {word}");
    }
}
