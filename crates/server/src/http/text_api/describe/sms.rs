//! `/send_sms` and its sisters.

use serde_json::{Value, json};

use super::super::answer::{ErrorCode, FailedCode, Line};
use super::parameters::{Named, digits, with_credentials};
use super::{Fields, Right, Told, members};
use crate::openapi::model::Shown;
use crate::openapi::sample;
use crate::openapi::schemas::{object, one_of, pattern, text};

const NUMBER: &str = "+3725550123";
const OK_ID: &str = "OK [0-9a-f]{40}";

pub(super) fn send() -> Told {
    let sent: Fields = vec![("to", NUMBER), ("text", "Your parcel is here")];
    let to = |number| -> Fields { vec![("to", number), ("text", "Your parcel is here")] };
    let with = |name, value| -> Fields { vec![("to", NUMBER), ("text", "Hello"), (name, value)] };
    let own = vec![
        Named::needed("to", "One number with country code."),
        Named::other("text", text(), "What the message says; or data."),
        Named::other("data", text(), "Bytes of a binary message."),
        Named::other("charset", text(), "How text is written, UTF-8 if not given."),
        Named::other(
            "autoconvert",
            text(),
            "Whether signs are written in the alphabet of phones: on, off, or full.",
        ),
        Named::other("udh", text(), "User data header, as bytes or their hex digits."),
        Named::other("mclass", digits(0, Some(3)), "Message class."),
        Named::other("from", text(), "One of the account's senders."),
        Named::other("time_to_send", digits(0, None), "When to send it, Unix seconds."),
        Named::other("validity", digits(0, None), "Minutes for which delivery is tried."),
        Named::other(
            "text-store",
            one_of(&["plaintext", "sha256", "nostore"]),
            "How the text is kept.",
        ),
        Named::other("dlr-url", text(), "Where reports go."),
    ];
    let error = |code, fields: Fields| (Line::Error(code), fields);
    Told {
        ids: ["sendSms", "sendSmsByGet"],
        summary: "Send a message",
        text: "Sends or schedules one message to one number. The word behind OK is its id.",
        parameters: with_credentials(own),
        rights: vec![Right::line("ok", &sent, &format!("OK {}", sample::MESSAGE), OK_ID)],
        refusals: vec![
            error(ErrorCode::CountryNotFound, to("+88810000000")),
            error(ErrorCode::NumberInvalid, to("none")),
            error(ErrorCode::SendCountryNotServed, to("+4930123456")),
            error(ErrorCode::NoCredit, sent.clone()),
            error(ErrorCode::NumberBlocked, sent.clone()),
            error(ErrorCode::SenderNotActivated, with("from", "Nobody")),
            (Line::Failed(FailedCode::ServerFault), sent.clone()),
        ],
        sent,
    }
}

fn of_message() -> Fields {
    vec![("sms_unique_id", sample::MESSAGE)]
}

pub(super) fn state() -> Told {
    let sent = of_message();
    let line = |name, word: &'static str, form| Right::line(name, &sent, word, form);
    Told {
        ids: ["readSmsState", "readSmsStateByGet"],
        summary: "What became of a message",
        text: "DELIVERED and FAILED are final.",
        parameters: with_credentials(vec![
            Named::other("sms_unique_id", text(), "The id from send."),
            Named::other("sms_uniq_id", text(), "The same, as one old client writes it."),
        ]),
        rights: vec![
            line("sent", "OK SENT", "OK SENT"),
            line("delivered", "OK DELIVERED", "OK DELIVERED"),
            line("failed", "OK FAILED", "OK FAILED"),
        ],
        refusals: vec![
            (Line::Failed(FailedCode::NoReportYet), sent.clone()),
            (
                Line::Error(ErrorCode::MessageNotFound),
                vec![("sms_unique_id", sample::MISSING_MESSAGE)],
            ),
        ],
        sent,
    }
}

pub(super) fn cancel() -> Told {
    let sent = of_message();
    Told {
        ids: ["cancelSms", "cancelSmsByGet"],
        summary: "Take a scheduled message back",
        text: "Only a message that waits for its time can be taken back.",
        parameters: with_credentials(vec![Named::needed("sms_unique_id", "The id from send.")]),
        rights: vec![Right::line("deleted", &sent, "OK DELETED", "OK DELETED")],
        refusals: vec![(
            Line::Error(ErrorCode::MessageNotFound),
            vec![("sms_unique_id", sample::MISSING_MESSAGE)],
        )],
        sent,
    }
}

pub(super) fn balance() -> Told {
    let sent = Fields::new();
    Told {
        ids: ["readBalance", "readBalanceByGet"],
        summary: "Read the balance",
        text: "In euro, with two to five decimals; an account that does not pay has 0.00.",
        parameters: with_credentials(Vec::new()),
        rights: vec![Right::line("ok", &sent, "OK 10.50", "OK [0-9]+\\.[0-9]{2,5}")],
        refusals: Vec::new(),
        sent,
    }
}

/// The prices of one country as JSON.
pub(super) fn prices_schema() -> Value {
    // Clients disagree on this member, so callers that name JSON get a number.
    let mccmnc = json!({ "type": ["integer", "string"] });
    let price = pattern("^[0-9]+\\.[0-9]{5}$");
    let network = object(&[("mccmnc", mccmnc), ("name", text()), ("price", price)], &[]);
    let networks = json!({ "type": "array", "items": network });
    let country = pattern("^[A-Z]{2}$");
    object(
        &[("country", country), ("name", text()), ("prefix", text()), ("networks", networks)],
        &[],
    )
}

pub(super) fn prices() -> Told {
    let sent: Fields = vec![("country", "EE")];
    let of = |country| -> Fields { vec![("country", country)] };
    let in_format = |format| -> Fields { vec![("country", "EE"), ("format", format)] };
    let network = |mccmnc: Value, name: &str, price: &str| {
        members(&[("mccmnc", mccmnc), ("name", json!(name)), ("price", json!(price))])
    };
    let country = members(&[
        ("country", json!("EE")),
        ("name", json!("Estonia")),
        ("prefix", json!("372")),
        (
            "networks",
            json!([
                network(json!(24801), "Telia", "0.05000"),
                network(json!(24803), "Tele2", "0.06000"),
            ]),
        ),
    ]);
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<pricing><country>EE</country>\
               <name>Estonia</name><prefix>372</prefix><networks><network><mccmnc>24801</mccmnc><name>Telia\
               </name><price>0.05000</price></network><network><mccmnc>24803</mccmnc><name>Tele2</name>\
               <price>0.06000</price></network></networks></pricing>";
    let mut as_json = Right::document("json", &sent, Shown::Json(country), "application/json");
    as_json.header = Some("Accept: application/json");
    let xml = Shown::Text(xml.to_owned());
    Told {
        ids: ["readPrices", "readPricesByGet"],
        summary: "Prices of a country",
        text: "JSON has the type application/json if Accept names it, and mccmnc is a number then; \
               else it has the type text/html, which one old client insists on.",
        parameters: with_credentials(vec![
            Named::needed("country", "Two letters (ISO 3166-1)."),
            Named::other("format", one_of(&["json", "xml"]), "json if not given."),
        ]),
        rights: vec![as_json, Right::document("xml", &in_format("xml"), xml, "application/xml")],
        refusals: vec![
            (Line::Error(ErrorCode::CountryNotFound), of("XX")),
            (Line::Error(ErrorCode::PricesCountryNotServed), of("DE")),
            (Line::Error(ErrorCode::FormatUnknown), in_format("csv")),
        ],
        sent,
    }
}

pub(super) fn price_list() -> Told {
    let sent = Fields::new();
    let csv = "Country,Code,MCCMNC,Network,Price\nEstonia,EE,24801,Telia,0.05\nEstonia,EE,24803,Tele2,0.06\n\
               Finland,FI,,Finland,0.07\n";
    let csv = Shown::Text(csv.to_owned());
    Told {
        ids: ["readPriceList", "readPriceListByGet"],
        summary: "Prices of all countries",
        text: "CSV, a line for each network.",
        parameters: with_credentials(Vec::new()),
        rights: vec![Right::document("csv", &sent, csv, "text/csv")],
        refusals: Vec::new(),
        sent,
    }
}
