//! Messages that a gateway took, until it is known what became of them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use super::super::Destination;
use crate::ids::{MessageId, VerificationId};
use crate::limits::ROUTING_PENDING_MAX;
use crate::{SignedDuration, Timestamp};

/// How long a message is remembered: longer than a code lives, so that the
/// next message of its verification can go another way, and than most final
/// receipts take.
const KEPT_SECONDS: i64 = 3_600;

/// An outcome: whose, and where.
pub(super) struct Settled {
    pub(super) gateway: Arc<str>,
    pub(super) destination: Destination,
}

/// A final receipt.
pub(super) struct Receipt {
    pub(super) of: Settled,
    /// When the gateway took the message.
    pub(super) sent_at: Timestamp,
    /// Whether it came before its message matured.
    pub(super) is_in_time: bool,
}

/// What messages lacked when they matured.
#[derive(Default)]
pub(super) struct Matured {
    pub(super) without_code: Vec<Settled>,
    pub(super) without_receipt: Vec<Settled>,
}

#[derive(Debug)]
struct Sent {
    message: MessageId,
    verification: Option<VerificationId>,
    gateway: Arc<str>,
    destination: Destination,
    at: Timestamp,
    awaits_code: bool,
    awaits_receipt: bool,
}

impl Sent {
    fn settled(&self) -> Settled {
        Settled { gateway: Arc::clone(&self.gateway), destination: self.destination }
    }
}

/// The messages, by the order in which they were told.
#[derive(Debug, Default)]
pub(super) struct Pending {
    sends: BTreeMap<u64, Sent>,
    /// All sends of each message: a handful, since two gateways at most have it.
    by_message: HashMap<MessageId, Vec<u64>>,
    /// All sends of each verification: a handful, since a verification has a
    /// limit of them.
    by_verification: HashMap<VerificationId, Vec<u64>>,
    next: u64,
    /// Sends below it have matured.
    matured: u64,
}

impl Pending {
    pub(super) fn add(
        &mut self,
        message: MessageId,
        verification: Option<VerificationId>,
        gateway: &str,
        destination: Destination,
        at: Timestamp,
    ) {
        while self.sends.len() >= ROUTING_PENDING_MAX {
            self.forget_oldest();
        }
        let number = self.next;
        self.next += 1;
        self.by_message.entry(message).or_default().push(number);
        if let Some(verification) = verification {
            self.by_verification.entry(verification).or_default().push(number);
        }
        let sent = Sent {
            message,
            verification,
            gateway: Arc::from(gateway),
            destination,
            at,
            awaits_code: verification.is_some(),
            awaits_receipt: true,
        };
        self.sends.insert(number, sent);
    }

    /// The last message of the verification, unless it has matured or this was
    /// said before.
    pub(super) fn verified(&mut self, verification: VerificationId) -> Option<Settled> {
        let number = self.by_verification.get(&verification)?.last()?;
        let sent = self.sends.get_mut(number)?;
        std::mem::take(&mut sent.awaits_code).then(|| sent.settled())
    }

    /// The message as this gateway had it, unless it had a receipt of it before.
    pub(super) fn receipt(&mut self, message: MessageId, gateway: &str) -> Option<Receipt> {
        let numbers = self.by_message.get(&message)?.iter().rev();
        let is_of_gateway =
            |number: &&u64| self.sends.get(number).is_some_and(|sent| &*sent.gateway == gateway);
        let number = numbers.copied().find(|number| is_of_gateway(&number))?;
        let sent = self.sends.get_mut(&number)?;
        let is_in_time = number >= self.matured;
        std::mem::take(&mut sent.awaits_receipt).then(|| Receipt {
            of: sent.settled(),
            sent_at: sent.at,
            is_in_time,
        })
    }

    /// The messages whose code was not entered in time, and those without a final
    /// receipt by then, each once.
    pub(super) fn mature(&mut self, now: Timestamp, maturity: SignedDuration) -> Matured {
        let mut matured = Matured::default();
        for (number, sent) in self.sends.range_mut(self.matured..) {
            if now.duration_since(sent.at) < maturity {
                break;
            }
            self.matured = number + 1;
            if std::mem::take(&mut sent.awaits_code) {
                matured.without_code.push(sent.settled());
            }
            if sent.awaits_receipt {
                matured.without_receipt.push(sent.settled());
            }
        }
        let kept = maturity.max(SignedDuration::from_secs(KEPT_SECONDS));
        let is_over = |sent: &Sent| now.duration_since(sent.at) >= kept;
        while self.sends.first_key_value().is_some_and(|(_, sent)| is_over(sent)) {
            self.forget_oldest();
        }
        matured
    }

    fn forget_oldest(&mut self) {
        let Some((number, sent)) = self.sends.pop_first() else { return };
        forget(&mut self.by_message, sent.message, number);
        if let Some(verification) = sent.verification {
            forget(&mut self.by_verification, verification, number);
        }
    }

    pub(super) fn gateways_of(&self, verification: VerificationId) -> impl Iterator<Item = &str> {
        let numbers = self.by_verification.get(&verification).into_iter().flatten();
        numbers.filter_map(|number| self.sends.get(number)).map(|sent| &*sent.gateway)
    }

    pub(super) fn len(&self) -> usize {
        self.sends.len()
    }
}

/// Takes a send out of a list of them, and the list with its last one.
fn forget<K: Eq + Hash>(lists: &mut HashMap<K, Vec<u64>>, key: K, number: u64) {
    if let Entry::Occupied(mut list) = lists.entry(key) {
        list.get_mut().retain(|kept| *kept != number);
        if list.get().is_empty() {
            list.remove();
        }
    }
}
