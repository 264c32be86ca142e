//! Many at once at one number, one balance, one report.

use verify::engine::check::NumberCheckOutcome;
use verify::engine::confirm::ConfirmOutcome;
use verify::engine::outbox::Attempt;
use verify::engine::repeat::RepeatOutcome;
use verify::engine::sms::{SmsOutcome, SmsRefusal};
use verify::engine::{Change, Due, Keys};
use verify::ids::VerificationId;
use verify::record::{Balance, ReceiptState};

use crate::asking::{at_once, put, seen, wait};
use crate::callers::Text;
use crate::engines::{Open, Opened};
use crate::sample::{self, account_id, at};
use crate::world::{LEASE, WRONG, World};

const NUMBER: &str = "+37255500199";

/// A store with a confirmation; its id and its code.
fn confirmed(open: Open) -> (Opened, World, VerificationId, String) {
    let kept = open();
    let world = World::over(&kept.store);
    let started = wait(world.confirm(account_id(1), NUMBER, None, at(0), 77));
    let Ok(ConfirmOutcome::Started { verification, message: Some(message), .. }) = started else {
        panic!("{started:?}")
    };
    let code = world.code_in(&message);
    (kept, world, verification, code)
}

fn keys(id: VerificationId) -> Keys {
    Keys { confirmation: Some((account_id(1), id)), ..Keys::default() }
}

pub(super) fn a_thousand_starts_of_one_number_make_one_verification(open: Open) {
    let kept = open();
    let world = World::over(&kept.store);
    // Half of them at once, half when the cooldown is over.
    let outcomes = at_once(1_000, |n| {
        let world = world.clone();
        let now = at(if n % 2 == 0 { 0 } else { 31_000 });
        async move { world.confirm(account_id(1), NUMBER, None, now, n as u64).await }
    });
    let (mut ids, mut messages) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        let Ok(ConfirmOutcome::Started { verification, message, .. }) = outcome else {
            panic!("{outcome:?}")
        };
        ids.push(verification);
        messages.extend(message.map(|message| *message));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one id for all");
    assert!((1..=2).contains(&messages.len()), "{} messages", messages.len());
    let due = Some(Due { now: at(120_000), limit: 10 });
    let mut waiting: Vec<_> = seen(&kept.store, &Keys { due, ..Keys::default() })
        .due
        .into_iter()
        .map(|due| due.message)
        .collect();
    waiting.sort_by_key(|m| m.id);
    messages.sort_by_key(|m| m.id);
    assert_eq!(messages, waiting);
    let kept_one = seen(&kept.store, &keys(ids[0])).verification.expect("it lives");
    assert_eq!(kept_one.sends as usize, messages.len());
    let codes: Vec<_> = messages.iter().map(|m| world.code_in(m)).collect();
    assert!(codes.iter().all(|code| *code == codes[0]), "one code");
}

fn enter(
    world: &World,
    id: VerificationId,
    code: &str,
    wanted: &NumberCheckOutcome,
) -> (usize, Vec<NumberCheckOutcome>) {
    let outcomes = at_once(1_000, |_| {
        let (world, code) = (world.clone(), code.to_owned());
        async move { world.enter_number(account_id(1), id, &code, at(1_000)).await.expect("done") }
    });
    let count = outcomes.iter().filter(|o| *o == wanted).count();
    (count, outcomes)
}

pub(super) fn a_thousand_wrong_codes_for_a_number_make_five_comparisons(open: Open) {
    let (kept, world, id, code) = confirmed(open);
    let (throttled, outcomes) = enter(&world, id, WRONG, &NumberCheckOutcome::Throttled);
    let mut left: Vec<u32> = outcomes
        .iter()
        .filter_map(|o| match o {
            NumberCheckOutcome::WrongCode { attempts_left } => Some(*attempts_left),
            _ => None,
        })
        .collect();
    left.sort_unstable();
    assert_eq!((left, throttled), (vec![0, 1, 2, 3, 4], 995));
    let found = seen(&kept.store, &keys(id));
    assert_eq!(found.guard.consecutive_failures, 5);
    assert!(found.verification.is_some_and(|v| v.is_exhausted && v.code.is_none()));
    let right = wait(world.enter_number(account_id(1), id, &code, at(2_000)));
    assert_eq!(right, Ok(NumberCheckOutcome::Throttled));
}

pub(super) fn a_thousand_right_codes_for_a_number_make_one_approval(open: Open) {
    let (kept, world, id, code) = confirmed(open);
    let (approved, outcomes) = enter(&world, id, &code, &NumberCheckOutcome::Approved);
    assert_eq!(approved, 1);
    let expired = outcomes.iter().filter(|o| **o == NumberCheckOutcome::Expired).count();
    assert_eq!(expired, 999);
    assert_eq!(seen(&kept.store, &keys(id)).verification, None);
}

pub(super) fn a_thousand_tries_of_one_repeat_send_it_once(open: Open) {
    let (kept, world, id, code) = confirmed(open);
    let message = seen(&kept.store, &keys(id)).messages.remove(0);
    wait(world.accept(&[Attempt::of(&message)], LEASE, at(1_000))).expect("done");
    assert_eq!(wait(kept.store.repeats(at(30_000))), Ok(vec![(account_id(1), id)]));
    let outcomes = at_once(1_000, |n| {
        let world = world.clone();
        async move { world.repeat(account_id(1), id, at(30_000), n as u64).await.expect("done") }
    });
    let sent: Vec<_> = outcomes
        .iter()
        .filter_map(|o| match o {
            RepeatOutcome::Sent(message) => Some(world.code_in(message)),
            RepeatOutcome::NotDue => None,
            RepeatOutcome::Later(_) | RepeatOutcome::Over => panic!("{o:?}"),
        })
        .collect();
    assert_eq!(sent, [code]);
    assert_eq!(wait(kept.store.repeats(at(30_000))), Ok(vec![]));
}

pub(super) fn a_thousand_messages_with_credit_for_a_hundred_take_a_hundred(open: Open) {
    let kept = open();
    let world = World::without_send_limits(&kept.store);
    put(&kept.store, vec![Change::PutAccount(Box::new(sample::account(1)))]);
    wait(world.credit("account-1", account_id(1), 100 * 6_000 + 5_999)).expect("done");
    let outcomes = at_once(1_000, |n| {
        let world = world.clone();
        async move {
            let number = format!("+37255{n:06}");
            let price = Some(6_000);
            let send_at = (n % 3 == 0).then(|| at(60_000));
            let text = Text { account: account_id(1), number: &number, price, send_at };
            world.send(text, at(0), n as u64).await.expect("done")
        }
    });
    let (mut taken, mut refused) = (Vec::new(), 0);
    for outcome in outcomes {
        match outcome {
            SmsOutcome::Taken { id: _, message } => taken.push(message),
            SmsOutcome::Refused(SmsRefusal::NotEnoughCredit) => refused += 1,
            SmsOutcome::Refused(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((taken.len(), refused), (100, 900));
    let balance = || {
        let keys = Keys { balance: Some(account_id(1)), ..Keys::default() };
        seen(&kept.store, &keys).balances[0].1
    };
    let all = 100 * 6_000;
    assert_eq!(balance(), Balance { amount: all + 5_999, reserved: all });

    // Acceptance, receipt and a second acceptance race: each is charged once.
    let released = wait(world.release_due(LEASE, at(60_000))).expect("done").0;
    let queued: Vec<_> = taken.into_iter().flatten().map(|m| Attempt::of(&m)).collect();
    let released = released.iter().map(Attempt::of);
    let attempts: Vec<_> = queued.into_iter().chain(released).collect();
    assert_eq!(attempts.len(), 100);
    at_once(300, |n| {
        let (world, attempt) = (world.clone(), attempts[n % 100]);
        async move {
            if n % 3 == 0 {
                let id = attempt.message;
                drop(world.receive(id, ReceiptState::Delivered, at(61_000)).await.expect("done"));
            } else {
                world.accept(&[attempt], LEASE, at(61_000)).await.expect("done");
            }
        }
    });
    assert_eq!(balance(), Balance { amount: 5_999, reserved: 0 });
}

pub(super) fn a_report_is_claimed_by_one_of_many(open: Open) {
    let kept = open();
    let world = World::over(&kept.store);
    put(
        &kept.store,
        (1..=9).map(|n| Change::QueueReport(Box::new(sample::report(n, n)))).collect(),
    );
    let claimed = at_once(100, |n| {
        let world = world.clone();
        async move { world.claim_reports(n as u64 + 1, at(10_000)).await.expect("done").len() }
    });
    assert_eq!(claimed.iter().sum::<usize>(), 9);
}
