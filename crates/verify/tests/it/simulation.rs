//! Months of attack through the real rules (S-8): the attacker knows every
//! rule and every answer, the person logs in at random.

use ringproof_verify::code::CodeLength;
use ringproof_verify::engine::admit::SendRefusal;
use ringproof_verify::engine::begin::BeginRefusal;
use ringproof_verify::engine::check::{CheckOutcome, NumberCheckOutcome};
use ringproof_verify::engine::confirm::{ConfirmOutcome, ConfirmRefusal, ConfirmRequest};
use ringproof_verify::engine::start::{StartOutcome, StartRefusal};
use ringproof_verify::guard::Lock;
use ringproof_verify::record::{Method, NumberProfile};
use ringproof_verify::{SignedDuration, Timestamp};

use crate::confirming::{MINE, NUMBER};
use crate::world::{Person, WRONG, World};

const DAY: i64 = 86_400;

/// How the attacker's turn ended.
#[derive(PartialEq)]
enum Turn {
    /// Its time or its guesses were over.
    Over,
    /// Nothing but an unlock gives another guess.
    Locked,
}

/// Guesses as fast as the rules let it until `end`, and so often at most: who
/// stays below a block lets the person in, and each login clears the way.
fn attack(
    world: &mut World,
    person: Person,
    end: Timestamp,
    guesses_max: usize,
    guesses: &mut Vec<Timestamp>,
) -> Turn {
    let stop_at = guesses.len().saturating_add(guesses_max);
    while world.now < end && guesses.len() < stop_at {
        let until = match world.wrong(person) {
            CheckOutcome::WrongCode { .. } => {
                guesses.push(world.now);
                continue;
            }
            CheckOutcome::Throttled { until: None, .. } => return Turn::Locked,
            CheckOutcome::Throttled { until: Some(until), .. } if until > world.now => until,
            _ => match world.try_start(person, Method::Sms) {
                StartOutcome::Started(_) => continue,
                StartOutcome::Refused(StartRefusal::Throttled { until, .. }) => until,
                StartOutcome::Refused(StartRefusal::Locked(lock)) => match lock.until() {
                    Some(until) => until,
                    None => return Turn::Locked,
                },
                StartOutcome::Refused(other) => panic!("{other:?}"),
            },
        };
        assert!(until > world.now, "a refusal says a time to come");
        world.now = until.min(end);
    }
    Turn::Over
}

/// The person tries to log in; whether it worked.
fn log_in(world: &mut World, person: Person) -> bool {
    match world.try_start(person, Method::Sms) {
        StartOutcome::Started(_) => matches!(world.right(person), CheckOutcome::Approved { .. }),
        StartOutcome::Refused(_) => false,
    }
}

/// The most guesses within any 30 days.
fn most_in_30_days(guesses: &[Timestamp]) -> usize {
    let window = SignedDuration::from_secs(30 * DAY);
    let within = |first: usize| {
        let since = |t: &Timestamp| t.duration_since(guesses[first]);
        guesses[first..].iter().take_while(|t| since(t) < window).count()
    };
    (0..guesses.len()).map(within).max().unwrap_or(0)
}

#[test]
fn no_thirty_days_grant_more_than_one_in_ten_thousand_although_the_person_logs_in() {
    let (mut pressed, mut logins) = (0, 0);
    for seed in 0..200 {
        let (mut world, jane) = World::seeded(seed);
        let time_of_day = below(&mut world, DAY);
        world.go_to(time_of_day);
        let end = world.now + SignedDuration::from_secs(75 * DAY);
        let (mut guesses, mut is_locked) = (Vec::new(), false);
        while world.now < end && !is_locked {
            let pause = SignedDuration::from_secs(1 + below(&mut world, 2 * DAY));
            let next_login = world.now + pause;
            let patience = [4, 4, 9, usize::MAX][usize::try_from(below(&mut world, 4)).unwrap()];
            let turn = attack(&mut world, jane, next_login, patience, &mut guesses);
            is_locked = turn == Turn::Locked;
            world.now = world.now.max(next_login);
            logins += u32::from(log_in(&mut world, jane));
        }
        let most = most_in_30_days(&guesses);
        // A guess is one of 900,000 codes (design "Settled" 6).
        assert!(most <= 90, "seed {seed}: {most} guesses within 30 days");
        pressed += u32::from(most >= 85);
    }
    assert!(pressed >= 100, "only {pressed} attackers came near the budget");
    assert!(logins >= 1_000, "only {logins} logins got through");
}

#[test]
fn without_a_login_the_guesses_are_those_of_the_table() {
    for (days, expected) in [(0, 15), (1, 25), (7, 55), (400, 89)] {
        let (mut world, jane) = World::with_person();
        let end = world.now + SignedDuration::from_secs(if days == 0 { 3_600 } else { days * DAY });
        let mut guesses = Vec::new();
        attack(&mut world, jane, end, usize::MAX, &mut guesses);
        assert_eq!(guesses.len(), expected, "{days} days");
    }
}

/// The budget is worth what it says: random guesses are accepted as often as
/// they are charged for. Four digits, so that there is something to count.
#[test]
fn a_random_guess_succeeds_as_often_as_it_is_charged() {
    let (mut world, jane) = World::with_person();
    world.policy.codes.length = CodeLength::new(4).unwrap();
    world.policy.codes.attempts_max = 10;
    world.policy.guard.budget_milliunits = u32::MAX;
    world.policy.guard.failures_per_block = u32::MAX;
    let off = u32::MAX;
    world.policy.sends.number_service_per_30s = off;
    world.policy.sends.number_service_per_10min = off;
    world.policy.sends.number_service_per_hour = off;
    world.policy.sends.number_service_per_day = off;
    world.policy.sends.number_per_day = off;
    world.policy.sends.account_sms_per_second = off;
    world.policy.sends.account_sms_per_day = off;

    let rounds = 200_000_u32;
    let (mut hits, mut guesses) = (0_u32, 0);
    while guesses < rounds {
        let typed = (1_000 + below(&mut world, 9_000)).to_string();
        match world.check(jane, &typed) {
            CheckOutcome::Approved { .. } => (hits, guesses) = (hits + 1, guesses + 1),
            CheckOutcome::WrongCode { .. } => guesses += 1,
            _ => {
                // The record of one code is all that the next one needs.
                world.sent.clear();
                world.unlock(jane);
                world.advance(1);
                world.start(jane);
            }
        }
    }
    let charged = world.policy.codes.length.guess_cost_milliunits();
    let expected = f64::from(rounds) * f64::from(charged) / 1e9;
    // 99.9 % of all runs lie within 3.29 standard deviations.
    let spread = 3.29 * expected.sqrt();
    assert!((f64::from(hits) - expected).abs() < spread, "{hits} hits, {expected} expected");
}

#[test]
fn a_locked_person_is_locked_for_the_attacker_and_everybody_else_until_the_unlock() {
    let (mut world, jane) = World::with_person();
    let end = world.now + SignedDuration::from_secs(400 * DAY);
    assert!(attack(&mut world, jane, end, usize::MAX, &mut Vec::new()) == Turn::Locked);
    assert!(!log_in(&mut world, jane));
    assert_eq!(world.refused_start(jane), StartRefusal::Locked(Lock::HardLocked));
    world.unlock(jane);
    world.advance(DAY);
    assert!(log_in(&mut world, jane));
}

/// Guesses at a bare number as fast as the rules let it, as [`attack`] does.
fn attack_number(
    world: &mut World,
    request: &ConfirmRequest,
    end: Timestamp,
    guesses_max: usize,
    guesses: &mut Vec<Timestamp>,
) -> Turn {
    let stop_at = guesses.len().saturating_add(guesses_max);
    let mut known = None;
    while world.now < end && guesses.len() < stop_at {
        if let Some(id) = known
            && let NumberCheckOutcome::WrongCode { .. } = world.enter_number(id, WRONG)
        {
            guesses.push(world.now);
            continue;
        }
        let until = match world.try_confirm(request) {
            ConfirmOutcome::Started { verification, .. } => {
                assert_ne!(known, Some(verification), "it lives, so it was compared");
                known = Some(verification);
                continue;
            }
            ConfirmOutcome::Refused(ConfirmRefusal::Begin(BeginRefusal::Locked(lock))) => {
                match lock.until() {
                    Some(until) => until,
                    None => return Turn::Locked,
                }
            }
            ConfirmOutcome::Refused(ConfirmRefusal::Begin(BeginRefusal::Send(
                SendRefusal::Throttled { until, .. },
            ))) => until,
            other => panic!("{other:?}"),
        };
        assert!(until > world.now, "a refusal says a time to come");
        world.now = until.min(end);
    }
    Turn::Over
}

/// The person confirms the number; whether it worked.
fn confirm_number(world: &mut World, request: &ConfirmRequest) -> bool {
    let ConfirmOutcome::Started { verification, message, .. } = world.try_confirm(request) else {
        return false;
    };
    let Some(message) = message else { return false };
    let code = world.code_in(&message);
    world.enter_number(verification, &code) == NumberCheckOutcome::Approved
}

/// D-9 per (account, number), under every profile: 100 u of six digits, 3,000 u
/// where short codes occur, although the person confirms at random.
#[test]
fn no_thirty_days_grant_more_at_a_number_than_its_budget() {
    for (profile, digits, budget, near) in [
        (NumberProfile::Standard, 6, 100_000_u64, 85),
        (NumberProfile::LegacyShort, 4, 3_000_000, 24),
        (NumberProfile::ShortWhenAsked, 5, 3_000_000, 200),
    ] {
        let length = CodeLength::new(digits).unwrap();
        let allowed = budget / u64::from(length.guess_cost_milliunits());
        let mut pressed = 0;
        for seed in 0..60 {
            let (mut world, _) = World::seeded(seed);
            world.profile = profile;
            let request = ConfirmRequest { length, ..world.asks(MINE, NUMBER) };
            let time_of_day = below(&mut world, DAY);
            world.go_to(time_of_day);
            let end = world.now + SignedDuration::from_secs(75 * DAY);
            let (mut guesses, mut is_locked) = (Vec::new(), false);
            while world.now < end && !is_locked {
                let pause = SignedDuration::from_secs(1 + below(&mut world, 2 * DAY));
                let next = world.now + pause;
                let patience =
                    [2, 4, 9, usize::MAX][usize::try_from(below(&mut world, 4)).unwrap()];
                let turn = attack_number(&mut world, &request, next, patience, &mut guesses);
                is_locked = turn == Turn::Locked;
                world.now = world.now.max(next);
                confirm_number(&mut world, &request);
            }
            let most = most_in_30_days(&guesses);
            assert!(most as u64 <= allowed, "{profile:?}, seed {seed}: {most} of {allowed}");
            pressed += u32::from(most >= near);
        }
        assert!(pressed >= 5, "{profile:?}: only {pressed} attackers came near {near}");
    }
}

/// A number below `limit`, by the chance of the world.
fn below(world: &mut World, limit: i64) -> i64 {
    let limit = u64::try_from(limit).expect("it is positive");
    i64::try_from(world.entropy.next_u64() % limit).expect("it is below the limit")
}
