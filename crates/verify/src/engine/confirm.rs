//! Start the confirmation of a bare number (`number-verification-api.md` 3).

mod unseen;

pub use unseen::{UnseenOutcome, start_unseen};

use super::admit::SendContext;
use super::begin::{self, BeginContext, BeginRefusal, Started, Subject, Terms};
use super::{Change, Decision, Keys, Snapshot};
use crate::code::CodeLength;
use crate::entropy::Entropy;
use crate::guard::GuardPolicy;
use crate::ids::{AccountId, VerificationId};
use crate::keys::{AddressKey, Keyring};
use crate::message::{SenderId, Template};
use crate::phone::PhoneNumber;
use crate::policy::{CodePolicy, Policy};
use crate::record::{BrowserTrace, Confirmation, NumberProfile, OutgoingMessage, Trust};
use crate::{SignedDuration, Timestamp};

/// Which number is to be confirmed, and how.
#[derive(Debug, Clone)]
pub struct ConfirmRequest {
    /// The number under its derived names.
    pub subject: Subject,
    /// Digits of the code.
    pub length: CodeLength,
    /// Life of the code.
    pub lifetime: SignedDuration,
    /// The message text.
    pub template: Template,
    /// Origin to show.
    pub sender: SenderId,
    /// Messages in all: the first and its automatic repeats.
    pub messages_max: u32,
    /// Pause before a repeat.
    pub repeat_pause: SignedDuration,
    /// What the caller tells of the person's browser.
    pub browser: BrowserTrace,
    /// How long a browser is trusted; `None` where the shortcut is off (S-21).
    pub trusted_for: Option<SignedDuration>,
    /// The person's address and its network, if the caller tells it.
    pub addresses: Option<[AddressKey; 2]>,
    /// The limits per address refuse; otherwise they only count.
    pub enforces_address_limits: bool,
}

/// What governs a confirmation, besides the snapshot.
#[derive(Debug)]
pub struct ConfirmContext<'a> {
    /// The numbers in force.
    pub policy: &'a Policy,
    /// Budget and blocks of a number.
    pub guard: GuardPolicy,
    /// Sending.
    pub send: SendContext<'a>,
}

/// Answer of [`start`].
#[derive(Debug)]
pub enum ConfirmOutcome {
    /// The browser is trusted: nothing was sent, and nothing needs checking.
    Trusted,
    /// A verification lives.
    Started {
        /// Its id.
        verification: VerificationId,
        /// The message that was queued; `None` if no message was due.
        message: Option<Box<OutgoingMessage>>,
        /// First moment at which the code is no longer accepted.
        expires_at: Timestamp,
        /// When another message can be asked for; `None` if this was the last.
        resend_at: Option<Timestamp>,
        /// When the code is sent once more by itself, if it is.
        repeat_at: Option<Timestamp>,
        /// The limits per address would have refused it.
        is_over_address_limit: bool,
    },
    /// Nothing was sent.
    Refused(ConfirmRefusal),
}

/// Why a confirmation is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmRefusal {
    /// As for every verification.
    Begin(BeginRefusal),
    /// Too much comes from the person's address (D-28, D-29).
    AddressThrottled {
        /// When it lifts.
        until: Timestamp,
    },
}

/// A number under the names that are derived for it.
pub fn subject(keys: &Keyring, account: AccountId, to: PhoneNumber) -> Subject {
    let number_key = keys.number_key(&to);
    let (service, user) = keys.confirmation_subject(account, number_key);
    Subject { account, service, user, to, number_key }
}

/// Budget and blocks of a number: where short codes may occur, the budget is
/// larger, because a single wrong guess at one costs more than the whole budget
/// of six digits (D-9).
pub fn guard_policy(policy: &Policy, profile: NumberProfile) -> GuardPolicy {
    let mut guard = policy.guard.clone();
    if profile.allows_short_codes() {
        guard.budget_milliunits = guard.budget_milliunits.max(SHORT_CODE_BUDGET_MILLIUNITS);
    }
    guard
}

/// D-9, profile `legacy-short`.
const SHORT_CODE_BUDGET_MILLIUNITS: u32 = 3_000_000;

/// Digits of a code under a profile, as a call asks for them (S-2).
pub fn code_length(
    profile: NumberProfile,
    asked: Option<CodeLength>,
    policy: &CodePolicy,
) -> CodeLength {
    let asked = match (profile, asked) {
        (NumberProfile::LegacyShort, None) => CodeLength::SHORTEST,
        (_, None) => policy.length,
        (_, Some(length)) => length,
    };
    if asked.is_short() && !profile.allows_short_codes() { policy.length } else { asked }
}

/// Life of a code of this length, as a call asks for it (D-2).
pub fn code_lifetime(
    profile: NumberProfile,
    asked: Option<SignedDuration>,
    policy: &CodePolicy,
) -> SignedDuration {
    let longest = if profile.allows_short_codes() { LIFETIME_MAX_LEGACY } else { LIFETIME_MAX };
    asked.map_or(policy.lifetime, |asked| asked.clamp(LIFETIME_MIN, longest))
}

/// D-2, hard limits.
const LIFETIME_MIN: SignedDuration = SignedDuration::from_secs(30);
const LIFETIME_MAX: SignedDuration = SignedDuration::from_secs(600);
/// D-2, profile `legacy-short`.
const LIFETIME_MAX_LEGACY: SignedDuration = SignedDuration::from_secs(1_800);

/// Lifts every block and lock of a number and forgets its failures: the operator
/// has made sure of the person by other means (S-11 a).
pub fn unlock(subject: &Subject) -> Decision<()> {
    let change = Change::PutGuard(subject.service, subject.user, Box::default());
    Decision::with(vec![change], ())
}

/// Records that [`start`] needs.
pub fn keys(request: &ConfirmRequest) -> Keys {
    let Subject { account, service, user, number_key, .. } = request.subject;
    let cookie = request.browser.cookie.filter(|_| request.trusted_for.is_some());
    Keys {
        subject: Some((service, user)),
        confirmation_of_subject: Some(account),
        number: Some(number_key),
        blocked_for: Some(account),
        account_sends: Some(account),
        trust: cookie.map(|cookie| (account, number_key, cookie)),
        addresses: request.addresses.map(Vec::from).unwrap_or_default(),
        ..Keys::default()
    }
}

/// Starts the confirmation of a number, or resends the code of the one that
/// lives; see [`begin::by_message`].
pub fn start(
    snapshot: &Snapshot,
    request: &ConfirmRequest,
    context: &ConfirmContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<ConfirmOutcome> {
    // A blocked number is refused before a browser is trusted with it.
    let refused = |refusal| Decision::unchanged(ConfirmOutcome::Refused(refusal));
    let number = request.subject.number_key;
    if let Err(refusal) = super::admit::check_blocked(snapshot, number, &context.send) {
        return refused(ConfirmRefusal::Begin(BeginRefusal::Send(refusal)));
    }
    if is_trusted(snapshot.trust.as_ref(), request, now) {
        return Decision::unchanged(ConfirmOutcome::Trusted);
    }
    let over_limit = address_refused_until(snapshot, request, context.policy, now);
    if let Some(until) = over_limit.filter(|_| request.enforces_address_limits) {
        return refused(ConfirmRefusal::AddressThrottled { until });
    }
    let cost = request.length.guess_cost_milliunits();
    let guard = begin::check_guard(snapshot, cost, &context.guard, now);
    let terms = Terms {
        length: request.length,
        lifetime: request.lifetime,
        template: &request.template,
        sender: request.sender.as_str(),
    };
    let sending = BeginContext { codes: &context.policy.codes, send: &context.send };
    let begun = guard.and_then(|()| {
        begin::by_message(snapshot, &request.subject, &terms, &sending, now, entropy)
    });
    let (mut changes, started) = match begun {
        Ok(begun) => begun,
        Err(refusal) => return refused(ConfirmRefusal::Begin(refusal)),
    };
    changes.extend(count_addresses(snapshot, request, context.policy, now));
    let of_this = |c: &&Confirmation| c.id == started.verification;
    let known = snapshot.confirmation.as_ref().filter(of_this);
    let browser = browser_of_all(known, request);
    if started.message.is_some() {
        let codes = &context.policy.codes;
        let confirmation = Confirmation { browser, ..confirmation(request, &started, codes, now) };
        changes.push(Change::PutConfirmation(Box::new(confirmation)));
    } else if let Some(known) = known.filter(|known| known.browser != browser) {
        let forgotten = Confirmation { browser, ..known.clone() };
        changes.push(Change::PutConfirmation(Box::new(forgotten)));
    }
    let repeat_at = match &started.message {
        Some(_) => {
            let messages_max = request.messages_max.min(context.policy.codes.sends_max);
            let codes = &context.policy.codes;
            next_repeat(request.repeat_pause, messages_max, &started, codes, now)
        }
        None => known.and_then(|known| known.repeat_at),
    };
    let outcome = ConfirmOutcome::Started {
        repeat_at,
        verification: started.verification,
        expires_at: started.expires_at,
        resend_at: resend_at(snapshot, &started, &context.policy.codes, now),
        message: started.message,
        is_over_address_limit: over_limit.is_some(),
    };
    Decision::with(changes, outcome)
}

/// `number-verification-api.md` 5, rule 5: the same network, and the same
/// browser if one is remembered.
fn is_trusted(kept: Option<&Trust>, request: &ConfirmRequest, now: Timestamp) -> bool {
    let (Some(kept), Some(trusted_for)) = (kept, request.trusted_for) else { return false };
    let is_young = kept.created_at.saturating_add(trusted_for).is_ok_and(|end| now < end);
    let is_same_network = kept.network == request.browser.network;
    let is_same_agent = kept.agent.is_none() || kept.agent == request.browser.agent;
    is_young && is_same_network && is_same_agent
}

fn address_refused_until(
    snapshot: &Snapshot,
    request: &ConfirmRequest,
    policy: &Policy,
    now: Timestamp,
) -> Option<Timestamp> {
    request.addresses?;
    let [address, network, ..] = snapshot.addresses.as_slice() else { return None };
    let limits = &policy.addresses;
    let of_network = network.network_refused_until(now, limits);
    address.start_refused_until(now, limits).max(of_network)
}

/// When a start of the same number sends again (D-4, D-5, D-6).
fn resend_at(
    snapshot: &Snapshot,
    started: &Started,
    codes: &CodePolicy,
    now: Timestamp,
) -> Option<Timestamp> {
    let at = match &started.message {
        Some(_) => now.saturating_add(codes.cooldown_after(started.sends)).ok(),
        None => begin::resend_from(snapshot.verification.as_ref()?, codes),
    };
    let has_enough_left =
        |at: &Timestamp| started.expires_at.duration_since(*at) >= codes.resend_remaining_min;
    // A cooldown that is over sent nothing: too little is left of the code.
    let at = at.map(|at| at.max(now));
    at.filter(|at| started.sends < codes.sends_max && has_enough_left(at))
}

fn count_addresses(
    snapshot: &Snapshot,
    request: &ConfirmRequest,
    policy: &Policy,
    now: Timestamp,
) -> Vec<Change> {
    let Some(keys) = request.addresses else { return Vec::new() };
    let limits = &policy.addresses;
    let kept = [limits.starts_per_day, limits.network_starts_per_day];
    let counted = keys.into_iter().zip(&snapshot.addresses).zip(kept);
    let counted = counted.map(|((key, sends), kept)| {
        let mut sends = sends.clone();
        sends.record_start(now, request.subject.number_key, kept);
        Change::PutAddressSends(key, sends)
    });
    counted.collect()
}

/// What starts told of the browser, as long as all of one verification told the
/// same: a stranger may start one for the same number, and must not become
/// trusted by the code that its holder enters (S-21).
fn browser_of_all(known: Option<&Confirmation>, request: &ConfirmRequest) -> BrowserTrace {
    match known {
        Some(known) if known.browser != request.browser => BrowserTrace::default(),
        _ => request.browser.clone(),
    }
}

fn confirmation(
    request: &ConfirmRequest,
    started: &Started,
    codes: &CodePolicy,
    now: Timestamp,
) -> Confirmation {
    let Subject { account, service, user, to, number_key } = request.subject;
    let forget_at = started.expires_at.saturating_add(codes.expired_answer);
    let messages_max = request.messages_max.min(codes.sends_max);
    Confirmation {
        account,
        id: started.verification,
        service,
        user,
        to,
        number_key,
        template: request.template.as_str().to_owned(),
        sender: request.sender.as_str().to_owned(),
        messages_max,
        repeat_pause: request.repeat_pause,
        repeat_at: next_repeat(request.repeat_pause, messages_max, started, codes, now),
        browser: request.browser.clone(),
        forget_at: forget_at.unwrap_or(Timestamp::MAX),
    }
}

/// When the next repeat is due after a message was sent, if one follows: after
/// the pause that the caller asked for, never before the cooldown of D-5, and
/// not with less left than D-6 asks for.
pub(super) fn next_repeat(
    pause: SignedDuration,
    messages_max: u32,
    started: &Started,
    codes: &CodePolicy,
    now: Timestamp,
) -> Option<Timestamp> {
    if started.sends >= messages_max {
        return None;
    }
    let at = now.saturating_add(pause.max(codes.cooldown_after(started.sends))).ok()?;
    let left = started.expires_at.duration_since(at);
    (left >= codes.resend_remaining_min).then_some(at)
}
