//! SMPP 3.4 and 5.0 on the wire: bytes to PDUs and back, what a receipt says,
//! and one session as a state machine. No socket, no clock, no rule, no store.
