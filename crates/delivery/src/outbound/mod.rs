//! HTTP calls to addresses that outsiders give: delivery reports and inbound
//! hand-over of integrators, and pushes to what an app gave. Whoever may give an
//! address may try to make us call our own neighbours; everything here is about
//! not doing that (security rule S-83).
//!
//! * [`target`]: an address as text, read once and checked. What is spelled in
//!   an unusual way is refused, not interpreted.
//! * [`policy`]: what the operator allows: schemes, ports, own networks.
//! * [`address`]: which IP addresses are public.
//! * [`resolver`]: from a name to addresses. They are checked after it, at each
//!   call, and the connection goes to one that was checked: a name that answers
//!   otherwise a moment later gains nothing.
//! * [`client`]: the call itself, with an end in time and size. It follows no
//!   redirect, asks no proxy and keeps no connection.
//! * [`roots`]: whom a receiver's certificate must come from.
//!
//! Not here: how often a call is repeated, how many run at a time for one
//! integrator, and what a report says.

pub mod address;
pub mod client;
pub mod policy;
pub mod resolver;
pub mod roots;
pub mod target;

pub use client::{Answer, CallResult, NoAnswer, OutboundClient, OutboundClientParts};
pub use policy::TargetPolicy;
pub use resolver::{Resolver, SystemResolver};
pub use roots::Roots;
pub use target::{Target, TargetRefusal};
