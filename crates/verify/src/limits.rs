//! Every bound of this crate, in one place.

/// Longest service name, in characters (`verigator-api.md` 5.4).
pub const SERVICE_NAME_CHARS_MAX: usize = 100;

/// Longest host name of a service, in characters (RFC 1035 §2.3.4).
pub const HOST_CHARS_MAX: usize = 253;

/// Longest label between two dots of a host name (RFC 1035 §2.3.4).
pub const HOST_LABEL_CHARS_MAX: usize = 63;

/// Longest `fqdn` text taken as received, in characters: a URL with a path is
/// accepted, a document is not.
pub const HOST_TEXT_CHARS_MAX: usize = 2048;

/// Longest login name of a user, in characters (`verigator-api.md` 5.7).
pub const LOGIN_CHARS_MAX: usize = 255;

/// Longest code a person may enter, in characters, after blanks and hyphens
/// are removed (`verigator-api.md` 5.12).
pub const ENTERED_CODE_CHARS_MAX: usize = 16;

/// Active devices of one number, and authenticators of one user that are no app of
/// ours (D-22).
pub const DEVICES_MAX: usize = 5;

/// Devices of one number that wait, at most; the oldest of them goes.
pub const DEVICES_HELD_MAX: usize = 3;

/// Users of one number that a device shows, at most; the newest are left out.
pub const ENTRIES_PER_NUMBER_MAX: usize = 200;

/// Longest name of a device or an authenticator, in characters.
pub const DEVICE_NAME_CHARS_MAX: usize = 40;

/// Steps that a right code can be ahead of our clock, at most: the drift that is
/// remembered and the window (D-14, D-16).
pub const TOTP_STEPS_AHEAD_MAX: i64 = 3;

/// Wrong codes that an unconfirmed authenticator or a waiting device bears.
pub const PROOF_ATTEMPTS_MAX: u32 = 5;

/// Nonces that one step forgets.
pub const NONCES_FORGOTTEN_MAX: u32 = 1_000;

/// Characters of a recovery code: 120 bits in base 32 (D-25).
pub const RECOVERY_CODE_CHARS: usize = 24;

/// Recovery codes of a set (D-25).
pub const RECOVERY_CODES: usize = 10;

/// Sends remembered per number, whatever the limits are; the limits in force
/// ask for more.
pub const NUMBER_SENDS_KEPT_MIN: usize = 20;

/// Sends remembered per number, at most. Reached only where the limit over all
/// services is switched off and dozens of services send to one number.
pub const NUMBER_SENDS_KEPT_MAX: usize = 500;

/// Largest limit per number that is enforced; a larger one switches it off.
pub const NUMBER_LIMIT_MAX: u32 = 100;

/// Longest number as a person writes it, in characters, with what stands between
/// the digits.
pub const NATIONAL_CHARS_MAX: usize = 64;

/// Longest message text, in characters: ten concatenated GSM segments.
pub const MESSAGE_CHARS_MAX: usize = 1530;

/// Pairs of address and user name whose failed logins are remembered. Beyond
/// it those that no longer count are forgotten, or if all count, all of them.
pub const LOGIN_PAIRS_MAX: usize = 50_000;

/// Messages a second of one account that are counted in one row, which steps of
/// several servers write one after the other (ADR 20).
pub const SENDS_PER_SECOND_OF_PART: u32 = 50;

/// Rows in which the messages of one account are counted, at most: each is read
/// with every message.
pub const ACCOUNT_PARTS_MAX: u16 = 16;

/// How far the clocks of two servers that let callers in may be apart (S-28).
pub const CLOCK_GAP_MAX_SECONDS: i64 = 10;

/// How long a caller with the right secret is let in by what a server has found of its
/// failures at all servers, in seconds (D-37). So long one guess too many could be
/// answered beside a program that calls all the time from the same address.
pub const LOGIN_FOUND_SECONDS: i64 = 2;

/// After how many seconds that is read again beside a login, so that a program that calls
/// all the time waits for it once.
pub const LOGIN_RENEWED_SECONDS: i64 = 1;

/// Failed logins remembered for all servers together; a higher limit is enforced by
/// each server for itself (D-37).
pub const LOGIN_FAILURES_KEPT_MAX: usize = 1_000;

/// How long a dispatcher may hold a message before another may take it, in
/// seconds (`delivery.md` 8.2). Five more are left for the search for what is due and
/// the call itself: another has handed it over within 30. What a gateway may do with a
/// message takes less (`ringproof_delivery::limits`).
pub const LEASE_SECONDS: i64 = 25;

/// Hand-overs begun for one message, at most (`delivery.md` 8.3).
pub const DELIVERY_ATTEMPTS_MAX: u32 = 4;

/// Hand-overs of one message that a gateway may leave open, at most
/// (`delivery.md` 8.3). Each may have reached the phone and the bill. All that
/// were lost with the program count as one.
pub const DELIVERY_DOUBTS_MAX: u32 = 2;

/// Pause before the second, third … hand-over of a message with a code, in
/// milliseconds (`delivery.md` 8.3).
pub const DELIVERY_PAUSES_MS: [i64; 3] = [1_000, 3_000, 3_000];

/// Messages or verifications that one step of a background job takes.
pub const JOB_BATCH_MAX: u32 = 256;

/// Checks remembered per address: as many as its limit (D-28).
pub const ADDRESS_CHECKS_KEPT_MAX: usize = 60;

/// Prefix of the network in which an IPv4 address is counted (D-29) and
/// compared (`number-verification-api.md` 5).
pub const NETWORK_PREFIX_V4: u8 = 24;

/// The same for IPv6.
pub const NETWORK_PREFIX_V6: u8 = 48;

/// Prefix of an IPv6 address that counts as one person's (D-28).
pub const ADDRESS_PREFIX_V6: u8 = 64;

/// Shortest cookie value that is trusted, in characters: 128 bits (S-21).
pub const COOKIE_CHARS_MIN: usize = 22;

/// Longest cookie value that is trusted, in characters.
pub const COOKIE_CHARS_MAX: usize = 512;

/// Longest message of a number confirmation, in characters, with its code
/// (`number-verification-api.md` 3.1).
pub const CONFIRMATION_CHARS_MAX: usize = 480;

/// How far ahead a message may be scheduled, in days (`sms-api.md` 3).
pub const SCHEDULE_DAYS_MAX: i64 = 30;

/// How long the receipt of an API client's message in doubt is waited for, in
/// seconds (`delivery.md` 8.4).
pub const RECEIPT_WAIT_SECONDS: i64 = 30;

/// Hand-overs begun for one message of an API client, at most.
pub const SMS_ATTEMPTS_MAX: u32 = 6;

/// Pauses between them, in milliseconds (`delivery.md` 8.3).
pub const SMS_PAUSES_MS: [i64; 5] = [5_000, 30_000, 120_000, 600_000, 1_800_000];

/// Calls of one report: the first and five repeats (`sms-api.md` 7).
pub const REPORT_CALLS_MAX: u32 = 6;

/// Pauses between them, in milliseconds, each ±20 % (`sms-api.md` 7).
pub const REPORT_PAUSES_MS: [i64; 5] = [10_000, 60_000, 300_000, 1_800_000, 7_200_000];

/// Highest price of a segment, in 1/100,000 euro: 10,000 euro. A balance of
/// any number of them can be counted.
pub const PRICE_MAX: i64 = 1_000_000_000;

/// Sender names of one account, at most (S-50).
pub const SENDERS_MAX: usize = 64;

/// Octets of user data in one short message, its header included
/// (3GPP TS 23.040 §9.2.3.24).
pub const USER_DATA_OCTETS_MAX: usize = 140;

/// Parts of one long message that its header can count
/// (3GPP TS 23.040 §9.2.3.24.1).
pub const PARTS_MAX: usize = 255;

/// Parts of a message with a code, at most (S-49, `delivery.md` 4.2).
pub const CODE_MESSAGE_PARTS_MAX: usize = 3;

/// Parts of any other message, at most (`delivery.md` 4.2).
pub const TEXT_MESSAGE_PARTS_MAX: usize = 10;

/// Longest validity of a client's message, in minutes: a week.
pub const VALIDITY_MINUTES_MAX: u64 = 10_080;

/// Calls of one account's addresses at a time (D-49).
pub const REPORT_CALLS_PER_ACCOUNT_MAX: u32 = 10;

/// A limit of so many messages is none: the largest that the configuration
/// takes.
pub const LIMIT_OFF: u32 = 1_000_000_000;

/// Receipts of one gateway that wait for their message, in all forms of their
/// names, at most; then the oldest go, [`ORPHANS_SPARED`] of the places become free.
/// They wait for minutes at most, and a gateway must not fill the disk with what it
/// makes up (security rule S-89). Of several servers on one database each further one
/// may put [`ORPHANS_SPARED`] more, until somebody counts.
pub const ORPHANS_PER_GATEWAY_MAX: u32 = 4_096;

/// Places for receipts that wait which become free at once: to count them takes
/// longer than to write one, so in a flood it is done for one of so many.
pub const ORPHANS_SPARED: u32 = 512;

/// Operator prefixes of one gateway that have a breaker of their own at a time, at
/// most (`delivery.md` 9).
pub const BREAKER_PREFIXES_MAX: usize = 4_096;

/// Accepted messages whose end is awaited by the choice of a gateway, at most;
/// the oldest is forgotten. A thousand a second mature within it
/// (`delivery.md` 9).
pub const ROUTING_PENDING_MAX: usize = 131_072;

/// Messages on their way that the guard against pumped traffic follows, at most; of
/// the oldest nothing is learned. A thousand a second mature within it.
pub const TRAFFIC_SENDS_MAX: usize = 131_072;

/// Areas of services that this guard knows, at most.
pub const TRAFFIC_AREAS_MAX: usize = 32_768;

/// Countries and operator prefixes of which it is known how gateways do there,
/// at most; the one that was least recently sent to is forgotten.
pub const ROUTING_PLACES_MAX: usize = 8_192;

/// Gateways remembered at one of them, at most, in the same way.
pub const ROUTING_GATEWAYS_PER_PLACE_MAX: usize = 32;

/// Draws that a sampler rejects before it gives the mean instead. Of fair bits
/// more than nine in ten draws are taken, so only a broken source gets there.
pub const SAMPLER_ROUNDS_MAX: usize = 64;

/// Longest address of a widget's answer, in bytes.
pub const CALLBACK_URL_BYTES_MAX: usize = 2_048;

/// Parameters of a widget's request that are looked at, at most; the closed set
/// has eight.
pub const WIDGET_PARAMETERS_MAX: usize = 16;

/// Characters of a widget's nonce (`verification-widget.md` 7).
pub const NONCE_CHARS_MIN: usize = 16;

/// The same for accounts without the legacy switches: 128 bits (S-76).
pub const NONCE_CHARS_STRONG_MIN: usize = 22;

/// Longest nonce of a widget, in characters.
pub const NONCE_CHARS_MAX: usize = 64;

/// How far ahead a widget's request may expire, in seconds
/// (`verification-widget.md` 7).
pub const REQUEST_LIFE_SECONDS_MAX: i64 = 3_600;

/// Shortest widget secret that an operator may choose, in characters.
pub const WIDGET_SECRET_CHARS_MIN: usize = 14;

/// Longest one.
pub const WIDGET_SECRET_CHARS_MAX: usize = 128;
