//! What became of something that a person typed.

/// What the server says of a PIN or a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is right, and used up now.
    Verified,
    /// It is wrong: ask again.
    Invalid,
    /// It is no longer valid, or used: start again.
    Expired,
    /// Too many were wrong: wait, then start again.
    Throttled,
}

impl Verdict {
    /// The word of the wire: `VERIFIED`, `INVALID`, `EXPIRED`, `THROTTLED`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "VERIFIED",
            Self::Invalid => "INVALID",
            Self::Expired => "EXPIRED",
            Self::Throttled => "THROTTLED",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        let all = [Self::Verified, Self::Invalid, Self::Expired, Self::Throttled];
        all.into_iter().find(|verdict| verdict.as_str() == word)
    }
}
