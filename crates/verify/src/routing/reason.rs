//! Why a gateway was chosen, in a few words for people.

use std::fmt;

/// Why a gateway was chosen. [`Display`](fmt::Display) gives at most 64 ASCII
/// characters without a comma, to be kept with the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No other one could take it.
    Only,
    /// It is the first of the operator's order.
    Order,
    /// So many hand-overs before ended, none of them at this gateway.
    NextAfter(usize),
    /// So many hand-overs before ended, some of them at this gateway.
    AgainAfter(usize),
    /// Another one carried the last code of this verification.
    OtherThanLastTime,
    /// Nobody does better there.
    Conversion(Figure),
    /// Somebody may do a little better there, but none that does is as cheap,
    /// or of those as cheap none comes earlier in the operator's order.
    Cheapest(Figure),
    /// To learn how it does; another one would be the better bet.
    Explored,
}

/// A share of successes, and of how many outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// The share in hundredths.
    pub percent: u8,
    /// How many outcomes are known.
    pub observations: u32,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.percent / 100, self.percent % 100);
        write!(f, "{whole}.{rest:02} of {}", self.observations)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only => f.write_str("only"),
            Self::Order => f.write_str("order"),
            Self::NextAfter(ended) => write!(f, "next after {ended}"),
            Self::AgainAfter(ended) => write!(f, "again after {ended}"),
            Self::OtherThanLastTime => f.write_str("other than last time"),
            Self::Conversion(figure) => write!(f, "conversion {figure}"),
            Self::Cheapest(figure) => write!(f, "cheapest within 0.05 ({figure})"),
            Self::Explored => f.write_str("explored"),
        }
    }
}
