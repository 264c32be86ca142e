//! The three SMSCs, spoken to by a client of their own kind: the harness starts
//! each as the black-box tests of the server do, and [`client`] speaks to it by
//! the codec.
//!
//! To see these fail, break a peer: let `answerSubmit` in
//! `tests/smsc/node/smsc.js` leave the id out, or a fault in `src/submit.rs`.

mod client;
mod control;
mod faults;
mod ids;
mod peers;
mod speed;
