//! Messages that a dispatcher had and gave to no gateway.

use super::Attempt;
use crate::Timestamp;
use crate::engine::{Change, Decision, Keys, Snapshot};
use crate::record::OutgoingMessage;

/// Records that [`put_back`] needs.
pub fn put_back_keys(attempts: &[Attempt]) -> Keys {
    Keys { messages: attempts.iter().map(|attempt| attempt.message).collect(), ..Keys::default() }
}

/// Gives up the lease on messages that were not handed over after all, since
/// no gateway is open: it cost them no attempt, and they are due at that time. Or
/// since this gateway is bound at another server: then that one is to claim them.
pub fn put_back(
    snapshot: &Snapshot,
    attempts: &[Attempt],
    left_for: Option<&str>,
    lease: u64,
    at: Timestamp,
) -> Decision<()> {
    let is_ours =
        |message: &&OutgoingMessage| attempts.iter().any(|attempt| attempt.is_held(message, lease));
    let ours = snapshot.messages.iter().filter(is_ours);
    let free = |message: &OutgoingMessage| OutgoingMessage {
        attempts: message.attempts.saturating_sub(1),
        lease: 0,
        next_at: at,
        left_for: left_for.map(str::to_owned),
        ..message.clone()
    };
    let changes = ours.map(|message| Change::UpdateMessage(Box::new(free(message))));
    Decision::with(changes.collect(), ())
}
