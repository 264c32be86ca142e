//! Tests of the wire: the bytes of the specification and of `delivery.md`,
//! what peers really send, and random ones.

mod bytes;
mod hex;
