//! The rules that change something, each as a pure function.
//!
//! A caller names the records a rule needs ([`Keys`]); a store reads them
//! ([`Snapshot`]), runs the rule, and writes what it decided ([`Change`]), all
//! in one atomic and durable step. A store may run a rule more than once, so a
//! rule does nothing but decide. Nothing that an outsider can observe happens
//! before the step is on disk.
//!
//! * [`account`], [`service`], [`user`]: the registry.
//! * [`binds`]: which server may have a bind at a gateway.
//! * [`begin`]: begin a verification or resend its code, for whichever door.
//! * [`start`], [`confirm`]: the doors: a user of a service, a bare number.
//! * [`repeat`]: the automatic repeats of a number confirmation.
//! * [`check`]: check an entered code. The only caller of the comparator
//!   (S-10): a second path to "verified" must not exist.
//! * [`device`]: devices with the authenticator app, from enrolment to removal.
//! * [`event`]: what integrators are told of devices.
//! * [`authenticator`]: authenticators that an integrator enrols.
//! * [`prompt`]: when a login wakes the app.
//! * [`recovery`]: codes for the day on which the phone is gone.
//! * [`sms`]: messages that API clients send: send, schedule, cancel.
//! * [`admit`]: the limits that every message goes through.
//! * [`outbox`]: what a dispatcher may do with waiting messages.
//! * [`fail_over`]: sends a message once more, by another gateway.
//! * [`receipt`]: what a gateway reports later of a message.
//! * [`reference`]: which message a gateway's own name means.
//! * [`report`]: the calls that are owed to API clients.
//! * [`billing`]: balances and the price table.
//! * [`widget`]: the page that proves a number for a site.
//! * [`sweep`]: what time alone ends.

pub mod account;
pub mod admit;
pub mod authenticator;
pub mod begin;
pub mod billing;
pub mod binds;
pub mod check;
pub mod confirm;
pub mod device;
pub mod event;
pub mod fail_over;
pub mod login;
pub mod outbox;
pub mod prompt;
pub mod receipt;
pub mod recovery;
pub mod reference;
pub mod repeat;
pub mod report;
pub mod service;
pub mod sms;
pub mod start;
pub mod sweep;
pub mod user;
pub mod widget;

use crate::Timestamp;
use crate::guard::Guard;
use crate::ids::{
    AccountId, AuthenticatorId, DeviceId, MessageId, ReportId, ServiceId, SmsId, UserId,
    VerificationId, WidgetSessionId,
};
use crate::keys::{AddressKey, CookieDigest, NonceDigest, NumberKey};
use crate::record::{
    Account, Area, Authenticator, Balance, BindPlace, BlockedNumber, Confirmation, Delivery,
    Device, Entry, GatewayPause, GatewayView, Orphan, OutgoingMessage, Price, Prompts, RecoverySet,
    Reference, Report, Service, Sms, TrafficArea, Trust, User, Verification, WidgetSession,
    WidgetSettings, WidgetTraffic,
};
use crate::send_limits::{AccountParts, AccountSends, AddressSends, NumberSends, PartSends};

/// The records that a rule needs. What is not asked for is not read and is
/// empty in the snapshot.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each asks for another record")]
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
    /// Which authenticators of the user named by `user` are read.
    pub authenticators: AuthenticatorsOf,
    /// Devices and prompts of the user named by `user`.
    pub devices_of_user: bool,
    /// The recovery codes of the user named by `user`.
    pub recovery_of_user: bool,
    /// A device by id, with all devices of its number.
    pub device: Option<DeviceId>,
    /// What `device` makes codes for: the users of its number, and its
    /// authenticators.
    pub entries_of_device: bool,
    /// The devices of this number.
    pub devices_of_number: Option<NumberKey>,
    /// The accounts that have users of the number of `device`, of
    /// `devices_of_number` or of `confirmation`.
    pub entries_of_number: bool,
    /// The devices of the number of `confirmation`.
    pub devices_of_confirmation: bool,
    /// Whether this nonce was used.
    pub nonce: Option<NonceDigest>,
    /// Verification and guard of a pair that is no user of the registry: a
    /// number confirmation.
    pub subject: Option<(ServiceId, UserId)>,
    /// How many messages to this number wait for a time within 24 hours of this.
    pub scheduled_near: Option<(NumberKey, Timestamp)>,
    /// The number confirmation that the verification of `subject` belongs to, in
    /// this account.
    pub confirmation_of_subject: Option<AccountId>,
    /// The sends to this number.
    pub number: Option<NumberKey>,
    /// A number confirmation by its id, with its verification and guard, and
    /// what became of its last message.
    pub confirmation: Option<(AccountId, VerificationId)>,
    /// The sends to the number of `confirmation`.
    pub number_of_confirmation: bool,
    /// Whether this account must not send to the number that is read: the one
    /// of `user`, `confirmation` or `number`.
    pub blocked_for: Option<AccountId>,
    /// A browser that is trusted with a number.
    pub trust: Option<(AccountId, NumberKey, CookieDigest)>,
    /// The starts and checks of an address and of its network, in this order.
    pub addresses: Vec<AddressKey>,
    /// The widget's settings of the account named by `account_name`.
    pub widget_settings: bool,
    /// A session of the widget.
    pub widget_session: Option<WidgetSessionId>,
    /// How the widget of an account fares.
    pub widget_traffic: Option<AccountId>,
    /// The sends of an account.
    pub account_sends: Option<AccountId>,
    /// The money of an account.
    pub balance: Option<AccountId>,
    /// An API client's message.
    pub sms: Option<(AccountId, SmsId)>,
    /// Messages of API clients whose time has come, oldest first.
    pub due_sms: Option<Due>,
    /// Messages in the outbox by id.
    pub messages: Vec<MessageId>,
    /// Messages in the outbox by id, each with the verification that its user
    /// has now.
    pub held: Vec<MessageId>,
    /// What became of a message.
    pub delivery: Option<MessageId>,
    /// The number confirmation whose code the message of `delivery` carries.
    pub confirmation_of_delivery: bool,
    /// Messages by the name that a gateway gave them.
    pub references: Option<ReferenceQuery>,
    /// Receipts that came before their message, by gateway and forms of a name.
    pub orphans: Vec<(String, Vec<String>)>,
    /// Reports that are due, the longest due first; of one message only the
    /// first.
    pub due_reports: Option<Due>,
    /// Which messages of `due` are read.
    pub due_only: DueOnly,
    /// Of `due`, none that are left for one of these gateways.
    pub due_except: Vec<String>,
    /// Of `due_reports`, none of these accounts.
    pub reports_except: Vec<AccountId>,
    /// A report by id.
    pub report: Option<ReportId>,
    /// Messages in the outbox that are due and not kept, those with codes first and then the
    /// oldest first, each with whether
    /// its verification still waits for a code.
    pub due: Option<Due>,
    /// Who has binds at gateways.
    pub bind_places: bool,
}

/// Which authenticators of a user to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthenticatorsOf {
    /// None.
    #[default]
    Nobody,
    /// Those that were confirmed; costs nothing for a user without one.
    Confirmed,
    /// All of them.
    All,
}

/// By which names a message is looked for.
#[derive(Debug, Clone)]
pub struct ReferenceQuery {
    /// The gateway; names of another mean nothing (S-51).
    pub gateway: String,
    /// Forms of the name, the best first: what the first of them that is known
    /// names is found.
    pub forms: Vec<String>,
    /// Only younger ones.
    pub since: Timestamp,
}

/// Which of the due messages to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DueOnly {
    /// All of them, those with codes first.
    #[default]
    All,
    /// Those with codes.
    Codes,
    /// Those whose deadline has passed.
    Late,
    /// Those, and clients' messages that are in doubt or whose lease has ended.
    LateOrInDoubt,
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
    /// The verification of that user, of [`Keys::subject`], or of
    /// [`Keys::confirmation`].
    pub verification: Option<Verification>,
    /// The guard of the same; a clean one if none is kept.
    pub guard: Guard,
    /// See [`Keys::authenticators`] and [`Keys::entries_of_device`], oldest first.
    pub authenticators: Vec<Authenticator>,
    /// See [`Keys::devices_of_user`], [`Keys::device`], [`Keys::devices_of_number`]
    /// and [`Keys::devices_of_confirmation`], oldest first.
    pub devices: Vec<Device>,
    /// See [`Keys::devices_of_user`].
    pub prompts: Option<Prompts>,
    /// See [`Keys::recovery_of_user`].
    pub recovery: Option<RecoverySet>,
    /// See [`Keys::entries_of_device`] and [`Keys::entries_of_number`], oldest first,
    /// at most [`crate::limits::ENTRIES_PER_NUMBER_MAX`].
    pub entries: Vec<Entry>,
    /// See [`Keys::nonce`].
    pub is_nonce_used: bool,
    /// See [`Keys::login`].
    pub user_by_login: Option<User>,
    /// See [`Keys::number_of_user`], [`Keys::number`] and
    /// [`Keys::number_of_confirmation`].
    pub number_sends: NumberSends,
    /// See [`Keys::scheduled_near`].
    pub scheduled_near: u32,
    /// See [`Keys::confirmation`].
    pub confirmation: Option<Confirmation>,
    /// What became of the last message of that confirmation's verification, or
    /// of [`Keys::delivery`].
    pub delivery: Option<Delivery>,
    /// See [`Keys::blocked_for`].
    pub is_blocked: bool,
    /// See [`Keys::trust`].
    pub trust: Option<Trust>,
    /// See [`Keys::addresses`]; an empty one for an address that is not known.
    pub addresses: Vec<AddressSends>,
    /// See [`Keys::widget_settings`].
    pub widget_settings: Option<WidgetSettings>,
    /// See [`Keys::widget_session`].
    pub widget_session: Option<WidgetSession>,
    /// See [`Keys::widget_traffic`].
    pub widget_traffic: WidgetTraffic,
    /// See [`Keys::account_sends`]: the first part, and the further ones that exist,
    /// by their number.
    pub account_sends: AccountSends,
    /// See [`Snapshot::account_sends`].
    pub account_parts: Vec<PartSends>,
    /// See [`Keys::balance`], and the accounts of `sms`; those that have money.
    pub balances: Vec<(AccountId, Balance)>,
    /// See [`Keys::sms`] and [`Keys::due_sms`], and those that the messages and
    /// the delivery of this snapshot are; those that exist.
    pub sms: Vec<Sms>,
    /// See [`Keys::messages`]; those that exist. With [`Keys::confirmation`]
    /// the last message, while it waits.
    pub messages: Vec<OutgoingMessage>,
    /// See [`Keys::held`]; those that exist.
    pub held: Vec<DueMessage>,
    /// See [`Keys::due_reports`] and [`Keys::report`].
    pub reports: Vec<Report>,
    /// See [`Keys::due`].
    pub due: Vec<DueMessage>,
    /// See [`Keys::references`].
    pub references: Vec<Reference>,
    /// See [`Keys::orphans`].
    pub orphans: Vec<Orphan>,
    /// See [`Keys::bind_places`], by gateway and place.
    pub bind_places: Vec<BindPlace>,
}

impl Snapshot {
    /// The money of an account that has some.
    pub fn balance(&self, account: AccountId) -> Option<Balance> {
        self.balances.iter().find(|(of, _)| *of == account).map(|(_, balance)| *balance)
    }

    /// The sends of the account of [`Keys::account_sends`].
    pub fn sends_of_account(&self) -> AccountParts<'_> {
        AccountParts { first: &self.account_sends, others: &self.account_parts }
    }

    /// A device by id.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }

    /// An API client's message by id.
    pub fn sms(&self, id: SmsId) -> Option<&Sms> {
        self.sms.iter().find(|sms| sms.id == id)
    }
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
    /// Writes the widget's settings of an account; counts as a change of the account.
    PutWidgetSettings(Box<WidgetSettings>),
    /// Writes a session of the widget, new or changed.
    PutWidgetSession(Box<WidgetSession>),
    /// Writes how the widget of an account fares.
    PutWidgetTraffic(AccountId, WidgetTraffic),
    /// Forgets sessions of the widget that began before this; a bounded number of
    /// them in one step.
    ForgetWidgetSessions(Timestamp),
    /// Adds a service.
    InsertService(Box<Service>),
    /// Removes a service.
    DeleteService(ServiceId),
    /// Adds a user.
    InsertUser(Box<User>),
    /// Writes a device, new or changed.
    PutDevice(Box<Device>),
    /// Removes a device with its authenticators.
    DeleteDevice(DeviceId),
    /// Writes an authenticator, new or changed, unless its user is gone.
    PutAuthenticator(Box<Authenticator>),
    /// Removes an authenticator.
    DeleteAuthenticator(ServiceId, UserId, AuthenticatorId),
    /// Writes the prompts of a user.
    PutPrompts(Box<Prompts>),
    /// Writes the recovery codes of a user; an empty set is removed.
    PutRecovery(Box<RecoverySet>),
    /// Notes that a nonce was used, until it is too old anyway.
    UseNonce(NonceDigest, Timestamp),
    /// Forgets nonces that are too old at this time; a bounded number in one step.
    ForgetNonces(Timestamp),
    /// Removes a user with verification, guard, authenticators, prompts and recovery
    /// codes.
    DeleteUser(ServiceId, UserId),
    /// Writes the verification of a user.
    PutVerification(ServiceId, UserId, Box<Verification>),
    /// Removes the verification of a user.
    DeleteVerification(ServiceId, UserId),
    /// Writes the guard of a user; a clean guard is removed.
    PutGuard(ServiceId, UserId, Box<Guard>),
    /// Writes the sends to a number.
    PutNumberSends(NumberKey, NumberSends),
    /// Writes the sends of an account: of its first part.
    PutAccountSends(AccountId, AccountSends),
    /// Writes the sends of another part of an account, from 1 on. Only where several
    /// servers keep their data together ([`crate::send_limits::parts`]).
    PutAccountPart(AccountId, u16, AccountSends),
    /// Writes the starts and checks of an address.
    PutAddressSends(AddressKey, AddressSends),
    /// Writes a number confirmation, new or changed.
    PutConfirmation(Box<Confirmation>),
    /// Writes a trusted browser.
    PutTrust(Box<Trust>),
    /// Forgets every browser that an account trusts with a number.
    DropTrusts(AccountId, NumberKey),
    /// Puts a number on the list that an account must not send to.
    BlockNumber(Box<BlockedNumber>),
    /// Takes a number off that list.
    UnblockNumber(AccountId, NumberKey),
    /// Writes the money of an account.
    PutBalance(AccountId, Balance),
    /// Puts a new price table in place of the old.
    ReplacePrices(Vec<Price>),
    /// Writes an API client's message, new or changed.
    PutSms(Box<Sms>),
    /// Adds a report.
    QueueReport(Box<Report>),
    /// Writes attempts, lease and next time of a report.
    UpdateReport(Box<Report>),
    /// Ends every lease of a report; what waited for a lease is due at this time.
    ReleaseReports(Timestamp),
    /// Removes a report.
    DropReport(ReportId),
    /// Adds a message to the outbox.
    QueueMessage(Box<OutgoingMessage>),
    /// Writes attempts, lease, next time and trail of a message in the outbox.
    UpdateMessage(Box<OutgoingMessage>),
    /// Ends every lease in the outbox, each as a hand-over in doubt (several such
    /// count as one); what waited for a lease is due at this time.
    ReleaseLeases(Timestamp),
    /// Removes a message and its text from the outbox, if it is there.
    DropMessage(MessageId),
    /// Keeps what became of a message, for the first time or with a receipt.
    PutDelivery(Box<Delivery>),
    /// Keeps the name that a gateway gave to a message.
    PutReference(Box<Reference>),
    /// Keeps a receipt whose message is not known. Of each gateway no more than
    /// [`ORPHANS_PER_GATEWAY_MAX`](crate::limits::ORPHANS_PER_GATEWAY_MAX) are
    /// kept: of more, the oldest go until
    /// [`ORPHANS_SPARED`](crate::limits::ORPHANS_SPARED) places are free.
    PutOrphan(Box<Orphan>),
    /// Pauses a gateway.
    PauseGateway(GatewayPause),
    /// Lets a paused gateway go on.
    ResumeGateway(String),
    /// Writes what the server of this name sees of its gateways, instead of what it
    /// saw. What servers saw that are long gone goes too.
    PutGatewayViews(String, Vec<GatewayView>),
    /// Gives a server the place of a bind, or shows that it still lives. Not on the
    /// embedded database: there is but one server.
    PutBindPlace(BindPlace),
    /// Nobody has this place any more.
    DropBindPlace(BindPlace),
    /// Writes what a server knows of areas, each over what it knew of that area; the
    /// time of a release stays.
    PutTrafficAreas(Vec<TrafficArea>),
    /// Notes that the operator released an area of a service, or of all services, for
    /// every server. An area that is not kept needs no release.
    ReleaseTraffic(Area, Option<ServiceId>, Timestamp),
    /// Forgets areas that were written before this.
    ForgetTraffic(Timestamp),
    /// Forgets names older than the first time and orphans older than the second;
    /// a bounded number of each in one step.
    ForgetReferences(Timestamp, Timestamp),
    /// Forgets the sends to a number if none is younger than this.
    ForgetNumber(NumberKey, Timestamp),
    /// Forgets what became of a message if it ended before this.
    ForgetDelivery(MessageId, Timestamp),
    /// Forgets a number confirmation if its id is unknown from this time on.
    ForgetConfirmation(AccountId, VerificationId, Timestamp),
    /// Forgets a trusted browser if it was learned before this.
    ForgetTrust(AccountId, NumberKey, CookieDigest, Timestamp),
    /// Forgets an address if nothing came from it since.
    ForgetAddress(AddressKey, Timestamp),
    /// Forgets the kept text of an API client's message.
    ForgetSmsText(SmsId),
    /// Forgets an API client's message.
    ForgetSms(SmsId),
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
