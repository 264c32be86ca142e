//! How long an area is held.

use ringproof_verify::SignedDuration;
use ringproof_verify::record::{Stage, TrafficRule};
use ringproof_verify::traffic::Changed;

use super::{HOUR, MATURE, NODE, Site, area};

const NUMBER: &str = "+37255501234";

#[test]
fn a_closed_area_opens_after_its_time_and_is_closed_for_twice_as_long_up_to_a_day() {
    let mut site = Site::new(3);
    // Long enough for a shift by the number of times to overflow.
    for time in [1, 2, 4, 8, 16].into_iter().chain([24; 60]) {
        let hold = site.close();
        assert_eq!((hold.stage, hold.since), (Stage::Closed, site.now));
        assert_eq!(hold.until, site.now + SignedDuration::from_hours(time));
        site.now = hold.until - SignedDuration::from_secs(1);
        let refusal = site.ask(NUMBER).refusal.expect("it is closed still");
        assert_eq!((refusal.area, refusal.until), (area("EE"), hold.until));
        site.pass_seconds(1);
    }
    site.pass(SignedDuration::from_hours(24));
    let hold = site.close();
    assert_eq!((hold.times, hold.until), (1, site.now + HOUR), "after a day it is the first time");
}

#[test]
fn five_neighbours_close_their_block_for_a_day() {
    let mut site = Site::new(1);
    (0..5).for_each(|n| assert!(site.start(&format!("+37255501{:03}", 100 + n)).is_some()));
    site.pass(MATURE);
    let hold = site.held(area("+37255501xxx")).expect("five are missing");
    assert_eq!((hold.stage, hold.rule), (Stage::Closed, TrafficRule::Neighbours));
    assert_eq!(hold.until, site.now + SignedDuration::from_hours(24));
    assert!(site.start("+37255501900").is_none());
    assert!(site.start("+37255502900").is_some(), "the next block is another one");
}

#[test]
fn three_neighbours_challenge_their_block_which_has_three_at_a_time() {
    let mut site = Site::new(1);
    (0..3).for_each(|n| assert!(site.start(&format!("+37255501{:03}", 100 + n)).is_some()));
    site.pass(MATURE);
    let hold = site.held(area("+37255501xxx")).expect("three are missing");
    assert_eq!((hold.stage, hold.rule), (Stage::Challenge, TrafficRule::Neighbours));
    let sent = (0..10).filter(|n| site.start(&format!("+37255501{:03}", n * 90)).is_some());
    assert_eq!(sent.count(), 3);
}

#[test]
fn the_eleventh_message_of_an_hour_to_a_block_waits_unless_half_are_entered() {
    for entered_of_ten in [4_u32, 5] {
        let mut site = Site::new(1);
        for n in 0..10_u32 {
            let verification = site.start(&format!("+37255501{:03}", n * 90)).expect("one of ten");
            if n % 2 == 0 && n / 2 < entered_of_ten {
                site.enter(verification);
            }
            // Apart from each other, so that neighbours are no matter.
            site.pass_seconds(200);
        }
        let refusal = site.ask("+37255501999").refusal;
        if entered_of_ten == 5 {
            assert_eq!(refusal, None);
        } else {
            let refusal = refusal.expect("fewer than half");
            assert_eq!((refusal.area, refusal.rule), (area("+37255501xxx"), TrafficRule::Block));
            site.now = refusal.until;
            assert!(site.start("+37255501999").is_some());
        }
    }
}

#[test]
fn a_block_that_may_have_room_in_two_minutes_says_so() {
    let mut site = Site::new(1);
    let missing = site.start("+37255501100").expect("the first");
    site.pass(MATURE);
    let sent: Vec<_> =
        (2..11_u32).map(|n| site.start(&format!("+37255501{:03}", n * 90))).collect();
    let refusal = site.ask("+37255501005").refusal.expect("ten of this hour, none entered");
    assert_eq!(refusal.rule, TrafficRule::Block);
    assert_eq!(refusal.until, site.now + SignedDuration::from_mins(2));
    for verification in sent.into_iter().flatten() {
        site.enter(verification);
    }
    assert!(site.start("+37255501005").is_some(), "{missing:?} is one of ten");
}

#[test]
fn what_the_operator_releases_is_open_and_forgotten() {
    let mut site = Site::new(1);
    let hold = site.close();
    site.pass_seconds(60);
    let mut rows = site.guard.changed(NODE, Changed::Holds, site.now, 1_000);
    for row in &mut rows {
        row.released_at = Some(site.now);
    }
    site.guard.follow(&rows, NODE, site.now);
    assert_eq!(site.guard.held(site.now, Stage::Closed), 0);
    // The row is there for long, and releases nothing that is held later.
    let again = site.close();
    assert_eq!((again.times, again.until), (1, site.now + HOUR));
    site.guard.follow(&rows, NODE, site.now);
    assert!(site.ask(NUMBER).refusal.is_some_and(|refusal| refusal.until == again.until));
    assert!(again.since > hold.since);
    // A start of the program does not bring the old hold back.
    let mut other = Site::new(1);
    other.guard.restore(&rows, NODE, site.now);
    assert_eq!(other.guard.held(site.now, Stage::Closed), 0);
}

#[test]
fn a_release_is_followed_though_the_row_does_not_tell_how_long_it_is_held() {
    let mut site = Site::new(1);
    let hold = site.close();
    let mut row = site.row(area("EE"), "another", None);
    row.released_at = Some(hold.since);
    site.guard.follow(&[row], NODE, site.now);
    assert!(site.start(NUMBER).is_some());
}
