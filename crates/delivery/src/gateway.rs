//! What a gateway is: a configured exit.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use verify::Timestamp;
use verify::engine::outbox::{Attempt, Refusal};
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::record::MessageForm;
use zeroize::Zeroizing;

use crate::conversion::{Conversion, Told};
use crate::smpp::Binds;

/// A configured exit for messages.
pub trait Gateway: Send + Sync + 'static {
    /// Its name in configuration, logs and metrics.
    fn name(&self) -> &str;

    /// Whether it takes messages at this time. Cheap: every start asks.
    fn state(&self) -> GatewayState;

    /// Messages it takes in one call.
    fn batch_max(&self) -> usize;

    /// Calls it bears at a time.
    fn calls_max(&self) -> usize;

    /// Whether it reports by names of its own, so that they are kept with the
    /// message.
    fn reports_by_name(&self) -> bool {
        false
    }

    /// Whether it tells what became of messages.
    fn gives_receipts(&self) -> bool {
        true
    }

    /// Whether its receipts tell of delivered messages too, so that a missing one means
    /// something.
    fn confirms_delivery(&self) -> bool {
        self.gives_receipts()
    }

    /// Whether it wants to know which of its codes were entered.
    fn takes_conversions(&self) -> bool {
        false
    }

    /// Tells it of one.
    fn tell_conversion<'a>(&'a self, conversion: &'a Conversion) -> ToldFuture<'a> {
        let _ = conversion;
        Box::pin(async { Told::Refused("it takes none".into()) })
    }

    /// Its binds, which several servers share; none of one that keeps no sessions.
    fn binds(&self) -> Option<&Binds> {
        None
    }

    /// So many servers use it together, each with a part of its pace. One that sends
    /// by binds has a part for each of those.
    fn share_pace(&self, servers: u16) {
        let _ = servers;
    }

    /// What an operator wants to know of it: a line each.
    fn detail(&self) -> Vec<String> {
        Vec::new()
    }

    /// Hands messages over; gives one result for each, in the same order.
    fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_>;
}

/// The results of [`Gateway::send`].
pub type SendFuture<'a> = Pin<Box<dyn Future<Output = Vec<SendResult>> + Send + 'a>>;

/// What came of [`Gateway::tell_conversion`].
pub type ToldFuture<'a> = Pin<Box<dyn Future<Output = Told> + Send + 'a>>;

/// Whether a gateway takes messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayState {
    /// It does.
    Open,
    /// It does not, for this reason.
    Closed(&'static str),
    /// It does at another server, which is to have its messages. No gateway says so
    /// itself: it is known from what the others show ([`Exits::set_elsewhere`]).
    ///
    /// [`Exits::set_elsewhere`]: crate::Exits::set_elsewhere
    Elsewhere,
}

impl GatewayState {
    /// Whether a message may be for it.
    pub(crate) fn takes_messages(&self) -> bool {
        match self {
            Self::Open | Self::Elsewhere => true,
            Self::Closed(_) => false,
        }
    }
}

/// A message with its text opened, on its way to a gateway. Its text lives
/// only here and is wiped when dropped.
#[derive(Clone)]
pub struct Prepared {
    /// Identity; a gateway that can is given it as reference.
    pub id: MessageId,
    /// Which hand-over of it this is ([`Attempt::number`]).
    pub attempt: u32,
    /// Where it goes.
    pub to: PhoneNumber,
    /// Origin to show.
    pub sender: String,
    /// How the content is to be read.
    pub form: MessageForm,
    /// Whether it carries a code.
    pub is_code: bool,
    /// The text, or the hex digits of binary data.
    pub text: Zeroizing<String>,
    /// Worthless from here on.
    pub deadline: Timestamp,
    /// When it was handed over.
    pub handed_at: Timestamp,
}

impl Prepared {
    /// The hand-over that it is prepared for.
    pub fn hand_over(&self) -> Attempt {
        Attempt { message: self.id, number: self.attempt }
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({}, {:?}, …)", self.id, self.to)
    }
}

/// How a hand-over went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    /// The gateway has it.
    Accepted(Taken),
    /// The gateway does not have it, or left that open; with the reason in
    /// words or the gateway's own code. Never holds text, number or secret.
    Refused(Refusal, Reason),
}

/// A reason for people and logs: text, and whether the gateway means by it that it takes
/// the message for pumped traffic (`delivery.md` 10, G-6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    text: Cow<'static, str>,
    is_pumped: bool,
}

impl Reason {
    /// The same reason of a gateway that takes the message for pumped traffic, or not.
    #[must_use]
    pub fn pumped(self, is_pumped: bool) -> Self {
        Self { is_pumped, ..self }
    }

    /// Whether the gateway takes the message for pumped traffic.
    pub fn is_pumped(&self) -> bool {
        self.is_pumped
    }
}

impl From<&'static str> for Reason {
    fn from(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), is_pumped: false }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self { text: Cow::Owned(text), is_pumped: false }
    }
}

impl Deref for Reason {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl SendResult {
    /// Taken, and known at the gateway by our own id.
    pub const TAKEN: Self = Self::Accepted(Taken { ids: Vec::new() });
}

/// A message that a gateway took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// The gateway's id of each part, in order; an empty one where it gave
    /// none. No ids at all: it reports by ours.
    pub ids: Vec<String>,
}

#[cfg(test)]
pub(crate) mod stub {
    //! A gateway that is a name and two bounds, and a message for it.

    use std::sync::Arc;

    use verify::Timestamp;
    use verify::ids::{AccountId, MessageId, ServiceId, SmsId, UserId, VerificationId};
    use verify::phone::PhoneNumber;
    use verify::record::{MessageForm, OutgoingMessage, Purpose, Trail};
    use verify::sealed::Sealed;

    use super::{Gateway, GatewayState, Prepared, SendFuture, SendResult};

    pub(crate) struct Stub {
        pub(crate) name: &'static str,
        pub(crate) batch_max: usize,
        pub(crate) calls_max: usize,
    }

    pub(crate) fn named(name: &'static str) -> Arc<dyn Gateway> {
        Arc::new(Stub { name, batch_max: 2, calls_max: 2 })
    }

    /// A message with this number.
    pub(crate) fn message(n: u16, is_code: bool) -> OutgoingMessage {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        let code = Purpose::Code {
            service: ServiceId::from_bytes([1; 16]),
            user: UserId::from_bytes([2; 16]),
            verification: VerificationId::from_bytes([3; 16]),
        };
        let text = Purpose::Text(SmsId::from_bytes([4; 20]));
        OutgoingMessage {
            id: MessageId::from_bytes(id),
            account: AccountId::from_i64(1),
            purpose: if is_code { code } else { text },
            to: PhoneNumber::parse("+37255500123").expect("a number"),
            sender: "Shop".to_owned(),
            form: MessageForm::default(),
            text: Sealed::from_bytes(vec![0; 40]),
            created_at: Timestamp::MIN,
            deadline: Timestamp::MAX,
            attempts: 1,
            in_doubt: 0,
            next_at: Timestamp::MIN,
            lease: 1,
            trail: Trail::default(),
            only_gateway: None,
            is_kept: false,
            left_for: None,
        }
    }

    impl Gateway for Stub {
        fn name(&self) -> &str {
            self.name
        }

        fn state(&self) -> GatewayState {
            GatewayState::Open
        }

        fn batch_max(&self) -> usize {
            self.batch_max
        }

        fn calls_max(&self) -> usize {
            self.calls_max
        }

        fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_> {
            Box::pin(async move { vec![SendResult::TAKEN; batch.len()] })
        }
    }
}
