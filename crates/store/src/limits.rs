//! Every bound of this crate, in one place.

/// Steps that may wait for the writer; one more is refused, so that a caller
/// hears "busy" at once instead of waiting for ever.
pub const STEPS_WAITING_MAX: usize = 4_096;

/// Steps in one commit. Beyond some hundred, a larger group gains nothing and
/// only delays the first of it.
pub const STEPS_PER_COMMIT_MAX: usize = 512;

/// Reads that may wait for a reader.
pub const READS_WAITING_MAX: usize = 1_024;

/// Threads that read.
pub const READERS: usize = 2;

/// Records that one look for stale ones gives.
pub const STALE_MAX: u32 = 500;

/// Verifications that one look for expired ones gives.
pub const EXPIRED_MAX: u32 = 500;
