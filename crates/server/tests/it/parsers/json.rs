//! JSON by its grammar, and a little beyond it: doubled names, deep nests, odd escapes, huge numbers.

use super::random::Random;

const NAMES: &[&str] = &[
    "fqdn",
    "name",
    "id_in_service",
    "phone_number",
    "method",
    "token",
    "auth_id",
    "x",
    "",
    "to\\u006ben",
    "advance_seconds",
    "set",
    "reset",
    "gateway",
    "store",
];

const TEXTS: &[&str] = &[
    "shop.example",
    "Shop",
    "alice",
    "+37255500123",
    "sms",
    "totp",
    "123456",
    "0",
    "",
    "\\u00e9",
    "\\ud834\\udd1e",
    "\\ud834",
    "\\udd1e\\ud834",
    "\\u0000",
    "\\\"\\\\\\/\\b\\f\\n\\r\\t",
    "\\x",
    "\\u12",
    "é𝄞",
    "2026-02-03T09:15:27Z",
    "refuse",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "012",
    "1.5",
    "1e5",
    "1E-5",
    "1e999",
    "-1e999",
    "1.",
    ".5",
    "+1",
    "18446744073709551616",
    "1e-999",
    "123456",
    "0x10",
    "NaN",
    "Infinity",
    "99999999999999999999999999999999999999999999999999",
];

/// Writes an object, most of the time a correct one.
pub(super) fn object(random: &mut Random, out: &mut Vec<u8>) {
    blanks(random, out);
    if random.one_in(64) {
        nest(random, out);
    } else {
        members(random, out, 0);
    }
    blanks(random, out);
    if random.one_in(64) {
        out.extend(random.pick(&[&b"{}"[..], b"x", b",", b"\0", b"]"]));
    }
}

fn members(random: &mut Random, out: &mut Vec<u8>, depth: usize) {
    out.push(b'{');
    let first = random.below(NAMES.len());
    let count = if random.one_in(128) { 40 } else { random.below(5) };
    for index in 0..count {
        if index > 0 {
            out.push(b',');
        }
        blanks(random, out);
        out.push(b'"');
        if index < NAMES.len() && !random.one_in(24) {
            // In turn from some place on: names are doubled only now and then.
            out.extend(NAMES[(first + index) % NAMES.len()].as_bytes());
        } else {
            out.extend(format!("m{}", random.below(100)).as_bytes());
        }
        out.extend(b"\":");
        blanks(random, out);
        value(random, out, depth + 1);
    }
    out.push(b'}');
}

fn value(random: &mut Random, out: &mut Vec<u8>, depth: usize) {
    match random.below(if depth > 20 { 12 } else { 16 }) {
        0..=7 => text(random, out),
        8 => out.extend(random.pick(NUMBERS).as_bytes()),
        9 => out.extend(random.bits().to_string().as_bytes()),
        10 | 11 => out.extend(random.pick(&[&b"null"[..], b"true", b"false", b"null", b"nul"])),
        12 | 13 => {
            out.push(b'[');
            for index in 0..random.below(4) {
                if index > 0 {
                    out.push(b',');
                }
                value(random, out, depth + 1);
            }
            out.push(b']');
        }
        _ => members(random, out, depth),
    }
}

fn text(random: &mut Random, out: &mut Vec<u8>) {
    out.push(b'"');
    match random.below(16) {
        0..=12 => {
            // Broken escapes stand late in the list and are rarer.
            let known = if random.one_in(4) { TEXTS.len() } else { 10 };
            out.extend(TEXTS[random.below(known)].as_bytes());
        }
        13 => out.extend(random.bits().to_string().as_bytes()),
        14 => out.extend(b"long ".repeat(random.length(800))),
        _ => {
            out.extend((0..random.below(12)).map(|_| b' ' + random.byte() % 95).collect::<Vec<_>>())
        }
    }
    out.push(b'"');
}

/// One value in many arrays or objects, around the depth that is allowed and far beyond it.
fn nest(random: &mut Random, out: &mut Vec<u8>) {
    let depth = if random.one_in(16) { 1_000 + random.below(20_000) } else { 12 + random.below(8) };
    let is_array = random.one_in(2);
    out.extend(b"{\"a\":");
    for _ in 0..depth {
        out.extend(if is_array { &b"["[..] } else { b"{\"a\":" });
    }
    out.extend(b"1");
    out.resize(out.len() + depth, if is_array { b']' } else { b'}' });
    out.push(b'}');
}

fn blanks(random: &mut Random, out: &mut Vec<u8>) {
    if random.one_in(8) {
        out.extend(random.pick(&[&b" "[..], b"\n", b"\t \r\n", b"\x0b", b"  "]));
    }
}
