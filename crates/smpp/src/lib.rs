//! SMPP 3.4 and 5.0 on the wire: bytes to PDUs and back, what a receipt says,
//! and one session as a state machine. No socket, no clock, no rule, no store.

pub mod address;
pub mod command;
pub mod frame;
pub mod limits;
pub mod octets;
pub mod pdu;
pub mod sequence;
pub mod tlv;

pub use address::{Address, TonNpi};
pub use frame::{Cut, Frame, FrameBuffer, FramingError};
pub use octets::OctetString;
pub use pdu::{Packet, Pdu};
pub use tlv::Tlvs;
