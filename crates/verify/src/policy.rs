//! The numbers that govern verifications, with the limits that no operator
//! may cross (security.md 2.1).

use crate::SignedDuration;
use crate::code::CodeLength;
use crate::guard::GuardPolicy;
use crate::message::{SenderId, Template};
use crate::send_limits::{AddressLimits, SendLimits};

/// The numbers of one installation; accounts override the send limits.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Codes: length, lifetime, attempts, resends.
    pub codes: CodePolicy,
    /// Budget and blocks per user.
    pub guard: GuardPolicy,
    /// How often a number, an account … may be sent to.
    pub sends: SendLimits,
    /// How much may come from one address of a person.
    pub addresses: AddressLimits,
    /// Text of a message with a code.
    pub template: Template,
    /// Sender of a message.
    pub sender: SenderId,
}

/// D-1 … D-6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePolicy {
    /// Digits of a code (D-1).
    pub length: CodeLength,
    /// How long a code lives (D-2): accepted until just before the end.
    pub lifetime: SignedDuration,
    /// Wrong attempts that a verification bears (D-3).
    pub attempts_max: u32,
    /// Messages that one verification may send (D-4).
    pub sends_max: u32,
    /// Pause after the first message, the second … (D-5); the last repeats.
    pub resend_cooldowns: Vec<SignedDuration>,
    /// With less than this left, no further message is sent (D-6).
    pub resend_remaining_min: SignedDuration,
    /// How long after its end an expired verification still says so.
    pub expired_answer: SignedDuration,
}

/// D-3, profile `legacy-short`.
const SHORT_ATTEMPTS_MAX: u32 = 3;

impl Default for CodePolicy {
    fn default() -> Self {
        let seconds = SignedDuration::from_secs;
        Self {
            length: CodeLength::DEFAULT,
            lifetime: seconds(300),
            attempts_max: 5,
            sends_max: 3,
            resend_cooldowns: vec![seconds(30), seconds(60), seconds(120)],
            resend_remaining_min: seconds(60),
            expired_answer: SignedDuration::from_hours(24),
        }
    }
}

/// A number outside the hard limits of security.md 2.1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {value}; allowed is {allowed} ({rule})")]
pub struct PolicyError {
    /// What the number governs, in words.
    pub name: &'static str,
    /// The value found.
    pub value: String,
    /// The range that is allowed.
    pub allowed: &'static str,
    /// The number of security.md that sets the range.
    pub rule: &'static str,
}

impl CodePolicy {
    /// Wrong attempts that a code of this length bears (D-3): fewer for a short
    /// one.
    pub fn attempts_max_of(&self, length: CodeLength) -> u32 {
        if length.is_short() {
            self.attempts_max.min(SHORT_ATTEMPTS_MAX)
        } else {
            self.attempts_max
        }
    }

    /// Pause after the `sends`-th message (1 for the first).
    pub fn cooldown_after(&self, sends: u32) -> SignedDuration {
        let index = (sends.max(1) as usize - 1).min(self.resend_cooldowns.len().saturating_sub(1));
        self.resend_cooldowns.get(index).copied().unwrap_or(SignedDuration::from_secs(30))
    }

    /// Checks the hard limits.
    ///
    /// # Errors
    /// The first number that crosses its limit.
    pub fn check(&self) -> Result<(), PolicyError> {
        let fault =
            |name, value: String, allowed, rule| Err(PolicyError { name, value, allowed, rule });
        if !(6..=10).contains(&self.length.digits()) {
            return fault("code length", self.length.digits().to_string(), "6 to 10 digits", "D-1");
        }
        if !(30..=600).contains(&self.lifetime.as_secs()) {
            return fault(
                "code lifetime",
                self.lifetime.as_secs().to_string(),
                "30 to 600 s",
                "D-2",
            );
        }
        if !(1..=10).contains(&self.attempts_max) {
            return fault("attempts per code", self.attempts_max.to_string(), "1 to 10", "D-3");
        }
        if !(1..=5).contains(&self.sends_max) {
            return fault("messages per code", self.sends_max.to_string(), "1 to 5", "D-4");
        }
        if self.resend_cooldowns.is_empty() {
            return fault("resend cooldowns", "none".to_owned(), "at least one", "D-5");
        }
        for pause in &self.resend_cooldowns {
            if pause.as_secs() < 20 {
                return fault(
                    "resend cooldown",
                    pause.as_secs().to_string(),
                    "at least 20 s",
                    "D-5",
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_allowed_and_every_edge_holds() {
        let base = CodePolicy::default();
        assert_eq!(base.check(), Ok(()));
        let length = |n| CodePolicy { length: CodeLength::new(n).unwrap(), ..base.clone() }.check();
        assert!(length(6).is_ok() && length(10).is_ok());
        assert!(length(5).is_err() && length(11).is_err());
        let life =
            |n| CodePolicy { lifetime: SignedDuration::from_secs(n), ..base.clone() }.check();
        assert!(life(30).is_ok() && life(600).is_ok() && life(29).is_err() && life(601).is_err());
        let attempts = |n| CodePolicy { attempts_max: n, ..base.clone() }.check();
        assert!(attempts(1).is_ok() && attempts(10).is_ok());
        assert!(attempts(0).is_err() && attempts(11).is_err());
        let sends = |n| CodePolicy { sends_max: n, ..base.clone() }.check();
        assert!(sends(1).is_ok() && sends(5).is_ok() && sends(0).is_err() && sends(6).is_err());
        let pauses = |list: &[i64]| {
            let resend_cooldowns = list.iter().map(|s| SignedDuration::from_secs(*s)).collect();
            CodePolicy { resend_cooldowns, ..base.clone() }.check()
        };
        assert!(pauses(&[20]).is_ok() && pauses(&[19]).is_err() && pauses(&[]).is_err());
    }

    #[test]
    fn pauses_grow_and_the_last_repeats() {
        let policy = CodePolicy::default();
        let seconds: Vec<i64> = (0..=5).map(|n| policy.cooldown_after(n).as_secs()).collect();
        assert_eq!(seconds, [30, 30, 60, 120, 120, 120]);
    }
}
