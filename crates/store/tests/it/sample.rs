//! One record of every kind with every field filled; `n` tells two apart.

mod device;
mod number;
mod sms;
mod traffic;
mod widget;

use verify::Timestamp;
use verify::code::CodeLength;
use verify::engine::Change;
use verify::engine::sweep::StaleBefore;
use verify::guard::{DayFailures, Guard};
use verify::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use verify::keys::{ApiSecretDigest, CodeDigest, NumberKey};
use verify::phone::{Countries, Country, PhoneNumber};
use verify::record::{
    Account, Delivery, DeliveryState, KeptCode, MessageForm, Method, NumberProfile,
    OutgoingMessage, Purpose, Secret, Service, Trail, User, Verification,
};
use verify::sealed::Sealed;
use verify::send_limits::{
    AccountSends, CountrySends, HourSends, NumberSend, NumberSends, SendLimitOverrides,
};

pub(crate) use device::*;
pub(crate) use number::*;
pub(crate) use sms::*;
pub(crate) use traffic::*;
pub(crate) use widget::*;

/// So many milliseconds after the beginning of the tests' time.
pub(crate) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_760_400_000_000 + milliseconds).expect("within range")
}

pub(crate) fn account_id(n: u8) -> AccountId {
    AccountId::from_i64(i64::from(n) << 40)
}

pub(crate) fn service_id(n: u8) -> ServiceId {
    ServiceId::from_bytes([n; 16])
}

pub(crate) fn user_id(n: u8) -> UserId {
    UserId::from_bytes([n; 16])
}

pub(crate) fn message_id(n: u8) -> MessageId {
    MessageId::from_bytes([n; 16])
}

pub(crate) fn number_key(n: u8) -> NumberKey {
    NumberKey::from_bytes([n; 16])
}

pub(crate) fn account(n: u8) -> Account {
    Account {
        id: account_id(n),
        username: format!("account-{n}"),
        secret: Secret::Issued(ApiSecretDigest::from_bytes([n; 32])),
        is_enabled: true,
        is_compat: false,
        create_status: None,
        countries: Countries::All,
        home_country: None,
        allow_from: Vec::new(),
        takes_query_credentials: true,
        senders: Vec::new(),
        number_profile: NumberProfile::Standard,
        trusts_cookies: false,
        enforces_address_limits: false,
        report_url: None,
        limits: SendLimitOverrides::default(),
        created_at: at(i64::from(n)),
    }
}

pub(crate) fn service(n: u8) -> Service {
    Service {
        id: service_id(n),
        account: account_id(1),
        name: format!("Köök ☕ {n}"),
        host: "shop.example".to_owned(),
        host_text: format!("https://shop.example/{n}"),
        created_at: at(i64::from(n)),
    }
}

pub(crate) fn user(n: u8) -> User {
    User {
        id: user_id(n),
        service: service_id(1),
        login: format!("jäne-{n}@shop.example"),
        phone: PhoneNumber::parse(&format!("+372555{n:05}")).expect("a number"),
        number_key: number_key(n),
        devices_active: 2,
        created_at: at(i64::from(n)),
    }
}

pub(crate) fn verification(n: u8) -> Verification {
    Verification {
        id: VerificationId::from_bytes([n; 16]),
        method: Method::Sms,
        code: Some(KeptCode {
            digest: CodeDigest::from_bytes([n; 32]),
            sealed: Sealed::from_bytes(vec![n; 35]),
            length: CodeLength::new(8).expect("a length"),
        }),
        attempts: 3,
        is_exhausted: false,
        sends: 2,
        last_sent_at: Some(at(31_001)),
        last_message: Some(message_id(n)),
        created_at: at(1),
        expires_at: at(300_001),
    }
}

pub(crate) fn guard(n: u8) -> Guard {
    let day = |day, milliunits| DayFailures { day, milliunits };
    Guard {
        consecutive_failures: u32::from(n),
        blocks: 2,
        blocked_until: Some(at(1_800_000)),
        milliunits_since_success: 12_000,
        days: vec![day(20_374, 5_000), day(20_375, u32::MAX)],
    }
}

pub(crate) fn number_sends() -> NumberSends {
    let send = |milliseconds, service| NumberSend { at: at(milliseconds), service };
    NumberSends(vec![send(0, 7), send(30_000, u32::MAX), send(90_001, 0)])
}

pub(crate) fn account_sends() -> AccountSends {
    let hour = |hour, sends| HourSends { hour, sends };
    let country = |code, hour, sends| CountrySends {
        country: Country::parse(code).expect("a country"),
        hour,
        sends,
    };
    AccountSends {
        second: 1_760_400_090,
        second_sends: 3,
        hours: vec![hour(489_000, 17), hour(489_001, u32::MAX)],
        countries: vec![country("FI", 489_000, 3), country("US", 489_001, u32::MAX)],
        divided: 0,
    }
}

fn purpose(n: u8) -> Purpose {
    let verification = VerificationId::from_bytes([n; 16]);
    Purpose::Code { service: service_id(1), user: user_id(n), verification }
}

pub(crate) fn message(n: u8) -> OutgoingMessage {
    OutgoingMessage {
        id: message_id(n),
        account: account_id(1),
        purpose: purpose(n),
        to: user(n).phone,
        sender: "Verigator".to_owned(),
        form: MessageForm::default(),
        text: Sealed::from_bytes(vec![n; 70]),
        created_at: at(2),
        deadline: at(240_002),
        attempts: 1,
        in_doubt: 0,
        next_at: at(30_002),
        lease: u64::MAX - u64::from(n),
        trail: Trail::parse("first:retry").expect("a trail"),
        only_gateway: None,
        is_kept: false,
        left_for: None,
    }
}

pub(crate) fn delivery(n: u8) -> Delivery {
    Delivery {
        message: message_id(n),
        account: account_id(1),
        purpose: purpose(n),
        number_key: number_key(n),
        country: Country::parse("EE"),
        gateway: "inbox".to_owned(),
        state: DeliveryState::Accepted,
        attempts: 2,
        in_doubt: 1,
        queued_at: at(2),
        ended_at: at(i64::from(n) * 1_000),
        receipt: None,
        trail: Trail::parse("first:in_doubt,inbox:accepted").expect("a trail"),
        choice: "next after 1".to_owned(),
        parts: Vec::new(),
        cause: None,
        code: None,
    }
}

/// A service with two users who have everything a user can have, and beside
/// them one of every other kind of record.
pub(crate) fn everything() -> Vec<Change> {
    let mut changes =
        vec![Change::PutAccount(Box::new(account(1))), Change::InsertService(Box::new(service(1)))];
    for n in [1, 2] {
        let (service, id) = (service_id(1), user_id(n));
        changes.push(Change::InsertUser(Box::new(user(n))));
        changes.push(Change::PutVerification(service, id, Box::new(verification(n))));
        changes.push(Change::PutGuard(service, id, Box::new(guard(n))));
        changes.push(Change::PutNumberSends(number_key(n), number_sends()));
        changes.push(Change::QueueMessage(Box::new(message(n))));
        changes.push(Change::PutDelivery(Box::new(delivery(n + 10))));
    }
    changes.push(Change::PutAccountSends(account_id(1), account_sends()));
    changes.extend(device::everything());
    changes.extend(number::everything());
    changes.extend(sms::everything());
    changes.extend(traffic::everything());
    changes.extend(widget::everything());
    changes
}

/// Everything that was last used at or before this is stale.
pub(crate) fn stale_before(time: Timestamp) -> StaleBefore {
    StaleBefore {
        numbers: time,
        deliveries: time,
        confirmations: time,
        trusts: time,
        addresses: time,
        sms_texts: time,
        sms: time,
    }
}
