//! Every bound of this crate, in one place.

/// Octets of the header of a PDU, and so of the shortest one (SMPP 3.4 §3.2).
pub const HEADER_OCTETS: usize = 16;

/// Longest PDU that is taken from a peer or sent to one, in octets, its header
/// included (security rule S-51).
pub const PDU_OCTETS_MAX: usize = 65_536;

/// Optional parameters of a PDU that are read; SMPP 3.4 has 45 tags. An empty one takes
/// four octets of a PDU and eight times as many of memory; our choice.
pub const TLVS_MAX: usize = 64;

/// Longest string kept of a peer's field that ends with a NUL, in octets.
/// Longer than every such field of SMPP 3.4; peers send longer ones than that.
pub const STRING_OCTETS_MAX: usize = 255;

/// Longest text sent in the field `short_message`, in octets (SMPP 3.4
/// §5.2.22).
pub const SHORT_MESSAGE_OCTETS_MAX: usize = 254;

/// Octets of a message id by which it is found again (`delivery.md` 3.1).
pub const ID_INDEXED_OCTETS_MAX: usize = 128;

/// Longest id read as a decimal number, in digits: all of that length fit into
/// 128 bits (`delivery.md` 5.3).
pub const ID_DECIMAL_DIGITS_MAX: usize = 38;

/// Longest id read as a hexadecimal number, in digits: 128 bits.
pub const ID_HEXADECIMAL_DIGITS_MAX: usize = 32;

/// Longest value kept of a key in the text of a receipt, in octets; known
/// values have at most 65, as the id of SMPP 3.4 §5.3.2.12.
pub const RECEIPT_VALUE_OCTETS_MAX: usize = STRING_OCTETS_MAX;

/// Largest sequence number (SMPP 3.4 §3.2); the next one is 1.
pub const SEQUENCE_MAX: u32 = 0x7FFF_FFFF;

/// Numbers looked at for one that is not open. A session has at most 100
/// submits open, and its other requests beside them.
pub const SEQUENCE_TRIES_MAX: u32 = 4_096;

/// Longest sender of letters, in characters (3GPP TS 23.040 §9.1.2.5).
pub const SENDER_CHARS_MAX: usize = 11;

/// Digits of a sender that is a short code, at least and at most
/// (`delivery.md` 3.5).
pub const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=7;

/// Longest number of the international plan, in digits (E.164 §6.1).
pub const NUMBER_DIGITS_MAX: usize = 15;

/// Octets of user data in one short message (3GPP TS 23.040 §9.2.3.24).
pub const USER_DATA_OCTETS_MAX: usize = 140;

/// Longest validity that is asked for, in minutes: 31 days, since a relative
/// time counts months of no stated length (SMPP 3.4 §7.1.1.2).
pub const VALIDITY_MINUTES_MAX: u64 = 31 * 24 * 60;
