//! Writes that go to the database as one statement.
//!
//! Each statement of a step is an answer that the server sends and a node wakes up
//! for, and they cost more than what most of them do. So writes to different tables
//! are put into one statement, each as a part of its `WITH`. All parts of a statement
//! see the database as it was before, so a table that was written in it, or is read by
//! the next write, ends it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex};

use crate::limits::{JOINT_SHAPES_MAX, JOINT_WRITES_MAX};
use crate::postgres::connection::Write;
use crate::postgres::lock;

/// Statements that were made so far, by the addresses of what they are made of. There
/// are as many as combinations that the rules write, some dozens.
static MADE: LazyLock<Mutex<HashMap<Vec<usize>, &'static str>>> = LazyLock::new(Mutex::default);

/// Puts writes together where that changes nothing.
pub(super) fn join(writes: Vec<Write<'_>>) -> Vec<Write<'_>> {
    let (mut joined, mut group) = (Vec::new(), Group::default());
    for write in writes {
        if !group.takes(write.sql) {
            joined.extend(std::mem::take(&mut group).close());
        }
        group.add(write);
    }
    joined.extend(group.close());
    joined
}

/// Writes that can be one statement.
#[derive(Default)]
struct Group<'v> {
    writes: Vec<Write<'v>>,
    tables: Vec<&'static str>,
    /// Whether one of them reads what others write.
    is_alone: bool,
}

impl<'v> Group<'v> {
    fn takes(&self, sql: &'static str) -> bool {
        let is_new = |table: &&str| !self.tables.contains(table);
        let has_room = self.writes.len() < JOINT_WRITES_MAX && !self.is_alone && !reads(sql);
        self.writes.is_empty() || (has_room && written_tables(sql).all(|table| is_new(&table)))
    }

    fn add(&mut self, write: Write<'v>) {
        self.tables.extend(written_tables(write.sql));
        self.is_alone |= reads(write.sql);
        self.writes.push(write);
    }

    fn close(self) -> Vec<Write<'v>> {
        let Some(sql) = (self.writes.len() > 1).then(|| statement(&self.writes)).flatten() else {
            return self.writes;
        };
        let values = self.writes.into_iter().flat_map(|write| write.values).collect();
        vec![Write { sql, values }]
    }
}

/// Whether a statement reads anything but the rows that it writes. Those of [`super::upsert`]
/// do not.
fn reads(sql: &str) -> bool {
    !sql.starts_with(UPSERT) && (sql.starts_with("WITH ") || sql.contains("SELECT"))
}

/// How the statements of [`super::upsert`] begin.
const UPSERT: &str = "WITH changed AS (";

fn written_tables(sql: &'static str) -> impl Iterator<Item = &'static str> {
    ["UPDATE ", "INSERT INTO ", "DELETE FROM "].into_iter().flat_map(move |verb| {
        let places = sql.match_indices(verb).map(move |(place, _)| &sql[place + verb.len()..]);
        places.map(|rest| rest.split([' ', '(']).next().unwrap_or_default())
    })
}

/// The one statement; none if there are too many of its kind.
fn statement(writes: &[Write<'_>]) -> Option<&'static str> {
    let shape: Vec<usize> = writes.iter().map(|write| write.sql.as_ptr().addr()).collect();
    let mut made = lock(&MADE);
    if let Some(known) = made.get(&shape) {
        return Some(known);
    }
    if made.len() >= JOINT_SHAPES_MAX {
        return None;
    }
    let sql: &'static str = text(writes).leak();
    made.insert(shape, sql);
    Some(sql)
}

fn text(writes: &[Write<'_>]) -> String {
    let (mut parts, mut values) = (Vec::new(), 0);
    for (n, write) in writes.iter().enumerate() {
        let (parts_before, last) = split(write.sql);
        let names: Vec<&str> = parts_before.iter().map(|(name, _)| *name).collect();
        let own = |body: &str| renamed(body, &names, n, values);
        parts.extend(parts_before.iter().map(|(name, body)| format!("{name}_{n} AS ({})", own(body))));
        parts.push(format!("done_{n} AS ({})", own(last)));
        values += write.values.len();
    }
    format!("WITH {} SELECT 1", parts.join(", "))
}

/// The named parts of a statement, and what comes after them.
fn split(sql: &'static str) -> (Vec<(&'static str, &'static str)>, &'static str) {
    let Some(mut rest) = sql.strip_prefix("WITH ") else { return (Vec::new(), sql) };
    let mut named = Vec::new();
    while let Some((name, after)) = rest.split_once(" AS (").filter(|(name, _)| is_name(name)) {
        let end = closing(after);
        named.push((name, &after[..end]));
        rest = after[end..].trim_start_matches([')', ',', ' ']);
    }
    (named, rest)
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Where the bracket closes that was opened before this text.
fn closing(text: &str) -> usize {
    let mut open = 1;
    let at = text.bytes().position(|byte| {
        open += i32::from(byte == b'(') - i32::from(byte == b')');
        open == 0
    });
    at.unwrap_or(text.len())
}

/// With the names of parts made the statement's own, and its places moved behind those
/// of the statements before it.
fn renamed(body: &str, names: &[&str], n: usize, values_before: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::super::upsert;
    use super::*;
    use crate::postgres::value::params;

    const ONE: &str = "INSERT INTO outbox (id, next_at) VALUES ($1, $2)";
    const TWO: &str = "DELETE FROM service WHERE id = $1";
    const READS: &str = "DELETE FROM app_nonce WHERE digest IN (SELECT digest FROM app_nonce)";

    fn write(sql: &'static str, values: i64) -> Write<'static> {
        Write { sql, values: (0..values).map(|n| params![n].remove(0)).collect() }
    }

    fn texts(writes: Vec<Write<'static>>) -> Vec<&'static str> {
        join(writes).into_iter().map(|write| write.sql).collect()
    }

    #[test]
    fn writes_to_different_tables_become_one_and_keep_their_values() {
        let sends = upsert::NUMBER_SENDS.as_str();
        let joined = join(vec![write(ONE, 2), write(sends, 3), write(TWO, 1)]);
        let [one] = joined.as_slice() else { panic!("{} statements", joined.len()) };
        assert_eq!(one.values.len(), 6);
        assert_eq!(
            one.sql,
            "WITH done_0 AS (INSERT INTO outbox (id, next_at) VALUES ($1, $2)), \
             changed_1 AS (UPDATE number_sends SET last_at = $4, sends = $5 \
             WHERE number_key = $3 RETURNING 1), \
             done_1 AS (INSERT INTO number_sends (number_key, last_at, sends) SELECT $3, $4, $5 \
             WHERE NOT EXISTS (SELECT 1 FROM changed_1)), \
             done_2 AS (DELETE FROM service WHERE id = $6) SELECT 1"
        );
        let again = join(vec![write(ONE, 2), write(sends, 3), write(TWO, 1)]);
        assert!(std::ptr::eq(one.sql, again[0].sql), "it is prepared once");
    }

    #[test]
    fn a_table_that_was_written_begins_a_statement() {
        assert_eq!(texts(vec![write(ONE, 2), write(ONE, 2)]), [ONE, ONE]);
        // Both touch the user that they hang on.
        let (guard, verification) = (upsert::GUARD.as_str(), upsert::VERIFICATION.as_str());
        assert_eq!(texts(vec![write(guard, 7), write(verification, 14)]), [guard, verification]);
    }

    #[test]
    fn what_reads_stands_alone() {
        assert_eq!(texts(vec![write(ONE, 2), write(READS, 0), write(TWO, 1)]), [ONE, READS, TWO]);
    }
}
