//! Reads that decide nothing.

use verify::Timestamp;
use verify::engine::sweep::{Stale, StaleBefore};
use verify::engine::{Keys, Snapshot};
use verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use verify::record::{
    Account, BlockedNumber, GatewayPause, GatewayView, OutgoingMessage, Price, TrafficArea, User,
    WidgetSettings,
};

/// A question to an engine.
#[derive(Debug)]
pub enum Read {
    /// The records that these keys name.
    Snapshot(Box<Keys>),
    /// Users of a service.
    Users(ServiceId, Page),
    /// All accounts.
    Accounts,
    /// The number that grows with every change to an account.
    AccountsVersion,
    /// The widget's settings of all accounts.
    WidgetSettings,
    /// Verifications that time has ended.
    Expired(Expired),
    /// Records to forget.
    Stale(StaleBefore, u32),
    /// The price table.
    Prices,
    /// The number that grows with every change to the price table.
    PricesVersion,
    /// Numbers that an account must not send to.
    BlockedNumbers(AccountId),
    /// Number confirmations whose repeat is due by then; at most so many.
    Repeats(Timestamp, u32),
    /// Kept messages whose time has come by then; at most so many.
    Kept(Timestamp, u32),
    /// What the server last saw of its gateways.
    GatewayViews,
    /// The gateways that the operator has paused.
    GatewayPauses,
    /// What all servers know of traffic areas.
    TrafficAreas,
    /// The traffic areas that some server holds beyond this.
    TrafficHolds(Timestamp),
    /// The verifications that these users have.
    Living(Vec<(ServiceId, UserId)>),
    /// The time of the database's own clock.
    Time,
}

/// The answer to a [`Read`], of the same name.
#[derive(Debug)]
pub enum ReadAnswer {
    /// To [`Read::Snapshot`].
    Snapshot(Box<Snapshot>),
    /// To [`Read::Users`]: the page, and how many there are in all.
    Users(Vec<User>, u64),
    /// To [`Read::Accounts`].
    Accounts(Vec<Account>, u64),
    /// To [`Read::AccountsVersion`] and [`Read::PricesVersion`].
    Version(u64),
    /// To [`Read::WidgetSettings`].
    WidgetSettings(Vec<WidgetSettings>),
    /// To [`Read::Expired`].
    Expired(Vec<(ServiceId, UserId)>),
    /// To [`Read::Stale`].
    Stale(Box<Stale>),
    /// To [`Read::Prices`].
    Prices(Vec<Price>, u64),
    /// To [`Read::BlockedNumbers`].
    BlockedNumbers(Vec<BlockedNumber>),
    /// To [`Read::Repeats`].
    Repeats(Vec<(AccountId, VerificationId)>),
    /// To [`Read::Kept`].
    Kept(Vec<OutgoingMessage>),
    /// To [`Read::GatewayViews`].
    GatewayViews(Vec<GatewayView>),
    /// To [`Read::GatewayPauses`].
    GatewayPauses(Vec<GatewayPause>),
    /// To [`Read::TrafficAreas`] and [`Read::TrafficHolds`].
    TrafficAreas(Vec<TrafficArea>),
    /// To [`Read::Living`].
    Living(Vec<VerificationId>),
    /// To [`Read::Time`]; none if the database has no clock but ours.
    Time(Option<Timestamp>),
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most so many; `None` for all.
    pub limit: Option<u32>,
    /// Leave out so many from the start.
    pub offset: u32,
}

impl Page {
    /// Everything.
    pub const ALL: Self = Self { limit: None, offset: 0 };
}

/// Which expired verifications to find.
#[derive(Debug, Clone, Copy)]
pub struct Expired {
    /// Expired at or before this, and a code is kept.
    pub codes_before: Timestamp,
    /// Expired at or before this.
    pub rows_before: Timestamp,
    /// At most so many.
    pub limit: u32,
}
