//! Which message a gateway's own name means (`delivery.md` 5.3).
//!
//! A gateway may report on a message before its answer to the hand-over has
//! been noted. Such a receipt is kept as an orphan in the same step that did not
//! find the message, so that whichever of the two comes second finds the other.

use super::{Change, Decision, Keys, ReferenceQuery, Snapshot};
use crate::ids::MessageId;
use crate::keys::NumberKey;
use crate::record::{Cause, Orphan, ReceiptState, Reference};
use crate::{SignedDuration, Timestamp};

/// How long a name is known: late receipts come for days (`delivery.md` 5.4).
pub const REFERENCE_KEPT: SignedDuration = SignedDuration::from_hours(72);

/// How long an orphan may find its message (`delivery.md` 5.3).
pub const ORPHAN_KEPT: SignedDuration = SignedDuration::from_mins(10);

/// How old a message without a known name may be (`delivery.md` 5.3 step 6).
const BY_NUMBER: SignedDuration = SignedDuration::from_hours(24);

/// A receipt by the gateway's own name.
#[derive(Debug, Clone)]
pub struct NamedReceipt {
    /// The gateway.
    pub gateway: String,
    /// Forms of the name, the best first; none if it names nothing.
    pub forms: Vec<String>,
    /// The number that the message went to, if it says so.
    pub number: Option<NumberKey>,
    /// The sender that the message showed, if it says so.
    pub sender: Option<String>,
    /// What it says.
    pub state: ReceiptState,
    /// Why.
    pub cause: Option<Cause>,
    /// The gateway's own code.
    pub code: Option<String>,
}

/// Which message a receipt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// This one, and this part of it; `None` where the name is that of several
    /// parts, so that it is about the whole.
    Message(MessageId, Option<u16>),
    /// None that is known yet: it waits for one.
    Orphan,
    /// More than one, or none that could still come.
    Nobody,
}

impl NamedReceipt {
    /// Whether nobody said in which notation the gateway writes, so that the name was
    /// read as a number in both. Each may be another message's own name: the phone has
    /// to be right then. Where the notation is known the phone is not asked, since
    /// gateways write numbers as they like too.
    fn is_of_any_notation(&self) -> bool {
        self.forms.iter().filter(|form| Reference::is_recalculated(form)).count() > 1
    }

    /// How it is looked for when its name finds nothing, the best form first. One
    /// with a name may be ahead of the answer that gives the name, so it is not taken
    /// for just any message to its number. Where messages to the number had its sender,
    /// only those can be meant. Where none had it, the number alone decides: gateways
    /// show other senders than they were given, and may be given another one than the
    /// message had.
    fn by_number(&self) -> Vec<String> {
        let Some(number) = self.number.as_ref() else { return Vec::new() };
        let form =
            if self.forms.is_empty() { Reference::of_number } else { Reference::of_nameless };
        let mut forms: Vec<String> =
            [self.sender.as_deref(), None].map(|sender| form(number, sender)).into();
        forms.dedup();
        forms
    }
}

/// Records that [`find`] needs.
pub fn keys(receipt: &NamedReceipt, now: Timestamp) -> Keys {
    let query = ReferenceQuery {
        gateway: receipt.gateway.clone(),
        forms: receipt.forms.iter().cloned().chain(receipt.by_number()).collect(),
        since: now.saturating_sub(REFERENCE_KEPT).unwrap_or(Timestamp::MIN),
    };
    Keys { references: Some(query), ..Keys::default() }
}

/// Finds the message of a receipt, or keeps the receipt for a message that is
/// not known by that name yet.
pub fn find(snapshot: &Snapshot, receipt: &NamedReceipt, now: Timestamp) -> Decision<Meant> {
    let by_number = receipt.by_number();
    let may_be_meant = |r: &&Reference| {
        let is_guessed = Reference::is_recalculated(&r.form) && receipt.is_of_any_notation();
        !is_guessed || receipt.number.is_none_or(|number| number == r.number_key)
    };
    let all: Vec<&Reference> = snapshot.references.iter().filter(may_be_meant).collect();
    let is_named = all.first().is_some_and(|found| !by_number.contains(&found.form));
    if is_named {
        let to_number = |r: &&Reference| Some(r.number_key) == receipt.number;
        let narrowed: Vec<&Reference> = all.iter().copied().filter(to_number).collect();
        let meant = only(&all).or_else(|| only(&narrowed));
        return Decision::unchanged(meant.unwrap_or(Meant::Nobody));
    }
    let since = now.saturating_sub(BY_NUMBER).unwrap_or(Timestamp::MIN);
    let recent: Vec<&Reference> = all.into_iter().filter(|r| r.created_at >= since).collect();
    match only(&recent) {
        Some(meant) => Decision::unchanged(meant),
        None if receipt.forms.is_empty() => Decision::unchanged(Meant::Nobody),
        None => Decision::with(orphans(receipt, now), Meant::Orphan),
    }
}

/// The one message that all of them are.
fn only(references: &[&Reference]) -> Option<Meant> {
    let first = references.first()?;
    let is_one = references.iter().all(|r| r.message == first.message);
    let is_one_part = references.iter().all(|r| r.part == first.part);
    is_one.then_some(Meant::Message(first.message, is_one_part.then_some(first.part)))
}

fn orphans(receipt: &NamedReceipt, now: Timestamp) -> Vec<Change> {
    let orphan = |form: &String| Orphan {
        gateway: receipt.gateway.clone(),
        form: form.clone(),
        state: receipt.state,
        cause: receipt.cause,
        code: receipt.code.clone(),
        created_at: now,
    };
    receipt.forms.iter().map(|form| Change::PutOrphan(Box::new(orphan(form)))).collect()
}

/// Forgets names and orphans that are old enough.
pub fn forget(now: Timestamp) -> Decision<()> {
    let before = |kept| now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
    let change = Change::ForgetReferences(before(REFERENCE_KEPT), before(ORPHAN_KEPT));
    Decision::with(vec![change], ())
}
