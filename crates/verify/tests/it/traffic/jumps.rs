//! G-4: many more messages than usual, while codes are missing.

use ringproof_verify::record::{Stage, TrafficRule};
use ringproof_verify::traffic::TrafficEvent;

use super::{Site, area};

impl Site {
    /// A minute with one honest person and so many messages whose codes are not entered.
    fn minute(&mut self, missing: u32) {
        let number = format!("+3725{:07}", self.below(10_000_000));
        if let Some(verification) = self.start(&number) {
            self.enter(verification);
        }
        self.pump(missing);
        self.pass_seconds(60);
    }

    /// A morning on which all went well.
    fn after_a_morning() -> Self {
        let mut site = Self::known(5);
        (0..480).for_each(|_| site.minute(0));
        site
    }
}

#[test]
fn an_attack_that_a_good_morning_hides_is_challenged_by_its_last_hour() {
    let mut site = Site::after_a_morning();
    let mut minutes = 0;
    let hold = loop {
        // Too few for the rule of the day, and a quarter of the last fifty is entered.
        site.minute(3);
        minutes += 1;
        if let Some(hold) = site.held(area("EE")) {
            break hold;
        }
        assert!(minutes < 60, "it is never held");
    };
    assert_eq!((hold.stage, hold.rule), (Stage::Challenge, TrafficRule::Jump));
    assert!(f64::from(hold.entered) < 0.5 * 0.85 * f64::from(hold.sent), "{hold:?}");
    // Few messages do not end it, but codes that are entered.
    site.pass_seconds(600);
    assert_eq!(site.guard.held(site.now, Stage::Challenge), 1);
    let lifted = |site: &mut Site| {
        let mut news = site.guard.news().into_iter();
        news.any(|news| news.area == area("EE") && news.what == TrafficEvent::Lifted)
    };
    assert!(!lifted(&mut site));
    (0..50).for_each(|_| site.minute(0));
    assert!(lifted(&mut site));
    assert_eq!(site.guard.held(site.now, Stage::Challenge), 0);
}

#[test]
fn as_many_codes_missing_without_a_jump_hold_nothing() {
    let mut site = Site::after_a_morning();
    // Two missing of three, but no more than thirty messages in ten minutes.
    (0..59).for_each(|_| site.minute(2));
    assert_eq!(site.held(area("EE")), None);
}
