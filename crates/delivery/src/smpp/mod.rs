//! The gateway that speaks SMPP (`delivery.md` 3 to 6).
//!
//! * [`options`]: what an operator sets.
//! * `gateway`: [`SmppGateway`], the door at which messages come in.
//! * `line`, `pacer`: messages that wait for a session, and how fast they leave.
//! * `encode`, `job`, `carrier`: a message becomes parts, and its parts' answers
//!   become its result.
//! * `life`, `dial`, `door`, `link`: connecting, binding, and working until a
//!   session's end; `key_pin` is the peer's key. `link` drives the machine of `smpp::session`.
//! * `receipts`: what comes from the peer, on its way to the store.
//! * `codes`: what a peer's codes mean; the table is `status.toml`.
//! * [`view`], [`meters`]: what people and metrics are shown.
//!
//! A message is with the peer or it is not, and where nobody knows it is in
//! doubt: once its bytes were handed to the session, only an answer says that
//! it was not taken.

use std::sync::Arc;

mod binds;
mod carrier;
mod codes;
mod dial;
mod door;
mod encode;
mod gateway;
mod job;
mod key_pin;
mod life;
mod line;
mod link;
pub mod meters;
pub mod options;
mod overdue;
mod pacer;
mod receipts;
pub mod view;

pub use ::smpp::TonNpi;
pub use ::smpp::content::LongMessage;
pub use ::smpp::sender::{DefaultAlphabet, SourceRules};
pub use binds::Binds;
pub use gateway::{Reached, SmppGateway};
pub use key_pin::{KeyPin, NoKeyPin};
pub use options::{
    BindKind, ClientCertificate, IdMatching, SmppHost, SmppOptions, SmppTls, Validity,
};
pub use view::{LinkState, SessionView, SmppView};

/// Gives any numbers.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SmppError {
    /// An option has a value that cannot be.
    #[error("{0}")]
    Option(&'static str),
    /// The file of codes cannot be used.
    #[error("the table of codes: {0}")]
    Codes(String),
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(String),
    /// No certificates of the system's authorities could be read.
    #[error("cannot read the system's certificate authorities: {0}")]
    Certificates(std::io::Error),
}
