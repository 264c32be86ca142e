//! What wrong codes cost a person: the guess budget (S-8, D-9) and the
//! escalating blocks (S-9, D-8).
//!
//! One guard per (service, user), over all verifications, methods and doors.
//! It outlives the verification, because the guess allowance belongs to the
//! user and not to the code (S-4).

use crate::{SignedDuration, Timestamp};

/// The numbers of D-8 and D-9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardPolicy {
    /// Budget over any rolling 30 days, and since the last success, in
    /// thousandths of a unit.
    pub budget_milliunits: u32,
    /// Consecutive failures that make a block.
    pub failures_per_block: u32,
    /// Length of the first block, the second …; the last one repeats.
    pub blocks: Vec<SignedDuration>,
}

impl Default for GuardPolicy {
    fn default() -> Self {
        let minutes = SignedDuration::from_mins;
        Self {
            budget_milliunits: 100_000,
            failures_per_block: 5,
            blocks: vec![minutes(1), minutes(30), minutes(120), minutes(480), minutes(1440)],
        }
    }
}

/// Failures of one day, for the rolling budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFailures {
    /// Days since 1970-01-01 UTC.
    pub day: i64,
    /// Cost of that day's wrong guesses, in thousandths of a unit.
    pub milliunits: u32,
}

/// The account of one user's wrong codes. The default is a clean slate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard {
    /// Failures since the last success or unlock.
    pub consecutive_failures: u32,
    /// Blocks since the last success or unlock.
    pub blocks: u32,
    /// End of the present block.
    pub blocked_until: Option<Timestamp>,
    /// Cost of the wrong guesses since the last success or unlock.
    pub milliunits_since_success: u32,
    /// Cost per day, oldest first; days that no longer count are dropped.
    pub days: Vec<DayFailures>,
}

/// Why a guard refuses: nothing is compared, and it costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Blocked for a while (D-8).
    Blocked {
        /// When the block ends.
        until: Timestamp,
    },
    /// The budget of the rolling 30 days is used up (D-9).
    BudgetSpent {
        /// When enough of it is free again.
        until: Timestamp,
    },
    /// The budget since the last success is used up: only an unlock helps (S-11).
    HardLocked,
}

impl Lock {
    /// When it ends by itself; `None` if it does not.
    pub fn until(&self) -> Option<Timestamp> {
        match *self {
            Self::Blocked { until } | Self::BudgetSpent { until } => Some(until),
            Self::HardLocked => None,
        }
    }
}

/// A day's failures count until the whole day is older than this.
const BUDGET_DAYS: i64 = 30;
const DAY_SECONDS: i64 = 86_400;

impl Guard {
    /// Whether a guess of this cost is refused at `now`, and why.
    pub fn lock(&self, now: Timestamp, cost_milliunits: u32, policy: &GuardPolicy) -> Option<Lock> {
        if self.milliunits_since_success.saturating_add(cost_milliunits) > policy.budget_milliunits
        {
            return Some(Lock::HardLocked);
        }
        if let Some(until) = self.block(now) {
            return Some(Lock::Blocked { until });
        }
        self.budget_lock(now, cost_milliunits, policy)
    }

    /// When the present block ends, if there is one; a budget that is used up as
    /// well hides it in [`Guard::lock`].
    pub fn block(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|until| now < *until)
    }

    fn budget_lock(&self, now: Timestamp, cost: u32, policy: &GuardPolicy) -> Option<Lock> {
        let counted = || self.days.iter().filter(|d| d.day >= oldest_counted_day(now));
        let mut total = counted().fold(cost, |sum, d| sum.saturating_add(d.milliunits));
        if total <= policy.budget_milliunits {
            return None;
        }
        for failures in counted() {
            total = total.saturating_sub(failures.milliunits);
            if total <= policy.budget_milliunits {
                let free_day = failures.day + BUDGET_DAYS + 1;
                let until =
                    Timestamp::from_second(free_day * DAY_SECONDS).unwrap_or(Timestamp::MAX);
                return Some(Lock::BudgetSpent { until });
            }
        }
        Some(Lock::HardLocked)
    }

    /// Charges one wrong guess: budget, consecutive failures, and a block when
    /// enough have come together.
    pub fn charge(&mut self, now: Timestamp, cost_milliunits: u32, policy: &GuardPolicy) {
        self.days.retain(|d| d.day >= oldest_counted_day(now));
        let today = day_of(now);
        match self.days.iter_mut().find(|d| d.day == today) {
            Some(d) => d.milliunits = d.milliunits.saturating_add(cost_milliunits),
            None => self.days.push(DayFailures { day: today, milliunits: cost_milliunits }),
        }
        self.milliunits_since_success =
            self.milliunits_since_success.saturating_add(cost_milliunits);
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
        if self.consecutive_failures.is_multiple_of(policy.failures_per_block.max(1)) {
            let step = (self.blocks as usize).min(policy.blocks.len().saturating_sub(1));
            let length = policy.blocks.get(step).copied().unwrap_or(SignedDuration::from_mins(1));
            self.blocked_until = Some(now.saturating_add(length).unwrap_or(Timestamp::MAX));
            self.blocks = self.blocks.saturating_add(1);
        }
    }

    /// Notes a success: blocks and consecutive failures are forgotten, the
    /// rolling budget is not (D-9: it holds although the victim logs in).
    pub fn succeed(&mut self, now: Timestamp) {
        let mut days = std::mem::take(&mut self.days);
        days.retain(|d| d.day >= oldest_counted_day(now));
        *self = Self { days, ..Self::default() };
    }

    /// Whether there is nothing to remember.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

fn day_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(DAY_SECONDS)
}

/// Failures of this day and later count. The day on which the 30 days began
/// counts whole: never too little.
fn oldest_counted_day(now: Timestamp) -> i64 {
    day_of(now) - BUDGET_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    /// A guess at one of 900,000 codes; 89 of them fit into the budget.
    const COST: u32 = 1_112;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_000_000 + seconds).unwrap()
    }

    /// Fails as fast as the guard lets it, from `from` on; gives the times.
    fn hammer(guard: &mut Guard, from: i64, until: i64, policy: &GuardPolicy) -> Vec<i64> {
        hammer_at_most(usize::MAX, guard, from, until, policy)
    }

    fn hammer_at_most(
        most: usize,
        guard: &mut Guard,
        from: i64,
        until: i64,
        policy: &GuardPolicy,
    ) -> Vec<i64> {
        let (mut now, mut guesses) = (from, Vec::new());
        while now < until && guesses.len() < most {
            match guard.lock(at(now), COST, policy) {
                None => {
                    guard.charge(at(now), COST, policy);
                    guesses.push(now);
                }
                Some(lock) => match lock.until() {
                    Some(until) => now = until.as_second() - 1_760_000_000,
                    None => break,
                },
            }
        }
        guesses
    }

    #[test]
    fn blocks_grow_as_the_table_says() {
        let policy = GuardPolicy::default();
        let mut guard = Guard::default();
        let mut now = 0;
        for block in [60, 1_800, 7_200, 28_800, 86_400, 86_400] {
            for _ in 0..5 {
                assert_eq!(guard.lock(at(now), COST, &policy), None);
                guard.charge(at(now), COST, &policy);
            }
            let until = at(now + block);
            assert_eq!(
                guard.lock(at(now + block - 1), COST, &policy),
                Some(Lock::Blocked { until })
            );
            now += block;
        }
        guard.succeed(at(now));
        assert_eq!((guard.blocks, guard.consecutive_failures, guard.blocked_until), (0, 0, None));
    }

    /// security.md 3.2, rows "first hour", "24 h", "7 days".
    #[test]
    fn an_attacker_gets_the_guesses_of_the_table() {
        let policy = GuardPolicy::default();
        for (seconds, expected) in [(3_600, 15), (86_400, 25), (7 * 86_400, 55)] {
            assert_eq!(hammer(&mut Guard::default(), 0, seconds, &policy).len(), expected);
        }
    }

    #[test]
    fn a_spent_budget_without_a_success_locks_for_good() {
        let policy = GuardPolicy::default();
        let mut guard = Guard::default();
        let guesses = hammer(&mut guard, 0, 400 * 86_400, &policy);
        assert_eq!(guesses.len(), 89);
        assert_eq!(guard.lock(at(400 * 86_400), COST, &policy), Some(Lock::HardLocked));
    }

    /// S-8: the victim logs in at random, the attacker knows all rules.
    #[test]
    fn no_thirty_days_hold_more_than_the_budget_although_the_victim_logs_in() {
        let policy = GuardPolicy::default();
        for seed in 0..300 {
            let mut chance = SeededEntropy::new(seed);
            let (mut guard, mut guesses, mut now) = (Guard::default(), Vec::new(), 0_i64);
            while now < 90 * 86_400 {
                let login = now + i64::try_from(chance.next_u64() % 172_800).unwrap() + 1;
                // An attacker who locks the victim out learns no more; a wise one
                // stops early and goes on after the victim's next login.
                let most = usize::try_from(chance.next_u64() % 15).unwrap();
                guesses.extend(hammer_at_most(most, &mut guard, now, login, &policy));
                now = login;
                if guard.lock(at(now), COST, &policy).is_none() {
                    guard.succeed(at(now));
                }
            }
            for (i, first) in guesses.iter().enumerate() {
                let within = guesses[i..].iter().take_while(|g| **g < first + 30 * 86_400).count();
                assert!(within <= 89, "seed {seed}: {within} guesses within 30 days");
            }
            assert!(
                guesses.len() > 89,
                "seed {seed}: the simulation must press against the budget"
            );
        }
    }

    #[test]
    fn a_clean_guard_needs_no_record() {
        let policy = GuardPolicy::default();
        let mut guard = Guard::default();
        assert!(guard.is_clean());
        guard.charge(at(0), COST, &policy);
        guard.succeed(at(1));
        assert!(!guard.is_clean(), "the rolling budget remembers");
        guard.succeed(at(32 * 86_400));
        assert!(guard.is_clean());
    }
}
