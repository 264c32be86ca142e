//! The answers that the stack itself gives.
//!
//! Every one is a JSON object with `message` and `code`, because the old clients parse JSON before
//! they look at the status (verigator-api.md §4.2), and is never cached. `message` holds nothing of
//! the request (S-98).

use axum::body::Body;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use super::request_id::RequestId;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const ONE_SECOND: HeaderValue = HeaderValue::from_static("1");

/// An answer of the stack: status, stable code, and a sentence for the caller. The texts are ASCII
/// without quotation marks or backslashes, so they need no escaping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

pub(super) const URI_TOO_LONG: Answer = Answer {
    status: StatusCode::URI_TOO_LONG,
    code: "uri_too_long",
    message: "the request URI is longer than this server takes",
};
pub(super) const HEADERS_TOO_LARGE: Answer = Answer {
    status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    code: "headers_too_large",
    message: "the request has more header fields, or larger ones, than this server takes",
};
pub(super) const BODY_TOO_LARGE: Answer = Answer {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    code: "body_too_large",
    message: "the request body is larger than this endpoint takes",
};
pub(super) const BODY_BROKEN: Answer = Answer {
    status: StatusCode::BAD_REQUEST,
    code: "invalid_body",
    message: "the request body ended early or is not framed correctly",
};
pub(super) const REQUEST_LATE: Answer = Answer {
    status: StatusCode::REQUEST_TIMEOUT,
    code: "timeout",
    message: "the request did not arrive completely within the time limit",
};
pub(super) const HANDLER_LATE: Answer = Answer {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "overloaded",
    message: "the server could not finish this request in time; it may have been done, look before \
              you repeat it",
};
pub(super) const INTERNAL: Answer = Answer {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "internal",
    message: "internal error; when you report it, quote the request id",
};

/// A request that is not HTTP as this server takes it; `message` says what to mend.
pub(super) const fn malformed(message: &'static str) -> Answer {
    Answer { status: StatusCode::BAD_REQUEST, code: "invalid_request", message }
}

/// What the edge can answer to any request: status, code, and the sentence, which
/// is empty where it says what to mend.
pub fn refusals() -> impl Iterator<Item = (u16, &'static str, &'static str)> {
    const ALL: [Answer; 8] = [
        URI_TOO_LONG,
        HEADERS_TOO_LARGE,
        BODY_TOO_LARGE,
        BODY_BROKEN,
        REQUEST_LATE,
        HANDLER_LATE,
        INTERNAL,
        malformed(""),
    ];
    ALL.iter().map(|answer| (answer.status.as_u16(), answer.code, answer.message))
}

impl Answer {
    /// As a response of a handler or the service.
    pub(super) fn response(self) -> Response<Body> {
        self.with_body(self.json(None))
    }

    /// As a response that names the request id in its body too.
    pub(super) fn response_with_id(self, id: RequestId) -> Response<Body> {
        self.with_body(self.json(Some(id)))
    }

    /// As the bytes of a whole HTTP/1 answer after which the connection closes; for the places that
    /// no response object reaches. `date` is the value of the date field, empty when unknown.
    pub(super) fn raw(self, id: RequestId, date: &[u8]) -> Vec<u8> {
        let body = self.json(None);
        let mut text = format!(
            "HTTP/1.1 {status} {reason}\r\ncontent-type: application/json; charset=utf-8\r\n\
             cache-control: no-store\r\nconnection: close\r\nx-request-id: {id}\r\n\
             content-length: {length}\r\n",
            status = self.status.as_str(),
            reason = self.status.canonical_reason().unwrap_or_default(),
            length = body.len(),
        )
        .into_bytes();
        if !date.is_empty() {
            text.extend_from_slice(b"date: ");
            text.extend_from_slice(date);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(body.as_bytes());
        text
    }

    fn json(self, id: Option<RequestId>) -> String {
        let Self { message, code, .. } = self;
        match id {
            Some(id) => format!(r#"{{"message":"{message}","code":"{code}","request_id":"{id}"}}"#),
            None => format!(r#"{{"message":"{message}","code":"{code}"}}"#),
        }
    }

    fn with_body(self, json: String) -> Response<Body> {
        let mut response = Response::new(Body::from(Bytes::from(json)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(CACHE_CONTROL, NO_STORE);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, ONE_SECOND);
        }
        response
    }
}
