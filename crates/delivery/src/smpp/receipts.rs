//! What comes from a peer: receipts and messages of persons, on their way to
//! the store (`delivery.md` 5).

use std::borrow::Cow;

use smpp::pdu::{Data, Message, Pdu};
use smpp::receipt::{MessageState, Receipt};
use smpp::session::Delivery;
use smpp::status;
use smpp::tlv::NetworkError;
use verify::record::{Cause, ReceiptState};

use super::codes::{Codes, kept};
use super::encode::{id_text, read_text};
use super::gateway::Shared;
use super::options::{IdMatching, SmppOptions};
use crate::intake::{InboundMessage, RawReceipt};
use crate::names;

/// Network type of GSM in `network_error_code` (SMPP 3.4 §5.3.2.31).
const GSM_NETWORK: u8 = 3;

/// What a delivery is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Receipt(RawReceipt),
    Inbound(InboundMessage),
    /// A receipt that says nothing final and nothing new.
    Nothing,
}

/// Takes a delivery to the store; gives the status of its answer, which is sent
/// when the store has kept it.
pub(super) async fn keep(delivery: Delivery, shared: &Shared) -> u32 {
    let (label, kept) = match heard(&delivery.pdu, &shared.options, &shared.codes) {
        Heard::Nothing => ("enroute", Ok(())),
        Heard::Receipt(receipt) => {
            let label = receipt.state.as_str();
            (label, shared.intake.receipt(&shared.options.name, receipt).await)
        }
        Heard::Inbound(message) => {
            ("inbound", shared.intake.inbound(&shared.options.name, message).await)
        }
    };
    // The intake says what went wrong, where that is worth a line.
    if kept.is_err() {
        shared.meters.received("fault");
        // One large provider repeats only on a few statuses; this is one.
        return status::RSYSERR;
    }
    shared.meters.received(label);
    status::ROK
}

/// Reads a delivery.
pub(super) fn heard(pdu: &Pdu, options: &SmppOptions, codes: &Codes) -> Heard {
    let message = match pdu {
        Pdu::DeliverSm(message) => Cow::Borrowed(message),
        Pdu::DataSm(data) => Cow::Owned(message_of(data)),
        // A session hands nothing else up.
        _ => return Heard::Nothing,
    };
    match Receipt::of_message(&message) {
        Some(receipt) => raw(&receipt, &message, options, codes),
        None => Heard::Inbound(inbound(&message, options)),
    }
}

fn raw(receipt: &Receipt, message: &Message, options: &SmppOptions, codes: &Codes) -> Heard {
    let state = match receipt.state.unwrap_or(MessageState::Unknown) {
        MessageState::Enroute => return Heard::Nothing,
        MessageState::Accepted => ReceiptState::Accepted,
        MessageState::Unknown => ReceiptState::Unknown,
        MessageState::Expired => ReceiptState::Expired,
        MessageState::Deleted => ReceiptState::Deleted,
        MessageState::Undeliverable => ReceiptState::Undeliverable,
        MessageState::Rejected => ReceiptState::Rejected,
        MessageState::Delivered => ReceiptState::Delivered,
    };
    let failure = receipt.failure_code().map(id_text);
    let cause = match state {
        ReceiptState::Delivered | ReceiptState::Accepted => None,
        ReceiptState::Unknown
        | ReceiptState::Expired
        | ReceiptState::Deleted
        | ReceiptState::Undeliverable
        | ReceiptState::Failed
        | ReceiptState::Rejected => cause(receipt, failure.as_deref(), state, codes),
    };
    let mut id_forms = names::of_receipt(receipt.id.as_deref().unwrap_or_default());
    id_forms.retain(|form| is_looked_up(form, options.msg_id));
    Heard::Receipt(RawReceipt {
        id_forms,
        to: digits(message.source.octets.as_bytes()),
        sender: id_text(message.destination.octets.as_bytes()),
        state,
        cause,
        code: failure.as_deref().and_then(kept).or_else(|| network_code(receipt, state)),
    })
}

/// The peer's own table first: it says what a general code cannot.
fn cause(
    receipt: &Receipt,
    failure: Option<&str>,
    state: ReceiptState,
    codes: &Codes,
) -> Option<Cause> {
    let by_peer = failure.and_then(|code| codes.err(code));
    let by_network = receipt
        .network_error
        .filter(|error| is_gsm_failure(*error))
        .map(|error| codes.gsm(error.code));
    by_peer.or(by_network).or((state == ReceiptState::Expired).then_some(Cause::Expired))
}

fn is_gsm_failure(error: NetworkError) -> bool {
    error.network == GSM_NETWORK && error.code != 0
}

fn network_code(receipt: &Receipt, state: ReceiptState) -> Option<String> {
    let error = receipt.network_error.filter(|error| error.code != 0)?;
    (state != ReceiptState::Delivered).then(|| format!("{}:{}", error.network, error.code))
}

/// Whether a form of an id of a receipt may be that of an answer; its first
/// character says how it was made ([`names::of_receipt`]).
fn is_looked_up(form: &str, matching: IdMatching) -> bool {
    match form.chars().next() {
        Some('x') => matches!(matching, IdMatching::Auto | IdMatching::DecimalThenHexadecimal),
        Some('d') => matches!(matching, IdMatching::Auto | IdMatching::HexadecimalThenDecimal),
        Some('~') => matching != IdMatching::Exact,
        Some(_) | None => true,
    }
}

fn inbound(message: &Message, options: &SmppOptions) -> InboundMessage {
    let payload = message.tlvs.message_payload().unwrap_or_default();
    let octets = if message.short_message.is_empty() { payload } else { &message.short_message };
    let text = match (message.esm_class & 0x40, octets) {
        (0, octets) => octets,
        (_, [length, rest @ ..]) => rest.get(usize::from(*length)..).unwrap_or_default(),
        (_, []) => octets,
    };
    InboundMessage {
        to: id_text(message.destination.octets.as_bytes()),
        from: digits(message.source.octets.as_bytes()),
        text: read_text(text, message.data_coding, options.default_alphabet),
    }
}

/// A `data_sm` in the fields of a `deliver_sm`.
fn message_of(data: &Data) -> Message {
    Message {
        source: data.source.clone(),
        destination: data.destination.clone(),
        esm_class: data.esm_class,
        data_coding: data.data_coding,
        tlvs: data.tlvs.clone(),
        ..Message::default()
    }
}

/// An address without a sign before it.
fn digits(address: &[u8]) -> String {
    id_text(address.strip_prefix(b"+").unwrap_or(address))
}
