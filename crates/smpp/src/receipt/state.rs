//! What became of a message (SMPP 3.4 §5.2.28), as a number or as a word.

/// The state that a receipt reports. The order is that of strength: a stronger
/// one replaces a weaker one, an equal or weaker one changes nothing.
///
/// ```
/// use ringproof_smpp::receipt::MessageState;
///
/// let delivered = MessageState::of_word(b"DELIVRD");
/// assert!(delivered.replaces(MessageState::Unknown));
/// assert!(!MessageState::Expired.replaces(MessageState::Rejected), "both are the end");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// On its way, or still to be sent.
    Enroute,
    /// Taken by somebody on the way; no proof of delivery.
    Accepted,
    /// The peer cannot say, or says a word that is not known. The end, unless
    /// a delivery is reported later.
    Unknown,
    /// Its validity ended first.
    Expired,
    /// Taken back.
    Deleted,
    /// The network could not deliver it.
    Undeliverable,
    /// Refused on the way.
    Rejected,
    /// At the phone, as far as the peer knows.
    Delivered,
}

impl MessageState {
    /// The state that the parameter `message_state` names. 0 and 9 are of
    /// SMPP 5.0 (§4.7.15).
    pub fn of_number(number: u8) -> Self {
        match number {
            0 | 1 => Self::Enroute,
            2 => Self::Delivered,
            3 => Self::Expired,
            4 => Self::Deleted,
            5 => Self::Undeliverable,
            6 => Self::Accepted,
            8 | 9 => Self::Rejected,
            _ => Self::Unknown,
        }
    }

    /// The state that the word behind `stat:` names, in any case
    /// (SMPP 3.4 Appendix B, and what peers write instead).
    pub fn of_word(word: &[u8]) -> Self {
        match word.to_ascii_uppercase().as_slice() {
            b"ENROUTE" | b"SCHEDULED" | b"BUFFERD" | b"BUFFRED" => Self::Enroute,
            b"ACCEPTD" | b"ACCEPTED" | b"ACKED" => Self::Accepted,
            b"DELIVRD" | b"DELIVERED" => Self::Delivered,
            b"EXPIRED" => Self::Expired,
            b"DELETED" => Self::Deleted,
            b"UNDELIV" | b"UNDELIVERABLE" | b"FAILED" => Self::Undeliverable,
            b"REJECTD" | b"REJECTED" | b"NACK" | b"SKIPPED" => Self::Rejected,
            _ => Self::Unknown,
        }
    }

    /// Whether nothing more is to be waited for.
    pub fn is_final(self) -> bool {
        match self {
            Self::Enroute | Self::Accepted => false,
            Self::Unknown
            | Self::Expired
            | Self::Deleted
            | Self::Undeliverable
            | Self::Rejected
            | Self::Delivered => true,
        }
    }

    /// Whether it is stronger than what was known before.
    pub fn replaces(self, known: Self) -> bool {
        self.strength() > known.strength()
    }

    fn strength(self) -> u8 {
        match self {
            Self::Enroute => 0,
            Self::Accepted => 1,
            Self::Unknown => 2,
            Self::Expired | Self::Deleted | Self::Undeliverable | Self::Rejected => 3,
            Self::Delivered => 4,
        }
    }
}
