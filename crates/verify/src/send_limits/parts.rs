//! The sends of one account, counted in parts (ADR 20).
//!
//! Where several servers keep their data together, one row that every message of
//! an account must write is as quick as that row. So an account that may send
//! much has its limits divided among several rows: each part has its share, and a
//! message needs room in one of them. The shares together are the limit, so it is
//! never exceeded, whoever counts where at the same time; and nobody is refused
//! while some part has room.
//!
//! All servers must divide alike, or what one of them keeps for a part another
//! gives away. So the first part says in how many the account is divided, and a
//! message that finds another number there than its limits ask for divides anew.
//! It does so by writing *all* rows that there can be: no other message can be
//! counted beside it. The same goes for one that finds a part with more than its
//! share, as after a change of limits, and for one that no part has room for in every
//! respect: then the sum is what decides.

use super::account::AccountSends;
use super::{SendLimits, Throttle, Throttled};
use crate::Timestamp;
use crate::limits::{ACCOUNT_PARTS_MAX, SENDS_PER_SECOND_OF_PART};
use crate::phone::Country;

/// The counts of one account as a step sees them.
#[derive(Debug, Clone, Copy)]
pub struct AccountParts<'a> {
    /// Part 0, which every account has.
    pub first: &'a AccountSends,
    /// The further parts that have been written, by their number.
    pub others: &'a [(u16, AccountSends)],
}

/// A part with what it counts now.
pub type PartSends = (u16, AccountSends);

/// Where a message can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In this part, whatever happens in the others meanwhile.
    Part(u16),
    /// In the first, by writing all that there can be.
    Alone,
}

impl SendLimits {
    /// In how many parts the sends of an account with these limits are counted.
    /// A limit a second bounds how often its row is written, so most have one.
    pub fn parts(&self) -> u16 {
        if !self.is_counted_in_parts {
            return 1;
        }
        let wanted = self.account_sms_per_second.div_ceil(SENDS_PER_SECOND_OF_PART);
        u16::try_from(wanted).unwrap_or(u16::MAX).clamp(1, ACCOUNT_PARTS_MAX)
    }

    /// What one part may count. All shares together are the limits.
    fn share(&self, part: u16, parts: u16) -> Self {
        if parts == 1 && part == 0 {
            return *self;
        }
        let of = |limit: u32| {
            let (all, part) = (u32::from(parts), u32::from(part));
            if part >= all { 0 } else { limit / all + u32::from(part < limit % all) }
        };
        Self {
            account_sms_per_second: of(self.account_sms_per_second),
            account_sms_per_hour: of(self.account_sms_per_hour),
            account_sms_per_day: of(self.account_sms_per_day),
            country_sms_per_day: of(self.country_sms_per_day),
            ..*self
        }
    }
}

impl<'a> AccountParts<'a> {
    fn all(self) -> impl Iterator<Item = (u16, &'a AccountSends)> {
        [(0, self.first)].into_iter().chain(self.others.iter().map(|(part, sends)| (*part, sends)))
    }

    /// Whether messages to some foreign country are counted.
    pub fn counts_countries(self) -> bool {
        self.all().any(|(_, sends)| !sends.countries.is_empty())
    }

    fn part(self, wanted: u16) -> AccountSends {
        let found = self.all().find(|(part, _)| *part == wanted);
        found.map(|(_, sends)| sends.clone()).unwrap_or_default()
    }

    /// Which throttle refuses a message, if any: in every part. `country` is given
    /// if it is foreign to the account; a message looks for room from `nearest` on.
    pub fn throttled(
        self,
        now: Timestamp,
        country: Option<Country>,
        limits: &SendLimits,
        nearest: u16,
    ) -> Option<Throttled> {
        self.place(now, country, limits, nearest).err()
    }

    /// The caps of an hour and a day of which four fifths are used once a message is counted
    /// (`delivery.md` 10, G-5).
    pub fn nearly_full(
        self,
        now: Timestamp,
        country: Option<Country>,
        limits: &SendLimits,
    ) -> impl Iterator<Item = Throttle> + use<> {
        let caps = self.sum(now).counted(now, country, limits);
        let is_used = move |(throttle, sends, limit): (Throttle, u32, u32)| {
            let is_meant = throttle != Throttle::CountryDay || country.is_some();
            let used = u64::from(sends) + 1;
            (is_meant && used * 5 >= u64::from(limit) * 4).then_some(throttle)
        };
        caps.into_iter().filter_map(is_used)
    }

    /// Counts a message that no throttle refuses; gives the parts to write.
    pub fn record(
        self,
        now: Timestamp,
        country: Option<Country>,
        limits: &SendLimits,
        nearest: u16,
    ) -> Vec<PartSends> {
        let counted = |part| {
            let mut sends = self.part(part);
            sends.record(now);
            if let Some(country) = country {
                sends.record_country(now, country);
            }
            (part, sends)
        };
        match self.place(now, country, limits, nearest) {
            Ok(Place::Part(part)) => vec![counted(part)],
            Ok(Place::Alone) => {
                let (_, mut first) = counted(0);
                first.divided = limits.parts();
                let rest = (1..ACCOUNT_PARTS_MAX).map(|part| (part, self.part(part)));
                [(0, first)].into_iter().chain(rest).collect()
            }
            // What no limit was asked about is counted all the same.
            Err(_) => vec![counted(0)],
        }
    }

    /// Takes a message of this time back that never left; gives the parts to write.
    pub fn release(self, at: Timestamp, country: Option<Country>) -> Vec<PartSends> {
        let of_country = |sends: &AccountSends| country.is_some_and(|c| sends.has_sent_to(at, c));
        let has_sent = |sends: &AccountSends| sends.has_sent(at);
        let find = |holds: &dyn Fn(&AccountSends) -> bool| {
            self.all().find(|(_, sends)| holds(sends)).map(|(part, _)| part)
        };
        let both = find(&|sends| has_sent(sends) && of_country(sends));
        let (of_all, foreign) =
            (both.or_else(|| find(&has_sent)), both.or_else(|| find(&of_country)));
        let mut changed: Vec<PartSends> = Vec::new();
        if let Some(part) = of_all {
            let mut sends = self.part(part);
            sends.release(at);
            changed.push((part, sends));
        }
        if let (Some(part), Some(country)) = (foreign, country) {
            let mut sends = match changed.pop_if(|(changed, _)| *changed == part) {
                Some((_, sends)) => sends,
                None => self.part(part),
            };
            sends.release_country(at, country);
            changed.push((part, sends));
        }
        changed
    }

    fn place(
        self,
        now: Timestamp,
        country: Option<Country>,
        limits: &SendLimits,
        nearest: u16,
    ) -> Result<Place, Throttled> {
        let parts = limits.parts();
        let exceeds = |(part, sends): (u16, &AccountSends)| {
            sends.exceeds(now, country, &limits.share(part, parts))
        };
        let is_divided_alike = self.first.divided.max(1) == parts;
        if is_divided_alike && !self.all().any(exceeds) {
            let has_room = |part: &u16| {
                self.part(*part).refuses(now, country, &limits.share(*part, parts)).is_none()
            };
            let mut in_turn = (0..parts).map(|step| (nearest % parts + step) % parts);
            if let Some(part) = in_turn.find(has_room) {
                return Ok(Place::Part(part));
            }
        }
        // One part may be full for the hour and another for the country.
        match self.sum(now).refuses(now, country, limits) {
            Some(throttled) => Err(throttled),
            None => Ok(Place::Alone),
        }
    }

    /// All parts together, with whatever counts in the second of `now`.
    fn sum(self, now: Timestamp) -> AccountSends {
        let mut sum = self.all().fold(AccountSends::default(), |sum, (_, sends)| sum.plus(sends));
        let seconds = self.all().map(|(_, sends)| sends.second_of(now));
        let (second, sends) = seconds
            .fold((now.as_second(), 0_u32), |(second, all), (of, sends)| {
                (second.max(of), all.saturating_add(sends))
            });
        (sum.second, sum.second_sends) = (second, sends);
        sum
    }
}

#[cfg(test)]
mod tests;
