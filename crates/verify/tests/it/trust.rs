//! Browsers that are trusted with a number (`number-verification-api.md` 5;
//! S-21), and limits per address (D-28, D-29).

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::admit::SendRefusal;
use ringproof_verify::engine::begin::BeginRefusal;
use ringproof_verify::engine::check::{NumberCheckOutcome, NumberCheckRequest};
use ringproof_verify::engine::confirm::{ConfirmOutcome, ConfirmRefusal, ConfirmRequest};
use ringproof_verify::ids::AccountId;
use ringproof_verify::keys::AddressKey;
use ringproof_verify::record::BrowserTrace;

use crate::confirming::{MINE, NUMBER, enters};
use crate::world::{WRONG, World, at};

const DAY: i64 = 86_400;

/// What a caller tells; 0 is nothing.
fn trace(world: &World, cookie: u8, network: u8, agent: u8) -> BrowserTrace {
    let cookie_text = format!("cookie number {cookie:0>22}");
    BrowserTrace {
        cookie: (cookie > 0).then(|| world.ring.cookie_digest(MINE, &cookie_text)),
        network: (network > 0).then(|| address(network)),
        agent: (agent > 0).then(|| world.ring.browser_digest(&format!("Browser/{agent}"))),
    }
}

fn address(n: u8) -> AddressKey {
    AddressKey::from_bytes([n; 16])
}

fn asks(world: &World, browser: BrowserTrace) -> ConfirmRequest {
    let trusted_for = Some(SignedDuration::from_hours(24 * 30));
    ConfirmRequest { browser, trusted_for, ..world.asks(MINE, NUMBER) }
}

fn is_trusted(world: &World, request: &ConfirmRequest) -> bool {
    let mut world = world.clone();
    matches!(world.try_confirm(request), ConfirmOutcome::Trusted)
}

/// Starts with one trace, enters the right code with another.
fn succeed(world: &mut World, at_start: BrowserTrace, at_check: BrowserTrace) {
    let started = world.confirm_as(&asks(world, at_start));
    let code = world.code_in(&started.message.expect("a message is due"));
    let enters =
        NumberCheckRequest { browser: at_check, trusts_cookies: true, ..enters(started.id, &code) };
    assert_eq!(world.enter_as(&enters), NumberCheckOutcome::Approved);
}

/// A world in which browser 1 in network 1 with agent 1, or without them, has
/// proved that it holds the number.
fn learned(network: u8, agent: u8) -> World {
    let (mut world, _) = World::with_person();
    let told = trace(&world, 1, network, agent);
    succeed(&mut world, told.clone(), BrowserTrace::default());
    assert_eq!(world.records.trusts.len(), 1);
    world.advance(600);
    world
}

/// All combinations of network and agent, absent, equal and different.
#[test]
fn a_browser_is_trusted_in_the_same_network_with_the_same_agent_if_one_is_known() {
    for (kept_network, kept_agent) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let world = learned(kept_network, kept_agent);
        for network in [0, 1, 2] {
            for agent in [0, 1, 2] {
                let is_expected =
                    network == kept_network && (kept_agent == 0 || agent == kept_agent);
                let request = asks(&world, trace(&world, 1, network, agent));
                assert_eq!(
                    is_trusted(&world, &request),
                    is_expected,
                    "kept {kept_network} {kept_agent}, told {network} {agent}"
                );
                let stranger = asks(&world, trace(&world, 2, network, agent));
                assert!(!is_trusted(&world, &stranger), "another cookie");
                let nobody = asks(&world, trace(&world, 0, network, agent));
                assert!(!is_trusted(&world, &nobody), "no cookie");
            }
        }
    }
}

#[test]
fn trust_sends_nothing_and_lives_thirty_days_however_often_it_is_used() {
    let mut world = learned(1, 1);
    let request = asks(&world, trace(&world, 1, 1, 1));
    let before = world.records.clone();
    for day in 1..30 {
        world.go_to(day * DAY);
        assert!(matches!(world.try_confirm(&request), ConfirmOutcome::Trusted));
        assert_eq!(world.records, before);
    }
    world.go_to(30 * DAY);
    world.advance_ms(-1);
    assert!(is_trusted(&world, &request));
    world.advance_ms(1);
    assert!(!is_trusted(&world, &request), "30 days are over");
    assert!(world.confirm_as(&request).message.is_some());
}

#[test]
fn trust_is_of_one_number_and_one_account() {
    let world = learned(1, 1);
    let request = asks(&world, trace(&world, 1, 1, 1));
    let with = |subject| ConfirmRequest { subject, ..request.clone() };
    assert!(is_trusted(&world, &request));
    assert!(!is_trusted(&world, &with(world.subject(MINE, "+37255500198"))));
    let theirs = AccountId::from_i64(2);
    assert!(!is_trusted(&world, &with(world.subject(theirs, NUMBER))));
    // The digest of the same cookie is another one for another account.
    let text = format!("cookie number {:0>22}", 1);
    assert_ne!(world.ring.cookie_digest(MINE, &text), world.ring.cookie_digest(theirs, &text));
}

#[test]
fn where_the_shortcut_is_off_nothing_is_learned_and_nothing_is_trusted() {
    let world = learned(1, 1);
    let off = ConfirmRequest { trusted_for: None, ..asks(&world, trace(&world, 1, 1, 1)) };
    assert!(!is_trusted(&world, &off));
    let zero = ConfirmRequest { trusted_for: Some(SignedDuration::ZERO), ..off };
    assert!(!is_trusted(&world, &zero), "0 days switch it off");

    let (mut world, _) = World::with_person();
    let started = world.confirm_as(&asks(&world, trace(&world, 1, 1, 1)));
    let code = world.code_in(&started.message.unwrap());
    let enters =
        NumberCheckRequest { browser: trace(&world, 1, 1, 1), ..enters(started.id, &code) };
    assert!(!enters.trusts_cookies);
    assert_eq!(world.enter_as(&enters), NumberCheckOutcome::Approved);
    assert!(world.records.trusts.is_empty());
}

#[test]
fn trust_is_learned_only_from_the_right_code_and_the_checks_cookie_wins() {
    let (mut world, _) = World::with_person();
    let started = world.confirm_as(&asks(&world, trace(&world, 1, 1, 1)));
    let wrong = NumberCheckRequest { trusts_cookies: true, ..enters(started.id, WRONG) };
    world.enter_as(&wrong);
    assert!(world.records.trusts.is_empty(), "a wrong code teaches nothing");
    let code = world.code_in(&started.message.unwrap());
    let browser = trace(&world, 2, 2, 2);
    let enters = NumberCheckRequest { browser, trusts_cookies: true, ..enters(started.id, &code) };
    assert_eq!(world.enter_as(&enters), NumberCheckOutcome::Approved);
    world.advance(600);
    assert!(is_trusted(&world, &asks(&world, trace(&world, 2, 2, 2))));
    assert!(!is_trusted(&world, &asks(&world, trace(&world, 1, 1, 1))));

    let (mut world, _) = World::with_person();
    succeed(&mut world, BrowserTrace::default(), BrowserTrace::default());
    assert!(world.records.trusts.is_empty(), "no cookie was given");
}

/// Nothing that could be read is kept of what callers tell.
#[test]
fn of_cookie_address_and_agent_only_digests_are_kept() {
    let (mut world, _) = World::with_person();
    let cookie = "a cookie value of at least 22 characters";
    let agent = "Mozilla/5.0 (X11; Linux x86_64)";
    let network = world.ring.address_key(MINE, "192.0.2.77".parse().unwrap(), 24);
    let browser = BrowserTrace {
        cookie: Some(world.ring.cookie_digest(MINE, cookie)),
        network: Some(network),
        agent: Some(world.ring.browser_digest(agent)),
    };
    succeed(&mut world, browser, BrowserTrace::default());
    let kept = &world.records.trusts[0];
    for text in [cookie, agent, "192.0.2.77"] {
        let bytes = text.as_bytes();
        for digest in [kept.cookie.as_bytes().as_slice(), kept.network.as_ref().unwrap().as_bytes()]
        {
            assert!(!digest.windows(4).any(|w| bytes.windows(4).any(|b| b == w)));
        }
    }
    let same = world.ring.address_key(MINE, "192.0.2.1".parse().unwrap(), 24);
    let other = world.ring.address_key(MINE, "192.0.3.77".parse().unwrap(), 24);
    assert!(same == network && other != network, "a /24 is one network");
    let six = |text: &str, prefix| world.ring.address_key(MINE, text.parse().unwrap(), prefix);
    assert!(six("2001:db8:1:2::1", 48) == six("2001:db8:1:3::9", 48));
    assert!(six("2001:db8:1:2::1", 64) != six("2001:db8:1:3::1", 64));
    assert!(six("2001:db8:1::1", 48) != six("2001:db8:2::1", 48));
}

#[test]
fn five_exhausted_confirmations_drop_the_trust_of_the_number() {
    let mut world = learned(1, 1);
    let request = asks(&world, trace(&world, 1, 1, 1));
    let by_stranger = asks(&world, trace(&world, 2, 2, 2));
    for exhausted in 1..=5 {
        world.advance(4 * 3_600);
        let lock = world.guard_of(NUMBER).blocked_until;
        world.now = lock.map_or(world.now, |until| until.max(world.now));
        let started = world.confirm_as(&by_stranger);
        assert!(is_trusted(&world, &request), "after {} exhausted", exhausted - 1);
        for _ in 0..5 {
            world.enter_number(started.id, WRONG);
        }
    }
    assert!(world.records.trusts.is_empty());
    assert!(!is_trusted(&world, &request));
}

#[test]
fn a_success_in_between_keeps_the_trust() {
    let mut world = learned(1, 1);
    for _ in 0..4 {
        world.advance(8 * 3_600);
        let started = world.confirm_as(&asks(&world, BrowserTrace::default()));
        for _ in 0..5 {
            world.enter_number(started.id, WRONG);
        }
    }
    world.advance(8 * 3_600);
    succeed(&mut world, BrowserTrace::default(), BrowserTrace::default());
    world.advance(3_600);
    let started = world.confirm_as(&asks(&world, BrowserTrace::default()));
    for _ in 0..5 {
        world.enter_number(started.id, WRONG);
    }
    assert_eq!(world.records.trusts.len(), 1);
}

#[test]
fn a_blocked_number_is_not_trusted() {
    let mut world = learned(1, 1);
    let request = asks(&world, trace(&world, 1, 1, 1));
    world.records.blocked.push((MINE, request.subject.number_key));
    let blocked = ConfirmRefusal::Begin(BeginRefusal::Send(SendRefusal::NumberBlocked));
    assert_eq!(world.refused_confirm(&request), blocked);
}

/// Starts so many confirmations of different numbers from one address, as fast
/// as the other limits let it; counts those over the limit.
fn start_many(world: &mut World, starts: u32, is_enforced: bool) -> (u32, u32) {
    let (mut over, mut refused) = (0, 0);
    for n in 0..starts {
        world.advance_ms(200);
        let request = ConfirmRequest {
            addresses: Some([address(1), address(2)]),
            enforces_address_limits: is_enforced,
            ..world.asks(MINE, &format!("+37255{n:06}"))
        };
        match world.try_confirm(&request) {
            ConfirmOutcome::Started { is_over_address_limit, .. } => {
                over += u32::from(is_over_address_limit);
            }
            ConfirmOutcome::Refused(ConfirmRefusal::AddressThrottled { until }) => {
                assert!(until > world.now);
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    (over, refused)
}

#[test]
fn limits_per_address_only_count_until_they_are_enforced() {
    let (mut world, _) = World::with_person();
    assert_eq!(start_many(&mut world, 15, false), (5, 0), "observed");
    let (mut world, _) = World::with_person();
    assert_eq!(start_many(&mut world, 15, true), (0, 5), "enforced");
    let before = world.records.clone();
    let request = ConfirmRequest {
        addresses: Some([address(1), address(2)]),
        enforces_address_limits: true,
        ..world.asks(MINE, NUMBER)
    };
    let until = at(600) + SignedDuration::from_millis(200);
    assert_eq!(world.refused_confirm(&request), ConfirmRefusal::AddressThrottled { until });
    assert_eq!(world.records, before, "a refused start does not count");
    let elsewhere = ConfirmRequest { addresses: Some([address(3), address(2)]), ..request.clone() };
    assert!(world.confirm_as(&elsewhere).message.is_some());
    let untold = ConfirmRequest { addresses: None, ..world.asks(MINE, "+37255500197") };
    assert!(world.confirm_as(&untold).message.is_some());
    world.now = until;
    assert!(
        world
            .confirm_as(&ConfirmRequest { subject: world.subject(MINE, "+37255500196"), ..request })
            .message
            .is_some()
    );
}

#[test]
fn a_network_has_a_limit_of_its_own() {
    let (mut world, _) = World::with_person();
    world.policy.addresses.network_starts_per_day = 3;
    let refused: Vec<bool> = (0..5)
        .map(|n| {
            world.advance(1);
            let request = ConfirmRequest {
                addresses: Some([address(10 + n), address(2)]),
                enforces_address_limits: true,
                ..world.asks(MINE, &format!("+3725550020{n}"))
            };
            matches!(world.try_confirm(&request), ConfirmOutcome::Refused(_))
        })
        .collect();
    assert_eq!(refused, [false, false, false, true, true]);
}

#[test]
fn checks_from_one_address_are_counted_and_refused_where_enforced() {
    for is_enforced in [false, true] {
        let (mut world, _) = World::with_person();
        world.policy.addresses.checks_per_10min = 2;
        let started = world.confirm();
        let code = world.code_in(&started.message.unwrap());
        let request = |typed: &str| NumberCheckRequest {
            address: Some(address(1)),
            enforces_address_limits: is_enforced,
            ..enters(started.id, typed)
        };
        for _ in 0..2 {
            world.enter_as(&request(WRONG));
        }
        let before = world.records.clone();
        let third = world.enter_as(&request(&code));
        if is_enforced {
            assert_eq!(third, NumberCheckOutcome::Throttled);
            assert_eq!(world.records, before, "nothing was compared");
            world.go_to(299);
            let elsewhere = NumberCheckRequest { address: Some(address(2)), ..request(&code) };
            assert_eq!(world.enter_as(&elsewhere), NumberCheckOutcome::Approved);
        } else {
            assert_eq!(third, NumberCheckOutcome::Approved);
        }
    }
}

/// A stranger starts a verification of the same number (D-7 shares it), before
/// or after its holder; the holder enters the PIN and tells nothing there.
#[test]
fn a_stranger_who_starts_for_the_same_number_is_not_trusted_by_its_holders_code() {
    for stranger_first in [true, false] {
        for pause in [1, 31] {
            let (mut world, _) = World::with_person();
            let (holder, stranger) = (trace(&world, 1, 1, 1), trace(&world, 2, 2, 2));
            let mut order = [holder.clone(), stranger.clone()];
            if stranger_first {
                order.reverse();
            }
            let started = world.confirm_as(&asks(&world, order[0].clone()));
            world.advance(pause);
            world.confirm_as(&asks(&world, order[1].clone()));
            let code = world.code_in(&started.message.expect("a message is due"));
            let told = NumberCheckRequest { trusts_cookies: true, ..enters(started.id, &code) };
            assert_eq!(world.enter_as(&told), NumberCheckOutcome::Approved);
            assert!(world.records.trusts.is_empty(), "{stranger_first} {pause}");
            world.advance(600);
            assert!(!is_trusted(&world, &asks(&world, stranger)));
        }
    }
}

#[test]
fn who_asks_again_from_the_same_browser_is_trusted() {
    let (mut world, _) = World::with_person();
    let told = trace(&world, 1, 1, 1);
    let started = world.confirm_as(&asks(&world, told.clone()));
    for pause in [5, 31] {
        world.advance(pause);
        world.confirm_as(&asks(&world, told.clone()));
    }
    let code = world.code_in(&started.message.expect("a message is due"));
    let enters = NumberCheckRequest { trusts_cookies: true, ..enters(started.id, &code) };
    assert_eq!(world.enter_as(&enters), NumberCheckOutcome::Approved);
    world.advance(600);
    assert!(is_trusted(&world, &asks(&world, told)));
}
