//! G-6: what gateways take for pumped traffic.

use ringproof_verify::record::{Stage, TrafficHold};
use ringproof_verify::traffic::GuardMode;

use super::{Site, area, parsed};

const NUMBER: &str = "+37255501234";

impl Site {
    /// A gateway refuses so many messages to one operator.
    fn suspected(&mut self, times: u32) {
        for _ in 0..times {
            self.guard.suspected(self.account, self.service, &parsed(NUMBER), self.now);
        }
    }

    fn held_prefix(&mut self) -> Option<TrafficHold> {
        self.held(area("+3725550"))
    }
}

#[test]
fn each_word_of_a_gateway_counts_as_five_missing_codes_of_the_prefix() {
    let mut site = Site::new(1);
    site.suspected(3);
    assert_eq!(site.held_prefix(), None);
    site.suspected(1);
    let hold = site.held_prefix().expect("twenty are missing");
    assert_eq!((hold.stage, hold.sent, hold.entered), (Stage::Challenge, 20, 0));
    site.suspected(4);
    assert_eq!(site.held_prefix().expect("forty are missing").stage, Stage::Closed);
    assert_eq!(site.guard.held(site.now, Stage::Closed), 1, "the prefix alone");
    assert!(site.start(NUMBER).is_none());
    assert!(site.start("+37256601234").is_some());
}

#[test]
fn codes_that_are_entered_outweigh_a_word_now_and_then() {
    let mut site = Site::new(1);
    for n in 0..60 {
        let verification = site.start(&format!("+3725550{:04}", n * 160)).expect("it is open");
        site.enter(verification);
        site.pass_seconds(30);
    }
    site.suspected(2);
    assert_eq!(site.held_prefix(), None);
}

#[test]
fn a_receipt_is_about_the_message_that_is_on_its_way() {
    let mut site = Site::new(1);
    let entered = site.start(NUMBER).expect("it is open");
    site.enter(entered);
    let missing = site.start("+37255509876").expect("it is open");
    for _ in 0..4 {
        site.guard.suspected_of(entered, site.now);
    }
    assert_eq!(site.held_prefix(), None, "its code was entered");
    for _ in 0..5 {
        site.guard.suspected_of(missing, site.now);
    }
    // The code that was entered counts as well, so the fourth was not enough.
    assert_eq!(site.held_prefix().map(|hold| (hold.sent, hold.entered)), Some((26, 1)));
}

#[test]
fn a_guard_that_does_not_look_hears_nothing() {
    let mut site = Site::new(1);
    site.guard.set_mode(GuardMode::Off);
    site.suspected(20);
    site.guard.set_mode(GuardMode::On);
    assert_eq!(site.guard.held(site.now, Stage::Closed), 0);
}
