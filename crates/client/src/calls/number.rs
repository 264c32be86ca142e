//! Confirms bare numbers, without services and users.

use std::fmt;
use std::time::Duration;

use super::text::{TextCall, is_id, ok_word};
use super::verdict::Verdict;
use crate::error::Error;
use crate::http::transport::Transport;

/// What a start shall do otherwise than usual.
#[derive(Clone, Default)]
#[must_use = "options do nothing until a call takes them"]
pub struct NumberOptions(Vec<(&'static str, String)>);

/// What you know of the person's browser.
#[derive(Clone, Copy, Default)]
pub struct Browser<'a> {
    /// Its address, and not that of your server.
    pub ip: Option<&'a str>,
    /// Its `User-Agent`.
    pub browser: Option<&'a str>,
    /// A value of yours, at least 128 random bits.
    pub cookie: Option<&'a str>,
}

/// What a start did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NumberStarted {
    /// Names it in [`NumberVerification::verify`]; empty if `verified`.
    pub id: String,
    /// Whether this browser is trusted, so that no PIN is needed.
    pub verified: bool,
}

/// Confirmation of numbers; see [`Ringproof::number`](crate::Ringproof::number).
#[derive(Debug, Clone, Copy)]
pub struct NumberVerification<'a>(pub(crate) &'a Transport);

impl NumberOptions {
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// The message; it must contain `<PIN>`.
    pub fn template(self, text: &str) -> Self {
        self.with("template", text)
    }

    /// Digits of the PIN, 4 to 16.
    pub fn pin_length(self, digits: u32) -> Self {
        self.with("pin_length", digits.to_string())
    }

    /// One of the account's senders.
    pub fn from(self, sender: &str) -> Self {
        self.with("from", sender)
    }

    /// Messages in all, the first included.
    pub fn max_tries(self, messages: u32) -> Self {
        self.with("max_tries", messages.to_string())
    }

    /// How long after a message it is repeated; whole seconds count.
    pub fn retry_delay(self, delay: Duration) -> Self {
        self.with("retry_delay", delay.as_secs().to_string())
    }

    /// How long the PIN can be entered; whole seconds count.
    pub fn validity(self, validity: Duration) -> Self {
        self.with("validity", validity.as_secs().to_string())
    }
}

impl NumberVerification<'_> {
    /// Makes a PIN and sends it to a number with country code.
    ///
    /// # Errors
    /// [`Throttled`](crate::ErrorKind::Throttled) if the number is blocked or got too many
    /// messages, [`Unavailable`](crate::ErrorKind::Unavailable) while no gateway takes
    /// messages.
    pub async fn start(&self, to: &str) -> Result<NumberStarted, Error> {
        self.start_with(to, &NumberOptions::default(), Browser::default()).await
    }

    /// As [`NumberVerification::start`], with options, and with what you know of the
    /// browser.
    pub async fn start_with(
        &self,
        to: &str,
        options: &NumberOptions,
        browser: Browser<'_>,
    ) -> Result<NumberStarted, Error> {
        let given = options.0.iter().map(|(name, value)| (*name, value.as_bytes()));
        let call = TextCall {
            path: "/verify/start",
            parameters: [("to", to.as_bytes())]
                .into_iter()
                .chain(given)
                .chain(browser.parameters())
                .collect(),
            is_reading: false,
            refusals: &[],
        };
        let read = |text: &str| {
            if text == "VERIFIED" {
                return Some(NumberStarted { id: String::new(), verified: true });
            }
            let id = ok_word(text, is_id)?.to_owned();
            Some(NumberStarted { id, verified: false })
        };
        call.perform(self.0, read).await
    }

    /// Whether what the person typed is right. A right PIN is used up.
    ///
    /// # Errors
    /// [`NoSuchResource`](crate::ErrorKind::NoSuchResource) if there is no such
    /// verification.
    pub async fn verify(&self, verification_id: &str, pin: &str) -> Result<bool, Error> {
        let verdict = self.check(verification_id, pin, Browser::default()).await?;
        Ok(verdict == Verdict::Verified)
    }

    /// As [`NumberVerification::verify`], with the reason, and with what you know of the
    /// browser.
    pub async fn check(
        &self,
        verification_id: &str,
        pin: &str,
        browser: Browser<'_>,
    ) -> Result<Verdict, Error> {
        let own = [("verification_id", verification_id.as_bytes()), ("pin", pin.as_bytes())];
        let call = TextCall {
            path: "/verify/pin",
            parameters: own.into_iter().chain(browser.parameters()).collect(),
            is_reading: false,
            refusals: &[],
        };
        call.perform(self.0, Verdict::parse).await
    }
}

impl<'a> Browser<'a> {
    fn parameters(self) -> impl Iterator<Item = (&'static str, &'a [u8])> {
        let all = [("ip", self.ip), ("browser", self.browser), ("cookie", self.cookie)];
        all.into_iter().filter_map(|(name, value)| Some((name, value?.as_bytes())))
    }
}

/// The cookie is not shown: whoever has it is in.
impl fmt::Debug for Browser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("browser", &self.browser).finish_non_exhaustive()
    }
}

impl fmt::Debug for NumberOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, value)| (name, value))).finish()
    }
}
