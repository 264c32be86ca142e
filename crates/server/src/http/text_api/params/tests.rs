use http::{HeaderValue, Request};

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

fn parse(query: &str, content_type: &str, body: &[u8]) -> Result<Params, ParamsError> {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    }
    Params::parse(query.as_bytes(), &headers, body)
}

fn query(query: &str) -> Params {
    parse(query, "", b"").unwrap()
}

/// A body of these parts, each a head without its last line end and a value.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, value) in parts {
        body.extend(format!("--b\r\n{head}\r\n\r\n").as_bytes());
        body.extend(*value);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body
}

fn named(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{name}\"")
}

#[test]
fn pairs_are_split_and_decoded() {
    for (given, name, value) in [
        ("to=%2B37255500123", "to", &b"+37255500123"[..]),
        ("text=a+b%20c", "text", b"a b c"),
        ("text=%C3%B5", "text", "õ".as_bytes()),
        ("text=%f5", "text", b"\xF5"),
        ("udh=%05%00%03%CC%02%01", "udh", b"\x05\0\x03\xCC\x02\x01"),
        ("a=b=c", "a", b"b=c"),
        ("a=%26%3D%25%2B", "a", b"&=%+"),
        ("a", "a", b""),
        ("a=", "a", b""),
        ("dlr%2Durl=x", "dlr-url", b"x"),
        ("=x", "", b"x"),
        // Not encoded, or not quite: taken as it stands.
        ("text=tere õhtust", "text", "tere õhtust".as_bytes()),
        ("text=100%", "text", b"100%"),
        ("text=100% off", "text", b"100% off"),
        ("text=%4", "text", b"%4"),
        ("text=%zz%+1", "text", b"%zz% 1"),
        ("text=%%41", "text", b"%A"),
        ("template=Code <PIN>!?/", "template", b"Code <PIN>!?/"),
        ("a=b;c=d", "a", b"b;c=d"),
    ] {
        assert_eq!(query(given).bytes(name), Some(value), "{given}");
        assert_eq!(parse("", FORM, given.as_bytes()).unwrap().bytes(name), Some(value), "{given}");
    }
}

#[test]
fn empty_pairs_are_skipped() {
    let params = query("&&a=1&&&b=2&");
    assert_eq!((params.text("a"), params.text("b")), (Ok(Some("1")), Ok(Some("2"))));
    assert_eq!(params.others.len(), 2);
    assert_eq!(parse("&&&", FORM, b"&").unwrap().others.len(), 0);
    assert_eq!(parse("", FORM, &b"&".repeat(10_000)).unwrap().others.len(), 0);
}

#[test]
fn names_keep_their_letter_case() {
    let params = query("To=1&to=2");
    assert_eq!((params.text("To"), params.text("to")), (Ok(Some("1")), Ok(Some("2"))));
    assert_eq!(params.text("TO"), Ok(None));
    assert!(matches!(query("Username=u&password=p").credentials(), Presented::Missing));
}

#[test]
fn the_same_name_again_needs_the_same_value() {
    let twice = |given: &str, body: &str| parse(given, FORM, body.as_bytes());
    assert_eq!(twice("to=%2B1&to=%2b1", "to=%2B1").unwrap().text("to"), Ok(Some("+1")));
    let all = "username=u&password=p&to=1&text=a+b";
    assert_eq!(twice(all, "username=u&password=p&to=1&text=a%20b").unwrap().others.len(), 2);
    let in_parts = multipart(&[(&named("to"), b"1"), (&named("to"), b"1")]);
    assert_eq!(parse("to=1", MULTIPART, &in_parts).unwrap().text("to"), Ok(Some("1")));
    for (given, body) in [
        ("to=1&to=2", ""),
        ("to=1", "to=2"),
        ("", "to=1&to=2"),
        ("to=1&to", ""),
        ("password=a&password=b", ""),
        ("username=a", "username=b"),
        ("unknown=1&unknown=2", ""),
    ] {
        assert_eq!(twice(given, body).unwrap_err(), ParamsError::TwoValues, "{given} {body}");
    }
    let other = multipart(&[(&named("to"), b"2")]);
    assert_eq!(parse("to=1", MULTIPART, &other).unwrap_err(), ParamsError::TwoValues);
}

#[test]
fn only_forms_are_read_from_a_body() {
    for content_type in [
        FORM,
        "APPLICATION/x-www-form-URLencoded",
        " application/x-www-form-urlencoded ; charset=ISO-8859-1",
    ] {
        assert_eq!(parse("", content_type, b"a=1").unwrap().text("a"), Ok(Some("1")));
    }
    for content_type in ["", "application/json", "text/plain", "multipart/mixed; boundary=b", "x"] {
        let params = parse("b=2", content_type, b"a=1&\xFF=%ff&b=3").unwrap();
        assert_eq!((params.text("a"), params.text("b")), (Ok(None), Ok(Some("2"))));
    }
    for content_type in [FORM, MULTIPART, "multipart/form-data", "application/json"] {
        assert_eq!(parse("a=1", content_type, b"").unwrap().text("a"), Ok(Some("1")));
    }
}

#[test]
fn names_and_texts_must_be_utf8_and_bytes_need_not() {
    assert_eq!(parse("%FF=1", "", b"").unwrap_err(), ParamsError::NotUtf8);
    assert_eq!(parse("", FORM, b"a\xF5=1").unwrap_err(), ParamsError::NotUtf8);
    assert_eq!(parse("username=%FF", "", b"").unwrap_err(), ParamsError::NotUtf8);
    assert_eq!(parse("password=%C3", "", b"").unwrap_err(), ParamsError::NotUtf8);
    let params = query("text=%F5&to=1&other=%ED%A0%80");
    assert_eq!(params.text("text"), Err(ParamsError::NotUtf8));
    assert_eq!(params.bytes("text"), Some(&b"\xF5"[..]));
    assert_eq!((params.text("to"), params.text("absent")), (Ok(Some("1")), Ok(None)));
}

#[test]
fn credentials_are_missing_impossible_or_given() {
    let pair = |given: &str| match query(given).credentials() {
        Presented::Missing => "missing".to_owned(),
        Presented::Impossible => "impossible".to_owned(),
        Presented::Given(given) => format!("{} {}", given.username, given.password),
    };
    for (given, expected) in [
        ("", "missing"),
        ("username=u", "missing"),
        ("password=p", "missing"),
        ("username=&password=", "impossible"),
        ("username=u&password=", "impossible"),
        ("username=&password=p", "impossible"),
        ("username&password", "impossible"),
        ("username=u&password=p%00", "impossible"),
        ("username=u%0A&password=p", "impossible"),
        ("username=u&password=%C3%B5", "impossible"),
        ("username=acme-api&password=s3%3Acr%2B+t", "acme-api s3:cr+ t"),
    ] {
        assert_eq!(pair(given), expected, "{given}");
    }
    let long = |n: usize| format!("username=acme&password={}", "x".repeat(n));
    assert_eq!(pair(&long(508)), "impossible");
    assert_eq!(pair(&long(507)).len(), "acme ".len() + 507);
}

#[test]
fn nothing_but_names_is_shown() {
    let params = query("username=acme&password=s3cr3t&text=hello&pin=482913&to=372555");
    assert_eq!(format!("{params:?}"), r#"Params{"username", "password", "text", "pin", "to"}"#);
    for name in ["username", "password"] {
        assert_eq!((params.text(name), params.bytes(name)), (Ok(None), None));
    }
}

#[test]
fn there_are_bounds() {
    let many = |n: usize| (0..n).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    let repeated = |n: usize| vec!["a=1"; n].join("&");
    let parts =
        |n: usize| multipart(&vec![("Content-Disposition: form-data; name=a", &b"1"[..]); n]);
    for (good, bad) in [
        (many(PARAMETERS_MAX), many(PARAMETERS_MAX + 1)),
        (repeated(PARAMETERS_MAX), repeated(PARAMETERS_MAX + 1)),
        (format!("{}=1", "n".repeat(256)), format!("{}=1", "n".repeat(257))),
        (format!("a={}", "%41".repeat(16_384)), format!("a={}", "%41".repeat(16_385))),
    ] {
        assert!(parse(&good, "", b"").is_ok());
        assert_eq!(parse(&bad, "", b"").unwrap_err(), ParamsError::TooMuch);
        assert_eq!(parse("", FORM, bad.as_bytes()).unwrap_err(), ParamsError::TooMuch);
    }
    assert!(parse("", MULTIPART, &parts(128)).is_ok());
    assert_eq!(parse("", MULTIPART, &parts(129)).unwrap_err(), ParamsError::TooMuch);
    assert_eq!(parse("a=1", MULTIPART, &parts(128)).unwrap_err(), ParamsError::TooMuch);
}

#[test]
fn multipart_values_are_bytes_as_they_stand() {
    let body = multipart(&[
        (&named("username"), b"acme"),
        ("content-disposition:form-data;name=to", b"+372%20"),
        (&named("empty"), b""),
        (&named("lines"), b"\r\n--x\r\n--\r\n\r\n"),
        (
            "Content-Type: text/plain; charset=ISO-8859-1\r\nX-Other: a: b\r\n\
             Content-Disposition: form-data; filename=\"C:\\a;\\\"b.bin\"; name=\"data\"\r\n\
             Content-Transfer-Encoding: 8BIT",
            b"\0\xFF",
        ),
        ("Content-Disposition: form-data; name=\"a\\\"b\\\\c;d\"", b"quoted"),
        ("Content-Disposition: form-data; ; name = \"dlr-url\" ;", b"x"),
    ]);
    for content_type in [
        MULTIPART,
        "Multipart/Form-Data; charset=utf-8; boundary=\"b\"",
        "multipart/form-data;boundary=b;x=y",
    ] {
        let params = parse("password=p", content_type, &body).unwrap();
        assert!(matches!(params.credentials(), Presented::Given(_)));
        for (name, value) in [
            ("to", &b"+372%20"[..]),
            ("empty", b""),
            ("lines", b"\r\n--x\r\n--\r\n\r\n"),
            ("data", b"\0\xFF"),
            ("a\"b\\c;d", b"quoted"),
            ("dlr-url", b"x"),
        ] {
            assert_eq!(params.bytes(name), Some(value), "{name}");
        }
    }
}

#[test]
fn a_multipart_body_may_have_blanks_and_words_around_its_parts() {
    for body in [
        &b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"[..],
        b"preamble\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\nepilogue --b",
        b"\r\n--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b-- ",
    ] {
        let params = parse("", MULTIPART, body).unwrap();
        assert_eq!((params.text("a"), params.others.len()), (Ok(Some("1")), 1));
    }
    assert_eq!(parse("", MULTIPART, b"--b--").unwrap().others.len(), 0);
}

#[test]
fn a_multipart_body_that_two_could_read_differently_is_refused() {
    let good = multipart(&[(&named("a"), b"1")]);
    for content_type in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=\"b\"x",
        "multipart/form-data; boundary=b; boundary=b",
        "multipart/form-data; boundary=c",
        "multipart/form-data; boundary",
    ] {
        let error = parse("", content_type, &good).unwrap_err();
        assert_eq!(error, ParamsError::BrokenMultipart, "{content_type}");
    }
    let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
    let dashes = format!("--{}--", "b".repeat(71));
    assert!(parse("", &long, dashes.as_bytes()).is_err());
    assert!(parse("", &long[..long.len() - 1], &dashes.as_bytes()[1..]).is_err());

    let head_of = |n: usize| format!("X: {}\r\n{}", "x".repeat(n), named("a"));
    let fits = head_of(2_048 - head_of(0).len());
    assert!(parse("", MULTIPART, &multipart(&[(&fits, b"1")])).is_ok());
    for head in [
        "",
        "X: y",
        "no colon",
        "Content-Disposition: form-data",
        "Content-Disposition: form-data; filename=a",
        "Content-Disposition: attachment; name=a",
        "Content-Disposition: form-data; name=a; name=b",
        "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=\"a\" b",
        "Content-Disposition: form-data; x; name=a; y",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=a",
        "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
        &format!("x{fits}"),
    ] {
        let error = parse("", MULTIPART, &multipart(&[(head, b"1")])).err();
        assert_eq!(error, Some(ParamsError::BrokenMultipart), "{head}");
    }
    for length in 1..good.len() - "\r\n".len() {
        let error = parse("", MULTIPART, &good[..length]).err();
        assert_eq!(error, Some(ParamsError::BrokenMultipart), "cut at {length}");
    }
    for (value, error) in [
        (&b"\r\n--bx"[..], ParamsError::BrokenMultipart),
        (b"\r\n--b--x", ParamsError::BrokenMultipart),
        (b"\r\n--b\n", ParamsError::BrokenMultipart),
    ] {
        let body = multipart(&[(&named("a"), value)]);
        assert_eq!(parse("", MULTIPART, &body).unwrap_err(), error, "{}", value.escape_ascii());
    }
    let bare: Vec<u8> = good.iter().copied().filter(|byte| *byte != b'\r').collect();
    assert_eq!(parse("", MULTIPART, &bare).unwrap_err(), ParamsError::BrokenMultipart);
}

async fn read(content_type: &str, body: Body) -> Result<Params, ReadError> {
    let request = Request::post("/verify/start/?a=1").header(CONTENT_TYPE, content_type).body(body);
    let (parts, body) = request.unwrap().into_parts();
    Params::read(&parts, body).await
}

#[tokio::test]
async fn a_request_is_read_within_its_bound() {
    let padded = |length: usize| format!("{}b=2", "&".repeat(length - "b=2".len()));
    let params = read(FORM, Body::from(padded(BODY_BYTES_MAX))).await.unwrap();
    assert_eq!((params.text("a"), params.text("b")), (Ok(Some("1")), Ok(Some("2"))));
    let error = read(FORM, Body::from(padded(BODY_BYTES_MAX + 1))).await.unwrap_err();
    assert_eq!(error, ReadError::Body(BodyError::TooLarge));
    // A body that says nothing to us is not even measured.
    let other = Body::from(padded(BODY_BYTES_MAX + 1));
    assert_eq!(read("application/json", other).await.unwrap().text("b"), Ok(None));
    let error = read(FORM, Body::from("a=2")).await.unwrap_err();
    assert_eq!(error, ReadError::Params(ParamsError::TwoValues));
}

#[test]
fn a_refusal_is_error_102_and_a_body_that_did_not_come_is_none() {
    let accept = Accept { names_plain_text: false, names_json: false };
    for error in [
        ReadError::Params(ParamsError::NotUtf8),
        ReadError::Params(ParamsError::TwoValues),
        ReadError::Params(ParamsError::TooMuch),
        ReadError::Params(ParamsError::BrokenMultipart),
        ReadError::Body(BodyError::TooLarge),
    ] {
        let response = error.into_response(accept);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-length"]),
            (200, &HeaderValue::from(9))
        );
    }
    for (error, status) in [(BodyError::TimedOut, 408), (BodyError::Broken, 400)] {
        assert_eq!(ReadError::Body(error).into_response(accept).status(), status);
    }
    assert_eq!(ParamsError::TwoValues.line().to_string(), "ERROR 102");
}
