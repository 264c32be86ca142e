//! The sending half of Web Push: wakes the app of a person through the push
//! service of their browser (RFC 8030).
//!
//! * [`services`]: the push services that are known; the operator has the list.
//! * [`endpoint`]: an address that an app gave, held against that list.
//! * [`encrypt`]: a message that only the app can read (RFC 8291, RFC 8188).
//! * [`vapid`]: shows the push service who sends (RFC 8292).
//! * [`client`]: the call, through the guarded client of [`crate::outbound`],
//!   and what its answer means.
//! * [`retry_after`]: how long a push service asks to wait.
//!
//! A push says that there is something to fetch, and which: a random id, no
//! code, number or name (security rule S-39). What a service that refuses or
//! forgets a subscription leads to is decided by who sends.

pub mod client;
pub mod encrypt;
pub mod endpoint;
pub mod retry_after;
pub mod services;
pub mod vapid;

pub use client::{PushClient, PushClientParts, PushMessage, PushOutcome, Subscription};
pub use encrypt::SubscriptionKeys;
pub use endpoint::{Endpoint, EndpointRefusal};
pub use services::{PushHost, PushServices};
pub use vapid::{Contact, Vapid};
