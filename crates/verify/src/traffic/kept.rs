//! What is kept of an area, and what follows from what was kept.

use super::area::{AreaTraffic, News};
use super::limits::{IN_FLIGHT_PER_COUNTRY, IN_FLIGHT_PER_PREFIX};
use super::{Changed, GuardMode, TrafficGuard};
use crate::Timestamp;
use crate::ids::ServiceId;
use crate::limits::TRAFFIC_AREAS_MAX;
use crate::record::{Area, TrafficArea, TrafficHold};

/// The rows of the store.
impl TrafficGuard {
    /// What changed since this was asked last, for the store, under this server's
    /// name; `most` at once. Either all of it, or the holds only, which the other
    /// servers are to know soon.
    pub fn changed(
        &mut self,
        node: &str,
        what: Changed,
        now: Timestamp,
        most: usize,
    ) -> Vec<TrafficArea> {
        let is_wanted = |known: &AreaTraffic| match what {
            Changed::All => known.is_changed,
            Changed::Holds => known.is_hold_changed,
        };
        let changed = self.areas.iter_mut().filter(|(_, known)| is_wanted(known));
        let rows = changed.filter_map(|((service, area), known)| {
            (known.is_changed, known.is_hold_changed) = (false, false);
            row(*service, *area, known, node, now)
        });
        rows.take(most).collect()
    }

    /// These rows could not be kept: they are to be given again.
    pub fn not_kept(&mut self, rows: &[TrafficArea]) {
        for row in rows {
            if let Some(known) = self.areas.get_mut(&(row.service, row.area)) {
                (known.is_changed, known.is_hold_changed) = (true, known.hold.is_some());
            }
        }
    }

    /// Begins with what was kept: by this server if it kept an area, else by another.
    /// What another one holds is held here as well.
    pub fn restore(&mut self, rows: &[TrafficArea], node: &str, now: Timestamp) {
        if self.mode == GuardMode::Off {
            return;
        }
        let (own, mut others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.node == node);
        // A server of a new name begins with what was known last.
        others.sort_by_key(|row| row.updated_at);
        for row in others.iter().chain(&own) {
            let key = (row.service, row.area);
            if self.areas.len() < TRAFFIC_AREAS_MAX || self.areas.contains_key(&key) {
                let mut known = AreaTraffic::restore(row, now);
                known.is_followed = row.node != node && known.hold.is_some();
                self.areas.insert(key, known);
            }
        }
        for row in others {
            let hold = row.hold.as_ref().filter(|hold| is_in_force(row, hold));
            if let (Some(hold), Some(known)) = (hold, self.areas.get_mut(&(row.service, row.area)))
            {
                known.follow(hold, now);
            }
        }
    }

    /// Follows the holds of the other servers, and the operator's releases.
    pub fn follow(&mut self, rows: &[TrafficArea], node: &str, now: Timestamp) {
        if self.mode == GuardMode::Off {
            return;
        }
        for row in rows {
            let known = self.areas.get_mut(&(row.service, row.area));
            // The row may not yet tell of the hold that the operator saw.
            let is_released = |known: &&mut AreaTraffic| {
                let since = known.hold.as_ref().map(|hold| hold.since);
                since.is_some_and(|since| row.released_at.is_some_and(|at| since <= at))
            };
            if let Some(known) = known.filter(is_released) {
                known.release(now);
                self.tell(row.account, row.service, row.area, News::Released);
            }
            let hold = row.hold.as_ref().filter(|hold| is_in_force(row, hold));
            if let Some(hold) = hold.filter(|_| row.node != node) {
                self.follow_one(row, hold, now);
            }
        }
    }

    fn follow_one(&mut self, row: &TrafficArea, hold: &TrafficHold, now: Timestamp) {
        // One that is over may be the end of one that is followed, and is no reason to
        // know the area.
        let is_known = self.areas.contains_key(&(row.service, row.area));
        if (is_known || now < hold.until)
            && self.area(row.account, row.service, row.area, now).follow(hold, now)
        {
            self.tell(row.account, row.service, row.area, News::Held(hold.clone()));
        }
    }
}

/// Whether the operator did not release the area since it was held.
fn is_in_force(row: &TrafficArea, hold: &TrafficHold) -> bool {
    row.released_at.is_none_or(|at| at < hold.since)
}

/// The row of an area; none if a server that knows nothing of it would do the same.
/// A hold that is followed is in its own server's row.
fn row(
    service: ServiceId,
    area: Area,
    known: &AreaTraffic,
    node: &str,
    now: Timestamp,
) -> Option<TrafficArea> {
    let peak = known.volume().peak();
    let has_history = match area {
        Area::Country(_) => more_than(peak, IN_FLIGHT_PER_COUNTRY),
        Area::Prefix(_) => more_than(peak, IN_FLIGHT_PER_PREFIX),
        Area::Block(_) => false,
    };
    let is_worth_it = has_history || known.hold.is_some() || matches!(area, Area::Country(_));
    is_worth_it.then(|| TrafficArea {
        account: known.account,
        service,
        area,
        node: node.to_owned(),
        days: known.base.days().to_vec(),
        hours: if has_history { known.volume().hours().to_vec() } else { Vec::new() },
        hold: known.hold.clone().filter(|_| !known.is_followed),
        refused: known.refused,
        updated_at: now,
        released_at: None,
    })
}

/// Whether so many entered codes let more messages be on their way than an area
/// without a history has.
fn more_than(peak: u32, without_history: u32) -> bool {
    peak.saturating_add(peak / 2) > without_history
}
