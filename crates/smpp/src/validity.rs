//! How long a message is worth sending (SMPP 3.4 §7.1.1.2).

use crate::limits::VALIDITY_MINUTES_MAX;
use crate::octets::OctetString;

/// A relative time for `validity_period`, `YYMMDDhhmmsstnnp` with `R` as its
/// last letter: rounded up to a minute, from one minute to 31 days.
///
/// ```
/// use ringproof_smpp::validity::relative;
///
/// assert_eq!(relative(300).as_bytes(), b"000000000500000R");
/// assert_eq!(relative(0).as_bytes(), b"000000000100000R");
/// ```
pub fn relative(seconds: u64) -> OctetString {
    let minutes = seconds.div_ceil(60).clamp(1, VALIDITY_MINUTES_MAX);
    let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
    OctetString::of_peer(format!("0000{days:02}{hours:02}{minutes:02}00000R").as_bytes())
}
