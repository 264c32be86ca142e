//! Several statements made one.
//!
//! Each statement is an answer that the server sends and a node wakes up for, and they
//! cost more than what most of ours do. [`super::write`] joins what is written,
//! [`super::load`] what is read.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex};

use super::lock;
use crate::limits::JOINT_SHAPES_MAX;

/// Statements that were made so far, by what they are made of. There are as many as
/// combinations that the rules ask for, some dozens, so each is prepared once.
pub(super) struct Shapes(LazyLock<Mutex<HashMap<Vec<usize>, &'static str>>>);

impl Shapes {
    pub(super) const fn new() -> Self {
        Self(LazyLock::new(Mutex::default))
    }

    /// The statement that these make; none if there are too many already.
    pub(super) fn of(
        &self,
        parts: &[&'static str],
        words: impl FnOnce() -> String,
    ) -> Option<&'static str> {
        let shape: Vec<usize> = parts.iter().map(|part| part.as_ptr().addr()).collect();
        let mut made = lock(&self.0);
        if let Some(known) = made.get(&shape) {
            return Some(known);
        }
        if made.len() >= JOINT_SHAPES_MAX {
            return None;
        }
        // It stays: the sessions keep it prepared.
        let sql: &'static str = words().leak();
        made.insert(shape, sql);
        Some(sql)
    }
}

/// With the names of parts made the statement's own, and its places moved behind those
/// of the statements before it.
pub(super) fn renamed(body: &str, names: &[&str], n: usize, values_before: usize) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let (mut out, mut rest) = (String::with_capacity(body.len() + 32), body);
    while !rest.is_empty() {
        let word_end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        match word.strip_prefix('$').and_then(|place| place.parse::<usize>().ok()) {
            Some(place) => push(&mut out, format_args!("${}", place + values_before)),
            None if names.contains(&word) => push(&mut out, format_args!("{word}_{n}")),
            None => out.push_str(word),
        }
        let other_end = after.find(is_word).unwrap_or(after.len());
        out.push_str(&after[..other_end]);
        rest = &after[other_end..];
    }
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes everything");
}
