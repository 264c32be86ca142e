//! Eight septets in seven octets, as they go over the air
//! (3GPP TS 23.038 §6.1.2.1). SMPP peers want septets unpacked, but for few.
//!
//! The first septet lies in the low bits of the first octet. After a user
//! data header, fill bits bring the first septet to a septet boundary.

/// Zero bits between a header of that many octets and the first septet, 0 to
/// 6 (3GPP TS 23.040 §9.2.3.24).
fn fill_bits(header_octets: usize) -> u32 {
    match header_octets % 7 {
        0 => 0,
        // Each octet is one bit more than a septet.
        beyond => u32::try_from(7 - beyond).unwrap_or(0),
    }
}

/// Packs septets that follow a header of that many octets, 0 for none. The
/// header itself is not in the answer. Of each octet the lower seven bits
/// count.
pub fn pack(septets: &[u8], header_octets: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(septets.len() + 1);
    // Bits that wait for their octet, the first one lowest; never above 14.
    let mut waiting: u16 = 0;
    let mut count = fill_bits(header_octets);
    for septet in septets {
        waiting |= u16::from(septet & 0x7f) << count;
        count += 7;
        if count >= 8 {
            let [low, high] = waiting.to_le_bytes();
            out.push(low);
            waiting = u16::from(high);
            count -= 8;
        }
    }
    if count > 0 && !septets.is_empty() {
        let [low, _] = waiting.to_le_bytes();
        out.push(low);
    }
    out
}

/// Unpacks that many septets that followed a header of that many octets;
/// `None` if there are fewer. The count must be known: seven spare bits look
/// like one more septet.
pub fn unpack(packed: &[u8], septets: usize, header_octets: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(septets.min(2 * packed.len()));
    let mut octets = packed.iter();
    // Bits that wait to be read, the next one lowest; never above 14.
    let mut waiting: u16 = 0;
    let mut count = 0;
    let fill = fill_bits(header_octets);
    if fill > 0 && septets > 0 {
        waiting = u16::from(*octets.next()?) >> fill;
        count = 8 - fill;
    }
    for _ in 0..septets {
        if count < 7 {
            waiting |= u16::from(*octets.next()?) << count;
            count += 8;
        }
        out.push(waiting.to_le_bytes()[0] & 0x7f);
        waiting >>= 7;
        count -= 7;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::gsm;

    fn packed(text: &str) -> Vec<u8> {
        pack(&gsm::encode(text).unwrap(), 0)
    }

    #[test]
    fn vectors() {
        let long = [
            0xd9, 0x77, 0x5d, 0x0e, 0x1a, 0xbf, 0xc9, 0x65, 0x50, 0x7a, 0x0e, 0x8a, 0xc9, 0x66,
            0xb4, 0x9a, 0x0d,
        ];
        let cases: [(&str, &[u8]); 7] = [
            ("", &[]),
            ("hello", &[0xe8, 0x32, 0x9b, 0xfd, 0x06]),
            ("hellohello", &[0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37]),
            ("Your code is 123456", &long),
            ("€", &[0x9b, 0x32]),
            ("{}", &[0x1b, 0xd4, 0x26, 0x05]),
            ("1234567", &[0x31, 0xd9, 0x8c, 0x56, 0xb3, 0xdd, 0x00]),
        ];
        for (text, octets) in cases {
            assert_eq!(packed(text), octets, "{text}");
            let septets = gsm::encode(text).unwrap();
            assert_eq!(unpack(octets, septets.len(), 0), Some(septets), "{text}");
        }
        assert_eq!(packed(&"A".repeat(160)).len(), 140);
    }

    #[test]
    fn after_a_header_comes_fill() {
        let fill: Vec<u32> = (0..15).map(fill_bits).collect();
        assert_eq!(fill, [0, 6, 5, 4, 3, 2, 1, 0, 6, 5, 4, 3, 2, 1, 0]);
        let part = pack(&[0x41; 153], 6);
        assert_eq!((&part[..4], part.len()), (&[0x82, 0xc1, 0x60, 0x30][..], 134));
        assert_eq!(pack(&[0x41; 152], 7).len(), 133);
        for header in 0..15 {
            let septets: Vec<u8> = (0..128).collect();
            let packed = pack(&septets, header);
            assert_eq!(packed.len(), (128 * 7 + fill_bits(header) as usize).div_ceil(8));
            assert_eq!(unpack(&packed, septets.len(), header), Some(septets), "{header}");
        }
    }

    #[test]
    fn missing_octets_are_noticed() {
        assert_eq!(unpack(&[0xe8, 0x32, 0x9b, 0xfd], 5, 0), None);
        assert_eq!(unpack(&[], 1, 0), None);
        assert_eq!(unpack(&[], usize::MAX, 6), None);
        assert_eq!(unpack(&[0xff], 0, 0), Some(vec![]));
    }
}
