//! SMPP 3.4 and 5.0 on the wire, and nothing else: no socket, no clock, no
//! rule, no store.
//!
//! The tour, in reading order:
//!
//! * [`frame`]: cuts PDUs from a stream, by their length and before anything
//!   in them is read.
//! * [`pdu`]: what a PDU says. Reading takes what peers really send; writing is
//!   exact. Both directions are there for every PDU.
//! * [`octets`], [`tlv`], [`address`]: strings, optional parameters and
//!   addresses, of which PDUs are made. What a peer sent stays bytes.
//! * [`command`], [`status`]: names of the numbers in a header, for logs.
//! * [`sender`], [`content`], [`validity`]: what goes into a `submit_sm`.
//! * [`sequence`]: by which an answer finds its request.
//! * [`receipt`]: what a peer reports about a message, and the forms of an id.
//!
//! No `Debug` here shows a password, a text or a whole number.
//!
//! ```
//! use ringproof_smpp::content::{ContentRules, Part, Writing};
//! use ringproof_smpp::pdu::{Message, MessageResp};
//! use ringproof_smpp::sender::{DESTINATION, SourceRules, destination};
//! use ringproof_smpp::{Cut, FrameBuffer, OctetString, Packet, Pdu, validity};
//!
//! // We send …
//! let octets = b"Your code is 123456";
//! let part = Part { writing: Writing::Septets, octets, header: &[], place: None };
//! let content = ContentRules::default().content(&part)?;
//! let message = Message {
//!     source: SourceRules::default().source("MyBrand")?,
//!     destination: destination("+12025550123", DESTINATION)?,
//!     esm_class: content.esm_class,
//!     validity_period: validity::relative(300),
//!     registered_delivery: 1,
//!     data_coding: content.data_coding,
//!     short_message: content.short_message,
//!     tlvs: content.tlvs,
//!     ..Message::default()
//! };
//! let sent = Packet::new(1, Pdu::SubmitSm(message));
//! assert!(!format!("{sent:?}").contains("123456"));
//!
//! // … the peer reads it …
//! let mut buffer = FrameBuffer::default();
//! buffer.push(&sent.encode()?);
//! let Cut::Whole(frame) = buffer.next()? else { panic!("it is whole") };
//! let Packet { sequence, pdu: Pdu::SubmitSm(message), .. } = Packet::decode(&frame)? else {
//!     panic!("it is a submit_sm")
//! };
//! assert_eq!(message.short_message, octets);
//!
//! // … and answers.
//! let id = OctetString::new("1A2B")?;
//! let answer = Packet::new(sequence, Pdu::SubmitSmResp(MessageResp::new(id)));
//! assert_eq!(answer.encode()?.len(), 21);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod address;
pub mod command;
pub mod content;
pub mod frame;
pub mod limits;
pub mod octets;
pub mod pdu;
pub mod receipt;
pub mod sender;
pub mod sequence;
pub mod session;
pub mod status;
pub mod tlv;
pub mod validity;

pub use address::{Address, TonNpi};
pub use frame::{Cut, Frame, FrameBuffer, FramingError};
pub use octets::OctetString;
pub use pdu::{Packet, Pdu};
pub use tlv::Tlvs;
