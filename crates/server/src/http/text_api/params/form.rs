//! `application/x-www-form-urlencoded`, in a query or a body.

use zeroize::Zeroizing;

use super::{Gathered, ParamsError, Value};

/// Reads `a=b&c=d`. Empty pairs are skipped, a pair without `=` has an empty
/// value. What a client forgot to encode is taken as it stands: any byte but
/// `&`, `=` in a name, `+`, and a `%` before two hexadecimal digits means
/// itself, so `100%` needs no escape.
pub(super) fn read(bytes: &[u8], gathered: &mut Gathered) -> Result<(), ParamsError> {
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default());
        let value = decode(halves.next().unwrap_or_default());
        gathered.push(&name, value)?;
    }
    Ok(())
}

/// Undoes the encoding. The result is never longer than what it was made from,
/// so it does not move while it is made.
fn decode(mut bytes: &[u8]) -> Value {
    let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
    while let [first, rest @ ..] = bytes {
        bytes = rest;
        let byte = match (*first, rest) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes = after;
                    (high << 4) | low
                }
                (Some(_) | None, _) => b'%',
            },
            (byte, _) => byte,
        };
        decoded.push(byte);
    }
    decoded
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
