//! The widget's wire from both sides: what this library signs, the server's rules
//! take, and what they answer, this library takes, and nothing else.

mod calls;
mod confirm;
mod resplit;
mod tampering;
mod vectors;

use ringproof_client::widget::Signer;
use verify::Timestamp;
use verify::ids::{AccountId, WidgetSessionId};
use verify::keys::{Keyring, RootKey};
use verify::phone::PhoneNumber;
use verify::record::{WidgetSession, WidgetStatus, WidgetStep, WidgetWire};
use verify::widget::parameters::{ParametersError, Request, Rules};
use verify::widget::signature::{self, WidgetSecret};
use verify::widget::target::Target;

const USER: &str = "demouser01";
const SECRET: &str = "demo-pass-9f3a";
const PHONE: &str = "+37255500123";
const CALLBACK: &str = "https://shop.example/verify/back";
const NONCE: &str = "4f1d2c7b9a60e8354f1d2c";
const NOW: i64 = 1_767_226_200;

fn signer() -> Signer {
    Signer::new("https://verify.example/", USER, SECRET).expect("a signer")
}

/// What the server makes of an address.
fn taken(address: &str) -> Result<(WidgetWire, Request), Option<ParametersError>> {
    let (_, query) = address.split_once('?').expect("a query");
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            if byte == b'%' {
                bytes.extend(verify::hex::decode(&tail[..2]).expect("two digits"));
                rest = &tail[2..];
            } else {
                bytes.push(byte);
                rest = tail;
            }
        }
        String::from_utf8(bytes).expect("UTF-8")
    };
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    let secret = WidgetSecret::choose(SECRET).expect("a secret");
    let wire = signature::check_request(&secret, &pairs).ok_or(None)?;
    let targets = [Target::parse("https://shop.example/verify/").expect("a target")];
    let now = Timestamp::from_second(NOW).expect("a time");
    let rules = Rules { targets: &targets, is_compat: false, now };
    Ok((wire, Request::read(&pairs, &rules)?))
}

/// What the server answers at the end.
fn answered(
    wire: WidgetWire,
    status: WidgetStatus,
    phone: Option<&str>,
) -> Vec<(&'static str, String)> {
    let id = WidgetSessionId::from_bytes([0x5a; 16]);
    let phone = phone.map(|phone| PhoneNumber::parse(phone).expect("a number"));
    let at = Timestamp::from_second(NOW).expect("a time");
    let session = WidgetSession {
        id,
        account: AccountId::from_i64(1),
        cookie: Keyring::new(&RootKey::from_bytes([1; 32])).widget_cookie(id, "cookie"),
        wire,
        callback_url: CALLBACK.to_owned(),
        phone,
        is_phone_locked: false,
        nonce: (wire == WidgetWire::Two).then(|| NONCE.to_owned()),
        is_framed: false,
        step: WidgetStep::Done { status, phone, at, confirmed_at: None },
        notice: None,
        typed: None,
        rounds: 0,
        starts: 0,
        created_at: at,
        used_at: at,
    };
    let secret = WidgetSecret::choose(SECRET).expect("a secret");
    signature::answer(&secret, USER, &session, true).expect("it has ended")
}
