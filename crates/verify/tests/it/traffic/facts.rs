//! What each call counts, and what it does not.

use ringproof_verify::ids::VerificationId;
use ringproof_verify::limits::TRAFFIC_AREAS_MAX;
use ringproof_verify::phone::PhoneNumber;
use ringproof_verify::record::{DayTraffic, TrafficArea, TrafficRule};
use ringproof_verify::traffic::{Answer, GuardMode, InFlight, TrafficEvent};
use ringproof_verify::{SignedDuration, Timestamp};

use super::{BEGIN, DAY_SECONDS, HOUR, LIFETIME, MATURE, NODE, Site, area};

const NUMBER: &str = "+37255501234";

/// A number of a block of its own, and of an operator's prefix with few others.
fn apart(place: u32) -> String {
    format!("+3725{:03}{:04}", place % 1_000, place / 1_000 % 10 * 1_000)
}

#[test]
fn a_country_without_history_has_fifty_on_their_way_and_a_refused_one_counts_nowhere() {
    let mut site = Site::new(1);
    let sent: Vec<_> =
        (0..50).map(|place| site.start(&apart(place)).expect("there is room")).collect();
    for place in 50..1_000 {
        let refusal = site.ask(&apart(place)).refusal.expect("there is none");
        assert_eq!((refusal.area, refusal.rule), (area("EE"), TrafficRule::InFlight));
        assert!(refusal.until > site.now);
    }
    assert_eq!(site.guard.in_flight(), 50);
    site.enter(sent[0]);
    assert!(site.start(&apart(50)).is_some(), "as many as are entered");
    assert!(site.start(&apart(51)).is_none());
}

#[test]
fn a_prefix_has_twenty_and_a_block_ten_on_their_way() {
    let mut site = Site::new(1);
    let count = |site: &mut Site, numbers: &dyn Fn(u32) -> String| {
        (0..60).filter(|place| site.start(&numbers(*place)).is_some()).count()
    };
    assert_eq!(count(&mut site, &|place| format!("+37255501{:03}", place * 16)), 10);
    assert_eq!(count(&mut site, &|place| format!("+3725550{:04}", place * 100 % 10_000)), 10);
    let refusal = site.ask("+37255509999").refusal.expect("twenty are on their way");
    assert_eq!(refusal.area, area("+3725550"));
}

#[test]
fn what_is_withdrawn_leaves_nothing_behind() {
    let mut site = Site::new(1);
    for place in 0..500 {
        let ticket = site.ask(&format!("+37255501{place:03}")).ticket.expect("nothing is begun");
        site.guard.withdraw(ticket);
        site.guard.withdraw(ticket);
    }
    assert_eq!(site.guard.in_flight(), 0);
    site.pass(MATURE);
    assert_eq!(site.guard.news(), []);
    assert_eq!(site.pump(50), 50);
}

#[test]
fn a_message_that_is_neither_queued_nor_withdrawn_is_forgotten_in_time() {
    let mut site = Site::new(1);
    (0..50).for_each(|place| assert!(site.ask(&apart(place)).ticket.is_some()));
    site.pass(MATURE);
    assert_eq!((site.guard.in_flight(), site.guard.news()), (0, Vec::new()));
    assert_eq!(site.pump(50), 50);
}

#[test]
fn a_code_that_is_entered_late_changes_nothing() {
    let (mut late, mut never) = (Site::new(1), Site::new(1));
    for site in [&mut late, &mut never] {
        for place in 0..19 {
            let verification = site.start(&apart(place)).expect("there is room");
            site.enters_after(verification, HOUR);
        }
        site.pass(MATURE);
    }
    while let Some(entry) = late.entering.pop() {
        late.enter(entry.0.1);
    }
    for site in [&mut late, &mut never] {
        site.start(&apart(19)).expect("it is not held yet");
        site.entering.clear();
        site.pass(MATURE);
    }
    let news = late.guard.news();
    assert_eq!(news, never.guard.news());
    assert!(!news.is_empty(), "the twentieth is one too many");
}

#[test]
fn each_message_of_a_verification_counts_and_one_code_is_the_end_of_all() {
    let mut site = Site::new(1);
    let first = site.begin(NUMBER).expect("there is room");
    let of = site.guard.unsure(site.now + MATURE, 1).pop().expect("it is on its way");
    assert_eq!(of.verification, first);
    (0..3).for_each(|_| site.again(NUMBER, first));
    assert_eq!(site.guard.in_flight(), 4);
    site.enter(first);
    assert_eq!(site.guard.in_flight(), 0);
    site.enter(first);
    site.pass(MATURE);
    assert_eq!((site.guard.in_flight(), site.guard.news()), (0, Vec::new()));
}

#[test]
fn a_guard_that_observes_refuses_nothing_and_tells() {
    let mut site = Site::new(1);
    site.guard.set_mode(GuardMode::Observe);
    assert_eq!(site.pump(60), 60);
    site.pass(MATURE);
    let closed = site.held(area("EE")).expect("nobody entered a code");
    let answer = site.ask(NUMBER);
    let refusal = answer.refusal.expect("it would be refused");
    assert_eq!((refusal.area, refusal.until), (area("EE"), closed.until));
    assert!(answer.ticket.is_some());
    site.guard.set_mode(GuardMode::On);
    assert_eq!(site.ask(NUMBER), Answer { ticket: None, refusal: Some(refusal) });
}

#[test]
fn a_guard_that_is_off_knows_nothing() {
    let mut site = Site::new(1);
    site.close();
    site.guard.set_mode(GuardMode::Off);
    assert_eq!(site.ask(NUMBER), Answer { ticket: None, refusal: None });
    assert_eq!(site.guard.in_flight(), 0);
    site.guard.set_mode(GuardMode::On);
    assert!(site.start(NUMBER).is_some(), "nothing is known any more");
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    let mut site = Site::new(1);
    assert_eq!(site.pump(50), 50);
    site.now -= HOUR * 48;
    site.pass_seconds(1);
    assert_eq!((site.guard.in_flight(), site.guard.news()), (0, Vec::new()));
    assert_eq!(site.pump(50), 50);
}

#[test]
fn the_end_of_time_is_a_time() {
    let mut site = Site::new(1);
    site.now = Timestamp::MAX - MATURE;
    let hold = site.close();
    assert_eq!((hold.since, hold.until), (site.now, Timestamp::MAX));
    assert_eq!((site.now, site.guard.in_flight()), (Timestamp::MAX, 0));
    assert_eq!(site.pump(51), 50);
}

#[test]
fn the_operator_is_told_once_that_few_codes_are_entered() {
    // As many are usually entered, and so nothing is held.
    let mut site = Site::new(1);
    let days = vec![DayTraffic { day: BEGIN / DAY_SECONDS - 1, sent: 10_000, entered: 2_600 }];
    let row = TrafficArea { days, ..site.row(area("EE"), NODE, None) };
    site.guard.restore(&[row], NODE, site.now);
    let mut told = 0;
    // A sixth, then a third: the share of the last fifty is now below a quarter, now
    // above.
    for place in 0..2_000_u32 {
        let one_of = if place / 100 % 2 == 0 { 6 } else { 3 };
        if let Some(verification) = site.start(&apart(place * 7))
            && place % one_of == 0
        {
            site.enter(verification);
        }
        site.pass_seconds(20);
        let is_low = |what: &TrafficEvent| matches!(what, TrafficEvent::Low { .. });
        told += site.guard.news().iter().filter(|news| is_low(&news.what)).count();
    }
    assert_eq!(told, 1);
}

#[test]
fn areas_are_forgotten_and_what_is_on_its_way_is_not() {
    let mut site = Site::new(1);
    let kept: Vec<_> =
        (0..50).map(|place| site.start(&apart(place)).expect("there is room")).collect();
    // As many services as there are areas, one country, prefix and block each.
    let service = site.service;
    for _ in 0..TRAFFIC_AREAS_MAX {
        site.service = ringproof_verify::ids::ServiceId::random(&mut site.entropy);
        let ticket = site.ask(NUMBER).ticket.expect("a new service");
        site.guard.withdraw(ticket);
        site.now += SignedDuration::from_millis(1);
    }
    site.service = service;
    assert_eq!(site.guard.in_flight(), 50);
    assert!(site.ask(NUMBER).ticket.is_none(), "the country is full still");
    for verification in kept {
        site.enter(verification);
    }
    assert!(site.start(NUMBER).is_some());
}

/// Begun by a server that died, or on its way to a second gateway.
#[test]
fn a_message_that_nobody_asked_for_counts_once_a_gateway_has_it() {
    let mut site = Site::new(1);
    let (account, service, user) = (site.account, site.service, site.user);
    let to = PhoneNumber::parse(NUMBER).expect("a number");
    for _ in 0..10 {
        let verification = VerificationId::random(&mut site.entropy);
        assert!(!site.guard.taken(verification), "nobody asked for it");
        let deadline = site.now + LIFETIME;
        let of = InFlight { service, user, verification, deadline };
        site.guard.taken_unasked(account, of, &to, site.now);
    }
    assert_eq!(site.guard.in_flight(), 10);
    assert!(site.ask(NUMBER).ticket.is_none(), "the block is full");
    site.now += MATURE;
    site.guard.mature(site.now);
    assert_eq!(site.guard.in_flight(), 0);
    assert!(site.ask(NUMBER).ticket.is_none(), "ten in this hour, none entered");
}
