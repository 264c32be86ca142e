//! The addresses of the server: which one is asked, and when a call is made again.
//!
//! A call that only reads goes on to the next address when no answer came, or the
//! server says that it cannot answer now; when all of them failed, they are asked once
//! more. Every other call goes on only if it surely never arrived: a start that went
//! out twice is two messages, and a PIN that was checked twice is two attempts.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use super::exchange::{Exchange, Incoming, Outgoing};
use crate::chance;
use crate::error::{Error, ErrorKind};
use crate::limits::{PAUSE, PAUSE_MAX};
use crate::settings::{Settings, SettingsError};
use crate::widget::Signer;

/// Asks the server.
pub(crate) struct Transport {
    settings: Settings,
    exchange: Exchange,
    /// The address that answered last.
    preferred: AtomicUsize,
}

impl Transport {
    pub(crate) fn new(settings: Settings) -> Result<Self, SettingsError> {
        let Settings { timeout, connect_timeout, authorities_pem, endpoints, .. } = &settings;
        let has_tls = endpoints.iter().any(|endpoint| endpoint.starts_with("https://"));
        let authorities_pem = authorities_pem.as_deref();
        let exchange = Exchange::new(*timeout, *connect_timeout, authorities_pem, has_tls)?;
        Ok(Self { settings, exchange, preferred: AtomicUsize::new(0) })
    }

    pub(crate) fn username(&self) -> &str {
        &self.settings.username
    }

    pub(crate) fn password(&self) -> &str {
        &self.settings.password
    }

    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.settings.signer.as_ref()
    }

    /// Makes a call and reads its answer by `read`, which gives the error that an
    /// answer stands for.
    pub(crate) async fn perform<Result_>(
        &self,
        call: &Outgoing,
        read: impl Fn(Incoming) -> Result<Result_, Error>,
    ) -> Result<Result_, Error> {
        let endpoints = &self.settings.endpoints;
        let first = self.preferred.load(Ordering::Relaxed);
        let rounds = if call.is_reading { 1 + self.settings.retries as usize } else { 1 };
        let mut tries = 0;
        loop {
            let index = (first + tries) % endpoints.len();
            tries += 1;
            let answer = self.exchange.make(&endpoints[index], call).await;
            let outcome = answer.and_then(|answer| {
                // Whatever it says: this address answers.
                self.preferred.store(index, Ordering::Relaxed);
                read(answer)
            });
            let error = match outcome {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            if tries >= rounds * endpoints.len() || !may_go_on(call, &error) {
                return Err(error);
            }
            if tries.is_multiple_of(endpoints.len()) {
                sleep(pause_before(&error)).await;
            }
        }
    }
}

/// Shows the account and the addresses, and no password.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ringproof")
            .field("username", &self.settings.username)
            .field("endpoints", &self.settings.endpoints)
            .finish_non_exhaustive()
    }
}

/// Whether the next address may be asked after this failure.
fn may_go_on(call: &Outgoing, error: &Error) -> bool {
    if error.kind() == ErrorKind::ConnectionFailed {
        return call.is_reading || !error.maybe_sent();
    }
    // `FAILED 209` has the status 200: it is an answer like others.
    let is_out = error.kind() == ErrorKind::Unavailable && error.status() >= Some(502);
    call.is_reading && is_out
}

/// How long to wait before all addresses are asked again; never quite as long as
/// another program does, so that they do not all come back at one moment.
fn pause_before(error: &Error) -> Duration {
    let asked = error.retry_after().filter(|asked| !asked.is_zero() && *asked <= PAUSE_MAX);
    asked.unwrap_or_else(|| chance::about(PAUSE))
}
