//! What is kept, and what the servers of a cluster know of each other.

use ringproof_verify::SignedDuration;
use ringproof_verify::ids::VerificationId;
use ringproof_verify::record::{HourPeak, Stage, TrafficArea};
use ringproof_verify::traffic::{Changed, InFlight, TrafficEvent};

use super::{BEGIN, HOUR, MATURE, NODE, Site, area};

const NUMBER: &str = "+37255501234";
const OTHER: &str = "two";

fn row_of<'a>(rows: &'a [TrafficArea], of: &str) -> Option<&'a TrafficArea> {
    rows.iter().find(|row| row.area == area(of))
}

#[test]
fn a_start_of_the_program_keeps_what_is_closed() {
    let mut site = Site::new(1);
    let hold = site.close();
    let rows = site.guard.changed(NODE, Changed::All, site.now, 10_000);
    assert_eq!(row_of(&rows, "EE").and_then(|row| row.hold.clone()), Some(hold.clone()));
    let mut next = Site::new(1);
    next.now = site.now;
    next.guard.restore(&rows, NODE, next.now);
    assert_eq!(next.ask(NUMBER).refusal.map(|refusal| refusal.until), Some(hold.until));
    next.now = hold.until;
    let again = next.close();
    assert_eq!((again.times, again.until), (2, next.now + HOUR * 2));
}

#[test]
fn a_start_of_the_program_keeps_how_much_is_usual() {
    let mut site = Site::new(1);
    let hours = vec![HourPeak { hour: BEGIN / 3_600 - 24, entered: 200 }];
    let row = TrafficArea { hours: hours.clone(), ..site.row(area("EE"), NODE, None) };
    site.guard.restore(&[row], NODE, site.now);
    let sent = (0..1_000_u32)
        .filter(|n| site.start(&format!("+3725{:03}{:04}", n % 1_000, n * 7)).is_some());
    assert_eq!(sent.count(), 300, "one and a half times as many");
    site.pass(MATURE);
    let rows = site.guard.changed(NODE, Changed::All, site.now, 10_000);
    assert_eq!(row_of(&rows, "EE").map(|row| row.hours.clone()), Some(hours));
}

#[test]
fn kept_figures_beyond_all_reason_are_no_end() {
    let mut site = Site::new(1);
    let mut hold = site.hold(Stage::Closed, SignedDuration::from_secs(1));
    hold.times = u32::MAX;
    let hours = [i64::MIN, i64::MAX].map(|hour| HourPeak { hour, entered: u32::MAX }).to_vec();
    let days = [i64::MIN, i64::MAX].map(|day| ringproof_verify::record::DayTraffic {
        day,
        sent: u32::MAX,
        entered: u32::MAX,
    });
    let row = TrafficArea { hours, days: days.to_vec(), ..site.row(area("EE"), NODE, Some(hold)) };
    site.guard.restore(&[row], NODE, site.now);
    site.pass_seconds(1);
    let hold = site.close();
    assert_eq!(hold.until, site.now + HOUR * 24);
}

#[test]
fn a_hold_of_another_server_is_followed_and_one_s_own_is_not() {
    let mut site = Site::new(1);
    let hold = site.hold(Stage::Closed, HOUR);
    let own = site.row(area("EE"), NODE, Some(hold.clone()));
    site.guard.follow(&[own], NODE, site.now);
    assert_eq!((site.guard.held(site.now, Stage::Closed), site.guard.news()), (0, Vec::new()));
    let other = site.row(area("EE"), OTHER, Some(hold.clone()));
    for _ in 0..3 {
        site.guard.follow(std::slice::from_ref(&other), NODE, site.now);
    }
    assert_eq!(site.guard.news().len(), 1, "it is told once");
    assert_eq!(site.ask(NUMBER).refusal.map(|refusal| refusal.until), Some(hold.until));
    let rows = site.guard.changed(NODE, Changed::All, site.now, 10_000);
    assert!(rows.iter().all(|row| row.hold.is_none()), "it is in the other's row");
}

#[test]
fn a_challenge_of_another_server_is_not_lifted_here_and_ends_with_the_other_s() {
    let mut site = Site::known(1);
    let hold = site.hold(Stage::Challenge, HOUR);
    let mut row = site.row(area("EE"), OTHER, Some(hold));
    site.guard.follow(&[row.clone()], NODE, site.now);
    assert_eq!(site.guard.news().len(), 1);
    let verification = site.start(NUMBER).expect("one is let");
    site.enter(verification);
    assert_eq!(site.guard.held(site.now, Stage::Challenge), 1);
    site.guard.follow(&[row.clone()], NODE, site.now);
    assert_eq!(site.guard.news(), [], "neither lifted nor held once more");
    if let Some(hold) = &mut row.hold {
        hold.until = site.now;
    }
    site.guard.follow(&[row], NODE, site.now);
    assert_eq!(site.guard.held(site.now, Stage::Challenge), 0);
}

#[test]
fn a_code_that_may_have_expired_is_no_success_at_another_server() {
    let mut site = Site::new(1);
    let (service, user) = (site.service, site.user);
    for lifetime in [240, 48] {
        let ticket = site.ask(NUMBER).ticket.expect("there is room");
        let verification = VerificationId::random(&mut site.entropy);
        let deadline = site.now + SignedDuration::from_secs(lifetime);
        site.guard.queued(ticket, InFlight { service, user, verification, deadline });
        site.guard.taken(verification);
    }
    let mut asked = Vec::new();
    for _ in 0..121 {
        site.pass_seconds(1);
        asked.push(site.guard.unsure(site.now, 10).len());
    }
    let ages: Vec<usize> = (0..asked.len()).filter(|age| asked[*age] > 0).map(|n| n + 1).collect();
    assert_eq!(ages, [10, 30, 55, 110]);
    assert_eq!(asked.iter().sum::<usize>(), 4 + 2, "the short one twice: then it may be over");
    let rows = site.guard.changed(NODE, Changed::All, site.now, 10_000);
    let days = row_of(&rows, "EE").map(|row| row.days.clone()).expect("a country");
    assert_eq!(days.iter().map(|day| (day.sent, day.entered)).collect::<Vec<_>>(), [(1, 0)]);
}

#[test]
fn a_start_of_the_program_lifts_no_challenge_by_one_code() {
    let mut site = Site::known(1);
    let hold = site.hold(Stage::Challenge, HOUR);
    let row = site.row(area("EE"), NODE, Some(hold));
    site.guard.restore(&[row], NODE, site.now);
    for entered in 1..=20_u32 {
        assert_eq!(site.guard.held(site.now, Stage::Challenge), 1, "{entered}");
        let verification = site.start(&format!("+37255{entered:02}1234")).expect("one is let");
        site.enter(verification);
    }
    assert_eq!(site.guard.held(site.now, Stage::Challenge), 0, "twenty tell enough");
}

#[test]
fn two_servers_do_not_keep_each_other_s_hold_alive() {
    let (mut one, mut two) = (Site::new(1), Site::new(1));
    let hold = one.close();
    two.now = one.now;
    let mut kept: Vec<TrafficArea> = Vec::new();
    for _ in 0..120 {
        for (site, node) in [(&mut one, NODE), (&mut two, OTHER)] {
            site.pass_seconds(60);
            let changed = site.guard.changed(node, Changed::All, site.now, 10_000);
            kept.retain(|row| !changed.iter().any(|c| (c.area, &c.node) == (row.area, &row.node)));
            kept.extend(changed);
            site.guard.follow(&kept, node, site.now);
        }
        let is_closed = one.now < hold.until;
        for site in [&one, &two] {
            assert_eq!(site.guard.held(site.now, Stage::Closed) > 0, is_closed);
        }
    }
    let told = |site: &mut Site| {
        let news = site.guard.news();
        news.iter()
            .filter(|n| n.area == area("EE") && matches!(n.what, TrafficEvent::Held(_)))
            .count()
    };
    assert_eq!((told(&mut one), told(&mut two)), (0, 1));
}

#[test]
fn holds_are_given_before_the_rest_and_what_was_not_kept_again() {
    let mut site = Site::known(1);
    let verification = site.start("+12025550123").expect("there is room");
    site.enter(verification);
    assert_eq!(site.guard.changed(NODE, Changed::Holds, site.now, 10), []);
    site.close();
    let holds = site.guard.changed(NODE, Changed::Holds, site.now, 10_000);
    assert!(row_of(&holds, "EE").is_some() && row_of(&holds, "US").is_none());
    assert_eq!(site.guard.changed(NODE, Changed::Holds, site.now, 10_000), []);
    let rest = site.guard.changed(NODE, Changed::All, site.now, 10_000);
    assert!(row_of(&rest, "US").is_some() && row_of(&rest, "EE").is_none());
    assert_eq!(site.guard.changed(NODE, Changed::All, site.now, 10_000), []);
    site.guard.not_kept(&holds);
    site.guard.not_kept(&rest);
    assert_eq!(site.guard.changed(NODE, Changed::Holds, site.now, 10_000).len(), holds.len());
    assert_eq!(site.guard.changed(NODE, Changed::All, site.now, 1).len(), 1);
}
