//! Every bound of this crate, in one place.

/// Steps that may wait for the writer; one more is refused, so that a caller
/// hears "busy" at once instead of waiting for ever.
pub const STEPS_WAITING_MAX: usize = 4_096;

/// Steps in one commit. Measured with 64 connections: with 512 all callers
/// wait for one group and the threads take turns; with 12 each step pays too
/// much of a commit; 24 to 32 keep writer, disk and request thread busy at once.
pub const STEPS_PER_COMMIT_MAX: usize = 32;

/// Reads that may wait for a reader.
pub const READS_WAITING_MAX: usize = 1_024;

/// Threads that read.
pub const READERS: usize = 2;

/// Records that one look for stale ones gives.
pub const STALE_MAX: u32 = 500;

/// Verifications that one look for expired ones gives.
pub const EXPIRED_MAX: u32 = 500;

/// Due repeats that one look gives.
pub const REPEATS_MAX: u32 = 500;

/// Kept messages that one look finds.
pub const KEPT_MAX: u32 = 256;

/// Names, and orphans, that one step forgets: requests wait no longer for it
/// than for any other.
pub const REFERENCES_FORGOTTEN_MAX: u32 = 5_000;

/// Sessions of the widget that one step forgets: requests wait no longer for it
/// than for any other.
pub const WIDGET_SESSIONS_FORGOTTEN_MAX: u32 = 1_000;

/// Traffic areas that one step forgets: requests wait no longer for it than for any
/// other.
pub const TRAFFIC_AREAS_FORGOTTEN_MAX: u32 = 1_000;

/// Rows that a move reads and writes at once. Measured: more are not quicker, and progress is told once for each.
pub const MOVED_ROWS_MAX: u32 = 8_192;

/// Bytes of them, by the size of those before; three such pieces are in memory at once.
pub const MOVED_BYTES_MAX: usize = 4 * 1024 * 1024;
