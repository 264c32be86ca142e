//! Where two steps cross that each read a list to which the other adds.
//!
//! The database sees when two steps write the same row, not when each misses
//! what the other adds. So whoever adds to such a list, having read it, writes
//! one row that stands for it. There is a fixed number of these rows: one for
//! many lists, so that none of them names a number or stays behind. Two steps
//! that share one by chance cost one of them a second try.

/// Rows for numbers, and as many for names that gateways give.
const BUCKETS: u16 = 1_024;

/// For the devices and the scheduled messages of a number.
pub(super) fn of_number(number: &[u8; 16]) -> u16 {
    // A keyed name is as good as chance.
    u16::from_be_bytes([number[0], number[1]]) % BUCKETS
}

/// For what a name of a gateway means: a message, or a receipt that waits.
pub(super) fn of_name(gateway: &str, form: &str) -> u16 {
    let bytes = gateway.bytes().chain([0]).chain(form.bytes());
    let hash = bytes
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let folded = (hash >> 16) ^ (hash & 0xffff);
    BUCKETS + u16::try_from(folded % u32::from(BUCKETS)).unwrap_or_default()
}
