//! What is known of the traffic of one service in one area, and what follows.

mod room;

use super::base::Base;
use super::evidence::{self, Completion};
use super::jump::Pace;
use super::limits::{CLOSED_FIRST, CLOSED_MAX, NEIGHBOURS_CLOSED, SUSPECTED};
use super::neighbours::{Crowd, Neighbours};
use super::outcomes::{Counted, Outcomes};
use super::volume::Volume;
use crate::ids::AccountId;
use crate::record::{Area, Stage, TrafficArea, TrafficHold, TrafficRule};
use crate::{SignedDuration, Timestamp};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Doublings after which an area is closed for as long as it can be.
const DOUBLINGS_MAX: u32 = 5;

/// The end of a time that begins then.
fn after(then: Timestamp, time: SignedDuration) -> Timestamp {
    then.saturating_add(time).unwrap_or(Timestamp::MAX)
}

/// One service in one area.
#[expect(clippy::struct_excessive_bools, reason = "each tells another thing")]
#[derive(Debug)]
pub(super) struct AreaTraffic {
    pub(super) account: AccountId,
    /// Messages neither entered nor mature.
    pub(super) in_flight: u32,
    outcomes: Outcomes,
    neighbours: Neighbours,
    volume: Volume,
    /// Of a country or prefix.
    pace: Pace,
    pub(super) base: Base,
    pub(super) hold: Option<TrafficHold>,
    /// Starts that were refused since `hold` began.
    pub(super) refused: u32,
    /// Whether `hold` is another server's, who is the one to keep it and to lift it.
    pub(super) is_followed: bool,
    /// Whether `hold` is from before the program started: what it was seen by is not
    /// known any more.
    is_restored: bool,
    /// When the operator released the area last: no hold from before counts.
    released_at: Timestamp,
    /// Only messages that were begun since then count.
    fresh_from: Timestamp,
    /// Whether the operator was told that few codes are entered.
    is_told: bool,
    /// Whether something is worth keeping that is not kept yet.
    pub(super) is_changed: bool,
    /// Whether the hold is not kept yet.
    pub(super) is_hold_changed: bool,
    pub(super) touched_at: Timestamp,
}

/// What an area asks the operator to know.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum News {
    Held(TrafficHold),
    Lifted,
    Released,
    /// D-33: few codes are entered.
    Low {
        entered: u32,
        sent: u32,
    },
}

impl AreaTraffic {
    pub(super) fn new(account: AccountId, now: Timestamp) -> Self {
        Self {
            account,
            in_flight: 0,
            outcomes: Outcomes::default(),
            neighbours: Neighbours::default(),
            volume: Volume::default(),
            pace: Pace::default(),
            base: Base::default(),
            hold: None,
            refused: 0,
            is_followed: false,
            is_restored: false,
            released_at: Timestamp::UNIX_EPOCH,
            fresh_from: Timestamp::UNIX_EPOCH,
            is_told: false,
            is_changed: false,
            is_hold_changed: false,
            touched_at: now,
        }
    }

    /// What was kept. What was sent before is not known any more.
    pub(super) fn restore(kept: &TrafficArea, now: Timestamp) -> Self {
        let hold = kept.hold.clone();
        let released_at = kept.released_at.unwrap_or(Timestamp::UNIX_EPOCH);
        let hold = hold.filter(|hold| hold.since > released_at);
        Self {
            volume: Volume::restore(&kept.hours),
            base: Base::restore(&kept.days),
            fresh_from: hold.as_ref().map_or(released_at, |hold| hold.since.max(released_at)),
            refused: kept.refused,
            is_restored: hold.is_some(),
            hold,
            released_at,
            ..Self::new(kept.account, now)
        }
    }

    /// The hold in force.
    pub(super) fn held(&self, now: Timestamp) -> Option<&TrafficHold> {
        self.hold.as_ref().filter(|hold| now < hold.until)
    }

    pub(super) fn sent(&mut self, area: Area, digits: u16, now: Timestamp) {
        self.in_flight += 1;
        self.touched_at = now;
        match area {
            Area::Block(_) => self.neighbours.sent(digits, now),
            Area::Country(_) | Area::Prefix(_) => self.pace.begun(now),
        }
    }

    /// A message was not sent after all.
    pub(super) fn withdraw(&mut self, area: Area, digits: u16) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match area {
            Area::Block(_) => self.neighbours.withdraw(digits),
            Area::Country(_) | Area::Prefix(_) => self.pace.withdrawn(),
        }
    }

    /// The end of a message that was sent then is known.
    pub(super) fn settle(
        &mut self,
        area: Area,
        digits: u16,
        sent_at: Timestamp,
        is_entered: bool,
        now: Timestamp,
    ) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.touched_at = now;
        if is_entered {
            self.neighbours.entered(digits);
            if !matches!(area, Area::Block(_)) {
                self.volume.entered(now);
                self.pace.entered(now);
                self.is_changed = true;
            }
        }
        if matches!(area, Area::Country(_)) {
            self.base.note(now, is_entered);
            self.is_changed = true;
        }
        if sent_at >= self.fresh_from {
            self.outcomes.note(sent_at, is_entered);
            self.outcomes.trim(now);
        }
    }

    /// A gateway takes a message that was sent then for pumped traffic (G-6).
    pub(super) fn suspect(&mut self, sent_at: Timestamp, now: Timestamp) {
        self.touched_at = now;
        if sent_at >= self.fresh_from {
            (0..SUSPECTED).for_each(|_| self.outcomes.note(sent_at, false));
            self.outcomes.trim(now);
        }
    }

    /// Looks at what is known, where `base` is the share that is expected; the news.
    pub(super) fn judge(&mut self, area: Area, base: f64, now: Timestamp) -> Option<News> {
        if self.held(now).is_some_and(|hold| hold.stage == Stage::Closed) {
            return None;
        }
        let counted = self.outcomes.of_day(now);
        let crowd = match area {
            Area::Block(_) => self.neighbours.judge(now),
            Area::Country(_) | Area::Prefix(_) => Crowd::Fine,
        };
        let completion = match area {
            Area::Country(_) => evidence::completion(self.outcomes.last_fifty()),
            Area::Prefix(_) | Area::Block(_) => Completion::Fine,
        };
        let stage = self.held(now).map(|hold| hold.stage);
        let judged = evidence::judge(counted, base, stage);
        let of_hour = self.outcomes.within(now, HOUR);
        let is_known = self.held(now).is_some_and(|hold| hold.rule == TrafficRule::Jump);
        let is_jump = match area {
            Area::Country(_) | Area::Prefix(_) => self.pace.is_jump(of_hour, base, is_known, now),
            Area::Block(_) => false,
        };
        let verdict = match (judged, crowd, completion) {
            (Some(Stage::Closed), ..) => Some((Stage::Closed, evidence::RULE, CLOSED_FIRST)),
            (_, Crowd::Many, _) => {
                Some((Stage::Closed, TrafficRule::Neighbours, NEIGHBOURS_CLOSED))
            }
            (.., Completion::Closed) => {
                Some((Stage::Closed, TrafficRule::Completion, CLOSED_FIRST))
            }
            (Some(Stage::Challenge), ..) => Some((Stage::Challenge, evidence::RULE, HOUR)),
            (_, Crowd::Near, _) => Some((Stage::Challenge, TrafficRule::Neighbours, HOUR)),
            _ if is_jump => Some((Stage::Challenge, TrafficRule::Jump, HOUR)),
            (None, Crowd::Fine, Completion::Low | Completion::Fine) => None,
        };
        let counted = match verdict {
            Some((_, TrafficRule::Neighbours, _)) => self.neighbours.counted(now),
            Some((_, TrafficRule::Jump, _)) => of_hour,
            Some((_, TrafficRule::Completion, _)) => self.outcomes.last_fifty().unwrap_or(counted),
            Some(_) | None => counted,
        };
        match verdict {
            Some((stage, rule, time)) => self.hold_for(stage, rule, time, counted, base, now),
            None if stage == Some(Stage::Challenge) && !self.is_kept_up(counted) => {
                self.lift(now);
                Some(News::Lifted)
            }
            None => self.tell(completion),
        }
    }

    /// Whether a challenge goes on although nothing asks for it: another server's, and
    /// one from before a start of the program of which too little is known.
    fn is_kept_up(&self, counted: Counted) -> bool {
        self.is_followed || self.is_restored && !evidence::is_enough(counted)
    }

    fn tell(&mut self, completion: Completion) -> Option<News> {
        let last = self.outcomes.last_fifty();
        if self.is_told {
            self.is_told = !evidence::is_well_again(last);
            return None;
        }
        self.is_told = completion == Completion::Low;
        let last = last.filter(|_| self.is_told)?;
        Some(News::Low { entered: last.entered, sent: last.sent })
    }

    fn hold_for(
        &mut self,
        stage: Stage,
        rule: TrafficRule,
        time: SignedDuration,
        counted: Counted,
        base: f64,
        now: Timestamp,
    ) -> Option<News> {
        let is_known = self.held(now).is_some_and(|hold| hold.stage == stage);
        if let Some(hold) = self.hold.as_mut().filter(|_| is_known) {
            // It goes on while there is reason for it.
            hold.until = hold.until.max(after(now, time));
            self.is_changed = true;
            // What another server held is from now on held for what is seen here.
            self.is_hold_changed |= std::mem::take(&mut self.is_followed);
            return None;
        }
        let before = self.hold.as_ref().filter(|hold| now < after(hold.until, DAY));
        let times_before = before.map_or(0, |hold| hold.times);
        let times = times_before.saturating_add(u32::from(stage == Stage::Closed));
        let time = match stage {
            Stage::Closed => {
                (time * (1 << times.saturating_sub(1).min(DOUBLINGS_MAX))).min(CLOSED_MAX)
            }
            Stage::Challenge => time,
        };
        let hold = TrafficHold {
            stage,
            rule,
            since: now,
            until: after(now, time),
            times,
            sent: counted.sent,
            entered: counted.entered,
            base_permille: evidence::permille(base),
        };
        self.hold = Some(hold.clone());
        (self.refused, self.is_followed, self.is_restored) = (0, false, false);
        (self.is_changed, self.is_hold_changed) = (true, true);
        if stage == Stage::Closed {
            self.start_afresh(now);
        }
        Some(News::Held(hold))
    }

    /// What was seen until now is not held against messages that come after it.
    fn start_afresh(&mut self, now: Timestamp) {
        self.fresh_from = now;
        self.outcomes.clear();
        self.neighbours.clear();
    }

    fn lift(&mut self, now: Timestamp) {
        if let Some(hold) = &mut self.hold {
            hold.until = hold.until.min(now);
        }
        (self.is_changed, self.is_hold_changed) = (true, true);
    }

    /// The operator released the area.
    pub(super) fn release(&mut self, now: Timestamp) {
        self.hold = None;
        (self.refused, self.is_followed) = (0, false);
        self.released_at = now;
        self.is_changed = true;
        self.start_afresh(now);
    }

    /// Another server holds the area: this one does, too, if that is stricter, until
    /// the other one lifts it. Whether that is news.
    pub(super) fn follow(&mut self, other: &TrafficHold, now: Timestamp) -> bool {
        let is_same = |own: &TrafficHold| own.stage == other.stage && own.since == other.since;
        if let Some(own) = self.hold.as_mut().filter(|own| self.is_followed && is_same(own)) {
            own.until = other.until;
            return false;
        }
        let is_stricter = match self.held(now) {
            None => true,
            Some(own) => own.stage == Stage::Challenge && other.stage == Stage::Closed,
        };
        if !is_stricter || now >= other.until || other.since <= self.released_at {
            return false;
        }
        self.hold = Some(other.clone());
        (self.refused, self.is_followed) = (0, true);
        if other.stage == Stage::Closed {
            self.start_afresh(other.since.max(self.fresh_from));
        }
        true
    }

    /// Whether nothing is worth remembering: of a block that is well, nothing is.
    pub(super) fn is_idle(&mut self, area: Area, now: Timestamp) -> bool {
        self.outcomes.trim(now);
        self.neighbours.forget(now);
        let counted = self.outcomes.of_day(now);
        let is_well = matches!(area, Area::Block(_)) && counted.entered * 2 >= counted.sent;
        let is_held_no_more = self.hold.as_ref().is_none_or(|hold| now >= after(hold.until, DAY));
        self.in_flight == 0
            && (is_well || counted.sent == 0)
            && self.neighbours.is_empty()
            && is_held_no_more
            && self.volume.is_over(now)
            && self.base.is_over(now)
    }

    pub(super) fn volume(&self) -> &Volume {
        &self.volume
    }
}
