//! Codes for the day on which phone and device are gone (S-73, S-11, D-25).

use std::collections::HashSet;

use ringproof_verify::code::EnteredCode;
use ringproof_verify::engine::check::RecoveryOutcome;
use ringproof_verify::engine::start::{StartOutcome, StartRefusal};
use ringproof_verify::guard::Lock;
use ringproof_verify::ids::{AccountId, ServiceId, UserId};
use ringproof_verify::keys::{Keyring, RootKey};
use ringproof_verify::record::Method;

use crate::world::{Person, World};

const NO_CODE: &str = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA";

const HOUR: i64 = 3_600;

fn with_codes() -> (World, Person, Vec<String>) {
    let (mut world, jane) = World::with_person();
    let codes = world.renew_recovery(jane);
    (world, jane, codes)
}

#[test]
fn there_are_ten_codes_of_six_groups_and_none_is_made_twice() {
    let (mut world, jane) = World::with_person();
    let mut seen = HashSet::new();
    for _ in 0..1_000 {
        let codes = world.renew_recovery(jane);
        assert_eq!(codes.len(), 10);
        for code in codes {
            let groups: Vec<&str> = code.split('-').collect();
            assert_eq!(groups.len(), 6, "{code}");
            let is_sign = |c: char| matches!(c, 'A'..='Z' | '2'..='7');
            assert!(groups.iter().all(|g| g.len() == 4 && g.chars().all(is_sign)), "{code}");
            assert!(seen.insert(code));
        }
    }
}

#[test]
fn each_code_is_good_once_and_after_ten_there_is_none() {
    let (mut world, jane, codes) = with_codes();
    for (place, code) in codes.iter().enumerate() {
        assert_eq!(world.recover(jane, code), RecoveryOutcome::Approved { left: 9 - place });
        let mut again = world.clone();
        assert_eq!(again.recover(jane, code), RecoveryOutcome::WrongCode);
    }
    assert!(world.records.recovery.is_empty());
    assert_eq!(world.recover(jane, &codes[0]), RecoveryOutcome::WrongCode);
}

#[test]
fn a_new_set_kills_the_old_one() {
    let (mut world, jane, old) = with_codes();
    let new = world.renew_recovery(jane);
    for code in old.iter().take(4) {
        assert_eq!(world.recover(jane, code), RecoveryOutcome::WrongCode);
    }
    assert_eq!(world.recover(jane, &new[9]), RecoveryOutcome::Approved { left: 9 });
}

#[test]
fn case_blanks_and_hyphens_do_not_matter_and_all_else_does() {
    let (world, jane, codes) = with_codes();
    let code = &codes[3];
    let bare = code.replace('-', "");
    for typed in [bare.clone(), code.to_lowercase(), format!(" {} ", code.replace('-', " "))] {
        let outcome = world.clone().recover(jane, &typed);
        assert_eq!(outcome, RecoveryOutcome::Approved { left: 9 }, "{typed}");
    }
    for typed in [&bare[1..], &format!("{bare}A"), "", &bare.replace(&bare[..1], "1"), "Ä"] {
        assert!(EnteredCode::parse_recovery(typed).is_none(), "{typed}");
    }
    // Every sign counts.
    for place in 0..24 {
        let sign = if bare[place..].starts_with('B') { "C" } else { "B" };
        let changed = format!("{}{sign}{}", &bare[..place], &bare[place + 1..]);
        assert_eq!(world.clone().recover(jane, &changed), RecoveryOutcome::WrongCode);
    }
}

#[test]
fn a_code_is_of_one_user_of_one_service_of_one_account() {
    let (mut world, jane, codes) = with_codes();
    let john = world.add_person(jane.service, "+37255500123");
    world.renew_recovery(john);
    assert_eq!(world.recover(john, &codes[0]), RecoveryOutcome::WrongCode);
    // Not even if the kept set is moved there.
    let set = world.records.recovery[&jane.user].clone();
    world.records.recovery.insert(john.user, set);
    assert_eq!(world.recover(john, &codes[0]), RecoveryOutcome::WrongCode);
    let code = EnteredCode::parse_recovery(&codes[0]).unwrap();
    let digest = |ring: &Keyring, account, service: u8, user: u8| {
        let (service, user) =
            (ServiceId::from_bytes([service; 16]), UserId::from_bytes([user; 16]));
        *ring.recovery_digest(AccountId::from_i64(account), service, user, &code).as_bytes()
    };
    let other_ring = Keyring::new(&RootKey::from_bytes([2; 32]));
    let digests: HashSet<_> = [
        digest(&world.ring, 1, 1, 1),
        digest(&world.ring, 2, 1, 1),
        digest(&world.ring, 1, 2, 1),
        digest(&world.ring, 1, 1, 2),
        digest(&other_ring, 1, 1, 1),
    ]
    .into();
    assert_eq!(digests.len(), 5);
}

#[test]
fn who_is_not_there_has_no_codes() {
    let (mut world, jane, codes) = with_codes();
    let nobody = Person { user: UserId::from_bytes([9; 16]), ..jane };
    let nowhere = Person { service: ServiceId::from_bytes([9; 16]), ..jane };
    assert_eq!(world.recover(nobody, &codes[0]), RecoveryOutcome::UserNotFound);
    assert_eq!(world.recover(nowhere, &codes[0]), RecoveryOutcome::ServiceNotFound);
    world.remove(jane);
    assert!(world.records.recovery.is_empty());
}

#[test]
fn a_right_code_ends_what_is_pending_and_its_message() {
    let (mut world, jane, codes) = with_codes();
    world.start(jane);
    assert!(world.keeps_a_code_of(jane));
    assert_eq!(world.recover(jane, NO_CODE), RecoveryOutcome::WrongCode);
    assert!(world.keeps_a_code_of(jane));
    world.recover(jane, &codes[0]);
    assert!(!world.keeps_a_code_of(jane));
    assert!(world.records.verifications.is_empty() && world.records.messages.is_empty());
}

#[test]
fn a_wrong_code_is_a_failure_and_a_block_refuses_the_right_one_too() {
    let (mut world, jane, codes) = with_codes();
    world.start(jane);
    world.wrong(jane);
    world.wrong(jane);
    for _ in 0..3 {
        assert_eq!(world.recover(jane, NO_CODE), RecoveryOutcome::WrongCode);
    }
    let guard = world.guard(jane);
    assert_eq!((guard.consecutive_failures, guard.milliunits_since_success), (5, 2 * 1_112 + 3));
    let until = world.now + crate::devices::seconds(60);
    assert_eq!(world.recover(jane, &codes[0]), RecoveryOutcome::Throttled { until });
    world.advance_ms(59_999);
    assert_eq!(world.recover(jane, &codes[0]), RecoveryOutcome::Throttled { until });
    world.advance_ms(1);
    assert_eq!(world.recover(jane, &codes[0]), RecoveryOutcome::Approved { left: 9 });
}

/// Wrong codes by authenticator until only an unlock helps.
fn lock_hard(world: &mut World, jane: Person) {
    loop {
        match world.try_start(jane, Method::Totp) {
            StartOutcome::Started(_) => drop(world.check(jane, "abcdef")),
            StartOutcome::Refused(StartRefusal::Locked(Lock::HardLocked)) => return,
            StartOutcome::Refused(StartRefusal::Locked(lock)) => {
                world.now = lock.until().expect("it ends");
            }
            StartOutcome::Refused(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_right_code_opens_a_hard_lock_so_that_the_next_login_works() {
    let (mut world, jane, codes) = with_codes();
    let token = world.add_device(jane);
    lock_hard(&mut world, jane);
    world.advance(24 * HOUR);
    assert!(matches!(world.try_start(jane, Method::Sms), StartOutcome::Refused(_)));
    assert_eq!(world.recover(jane, &codes[0]), RecoveryOutcome::Approved { left: 9 });
    assert!(world.logs_in_with(jane, &token, 0));
}

#[test]
fn what_was_guessed_stays_counted_if_nothing_was_locked() {
    let (mut world, jane, codes) = with_codes();
    world.start(jane);
    world.wrong(jane);
    world.recover(jane, &codes[0]);
    let guard = world.guard(jane);
    assert_eq!((guard.consecutive_failures, guard.milliunits_since_success), (0, 0));
    assert_eq!(guard.days.iter().map(|d| d.milliunits).sum::<u32>(), 1_112);
}

#[test]
fn a_block_holds_although_the_budget_is_used_up_to_the_last() {
    let (mut world, jane, codes) = with_codes();
    // As much as ever can be; then the next failure makes a block.
    world.policy.guard.budget_milliunits = 5;
    for _ in 0..5 {
        assert_eq!(world.recover(jane, NO_CODE), RecoveryOutcome::WrongCode);
    }
    let until = world.now + crate::devices::seconds(60);
    assert_eq!(world.guard(jane).lock(world.now, 1, &world.policy.guard), Some(Lock::HardLocked));
    assert_eq!(world.recover(jane, NO_CODE), RecoveryOutcome::Throttled { until });
    assert_eq!(world.recover(jane, &codes[0]), RecoveryOutcome::Throttled { until });
    world.advance(60);
    assert_eq!(world.recover(jane, &codes[0]), RecoveryOutcome::Approved { left: 9 });
}
