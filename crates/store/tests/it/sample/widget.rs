//! The verification widget: settings, sessions in every state, traffic.

use verify::engine::Change;
use verify::ids::{VerificationId, WidgetSessionId};
use verify::keys::WidgetCookieDigest;
use verify::record::{
    Brand, Colour, Notice, NoticeKind, TypedNumber, Version1, WidgetSession, WidgetSettings,
    WidgetStatus, WidgetStep, WidgetTraffic, WidgetWire,
};
use verify::sealed::Sealed;

use super::{account_id, at, user};

pub(crate) fn widget_settings(n: u8) -> WidgetSettings {
    WidgetSettings {
        account: account_id(n),
        secret: Some(Sealed::from_bytes(vec![n; 61])),
        version_1: Version1::Until(at(86_400_001)),
        targets: vec!["https://shop.example/back".to_owned(), format!("https://{n}.example/")],
        frame_origins: vec!["https://shop.example".to_owned()],
        signs_twice: true,
        is_origin_bound: true,
        brand: Brand {
            name: Some("Köök ☕".to_owned()),
            accent: Some(Colour([n, 0, 255])),
            strip: Some(Colour([255, n, 0])),
            logo: Some(vec![n; 5_000]),
        },
    }
}

/// An account that has a record and nothing in it.
pub(crate) fn bare_settings(n: u8) -> WidgetSettings {
    WidgetSettings {
        account: account_id(n),
        secret: None,
        version_1: Version1::AsAccount,
        targets: Vec::new(),
        frame_origins: Vec::new(),
        signs_twice: false,
        is_origin_bound: false,
        brand: Brand::default(),
    }
}

pub(crate) fn widget_session_id(n: u8) -> WidgetSessionId {
    WidgetSessionId::from_bytes([n; 16])
}

/// A session that waits for a code.
pub(crate) fn widget_session(n: u8) -> WidgetSession {
    WidgetSession {
        id: widget_session_id(n),
        account: account_id(1),
        cookie: WidgetCookieDigest::from_bytes([n; 32]),
        wire: WidgetWire::Two,
        callback_url: format!("https://shop.example/back?jäne={n}"),
        phone: Some(user(n).phone),
        is_phone_locked: true,
        nonce: Some("4f1d2c7b9a60e835".to_owned()),
        is_framed: true,
        step: WidgetStep::Code {
            to: user(n + 1).phone,
            verification: VerificationId::from_bytes([n; 16]),
            expires_at: at(300_001),
            resend_at: Some(at(90_001)),
        },
        notice: Some(Notice { kind: NoticeKind::ResendLater, until: Some(at(30_001)) }),
        typed: Some(TypedNumber::new("+372 555\n☎".to_owned())),
        rounds: 2,
        starts: 3,
        created_at: at(i64::from(n)),
        used_at: at(5_000 + i64::from(n)),
    }
}

/// The same session wherever it can be, with and without what can be missing.
pub(crate) fn widget_steps(n: u8) -> Vec<WidgetStep> {
    let (to, verification) = (user(n).phone, VerificationId::from_bytes([n; 16]));
    let code = |resend_at| WidgetStep::Code { to, verification, expires_at: at(9), resend_at };
    let done = |status, phone, confirmed_at| WidgetStep::Done {
        status,
        phone,
        at: at(7_001),
        confirmed_at,
    };
    vec![
        WidgetStep::Number,
        code(None),
        code(Some(at(8))),
        done(WidgetStatus::Verified, Some(to), None),
        done(WidgetStatus::Verified, Some(to), Some(at(7_002))),
        done(WidgetStatus::Cancelled, None, None),
        done(WidgetStatus::Cancelled, Some(to), Some(at(7_003))),
    ]
}

pub(crate) const WIRES: [WidgetWire; 3] = [WidgetWire::Pass, WidgetWire::Password, WidgetWire::Two];

pub(crate) const NOTICES: [NoticeKind; 14] = [
    NoticeKind::NumberInvalid,
    NoticeKind::NumberRefused,
    NoticeKind::CountryRefused,
    NoticeKind::NumberThrottled,
    NoticeKind::AddressThrottled,
    NoticeKind::Locked,
    NoticeKind::SendingFailed,
    NoticeKind::WorkMissing,
    NoticeKind::WorkAgain,
    NoticeKind::CodeIncomplete,
    NoticeKind::CodeWrong,
    NoticeKind::RoundOver,
    NoticeKind::Resent,
    NoticeKind::ResendLater,
];

pub(crate) fn widget_traffic() -> WidgetTraffic {
    WidgetTraffic {
        sends: vec![at(0), at(0), at(7_001)],
        entered: vec![at(1), at(7_002)],
        attack_until: Some(at(3_600_001)),
    }
}

pub(super) fn everything() -> Vec<Change> {
    let mut changes = vec![
        Change::PutWidgetSettings(Box::new(widget_settings(1))),
        Change::PutWidgetTraffic(account_id(1), widget_traffic()),
    ];
    let sessions = [1, 2].map(|n| Change::PutWidgetSession(Box::new(widget_session(n))));
    changes.extend(sessions);
    changes
}
