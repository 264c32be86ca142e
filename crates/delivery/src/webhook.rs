//! Posts messages to a program of the operator, several in one call.
//!
//! The body is `{"messages":[{"id","to","from","text","expires_at"}, …]}`; the
//! answer says for each id whether it was accepted, or is empty when all were.
//! `docs/OPERATING.md` describes it for whoever writes the other side.

use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use verify::engine::outbox::Refusal;
use verify::hex;
use verify::record::{BodyKind, MessageForm};

use crate::breaker::Breaker;
use crate::gateway::{Gateway, GatewayState, Prepared, SendFuture, SendResult};
use crate::http_client::{HttpClient, NoAnswer};
use crate::http_gateway::SLOW_DOWN;
use crate::http_gateway::pace::Pace;
use crate::provider::status::retry_after;

/// Configuration of the gateway.
pub struct WebhookOptions {
    /// Its name.
    pub name: String,
    /// Where to post.
    pub url: Uri,
    /// Sent as `Authorization: Bearer …`.
    pub token: Option<SecretString>,
    /// Messages in one call.
    pub batch_max: usize,
    /// Calls at a time.
    pub connections: usize,
    /// The other side tells what became of messages.
    pub gives_receipts: bool,
}

/// The gateway.
pub struct WebhookGateway {
    options: WebhookOptions,
    authorization: Option<HeaderValue>,
    client: HttpClient,
    breaker: Breaker,
    /// How long it asks to be left alone.
    pace: Pace,
}

/// The gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No certificates of the system's authorities could be read.
    #[error("cannot read the system's certificate authorities: {0}")]
    Certificates(std::io::Error),
    /// The token is no header value.
    #[error("the token of gateway {0} contains characters that a header cannot carry")]
    Token(String),
}

impl WebhookGateway {
    /// Sets the gateway up; connects when the first message comes.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn new(options: WebhookOptions) -> Result<Self, WebhookError> {
        let client = HttpClient::new(options.connections).map_err(WebhookError::Certificates)?;
        let authorization = match &options.token {
            None => None,
            Some(token) => {
                let value = format!("Bearer {}", token.expose_secret());
                let mut value = HeaderValue::try_from(value)
                    .map_err(|_| WebhookError::Token(options.name.clone()))?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let (breaker, pace) = (Breaker::default(), Pace::new(None));
        Ok(Self { options, authorization, client, breaker, pace })
    }

    async fn post(&self, batch: &[Prepared]) -> Result<Answer, Unanswered> {
        let unwritten = |reason| Unanswered { refusal: Refusal::Temporary, reason };
        let messages = batch.iter().map(WireMessage::new).collect();
        let body = serde_json::to_vec(&WireBatch { messages }).map_err(|_| unwritten("no body"))?;
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.options.url.clone())
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(value) = &self.authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request.body(body).map_err(|_| unwritten("no request"))?;
        match self.client.call(request).await {
            Ok(answer) => Answer::read(answer.status, &answer.headers, &answer.body),
            Err(NoAnswer { was_written: true, reason }) => {
                Err(Unanswered { refusal: Refusal::InDoubt, reason })
            }
            Err(NoAnswer { was_written: false, reason }) => {
                Err(Unanswered { refusal: Refusal::Unreached, reason })
            }
        }
    }
}

impl Gateway for WebhookGateway {
    fn name(&self) -> &str {
        &self.options.name
    }

    fn state(&self) -> GatewayState {
        if self.pace.closed_for(Instant::now()).is_some() {
            return GatewayState::Closed(SLOW_DOWN);
        }
        self.breaker.state()
    }

    fn batch_max(&self) -> usize {
        if self.breaker.is_on_trial() { 1 } else { self.options.batch_max }
    }

    fn calls_max(&self) -> usize {
        if self.breaker.is_on_trial() { 1 } else { self.options.connections }
    }

    fn gives_receipts(&self) -> bool {
        self.options.gives_receipts
    }

    fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_> {
        Box::pin(async move {
            match self.post(&batch).await {
                Ok(answer) => {
                    self.breaker.note_success(&self.options.name);
                    self.pace.note_taken();
                    batch.iter().map(|message| answer.result(message)).collect()
                }
                Err(Unanswered { refusal: Refusal::Throttled(told), reason }) => {
                    self.breaker.note_success(&self.options.name);
                    let pause = self.pace.throttle(told, Instant::now());
                    let refusal = Refusal::Throttled(SignedDuration::try_from(pause).ok());
                    vec![SendResult::Refused(refusal, reason.into()); batch.len()]
                }
                Err(Unanswered { refusal, reason }) => {
                    self.breaker.note_failure(&self.options.name, reason);
                    vec![SendResult::Refused(refusal, reason.into()); batch.len()]
                }
            }
        })
    }
}

/// What the other side refuses may be its own affair: one other gateway is asked.
const REFUSED: Refusal = Refusal::Destination { confirm: true };

#[derive(Serialize)]
struct WireBatch<'a> {
    messages: Vec<WireMessage<'a>>,
}

#[derive(Serialize)]
struct WireMessage<'a> {
    id: String,
    to: &'a str,
    from: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// Binary content, hex digits, instead of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    /// User data header with its length byte, hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    udh: Option<String>,
    /// Message class 0–3.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<u8>,
    expires_at: String,
}

impl<'a> WireMessage<'a> {
    fn new(message: &'a Prepared) -> Self {
        let MessageForm { body, header, class } = &message.form;
        let content = Some(&**message.text);
        let (text, data) = match body {
            BodyKind::Text => (content, None),
            BodyKind::Data => (None, content),
        };
        Self {
            id: message.id.to_string(),
            to: message.to.as_e164(),
            from: &message.sender,
            text,
            data,
            udh: (!header.is_empty()).then(|| hex::encode(header)),
            class: *class,
            expires_at: format!("{:.3}", message.deadline),
        }
    }
}

#[derive(Deserialize)]
struct WireAnswer {
    results: Vec<WireResult>,
}

#[derive(Deserialize)]
struct WireResult {
    id: String,
    status: WireStatus,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum WireStatus {
    Accepted,
    Refused,
}

/// A call without an answer that says what became of its messages.
struct Unanswered {
    /// What is known of each message.
    refusal: Refusal,
    /// For people.
    reason: &'static str,
}

/// What the other side said about a batch.
enum Answer {
    All(SendResult),
    Each(Vec<WireResult>),
}

impl Answer {
    /// Reads an answer (`delivery.md` 6.3). Whoever answers 5xx may have sent
    /// the messages before, unless it names them as refused.
    fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Self, Unanswered> {
        let named = || serde_json::from_slice::<WireAnswer>(body).map(|answer| answer.results);
        let throttled = || Refusal::Throttled(retry_after(headers));
        let down = |reason| Err(Unanswered { refusal: Refusal::GatewayDown, reason });
        let temporary = |reason| Err(Unanswered { refusal: Refusal::Temporary, reason });
        let in_doubt = |reason| Err(Unanswered { refusal: Refusal::InDoubt, reason });
        match status.as_u16() {
            200..=299 if body.trim_ascii().is_empty() => Ok(Self::All(SendResult::TAKEN)),
            200..=299 => match named() {
                Ok(results) => Ok(Self::Each(results)),
                Err(_) => in_doubt("an answer that cannot be read"),
            },
            300..=399 => down("it sends us elsewhere"),
            429 => Err(Unanswered { refusal: throttled(), reason: SLOW_DOWN }),
            401 | 402 | 403 | 407 | 451 => down("it does not let us in"),
            400..=499 => {
                let refused = SendResult::Refused(REFUSED, "refused by the gateway".into());
                Ok(Self::All(refused))
            }
            _ => match named() {
                Ok(results) if results.iter().all(|r| r.status == WireStatus::Refused) => {
                    temporary("it says that it has taken nothing")
                }
                _ => in_doubt("it answered with an error"),
            },
        }
    }

    /// A message that the answer does not mention may have been taken.
    fn result(&self, message: &Prepared) -> SendResult {
        match self {
            Self::All(result) => result.clone(),
            Self::Each(results) => {
                let id = message.id.to_string();
                match results.iter().find(|r| r.id == id).map(|r| r.status) {
                    Some(WireStatus::Accepted) => SendResult::TAKEN,
                    Some(WireStatus::Refused) => {
                        SendResult::Refused(REFUSED, "refused by the gateway".into())
                    }
                    None => {
                        SendResult::Refused(Refusal::InDoubt, "not mentioned in the answer".into())
                    }
                }
            }
        }
    }
}
