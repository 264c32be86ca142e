//! `docs/TEXT.md`: what its tables say must be what the code does.
//!
//! A text in a table is written `word`, 160 × `A` or U+00A0, joined by " + ".
//! To see it fail, change a number in a table.

use ringproof_verify::text::{Alphabet, Autoconvert, Layout, gsm, segments, split};

const PAGE: &str = include_str!("../../../../../docs/TEXT.md");

/// The rows below a heading, each with the given number of cells.
fn table<const CELLS: usize>(heading: &str) -> Vec<[&'static str; CELLS]> {
    let (_, after) = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("docs/TEXT.md has no heading {heading:?}"));
    let section = after.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    // Without the head and the line below it.
    rows.skip(2)
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").map(str::trim).collect();
            <[&str; CELLS]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?}"))
        })
        .collect()
}

/// The text that a cell stands for.
fn text_of(cell: &str) -> String {
    let piece = |piece: &str| {
        let (times, piece) = piece.split_once(" × ").unwrap_or(("1", piece));
        let quoted = piece.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let text = match (quoted, piece.strip_prefix("U+")) {
            (Some(quoted), _) => quoted.to_owned(),
            (None, Some(point)) => {
                let point = u32::from_str_radix(point, 16).ok().and_then(char::from_u32);
                point.expect("a code point after U+").to_string()
            }
            (None, None) => panic!("no text: {piece:?}"),
        };
        text.repeat(times.parse().expect("a number before ×"))
    };
    cell.split(" + ").map(piece).collect()
}

fn name(alphabet: Alphabet) -> &'static str {
    match alphabet {
        Alphabet::Gsm7 => "GSM",
        Alphabet::Ucs2 => "UCS-2",
    }
}

#[test]
fn lengths() {
    let rows = table::<4>("Lengths");
    assert!(rows.len() >= 3);
    for [header, gsm, ucs2, octets] in rows {
        let (kind, bytes) = header.split_once(", header of ").unwrap_or((header, "0"));
        let layout = Layout::with_header(bytes.parse().unwrap()).unwrap();
        let room = |alphabet| match kind {
            "alone" => layout.units_alone(alphabet),
            "each part" => layout.units_linked(alphabet),
            _ => panic!("{kind}"),
        };
        let found = if kind == "alone" { layout.octets_alone() } else { layout.octets_linked() };
        let said = [gsm, ucs2, octets].map(|number| number.parse::<usize>().unwrap());
        assert_eq!(said, [room(Alphabet::Gsm7), room(Alphabet::Ucs2), found], "{header}");
    }
}

#[test]
fn characters_that_count_two() {
    let (_, after) = PAGE.split_once("Ten of them count two: ").unwrap();
    let said = after.split('.').next().unwrap();
    let said: String = said.split(", ").map(text_of).collect();
    let mut said: Vec<char> = said.chars().collect();
    let two = |character: &char| gsm::septets(*character).is_some_and(|found| found.count() == 2);
    let mut known: Vec<char> = ('\0'..=char::MAX).filter(two).collect();
    said.sort_unstable();
    known.sort_unstable();
    assert_eq!(said, known);
}

#[test]
fn the_alphabet() {
    let (_, after) = PAGE.split_once("```text\n").unwrap();
    let (said, _) = after.split_once("```").unwrap();
    let mut said: Vec<char> = said.chars().filter(|character| !character.is_whitespace()).collect();
    said.extend([' ', '\n', '\r']);
    let one = |character: &char| gsm::septets(*character).is_some_and(|found| found.count() == 1);
    let mut known: Vec<char> = ('\0'..=char::MAX).filter(one).collect();
    said.sort_unstable();
    known.sort_unstable();
    assert_eq!(said, known);
}

#[test]
fn worked_examples_of_parts() {
    let rows = table::<4>("Examples of parts");
    assert!(rows.len() >= 12);
    for [cell, alphabet, count, parts] in rows {
        let text = text_of(cell);
        let found = segments(&text);
        assert_eq!((alphabet, count), (name(found.alphabet), &*found.units.to_string()), "{cell}");
        let found: Vec<String> = split(&text, Layout::PLAIN)
            .unwrap()
            .iter()
            .map(|part| part.units().to_string())
            .collect();
        assert_eq!(parts, found.join(", "), "{cell}");
    }
}

#[test]
fn worked_examples_of_replacement() {
    let rows = table::<3>("Examples of replacement");
    assert!(rows.len() >= 12);
    for [cell, on, full] in rows {
        let text = text_of(cell);
        let said = |said: &str| if said == "unchanged" { text.clone() } else { text_of(said) };
        assert_eq!(Autoconvert::On.apply(&text), said(on), "{cell} on");
        assert_eq!(Autoconvert::Full.apply(&text), said(full), "{cell} full");
    }
}
