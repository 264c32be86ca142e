//! Messente: its Omnichannel interface, and the older one over HTML forms
//! (`delivery.md` 7.4).
//!
//! Neither signs what it calls back with, so the tag in the path is what proves
//! it. Words and codes of receipts are the same in both.

mod hosts;
mod older;
mod omnichannel;
mod receipt;

use super::codes::TableError;

pub use older::{MessenteOlder, MessenteOlderOptions};
pub use omnichannel::{Messente, MessenteOptions};

/// The provider cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessenteError {
    /// An address cannot be called.
    #[error("the base address cannot be called")]
    BaseUrl,
    /// The account cannot be sent.
    #[error("the user name must not be empty or contain a colon or control characters")]
    Username,
    /// The password cannot be sent.
    #[error("the password must not be empty or contain control characters")]
    Password,
    /// The rows of codes cannot be read.
    #[error(transparent)]
    Codes(#[from] TableError),
}
