//! Every byte of every alphabet, against `charsets.txt`.

use ringproof_server::http::text_api::charset::Charset;

/// What the second source says of bytes 80 to FF.
fn second_source() -> Vec<(&'static str, Vec<Option<char>>)> {
    let mut tables: Vec<(&str, Vec<Option<char>>)> = Vec::new();
    for line in include_str!("charsets.txt").lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ') {
            None => tables.push((line, Vec::new())),
            Some(_) => tables.last_mut().unwrap().1.extend(line.split(' ').map(character)),
        }
    }
    tables
}

fn character(cell: &str) -> Option<char> {
    (cell != "----").then(|| char::from_u32(u32::from_str_radix(cell, 16).unwrap()).unwrap())
}

#[test]
fn every_byte_is_read_as_the_second_source_reads_it() {
    let tables = second_source();
    assert_eq!(tables.len(), 5);
    for (name, high) in tables {
        let charset = Charset::named(name).unwrap();
        assert_eq!(high.len(), 128, "{name}");
        for (byte, expected) in (0_u8..=0xFF).zip((0..0x80).map(char::from_u32).chain(high)) {
            let read = charset.decode(&[byte]);
            assert_eq!(read, expected.map(String::from), "{name} {byte:02X}");
            let inside = charset.decode(&[b'a', byte, b'z']);
            assert_eq!(inside, expected.map(|c| format!("a{c}z")), "{name} {byte:02X}");
        }
    }
}
