//! Messages whose codes are neither entered nor mature.

use std::collections::{BTreeMap, HashMap};

use crate::ids::{AccountId, ServiceId, UserId, VerificationId};
use crate::phone::PhoneNumber;
use crate::record::Area;
use crate::{SignedDuration, Timestamp};

/// At what ages of a message the store is asked whether its code was entered at
/// another server.
const ASKED_AT: [i64; 4] = [10, 30, 55, 110];

/// A verification of which a code is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// The service.
    pub service: ServiceId,
    /// Its user.
    pub user: UserId,
    /// The verification.
    pub verification: VerificationId,
    /// When its code is no longer sent: shortly before it expires. Until then a
    /// verification goes by a success only, or with its user.
    pub deadline: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Send {
    pub(super) account: AccountId,
    pub(super) service: ServiceId,
    areas: [Option<Area>; 3],
    /// The last three digits of the number.
    pub(super) digits: u16,
    pub(super) at: Timestamp,
    /// Which verification it is of; none until the step is done.
    of: Option<InFlight>,
    /// Whether a gateway took it.
    pub(super) is_taken: bool,
    asked: usize,
}

impl Send {
    pub(super) fn new(
        account: AccountId,
        service: ServiceId,
        to: &PhoneNumber,
        areas: [Option<Area>; 3],
        at: Timestamp,
    ) -> Self {
        let digits = to.as_e164().bytes().rev().take(3).collect::<Vec<u8>>();
        let digits =
            digits.iter().rev().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
        Self { account, service, areas, digits, at, of: None, is_taken: false, asked: 0 }
    }

    /// The areas of the number, the largest first.
    pub(super) fn areas(&self) -> impl Iterator<Item = Area> + use<> {
        self.areas.into_iter().flatten()
    }

    /// Whether its code may have been entered at another server after the last
    /// moment at which the store could tell.
    pub(super) fn is_unknown(&self, maturity: SignedDuration) -> bool {
        let mature = self.at.saturating_add(maturity).unwrap_or(Timestamp::MAX);
        self.asked > 0 && self.of.is_some_and(|of| of.deadline < mature)
    }
}

/// The messages, by the order in which they were begun.
#[derive(Debug, Default)]
pub(super) struct Sends {
    messages: BTreeMap<u64, Send>,
    by_verification: HashMap<VerificationId, Vec<u64>>,
    next: u64,
}

impl Sends {
    pub(super) fn begin(&mut self, send: Send) -> u64 {
        let id = self.next;
        self.next += 1;
        self.messages.insert(id, send);
        id
    }

    /// The message is of this verification; of no other one later.
    pub(super) fn queue(&mut self, id: u64, of: InFlight) {
        if let Some(send) = self.messages.get_mut(&id).filter(|send| send.of.is_none()) {
            send.of = Some(of);
            self.by_verification.entry(of.verification).or_default().push(id);
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Send> {
        let send = self.messages.remove(&id)?;
        if let Some(of) = send.of
            && let Some(ids) = self.by_verification.get_mut(&of.verification)
        {
            ids.retain(|kept| *kept != id);
            if ids.is_empty() {
                self.by_verification.remove(&of.verification);
            }
        }
        Some(send)
    }

    /// A gateway took the oldest message of the verification that none took yet;
    /// whether there is one.
    pub(super) fn taken(&mut self, verification: VerificationId) -> bool {
        for id in self.by_verification.get(&verification).into_iter().flatten() {
            if let Some(send) = self.messages.get_mut(id).filter(|send| !send.is_taken) {
                send.is_taken = true;
                return true;
            }
        }
        false
    }

    /// The last message of a verification.
    pub(super) fn last_of(&self, verification: VerificationId) -> Option<Send> {
        let id = self.by_verification.get(&verification)?.last()?;
        self.messages.get(id).cloned()
    }

    /// Takes out all messages of a verification.
    pub(super) fn take(&mut self, verification: VerificationId) -> Vec<Send> {
        let ids = self.by_verification.remove(&verification).unwrap_or_default();
        ids.iter().filter_map(|id| self.messages.remove(id)).collect()
    }

    /// Takes out the oldest message if it is so old, or so far in the future since the
    /// clock was set back, or if there are too many.
    pub(super) fn take_mature(
        &mut self,
        now: Timestamp,
        maturity: SignedDuration,
        most: usize,
    ) -> Option<Send> {
        let (id, send) = self.messages.first_key_value()?;
        let is_due = now.duration_since(send.at).abs() >= maturity || self.messages.len() > most;
        let id = *id;
        if is_due { self.remove(id) } else { None }
    }

    /// Verifications to ask the store about now, each a few times in its life.
    pub(super) fn unsure(&mut self, now: Timestamp, most: usize) -> Vec<InFlight> {
        let mut unsure = Vec::new();
        for send in self.messages.values_mut() {
            let Some(of) = send.of.filter(|of| now < of.deadline) else { continue };
            let age = now.duration_since(send.at).as_secs();
            if ASKED_AT.get(send.asked).is_some_and(|at| age >= *at) {
                send.asked += 1;
                unsure.push(of);
                if unsure.len() >= most {
                    break;
                }
            }
        }
        unsure
    }

    /// Forgets all. Their numbers are not given again: somebody may still hold one.
    pub(super) fn clear(&mut self) {
        *self = Self { next: self.next, ..Self::default() };
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }
}
