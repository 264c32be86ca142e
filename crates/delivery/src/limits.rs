//! Every bound of this crate, in one place.

use std::time::Duration;

use smpp::session::limits::SUBMIT_ANSWER;
use verify::limits::LEASE_SECONDS;

/// Messages that starts may hand over before the dispatcher takes them. One
/// more is left in the outbox and is claimed when its first lease ends.
pub const HANDED_OVER_MAX: usize = 8_192;

/// Codes that are not entered yet whose gateways want to know; those of one that
/// asks for more are left out.
pub const CONVERSIONS_CARRIED_MAX: usize = 65_536;

/// Entered codes of which gateways are still to be told.
pub const CONVERSIONS_WAITING_MAX: usize = 1_024;

/// Calls at a time that tell gateways so.
pub const CONVERSION_CALLS_MAX: usize = 8;

/// Pauses between the tries of one.
pub const CONVERSION_PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// How long the last ones are told when the program stops.
pub const CONVERSION_FAREWELL: Duration = Duration::from_secs(2);

/// How often the outbox is searched for due messages.
pub const CLAIM_EVERY: Duration = Duration::from_millis(500);

/// How long a message is handed over without a look at whether its
/// verification still waits for it. Far longer than the usual way to a gateway,
/// far shorter than anybody needs to read one code and enter it.
pub const FRESH_FOR: Duration = Duration::from_millis(250);

/// Messages that the inbox shows; the oldest go first.
pub const INBOX_MESSAGES_MAX: usize = 2_000;

/// Time to connect to a gateway over HTTP (`delivery.md` 7.1).
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time until a call to a gateway over HTTP can be written: its name looked up,
/// connected, and agreed on TLS. Short enough that the next gateway has a code
/// within 5 seconds of an order.
pub const REACH_TIMEOUT: Duration = Duration::from_secs(4);

/// Time for a whole call to a gateway over HTTP (`delivery.md` 7.1).
pub const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// Bytes of a gateway's answer that are read (`delivery.md` 7.1).
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Bytes of the status line and headers of a gateway's answer that are held.
pub const ANSWER_HEAD_BYTES_MAX: usize = 64 * 1024;

/// Failed calls in a row that close a gateway for a while (`delivery.md` 6.3).
pub const FAILURES_TO_CLOSE: u32 = 3;

/// How long a gateway stays closed before the next call tries it.
pub const CLOSED_FOR: Duration = Duration::from_secs(5);

/// The longest time that a gateway stays closed since it asks to slow down,
/// whatever it says: its word alone must not close it for good (security rule
/// S-89).
pub const THROTTLED_FOR_MAX: Duration = Duration::from_mins(1);

/// How long a message waits in a call for its place in the operator's rate; a
/// longer wait is left to the outbox (`delivery.md` 3.3).
pub const PACE_WAIT_MAX: Duration = Duration::from_secs(3);

/// Bytes of a provider's id of a message that are kept (`delivery.md` 3.1).
pub const PROVIDER_ID_BYTES_MAX: usize = 128;

/// Characters of a provider's code of a failure that are kept.
pub const PROVIDER_CODE_CHARS_MAX: usize = 32;

/// Characters of an address for receipts, tag included, where a provider names
/// no lower bound.
pub const CALLBACK_URL_CHARS_MAX: usize = 500;

/// Parameters of a callback in a form or query that are read.
pub const CALLBACK_PARAMETERS_MAX: usize = 100;

/// Characters of an address that an integrator gives (`sms-api.md` 3, 7).
pub const TARGET_CHARS_MAX: usize = 2_000;

/// Characters of a host name (RFC 1035 §2.3.4, without the dot at its end).
pub const HOST_CHARS_MAX: usize = 253;

/// Characters of one label of a host name (RFC 1035 §2.3.4).
pub const HOST_LABEL_CHARS_MAX: usize = 63;

/// Ports of integrators' addresses unless the operator lists others: those of
/// HTTP and HTTPS, and the usual second ones.
pub const TARGET_PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Time to connect to one address of an integrator's host, and again to agree
/// on TLS with it (security rule D-49).
pub const OUTBOUND_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time for a whole call to an integrator, from the look-up of the name on
/// (security rule D-49, `sms-api.md` 7).
pub const OUTBOUND_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Addresses of one name that are tried: as many as fit into a call when none
/// of them answers.
pub const OUTBOUND_ADDRESSES_MAX: usize = 3;

/// Bytes of a body of an integrator's answer that are waited for; they are
/// thrown away (`sms-api.md` 7).
pub const OUTBOUND_BODY_BYTES_MAX: usize = 1_024;

/// Bytes of an integrator's answer that are held at a time, and so the longest
/// head that is understood (security rule D-49).
pub const OUTBOUND_BUFFER_BYTES_MAX: usize = 16 * 1024;

/// Calls of clients' addresses under way at a time, of all accounts together.
pub const REPORTS_IN_FLIGHT_MAX: usize = 64;

/// Clients' messages that scheduled ones may line up in memory. What waits
/// beyond it waits as scheduled, where it holds up nobody.
pub const TEXTS_AHEAD_MAX: usize = 1_024;

/// Messages that wait in memory for one gateway; what comes beyond waits in the
/// outbox, so that a slow gateway does not fill the memory.
pub const LANE_MAX: usize = 4_096;

/// How long a message waits in the outbox when the lane of its gateway is full.
pub const LANE_PAUSE: Duration = Duration::from_secs(1);
/// Reports in one callback (`delivery.md` 7.6: a provider that gathers them
/// gives 100 at a time unless told otherwise).
pub const CALLBACK_REPORTS_MAX: usize = 1_000;

/// Characters of a text that AWS takes (`delivery.md` 7.5).
pub const AWS_TEXT_CHARS_MAX: usize = 1_600;

/// How long AWS tries to deliver a message (`delivery.md` 7.5).
pub const AWS_TIME_TO_LIVE_SECONDS: std::ops::RangeInclusive<u64> = 5..=259_200;

/// Certificates of SNS that are kept: the present one, the next, and spares.
pub const SNS_CERTIFICATES_MAX: usize = 4;

/// Fetches of certificates that unproved calls may cause in
/// [`SNS_CERTIFICATE_ASKS_PER`] (security rule S-89).
pub const SNS_CERTIFICATE_ASKS_MAX: u32 = 6;

/// The span of [`SNS_CERTIFICATE_ASKS_MAX`].
pub const SNS_CERTIFICATE_ASKS_PER: Duration = Duration::from_mins(1);

/// The longest validity that Infobip takes: two days.
pub const INFOBIP_VALIDITY_MINUTES_MAX: u64 = 2_880;
/// Binds of one gateway over SMPP; providers allow four at most.
pub const BINDS_MAX: usize = 16;

/// Parts in a second that a gateway over SMPP may be set to.
pub const TPS_MAX: u32 = 1_000_000;

/// Octets of a password by the specification (SMPP 3.4 §5.2.2, without NUL).
pub const PASSWORD_OCTETS: usize = 8;

/// Octets of a system id. The specification has 15 (SMPP 3.4 §5.2.1); some
/// peers issue longer ones.
pub const SYSTEM_ID_OCTETS_MAX: usize = 64;

/// Optional parameters that an operator adds to every message.
pub const VENDOR_TLVS_MAX: usize = 16;

/// Characters of a gateway's own code of a failure that are kept.
pub const CODE_CHARS_MAX: usize = 32;

/// Time to connect to one address of an SMPP peer, to look its name up, and
/// again to agree on TLS with it (`delivery.md` 3.2).
pub const SMPP_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Addresses of one host that are tried.
pub const SMPP_ADDRESSES_MAX: usize = 16;

/// Silence after which the system looks whether a connection lives
/// (`delivery.md` 3.2).
pub const SMPP_TCP_KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Bytes that are read from an SMPP peer at a time.
pub const SMPP_READ_BYTES: usize = 16 * 1024;

/// How long the last answers to an SMPP peer are written after a session's end.
pub const SMPP_FAREWELL: Duration = Duration::from_secs(2);

/// How long a gateway without a bound session still counts as open
/// (`delivery.md` 9).
pub const SMPP_UNBOUND_FOR: Duration = Duration::from_secs(10);

/// How long a message waits here for its turn before it goes back, so that
/// another gateway may take it (`delivery.md` 3.3).
pub const SMPP_TURN_WAIT: Duration = Duration::from_secs(3);

/// How long a message waits for a session to come back, three tries, before
/// another gateway is asked: a code has to be there within seconds.
pub const SMPP_SESSION_WAIT: Duration = Duration::from_secs(2);

/// How long the last part of a message that is begun may wait for its turn. Ten parts
/// have theirs where one goes out in a second. Its answer is waited for after that
/// ([`SUBMIT_ANSWER`]), and all of it takes less than a lease.
pub const SMPP_MESSAGE_TIME: Duration = Duration::from_secs(14);

/// What is left of a lease when a message has been with a gateway for the longest time:
/// for the look before the hand-over, and to note how it went.
const LEASE_REST: Duration = Duration::from_secs(2);

/// Whether a message that may be with a gateway for so long is noted before its lease
/// ends, and so by no other server handed over a second time.
const fn ends_within_a_lease(longest: Duration) -> bool {
    let milliseconds = FRESH_FOR.as_millis() + longest.as_millis() + LEASE_REST.as_millis();
    milliseconds < 1_000 * LEASE_SECONDS.unsigned_abs() as u128
}

const _: () = assert!(
    ends_within_a_lease(SMPP_MESSAGE_TIME.saturating_add(SUBMIT_ANSWER)),
    "a message over SMPP may take longer than its lease"
);
const _: () = assert!(
    ends_within_a_lease(PACE_WAIT_MAX.saturating_add(CALL_TIMEOUT)),
    "a message over HTTP may take longer than its lease"
);

/// How long a message waits elsewhere when its destination is busy
/// (`delivery.md` 3.3).
pub const SMPP_DESTINATION_WAIT: Duration = Duration::from_secs(5);

/// Messages to busy destinations that are remembered.
pub const SMPP_BUSY_MAX: usize = 1_024;

/// How often messages that wait are looked through for those that wait too
/// long.
pub const SMPP_SWEEP_EVERY: Duration = Duration::from_millis(250);

/// Receipts of one session that are with the store at a time. Those that wait for
/// [`RECEIPTS_GATHERED`] are among them.
pub const SMPP_INTAKE_CALLS_MAX: usize = 128;

/// Receipts of messages that are not known are gathered in spans of so long: each waits
/// half of it on average. Long enough for most answers that were overtaken.
pub const RECEIPTS_GATHERED: Duration = Duration::from_millis(20);

/// Receipts of messages that are not known which a gateway may have kept at once: what an
/// SMSC with a window of 256 has unanswered at most. Measured:
/// `tests/smsc/ACCEPTANCE.md`, the hostile SMSC.
pub const EARLY_RECEIPTS_AT_ONCE: u32 = 256;

/// And in each second from then on; the peer is asked to repeat the others.
pub const EARLY_RECEIPTS_PER_SECOND: u32 = 256;

/// Messages in doubt whose late answers a session waits for: as many as it can
/// tell of.
pub const SMPP_OVERDUE_MAX: usize =
    smpp::session::limits::LATE_MAX + smpp::session::limits::WINDOW_MAX;

/// Reference numbers of long messages: destinations that share one counter
/// only skip numbers.
pub const SMPP_REFERENCES: usize = 1_024;

/// How long a message waits in the outbox when no gateway that may have it is
/// open, while others are.
pub const HOMELESS_PAUSE: Duration = Duration::from_secs(3);

/// Steps that begin leases of waiting messages anew, in a row: as many as two
/// full lanes need, and as many again.
pub const LANE_RENEWALS_MAX: usize = 64;

/// Characters of a push endpoint. The longest that are given out come from
/// Windows, which documents this many.
pub const PUSH_ENDPOINT_CHARS_MAX: usize = 1_024;

/// Bytes of a push message before it is encrypted, so that it becomes one
/// record and 4,096 bytes (security rule D-24, RFC 8291 §4).
pub const PUSH_PLAINTEXT_BYTES_MAX: usize = 3_993;

/// Keys that are drawn for one push message. One in 2^32 is none; a source of
/// randomness that gives four of those in a row is broken.
pub const PUSH_KEY_DRAWS_MAX: usize = 4;

/// How long a push service keeps a message for a device that is away (security
/// rule D-24).
pub const PUSH_TIME_TO_LIVE_MAX: Duration = Duration::from_mins(2);

/// How long nothing is sent to a subscription whose service asks to wait: its
/// word alone must not close it for good (security rule S-89).
pub const PUSH_RETRY_AFTER: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_hours(1);

/// The same when the service does not say how long.
pub const PUSH_RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(10);

/// How long a token that shows a push service who we are is good (security
/// rule D-24; RFC 8292 §2 allows 24 hours).
pub const VAPID_TOKEN_LIFETIME: Duration = Duration::from_hours(12);

/// How long such a token is used again, so that it always has hours left for
/// the clock of the push service to be wrong.
pub const VAPID_TOKEN_USED_FOR: Duration = Duration::from_hours(1);

/// Tokens that are kept, each for one push service. Some services have a name
/// for each of their machines; what comes beyond is signed anew.
pub const VAPID_TOKENS_MAX: usize = 32;

/// Characters of the contact in such a token.
pub const CONTACT_CHARS_MAX: usize = 256;

/// Time for a whole question to the provider of a captcha: a person waits for it.
pub const CAPTCHA_TIMEOUT: Duration = Duration::from_secs(3);

/// Connections to it that are kept.
pub const CAPTCHA_CONNECTIONS: usize = 8;

/// Longest proof of a person that is sent to it, in bytes.
pub const CAPTCHA_RESPONSE_BYTES_MAX: usize = 8 * 1024;
