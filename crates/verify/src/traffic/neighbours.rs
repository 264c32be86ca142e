//! Neighbouring numbers of one block in a short time (`delivery.md` 10, G-3; D-32).

use super::outcomes::Counted;
use crate::{SignedDuration, Timestamp};

/// How long a number is remembered.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Numbers that differ by no more are near each other …
const NEAR: u16 = 10;
/// … and so many of them, none entered, are suspicious.
const NEAR_MIN: usize = 3;

/// So many numbers of one block whose codes are missing close it …
const MISSING_MIN: u32 = 5;
/// … unless there is an entered code for each so many of them: of five codes that are
/// mostly entered, most are missing often enough for a busy site to lose blocks.
const MISSING_PER_ENTERED: u32 = 4;

/// A code that was sent so recently may still be entered: it speaks neither for
/// nor against the block.
const YOUNG: SignedDuration = SignedDuration::from_secs(60);

/// Numbers of a block that are remembered; each is looked at with every message to it.
const KEPT_MAX: usize = 32;

/// Last three digits that tell the numbers of a block apart.
const DIGITS: u16 = 1_000;

#[derive(Debug, Clone, Copy)]
struct Neighbour {
    digits: u16,
    /// When the first of its messages was sent: another one excuses no missing code.
    sent_at: Timestamp,
    messages: u16,
    is_entered: bool,
}

/// What neighbours say of their block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowd {
    /// Nothing.
    Fine,
    /// Three near each other and none entered.
    Near,
    /// Five are missing, and hardly any is entered.
    Many,
}

/// The numbers of a block that were sent to within ten minutes. A few bytes each,
/// in memory only; they are forgotten when the block is next looked at.
#[derive(Debug, Default)]
pub(super) struct Neighbours(Vec<Neighbour>);

impl Neighbours {
    /// Notes a message to a number, by its last digits.
    pub(super) fn sent(&mut self, digits: u16, now: Timestamp) {
        self.forget(now);
        let digits = digits % DIGITS;
        if let Some(known) = self.0.iter_mut().find(|neighbour| neighbour.digits == digits) {
            known.messages = known.messages.saturating_add(1);
            return;
        }
        // The oldest of a crowd says no more than the others.
        if self.0.len() >= KEPT_MAX {
            self.0.remove(0);
        }
        self.0.push(Neighbour { digits, sent_at: now, messages: 1, is_entered: false });
    }

    /// Takes back the last message to a number, which was not sent.
    pub(super) fn withdraw(&mut self, digits: u16) {
        let own = |neighbour: &&mut Neighbour| neighbour.digits == digits % DIGITS;
        if let Some(known) = self.0.iter_mut().find(own) {
            known.messages = known.messages.saturating_sub(1);
        }
        self.0.retain(|neighbour| neighbour.messages > 0 || neighbour.is_entered);
    }

    /// Notes that a code was entered.
    pub(super) fn entered(&mut self, digits: u16) {
        let own = |neighbour: &&mut Neighbour| neighbour.digits == digits % DIGITS;
        self.0.iter_mut().filter(own).for_each(|neighbour| neighbour.is_entered = true);
    }

    pub(super) fn forget(&mut self, now: Timestamp) {
        self.0.retain(|neighbour| now.duration_since(neighbour.sent_at) < WINDOW);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that say something now: numbers whose codes were entered, or are missing.
    pub(super) fn counted(&self, now: Timestamp) -> Counted {
        let speaks = |n: &&Neighbour| n.is_entered || now.duration_since(n.sent_at) >= YOUNG;
        let is_recent = |n: &&Neighbour| now.duration_since(n.sent_at) < WINDOW;
        let speaking = self.0.iter().filter(is_recent).filter(speaks);
        speaking.fold(Counted::default(), |counted, n| Counted {
            sent: counted.sent + 1,
            entered: counted.entered + u32::from(n.is_entered),
        })
    }

    /// What they say now.
    pub(super) fn judge(&self, now: Timestamp) -> Crowd {
        let is_old = |n: &&Neighbour| now.duration_since(n.sent_at) >= YOUNG;
        let is_recent = |n: &&Neighbour| now.duration_since(n.sent_at) < WINDOW;
        let recent: Vec<&Neighbour> = self.0.iter().filter(is_recent).collect();
        let Counted { sent, entered } = self.counted(now);
        let missing = sent - entered;
        if missing >= MISSING_MIN && entered * MISSING_PER_ENTERED <= missing {
            return Crowd::Many;
        }
        let is_suspicious = recent.iter().filter(|n| !n.is_entered && is_old(n)).any(|one| {
            let near: Vec<_> =
                recent.iter().filter(|n| n.digits.abs_diff(one.digits) <= NEAR).collect();
            near.len() >= NEAR_MIN && near.iter().all(|n| !n.is_entered && is_old(n))
        });
        if is_suspicious { Crowd::Near } else { Crowd::Fine }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn three_near_each_other_are_suspicious_and_five_close_the_block() {
        let mut neighbours = Neighbours::default();
        for (second, digits) in [(0, 4_100), (10, 105), (20, 110)] {
            neighbours.sent(digits, at(second));
        }
        assert_eq!(neighbours.judge(at(30)), Crowd::Fine, "their codes may come yet");
        assert_eq!(neighbours.judge(at(80)), Crowd::Near);
        neighbours.sent(500, at(80));
        neighbours.sent(900, at(80));
        assert_eq!(neighbours.judge(at(100)), Crowd::Near);
        assert_eq!(neighbours.judge(at(140)), Crowd::Many);
        assert_eq!(neighbours.judge(at(620)), Crowd::Fine, "ten minutes are over for three");
    }

    #[test]
    fn colleagues_who_enter_their_codes_are_no_crowd() {
        let mut neighbours = Neighbours::default();
        for digits in 100..120 {
            neighbours.sent(digits, at(0));
        }
        for digits in 100..110 {
            neighbours.entered(digits);
        }
        assert_eq!(neighbours.judge(at(300)), Crowd::Fine);
    }

    #[test]
    fn numbers_far_from_each_other_are_not_near() {
        let mut neighbours = Neighbours::default();
        for digits in [100, 200, 300, 400] {
            neighbours.sent(digits, at(0));
        }
        assert_eq!(neighbours.judge(at(300)), Crowd::Fine);
        neighbours.sent(500, at(0));
        neighbours.withdraw(500);
        assert_eq!(neighbours.judge(at(300)), Crowd::Fine);
    }

    #[test]
    fn another_message_that_is_not_sent_hides_no_missing_code() {
        let mut neighbours = Neighbours::default();
        for digits in [100, 200, 300, 400, 500] {
            neighbours.sent(digits, at(0));
        }
        for digits in [100, 200, 300, 400, 500] {
            neighbours.sent(digits, at(100));
            assert_eq!(neighbours.judge(at(100)), Crowd::Many, "sent again");
            neighbours.withdraw(digits);
        }
        assert_eq!(neighbours.judge(at(110)), Crowd::Many);
    }

    #[test]
    fn five_that_are_missing_close_a_block_unless_two_are_entered() {
        for (entered, crowd) in [(0, Crowd::Many), (1, Crowd::Many), (2, Crowd::Fine)] {
            let mut neighbours = Neighbours::default();
            (0..5 + entered).for_each(|n| neighbours.sent(n * 100, at(0)));
            (0..entered).for_each(|n| neighbours.entered(n * 100));
            assert_eq!(neighbours.judge(at(59)), Crowd::Fine, "they may come yet");
            assert_eq!(neighbours.judge(at(60)), crowd, "{entered} entered");
        }
    }
}
