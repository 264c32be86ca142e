//! The text of a receipt: keys and values (SMPP 3.4 Appendix B).
//!
//! ```text
//! id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E text:…
//! ```
//!
//! Peers write the keys in any order and any case, leave some out, and add
//! their own. A value ends where the next known key begins, and the first value
//! of a key counts. What stands behind `text:` is the beginning of our message
//! and can hold a code or a forged key: it is dropped unread, and once id and
//! state are known, so is all that follows.

use super::ids::trim;
use super::is_blank;

/// The values that are used, each where its key came first.
#[derive(Default, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) id: Option<&'a [u8]>,
    pub(super) submit_date: Option<&'a [u8]>,
    pub(super) done_date: Option<&'a [u8]>,
    pub(super) state: Option<&'a [u8]>,
    pub(super) error: Option<&'a [u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Id,
    Submitted,
    Delivered,
    SubmitDate,
    DoneDate,
    State,
    Error,
    Text,
}

const KEYS: [(Key, &[u8]); 8] = [
    (Key::Id, b"id:"),
    (Key::Submitted, b"sub:"),
    (Key::Delivered, b"dlvrd:"),
    (Key::SubmitDate, b"submit date:"),
    (Key::DoneDate, b"done date:"),
    (Key::State, b"stat:"),
    (Key::Error, b"err:"),
    (Key::Text, b"text:"),
];

/// Whether a message that is not marked as a receipt reads like one.
pub(super) fn reads_like_receipt(text: &[u8]) -> bool {
    key_at_start(text).is_some_and(|(key, _)| key == Key::Id)
        && text.windows(5).any(|window| window.eq_ignore_ascii_case(b"stat:"))
}

pub(super) fn read(text: &[u8]) -> Fields<'_> {
    let mut fields = Fields::default();
    let (mut has_id, mut has_state) = (false, false);
    let mut next = next_key(text, 0);
    while let Some((key, start)) = next {
        // Whatever looks like a key further on is a word of the message.
        if key == Key::Text && has_id && has_state {
            break;
        }
        next = next_key(text, start);
        let end = next.map_or(text.len(), |(key, start)| start - key.octets());
        let value = Some(trim(&text[start..end])).filter(|value| !value.is_empty());
        match key {
            Key::Id if !has_id => (has_id, fields.id) = (true, value),
            Key::State if !has_state => (has_state, fields.state) = (true, value.map(first_word)),
            Key::Error => fields.error = fields.error.or(value.map(first_word)),
            Key::SubmitDate => {
                fields.submit_date = fields.submit_date.or(value.map(first_word));
            }
            Key::DoneDate => fields.done_date = fields.done_date.or(value.map(first_word)),
            Key::Id | Key::State | Key::Submitted | Key::Delivered | Key::Text => {}
        }
    }
    fields
}

impl Key {
    fn octets(self) -> usize {
        KEYS.iter().find(|(key, _)| *key == self).map_or(0, |(_, word)| word.len())
    }
}

/// The next key from an offset on, and where its value begins. A key stands at
/// the beginning or behind a blank.
fn next_key(text: &[u8], from: usize) -> Option<(Key, usize)> {
    (from..text.len())
        .filter(|at| *at == 0 || is_blank(text[*at - 1]) || *at == from)
        .find_map(|at| key_at_start(&text[at..]).map(|(key, octets)| (key, at + octets)))
}

fn key_at_start(text: &[u8]) -> Option<(Key, usize)> {
    let begins =
        |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    KEYS.iter().find(|(_, word)| begins(word)).map(|(key, word)| (*key, word.len()))
}

/// Keys of the peer's own may follow the word, or our message without its key.
fn first_word(value: &[u8]) -> &[u8] {
    value.split(|octet| is_blank(*octet)).next().unwrap_or_default()
}
