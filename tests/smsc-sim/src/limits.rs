//! Every bound of this program, in one place.

/// Octets read from a connection at once.
pub(crate) const READ_OCTETS: usize = 64 * 1024;

/// Things that wait to be written to one connection. When there are as many,
/// nothing more is read from it.
pub(crate) const ORDERS_MAX: usize = 1_024;

/// Lines that wait for standard output. When there are as many, the sessions
/// wait: what is recorded is recorded whole.
pub(crate) const LINES_MAX: usize = 4_096;

/// Lines that a control connection may be behind; a slower one misses some, and
/// is told how many.
pub(crate) const LINES_BEHIND_MAX: usize = 16_384;

/// Longest command, in octets.
pub(crate) const COMMAND_OCTETS_MAX: u64 = 64 * 1024;

/// Receipts whose answer is awaited, of one session. Answers to more are
/// counted, but nothing is told of them.
pub(crate) const DELIVERIES_OPEN_MAX: usize = 65_536;

/// Floods that wait until the one before them is over.
pub(crate) const FLOODS_MAX: usize = 16;

/// How often a flood sends, so many times a second, a share of its receipts.
pub(crate) const FLOOD_STEPS_PER_SECOND: u64 = 100;

/// The first id is one more: a number whose hexadecimal form has letters.
pub(crate) const IDS_AFTER: u64 = 0x1A_2B00;
