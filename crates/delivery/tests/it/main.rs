//! Tests of the way out, as its users see it. They speak to loopback only.

mod outbound;
