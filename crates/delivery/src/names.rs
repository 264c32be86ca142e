//! The names that gateways give to messages, in the forms by which a receipt
//! finds its message (`delivery.md` 5.3).
//!
//! Each form says how it was made, so that a name which happens to be another
//! one's number in the other notation never hides the message that has just this
//! name: the forms are tried one after the other.

use smpp::receipt::{IdRule, id_forms};

use crate::gateway::Taken;

/// The forms under which a message is known by the name in the answer to its
/// hand-over; none for an empty name.
pub fn of_answer(name: &[u8]) -> Vec<String> {
    let forms = id_forms(name);
    let Some(exact) = forms.first() else { return Vec::new() };
    let of = |rule: IdRule| forms.iter().find(|form| form.rule == rule).map(|form| &form.octets);
    let bare = of(IdRule::WithoutZeros).or(of(IdRule::Trimmed)).unwrap_or(&exact.octets);
    let all = [
        Some(written('=', &exact.octets)),
        Some(written('~', bare)),
        of(IdRule::Hexadecimal).map(|number| written('x', number)),
        of(IdRule::Decimal).map(|number| written('d', number)),
    ];
    all.into_iter().flatten().collect()
}

/// The same for each part of a message that was taken.
pub(crate) fn of_parts(taken: &Taken) -> Vec<Vec<String>> {
    taken.ids.iter().map(|id| of_answer(&octets(id))).collect()
}

/// The octets of an id that came with each as one character.
fn octets(id: &str) -> Vec<u8> {
    id.chars().filter_map(|c| u8::try_from(c).ok()).collect()
}

/// The forms under which the message of a receipt is looked for, the best
/// first: the name as it is, without zeros and blanks, as the number that the
/// answer gave in decimal, as the one that it gave in hexadecimal.
pub fn of_receipt(name: &[u8]) -> Vec<String> {
    let forms = id_forms(name);
    let Some(exact) = forms.first() else { return Vec::new() };
    let of = |rule: IdRule| forms.iter().find(|form| form.rule == rule).map(|form| &form.octets);
    let bare = of(IdRule::WithoutZeros).or(of(IdRule::Trimmed)).unwrap_or(&exact.octets);
    let mut all = vec![written('=', &exact.octets)];
    all.extend(['~', 'x', 'd'].map(|how| written(how, bare)));
    all
}

/// Names are bytes of strangers; what is no letter or digit is escaped.
fn written(how: char, name: &[u8]) -> String {
    format!("{how}{}", name.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(answer: &str, receipt: &str) -> Option<usize> {
        let known = of_answer(answer.as_bytes());
        of_receipt(receipt.as_bytes()).iter().position(|form| known.contains(form))
    }

    #[test]
    fn a_receipt_finds_its_message_in_either_notation() {
        assert_eq!(finds("1A2B", "1A2B"), Some(0));
        assert_eq!(finds("1A2B", "0000001a2b"), Some(1));
        assert_eq!(finds("6699", "1A2B"), Some(2), "decimal in the answer, hexadecimal here");
        assert_eq!(finds("1A2B", "0006699"), Some(3), "the other way round");
        assert_eq!(finds("b7e0-uuid", "B7E0-UUID"), Some(1));
        assert_eq!(finds("1A2B", "1A2C"), None);
        assert!(of_answer(b"").is_empty() && of_receipt(b"").is_empty());
    }

    #[test]
    fn the_same_name_comes_before_the_same_number() {
        // 256 is what 100 would be in hexadecimal.
        assert_eq!((finds("100", "256"), finds("256", "256")), (Some(3), Some(0)));
    }

    #[test]
    fn strange_bytes_are_escaped() {
        assert_eq!(of_answer(b"a\xff\n")[0], "=a\\xff\\n");
    }
}
