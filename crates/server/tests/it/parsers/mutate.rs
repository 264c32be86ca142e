//! Damage: bytes that were good, made a little wrong.

use super::random::Random;

/// Characters that parsers trip over: digits of other scripts, invisible ones, ones that grow in lower case.
const ODD: &[&str] = &[
    "\u{663}", "\u{200b}", "é", "𝄞", "\u{feff}", "İ", "ß", "\u{85}", "\u{a0}", "\u{2028}",
    "\u{202e}", "Σ", "\u{0}", "\u{7f}", "\r\n", "\t", "％", "ﬁ",
];

/// Bytes that mean something to one parser or another.
const SIGNS: &[u8] = b" \"'\\/:;,.+-_0aZ{}[]()%&=#@\r\n\0";

/// Random bytes, a word, or nothing at all.
pub(super) fn noise(random: &mut Random, bytes: &mut Vec<u8>) {
    let length = random.length(4_096);
    let is_text = random.one_in(2);
    for _ in 0..length {
        let byte = random.byte();
        bytes.push(if is_text { b' ' + byte % 95 } else { byte });
    }
}

/// Does one to four kinds of damage.
pub(super) fn damage(random: &mut Random, bytes: &mut Vec<u8>, words: &[&str]) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(9) {
            0 => flip(random, bytes),
            1 => insert(bytes, at, &[random.byte()]),
            2 => insert(bytes, at, random.pick(words).as_bytes()),
            3 => insert(bytes, at, random.pick(ODD).as_bytes()),
            4 => bytes.truncate(at),
            5 => {
                let end = (at + random.length(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            6 => repeat(random, bytes, at),
            7 => swap_ends(bytes, at),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = SIGNS[random.below(SIGNS.len())];
                }
            }
        }
    }
}

fn flip(random: &mut Random, bytes: &mut [u8]) {
    let at = random.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    bytes.splice(at..at, new.iter().copied());
}

/// Says a stretch again, at times very often.
fn repeat(random: &mut Random, bytes: &mut Vec<u8>, at: usize) {
    let end = (at + 1 + random.below(16)).min(bytes.len());
    let stretch = bytes[at.min(end)..end].to_vec();
    let times = if random.one_in(256) { 1 + random.below(2_000) } else { 1 + random.below(4) };
    insert(bytes, end, &stretch.repeat(times));
}

fn swap_ends(bytes: &mut [u8], at: usize) {
    bytes.rotate_left(at);
}
