//! The gateway around a provider's HTTP interface.
//!
//! A [`Provider`] says what is written and what an answer means; here is the
//! call itself, its pace, and what follows from no answer (`delivery.md` 6.3,
//! 7.1). [`callback`] takes the calls that the provider makes.

pub mod callback;
mod conversion;
pub(crate) mod pace;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Uri};
use jiff::SignedDuration;
use tokio::time::{Instant, sleep};
use verify::engine::outbox::Refusal;
use verify::keys::CallbackKey;

use self::pace::Pace;
use crate::breaker::Breaker;
use crate::conversion::Conversion;
use crate::dispatcher::Now;
use crate::gateway::{Gateway, GatewayState, Prepared, Reason, SendFuture, SendResult, ToldFuture};
use crate::http_client::{HttpClient, NoAnswer};
use crate::provider::base_url::may_be_called;
use crate::provider::{Answer, Outgoing, Provider, tag};

/// Configuration of the gateway.
#[derive(Debug, Clone)]
pub struct HttpGatewayOptions {
    /// Its name.
    pub name: String,
    /// Calls at a time, one message each.
    pub connections: usize,
    /// Messages a second at most; none for as fast as they come. Half a
    /// second's worth may go at once.
    pub messages_per_second: Option<u32>,
    /// The public address below which the provider calls back, as
    /// `https://otp.example.com/dlr/twilio`; a slash at its end is left out. None if this server
    /// has no public address: then no receipts come.
    pub callback_base: Option<String>,
    /// Whether the provider may be called over http beyond this machine.
    pub allow_plain_http: bool,
}

/// The gateway.
pub struct HttpGateway {
    options: HttpGatewayOptions,
    provider: Arc<dyn Provider>,
    key: CallbackKey,
    now: Now,
    client: HttpClient,
    breaker: Breaker,
    pace: Pace,
    /// Messages that have a place or are being handed over.
    under_way: AtomicUsize,
    /// Why the last message was not taken, if it was not.
    last_refusal: Mutex<Option<(Refusal, Reason)>>,
}

/// The gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum HttpGatewayError {
    /// No certificates of the system's authorities could be read.
    #[error("cannot read the system's certificate authorities: {0}")]
    Certificates(std::io::Error),
    /// The address for receipts is longer than the provider takes.
    #[error(
        "the public address for the receipts of gateway {gateway} is too long: with the tag of a \
         message it has {chars} characters, and the provider takes {chars_max}"
    )]
    CallbackBase {
        /// The gateway.
        gateway: String,
        /// Characters that it would have.
        chars: usize,
        /// Characters that it may have.
        chars_max: usize,
    },
}

/// The address that a provider wanted to be fetched was not, or in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmError {
    /// It is not https, or not at a host of the provider.
    #[error("the address is not one of the provider")]
    Forbidden,
    /// It was fetched and there was no answer of success.
    #[error("the provider did not give what should be there")]
    NotAnswered,
}

impl HttpGateway {
    /// Sets the gateway up; connects when the first message comes. The key is
    /// that of its name (`Keyring::callback_key`).
    ///
    /// # Errors
    /// [`HttpGatewayError`].
    pub fn new(
        mut options: HttpGatewayOptions,
        provider: Arc<dyn Provider>,
        key: CallbackKey,
        now: Now,
    ) -> Result<Self, HttpGatewayError> {
        if let Some(base) = &mut options.callback_base {
            base.truncate(base.trim_end_matches('/').len());
        }
        let chars = |base: &String| base.chars().count() + 1 + tag::TAG_CHARS;
        let chars = options.callback_base.as_ref().map_or(0, chars);
        let chars_max = provider.callback_url_chars_max();
        if chars > chars_max {
            let gateway = options.name;
            return Err(HttpGatewayError::CallbackBase { gateway, chars, chars_max });
        }
        let client =
            HttpClient::new(options.connections).map_err(HttpGatewayError::Certificates)?;
        let pace = Pace::new(options.messages_per_second);
        let (breaker, last_refusal) = (Breaker::default(), Mutex::default());
        let under_way = AtomicUsize::new(0);
        Ok(Self { options, provider, key, now, client, breaker, pace, under_way, last_refusal })
    }

    /// Fetches, once, the address of a [`crate::provider::Heard::Confirm`].
    ///
    /// # Errors
    /// [`ConfirmError`].
    pub async fn confirm(&self, uri: &Uri) -> Result<(), ConfirmError> {
        self.fetch(uri).await.map(drop)
    }

    /// Fetches the certificate of a [`crate::provider::Heard::FetchCertificate`]
    /// and gives it to the provider; then the same call can be heard again.
    ///
    /// # Errors
    /// [`ConfirmError`], also if no certificate stands there.
    pub async fn fetch_certificate(&self, uri: &Uri) -> Result<(), ConfirmError> {
        let body = self.fetch(uri).await?;
        self.provider.learn(uri, &body).map_err(|_| ConfirmError::NotAnswered)
    }

    async fn fetch(&self, uri: &Uri) -> Result<Bytes, ConfirmError> {
        let is_ours = may_be_called(uri, false)
            && uri.scheme_str() == Some("https")
            && uri.port_u16().is_none_or(|port| port == 443)
            && uri.host().is_some_and(|host| self.provider.confirms_at(host));
        if !is_ours {
            return Err(ConfirmError::Forbidden);
        }
        let request = Request::builder().method(Method::GET).uri(uri).body(Vec::new());
        let request = request.map_err(|_| ConfirmError::Forbidden)?;
        let answer = self.client.call(request).await.map_err(|_| ConfirmError::NotAnswered)?;
        let is_good = answer.status.is_success();
        is_good.then_some(answer.body).ok_or(ConfirmError::NotAnswered)
    }

    /// Waits for the message's place, then hands it over.
    async fn send_one(&self, message: &Prepared) -> SendResult {
        match self.pace.take(Instant::now()) {
            Ok(wait) if wait.is_zero() => {}
            Ok(wait) => sleep(wait).await,
            Err(wait) => {
                let refusal = Refusal::Throttled(SignedDuration::try_from(wait).ok());
                return SendResult::Refused(refusal, "as fast as the operator allows".into());
            }
        }
        // While it waited, the provider may have asked to slow down.
        if let Some(closed) = self.pace.closed_for(Instant::now()) {
            let refusal = Refusal::Throttled(SignedDuration::try_from(closed).ok());
            return SendResult::Refused(refusal, SLOW_DOWN.into());
        }
        let request = match self.request(message) {
            Ok(request) => request,
            Err(refused) => return refused,
        };
        let result = match self.client.call(request).await {
            Ok(answer) => {
                let answer =
                    Answer { status: answer.status, headers: &answer.headers, body: &answer.body };
                self.provider.read(&answer)
            }
            Err(NoAnswer { was_written, reason }) => {
                self.breaker.note_failure(&self.options.name, reason);
                self.provider.unanswered();
                let refusal = if was_written { Refusal::InDoubt } else { Refusal::Unreached };
                return SendResult::Refused(refusal, reason.into());
            }
        };
        self.note(result)
    }

    fn request(&self, message: &Prepared) -> Result<Request<Vec<u8>>, SendResult> {
        let now = (self.now)();
        let left = message.deadline.duration_since(now);
        let Ok(valid_for) = Duration::try_from(left) else {
            return Err(SendResult::Refused(Refusal::Temporary, "its time is over".into()));
        };
        let tag = tag::make(&self.key, message.id);
        let callback_url = self.options.callback_base.as_ref().map(|base| format!("{base}/{tag}"));
        let request = self.provider.request(&Outgoing {
            id: message.id,
            to: &message.to,
            sender: &message.sender,
            form: &message.form,
            is_code: message.is_code,
            text: &message.text,
            valid_for: valid_for.max(Duration::from_secs(1)),
            callback_url: callback_url.as_deref(),
            tag: &tag,
            now,
        })?;
        if may_be_called(request.uri(), self.options.allow_plain_http) {
            Ok(request)
        } else {
            Err(SendResult::Refused(Refusal::GatewayDown, "its address may not be called".into()))
        }
    }

    fn remember(&self, result: &SendResult) {
        let refusal = match result {
            SendResult::Accepted(_) => None,
            SendResult::Refused(refusal, reason) => Some((*refusal, reason.clone())),
        };
        *self.last_refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }

    /// Draws the gateway's own conclusions from what an answer means.
    fn note(&self, result: SendResult) -> SendResult {
        let name = &self.options.name;
        match result {
            SendResult::Refused(Refusal::Throttled(told), reason) => {
                self.breaker.note_success(name);
                let pause = self.pace.throttle(told, Instant::now());
                let pause = SignedDuration::try_from(pause).ok();
                SendResult::Refused(Refusal::Throttled(pause), reason)
            }
            SendResult::Refused(Refusal::InDoubt, reason) => {
                self.breaker.note_failure(name, "answers leave open what became of messages");
                SendResult::Refused(Refusal::InDoubt, reason)
            }
            SendResult::Accepted(_) => {
                self.breaker.note_success(name);
                self.pace.note_taken();
                result
            }
            SendResult::Refused(
                Refusal::Temporary
                | Refusal::Unreached
                | Refusal::GatewayDown
                | Refusal::GatewayUnfit
                | Refusal::Destination { .. }
                | Refusal::Content,
                _,
            ) => {
                self.breaker.note_success(name);
                result
            }
        }
    }
}

pub(crate) const SLOW_DOWN: &str = "it asks us to slow down";

impl Gateway for HttpGateway {
    fn name(&self) -> &str {
        &self.options.name
    }

    fn state(&self) -> GatewayState {
        if self.pace.closed_for(Instant::now()).is_some() {
            return GatewayState::Closed(SLOW_DOWN);
        }
        self.breaker.state()
    }

    fn gives_receipts(&self) -> bool {
        self.options.callback_base.is_some() && self.provider.calls_back()
    }

    fn share_pace(&self, servers: u16) {
        self.pace.share(servers);
    }

    fn takes_conversions(&self) -> bool {
        self.provider.takes_conversions()
    }

    fn tell_conversion<'a>(&'a self, conversion: &'a Conversion) -> ToldFuture<'a> {
        Box::pin(self.tell(conversion))
    }

    fn detail(&self) -> Vec<String> {
        let last = self.last_refusal.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |(refusal, reason): &(Refusal, Reason)| {
            format!("the last message was not taken: {}, {reason}", refusal.as_str())
        };
        last.iter().map(line).collect()
    }

    fn batch_max(&self) -> usize {
        1
    }

    fn calls_max(&self) -> usize {
        if self.breaker.is_on_trial() {
            return 1;
        }
        // As many as get their turn soon: the others wait where they cost nothing.
        let under_way = self.under_way.load(Ordering::Relaxed);
        let more = self.pace.waiting_max(Instant::now());
        self.options.connections.min(under_way.saturating_add(more))
    }

    fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_> {
        Box::pin(async move {
            let mut results = Vec::with_capacity(batch.len());
            for message in &batch {
                self.under_way.fetch_add(1, Ordering::Relaxed);
                let result = self.send_one(message).await;
                self.under_way.fetch_sub(1, Ordering::Relaxed);
                self.remember(&result);
                results.push(result);
            }
            results
        })
    }
}
