//! Alphabet and parts of a text by another way: the alphabet by code points,
//! and each part filled unit by unit. Knows nothing of the crate.

use unicode_normalization::UnicodeNormalization as _;

/// What a text takes.
#[derive(Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) is_gsm: bool,
    /// Units of each part.
    pub(super) parts: Vec<usize>,
}

/// Counts beside a header of the sender's own of that many octets; `None` if
/// a part would hold less than two units.
pub(super) fn count(text: &str, header: usize, reference_octets: usize) -> Option<Counted> {
    let characters: Vec<u32> = text.nfc().map(u32::from).collect();
    let is_gsm = characters.iter().all(|point| septets(*point) > 0);
    let costs: Vec<usize> = characters
        .iter()
        .map(|point| if is_gsm { septets(*point) } else { 1 + usize::from(*point > 0xffff) })
        .collect();
    let bits = if is_gsm { 7 } else { 16 };
    let room = |header: usize| (140_usize.saturating_sub(header) * 8) / bits;
    if costs.iter().sum::<usize>() <= room(header) {
        return Some(Counted { is_gsm, parts: vec![costs.iter().sum()] });
    }
    // The element: its kind, its length, the reference, the total, the place.
    let linking = 4 + reference_octets + usize::from(header == 0);
    let room = room(header + linking);
    if room < 2 {
        return None;
    }
    let mut parts = vec![0];
    for cost in costs {
        match parts.last_mut() {
            Some(last) if *last + cost <= room => *last += cost,
            _ => parts.push(cost),
        }
    }
    Some(Counted { is_gsm, parts })
}

/// Septets of a code point, 0 if the alphabet has it not.
fn septets(point: u32) -> usize {
    const ONE: [std::ops::RangeInclusive<u32>; 4] =
        [0x0a..=0x0a, 0x0d..=0x0d, 0x20..=0x5a, 0x61..=0x7a];
    const SINGLE: [u32; 40] = [
        0x5f, 0xa1, 0xa3, 0xa4, 0xa5, 0xa7, 0xbf, 0xc4, 0xc5, 0xc6, 0xc7, 0xc9, 0xd1, 0xd6, 0xd8,
        0xdc, 0xdf, 0xe0, 0xe4, 0xe5, 0xe6, 0xe8, 0xe9, 0xec, 0xf1, 0xf2, 0xf6, 0xf8, 0xf9, 0xfc,
        0x393, 0x394, 0x398, 0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9,
    ];
    let is_two = matches!(point, 0x0c | 0x5b..=0x5e | 0x7b..=0x7e | 0x20ac);
    let is_one = SINGLE.contains(&point) || ONE.iter().any(|range| range.contains(&point));
    if is_two { 2 } else { usize::from(is_one) }
}

/// The whole alphabet, from the code points above.
pub(super) fn alphabet() -> Vec<char> {
    let all = (0..=0x20ac).filter(|point| septets(*point) > 0);
    all.filter_map(char::from_u32).collect()
}

#[test]
fn the_alphabet_has_137_characters() {
    assert_eq!(alphabet().len(), 137);
}
