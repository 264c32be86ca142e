//! Every limit of the edge, in one place, with the decision it comes from.
//!
//! The numbers are D-45 … D-48 of the security rules unless the comment says otherwise. A limit
//! says how big or how long; how often is a throttle and lives in the rules.

use std::time::Duration;

use tokio::time::Instant;

/// Longest request target in bytes (D-45).
pub const URI_BYTES_MAX: usize = 8 * 1024;
/// Most header fields in one request (D-45).
pub const HEADER_FIELDS_MAX: usize = 64;
/// Most bytes of all header field lines together, line ends included (D-45).
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Largest JSON or form body (D-45); handlers hand it to [`read_body`](super::read_body).
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest body of a bulk message request (D-45).
pub const BULK_BODY_BYTES_MAX: usize = 1024 * 1024;

/// Time for the first byte of a new connection (D-46).
pub const FIRST_BYTE: Duration = Duration::from_secs(5);
/// Time for a request head once its first byte is there (D-46).
pub const HEADER: Duration = Duration::from_secs(5);
/// Time for head and body together (D-46).
pub const REQUEST: Duration = Duration::from_secs(15);
/// Time for a handler to answer a request that is complete (D-46).
pub const HANDLER: Duration = Duration::from_secs(10);
/// Time a connection may rest between two requests (D-46).
pub const IDLE: Duration = Duration::from_mins(1);
/// Time for a TLS handshake; our choice, the same as for a head.
pub const HANDSHAKE: Duration = Duration::from_secs(5);
/// Time without progress while the peer does not take our bytes; our choice, so that with the other
/// limits nobody is held longer than the 20 s of S-93.
pub const WRITE_STALL: Duration = Duration::from_secs(10);
/// Time we go on reading after an early answer, so that the peer can read it before the connection
/// is reset (RFC 9112 §9.6); our choice.
pub const LINGER: Duration = Duration::from_secs(5);
/// Time without any event on an HTTP/2 connection that has open streams; our choice: longer than
/// request and handler limit together, so it only meets peers that do not take their answers.
pub const STREAMS_STALL: Duration = Duration::from_secs(30);
/// Slowest body in bytes per second (S-93) …
pub const BODY_RATE_MIN: u64 = 512;
/// … counted from here on (S-93).
pub const BODY_RATE_GRACE: Duration = Duration::from_secs(5);

/// Connections in total (D-47).
pub const CONNECTIONS_MAX: usize = 10_000;
/// Connections from one IPv4 address or one IPv6 /64 network (D-47).
pub const CONNECTIONS_PER_IP_MAX: usize = 100;

/// HTTP/2 streams open at once (D-48).
pub const H2_STREAMS_MAX: u32 = 100;
/// HTTP/2 streams reset by the peer that we have not looked at yet (D-48).
pub const H2_PENDING_RESET_STREAMS_MAX: usize = 20;
/// HTTP/2 streams that we had to reset before the connection is ended (D-48).
pub const H2_LOCAL_RESET_STREAMS_MAX: usize = 128;
/// HTTP/2 header list, counted as RFC 9113 §6.5.2 does (D-48).
pub const H2_HEADER_LIST_BYTES_MAX: u32 = 16 * 1024;
/// HTTP/2 body bytes of one stream that may wait for a handler; our choice: one body of
/// [`BODY_BYTES_MAX`].
pub(super) const H2_STREAM_WINDOW_BYTES: u32 = 64 * 1024;
/// HTTP/2 body bytes of one connection that may wait for handlers; our choice, so that an idle
/// handler and many streams cannot fill the memory.
pub(super) const H2_CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;
/// HTTP/2 answer bytes of one stream that may wait for the peer; our choice.
pub(super) const H2_SEND_BYTES_MAX: usize = 64 * 1024;
/// Time between two HTTP/2 pings of ours (D-48).
pub const H2_PING_INTERVAL: Duration = Duration::from_secs(20);
/// Time for the answer to a ping; our choice.
pub const H2_PING_ANSWER: Duration = Duration::from_secs(10);

/// Time for open requests to finish when the server stops (design.md 7).
pub const DRAIN: Duration = Duration::from_secs(10);

/// How often the certificate files are looked at for a change.
pub(super) const CERTIFICATE_CHECK: Duration = Duration::from_mins(1);
/// Rest after an accept error that will come back at once, such as too many open files.
pub(super) const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);
/// Shortest time between two log lines about accept errors.
pub(super) const ACCEPT_LOG_EVERY: Duration = Duration::from_secs(30);
/// Read and write buffer of one HTTP/1 connection; holds the largest head that the limits allow.
pub(super) const CONNECTION_BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Empty line bytes before a request that are forgiven (RFC 9112 §2.2 asks for one line).
pub(super) const LEADING_LINE_BYTES_MAX: usize = 4;
/// Longest chunk extension in bytes (S-95).
pub(super) const CHUNK_EXTENSION_BYTES_MAX: usize = 16;
/// Longest request method in bytes; the longest registered one has 17.
pub(super) const METHOD_BYTES_MAX: usize = 32;

/// The limits one listener runs with; the default is the numbers of the security rules.
#[derive(Clone, Debug)]
pub struct EdgeLimits {
    /// Longest request target in bytes; beyond it 414.
    pub uri_bytes_max: usize,
    /// Most header fields; beyond it 431.
    pub header_fields_max: usize,
    /// Most bytes of all header field lines together; beyond it 431.
    pub header_bytes_max: usize,
    /// Time for the first byte of a new connection; then it is closed.
    pub first_byte: Duration,
    /// Time for a request head; then 408.
    pub header: Duration,
    /// Time for head and body together; then 408.
    pub request: Duration,
    /// Time for a handler; then 503.
    pub handler: Duration,
    /// Time between two requests; then the connection is closed.
    pub idle: Duration,
    /// Time for a TLS handshake; then the connection is closed.
    pub handshake: Duration,
    /// Time without progress in writing; then the connection is cut.
    pub write_stall: Duration,
    /// Time we go on reading after an early answer.
    pub linger: Duration,
    /// Time without any event on an HTTP/2 connection with open streams; then it is cut.
    pub streams_stall: Duration,
    /// Slowest body in bytes per second after [`body_rate_grace`](Self::body_rate_grace); 0
    /// switches it off.
    pub body_rate_min: u64,
    /// Time before the body rate counts.
    pub body_rate_grace: Duration,
    /// Connections in total; beyond it they are closed at once.
    pub connections_max: usize,
    /// Connections from one IPv4 address or IPv6 /64 network; beyond it they are closed at once.
    pub connections_per_ip_max: usize,
    /// HTTP/2 streams open at once.
    pub h2_streams_max: u32,
    /// HTTP/2 streams reset by the peer and not looked at yet; beyond it the connection ends.
    pub h2_pending_reset_streams_max: usize,
    /// HTTP/2 streams reset by us; beyond it the connection ends.
    pub h2_local_reset_streams_max: usize,
    /// HTTP/2 header list in bytes, counted as RFC 9113 §6.5.2 does; beyond it 431.
    pub h2_header_list_bytes_max: u32,
    /// Time between two HTTP/2 pings of ours.
    pub h2_ping_interval: Duration,
    /// Time for open requests to finish when the server stops; then they are aborted.
    pub drain: Duration,
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            uri_bytes_max: URI_BYTES_MAX,
            header_fields_max: HEADER_FIELDS_MAX,
            header_bytes_max: HEADER_BYTES_MAX,
            first_byte: FIRST_BYTE,
            header: HEADER,
            request: REQUEST,
            handler: HANDLER,
            idle: IDLE,
            handshake: HANDSHAKE,
            write_stall: WRITE_STALL,
            linger: LINGER,
            streams_stall: STREAMS_STALL,
            body_rate_min: BODY_RATE_MIN,
            body_rate_grace: BODY_RATE_GRACE,
            connections_max: CONNECTIONS_MAX,
            connections_per_ip_max: CONNECTIONS_PER_IP_MAX,
            h2_streams_max: H2_STREAMS_MAX,
            h2_pending_reset_streams_max: H2_PENDING_RESET_STREAMS_MAX,
            h2_local_reset_streams_max: H2_LOCAL_RESET_STREAMS_MAX,
            h2_header_list_bytes_max: H2_HEADER_LIST_BYTES_MAX,
            h2_ping_interval: H2_PING_INTERVAL,
            drain: DRAIN,
        }
    }
}

impl EdgeLimits {
    /// When a body is late of which `bytes` have arrived: at the end of the whole request's time,
    /// or earlier when the peer sends slower than the smallest rate.
    pub(super) fn body_deadline(
        &self,
        request_since: Instant,
        body_since: Instant,
        bytes: u64,
    ) -> Instant {
        let deadline = request_since + self.request;
        let Some(earned_ms) = bytes.saturating_mul(1_000).checked_div(self.body_rate_min) else {
            return deadline;
        };
        // What would outlast the request need not be added up.
        let earned = Duration::from_millis(earned_ms).min(self.request);
        deadline.min(body_since + self.body_rate_grace.max(earned))
    }
}
