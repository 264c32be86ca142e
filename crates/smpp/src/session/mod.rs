//! One connection to a peer as a state machine without I/O (`delivery.md` 3.2).
//!
//! Whoever keeps the connection tells the [`Session`] what it reads and what
//! time it is, writes what the session has to say, and acts on its
//! [`Event`]s. Time is what has passed since some start of the caller's; it
//! never goes back.
//!
//! ```text
//! Opening → Bound → Draining → Unbinding → Closed
//! ```
//!
//! * [`Session`]: the machine. It binds first, and takes submits while bound.
//! * [`backoff`]: how long to wait before the next connection.
//! * [`ring`]: the headers of the last PDUs.
//!
//! A session keeps nothing that a crash may not lose: what a submit was is the
//! caller's affair, who knows it by a token.

pub mod backoff;
mod event;
pub mod limits;
mod machine;
mod output;
mod receive;
pub mod ring;
mod window;

pub use backoff::{Backoff, Ended};
pub use event::{Answer, Closed, Delivery, DeliveryKey, Event};
pub use machine::{Role, Session, SubmitError};
pub use ring::{PduNote, PduRing};
