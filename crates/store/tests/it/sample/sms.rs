//! Records of clients' messages, money, prices and reports.

use verify::engine::Change;
use verify::ids::{MessageId, ReportId, SmsId};
use verify::keys::TextDigest;
use verify::phone::Country;
use verify::record::{
    Balance, BodyKind, Delivery, KeptText, MessageForm, OutgoingMessage, Price, Purpose,
    ReceiptState, Report, ReportKind, Sms, SmsState, TextStore,
};
use verify::sealed::Sealed;

use super::{account_id, at, delivery, message, number_key, user};

pub(crate) fn sms_id(n: u8) -> SmsId {
    SmsId::from_bytes([n; 20])
}

pub(crate) fn report_id(n: u8) -> ReportId {
    ReportId::from_bytes([n; 16])
}

/// The message in the outbox that is client's message `n`.
pub(crate) fn sms_message_id(n: u8) -> MessageId {
    MessageId::from_bytes([0x80 + n; 16])
}

/// A scheduled message of a client.
pub(crate) fn sms(n: u8) -> Sms {
    Sms {
        id: sms_id(n),
        account: account_id(1),
        message: sms_message_id(n),
        state: SmsState::Scheduled,
        err: 999,
        to: Some(user(n).phone),
        number_key: number_key(n),
        sender: "Köök".to_owned(),
        form: data_form(),
        scheduled_text: Some(Sealed::from_bytes(vec![n; 40])),
        parts: 3,
        price: 18_000,
        report_url: Some(format!("https://shop.example/report?n={n}")),
        text_store: TextStore::Plaintext,
        kept_text: KeptText::Sealed(Sealed::from_bytes(vec![n; 50])),
        created_at: at(1),
        send_at: at(1_000 * i64::from(n)),
        deadline: at(21_600_000),
        changed_at: at(2_000 * i64::from(n)),
    }
}

/// The same when it has left: with a digest, without what was needed to send.
pub(crate) fn sent_sms(n: u8) -> Sms {
    Sms {
        state: SmsState::Sent,
        to: None,
        scheduled_text: None,
        text_store: TextStore::Sha256,
        kept_text: KeptText::Digest(TextDigest::from_bytes([n; 32])),
        ..sms(n)
    }
}

pub(crate) fn data_form() -> MessageForm {
    MessageForm { body: BodyKind::Data, header: vec![5, 0, 3, 0xFF, 2, 1], class: Some(3) }
}

pub(crate) fn sms_message(n: u8) -> OutgoingMessage {
    OutgoingMessage {
        id: sms_message_id(n),
        purpose: Purpose::Text(sms_id(n)),
        form: data_form(),
        in_doubt: 1,
        ..message(n)
    }
}

pub(crate) fn sms_delivery(n: u8) -> Delivery {
    Delivery {
        message: sms_message_id(n),
        purpose: Purpose::Text(sms_id(n)),
        receipt: Some((ReceiptState::Undeliverable, at(77_777))),
        ..delivery(n)
    }
}

/// The report `n` of client's message `of`.
pub(crate) fn report(n: u8, of: u8) -> Report {
    Report {
        id: report_id(n),
        account: account_id(1),
        kind: ReportKind::Delivery {
            sms: sms_id(of),
            state: SmsState::Reported(ReceiptState::Rejected),
            err: 8,
        },
        url: "https://shop.example/report".to_owned(),
        attempts: 2,
        next_at: at(1_000 * i64::from(n)),
        lease: u64::MAX - u64::from(n),
    }
}

pub(crate) fn inbound_report(n: u8) -> Report {
    Report {
        kind: ReportKind::Inbound {
            body: Sealed::from_bytes(vec![n; 60]),
            signature: "0123456789abcdef".repeat(4),
        },
        ..report(n, 0)
    }
}

pub(crate) fn event_report(n: u8) -> Report {
    let signature = "t=1764180000,v1=0123".to_owned();
    let kind = ReportKind::Event { body: Sealed::from_bytes(vec![n; 60]), signature };
    Report { kind, ..report(n, 0) }
}

pub(crate) fn balance() -> Balance {
    Balance { amount: 70_754_000, reserved: 36_000 }
}

pub(crate) fn price(country: &str, mccmnc: &str, price: i64) -> Price {
    Price {
        country: Country::parse(country).expect("a country"),
        country_name: "Eesti, ☕".to_owned(),
        mccmnc: mccmnc.to_owned(),
        network: format!("Võrk {mccmnc}"),
        price,
    }
}

/// A price table, in its order.
pub(crate) fn prices() -> Vec<Price> {
    vec![
        price("EE", "", 6_000),
        price("EE", "24801", 5_999),
        price("FI", "24405", 0),
        price("US", "310", 1_000_000_000),
    ]
}

pub(super) fn everything() -> Vec<Change> {
    vec![
        Change::PutSms(Box::new(sms(1))),
        Change::PutSms(Box::new(sent_sms(2))),
        Change::PutDelivery(Box::new(sms_delivery(2))),
        Change::PutBalance(account_id(1), balance()),
        Change::ReplacePrices(prices()),
        Change::QueueReport(Box::new(report(1, 2))),
        Change::QueueReport(Box::new(inbound_report(2))),
    ]
}
