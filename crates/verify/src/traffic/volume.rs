//! How much honest traffic an area is known to have: codes that were entered.
//! Whoever pumps enters none, so he cannot raise what is taken for usual.

use crate::Timestamp;
use crate::record::HourPeak;
use crate::routing::evidence::MATURITY_SECONDS;

/// Parts of one maturity time that are counted apart.
const SLOTS: u8 = 12;
const SLOT_SECONDS: i64 = MATURITY_SECONDS / SLOTS as i64;

const HOUR_SECONDS: i64 = 3_600;
const HOURS_A_DAY: i64 = 24;
/// Days that are remembered.
const KEPT_HOURS: i64 = 7 * HOURS_A_DAY;

/// The codes that were entered in an area.
#[derive(Debug, Default)]
pub(super) struct Volume {
    /// Codes of the last slots, by slot modulo their number.
    slots: [u32; SLOTS as usize],
    slot: i64,
    hours: Vec<HourPeak>,
}

impl Volume {
    /// What was kept.
    pub(super) fn restore(hours: &[HourPeak]) -> Self {
        Self { hours: hours.to_vec(), ..Self::default() }
    }

    /// A code was entered.
    pub(super) fn entered(&mut self, now: Timestamp) {
        let slot = now.as_second().div_euclid(SLOT_SECONDS);
        // A clock that was set back counts in the newest slot; one that was far ahead
        // begins anew, or what it counted there would never grow old.
        if self.slot > slot + i64::from(SLOTS) {
            (self.slots, self.slot) = ([0; SLOTS as usize], slot);
        }
        for passed in self.slot + 1..=slot.min(self.slot + i64::from(SLOTS)) {
            self.slots[place(passed)] = 0;
        }
        if slot > self.slot + i64::from(SLOTS) {
            self.slots = [0; SLOTS as usize];
        }
        self.slot = self.slot.max(slot);
        self.slots[place(self.slot)] += 1;
        let sum = self.slots.iter().sum();
        let hour = now.as_second().div_euclid(HOUR_SECONDS);
        match self.hours.last_mut() {
            Some(last) if last.hour >= hour => last.entered = last.entered.max(sum),
            Some(_) | None => {
                self.hours.push(HourPeak { hour, entered: sum });
                self.hours.retain(|kept| hour.saturating_sub(kept.hour) < KEPT_HOURS);
            }
        }
    }

    /// The most codes that were entered within one maturity time, in this hour, the
    /// two before, and on the seven days before at this time of day, give or take
    /// an hour.
    pub(super) fn usual(&self, now: Timestamp) -> u32 {
        let hour = now.as_second().div_euclid(HOUR_SECONDS);
        let is_alike = |peak: &&HourPeak| {
            let ago = hour.saturating_sub(peak.hour);
            let apart = ago.rem_euclid(HOURS_A_DAY);
            (0..3).contains(&ago) || ago <= KEPT_HOURS && (apart <= 1 || apart == HOURS_A_DAY - 1)
        };
        self.hours.iter().filter(is_alike).map(|peak| peak.entered).max().unwrap_or(0)
    }

    /// The most of all that is remembered.
    pub(super) fn peak(&self) -> u32 {
        self.hours.iter().map(|peak| peak.entered).max().unwrap_or(0)
    }

    /// What is worth keeping.
    pub(super) fn hours(&self) -> &[HourPeak] {
        &self.hours
    }

    /// Whether nothing was entered for so long that nothing is to be remembered.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        let hour = now.as_second().div_euclid(HOUR_SECONDS);
        self.hours.iter().all(|peak| hour.saturating_sub(peak.hour) >= KEPT_HOURS)
    }
}

fn place(slot: i64) -> usize {
    usize::try_from(slot.rem_euclid(i64::from(SLOTS))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_peak_of_two_minutes_is_usual_at_this_time_of_day() {
        let mut volume = Volume::default();
        for second in 0..600 {
            volume.entered(at(second));
        }
        let peak = volume.usual(at(600));
        assert!((110..=120).contains(&peak), "{peak}");
        assert_eq!(volume.usual(at(2 * 3_600)), peak, "two hours later");
        assert_eq!(volume.usual(at(5 * 3_600)), 0, "five hours later");
        assert_eq!(volume.usual(at(24 * 3_600)), peak, "a day later");
        assert_eq!(volume.usual(at(8 * 86_400)), 0, "eight days later");
        assert!(volume.is_over(at(8 * 86_400)));
        let restored = Volume::restore(volume.hours());
        assert_eq!(restored.usual(at(600)), peak);
    }

    #[test]
    fn codes_of_different_times_are_no_peak() {
        let mut volume = Volume::default();
        for minute in 0..60 {
            volume.entered(at(minute * 60));
        }
        assert_eq!(volume.usual(at(3_600)), 2);
    }
}
