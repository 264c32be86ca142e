use http::HeaderMap;

use super::*;

fn parse(query: &[u8]) -> Result<Content, Unreadable> {
    let params = Params::parse(query, &HeaderMap::new(), b"").expect("it is a query");
    read(&params)
}

fn body(query: &str) -> Option<(String, u32)> {
    parse(query.as_bytes()).ok().map(|content| (content.body.to_string(), content.parts))
}

#[test]
fn a_text_is_read_in_its_charset_and_converted() {
    for (query, text) in [
        ("text=hi", "hi"),
        ("text=%C3%B5", "õ"),
        ("text=%F5&charset=iso-8859-1", "õ"),
        ("text=%A4&charset=ISO-8859-15", "€"),
        ("text=hi&charset=UTF8&autoconvert=ON", "hi"),
        ("text=%E2%80%9Chi%E2%80%9D", "\"hi\""),
        ("text=%E2%80%9Chi%E2%80%9D&autoconvert=off", "\u{201c}hi\u{201d}"),
        ("text=%C4%8Ca&autoconvert=full", "Ca"),
        ("text=a%0Ab&autoconvert=&charset=", "a\nb"),
    ] {
        assert_eq!(body(query), Some((text.to_owned(), 1)), "{query}");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    for query in [
        "",
        "text=",
        "text=%F5",
        "text=hi&charset=EBCDIC",
        "text=hi&autoconvert=x",
        "text=hi&mclass=4",
        "text=hi&mclass=x",
        "text=a%00b",
        "text=hi&udh=MS",
        "text=hi&udh=UE",
        "text=hi&udh=%05%00%03",
    ] {
        assert!(body(query).is_none(), "{query}");
    }
    let long = |chars: usize| format!("text={}", "a".repeat(chars));
    assert_eq!(body(&long(1_530)).map(|(_, parts)| parts), Some(10));
    assert!(body(&long(1_531)).is_none());
    let wide = |chars: usize| format!("text={}", "%D0%96".repeat(chars));
    assert_eq!(body(&wide(670)).map(|(_, parts)| parts), Some(10));
    assert!(body(&wide(671)).is_none(), "eleven parts");
}

#[test]
fn data_wins_over_text_and_headers_are_bytes_or_hex() {
    assert_eq!(body("text=hi&data=%00%FF"), Some(("00ff".to_owned(), 1)));
    for query in ["data=%01&udh=%05%00%03%2A%02%01", "data=%01&udh=0500032a0201"] {
        let content = parse(query.as_bytes()).ok().expect("it is content");
        assert_eq!(content.form.header, [5, 0, 3, 0x2a, 2, 1], "{query}");
        assert_eq!(content.form.body, BodyKind::Data);
    }
    let class = |query: &str| parse(query.as_bytes()).ok().and_then(|c| c.form.class);
    assert_eq!((class("text=hi&mclass=0"), class("text=hi")), (Some(0), None));
    // A caller with a header links its own parts.
    let data = "%01".repeat(135);
    assert!(body(&format!("data={data}&udh=0500032a0201")).is_none());
    assert!(body(&format!("data={}&udh=0500032a0201", "%01".repeat(134))).is_some());
}
