//! Whether an area takes one more message (`delivery.md` 10, G-1; D-32).

use super::{AreaTraffic, DAY, HOUR, after};
use crate::record::{Area, Stage, TrafficRule};
use crate::routing::evidence::MATURITY_SECONDS;
use crate::traffic::evidence;
use crate::traffic::limits::{
    BLOCK_DAY_MAX, BLOCK_HOUR_MAX, CHALLENGED_PER_BLOCK, CHALLENGED_PER_COUNTRY,
    CHALLENGED_PER_PREFIX, IN_FLIGHT_PER_BLOCK, IN_FLIGHT_PER_COUNTRY, IN_FLIGHT_PER_PREFIX,
};
use crate::{SignedDuration, Timestamp};

/// Why an area takes no message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traffic) struct Full {
    pub(in crate::traffic) rule: TrafficRule,
    pub(in crate::traffic) until: Timestamp,
}

impl AreaTraffic {
    /// Whether the area takes one more message, and why not.
    pub(in crate::traffic) fn room(
        &self,
        area: Area,
        base: f64,
        now: Timestamp,
    ) -> Result<(), Full> {
        let held = self.held(now);
        if let Some(hold) = held.filter(|hold| hold.stage == Stage::Closed) {
            return Err(Full { rule: hold.rule, until: hold.until });
        }
        let most = self.in_flight_max(area, held.is_some(), now);
        let until = after(now, SignedDuration::from_secs(MATURITY_SECONDS));
        if self.in_flight.saturating_add(self.owed(area, base, now)) >= most {
            let rule = held.map_or(TrafficRule::InFlight, |hold| hold.rule);
            return Err(Full { rule, until });
        }
        match area {
            Area::Block(_) => self.block_room(now),
            Area::Country(_) | Area::Prefix(_) => Ok(()),
        }
    }

    /// G-1: what the contract gives to an area without a history, or one and a half
    /// times the codes that are usually entered within one maturity time; of honest
    /// traffic less than half of that is in flight. Where it is challenged, half of
    /// it: no more than usual (ADR 22).
    fn in_flight_max(&self, area: Area, is_challenged: bool, now: Timestamp) -> u32 {
        let usual = self.volume.usual(now);
        let known = if is_challenged { usual / 2 } else { usual.saturating_add(usual / 2) };
        let without_history = match (area, is_challenged) {
            (Area::Country(_), false) => IN_FLIGHT_PER_COUNTRY,
            (Area::Country(_), true) => CHALLENGED_PER_COUNTRY,
            (Area::Prefix(_), false) => IN_FLIGHT_PER_PREFIX,
            (Area::Prefix(_), true) => CHALLENGED_PER_PREFIX,
            (Area::Block(_), false) => IN_FLIGHT_PER_BLOCK,
            (Area::Block(_), true) => CHALLENGED_PER_BLOCK,
        };
        known.max(without_history)
    }

    /// Messages of the last hour in a country that nobody paid for with a code: they
    /// count as if they were on their way. Otherwise whoever sends just slowly enough
    /// to stay below the limit has it full once more when the first outcomes tell.
    fn owed(&self, area: Area, base: f64, now: Timestamp) -> u32 {
        match area {
            Area::Country(_) => evidence::owed(self.outcomes.within(now, HOUR), base),
            Area::Prefix(_) | Area::Block(_) => 0,
        }
    }

    /// D-32: so many messages to a block, unless half of its codes are entered.
    fn block_room(&self, now: Timestamp) -> Result<(), Full> {
        for (time, most) in [(HOUR, BLOCK_HOUR_MAX), (DAY, BLOCK_DAY_MAX)] {
            let counted = self.outcomes.within(now, time);
            let is_full = counted.sent.saturating_add(self.in_flight) >= most;
            if is_full && counted.entered * 2 < counted.sent {
                let falls_out = self.outcomes.falls_out(now, time);
                let later = falls_out.unwrap_or(after(now, time));
                // What is on its way may be entered yet, and then there is room.
                let mature = after(now, SignedDuration::from_secs(MATURITY_SECONDS));
                let until = if self.in_flight > 0 { later.min(mature) } else { later };
                return Err(Full { rule: TrafficRule::Block, until });
            }
        }
        Ok(())
    }
}
