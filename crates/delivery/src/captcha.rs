//! Asks the provider of a captcha whether a person solved it (S-80).
//!
//! The three that are known speak alike: a form with `secret`, `response` and
//! `remoteip` is posted, and JSON with `success` comes back. The operator gives the
//! address, as of a gateway; so the calls are made by the client of gateways.

use std::io;
use std::net::IpAddr;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Uri};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::timeout;
use url::form_urlencoded::Serializer;

use crate::http_client::HttpClient;
use crate::limits::{CAPTCHA_CONNECTIONS, CAPTCHA_RESPONSE_BYTES_MAX, CAPTCHA_TIMEOUT};

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptchaCheck {
    /// The provider says that it was solved.
    Solved,
    /// It says that it was not.
    NotSolved,
    /// It says nothing that can be understood, for this reason.
    NoAnswer(&'static str),
}

/// Asks one provider.
pub struct CaptchaClient {
    client: HttpClient,
    address: Uri,
    secret: SecretString,
}

/// A client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CaptchaClientError {
    /// The address is none.
    #[error("the address of the captcha's provider cannot be called")]
    Address,
    /// The system's certificate authorities cannot be read.
    #[error("the certificate authorities of the system cannot be read: {0}")]
    Certificates(#[from] io::Error),
}

impl CaptchaClient {
    /// Makes a client; it calls nobody yet.
    ///
    /// # Errors
    /// [`CaptchaClientError`]
    pub fn new(address: &str, secret: SecretString) -> Result<Self, CaptchaClientError> {
        let address = address.parse().map_err(|_| CaptchaClientError::Address)?;
        let client = HttpClient::new(CAPTCHA_CONNECTIONS)?;
        Ok(Self { client, address, secret })
    }

    /// Asks whether the person at this address solved it.
    pub async fn check(&self, response: &str, address: IpAddr) -> CaptchaCheck {
        if response.is_empty() || response.len() > CAPTCHA_RESPONSE_BYTES_MAX {
            return CaptchaCheck::NotSolved;
        }
        let request = self.request(response, address);
        let answer = match timeout(CAPTCHA_TIMEOUT, self.client.call(request)).await {
            Err(_) => return CaptchaCheck::NoAnswer("no answer in time"),
            Ok(Err(none)) => return CaptchaCheck::NoAnswer(none.reason),
            Ok(Ok(answer)) => answer,
        };
        if !answer.status.is_success() {
            return CaptchaCheck::NoAnswer("an answer with a status of failure");
        }
        let verdict = serde_json::from_slice::<Value>(&answer.body).ok();
        // A member of an object and nothing else: a list of the same values is no verdict.
        let verdict = verdict.as_ref().and_then(Value::as_object);
        match verdict.and_then(|members| members.get("success")?.as_bool()) {
            Some(true) => CaptchaCheck::Solved,
            Some(false) => CaptchaCheck::NotSolved,
            None => CaptchaCheck::NoAnswer("an answer that is no verdict"),
        }
    }

    fn request(&self, response: &str, address: IpAddr) -> Request<Vec<u8>> {
        let body = Serializer::new(String::new())
            .append_pair("secret", self.secret.expose_secret())
            .append_pair("response", response)
            .append_pair("remoteip", &address.to_string())
            .finish();
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.clone();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request
    }
}
