//! The way out: from a message in the outbox to a gateway that took it.
//!
//! * [`gateway`]: what a gateway is. Whoever adds a kind implements that trait.
//! * [`inbox`]: the gateway of a developer: messages are shown, not sent.
//! * [`webhook`]: posts messages to a program of the operator.
//! * [`smpp`]: speaks SMPP with the centre of a carrier or a provider.
//! * [`intake`]: where what such a gateway hears goes.
//! * [`provider`]: the HTTP interfaces of the well-known providers.
//! * [`http_gateway`]: the gateway around any of them.
//! * [`outbound`]: the guarded HTTP client for addresses that outsiders give.
//! * [`push`]: wakes the app of a person through the push service of its browser.
//! * [`routes`], [`exits`]: which gateways may carry a message, and what is
//!   known of each; the choice is a rule (`verify::routing`).
//! * [`receipts`], [`names`]: notes what gateways report, and finds whom it is about.
//! * [`meters`]: what is counted of every gateway.
//! * [`conversion`]: tells gateways which codes were entered.
//! * [`dispatcher`]: takes what starts hand over and what became due, opens the
//!   sealed text, hands it to a gateway, and settles how it went.
//! * [`reporter`]: makes the calls that are owed to API clients.
//!
//! Nothing here decides whether someone is verified; what a dispatcher may do
//! with a message is a rule (`verify::engine::outbox`).

mod breaker;
pub mod captcha;
pub mod conversion;
pub mod dispatcher;
mod early;
pub mod exits;
pub mod gateway;
mod hand_over;
mod http_client;
pub mod http_gateway;
mod in_hand;
pub mod inbox;
pub mod intake;
mod lanes;
mod late;
pub mod limits;
pub mod meters;
pub mod names;
pub mod outbound;
pub mod provider;
pub mod push;
pub mod receipts;
pub mod reporter;
pub mod routes;
pub mod smpp;
mod watched;
pub mod webhook;

pub use conversion::ConversionTeller;
pub use dispatcher::{Dispatcher, DispatcherParts, Outbox};
pub use exits::{Exits, in_flight};
pub use gateway::{Gateway, GatewayState, Prepared, SendResult, Taken};
pub use receipts::Receipts;
pub use reporter::{ReportBell, Reporter, ReporterParts};
pub use routes::{Exit, Route, Routes};
