//! The server and its SMSCs, over SMPP: codes and messages, receipts, outages,
//! peers that misbehave, and what the operator sees and does.
//!
//! The peers are two programs on codecs that are not ours (npm's `smpp`, PyPI's
//! `smpp34`) and the hostile `smsc-sim`; `tests/smsc/README.md` says what each
//! can do. What is measured is printed.

mod hostile;
mod kills;
mod late;
mod latency;
mod operator;
mod outages;
mod peers;
#[path = "../support/random.rs"]
mod random;
mod scene;
