//! Bounds of the load program: nothing here waits or grows without an end.

use std::time::Duration;

/// Connections one phase may open; the server is told to accept this many from one address.
pub(crate) const CONNECTIONS_MAX: u16 = 1000;
/// Users the number plan of the bench has room for: `+3725` and seven digits.
pub(crate) const USERS_MAX: u32 = 10_000_000;
/// Bytes of one answer; the longest answer the bench provokes has a few hundred.
pub(crate) const RESPONSE_BYTES_MAX: usize = 16 * 1024;
/// Bytes of one batch of messages posted to the sink.
pub(crate) const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Events taken from the kernel at once; small, so that due requests are not kept waiting.
pub(crate) const EVENTS_MAX: usize = 64;
/// A request or a pair that takes longer counts as an error.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How long a phase waits at its end for what is still under way.
pub(crate) const DRAIN_MAX: Duration = Duration::from_secs(11);
/// How long creating all users may take.
pub(crate) const CREATE_MAX: Duration = Duration::from_mins(30);
/// How long creating the users of one server may take, where starts are compared.
pub(crate) const LANE_CREATE_MAX: Duration = Duration::from_mins(1);
/// How long the server may take until it answers.
pub(crate) const READY_MAX: Duration = Duration::from_secs(30);
/// How long the server may take to drain; it promises 10 s.
pub(crate) const STOP_MAX: Duration = Duration::from_secs(15);
/// Share of failed operations above which the run fails.
pub(crate) const ERROR_SHARE_MAX: f64 = 0.001;
/// Errors after which a phase is given up when they outnumber the successes.
pub(crate) const ERRORS_HOPELESS: u64 = 1000;
/// Starts of the server over which the time to ready is taken (the median counts).
pub(crate) const READY_STARTS: usize = 3;
/// How long the SMSC may take to tell its counts.
pub(crate) const SMSC_ANSWER_MAX: Duration = Duration::from_secs(10);
/// How long messages that were taken may be on their way to the SMSC; then the round ends without
/// them, and the run has failed.
pub(crate) const ARRIVAL_MAX: Duration = Duration::from_secs(20);
