//! What is promised of clients' messages that are in doubt (`delivery.md` 8.4).

use crate::limits::DELIVERY_DOUBTS_MAX;
use crate::record::OutgoingMessage;

/// What becomes of a client's message of which nobody knows whether a gateway has
/// it. Codes are not asked: a second one is the same code, and does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Promise {
    /// It is handed over once more, and may reach the phone twice.
    #[default]
    AtLeastOnce,
    /// It is not, and may not reach the phone at all.
    AtMostOnce,
}

impl Promise {
    /// Gateways that may have a message at most.
    pub(super) fn doubts_max(self, message: &OutgoingMessage) -> u32 {
        match self {
            Self::AtMostOnce if message.purpose.sms().is_some() => 1,
            Self::AtMostOnce | Self::AtLeastOnce => DELIVERY_DOUBTS_MAX,
        }
    }

    /// Whether one more hand-over could be the second one that arrives, and must
    /// not be.
    pub(super) fn is_broken_by_repeat(self, message: &OutgoingMessage) -> bool {
        self == Self::AtMostOnce && message.purpose.sms().is_some() && message.in_doubt > 0
    }
}
