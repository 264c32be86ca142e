//! What a message from the page costs (S-80).

use super::super::begin::Subject;
use super::super::{Change, Snapshot};
use crate::Timestamp;
use crate::keys::AddressKey;
use crate::record::{NoticeKind, WidgetSession};
use crate::send_limits::{AddressSends, MESSAGES_WITHOUT_WORK};
use crate::widget::traffic::AttackMode;
use crate::widget::work;

/// What a browser paid for a message (S-80).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The work for the message of this number.
    Done {
        /// [`WidgetSession::starts`] when it was asked for.
        start: u32,
        /// Zero bits of its puzzles.
        bits: u8,
    },
    /// Nothing; the name under which messages to such browsers are counted.
    Nothing(AddressKey),
}

/// Why a message was not paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpaid {
    /// Its work paid for a message that was sent meanwhile.
    SentMeanwhile,
    /// More work is due by now than was asked for then.
    TooEasy,
    /// No work was done for it, and none is free before this time, if ever.
    Nothing(Option<Timestamp>),
}

impl Unpaid {
    /// What the page says. Where work was done, the page that is shown has new work
    /// to do, and the person only asks again.
    pub(super) fn notice(self) -> NoticeKind {
        match self {
            Self::SentMeanwhile | Self::TooEasy => NoticeKind::WorkAgain,
            Self::Nothing(_) => NoticeKind::WorkMissing,
        }
    }

    /// When the next free one is due.
    pub(super) fn until(self) -> Option<Timestamp> {
        match self {
            Self::SentMeanwhile | Self::TooEasy => None,
            Self::Nothing(until) => until,
        }
    }
}

/// Whether a message was paid for.
pub(super) fn check(
    snapshot: &Snapshot,
    session: &WidgetSession,
    (work, attack): (Work, AttackMode),
    now: Timestamp,
) -> Result<(), Unpaid> {
    let is_attack = || attack.is_attack(&snapshot.widget_traffic, now);
    match work {
        Work::Done { start, .. } if start < session.starts => Err(Unpaid::SentMeanwhile),
        Work::Done { start, .. } if start > session.starts => Err(Unpaid::Nothing(None)),
        Work::Done { bits, .. } if bits < bits_due(snapshot, is_attack(), now) => {
            Err(Unpaid::TooEasy)
        }
        Work::Done { .. } => Ok(()),
        Work::Nothing(_) if is_attack() => Err(Unpaid::Nothing(None)),
        Work::Nothing(_) => {
            let counted = of_scriptless(snapshot).ok_or(Unpaid::Nothing(None))?;
            match counted.free_messages_refused_until(now) {
                Some(until) => Err(Unpaid::Nothing(Some(until))),
                None => Ok(()),
            }
        }
    }
}

/// The bits that are due now, whatever was due when a challenge was made: easy ones
/// are not to be kept for later. The page asks for as many.
fn bits_due(snapshot: &Snapshot, is_attack: bool, now: Timestamp) -> u8 {
    let nobody = AddressSends::default();
    work::bits(snapshot.addresses.first().unwrap_or(&nobody), is_attack, now)
}

/// The count of browsers without scripts: it is asked for last, behind whatever
/// addresses the confirmation asks for.
fn of_scriptless(snapshot: &Snapshot) -> Option<&AddressSends> {
    snapshot.addresses.last()
}

/// Counts a message that was sent.
pub(super) fn count(
    snapshot: &Snapshot,
    subject: &Subject,
    work: Work,
    now: Timestamp,
) -> Vec<Change> {
    let mut traffic = snapshot.widget_traffic.clone();
    traffic.record_send(now);
    let mut changes = vec![Change::PutWidgetTraffic(subject.account, traffic)];
    if let (Work::Nothing(key), Some(sends)) = (work, of_scriptless(snapshot)) {
        let mut sends = sends.clone();
        sends.record_start(now, subject.number_key, MESSAGES_WITHOUT_WORK);
        changes.push(Change::PutAddressSends(key, sends));
    }
    changes
}
