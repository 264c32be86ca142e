//! Parameters from bytes of every kind: no panic, and what was written is read.

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use ringproof_server::http::text_api::Params;
use ringproof_server::http::text_api::params::{ParamsError, Presented};

type Pairs = BTreeMap<String, Vec<u8>>;

fn parse(query: &[u8], content_type: &str, body: &[u8]) -> Result<Params, ParamsError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(content_type.as_bytes()).unwrap());
    Params::parse(query, &headers, body)
}

/// Names that are no credentials, with bytes of any kind.
fn pairs() -> impl Strategy<Value = Pairs> {
    btree_map("[a-zõ<&=+% -]{0,8}", vec(any::<u8>(), 0..40), 0..20)
}

/// Encodes as a browser would, with a chance to leave harmless bytes alone.
fn encode(bytes: &[u8], is_sparing: bool) -> String {
    let one = |byte: &u8| match *byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte @ (b'-' | b'.' | b'_' | b'*' | b'<' | b'>' | b'/' | b'?') if is_sparing => {
            char::from(byte).to_string()
        }
        byte if is_sparing => format!("%{byte:02x}"),
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

fn form(pairs: &Pairs, is_sparing: bool) -> String {
    let pair = |(name, value): (&String, &Vec<u8>)| {
        format!("{}={}", encode(name.as_bytes(), is_sparing), encode(value, is_sparing))
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn multipart(pairs: &Pairs, boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in pairs {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(value);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").as_bytes());
    body
}

fn holds(params: &Params, pairs: &Pairs) -> bool {
    pairs.iter().all(|(name, value)| params.bytes(name) == Some(value))
}

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=----Boundary7MA4YWxkTrZu0gW";

/// Pieces that a parser could trip over, and bytes of any kind.
fn wild() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(
        &[
            "&",
            "=",
            "+",
            "%",
            "%4",
            "%41",
            "%FF",
            "%00",
            "a",
            "a=1",
            "username",
            "password=",
            "\r\n",
            "\r\n\r\n",
            "--b",
            "--b--",
            "--b\r\n",
            "\r\n--b",
            "Content-Disposition: ",
            "form-data; name=",
            "\"",
            "\\",
            "a\"\r\n\r\n",
            "; ",
            "filename=\"x\"",
            ":",
            "õ",
            "\0",
            "Content-Disposition: form-data; name=\"a\"\r\n\r\n",
            "boundary=b",
            "multipart/form-data",
        ][..],
    );
    let word = word.prop_map(|word| word.as_bytes().to_vec());
    let piece = prop_oneof![8 => word, 1 => vec(any::<u8>(), 0..8)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_as_a_form_is_read_again(
        in_query in pairs(), in_body in pairs(), is_sparing: bool, doubled: bool,
    ) {
        let mut query = form(&in_query, is_sparing);
        if doubled {
            query = format!("&{query}&&{}", form(&in_query, !is_sparing));
        }
        let all = parse(query.as_bytes(), FORM, form(&in_body, is_sparing).as_bytes());
        let differs = |(name, value): (&String, &Vec<u8>)| {
            in_body.get(name).is_some_and(|other| other != value)
        };
        if in_query.iter().any(differs) {
            prop_assert_eq!(all.unwrap_err(), ParamsError::TwoValues);
        } else {
            let all = all.unwrap();
            prop_assert!(holds(&all, &in_query) && holds(&all, &in_body), "{:?}", all);
        }
    }

    #[test]
    fn what_is_written_as_multipart_is_read_again(
        pairs in btree_map("[a-zõ<&=+%; -]{0,8}", wild(), 0..20),
    ) {
        let boundary = MULTIPART.rsplit('=').next().unwrap();
        let params = parse(b"", MULTIPART, &multipart(&pairs, boundary)).unwrap();
        prop_assert!(holds(&params, &pairs), "{:?}", params);
    }

    #[test]
    fn no_bytes_make_it_panic_and_no_value_is_shown(
        query in wild(), body in wild(), kind in 0..4_usize, odd in wild(),
    ) {
        let odd = String::from_utf8_lossy(&odd).replace(|c: char| c.is_control(), "");
        let odd = format!("multipart/form-data;{odd}");
        let kinds = [FORM, "multipart/form-data; boundary=b", &odd, "application/json"];
        let Ok(params) = parse(&query, kinds[kind], &body) else { return Ok(()) };
        if let Presented::Given(given) = params.credentials() {
            prop_assert!(!given.username.is_empty() && !given.password.is_empty());
        }
        for name in ["username", "password"] {
            prop_assert!(params.bytes(name).is_none());
        }
        let text = params.text("a");
        prop_assert_eq!(text.is_err(), params.bytes("a").is_some_and(|a| str::from_utf8(a).is_err()));
    }

    #[test]
    fn the_wild_bytes_are_read_alike_in_a_query_and_in_a_body(bytes in wild()) {
        let (query, body) = (parse(&bytes, "text/plain", b""), parse(b"", FORM, &bytes));
        prop_assert_eq!(query.as_ref().err(), body.as_ref().err());
        if let (Ok(query), Ok(body)) = (query, body) {
            prop_assert_eq!(format!("{query:?}"), format!("{body:?}"));
            prop_assert_eq!(query.bytes("a"), body.bytes("a"));
        }
    }

    #[test]
    fn a_password_is_never_shown(password in "[!-~]{8,30}", pin in "[1-9][0-9]{5}") {
        let query = format!(
            "username=acme&password={}&pin={pin}", encode(password.as_bytes(), false)
        );
        let params = parse(query.as_bytes(), "", b"").unwrap();
        prop_assert_eq!(format!("{params:?}"), r#"Params{"username", "password", "pin"}"#);
        let is_given = matches!(params.credentials(), Presented::Given(c) if c.password == password);
        prop_assert!(is_given);
    }
}
