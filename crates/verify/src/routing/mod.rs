//! Which gateway gets a message (`delivery.md` 9).
//!
//! [`choose`] takes the gateways that could carry it and gives one, with a
//! reason that people read next to the delivery. What decides is, in this
//! order: which gateways are open at all, how the message fared so far (its
//! [`Trail`](crate::record::trail::Trail)), which gateways carried the last
//! code of the same verification, and then either the operator's order or what
//! [`evidence`] knows of codes that were entered. [`breaker`] says when a
//! gateway is open.
//!
//! Nothing here is kept on disk: after a start the order decides until there
//! is something to know.

pub(crate) mod beta;
pub mod breaker;
pub mod breakers;
mod choice;
pub mod evidence;
mod qualify;
mod reason;
mod sampler;

use std::fmt;

pub use choice::{Chosen, Preference, choose};
pub use qualify::{Candidate, has_other, has_ready};
pub use reason::{Figure, Reason};

use crate::phone::{Country, PhoneNumber};

/// Digits after the calling code that tell operators apart (`delivery.md` 10).
const PREFIX_DIGITS: usize = 4;

/// Where a message goes, as far as the choice of a gateway cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Destination {
    /// The country of the number, if its calling code is assigned.
    pub country: Option<Country>,
    /// The operator's prefix.
    pub prefix: Prefix,
}

impl Destination {
    /// The destination that this number belongs to.
    pub fn of(number: &PhoneNumber) -> Self {
        Self { country: number.country(), prefix: Prefix::of(number) }
    }
}

/// An operator prefix: the calling code of a number and the four digits after
/// it, in [`Display`](fmt::Display) as `+3725550`. It names no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix(u32);

impl Prefix {
    /// The prefix of a number.
    pub fn of(number: &PhoneNumber) -> Self {
        let digits = number.calling_code_digits() + PREFIX_DIGITS;
        // A number has seven digits at least, the first of which is not zero.
        let kept = number.as_e164().bytes().skip(1).take(digits);
        Self(kept.fold(0, |value, digit| value * 10 + u32::from(digit - b'0')))
    }

    /// A prefix that was kept, by its digits.
    pub(crate) fn from_digits(digits: u32) -> Self {
        Self(digits)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}
