//! A value as it travels: the same whichever database it was read from.

use sha2::{Digest as _, Sha256};

/// The value of a column.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Nothing,
    Flag(bool),
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The values of a row, in the order of its table's columns.
pub(crate) type Row = Vec<Cell>;

impl Cell {
    /// Writes the kind, the length where there is one, and the value: two rows are written alike only if they are.
    fn write(&self, out: &mut Vec<u8>) {
        let mut sized = |kind: u8, bytes: &[u8]| {
            out.push(kind);
            out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            out.extend_from_slice(bytes);
        };
        match self {
            Self::Nothing => out.push(b'-'),
            Self::Flag(value) => out.extend_from_slice(&[b'f', u8::from(*value)]),
            Self::Integer(value) => {
                out.push(b'i');
                out.extend_from_slice(&value.to_be_bytes());
            }
            Self::Text(value) => sized(b't', value.as_bytes()),
            Self::Bytes(value) => sized(b'b', value),
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        match take(bytes, 1)? {
            b"-" => Some(Self::Nothing),
            b"f" => match take(bytes, 1)? {
                [0] => Some(Self::Flag(false)),
                [1] => Some(Self::Flag(true)),
                _ => None,
            },
            b"i" => Some(Self::Integer(i64::from_be_bytes(take(bytes, 8)?.try_into().ok()?))),
            b"t" => String::from_utf8(take_sized(bytes)?).ok().map(Self::Text),
            b"b" => take_sized(bytes).map(Self::Bytes),
            _ => None,
        }
    }
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn take_sized(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let length = u64::from_be_bytes(take(bytes, 8)?.try_into().ok()?);
    Some(take(bytes, usize::try_from(length).ok()?)?.to_vec())
}

/// Values as bytes, from which [`read`] gives them again.
pub(crate) fn written(cells: &[Cell]) -> Vec<u8> {
    let mut out = Vec::new();
    for cell in cells {
        cell.write(&mut out);
    }
    out
}

/// The values that [`written`] was given; `None` if these bytes are not from there.
pub(crate) fn read(mut bytes: &[u8]) -> Option<Vec<Cell>> {
    let mut cells = Vec::new();
    while !bytes.is_empty() {
        cells.push(Cell::read(&mut bytes)?);
    }
    Some(cells)
}

/// A SHA-256 over rows, in the order of their keys.
#[derive(Default)]
pub(crate) struct RowsDigest {
    hash: Sha256,
    rows: u64,
    buffer: Vec<u8>,
}

impl RowsDigest {
    pub(crate) fn add(&mut self, row: &[Cell]) {
        self.buffer.clear();
        for cell in row {
            cell.write(&mut self.buffer);
        }
        self.hash.update(&self.buffer);
        self.rows += 1;
    }

    /// How many rows there were, and their digest.
    pub(crate) fn sum(self) -> (u64, [u8; 32]) {
        (self.rows, self.hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn text(value: &str) -> Cell {
        Cell::Text(value.to_owned())
    }

    fn of_each() -> Row {
        let numbers = [0, -1, i64::MAX, i64::MIN].map(Cell::Integer);
        let others = [
            Cell::Nothing,
            Cell::Flag(true),
            Cell::Flag(false),
            text(""),
            text("õ,\n"),
            Cell::Bytes(Vec::new()),
            Cell::Bytes(vec![0, 255]),
        ];
        numbers.into_iter().chain(others).collect()
    }

    fn digest(rows: &[Row]) -> (u64, [u8; 32]) {
        let mut digest = RowsDigest::default();
        for row in rows {
            digest.add(row);
        }
        digest.sum()
    }

    #[test]
    fn what_is_written_is_read_again_and_half_of_it_is_not() {
        let bytes = written(&of_each());
        assert!(read(&bytes) == Some(of_each()));
        let whole: Vec<usize> =
            (1..=of_each().len()).map(|n| written(&of_each()[..n]).len()).collect();
        for length in 1..bytes.len() {
            assert_eq!(read(&bytes[..length]).is_some(), whole.contains(&length), "{length}");
        }
        assert!(read(b"x").is_none() && read(b"f\x02").is_none());
    }

    #[test]
    fn rows_that_differ_in_anything_have_other_digests() {
        let rows = [
            vec![text("a"), text("bc")],
            vec![text("ab"), text("c")],
            vec![Cell::Bytes(b"a".to_vec()), text("bc")],
            vec![text("a"), text("bc"), Cell::Nothing],
            vec![text("a"), Cell::Nothing],
            vec![text("a"), text("")],
            vec![text("a"), Cell::Integer(0)],
            vec![text("a"), Cell::Flag(false)],
        ];
        for (n, row) in rows.iter().enumerate() {
            for (m, other) in rows.iter().enumerate() {
                let (row, other) = (digest(from_ref(row)), digest(from_ref(other)));
                assert_eq!(row == other, n == m, "{n} {m}");
            }
        }
        let [a, b, ..] = &rows;
        assert_ne!(digest(&[a.clone(), b.clone()]), digest(&[b.clone(), a.clone()]));
    }
}
