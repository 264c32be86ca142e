//! Just enough HTTP/1.1: reading an answer of the server and a request that reaches the sink.
//!
//! Both sides of a loopback connection are known programs that frame bodies by
//! `Content-Length`, so chunked coding is refused with a clear word instead of being decoded.

use memchr::{memchr, memmem};

/// What is wrong with a message.
pub(crate) type Malformed = &'static str;

/// A whole answer at the beginning of a buffer.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    /// Status code.
    pub(crate) status: u16,
    /// Body, as framed by `Content-Length`.
    pub(crate) body: &'a [u8],
    /// The server will close the connection after this answer.
    pub(crate) closes: bool,
    /// Bytes of head and body together.
    pub(crate) length: usize,
}

/// A whole request at the beginning of a buffer.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// Body, as framed by `Content-Length`.
    pub(crate) body: &'a [u8],
    /// Bytes of head and body together.
    pub(crate) length: usize,
}

struct Head {
    length: usize,
    content_length: Option<usize>,
    closes: bool,
}

/// Reads one answer, or `None` while bytes are missing.
pub(crate) fn response(bytes: &[u8]) -> Result<Option<Response<'_>>, Malformed> {
    let Some(head) = head(bytes)? else { return Ok(None) };
    let status = match bytes {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', _, b' ', a, b, c, ..]
            if [a, b, c].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            let value = |digit: &u8| u16::from(digit - b'0');
            value(a) * 100 + value(b) * 10 + value(c)
        }
        _ => return Err("not an HTTP/1 status line"),
    };
    let body_length = match head.content_length {
        Some(length) => length,
        None if status == 204 || status == 304 => 0,
        None => return Err("an answer without Content-Length"),
    };
    let length = head.length + body_length;
    Ok(bytes.get(head.length..length).map(|body| Response {
        status,
        body,
        closes: head.closes,
        length,
    }))
}

/// Reads one request, or `None` while bytes are missing.
pub(crate) fn request(bytes: &[u8]) -> Result<Option<Request<'_>>, Malformed> {
    let Some(head) = head(bytes)? else { return Ok(None) };
    let content_length = head.content_length.ok_or("a request without Content-Length")?;
    let length = head.length + content_length;
    Ok(bytes.get(head.length..length).map(|body| Request { body, length }))
}

fn head(bytes: &[u8]) -> Result<Option<Head>, Malformed> {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let mut head = Head { length: end + 4, content_length: None, closes: false };
    let mut rest = &bytes[..end + 2];
    // The first line is the status or request line; the first round of the loop only passes it.
    let mut is_field = false;
    while let Some(line_end) = memchr(b'\n', rest) {
        let line = rest[..line_end].trim_ascii_end();
        if is_field {
            field(line, &mut head)?;
        }
        is_field = true;
        rest = &rest[line_end + 1..];
    }
    Ok(Some(head))
}

fn field(line: &[u8], head: &mut Head) -> Result<(), Malformed> {
    // Most fields are told apart by their first letter, without a look at the rest.
    match line.first() {
        Some(b'c' | b'C') => {
            if let Some(value) = value_of(line, b"content-length") {
                let value = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                head.content_length = Some(value.ok_or("a Content-Length that is not a number")?);
            } else if let Some(value) = value_of(line, b"connection") {
                head.closes = value.eq_ignore_ascii_case(b"close");
            }
            Ok(())
        }
        Some(b't' | b'T') if value_of(line, b"transfer-encoding").is_some() => {
            Err("chunked coding, which the load program does not read")
        }
        _ => Ok(()),
    }
}

fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = line.split_at_checked(name.len())?;
    (head.eq_ignore_ascii_case(name) && rest.first() == Some(&b':')).then(|| rest[1..].trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::{request, response};

    const ANSWER: &[u8] =
        b"HTTP/1.1 201 Created\r\nserver: x\r\nCONTENT-LENGTH:  4\r\n\r\nbodyHTTP";

    #[test]
    fn an_answer_is_complete_only_with_its_last_byte() {
        let whole = ANSWER.len() - 4;
        for cut in 0..whole {
            assert!(response(&ANSWER[..cut]).unwrap().is_none(), "{cut}");
        }
        let answer = response(ANSWER).unwrap().unwrap();
        assert_eq!((answer.status, answer.body, answer.length), (201, &b"body"[..], whole));
        assert!(!answer.closes);
    }

    #[test]
    fn a_closing_answer_is_recognised() {
        let bytes = b"HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n";
        assert!(response(bytes).unwrap().unwrap().closes);
    }

    #[test]
    fn what_cannot_be_framed_is_refused() {
        assert!(response(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(response(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(response(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n").is_err());
        assert!(response(b"220 mail.example\r\ncontent-length: 0\r\n\r\n").is_err());
        assert!(request(b"POST / HTTP/1.1\r\nhost: x\r\n\r\n").is_err());
    }

    #[test]
    fn two_requests_in_one_buffer_are_read_one_after_the_other() {
        let bytes = b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}POST /2 HTTP/1.1\r\n";
        let first = request(bytes).unwrap().unwrap();
        assert_eq!(first.body, b"{}");
        assert!(request(&bytes[first.length..]).unwrap().is_none());
    }
}
