//! The limits that every message goes through, whichever door asked for it:
//! the list of blocked numbers, countries (D-31), throttles (D-26, D-27, D-30),
//! and whether there is a way out at all.

use std::collections::HashSet;
use std::fmt;

use super::{Change, Snapshot};
use crate::Timestamp;
use crate::ids::{AccountId, ServiceId};
use crate::keys::{AccountKeys, NumberKey};
use crate::limits::LIMIT_OFF;
use crate::phone::{Countries, Country, PhoneNumber};
use crate::send_limits::{PartSends, SendLimits, Throttle};
use crate::traffic::TrafficRefusal;

/// What lies before a message and is not in the store: a rule asks when it knows
/// the number. However often a rule asks within one request, the answer is the
/// same. Plain `true` or `false` says the same of all numbers.
pub trait Ways: fmt::Debug + Sync {
    /// Whether a gateway that may carry a message to this number takes messages.
    fn are_open_to(&self, to: &PhoneNumber) -> bool;

    /// What the guard against pumped traffic says of a code to this number
    /// ([`crate::traffic`]).
    ///
    /// # Errors
    /// Its refusal.
    fn guard(&self, _destination: &Destination) -> Result<(), TrafficRefusal> {
        Ok(())
    }

    /// Hears that four fifths of a cap of the account are used, if the message that is
    /// counted now is begun. Like all that a rule asks, it may be said more than once.
    fn nearly_full(&self, _destination: &Destination, _cap: Throttle) {}
}

impl Ways for bool {
    fn are_open_to(&self, _to: &PhoneNumber) -> bool {
        *self
    }
}

/// What governs sending, besides the snapshot.
#[derive(Debug)]
pub struct SendContext<'a> {
    /// Send limits with the account's overrides.
    pub sends: SendLimits,
    /// Countries that the account may send to.
    pub countries: &'a Countries,
    /// The country that is not foreign to the account.
    pub home_country: Option<Country>,
    /// Numbers that the configuration blocks, beside those of the store.
    pub blocked: &'a HashSet<NumberKey>,
    /// The account's keys.
    pub keys: &'a AccountKeys,
    /// The gateways that take messages at this time.
    pub ways: &'a dyn Ways,
    /// The dispatcher run that is handed the message right after the step; it
    /// holds the first lease, so that no claim is needed (ADR 2).
    pub lease: u64,
}

/// Where a message goes, and in whose name.
#[derive(Debug, Clone, Copy)]
pub struct Destination {
    /// The account.
    pub account: AccountId,
    /// The service under which sends to a number are counted.
    pub service: ServiceId,
    /// The number.
    pub to: PhoneNumber,
    /// Its keyed name.
    pub number_key: NumberKey,
}

/// Why nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendRefusal {
    /// The account must not send to this number.
    NumberBlocked,
    /// The account does not send to this country (D-31).
    CountryNotAllowed(Option<Country>),
    /// Too many messages (D-26, D-27, D-30, D-31).
    Throttled {
        /// Which throttle.
        throttle: Throttle,
        /// When it lifts.
        until: Timestamp,
    },
    /// No gateway takes messages now.
    NoOpenGateway,
}

/// Whether the account must not send to the number.
pub(super) fn check_blocked(
    snapshot: &Snapshot,
    number: NumberKey,
    context: &SendContext<'_>,
) -> Result<(), SendRefusal> {
    if snapshot.is_blocked || context.blocked.contains(&number) {
        return Err(SendRefusal::NumberBlocked);
    }
    Ok(())
}

/// Whether countries and throttles let a message through.
pub(super) fn check_limits(
    snapshot: &Snapshot,
    destination: &Destination,
    context: &SendContext<'_>,
    now: Timestamp,
) -> Result<(), SendRefusal> {
    let country = || destination.to.country();
    if !context.countries.allow_lazily(country) {
        return Err(SendRefusal::CountryNotAllowed(country()));
    }
    let number = snapshot.number_sends.throttled(now, destination.service, &context.sends);
    let foreign = foreign_country(destination, context);
    let nearest = nearest_part(destination);
    let account = snapshot.sends_of_account().throttled(now, foreign, &context.sends, nearest);
    match number.into_iter().chain(account).max_by_key(|t| t.until) {
        None => Ok(()),
        Some(t) => Err(SendRefusal::Throttled { throttle: t.throttle, until: t.until }),
    }
}

/// Whether a gateway of the number's route takes messages now.
pub(super) fn check_gateway(
    destination: &Destination,
    context: &SendContext<'_>,
) -> Result<(), SendRefusal> {
    let is_open = context.ways.are_open_to(&destination.to);
    if is_open { Ok(()) } else { Err(SendRefusal::NoOpenGateway) }
}

/// Whether the guard against pumped traffic lets a code through (`delivery.md` 10).
/// It is asked last, so that what is refused for another reason is not counted.
pub(super) fn check_traffic(
    destination: &Destination,
    context: &SendContext<'_>,
) -> Result<(), SendRefusal> {
    let refused = |refusal: TrafficRefusal| SendRefusal::Throttled {
        throttle: Throttle::Traffic(refusal.rule),
        until: refusal.until,
    };
    context.ways.guard(destination).map_err(refused)
}

/// Counts a message against the number.
pub(super) fn count_number(
    snapshot: &Snapshot,
    destination: &Destination,
    context: &SendContext<'_>,
    now: Timestamp,
) -> Change {
    let mut sends = snapshot.number_sends.clone();
    sends.record(now, destination.service, &context.sends);
    Change::PutNumberSends(destination.number_key, sends)
}

/// Counts a message that may be sent against the account, and against the country if that is
/// foreign to it.
pub(super) fn count_account(
    snapshot: &Snapshot,
    destination: &Destination,
    context: &SendContext<'_>,
    now: Timestamp,
) -> impl Iterator<Item = Change> + use<> {
    let (account, foreign) = (destination.account, foreign_country(destination, context));
    let nearest = nearest_part(destination);
    let sends = snapshot.sends_of_account();
    let caps = sends.nearly_full(now, foreign, &context.sends);
    caps.for_each(|cap| context.ways.nearly_full(destination, cap));
    let written = sends.record(now, foreign, &context.sends, nearest);
    written.into_iter().map(move |part| put_part(account, part))
}

/// The change that writes a part.
pub(super) fn put_part(account: AccountId, (part, sends): PartSends) -> Change {
    match part {
        0 => Change::PutAccountSends(account, sends),
        part => Change::PutAccountPart(account, part, sends),
    }
}

/// The part of the account where a message looks for room first: messages to
/// different numbers look in different ones.
fn nearest_part(destination: &Destination) -> u16 {
    // A keyed name is as good as chance.
    let bytes = destination.number_key.as_bytes();
    u16::from_be_bytes([bytes[0], bytes[1]])
}

/// The country of the number if it is counted: foreign to the account, and
/// limited. Telling the country costs more than all else here, so it is asked
/// for only then.
fn foreign_country(destination: &Destination, context: &SendContext<'_>) -> Option<Country> {
    if context.sends.country_sms_per_day >= LIMIT_OFF {
        return None;
    }
    destination.to.country().filter(|country| Some(*country) != context.home_country)
}
