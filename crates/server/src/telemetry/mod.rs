//! What the server tells about itself: log lines and metrics.
//!
//! Logging is designed like an interface. A line has a sentence that can be read alone and fields that can be
//! searched; [`logs`] documents its shape. Metrics have base units and labels out of closed lists; [`metrics`] has
//! the table of them all.
//!
//! **Deliberately absent:** no line and no label carries a code, a secret or a whole phone number (security rules
//! S-19 and S-106), and libraries cannot be made to log below info, where they would print headers and bodies.

pub(crate) mod escape;
pub mod logs;
pub mod metrics;
mod queue;
mod record;
mod requests;

pub use metrics::{Metrics, names};
pub use requests::RequestMetrics;
