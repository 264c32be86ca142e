//! How the few columns are written that hold a list, a word or half a record,
//! the same in every database. What cannot be read is `None`.

use verify::Timestamp;
use verify::ids::{ServiceId, SmsId, UserId, VerificationId};
use verify::keys::RecoveryDigest;
use verify::message::SenderId;
use verify::phone::Country;
use verify::phone::PhoneNumber;
use verify::record::{
    CreateStatus, MessageForm, Purpose, ReceiptState, Version1, WidgetStatus, WidgetStep,
    WidgetWire,
};
use verify::send_limits::address::AddressStart;
use verify::send_limits::{AddressSends, CountrySends, NumberSend, NumberSends};

pub(crate) mod traffic;

/// Reads `a,b`; empty is none.
pub(crate) fn senders(text: &str) -> Option<Vec<SenderId>> {
    text.split(',').filter(|name| !name.is_empty()).map(SenderId::parse).collect()
}

pub(crate) fn create_status(word: &str) -> Option<CreateStatus> {
    [CreateStatus::Auto, CreateStatus::Ok, CreateStatus::Created]
        .into_iter()
        .find(|status| create_status_word(*status) == word)
}

pub(crate) fn create_status_word(status: CreateStatus) -> &'static str {
    match status {
        CreateStatus::Auto => "auto",
        CreateStatus::Ok => "200",
        CreateStatus::Created => "201",
    }
}

/// Reads `a:b,c:d`.
pub(crate) fn pairs(text: &str) -> Option<Vec<(i64, u32)>> {
    let parse = |pair: &str| {
        let (a, b) = pair.split_once(':')?;
        Some((a.parse().ok()?, b.parse().ok()?))
    };
    text.split(',').filter(|pair| !pair.is_empty()).map(parse).collect()
}

/// Writes `a:b,c:d`.
pub(crate) fn pairs_text(pairs: impl Iterator<Item = (i64, u32)>) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (a, b) in pairs {
        let comma = if text.is_empty() { "" } else { "," };
        write!(text, "{comma}{a}:{b}").expect("a string takes everything");
    }
    text
}

/// Reads `EE:489000:17,…`.
pub(crate) fn country_sends(text: &str) -> Option<Vec<CountrySends>> {
    let parse = |entry: &str| {
        let (country, rest) = entry.split_once(':')?;
        let (hour, sends) = rest.split_once(':')?;
        let country = Country::parse(country)?;
        Some(CountrySends { country, hour: hour.parse().ok()?, sends: sends.parse().ok()? })
    };
    text.split(',').filter(|entry| !entry.is_empty()).map(parse).collect()
}

/// Writes `EE:489000:17,…`.
pub(crate) fn country_sends_text(countries: &[CountrySends]) -> String {
    let entries = countries.iter().map(|c| format!("{}:{}:{}", c.country, c.hour, c.sends));
    entries.collect::<Vec<_>>().join(",")
}

/// Bytes of one send to a number: eight of time, four of service.
const SEND_BYTES: usize = 12;

pub(crate) fn number_sends(bytes: &[u8]) -> Option<NumberSends> {
    let send = |chunk: &[u8]| {
        let (at, service) = chunk.split_first_chunk::<8>()?;
        let service = u32::from_be_bytes(service.try_into().ok()?);
        Some(NumberSend { at: millis(*at)?, service })
    };
    bytes.chunks_exact(SEND_BYTES).map(send).collect::<Option<_>>().map(NumberSends)
}

pub(crate) fn number_sends_bytes(sends: &NumberSends) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sends.0.len() * SEND_BYTES);
    for send in &sends.0 {
        bytes.extend_from_slice(&send.at.as_millisecond().to_be_bytes());
        bytes.extend_from_slice(&send.service.to_be_bytes());
    }
    bytes
}

/// Bytes of one start: eight of time, four of number.
const START_BYTES: usize = 12;

pub(crate) fn address_sends(starts: &[u8], checks: &[u8]) -> Option<AddressSends> {
    let start = |chunk: &[u8]| {
        let (at, number) = chunk.split_first_chunk::<8>()?;
        Some(AddressStart { at: millis(*at)?, number: u32::from_be_bytes(number.try_into().ok()?) })
    };
    Some(AddressSends {
        starts: starts.chunks_exact(START_BYTES).map(start).collect::<Option<_>>()?,
        checks: times(checks)?,
    })
}

pub(crate) fn address_starts_bytes(sends: &AddressSends) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sends.starts.len() * START_BYTES);
    for start in &sends.starts {
        bytes.extend_from_slice(&start.at.as_millisecond().to_be_bytes());
        bytes.extend_from_slice(&start.number.to_be_bytes());
    }
    bytes
}

/// Bytes of one time.
const TIME_BYTES: usize = 8;

pub(crate) fn times(bytes: &[u8]) -> Option<Vec<Timestamp>> {
    bytes.chunks(TIME_BYTES).map(|chunk| millis(chunk.try_into().ok()?)).collect()
}

pub(crate) fn times_bytes(times: &[Timestamp]) -> Vec<u8> {
    times.iter().flat_map(|at| at.as_millisecond().to_be_bytes()).collect()
}

fn millis(bytes: [u8; 8]) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::from_be_bytes(bytes)).ok()
}

/// Bytes of one digest of a recovery code.
const DIGEST_BYTES: usize = 32;

pub(crate) fn digests(bytes: &[u8]) -> Option<Vec<RecoveryDigest>> {
    let read = |chunk: &[u8]| Some(RecoveryDigest::from_bytes(chunk.try_into().ok()?));
    bytes.chunks(DIGEST_BYTES).map(read).collect()
}

pub(crate) fn digests_bytes(digests: &[RecoveryDigest]) -> Vec<u8> {
    digests.iter().flat_map(|digest| *digest.as_bytes()).collect()
}

/// Reads `delivered,,failed`.
pub(crate) fn parts(text: &str) -> Option<Vec<Option<ReceiptState>>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let part = |word: &str| match word {
        "" => Some(None),
        word => ReceiptState::parse(word).map(Some),
    };
    text.split(',').map(part).collect()
}

/// Writes `delivered,,failed`; a message in one part has no list.
pub(crate) fn parts_text(parts: &[Option<ReceiptState>]) -> String {
    let words = parts.iter().map(|part| part.map_or("", ReceiptState::as_str));
    words.collect::<Vec<_>>().join(",")
}

pub(crate) fn purpose(
    sms: Option<[u8; 20]>,
    service: [u8; 16],
    user: [u8; 16],
    verification: [u8; 16],
) -> Purpose {
    match sms {
        Some(sms) => Purpose::Text(SmsId::from_bytes(sms)),
        None => Purpose::Code {
            service: ServiceId::from_bytes(service),
            user: UserId::from_bytes(user),
            verification: VerificationId::from_bytes(verification),
        },
    }
}

/// The ids of a purpose as columns: service, user, verification, client's
/// message.
pub(crate) fn purpose_columns(
    purpose: &Purpose,
) -> ([u8; 16], [u8; 16], [u8; 16], Option<[u8; 20]>) {
    match purpose {
        Purpose::Code { service, user, verification } => {
            (*service.as_bytes(), *user.as_bytes(), *verification.as_bytes(), None)
        }
        Purpose::Text(sms) => ([0; 16], [0; 16], [0; 16], Some(*sms.as_bytes())),
    }
}

/// The header as its column; none is no value.
pub(crate) fn header_column(form: &MessageForm) -> Option<&[u8]> {
    (!form.header.is_empty()).then_some(form.header.as_slice())
}

/// The lines of a column; empty is none.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

pub(crate) fn version_1_word(version: Version1) -> &'static str {
    match version {
        Version1::AsAccount => "account",
        Version1::Off => "off",
        Version1::On => "on",
        Version1::Until(_) => "until",
    }
}

pub(crate) fn wire(word: &str) -> Option<WidgetWire> {
    let mut wires = [WidgetWire::Pass, WidgetWire::Password, WidgetWire::Two].into_iter();
    wires.find(|wire| wire_word(*wire) == word)
}

pub(crate) fn wire_word(wire: WidgetWire) -> &'static str {
    match wire {
        WidgetWire::Pass => "pass",
        WidgetWire::Password => "password",
        WidgetWire::Two => "two",
    }
}

/// Where a person is, as columns; a step leaves empty what it does not have.
#[derive(Default)]
pub(crate) struct StepColumns<'s> {
    pub(crate) word: &'static str,
    pub(crate) phone: Option<&'s PhoneNumber>,
    pub(crate) verification: Option<&'s VerificationId>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) resend_at: Option<Timestamp>,
    pub(crate) status: Option<WidgetStatus>,
    pub(crate) done_at: Option<Timestamp>,
    pub(crate) confirmed_at: Option<Timestamp>,
}

impl<'s> StepColumns<'s> {
    pub(crate) fn of(step: &'s WidgetStep) -> Self {
        match step {
            WidgetStep::Number => Self { word: "number", ..Self::default() },
            WidgetStep::Code { to, verification, expires_at, resend_at } => Self {
                word: "code",
                phone: Some(to),
                verification: Some(verification),
                expires_at: Some(*expires_at),
                resend_at: *resend_at,
                ..Self::default()
            },
            WidgetStep::Done { status, phone, at, confirmed_at } => Self {
                word: "done",
                phone: phone.as_ref(),
                status: Some(*status),
                done_at: Some(*at),
                confirmed_at: *confirmed_at,
                ..Self::default()
            },
        }
    }
}
