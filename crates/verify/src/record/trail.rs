//! Which gateways a message went to, and how each hand-over ended.

use std::fmt;

/// How a hand-over ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOver {
    /// Not taken, and may be later.
    Temporary,
    /// Not taken: no connection to the gateway came about.
    Unreached,
    /// Not taken: something is wrong with the gateway.
    GatewayDown,
    /// Not taken: this gateway cannot carry this message.
    GatewayUnfit,
    /// Not taken: the gateway says that the number is wrong or barred.
    Destination,
    /// Nobody knows.
    InDoubt,
    /// Taken.
    Accepted,
}

impl HandOver {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Temporary,
        Self::Unreached,
        Self::GatewayDown,
        Self::GatewayUnfit,
        Self::Destination,
        Self::InDoubt,
        Self::Accepted,
    ];

    /// The word in the store and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Temporary => "retry",
            Self::Unreached => "unreached",
            Self::GatewayDown => "route_down",
            Self::GatewayUnfit => "route_unfit",
            Self::Destination => "refused_dest",
            Self::InDoubt => "in_doubt",
            Self::Accepted => "accepted",
        }
    }

    /// Whether the gateway has the message or may have it.
    pub const fn may_have_it(self) -> bool {
        matches!(self, Self::InDoubt | Self::Accepted)
    }
}

/// The ended hand-overs of a message, in order; as many as it has attempts at
/// most. [`Display`](fmt::Display) gives `gateway:end,…`, which [`Trail::parse`]
/// reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail(Vec<(String, HandOver)>);

impl Trail {
    /// Adds a hand-over.
    pub fn push(&mut self, gateway: &str, end: HandOver) {
        self.0.push((gateway.to_owned(), end));
    }

    /// The hand-overs, the first first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, HandOver)> {
        self.0.iter().map(|(gateway, end)| (gateway.as_str(), *end))
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this gateway has the message or may have it.
    pub fn may_be_with(&self, gateway: &str) -> bool {
        self.iter().any(|(of, end)| of == gateway && end.may_have_it())
    }

    /// How many hand-overs to this gateway ended so.
    pub fn count(&self, gateway: &str, end: HandOver) -> usize {
        self.iter().filter(|step| *step == (gateway, end)).count()
    }

    /// A hand-over to this gateway that was left in doubt has ended so after all;
    /// `None` takes it out. Gives whether there was one. An acceptance goes to the
    /// end: what stands behind one was sent because of it, and counted.
    pub fn resolve(&mut self, gateway: &str, end: Option<HandOver>) -> bool {
        let Some(place) = self.place_of_doubt(gateway) else { return false };
        match end {
            Some(HandOver::Accepted) => {
                self.0.remove(place);
                self.push(gateway, HandOver::Accepted);
            }
            Some(end) => self.0[place].1 = end,
            None => drop(self.0.remove(place)),
        }
        true
    }

    /// Whether the hand-over to this gateway that is in doubt was a second send: a
    /// gateway had taken the message before.
    pub fn is_doubt_of_second_send(&self, gateway: &str) -> bool {
        let place = self.place_of_doubt(gateway);
        let before = place.map_or(&[][..], |place| &self.0[..place]);
        before.iter().any(|(_, end)| *end == HandOver::Accepted)
    }

    fn place_of_doubt(&self, gateway: &str) -> Option<usize> {
        self.iter().position(|step| step == (gateway, HandOver::InDoubt))
    }

    /// How many hand-overs ended so.
    pub fn count_all(&self, end: HandOver) -> usize {
        self.iter().filter(|(_, ended)| *ended == end).count()
    }

    /// Whether some gateway took the message.
    pub fn is_accepted(&self) -> bool {
        self.iter().any(|(_, end)| end == HandOver::Accepted)
    }

    /// Reads what [`Display`](fmt::Display) wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let step = |step: &str| {
            let (gateway, end) = step.split_once(':')?;
            let end = HandOver::ALL.into_iter().find(|known| known.as_str() == end)?;
            Some((gateway.to_owned(), end))
        };
        text.split(',').map(step).collect::<Option<_>>().map(Self)
    }
}

impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (gateway, end)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{gateway}:{}", end.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_is_read_as_it_was_written() {
        let mut trail = Trail::default();
        assert_eq!(Trail::parse(""), Some(trail.clone()));
        for end in HandOver::ALL {
            trail.push("first-1", end);
        }
        let text = "first-1:retry,first-1:unreached,first-1:route_down,first-1:route_unfit,\
                    first-1:refused_dest,first-1:in_doubt,first-1:accepted";
        assert_eq!(trail.to_string(), text);
        assert_eq!(Trail::parse(text), Some(trail));
        for wrong in ["a", "a:", "a:lost", "a:retry,", ","] {
            assert_eq!(Trail::parse(wrong), None, "{wrong}");
        }
    }
}
