//! The rules that change something, each as a pure function.
//!
//! A caller names the records a rule needs ([`Keys`]); a store reads them
//! ([`Snapshot`]), runs the rule, and writes what it decided ([`Change`]), all
//! in one atomic and durable step. A store may run a rule more than once, so a
//! rule does nothing but decide. Nothing that an outsider can observe happens
//! before the step is on disk.
//!
//! * [`account`], [`service`], [`user`]: the registry.
//! * [`start`]: start a verification or resend its code.
//! * [`check`]: check an entered code. The only caller of the comparator
//!   (S-10): a second path to "verified" must not exist.
//! * [`outbox`]: what a dispatcher may do with waiting messages.
//! * [`sweep`]: what time alone ends.

pub mod account;
pub mod check;
pub mod outbox;
pub mod service;
pub mod start;
pub mod sweep;
pub mod user;

use crate::Timestamp;
use crate::guard::Guard;
use crate::ids::{AccountId, MessageId, ServiceId, UserId};
use crate::keys::NumberKey;
use crate::record::{Account, Delivery, OutgoingMessage, Service, User, Verification};
use crate::send_limits::{AccountSends, NumberSends};

/// The records that a rule needs. What is not asked for is not read and is
/// empty in the snapshot.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// An account by user name.
    pub account_name: Option<String>,
    /// A service of an account by id; a foreign one is as absent as a missing one.
    pub service: Option<(AccountId, ServiceId)>,
    /// A service of an account by name.
    pub service_name: Option<(AccountId, String)>,
    /// Whether this service has users.
    pub has_users: Option<ServiceId>,
    /// A user of a service by id, with verification and guard.
    pub user: Option<(ServiceId, UserId)>,
    /// A user of a service by login name.
    pub login: Option<(ServiceId, String)>,
    /// The sends to the number of the user named by `user`.
    pub number_of_user: bool,
    /// The sends of an account.
    pub account_sends: Option<AccountId>,
    /// Messages in the outbox by id.
    pub messages: Vec<MessageId>,
    /// Messages in the outbox by id, each with the verification that its user
    /// has now.
    pub held: Vec<MessageId>,
    /// Messages in the outbox that are due, oldest first, each with whether
    /// its verification still waits for a code.
    pub due: Option<Due>,
}

/// Which due messages to read.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// Messages with `next_at` at or before this.
    pub now: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// The records as they were when the step began.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// See [`Keys::account_name`].
    pub account: Option<Account>,
    /// See [`Keys::service`].
    pub service: Option<Service>,
    /// See [`Keys::service_name`].
    pub service_named: Option<Service>,
    /// See [`Keys::has_users`].
    pub has_users: bool,
    /// See [`Keys::user`].
    pub user: Option<User>,
    /// The verification of that user.
    pub verification: Option<Verification>,
    /// The guard of that user; a clean one if none is kept.
    pub guard: Guard,
    /// See [`Keys::login`].
    pub user_by_login: Option<User>,
    /// See [`Keys::number_of_user`].
    pub number_sends: NumberSends,
    /// See [`Keys::account_sends`].
    pub account_sends: AccountSends,
    /// See [`Keys::messages`]; those that exist.
    pub messages: Vec<OutgoingMessage>,
    /// See [`Keys::held`]; those that exist.
    pub held: Vec<DueMessage>,
    /// See [`Keys::due`].
    pub due: Vec<DueMessage>,
}

/// A message that is due or held, and what it is worth.
#[derive(Debug, Clone)]
pub struct DueMessage {
    /// The message.
    pub message: OutgoingMessage,
    /// The verification that its user has now, if any.
    pub verification: Option<Verification>,
}

/// One write. A decision's writes happen all or not at all.
#[derive(Debug, Clone)]
pub enum Change {
    /// Writes an account, new or changed.
    PutAccount(Box<Account>),
    /// Adds a service.
    InsertService(Box<Service>),
    /// Removes a service.
    DeleteService(ServiceId),
    /// Adds a user.
    InsertUser(Box<User>),
    /// Removes a user with verification and guard.
    DeleteUser(ServiceId, UserId),
    /// Writes the verification of a user.
    PutVerification(ServiceId, UserId, Box<Verification>),
    /// Removes the verification of a user.
    DeleteVerification(ServiceId, UserId),
    /// Writes the guard of a user; a clean guard is removed.
    PutGuard(ServiceId, UserId, Box<Guard>),
    /// Writes the sends to a number.
    PutNumberSends(NumberKey, NumberSends),
    /// Writes the sends of an account.
    PutAccountSends(AccountId, AccountSends),
    /// Adds a message to the outbox.
    QueueMessage(Box<OutgoingMessage>),
    /// Writes attempts, doubts, lease and next time of a message in the outbox.
    UpdateMessage(Box<OutgoingMessage>),
    /// Ends every lease in the outbox; what waited for a lease is due at this time.
    ReleaseLeases(Timestamp),
    /// Removes a message and its text from the outbox, if it is there.
    DropMessage(MessageId),
    /// Keeps what became of a message.
    InsertDelivery(Box<Delivery>),
    /// Forgets the sends to a number if none is younger than this.
    ForgetNumber(NumberKey, Timestamp),
    /// Forgets what became of a message if it ended before this.
    ForgetDelivery(MessageId, Timestamp),
}

/// What a rule decided: writes, and the answer for the caller.
#[derive(Debug)]
pub struct Decision<O> {
    /// The writes; none for an answer that changes nothing.
    pub changes: Vec<Change>,
    /// The answer.
    pub outcome: O,
}

impl<O> Decision<O> {
    /// An answer that changes nothing.
    pub fn unchanged(outcome: O) -> Self {
        Self { changes: Vec::new(), outcome }
    }

    /// An answer with its writes.
    pub fn with(changes: Vec<Change>, outcome: O) -> Self {
        Self { changes, outcome }
    }
}
