//! Confirming a bare number (`number-verification-api.md` 3 and 4; S-2 … S-7).

use ringproof_verify::SignedDuration;
use ringproof_verify::code::CodeLength;
use ringproof_verify::engine::admit::SendRefusal;
use ringproof_verify::engine::begin::BeginRefusal;
use ringproof_verify::engine::check::NumberCheckOutcome::{
    Approved, Expired, NotFound, Throttled, WrongCode,
};
use ringproof_verify::engine::check::NumberCheckRequest;
use ringproof_verify::engine::confirm::{
    ConfirmRefusal, ConfirmRequest, code_length, code_lifetime, guard_policy,
};
use ringproof_verify::engine::sweep::{self, Stale, StaleBefore};
use ringproof_verify::guard::Lock;
use ringproof_verify::ids::{AccountId, VerificationId};
use ringproof_verify::message::{SenderId, Template};
use ringproof_verify::policy::CodePolicy;
use ringproof_verify::record::{NumberProfile, Purpose};
use ringproof_verify::send_limits::Throttle;

use crate::confirming::{MINE, NUMBER, enters};
use crate::world::{LEASE, WRONG, World, at};

const PROFILES: [NumberProfile; 3] =
    [NumberProfile::Standard, NumberProfile::ShortWhenAsked, NumberProfile::LegacyShort];

fn digits(n: u8) -> CodeLength {
    CodeLength::new(n).expect("it is a length")
}

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

/// A world with one confirmation; its id and its code.
fn confirmed() -> (World, VerificationId, String) {
    let (mut world, _) = World::with_person();
    let started = world.confirm();
    let code = world.code_in(&started.message.expect("a message is due"));
    (world, started.id, code)
}

#[test]
fn a_start_sends_what_the_caller_asked_for() {
    let (mut world, _) = World::with_person();
    let request = ConfirmRequest {
        length: digits(8),
        lifetime: seconds(120),
        template: Template::of_caller("<PIN> on kood. Kood on <PIN>").unwrap(),
        sender: SenderId::parse("Pood").unwrap(),
        ..world.asks(MINE, NUMBER)
    };
    let started = world.confirm_as(&request);
    let message = started.message.unwrap();
    let subject = world.subject(MINE, NUMBER);
    let (service, user, verification) = (subject.service, subject.user, started.id);
    assert_eq!(message.purpose, Purpose::Code { service, user, verification });
    assert_eq!((message.to.as_e164(), message.sender.as_str()), (NUMBER, "Pood"));
    assert_eq!((message.lease, message.attempts), (LEASE, 1));
    let code = world.code_in(&message);
    assert!(code.len() == 8 && !code.starts_with('0'), "{code}");
    let text = ringproof_verify::engine::outbox::open_text(&world.keys, &message).unwrap();
    assert_eq!(*text, format!("{code} on kood. Kood on {code}"));
    let kept = world.confirmation(started.id);
    assert_eq!((kept.account, kept.user, kept.number_key), (MINE, user, subject.number_key));
    assert_eq!(kept.forget_at, at(120 + 86_400));
    assert_eq!(world.verification_of(NUMBER).unwrap().expires_at, at(120));
    world.go_to(120);
    world.advance_ms(-1);
    assert_eq!(world.enter_number(started.id, &code), Approved, "until just before its end");
}

#[test]
fn no_pin_begins_with_zero() {
    let mut world = World::with_profile(NumberProfile::LegacyShort);
    for n in 0..300 {
        world.advance(60);
        let asks = world.asks(MINE, &format!("+37255{n:06}"));
        let request = ConfirmRequest { length: digits(4), ..asks };
        let message = world.confirm_as(&request).message.unwrap();
        let code = world.code_in(&message);
        assert!(code.len() == 4 && !code.starts_with('0'), "{code}");
    }
}

#[test]
fn a_second_start_is_a_resend_of_the_same_verification() {
    let (mut world, id, code) = confirmed();
    world.enter_number(id, WRONG);
    let before = world.records.clone();
    world.go_to(30);
    world.advance_ms(-1);
    let echo = world.confirm();
    assert!(echo.id == id && echo.message.is_none(), "younger than 30 s");
    assert_eq!(world.records, before, "an answer without a message changes nothing");
    world.advance_ms(1);
    let resent = world.confirm();
    assert_eq!(resent.id, id);
    assert_eq!(world.code_in(&resent.message.unwrap()), code);
    let kept = world.verification_of(NUMBER).unwrap();
    assert_eq!((kept.attempts, kept.sends, kept.expires_at), (1, 2, at(300)));
    assert_eq!(world.records.confirmations.len(), 1);
    assert_eq!(world.enter_number(id, &code), Approved);
}

#[test]
fn over_the_sending_limits_a_start_is_refused() {
    let (mut world, id, code) = confirmed();
    world.enter_number(id, &code);
    let request = world.asks(MINE, NUMBER);
    let refused = world.refused_confirm(&request);
    let throttle = Throttle::NumberService30s;
    let until = at(30);
    let expected = SendRefusal::Throttled { throttle, until };
    assert_eq!(refused, ConfirmRefusal::Begin(BeginRefusal::Send(expected)));
}

#[test]
fn one_confirmation_lives_per_account_and_number() {
    let (mut world, id, code) = confirmed();
    let theirs = AccountId::from_i64(2);
    let other_number = world.confirm_as(&world.asks(MINE, "+37255500198"));
    let other_account = world.confirm_as(&world.asks(theirs, NUMBER));
    assert!(other_number.id != id && other_account.id != id);
    let foreign = world.code_in(other_account.message.as_ref().unwrap());
    let theirs_of = |typed: &str, id| NumberCheckRequest { account: theirs, ..enters(id, typed) };
    let (mine_as_theirs, own) = (theirs_of(&code, id), theirs_of(&foreign, other_account.id));
    assert_eq!(world.enter_number(other_account.id, &foreign), NotFound, "another account's");
    assert_eq!(world.enter_as(&mine_as_theirs), NotFound);
    assert_eq!(world.enter_as(&own), Approved);
    assert_eq!(world.enter_number(other_number.id, &code), WrongCode { attempts_left: 4 });
    assert_eq!(world.enter_number(id, &code), Approved);
    assert_eq!(world.enter_number(VerificationId::from_bytes([9; 16]), &code), NotFound);
}

/// S-2: profile × requested length × lifetime.
#[test]
fn length_and_lifetime_follow_the_profile() {
    let policy = CodePolicy::default();
    for profile in PROFILES {
        let short = profile.allows_short_codes();
        assert_eq!(short, profile != NumberProfile::Standard);
        let unasked = if profile == NumberProfile::LegacyShort { 4 } else { 6 };
        assert_eq!(code_length(profile, None, &policy), digits(unasked), "{profile:?}");
        for asked in 4..=16 {
            let expected = if asked < 6 && !short { 6 } else { asked };
            let length = code_length(profile, Some(digits(asked)), &policy);
            assert_eq!(length, digits(expected), "{profile:?}, {asked}");
        }
        let longest = if short { 1_800 } else { 600 };
        assert_eq!(code_lifetime(profile, None, &policy), seconds(300));
        for asked in [1, 29, 30, 31, 300, 599, 600, 601, 1_799, 1_800, 1_801] {
            let lifetime = code_lifetime(profile, Some(seconds(asked)), &policy);
            assert_eq!(lifetime, seconds(asked.clamp(30, longest)), "{profile:?}, {asked}");
        }
    }
    let longer = CodePolicy { length: digits(8), ..policy };
    assert_eq!(code_length(NumberProfile::Standard, Some(digits(4)), &longer), digits(8));
    assert_eq!(code_length(NumberProfile::Standard, Some(digits(6)), &longer), digits(6));
}

#[test]
fn a_short_code_bears_three_attempts_and_a_long_one_five() {
    for (length, attempts) in [(4, 3), (5, 3), (6, 5), (10, 5), (16, 5)] {
        let mut world = World::with_profile(NumberProfile::LegacyShort);
        let request = ConfirmRequest { length: digits(length), ..world.asks(MINE, NUMBER) };
        let started = world.confirm_as(&request);
        let code = world.code_in(&started.message.unwrap());
        for attempts_left in (0..attempts).rev() {
            let outcome = world.enter_number(started.id, WRONG);
            assert_eq!(outcome, WrongCode { attempts_left }, "{length} digits");
        }
        for second in [1, 61, 299] {
            world.go_to(second);
            assert_eq!(world.enter_number(started.id, &code), Throttled, "at {second} s");
        }
        world.go_to(300);
        assert_eq!(world.enter_number(started.id, &code), Expired, "until expiry");
    }
}

#[test]
fn what_is_no_code_is_wrong_and_costs_an_attempt() {
    let (mut world, id, code) = confirmed();
    let too_long = format!("{code}1");
    for (typed, attempts_left) in [("abc", 4), (&code[..5], 3), (&too_long, 2)] {
        assert_eq!(world.enter_number(id, typed), WrongCode { attempts_left }, "{typed}");
    }
    let spaced = format!(" {}-{} ", &code[..3], &code[3..]);
    assert_eq!(world.enter_number(id, &spaced), Approved);
}

#[test]
fn a_used_id_is_expired_for_a_day_and_then_unknown() {
    let (mut world, id, code) = confirmed();
    assert_eq!(world.enter_number(id, &code), Approved);
    assert!(world.verification_of(NUMBER).is_none() && world.records.messages.is_empty());
    for second in [0, 299, 300, 86_400 + 299] {
        world.go_to(second);
        let before = world.records.clone();
        assert_eq!(world.enter_number(id, &code), Expired, "at {second} s");
        assert_eq!(world.enter_number(id, WRONG), Expired);
        assert_eq!(world.records, before, "nothing was compared");
    }
    world.go_to(86_400 + 300);
    assert_eq!(world.enter_number(id, &code), NotFound);
}

#[test]
fn an_expired_id_is_expired_for_a_day_and_then_unknown_and_forgotten() {
    let (mut world, id, code) = confirmed();
    let user = world.subject(MINE, NUMBER);
    let sweep = |world: &mut World| {
        let keys = sweep::verification_keys(user.service, user.user);
        let snapshot = world.records.snapshot(&keys);
        let codes = &world.policy.codes;
        let decided = sweep::verification(&snapshot, user.service, user.user, world.now, codes);
        world.records.apply(decided.changes);
        let stale = Stale { confirmations: vec![(MINE, id)], ..Stale::default() };
        let before = StaleBefore::at(world.now, seconds(1), seconds(1));
        world.records.apply(sweep::forget(&stale, &before).changes);
        (world.records.verifications.len(), world.records.confirmations.len())
    };
    world.go_to(300);
    assert_eq!(world.enter_number(id, &code), Expired);
    assert_eq!(sweep(&mut world), (1, 1));
    assert!(world.verification_of(NUMBER).unwrap().code.is_none(), "the code is wiped");
    world.go_to(86_400 + 300);
    world.advance_ms(-1);
    assert_eq!(sweep(&mut world), (1, 1));
    assert_eq!(world.enter_number(id, &code), Expired);
    world.advance_ms(1);
    assert_eq!(world.enter_number(id, &code), NotFound, "also before it is swept");
    assert_eq!(sweep(&mut world), (0, 0));
}

#[test]
fn a_superseded_id_is_expired_and_its_code_opens_nothing() {
    let (mut world, id, code) = confirmed();
    world.go_to(300);
    let next = world.confirm();
    assert_ne!(next.id, id);
    let before = world.records.clone();
    assert_eq!(world.enter_number(id, &code), Expired);
    assert_eq!(world.records, before, "the new one bears no attempt of the old");
    assert_eq!(world.enter_number(next.id, &code), WrongCode { attempts_left: 4 });
    let new = world.code_in(&next.message.unwrap());
    assert_eq!(world.enter_number(next.id, &new), Approved);
    assert_eq!(world.enter_number(id, &new), Expired);
}

/// Expired before throttled before compared.
#[test]
fn the_order_of_a_check_is_expired_throttled_compared() {
    let (mut world, id, code) = confirmed();
    for _ in 0..5 {
        world.enter_number(id, WRONG);
    }
    assert!(world.guard_of(NUMBER).blocked_until.is_some());
    let before = world.records.clone();
    assert_eq!(world.enter_number(id, &code), Throttled);
    world.go_to(299);
    assert_eq!(world.enter_number(id, WRONG), Throttled);
    world.go_to(300);
    // Blocked for long, and yet the first thing that is wrong is its age.
    let user = world.subject(MINE, NUMBER).user;
    world.records.guards.get_mut(&user).unwrap().blocked_until = Some(at(1_000));
    assert_eq!(world.enter_number(id, &code), Expired);
    world.records.guards.get_mut(&user).unwrap().blocked_until = Some(at(60));
    assert_eq!(world.records, before, "none of them was compared");
}

#[test]
fn five_failures_block_the_number_for_this_account_only() {
    let (mut world, id, _) = confirmed();
    for _ in 0..5 {
        world.enter_number(id, WRONG);
    }
    world.go_to(59);
    let request = world.asks(MINE, NUMBER);
    let locked = BeginRefusal::Locked(Lock::Blocked { until: at(60) });
    assert_eq!(world.refused_confirm(&request), ConfirmRefusal::Begin(locked));
    let theirs = world.asks(AccountId::from_i64(2), NUMBER);
    assert!(world.confirm_as(&theirs).message.is_some(), "S-14: no weapon against others");
    world.go_to(60);
    let next = world.confirm();
    assert!(next.id != id && next.message.is_some());
    assert_eq!(world.guard_of(NUMBER).consecutive_failures, 5, "failures stay counted");
}

/// D-9: a wrong guess at four digits costs 111 units, of 3,000.
#[test]
fn the_budget_of_a_number_is_larger_where_short_codes_occur() {
    let (world, _) = World::with_person();
    for profile in PROFILES {
        let budget = guard_policy(&world.policy, profile).budget_milliunits;
        let expected = if profile.allows_short_codes() { 3_000_000 } else { 100_000 };
        assert_eq!(budget, expected, "{profile:?}");
    }
}

#[test]
fn blocked_numbers_are_refused_whoever_blocked_them_and_trusted_or_not() {
    let (mut world, _) = World::with_person();
    let blocked = ConfirmRefusal::Begin(BeginRefusal::Send(SendRefusal::NumberBlocked));
    let number = world.subject(MINE, NUMBER).number_key;
    let request = world.asks(MINE, NUMBER);
    world.records.blocked.push((MINE, number));
    assert_eq!(world.refused_confirm(&request), blocked);
    let theirs = world.asks(AccountId::from_i64(2), NUMBER);
    assert!(world.confirm_as(&theirs).message.is_some(), "the list is the account's");
    world.records.blocked.clear();
    world.blocked.insert(number);
    assert_eq!(world.refused_confirm(&request), blocked, "by the configuration");
    world.blocked.clear();
    assert!(world.confirm_as(&request).message.is_some());
    world.records.blocked.push((MINE, number));
    assert_eq!(world.refused_confirm(&request), blocked, "an echo is refused too");
}

#[test]
fn without_an_open_gateway_nothing_begins() {
    let (mut world, _) = World::with_person();
    world.has_open_gateway = false;
    let request = world.asks(MINE, NUMBER);
    let refused = ConfirmRefusal::Begin(BeginRefusal::Send(SendRefusal::NoOpenGateway));
    assert_eq!(world.refused_confirm(&request), refused);
    world.has_open_gateway = true;
    assert!(world.confirm().message.is_some());
}

#[test]
fn exhaustion_and_success_leave_no_record_of_the_code() {
    for is_right in [true, false] {
        let (mut world, id, code) = confirmed();
        let typed = if is_right { code.as_str() } else { WRONG };
        for _ in 0..5 {
            world.enter_number(id, typed);
        }
        assert!(world.records.messages.is_empty(), "the text is gone");
        assert!(world.verification_of(NUMBER).is_none_or(|v| v.code.is_none()));
        assert_eq!(world.repeat_at(id), None);
        assert!(!format!("{:?}", world.records).contains(&code));
    }
}

#[test]
fn a_user_with_the_same_number_has_an_own_verification() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    let confirmed = world.confirm_as(&world.asks(MINE, "+37255500123"));
    let (janes, theirs) = (world.code(jane), world.code_in(&confirmed.message.unwrap()));
    assert_eq!(world.enter_number(confirmed.id, &janes), WrongCode { attempts_left: 4 });
    assert_eq!(world.enter_number(confirmed.id, &theirs), Approved);
    assert_eq!(world.verification(jane).attempts, 0);
    world.right(jane);
}
