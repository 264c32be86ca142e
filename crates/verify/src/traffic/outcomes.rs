//! How the codes sent to an area fared: counts by time, newest last.

use crate::{SignedDuration, Timestamp};

/// Outcomes older than this are forgotten (`delivery.md` 10, G-2) …
const KEPT_SECONDS: i64 = 86_400;

/// … and of the younger ones so many are looked at, or a few more, since a slot
/// goes as a whole.
const NEWEST: u32 = 500;

/// Outcomes of messages that were sent within one slot are counted together.
const SLOT_SECONDS: i64 = 60;

/// The outcomes that D-33 looks at.
const LAST: u32 = 50;

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Slots since 1970.
    at: i64,
    sent: u32,
    entered: u32,
}

/// Messages whose end is known, and how many of their codes were entered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) sent: u32,
    pub(super) entered: u32,
}

impl Counted {
    fn with(self, slot: &Slot) -> Self {
        Self { sent: self.sent + slot.sent, entered: self.entered + slot.entered }
    }
}

/// The outcomes of an area.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    slots: Vec<Slot>,
}

impl Outcomes {
    /// Notes the outcome of a message that was sent then.
    pub(super) fn note(&mut self, sent_at: Timestamp, is_entered: bool) {
        let at = sent_at.as_second().div_euclid(SLOT_SECONDS);
        let place = self.slots.partition_point(|slot| slot.at < at);
        if self.slots.get(place).is_none_or(|slot| slot.at != at) {
            self.slots.insert(place, Slot { at, sent: 0, entered: 0 });
        }
        let slot = &mut self.slots[place];
        slot.sent += 1;
        slot.entered += u32::from(is_entered);
    }

    /// Forgets what no rule looks at any more. The last fifty stay, however old.
    pub(super) fn trim(&mut self, now: Timestamp) {
        let oldest = (now.as_second() - KEPT_SECONDS).div_euclid(SLOT_SECONDS);
        let mut sum = 0;
        let newest = self.slots.iter().rev().take_while(|slot| {
            let is_wanted = sum < LAST || sum < NEWEST && slot.at > oldest;
            sum += slot.sent;
            is_wanted
        });
        let kept = newest.count();
        self.slots.drain(..self.slots.len() - kept);
    }

    /// Forgets everything: what was seen before a release is not held against anybody.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The newest outcomes of a day.
    pub(super) fn of_day(&self, now: Timestamp) -> Counted {
        self.within(now, SignedDuration::from_secs(KEPT_SECONDS))
    }

    /// Outcomes of messages that were sent within this time.
    pub(super) fn within(&self, now: Timestamp, time: SignedDuration) -> Counted {
        let oldest = (now.as_second() - time.as_secs()).div_euclid(SLOT_SECONDS);
        let slots = self.slots.iter().rev().take_while(|slot| slot.at > oldest);
        slots.fold(Counted::default(), Counted::with)
    }

    /// When the oldest of those falls out of that time.
    pub(super) fn falls_out(&self, now: Timestamp, time: SignedDuration) -> Option<Timestamp> {
        let oldest = (now.as_second() - time.as_secs()).div_euclid(SLOT_SECONDS);
        let slot = self.slots.iter().find(|slot| slot.at > oldest)?;
        Timestamp::from_second(slot.at * SLOT_SECONDS + time.as_secs()).ok()
    }

    /// The outcomes of the last fifty messages (D-33), or of a few more, once there are
    /// so many. In the order in which they were *sent*: a code that is missing is
    /// known later than one that is entered, and so, when many are sent and then none,
    /// the last outcomes to be known are all missing.
    pub(super) fn last_fifty(&self) -> Option<Counted> {
        let mut newest = Counted::default();
        for slot in self.slots.iter().rev() {
            newest = newest.with(slot);
            if newest.sent >= LAST {
                return Some(newest);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_newest_five_hundred_of_a_day_count() {
        let mut outcomes = Outcomes::default();
        for second in 0..1_000 {
            outcomes.note(at(second * 60), second >= 900);
            outcomes.trim(at(second * 60));
        }
        assert_eq!(outcomes.of_day(at(999 * 60)), Counted { sent: 500, entered: 100 });
        assert_eq!(outcomes.last_fifty(), Some(Counted { sent: 50, entered: 50 }));
        let later = at(999 * 60 + KEPT_SECONDS - 600);
        outcomes.trim(later);
        assert!(outcomes.of_day(later).sent < 15, "a day is over for the others");
        let later = at(999 * 60 + KEPT_SECONDS + 60);
        outcomes.trim(later);
        assert_eq!(outcomes.of_day(later), Counted::default());
        assert_eq!(outcomes.last_fifty(), Some(Counted { sent: 50, entered: 50 }));
    }

    #[test]
    fn an_hour_has_its_own_sum_and_an_end() {
        let hour = SignedDuration::from_hours(1);
        let mut outcomes = Outcomes::default();
        outcomes.note(at(0), true);
        outcomes.note(at(1_800), false);
        assert_eq!(outcomes.within(at(3_500), hour), Counted { sent: 2, entered: 1 });
        let end = outcomes.falls_out(at(3_500), hour).unwrap();
        assert!(end > at(3_500) && end <= at(3_600), "{end}");
        assert_eq!(outcomes.within(at(3_700), hour), Counted { sent: 1, entered: 0 });
        assert_eq!(outcomes.last_fifty(), None);
    }

    #[test]
    fn codes_that_are_missing_are_no_newer_because_they_are_known_later() {
        let mut outcomes = Outcomes::default();
        let mut missing = Vec::new();
        for second in 0..600 {
            if second % 5 == 0 { missing.push(second) } else { outcomes.note(at(second), true) }
        }
        for second in missing {
            outcomes.note(at(second), false);
            let last = outcomes.last_fifty().unwrap();
            assert!(last.entered * 5 >= last.sent * 4, "{last:?}");
        }
    }
}
