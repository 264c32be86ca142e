//! The wire of the widget: signatures, parameters and where answers may go.

mod parameters;
mod signature;
mod target;

use ringproof_verify::Timestamp;
use ringproof_verify::ids::{AccountId, WidgetSessionId};
use ringproof_verify::keys::{Keyring, RootKey};
use ringproof_verify::phone::PhoneNumber;
use ringproof_verify::record::{WidgetSession, WidgetStatus, WidgetStep, WidgetWire};
use ringproof_verify::widget::signature::WidgetSecret;
use ringproof_verify::widget::target::Target;

const CALLBACK: &str = "https://shop.example/verify/back";

fn now() -> Timestamp {
    Timestamp::from_second(1_767_226_200).expect("a time")
}

fn secret() -> WidgetSecret {
    WidgetSecret::choose("demo-pass-9f3a").expect("a secret")
}

fn shop() -> Vec<Target> {
    vec![Target::parse("https://shop.example/verify/").expect("a target")]
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A session that ended.
fn ended(wire: WidgetWire, status: WidgetStatus, phone: Option<&str>) -> WidgetSession {
    let id = WidgetSessionId::from_bytes([0x5a; 16]);
    let phone = phone.map(|phone| PhoneNumber::parse(phone).expect("a number"));
    let keyring = Keyring::new(&RootKey::from_bytes([1; 32]));
    WidgetSession {
        id,
        account: AccountId::from_i64(1),
        cookie: keyring.widget_cookie(id, "cookie"),
        wire,
        callback_url: CALLBACK.to_owned(),
        phone,
        is_phone_locked: false,
        nonce: (wire == WidgetWire::Two).then(|| "4f1d2c7b9a60e835".to_owned()),
        is_framed: false,
        step: WidgetStep::Done { status, phone, at: now(), confirmed_at: None },
        notice: None,
        typed: None,
        rounds: 0,
        starts: 0,
        created_at: now(),
        used_at: now(),
    }
}
