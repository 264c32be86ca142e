//! The way out: from a message in the outbox to a gateway that took it.
//!
//! * [`gateway`]: what a gateway is. Whoever adds a kind implements that trait.
//! * [`inbox`]: the gateway of a developer: messages are shown, not sent.
//! * [`webhook`]: posts messages to a program of the operator.
//! * [`smpp`]: speaks SMPP with the centre of a carrier or a provider.
//! * [`intake`]: where what such a gateway hears goes.
//! * [`provider`]: the HTTP interfaces of the well-known providers.
//! * [`outbound`]: the guarded HTTP client for addresses that integrators give.
//! * [`dispatcher`]: takes what starts hand over and what became due, opens the
//!   sealed text, hands it to a gateway, and settles how it went.
//! * [`reporter`]: makes the calls that are owed to API clients.
//!
//! Nothing here decides whether someone is verified; what a dispatcher may do
//! with a message is a rule (`verify::engine::outbox`).

pub mod dispatcher;
pub mod gateway;
pub mod inbox;
pub mod intake;
pub mod limits;
pub mod outbound;
pub mod provider;
pub mod reporter;
pub mod smpp;
pub mod webhook;

pub use dispatcher::{Dispatcher, DispatcherParts, Outbox};
pub use gateway::{Gateway, GatewayState, Prepared, SendResult, Taken};
pub use reporter::{ReportBell, Reporter, ReporterParts};
