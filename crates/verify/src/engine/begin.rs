//! Begin a verification, or resend the code of the one that lives; the one rule
//! for every door (S-3, S-4).

use super::admit::{self, Destination, SendContext, SendRefusal};
use super::{Change, Snapshot};
use crate::code::{Code, CodeLength};
use crate::entropy::Entropy;
use crate::guard::{GuardPolicy, Lock};
use crate::ids::{AccountId, MessageId, PromptId, ServiceId, UserId, VerificationId};
use crate::keys::{AccountKeys, CodeScope, NumberKey};
use crate::message::Template;
use crate::phone::PhoneNumber;
use crate::policy::CodePolicy;
use crate::record::{KeptCode, MessageForm, Method, OutgoingMessage, Purpose, Trail, Verification};
use crate::sealed::{Place, Sealed};
use crate::{SignedDuration, Timestamp};

/// Who is verified: a user of a service, or a bare number under the pair of
/// ids that is derived for it.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// The user.
    pub user: UserId,
    /// Where codes go.
    pub to: PhoneNumber,
    /// Keyed name of the number.
    pub number_key: NumberKey,
}

impl Subject {
    pub(super) fn destination(&self) -> Destination {
        let Self { account, service, to, number_key, .. } = *self;
        Destination { account, service, to, number_key }
    }

    fn scope(&self, verification: VerificationId) -> CodeScope {
        let Self { account, service, user, .. } = *self;
        CodeScope { account, service, user, verification }
    }
}

/// What a verification is begun with.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// Digits of a new code.
    pub length: CodeLength,
    /// Life of a new code.
    pub lifetime: SignedDuration,
    /// The message text.
    pub template: &'a Template,
    /// Origin to show.
    pub sender: &'a str,
}

/// What governs a beginning, besides the snapshot.
#[derive(Debug)]
pub struct BeginContext<'a> {
    /// Resends.
    pub codes: &'a CodePolicy,
    /// Sending.
    pub send: &'a SendContext<'a>,
}

/// Devices of a number that are to look at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// The number.
    pub number: NumberKey,
    /// What they are told.
    pub prompt: PromptId,
    /// When it is no longer worth it.
    pub until: Timestamp,
}

/// A verification that lives.
#[derive(Debug)]
pub struct Started {
    /// Its id.
    pub verification: VerificationId,
    /// The method that is really used.
    pub method: Method,
    /// The message that was queued; `None` if no message was due.
    pub message: Option<Box<OutgoingMessage>>,
    /// Whether the verification lived before.
    pub is_resend: bool,
    /// Messages sent so far.
    pub sends: u32,
    /// First moment at which its code is no longer accepted.
    pub expires_at: Timestamp,
    /// What wakes the devices of the number, if they are to be woken.
    pub wake: Option<Wake>,
    /// An authenticator was asked for and there is one, but it cannot be relied on
    /// now, so a message goes out (S-30).
    pub is_downgrade: bool,
}

/// Why nothing begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginRefusal {
    /// Too many wrong codes (S-8, S-9).
    Locked(Lock),
    /// Nothing may be sent.
    Send(SendRefusal),
}

pub(super) type Begun = (Vec<Change>, Started);

/// Whether too many wrong codes forbid a beginning, where a wrong guess costs so
/// many thousandths of a unit.
pub(super) fn check_guard(
    snapshot: &Snapshot,
    cost_milliunits: u32,
    guard: &GuardPolicy,
    now: Timestamp,
) -> Result<(), BeginRefusal> {
    match snapshot.guard.lock(now, cost_milliunits, guard) {
        Some(lock) => Err(BeginRefusal::Locked(lock)),
        None => Ok(()),
    }
}

/// Begins a verification by message, or resends the code of the one that lives.
///
/// At most one verification lives per subject (S-3). A beginning while one
/// lives is a resend: same code, same id; attempts, budget and expiry stay
/// (S-4). A resend within the cooldown, beyond the messages that a verification
/// may send, or with too little time left answers the same and sends nothing.
pub(super) fn by_message(
    snapshot: &Snapshot,
    subject: &Subject,
    terms: &Terms<'_>,
    context: &BeginContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Begun, BeginRefusal> {
    admit::check_blocked(snapshot, subject.number_key, context.send).map_err(BeginRefusal::Send)?;
    let live = snapshot.verification.as_ref().filter(|v| v.is_live(now));
    if let Some(live) = live.filter(|v| is_echo(v, context.codes, now)) {
        return Ok(echo(live, subject, Vec::new()));
    }
    let destination = subject.destination();
    admit::check_limits(snapshot, &destination, context.send, now).map_err(BeginRefusal::Send)?;
    admit::check_gateway(&destination, context.send).map_err(BeginRefusal::Send)?;
    let mut changes = vec![admit::count_number(snapshot, &destination, context.send, now)];
    if let Some(live) = live.filter(|v| has_too_little_left(v, context.codes, now)) {
        // D-6: no message, but the request counts against the number, so that
        // asking at the end of each code's life does not evade D-26.
        return Ok(echo(live, subject, changes));
    }
    admit::check_traffic(&destination, context.send).map_err(BeginRefusal::Send)?;
    changes.extend(admit::count_account(snapshot, &destination, context.send, now));

    let is_resend = live.is_some();
    let keys = context.send.keys;
    let (mut verification, code) = match live.and_then(|v| reopen(v, subject, keys)) {
        Some(kept) => kept,
        None => fresh(live, subject, terms, keys, now, entropy),
    };
    verification.method = Method::Sms;
    let message = send(&mut verification, &code, subject, terms, context, now, entropy);
    let outcome = started(&verification, Some(message.clone()), is_resend);
    changes.push(Change::PutVerification(subject.service, subject.user, Box::new(verification)));
    changes.push(Change::QueueMessage(message));
    Ok((changes, outcome))
}

pub(super) fn started(
    v: &Verification,
    message: Option<Box<OutgoingMessage>>,
    is_resend: bool,
) -> Started {
    Started {
        verification: v.id,
        method: v.method,
        message,
        is_resend,
        sends: v.sends,
        expires_at: v.expires_at,
        wake: None,
        is_downgrade: false,
    }
}

/// Whether a resend is answered without a message: the cooldown runs (D-5) or
/// the verification has sent all its messages (D-4).
fn is_echo(live: &Verification, codes: &CodePolicy, now: Timestamp) -> bool {
    resend_from(live, codes).is_some_and(|from| now < from) || live.sends >= codes.sends_max
}

/// When the cooldown after the last message ends (D-5).
pub(super) fn resend_from(live: &Verification, codes: &CodePolicy) -> Option<Timestamp> {
    let cooldown = codes.cooldown_after(live.sends);
    live.last_sent_at.and_then(|last| last.saturating_add(cooldown).ok())
}

/// A resend without a message. The code that was sent counts again if an
/// authenticator was asked for in between; a verification that never had a
/// code keeps its method, and the answer says so.
fn echo(live: &Verification, subject: &Subject, mut changes: Vec<Change>) -> Begun {
    let mut verification = live.clone();
    if verification.code.is_some() && verification.method != Method::Sms {
        verification.method = Method::Sms;
        let kept = Box::new(verification.clone());
        changes.push(Change::PutVerification(subject.service, subject.user, kept));
    }
    (changes, started(&verification, None, true))
}

/// D-6.
pub(super) fn has_too_little_left(live: &Verification, codes: &CodePolicy, now: Timestamp) -> bool {
    live.expires_at.duration_since(now) < codes.resend_remaining_min
}

/// The verification with its code, opened for a resend. `None` if no code is
/// kept (it began with an authenticator) or it does not open (the root key
/// changed): then the same verification gets a new code.
pub(super) fn reopen(
    live: &Verification,
    subject: &Subject,
    keys: &AccountKeys,
) -> Option<(Verification, Code)> {
    let kept = live.code.as_ref()?;
    let digits = open_code(keys, &subject.scope(live.id), &kept.sealed)?;
    Some((live.clone(), Code::from_sealed(digits)))
}

fn fresh(
    live: Option<&Verification>,
    subject: &Subject,
    terms: &Terms<'_>,
    keys: &AccountKeys,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> (Verification, Code) {
    let mut verification = live.cloned().unwrap_or_else(|| blank(terms.lifetime, now, entropy));
    let length = terms.length;
    let code = Code::generate(length, entropy);
    let scope = subject.scope(verification.id);
    verification.code = Some(KeptCode {
        digest: keys.code.digest(&scope, &code),
        sealed: seal_code(keys, &scope, &code, entropy),
        length,
    });
    (verification, code)
}

/// A verification without a code.
pub(super) fn blank(
    lifetime: SignedDuration,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Verification {
    Verification {
        id: VerificationId::random(entropy),
        method: Method::Sms,
        code: None,
        attempts: 0,
        is_exhausted: false,
        sends: 0,
        last_sent_at: None,
        last_message: None,
        created_at: now,
        expires_at: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
    }
}

/// Makes the message with the code, and notes it in the verification.
pub(super) fn send(
    verification: &mut Verification,
    code: &Code,
    subject: &Subject,
    terms: &Terms<'_>,
    context: &BeginContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Box<OutgoingMessage> {
    let id = MessageId::ordered(now, entropy);
    let text = terms.template.render(code);
    let sealed = super::outbox::seal_text(context.send.keys, id, &text, entropy);
    // A code that arrives with its last seconds is worth nothing
    // (delivery.md 8.3); short-lived codes keep a fifth of their life.
    let lifetime = verification.expires_at.duration_since(verification.created_at);
    let margin = context.codes.resend_remaining_min.min(lifetime / 5);
    verification.sends += 1;
    verification.last_sent_at = Some(now);
    verification.last_message = Some(id);
    Box::new(OutgoingMessage {
        id,
        account: subject.account,
        purpose: Purpose::Code {
            service: subject.service,
            user: subject.user,
            verification: verification.id,
        },
        to: subject.to,
        sender: terms.sender.to_owned(),
        form: MessageForm::default(),
        text: sealed,
        created_at: now,
        deadline: verification.expires_at.saturating_sub(margin).unwrap_or(now),
        attempts: 1,
        in_doubt: 0,
        next_at: super::outbox::lease_end(now),
        lease: context.send.lease,
        trail: Trail::default(),
        only_gateway: None,
        is_kept: false,
        left_for: None,
    })
}

const CODE_COLUMN: &str = "verification.code_sealed";

fn seal_code(
    keys: &AccountKeys,
    scope: &CodeScope,
    code: &Code,
    entropy: &mut dyn Entropy,
) -> Sealed {
    let account = scope.account.as_i64().to_be_bytes();
    let record: [&[u8]; 4] =
        [&account, scope.service.as_bytes(), scope.user.as_bytes(), scope.verification.as_bytes()];
    keys.seal.seal(&Place { column: CODE_COLUMN, record: &record }, code.expose(), entropy)
}

fn open_code(keys: &AccountKeys, scope: &CodeScope, sealed: &Sealed) -> Option<String> {
    let account = scope.account.as_i64().to_be_bytes();
    let record: [&[u8]; 4] =
        [&account, scope.service.as_bytes(), scope.user.as_bytes(), scope.verification.as_bytes()];
    let opened = keys.seal.open(&Place { column: CODE_COLUMN, record: &record }, sealed).ok()?;
    Some(opened.to_string())
}
