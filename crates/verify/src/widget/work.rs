//! Proof of work before a message (S-80): the browser finds numbers whose
//! SHA-256 behind the challenge begins with zero bits. Eight puzzles instead of
//! one: their sum varies three times less, so that nobody waits for long.
//!
//! A challenge is ours by its tag, and good for one message of one session. No
//! list of them is kept: the session counts its messages.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::ids::WidgetSessionId;
use crate::keys::WorkKey;
use crate::send_limits::AddressSends;
use crate::{SignedDuration, Timestamp, hex};

/// Puzzles of one challenge.
pub const PUZZLES: usize = 8;

/// How long a challenge is good.
const CHALLENGE_LIFE: SignedDuration = SignedDuration::from_mins(30);

/// Zero bits of each puzzle: eight times 2¹³ hashes, half a second on a phone.
pub const BITS: u8 = 13;
/// From the sixth start of an address in ten minutes on (D-28): four times that.
pub const BITS_BUSY: u8 = 15;
/// Under attack: eight times that.
pub const BITS_ATTACK: u8 = 16;

/// The bits of a challenge for an address with these starts.
pub fn bits(address: &AddressSends, is_attack: bool, now: Timestamp) -> u8 {
    if is_attack {
        BITS_ATTACK
    } else if address.is_busy(now) {
        BITS_BUSY
    } else {
        BITS
    }
}

/// A challenge as the page has it: `BITS.MILLISECONDS.TAG`.
pub fn challenge(
    key: &WorkKey,
    session: WidgetSessionId,
    start: u32,
    bits: u8,
    now: Timestamp,
) -> String {
    let millis = now.as_millisecond();
    let mut text = String::new();
    let tag = key.tag(session, start, bits, millis);
    // Writing to a string cannot fail.
    let _ = write!(text, "{bits}.{millis}.{}", hex::encode(&tag));
    text
}

/// The bits of the work that was done for this message of the session, if it was:
/// `solution` is one number for each puzzle, with commas between.
pub fn done_bits(
    key: &WorkKey,
    session: WidgetSessionId,
    start: u32,
    challenge_text: &str,
    solution: &str,
    now: Timestamp,
) -> Option<u8> {
    let (bits, millis) = read(challenge_text)?;
    let issued = Timestamp::from_millisecond(millis).ok()?;
    let is_young = issued <= now && now.duration_since(issued) < CHALLENGE_LIFE;
    if !is_young || !is_ours(key, session, start, (bits, millis), challenge_text) {
        return None;
    }
    let answers: Vec<&str> = solution.splitn(PUZZLES + 1, ',').collect();
    let is_solved = |(puzzle, answer): (usize, &&str)| {
        is_counter(answer) && leading_zero_bits(challenge_text, puzzle, answer) >= u32::from(bits)
    };
    let is_done = answers.len() == PUZZLES && answers.iter().enumerate().all(is_solved);
    is_done.then_some(bits)
}

/// Solves a challenge, as a browser does it; for programs that test the widget.
pub fn solve(challenge_text: &str) -> Option<String> {
    let (bits, _) = read(challenge_text)?;
    let solved = (0..PUZZLES).map(|puzzle| {
        let mut answers = (0_u32..).map(|counter| counter.to_string());
        answers.find(|a| leading_zero_bits(challenge_text, puzzle, a) >= u32::from(bits))
    });
    Some(solved.collect::<Option<Vec<_>>>()?.join(","))
}

fn read(text: &str) -> Option<(u8, i64)> {
    let (bits, rest) = text.split_once('.')?;
    let (millis, _) = rest.split_once('.')?;
    Some((bits.parse().ok()?, millis.parse().ok()?))
}

fn is_ours(
    key: &WorkKey,
    session: WidgetSessionId,
    start: u32,
    (bits, millis): (u8, i64),
    text: &str,
) -> bool {
    use subtle::ConstantTimeEq as _;
    let Ok(issued) = Timestamp::from_millisecond(millis) else { return false };
    let ours = challenge(key, session, start, bits, issued);
    ours.as_bytes().ct_eq(text.as_bytes()).into()
}

/// A counter has one spelling, or one solution would have many.
fn is_counter(text: &str) -> bool {
    text.len() <= 10 && text.parse::<u32>().is_ok_and(|n| n.to_string() == text)
}

fn leading_zero_bits(challenge_text: &str, puzzle: usize, answer: &str) -> u32 {
    let digest = Sha256::digest(format!("{challenge_text}.{puzzle}.{answer}").as_bytes());
    let [a, b, c, d, ..] = digest.0;
    u32::from_be_bytes([a, b, c, d]).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Keyring, RootKey};

    const SESSION: WidgetSessionId = WidgetSessionId::from_bytes([3; 16]);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + seconds).unwrap()
    }

    fn key(root: u8) -> WorkKey {
        Keyring::new(&RootKey::from_bytes([root; 32])).work_key()
    }

    #[test]
    fn work_is_good_for_one_message_of_one_session_and_for_half_an_hour() {
        let text = challenge(&key(1), SESSION, 2, 6, at(0));
        let solution = solve(&text).unwrap();
        let holds = |root, session, start, now| {
            done_bits(&key(root), session, start, &text, &solution, at(now)) == Some(6)
        };
        assert!(holds(1, SESSION, 2, 0) && holds(1, SESSION, 2, 1_799));
        assert!(!holds(1, SESSION, 2, 1_800) && !holds(1, SESSION, 2, -1));
        assert!(!holds(2, SESSION, 2, 0));
        assert!(!holds(1, WidgetSessionId::from_bytes([4; 16]), 2, 0));
        assert!(!holds(1, SESSION, 1, 0) && !holds(1, SESSION, 3, 0));
    }

    #[test]
    fn the_sixth_start_of_an_address_is_harder_and_an_attack_harder_still() {
        let mut address = AddressSends::default();
        let number = crate::keys::NumberKey::from_bytes([1; 16]);
        for second in 0..5 {
            assert_eq!(bits(&address, false, at(second)), BITS);
            address.record_start(at(second), number, 100);
        }
        assert_eq!(bits(&address, false, at(5)), BITS_BUSY);
        assert_eq!(bits(&address, true, at(5)), BITS_ATTACK);
        assert_eq!(bits(&address, false, at(600)), BITS);
    }

    #[test]
    fn nothing_but_the_work_passes() {
        let text = challenge(&key(1), SESSION, 0, 8, at(0));
        let solution = solve(&text).unwrap();
        let passes = |text: &str, solution: &str| {
            done_bits(&key(1), SESSION, 0, text, solution, at(0)).is_some()
        };
        assert!(passes(&text, &solution));
        let first = solution.split(',').next().unwrap();
        let other_spelling = solution.replacen(first, &format!("0{first}"), 1);
        let short = solution.rsplit_once(',').unwrap().0;
        let zeros = ["0"; PUZZLES].join(",");
        let long = format!("{solution},0");
        for wrong in ["", ",,,,,,,", short, &zeros, &long, &other_spelling] {
            assert!(!passes(&text, wrong), "{wrong}");
        }
        // Easier than it was issued, older, or without its tag.
        let easier = text.replacen("8.", "1.", 1);
        let bare = text.rsplit_once('.').unwrap().0.to_owned();
        for forged in [easier.as_str(), &bare, "", "8", "8.x", "300.1.2", &text.to_uppercase()] {
            let solved = solve(forged).filter(|_| forged.starts_with("1.")).unwrap_or_default();
            assert!(!passes(forged, &solution) && !passes(forged, &solved), "{forged}");
        }
    }
}
