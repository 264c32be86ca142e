//! Client library of Ringproof, the self-hosted phone verification server.
//!
//! * [`Ringproof`]: the client. Its groups of calls are [`Services`], [`Users`],
//!   [`Auth`], [`Authenticators`], [`Recovery`], [`NumberVerification`], [`Sms`] and
//!   [`Widget`].
//! * [`Error`] and [`ErrorKind`]: the one family of errors.
//! * [`widget`]: the signatures of the hosted page alone, without clock, chance and
//!   sockets.
//!
//! A call that only reads is made again where no answer came; one that changes something
//! is not, unless it surely never arrived.
//!
//! ```no_run
//! use ringproof_client::{Error, Ringproof};
//!
//! # async fn run(typed: &str) -> Result<(), Error> {
//! let ringproof = Ringproof::builder("shop-api", "your-password")
//!     .endpoint("https://verify.example.com")
//!     .build()
//!     .expect("these settings are right");
//! let started = ringproof.number().start("+37255500123").await?;
//! let is_theirs = ringproof.number().verify(&started.id, typed).await?;
//! # Ok(())
//! # }
//! ```

mod calls;
mod chance;
mod clock;
mod encoding;
mod environment;
mod error;
mod http;
mod limits;
mod redact;
mod ringproof;
mod settings;
pub mod widget;

pub use calls::auth::{Auth, Checked, Started};
pub use calls::authenticators::{
    Authenticator, Authenticators, Enrolment, Listed, NewAuthenticator, Seed, WaitingDevice,
};
pub use calls::number::{Browser, NumberOptions, NumberStarted, NumberVerification};
pub use calls::recovery::{Recovery, RecoveryCodes, RecoveryState, RecoveryUse};
pub use calls::services::{Service, Services};
pub use calls::sms::{
    Autoconvert, CountryPrices, MessageState, NetworkPrice, Sms, SmsOptions, TextStore,
};
pub use calls::users::{User, Users};
pub use calls::verdict::Verdict;
pub use calls::widget::{SignedRequest, Widget};
pub use error::{Error, ErrorKind};
pub use ringproof::Ringproof;
pub use settings::{Builder, SettingsError};

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
