//! Hand-overs that ended without an acceptance: what is tried next, by whom, and
//! when (`delivery.md` 6.1, 8.3).

use super::{Asked, Attempt, Endings, Promise, later, receipt_wait_end, schedule, worn_out};
use crate::engine::{Change, Decision, Keys, Snapshot, admit};
use crate::ids::{AccountId, MessageId};
use crate::keys::{Keyring, NumberKey};
use crate::phone::Country;
use crate::record::{Delivery, DeliveryState, HandOver, OutgoingMessage, Purpose, Verification};
use crate::{SignedDuration, Timestamp};

/// Records that [`refused`] needs.
pub fn refused_keys(message: &OutgoingMessage, keys: &Keyring) -> Keys {
    let subject = match message.purpose {
        Purpose::Code { service, user, .. } => Some((service, user)),
        Purpose::Text(_) => None,
    };
    Keys {
        messages: vec![message.id],
        delivery: Some(message.id),
        subject,
        number: Some(keys.number_key(&message.to)),
        account_sends: Some(message.account),
        ..Keys::default()
    }
}

/// Why a gateway did not take a message (`delivery.md` 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not taken: the gateway asks us to slow down, for so long if it says how
    /// long. Costs the message no attempt.
    Throttled(Option<SignedDuration>),
    /// Not taken, and may be later; by the same gateway first.
    Temporary,
    /// Not taken: no connection came about, so the gateway was told nothing.
    /// Another one is asked at once; where there is none, it is as if the
    /// gateway had said "later".
    Unreached,
    /// Not taken: something is wrong with the gateway or our account there.
    /// Another gateway is asked at once.
    GatewayDown,
    /// Not taken: this gateway cannot carry this message, for its form, its
    /// sender or its country; another one may. It is asked at once; where no
    /// other is, the message has failed. It says nothing of the gateway's health,
    /// and this gateway is not asked again for the message.
    GatewayUnfit,
    /// Not taken: the number is wrong or barred. Where `confirm` is set the
    /// word of this gateway is not enough, and one other is asked.
    Destination {
        /// One other gateway is asked.
        confirm: bool,
    },
    /// Not taken: text, template or length.
    Content,
    /// The gateway left open whether it has the message: it may be on its way.
    InDoubt,
}

impl Refusal {
    /// The word in logs, metrics, the store and tables of codes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled(_) => "throttled",
            Self::Temporary => "retry",
            Self::Unreached => "unreached",
            Self::GatewayDown => "route_down",
            Self::GatewayUnfit => "route_unfit",
            Self::Destination { confirm: false } => "refused_dest",
            Self::Destination { confirm: true } => "refused_dest_confirm",
            Self::Content => "refused_content",
            Self::InDoubt => "in_doubt",
        }
    }

    /// How a hand-over that ended so stands in the trail; `None` if it does not.
    pub(super) const fn in_trail(self) -> Option<HandOver> {
        match self {
            Self::Temporary => Some(HandOver::Temporary),
            Self::Unreached => Some(HandOver::Unreached),
            Self::GatewayDown => Some(HandOver::GatewayDown),
            Self::GatewayUnfit => Some(HandOver::GatewayUnfit),
            Self::Destination { .. } => Some(HandOver::Destination),
            Self::InDoubt => Some(HandOver::InDoubt),
            Self::Throttled(_) | Self::Content => None,
        }
    }

    /// Reads the word of what a gateway can say by a code.
    pub fn parse(word: &str) -> Option<Self> {
        const ALL: [Refusal; 8] = [
            Refusal::Throttled(None),
            Refusal::Temporary,
            Refusal::GatewayDown,
            Refusal::GatewayUnfit,
            Refusal::Destination { confirm: false },
            Refusal::Destination { confirm: true },
            Refusal::Content,
            Refusal::InDoubt,
        ];
        ALL.into_iter().find(|refusal| refusal.as_str() == word)
    }
}

/// What happens to a message that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedOutcome {
    /// It is tried again at this time.
    Retry(Timestamp),
    /// It is in doubt and is not sent a second time: it is over at this time, unless
    /// its gateway reports before.
    Waits(Timestamp),
    /// It is over.
    Ended(Box<Delivery>),
    /// It was claimed anew, or it is gone: nothing to do.
    NotOurs,
}

/// A hand-over that ended without an acceptance.
#[derive(Debug, Clone, Copy)]
pub struct RefusedHandOver<'a> {
    /// Which one.
    pub attempt: Attempt,
    /// The gateway.
    pub gateway: &'a str,
    /// Why it was chosen, in few words.
    pub choice: &'a str,
    /// What it said.
    pub refusal: Refusal,
    /// Another gateway of the message's route could be asked at once.
    pub has_other: bool,
    /// Another one could be asked later: it is not open now, or did not take the
    /// message before.
    pub has_later: bool,
    /// What is promised of clients' messages.
    pub promise: Promise,
}

/// Notes that a gateway did not take a message, or left it open. It is tried
/// again, with the same code, while its deadline, its attempts and its doubts
/// allow: by another gateway at once, or by the same after a pause. If it ends
/// and no gateway can have it, the send is given back: it counts against no
/// limit, and the next start sends at once. A message in doubt may be with the
/// person and on the bill, so its send stays charged.
pub fn refused(
    snapshot: &Snapshot,
    keys: &Keyring,
    hand_over: &RefusedHandOver<'_>,
    lease: u64,
    now: Timestamp,
) -> Decision<RefusedOutcome> {
    let is_ours = |message: &&OutgoingMessage| hand_over.attempt.is_held(message, lease);
    let Some(message) = snapshot.messages.iter().find(is_ours) else {
        return Decision::unchanged(RefusedOutcome::NotOurs);
    };
    decide(snapshot, keys, message.clone(), hand_over, now)
}

/// What becomes of a message that was not taken.
pub(super) fn decide(
    snapshot: &Snapshot,
    keys: &Keyring,
    mut message: OutgoingMessage,
    hand_over: &RefusedHandOver<'_>,
    now: Timestamp,
) -> Decision<RefusedOutcome> {
    let RefusedHandOver { gateway, choice, refusal, promise, .. } = *hand_over;
    if let Refusal::Throttled(_) = refusal {
        message.attempts = message.attempts.saturating_sub(1);
        // One that slows us down again and again is passed over.
        let slowed = message.trail.count(gateway, HandOver::Temporary);
        if hand_over.has_other && slowed < THROTTLES_MAX {
            message.trail.push(gateway, HandOver::Temporary);
        }
    } else if let Some(end) = refusal.in_trail() {
        message.trail.push(gateway, end);
    }
    if refusal == Refusal::InDoubt {
        message.in_doubt = message.in_doubt.saturating_add(1);
    }
    if refusal == Refusal::InDoubt && promise.is_broken_by_repeat(&message) {
        let next_at = receipt_wait_end(&message, now);
        let waiting = OutgoingMessage { next_at, lease: 0, ..message };
        let changes = vec![Change::UpdateMessage(Box::new(waiting))];
        return Decision::with(changes, RefusedOutcome::Waits(next_at));
    }
    if let Some(next_at) = next_attempt(&message, hand_over, now) {
        let waiting = OutgoingMessage { next_at, lease: 0, ..message };
        let changes = vec![Change::UpdateMessage(Box::new(waiting))];
        return Decision::with(changes, RefusedOutcome::Retry(next_at));
    }
    let mut endings = Endings::begin(snapshot, keys, now);
    let end = if is_expired(&message, refusal, now) {
        DeliveryState::Expired
    } else {
        DeliveryState::Failed
    };
    let delivery = Box::new(endings.end(&message, Asked { gateway, choice }, end));
    let mut changes = endings.finish();
    // A code that may be with a gateway is given to no third one, so a doubt is
    // of this send, and what was taken is of the first.
    if message.in_doubt == 0 {
        let charged = Charged::of_message(snapshot, &message, keys);
        if message.trail.is_accepted() {
            charged.give_second_back(snapshot, now, &mut changes);
        } else {
            charged.give_back(snapshot, keys, &mut changes);
        }
    }
    Decision::with(changes, RefusedOutcome::Ended(delivery))
}

/// Whether its time ended it, and not what the gateway said of it.
fn is_expired(message: &OutgoingMessage, refusal: Refusal, now: Timestamp) -> bool {
    let said_nothing = matches!(
        refusal,
        Refusal::Throttled(_) | Refusal::Temporary | Refusal::Unreached | Refusal::GatewayDown
    );
    said_nothing && message.in_doubt == 0 && now >= message.deadline
}

/// When the message is handed over again, with its trail as it is now
/// (`delivery.md` 8.3).
fn next_attempt(
    message: &OutgoingMessage,
    hand_over: &RefusedHandOver<'_>,
    now: Timestamp,
) -> Option<Timestamp> {
    if worn_out(message, hand_over.promise).is_some() {
        return None;
    }
    let pause = || {
        let (_, pauses) = schedule(message);
        let index = (message.attempts.max(1) as usize - 1).min(pauses.len() - 1);
        SignedDuration::from_millis(pauses[index])
    };
    let refusals = message.trail.count_all(HandOver::Destination);
    let pause = match hand_over.refusal {
        // It is never over by a pause: at its deadline it ends as expired.
        Refusal::Throttled(_) if hand_over.has_other => return Some(later(now, SLOW_DOWN)),
        // Its receipt may come: then nothing is sent twice.
        Refusal::InDoubt if message.purpose.sms().is_some() => {
            return Some(receipt_wait_end(message, now)).filter(|at| *at < message.deadline);
        }
        Refusal::Throttled(after) => {
            let next_at = later(now, after.unwrap_or(SLOW_DOWN).max(SLOW_DOWN));
            return Some(next_at.min(message.deadline));
        }
        Refusal::Unreached | Refusal::GatewayDown | Refusal::GatewayUnfit | Refusal::InDoubt
            if hand_over.has_other =>
        {
            SignedDuration::ZERO
        }
        Refusal::Temporary | Refusal::Unreached | Refusal::GatewayDown | Refusal::InDoubt => {
            pause()
        }
        // What the gateway cannot carry now it cannot carry later either.
        Refusal::GatewayUnfit if hand_over.has_later => pause(),
        // Two gateways that say so are right.
        Refusal::Destination { confirm: true } if hand_over.has_other && refusals < 2 => {
            SignedDuration::ZERO
        }
        Refusal::GatewayUnfit | Refusal::Destination { .. } | Refusal::Content => return None,
    };
    let next_at = later(now, pause);
    (next_at < message.deadline).then_some(next_at)
}

/// Requests of one gateway to slow down after which another is asked first.
const THROTTLES_MAX: usize = 2;

/// Pause after a gateway asked us to slow down, at least (`delivery.md` 3.3).
const SLOW_DOWN: SignedDuration = SignedDuration::from_secs(1);

/// A message whose send was counted, and may be given back.
pub(super) struct Charged {
    message: MessageId,
    account: AccountId,
    purpose: Purpose,
    number_key: NumberKey,
    country: Option<Country>,
    created_at: Timestamp,
}

impl Charged {
    fn of_message(snapshot: &Snapshot, message: &OutgoingMessage, keys: &Keyring) -> Self {
        // Telling the country costs more than all else here.
        let counts_countries = snapshot.sends_of_account().counts_countries();
        Self {
            message: message.id,
            account: message.account,
            purpose: message.purpose,
            number_key: keys.number_key(&message.to),
            country: counts_countries.then(|| message.to.country()).flatten(),
            created_at: message.created_at,
        }
    }

    /// One that has left the outbox.
    pub(super) fn of_delivery(delivery: &Delivery) -> Self {
        Self {
            message: delivery.message,
            account: delivery.account,
            purpose: delivery.purpose,
            number_key: delivery.number_key,
            country: delivery.country,
            created_at: delivery.queued_at,
        }
    }

    /// The send counts against no limit. A client's message was counted when it
    /// was asked for, which may be long before it was queued.
    pub(super) fn give_back(&self, snapshot: &Snapshot, keys: &Keyring, changes: &mut Vec<Change>) {
        let of_client = self.purpose.sms().and_then(|id| snapshot.sms(id));
        let at = of_client.map_or(self.created_at, |sms| sms.created_at);
        self.release_of_account(snapshot, at, changes);
        let service = match self.purpose {
            Purpose::Code { service, .. } => service,
            Purpose::Text(_) => keys.sms_service(self.account),
        };
        let mut number_sends = snapshot.number_sends.clone();
        number_sends.release(at, service);
        changes.push(Change::PutNumberSends(self.number_key, number_sends));
        let Purpose::Code { service, user, .. } = self.purpose else { return };
        let of_message = |v: &&Verification| v.last_message == Some(self.message);
        if let Some(verification) = snapshot.verification.as_ref().filter(of_message) {
            let mut verification = Box::new(verification.clone());
            verification.sends = verification.sends.saturating_sub(1);
            verification.last_sent_at = None;
            verification.last_message = None;
            changes.push(Change::PutVerification(service, user, verification));
        }
    }

    /// The second send of a code that one gateway took counts against no limit,
    /// since no other took it. The first one stays. Where the number's limits
    /// keep no sends, its time is not known any more; it is minutes ago at most.
    pub(super) fn give_second_back(
        &self,
        snapshot: &Snapshot,
        now: Timestamp,
        changes: &mut Vec<Change>,
    ) {
        let Purpose::Code { service, .. } = self.purpose else { return };
        let mut number_sends = snapshot.number_sends.clone();
        let at = number_sends.release_after(self.created_at, service);
        self.release_of_account(snapshot, at.unwrap_or(now), changes);
        changes.push(Change::PutNumberSends(self.number_key, number_sends));
    }

    fn release_of_account(&self, snapshot: &Snapshot, at: Timestamp, changes: &mut Vec<Change>) {
        let released = snapshot.sends_of_account().release(at, self.country).into_iter();
        changes.extend(released.map(|part| admit::put_part(self.account, part)));
    }
}
