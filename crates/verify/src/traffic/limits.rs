//! The numbers of the guard (`delivery.md` 10; `security.md` D-32, D-33).

use crate::SignedDuration;

/// G-1: messages neither entered nor mature, of one service, without a history.
pub(super) const IN_FLIGHT_PER_COUNTRY: u32 = 50;
pub(super) const IN_FLIGHT_PER_PREFIX: u32 = 20;
pub(super) const IN_FLIGHT_PER_BLOCK: u32 = 10;

/// The same in an area that is challenged.
pub(super) const CHALLENGED_PER_COUNTRY: u32 = 25;
pub(super) const CHALLENGED_PER_PREFIX: u32 = 10;
pub(super) const CHALLENGED_PER_BLOCK: u32 = 3;

/// D-32: messages to a block, unless half of its codes are entered.
pub(super) const BLOCK_HOUR_MAX: u32 = 10;
pub(super) const BLOCK_DAY_MAX: u32 = 20;

/// G-6: so many missing codes weighs the word of a gateway that a message is pumped.
pub(super) const SUSPECTED: u32 = 5;

/// How long an area is closed for the first time, and at most.
pub(super) const CLOSED_FIRST: SignedDuration = SignedDuration::from_hours(1);
pub(super) const CLOSED_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How long neighbours close their block (D-32).
pub(super) const NEIGHBOURS_CLOSED: SignedDuration = SignedDuration::from_hours(24);
