//! Tests of the wire: the bytes of the specification and of `delivery.md`,
//! what peers really send, and random ones.

mod bytes;
mod content;
mod framing;
mod hex;
mod ids;
mod irregular;
mod random;
mod receipts;
mod round_trip;
mod secrecy;
mod sender;
mod session;
mod status;
mod tlvs;
