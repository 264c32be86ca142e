//! The price list as a file: `Country,Code,MCCMNC,Network,Price` (`sms-api.md` 9). Every mistake in it is found in
//! one go, with its line and what to write instead.
//!
//! The format is read here and not by a library, since a library's leniency is a danger with money: a stray quote
//! that swallows ten lines must be a mistake and not a network with a long name.

use std::collections::HashMap;
use std::fmt;

use verify::engine::billing::is_price;
use verify::phone::Country;
use verify::record::Price;

use super::super::money;

/// The first line of the file.
const HEADER: [&str; 5] = ["Country", "Code", "MCCMNC", "Network", "Price"];

/// Lines with prices, at most. All networks of the world are some two thousand.
const LINES_MAX: usize = 100_000;

/// Longest name of a network or country, in characters.
const NAME_CHARS_MAX: usize = 100;

/// Mistakes that are told, at most.
const MISTAKES_TOLD_MAX: usize = 20;

/// What is wrong with a price list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistakes(Vec<(usize, String)>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [(line, only)] = self.0.as_slice() {
            return write!(f, "line {line}: {only}");
        }
        write!(f, "{} mistakes", self.0.len())?;
        for (line, mistake) in self.0.iter().take(MISTAKES_TOLD_MAX) {
            write!(f, "\n  line {line}: {mistake}")?;
        }
        match self.0.len().checked_sub(MISTAKES_TOLD_MAX) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n  and {more} more"),
        }
    }
}

/// Reads a price list.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Price>, Mistakes> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
        Mistakes(vec![(line, "is not UTF-8; save the file as UTF-8".to_owned())])
    })?;
    let mut records = Records { text, at: 0, line: 1 };
    let mut table = Table::default();
    let only = |line, mistake: String| Mistakes(vec![(line, mistake)]);
    match records.next() {
        Some((_, Ok(header))) if header == HEADER => {}
        _ => return Err(only(1, format!("must be {}; write this header first", HEADER.join(",")))),
    }
    for (line, record) in records {
        if table.prices.len() == LINES_MAX {
            return Err(only(
                line,
                format!("is one too many; at most {LINES_MAX} prices are allowed"),
            ));
        }
        match record.and_then(|fields| table.price(line, &fields)) {
            Ok(price) => table.prices.push(price),
            Err(mistake) => table.mistakes.push((line, mistake)),
        }
    }
    if table.prices.is_empty() && table.mistakes.is_empty() {
        return Err(only(2, "is missing; write a line for each price".to_owned()));
    }
    if table.mistakes.is_empty() { Ok(table.prices) } else { Err(Mistakes(table.mistakes)) }
}

#[derive(Default)]
struct Table {
    prices: Vec<Price>,
    mistakes: Vec<(usize, String)>,
    /// The line that has the price of a country and network.
    lines: HashMap<(Country, String), usize>,
}

impl Table {
    /// Reads the fields of one line.
    fn price(&mut self, line: usize, fields: &[String]) -> Result<Price, String> {
        let [name, code, mccmnc, network, price] = fields else {
            return Err(format!(
                "has {} fields; write {}, in quotes what has a comma in it",
                fields.len(),
                HEADER.join(",")
            ));
        };
        let country = Country::parse(code).ok_or_else(|| {
            format!("Code {code:?} is no country; write its two letters, such as EE")
        })?;
        let is_network =
            matches!(mccmnc.len(), 5 | 6) && mccmnc.bytes().all(|b| b.is_ascii_digit());
        if !mccmnc.is_empty() && !is_network {
            return Err(format!(
                "MCCMNC {mccmnc:?} is no network; write its 5 or 6 digits, or nothing for the whole country"
            ));
        }
        for (column, text) in [("Country", name), ("Network", network)] {
            if text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control) {
                return Err(format!(
                    "{column} must be at most {NAME_CHARS_MAX} visible characters"
                ));
            }
        }
        let price = money::parse(price).map_err(|mistake| format!("Price {mistake}"))?;
        if !is_price(price) {
            return Err("Price must be between 0 and 10000 euro for one segment".to_owned());
        }
        let key = (country, mccmnc.clone());
        if let Some(first) = self.lines.insert(key, line) {
            let what = if mccmnc.is_empty() { "the whole country" } else { mccmnc };
            return Err(format!("prices {country} {what} again, as line {first} does; remove one"));
        }
        let (mccmnc, network) = (mccmnc.clone(), network.clone());
        Ok(Price { country, country_name: name.clone(), mccmnc, network, price })
    }
}

/// The lines of a file with their numbers; empty ones are passed over. After a broken quote there is no next line
/// that could be told, so the rest counts as one.
struct Records<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Iterator for Records<'_> {
    type Item = (usize, Result<Vec<String>, String>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                return None;
            }
            let line = self.line;
            let (record, length) = record(rest);
            self.at += length;
            self.line += rest[..length].matches('\n').count();
            if record.as_ref().is_ok_and(|fields| fields.len() == 1 && fields[0].trim().is_empty())
            {
                continue;
            }
            return Some((line, record));
        }
    }
}

/// Reads the fields of the first line (RFC 4180 §2). Gives them, and how many bytes the line takes.
fn record(text: &str) -> (Result<Vec<String>, String>, usize) {
    let end_of_line =
        |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let (field, length) = match quoted(&text[at..]) {
            Some(Ok(found)) => found,
            Some(Err(mistake)) => return (Err(mistake.to_owned()), text.len()),
            None => {
                let length = text[at..].find([',', '\n']).unwrap_or(text.len() - at);
                let bare = text[at..at + length].trim_end_matches('\r');
                if bare.contains('"') {
                    const STRAY: &str =
                        "has a quote inside a field; put the field in quotes and write \"\" for it";
                    return (Err(STRAY.to_owned()), end_of_line(at));
                }
                (bare.to_owned(), length)
            }
        };
        fields.push(field.trim().to_owned());
        at += length;
        match &text[at..] {
            "" => return (Ok(fields), at),
            rest if rest.starts_with(',') => at += 1,
            rest if rest.starts_with('\n') => return (Ok(fields), at + 1),
            rest if rest.starts_with("\r\n") => return (Ok(fields), at + 2),
            _ => {
                const BEHIND: &str = "has something behind a closing quote; write a comma there";
                return (Err(BEHIND.to_owned()), end_of_line(at));
            }
        }
    }
}

/// Reads a field in quotes, if there is one: its text, and how many bytes it takes.
fn quoted(text: &str) -> Option<Result<(String, usize), &'static str>> {
    let inside = text.strip_prefix('"')?;
    let mut field = String::new();
    let mut at = 0;
    while let Some(quote) = inside[at..].find('"') {
        field.push_str(&inside[at..at + quote]);
        at += quote + 1;
        if !inside[at..].starts_with('"') {
            return Some(Ok((field, at + 1)));
        }
        field.push('"');
        at += 1;
    }
    Some(Err("opens a quote that is never closed; write a quote at the end of the field"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use verify::limits::PRICE_MAX;

    const HEAD: &str = "Country,Code,MCCMNC,Network,Price\n";

    fn prices(lines: &str) -> Vec<(String, String, String, i64)> {
        let table = read(format!("{HEAD}{lines}").as_bytes()).unwrap();
        let plain = |p: Price| (p.country.to_string(), p.mccmnc, p.network, p.price);
        table.into_iter().map(plain).collect()
    }

    fn mistakes(lines: &str) -> String {
        read(format!("{HEAD}{lines}").as_bytes()).unwrap_err().to_string()
    }

    fn price(code: &str, mccmnc: &str, network: &str, price: i64) -> (String, String, String, i64) {
        (code.to_owned(), mccmnc.to_owned(), network.to_owned(), price)
    }

    #[test]
    fn lines_of_every_form_are_read() {
        let lines = "Canada,CA,302270,EastLink,0.0062\r\n\n\"Korea, Republic of\",kr,45005,\"SK \"\"T\"\"\",1\n\
                     Estonia,EE,,,0.00001";
        assert_eq!(
            prices(lines),
            [
                price("CA", "302270", "EastLink", 620),
                price("KR", "45005", "SK \"T\"", 100_000),
                price("EE", "", "", 1),
            ]
        );
        let marked = format!("\u{feff}{}Estonia,EE,24801,Telia,0\r\n", HEAD.replace('\n', "\r\n"));
        assert_eq!(read(marked.as_bytes()).unwrap().len(), 1);
        assert_eq!(prices("Chile,CL,73001,A,10000\n")[0].3, PRICE_MAX);
    }

    #[test]
    fn each_mistake_has_its_line_and_a_remedy() {
        for (line, told) in [
            ("Estonia,EE,24801,Telia", "line 2: has 4 fields; write Country,Code,"),
            (
                "Estonia,EST,24801,Telia,1",
                "line 2: Code \"EST\" is no country; write its two letters",
            ),
            (
                "Estonia,EE,2480,Telia,1",
                "line 2: MCCMNC \"2480\" is no network; write its 5 or 6 digits",
            ),
            ("Estonia,EE,24801,Telia,0,06", "line 2: has 6 fields"),
            (
                "Estonia,EE,24801,Telia,0.000001",
                "line 2: Price \"0.000001\" is not an amount; write euro",
            ),
            ("Estonia,EE,24801,Telia,-1", "line 2: Price must be between 0 and 10000 euro"),
            (
                "Estonia,EE,24801,Telia,10000.00001",
                "line 2: Price must be between 0 and 10000 euro",
            ),
            (
                "Estonia,EE,24801,Te\"lia,1",
                "line 2: has a quote inside a field; put the field in quotes",
            ),
            (
                "Estonia,EE,24801,\"Telia\"x,1",
                "line 2: has something behind a closing quote; write a comma",
            ),
            (
                "Estonia,EE,24801,\"Telia,1\n\n",
                "line 2: opens a quote that is never closed; write a quote",
            ),
            (
                "Estonia,EE,24801,T\u{1b}[2J,1",
                "line 2: Network must be at most 100 visible characters",
            ),
            ("", "line 2: is missing; write a line for each price"),
        ] {
            let mistakes = mistakes(line);
            assert!(mistakes.starts_with(told), "{line}: {mistakes}");
        }
    }

    #[test]
    fn all_mistakes_are_told_with_the_lines_they_stand_in() {
        let lines =
            "\"Two\nlines\",E,,,1\n\nEstonia,EE,,,1\nEstonia,ee,,,2\nEstonia,EE,24801,Telia,x\n";
        let told = mistakes(lines);
        let told: Vec<&str> = told.lines().collect();
        assert_eq!(told[0], "3 mistakes");
        assert!(told[1].starts_with("  line 2: Code \"E\""), "{told:?}");
        assert_eq!(
            told[2],
            "  line 6: prices EE the whole country again, as line 5 does; remove one"
        );
        assert!(told[3].starts_with("  line 7: Price \"x\""), "{told:?}");
        let many = mistakes(&"x\n".repeat(25));
        assert!(many.starts_with("25 mistakes\n") && many.ends_with("\n  and 5 more"), "{many}");
    }

    #[test]
    fn a_file_without_the_header_or_in_another_encoding_is_refused() {
        for text in ["", "Estonia,EE,24801,Telia,1\n", "country,code,mccmnc,network,price\n", "\"x"]
        {
            let told = read(text.as_bytes()).unwrap_err().to_string();
            assert!(
                told.starts_with("line 1: must be Country,Code,MCCMNC,Network,Price;"),
                "{told}"
            );
        }
        let told = read(b"Country,Code,MCCMNC,Network,Price\nC\xf4te,CI,,,1\n").unwrap_err();
        assert_eq!(told.to_string(), "line 2: is not UTF-8; save the file as UTF-8");
    }

    proptest::proptest! {
        #[test]
        fn no_file_is_a_panic(rest in "(EE|,|\"|\r|\n|24801|0\\.06|\\PC){0,60}") {
            let _ = read(format!("{HEAD}{rest}").as_bytes());
            let _ = read(rest.as_bytes());
        }
    }
}
