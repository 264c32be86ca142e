//! Each shape of S-95 and each limit of D-45 from both sides, in one piece and byte by byte.

use http::StatusCode;
use proptest::prelude::*;

use super::*;
use crate::http::stack::limits::EdgeLimits;

fn new() -> Framing {
    Framing::new((&EdgeLimits::default()).into())
}

/// What becomes of bytes that arrive in pieces of at most `piece` bytes: how many go on, where they
/// stand, and the last verdict.
fn follow(bytes: &[u8], piece: usize) -> (usize, Place, Verdict) {
    let mut framing = new();
    let mut passed = 0;
    for piece in bytes.chunks(piece) {
        match framing.inspect(piece) {
            Verdict::Pass => passed += piece.len(),
            Verdict::Http2 => return (bytes.len(), Place::Between, Verdict::Http2),
            Verdict::Refuse { at, answer } => {
                return (passed + at, framing.place(), Verdict::Refuse { at: 0, answer });
            }
            Verdict::BrokenBody { at } => {
                return (passed + at, framing.place(), Verdict::BrokenBody { at: 0 });
            }
        }
    }
    (passed, framing.place(), Verdict::Pass)
}

/// The verdict, which must not depend on how the bytes were cut.
fn verdict(bytes: &[u8]) -> Verdict {
    let (_, place, whole) = follow(bytes, usize::MAX);
    for piece in [1, 2, 7] {
        let (_, cut_place, cut) = follow(bytes, piece);
        assert_eq!((place, whole), (cut_place, cut), "pieces of {piece}");
    }
    whole
}

fn refused(bytes: &[u8]) -> Option<StatusCode> {
    match verdict(bytes) {
        Verdict::Refuse { answer, .. } => Some(answer.status),
        _ => None,
    }
}

fn head(fields: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nhost: a\r\n{fields}\r\n").into_bytes()
}

#[test]
fn clean_requests_pass_and_leave_the_connection_between_requests() {
    for request in [
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost:a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nCONTENT-LENGTH:  5 \r\n\r\nhello",
        "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n\
         5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n0\r\nx: y\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi\
         GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi\r\n",
    ] {
        assert_eq!(verdict(request.as_bytes()), Verdict::Pass, "{request:?}");
        assert_eq!(follow(request.as_bytes(), 3).1, Place::Between, "{request:?}");
    }
}

#[test]
fn what_two_readers_could_read_in_two_ways_is_refused() {
    for fields in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 5, 5\r\n",
        "content-length: +5\r\n",
        "content-length: -5\r\n",
        "content-length: 0x5\r\n",
        "content-length: \r\n",
        "content-length: 99999999999999999999\r\n",
        "content-length : 5\r\n",
        "content-length\t: 5\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding:\r\n",
        "x: a\r\n folded\r\n",
        "x: a\r\n\tfolded\r\n",
        " x: a\r\n",
        "x: a\ny: b\r\n",
        "no colon\r\n",
        ": no name\r\n",
        "host: b\r\n",
    ] {
        assert_eq!(refused(&head(fields)), Some(StatusCode::BAD_REQUEST), "{fields:?}");
    }
    for request in [
        "GET / HTTP/1.1\n\n",
        "GET / HTTP/1.1\r\nhost: a\r\n\n",
        "GET / HTTP/1.1\r\nhost: a\n\r\n",
        "\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.2\r\n\r\n",
        "GET /\r\n\r\n",
        "GET\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
        "PRI * HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    ] {
        assert_eq!(refused(request.as_bytes()), Some(StatusCode::BAD_REQUEST), "{request:?}");
    }
}

#[test]
fn nothing_of_a_refused_line_goes_on() {
    let before = "POST / HTTP/1.1\r\ncontent-length: 5\r\n";
    let request = format!("{before}transfer-encoding: chunked\r\n\r\n");
    assert_eq!(follow(request.as_bytes(), usize::MAX).0, before.len());
}

#[test]
fn chunks_are_exact() {
    let chunked = |body: &str| {
        format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{body}").into_bytes()
    };
    let longest_extension = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(15));
    for good in ["0\r\n\r\n", "00\r\n\r\n", longest_extension.as_str(), "0\r\na: b\r\nc: d\r\n\r\n"]
    {
        assert_eq!(verdict(&chunked(good)), Verdict::Pass, "{good:?}");
    }
    let long_extension = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(16));
    let trailers = format!("0\r\nx: {}\r\n\r\n", "t".repeat(limits::HEADER_BYTES_MAX));
    for bad in [
        "\r\n",
        "g\r\n",
        "-1\r\n",
        "0x1\r\n",
        "1\nx\r\n0\r\n\r\n",
        "1\r\nxy\r\n0\r\n\r\n",
        "1\r\nx\n0\r\n\r\n",
        "1 ;e\r\nx\r\n",
        "00000000000000001\r\n",
        "0\r\n folded\r\n\r\n",
        "0\r\n\n",
        long_extension.as_str(),
        trailers.as_str(),
    ] {
        assert_eq!(verdict(&chunked(bad)), Verdict::BrokenBody { at: 0 }, "{bad:?}");
    }
}

#[test]
fn each_limit_holds_at_the_limit_and_not_beyond() {
    let uri =
        |bytes: usize| format!("GET /{} HTTP/1.1\r\n\r\n", "u".repeat(bytes - 1)).into_bytes();
    assert_eq!(refused(&uri(limits::URI_BYTES_MAX)), None);
    assert_eq!(refused(&uri(limits::URI_BYTES_MAX + 1)), Some(StatusCode::URI_TOO_LONG));
    assert_eq!(refused(&[b'G'; 9000]), Some(StatusCode::URI_TOO_LONG), "without an end");

    let fields =
        |count: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(count)).into_bytes();
    assert_eq!(refused(&fields(limits::HEADER_FIELDS_MAX)), None);
    assert_eq!(
        refused(&fields(limits::HEADER_FIELDS_MAX + 1)),
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    );

    let bytes = |bytes: usize| {
        format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(bytes - "x: \r\n".len())).into_bytes()
    };
    assert_eq!(refused(&bytes(limits::HEADER_BYTES_MAX)), None);
    assert_eq!(
        refused(&bytes(limits::HEADER_BYTES_MAX + 1)),
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    );
}

#[test]
fn the_preface_opens_http2() {
    assert_eq!(verdict(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"), Verdict::Http2);
}

#[test]
fn the_place_tells_what_is_awaited() {
    let mut framing = new();
    assert_eq!(framing.place(), Place::Start);
    for (bytes, place, heads) in [
        ("\r\n", Place::Start, 0),
        ("P", Place::Head, 0),
        ("OST / HTTP/1.1\r\ncontent-le", Place::Head, 0),
        ("ngth: 3\r\n\r\n", Place::Body, 1),
        ("ab", Place::Body, 1),
        ("c", Place::Between, 1),
        ("GET / HTTP/1.1\r\n", Place::Head, 1),
        ("\r\n", Place::Between, 2),
    ] {
        assert_eq!(framing.inspect(bytes.as_bytes()), Verdict::Pass, "{bytes:?}");
        assert_eq!((framing.place(), framing.heads()), (place, heads), "{bytes:?}");
    }
}

/// Bytes that look like HTTP often enough to get somewhere.
fn wire() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just(b"GET / HTTP/1.1\r\n".to_vec()),
        Just(b"POST /x HTTP/1.0\r\n".to_vec()),
        Just(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        Just(b"content-length: 3\r\n".to_vec()),
        Just(b"transfer-encoding: chunked\r\n".to_vec()),
        Just(b"host: a\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"3\r\nabc\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b" ".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_bytes_get_the_same_verdict_however_they_are_cut(bytes in wire(), piece in 1_usize..20) {
        let (_, place, whole) = follow(&bytes, usize::MAX);
        let (_, cut_place, cut) = follow(&bytes, piece);
        prop_assert_eq!((place, whole), (cut_place, cut));
    }
}
