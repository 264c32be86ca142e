//! Where two steps cross that each read a list to which the other adds.
//!
//! The database sees when two steps write the same row, not when each misses
//! what the other adds. So whoever adds to such a list, having read it, writes
//! one row that stands for it. There is a fixed number of these rows: one for
//! many lists, so that none of them names a number or stays behind. Two steps
//! that share one by chance cost one of them a second try.

/// Rows for numbers, as many for names that gateways give, and as many for users.
const BUCKETS: u16 = 1_024;

/// Rows for the users of one service: whoever adds one writes one of them, so that
/// a service whose users are added at once is no bottleneck.
const LANES: u16 = 16;

/// For the devices and the scheduled messages of a number.
pub(super) fn of_number(number: &[u8; 16]) -> u16 {
    // A keyed name is as good as chance.
    u16::from_be_bytes([number[0], number[1]]) % BUCKETS
}

/// For a user that is added to a service.
pub(super) fn of_user(service: &[u8; 16], user: &[u8; 16]) -> u16 {
    first_of_service(service) + u16::from(user[15]) % LANES
}

/// For all users of a service, whom somebody has not seen who removes it.
pub(super) fn of_users(service: &[u8; 16]) -> impl Iterator<Item = u16> {
    let first = first_of_service(service);
    first..first + LANES
}

fn first_of_service(service: &[u8; 16]) -> u16 {
    // An id is drawn by chance.
    let services = BUCKETS / LANES;
    2 * BUCKETS + u16::from_be_bytes([service[0], service[1]]) % services * LANES
}

/// For what a name of a gateway means: a message, or a receipt that waits.
pub(super) fn of_name(gateway: &str, form: &str) -> u16 {
    let bytes = gateway.bytes().chain([0]).chain(form.bytes());
    let hash = bytes
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let folded = (hash >> 16) ^ (hash & 0xffff);
    BUCKETS + u16::try_from(folded % u32::from(BUCKETS)).unwrap_or_default()
}
