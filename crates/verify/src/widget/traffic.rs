//! When it is an attack: codes that nobody enters are sent to earn money or to
//! annoy (D-33), and make messages dearer for robots (S-80).

use crate::record::WidgetTraffic;
use crate::{SignedDuration, Timestamp};

/// So many of the last messages are looked at (D-33).
const SENDS: usize = 50;
/// They were asked for within this time.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// One code in so many is entered, or it is an attack (D-33: 25 %).
const ENTERED_ONE_IN: usize = 4;
/// How long it stays one (D-33).
const ATTACK_LASTS: SignedDuration = SignedDuration::from_hours(1);

/// Who says whether it is an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AttackMode {
    /// The traffic does.
    #[default]
    Auto,
    /// The operator says that it is one.
    On,
    /// The operator says that it is none.
    Off,
}

impl AttackMode {
    /// Whether it is an attack now, as far as this traffic tells.
    pub fn is_attack(self, traffic: &WidgetTraffic, now: Timestamp) -> bool {
        match self {
            Self::Auto => traffic.is_under_attack(now),
            Self::On => true,
            Self::Off => false,
        }
    }
}

impl WidgetTraffic {
    /// Whether it is an attack now.
    pub fn is_under_attack(&self, now: Timestamp) -> bool {
        self.attack_until.is_some_and(|until| now < until)
    }

    /// Notes that a message was asked for.
    pub fn record_send(&mut self, now: Timestamp) {
        if self.is_abandoned(now) {
            self.attack_until = now.saturating_add(ATTACK_LASTS).ok();
        }
        keep(&mut self.sends, now);
    }

    /// Notes that a code was entered.
    pub fn record_entered(&mut self, now: Timestamp) {
        keep(&mut self.entered, now);
    }

    /// Whether the last messages, all of them young, led nowhere.
    fn is_abandoned(&self, now: Timestamp) -> bool {
        let Some(oldest) = self.sends.first().filter(|_| self.sends.len() >= SENDS) else {
            return false;
        };
        let entered = self.entered.iter().filter(|at| *at >= oldest).count();
        now.duration_since(*oldest) < WINDOW && entered * ENTERED_ONE_IN < SENDS
    }
}

fn keep(times: &mut Vec<Timestamp>, now: Timestamp) {
    times.push(now);
    let excess = times.len().saturating_sub(SENDS);
    times.drain(..excess);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + seconds).unwrap()
    }

    /// The second at which it becomes an attack, when a message is asked for every
    /// `pause` seconds and the code of one in `one_in` is entered.
    fn attack_after(pause: i64, one_in: i64) -> Option<i64> {
        let mut traffic = WidgetTraffic::default();
        (0..200).map(|n| n * pause).find(|second| {
            traffic.record_send(at(*second));
            if (second / pause) % one_in == one_in - 1 {
                traffic.record_entered(at(*second));
            }
            traffic.is_under_attack(at(*second))
        })
    }

    #[test]
    fn fifty_abandoned_messages_within_an_hour_are_an_attack() {
        assert_eq!(attack_after(10, 1_000), Some(500));
        assert_eq!(attack_after(71, 1_000), Some(3_550));
        assert_eq!(attack_after(72, 1_000), None, "fifty of them take an hour");
    }

    #[test]
    fn a_quarter_of_codes_entered_is_a_busy_day() {
        assert_eq!(attack_after(1, 3), None);
        assert_eq!(attack_after(1, 5), Some(50));
    }

    #[test]
    fn the_operator_has_the_last_word() {
        let (quiet, mut noisy) = (WidgetTraffic::default(), WidgetTraffic::default());
        for second in 0..=50 {
            noisy.record_send(at(second));
        }
        let is_attack = |mode: AttackMode| [&quiet, &noisy].map(|t| mode.is_attack(t, at(51)));
        assert_eq!(is_attack(AttackMode::Auto), [false, true]);
        assert_eq!(is_attack(AttackMode::On), [true, true]);
        assert_eq!(is_attack(AttackMode::Off), [false, false]);
    }

    #[test]
    fn an_attack_ends_an_hour_after_the_last_sign_of_it() {
        let mut traffic = WidgetTraffic::default();
        for second in 0..=50 {
            traffic.record_send(at(second));
        }
        assert!(traffic.is_under_attack(at(50 + 3_599)));
        assert!(!traffic.is_under_attack(at(50 + 3_600)));
    }
}
