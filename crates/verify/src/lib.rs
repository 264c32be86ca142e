//! The rules of Ringproof, as pure functions.
//!
//! Everything that decides something about a verification lives here, and
//! nothing here touches the world: no socket, no file, no SQL, no clock, no
//! randomness, no serialisation. Time and chance are arguments.
//!
//! The tour, in reading order:
//!
//! * [`phone`], [`code`], [`message`]: the values that everything speaks of.
//! * [`text`]: the alphabets of text messages, their parts, and look-alikes.
//! * [`keys`], [`sealed`], [`vapid_key`]: keyed digests, sealing and a key that
//!   signs, one key per purpose.
//! * [`totp`], [`device_keys`]: time-based codes, and the keys of devices that make
//!   them.
//! * [`guard`]: what wrong codes cost a person (budget, blocks).
//! * [`send_limits`], [`login_throttle`]: how often a thing may happen.
//! * [`routing`]: which gateway gets a message, and what is known of each.
//! * [`widget`]: the page that proves a number for a site: its wire and its price.
//! * [`policy`]: the numbers that govern the rules, with their hard limits.
//! * [`record`]: what is kept between two requests.
//! * [`engine`]: the rules. Each is `rule(snapshot, request, …) -> Decision`;
//!   the store reads the snapshot, runs the rule, and writes the changes, all
//!   in one atomic and durable step.

pub mod code;
pub mod device_keys;
pub mod engine;
pub mod entropy;
pub mod guard;
pub mod hex;
pub mod ids;
pub mod keys;
pub mod limits;
pub mod login_throttle;
pub mod message;
pub mod phone;
pub mod policy;
pub mod record;
pub mod routing;
pub mod sealed;
pub mod send_limits;
pub mod text;
pub mod totp;
pub mod traffic;
pub mod vapid_key;
pub mod widget;

pub use entropy::Entropy;
pub use jiff::{SignedDuration, Timestamp};
