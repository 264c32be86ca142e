//! What people are shown of a gateway.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smpp::session::{PduNote, PduRing, Role};
use tokio::time::Instant;

/// A gateway over SMPP, for people: no password, no number, no text.
#[derive(Debug, Clone, PartialEq)]
pub struct SmppView {
    /// Its name.
    pub name: String,
    /// Its sessions, bind by bind.
    pub sessions: Vec<SessionView>,
    /// Binds that this server may have.
    pub binds_here: u16,
    /// Binds that all servers together may have.
    pub binds_max: u16,
    /// Messages that wait for their turn.
    pub waiting: usize,
    /// Parts in a second that are sent at most now.
    pub rate: f64,
    /// Parts in a second, as configured.
    pub rate_max: u32,
    /// How often the peer has asked to slow down.
    pub throttled: u64,
}

impl SmppView {
    /// Sessions that are bound.
    pub fn bound(&self) -> usize {
        self.sessions.iter().filter(|session| session.state == LinkState::Bound).count()
    }

    /// In words: a line for each session, and one for the pace.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.sessions.iter().map(SessionView::line).collect();
        let Self { rate, rate_max, waiting, throttled, binds_here, binds_max, .. } = self;
        if binds_here < binds_max {
            lines.push(format!("{binds_here} of {binds_max} binds are this server's"));
        }
        lines.push(format!(
            "at most {rate:.1} of {rate_max} parts/s; {waiting} messages wait; throttled {throttled} times"
        ));
        lines
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The bind that it belongs to, from 1.
    pub bind: usize,
    /// `trx`, `tx` or `rx`.
    pub role: &'static str,
    /// Where it stands.
    pub state: LinkState,
    /// For how long it has stood there.
    pub lasts: Duration,
    /// The peer's address, while connected.
    pub peer: Option<SocketAddr>,
    /// Unanswered submits.
    pub window_used: usize,
    /// Places of its window.
    pub window_max: usize,
    /// Why it ended last.
    pub last_error: Option<String>,
}

impl SessionView {
    fn line(&self) -> String {
        let Self { bind, role, state, window_used, window_max, .. } = self;
        let mut line =
            format!("bind {bind} {role}: {} for {} s", state.as_str(), self.lasts.as_secs());
        if let Some(peer) = self.peer {
            let _ = write!(line, ", {peer}");
        }
        if *window_max > 0 {
            let _ = write!(line, ", window {window_used}/{window_max}");
        }
        if let Some(error) = &self.last_error {
            let _ = write!(line, "; last error: {error}");
        }
        line
    }
}

/// Where a session stands (`delivery.md` 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// There is none; the next one is waited for.
    Closed,
    /// A connection is being made, TLS included.
    Connecting,
    /// The bind is sent.
    Open,
    /// It is bound.
    Bound,
    /// It is bound, and about to end.
    Draining,
}

impl LinkState {
    /// The word for logs and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Bound => "bound",
            Self::Draining => "draining",
        }
    }
}

/// What the task of a session tells others.
pub(super) struct Face {
    bind: usize,
    pub(super) role: Role,
    inner: Mutex<Inner>,
}

struct Inner {
    state: LinkState,
    since: Instant,
    peer: Option<SocketAddr>,
    window_used: usize,
    last_error: Option<String>,
    ring: PduRing,
}

impl Face {
    pub(super) fn new(bind: usize, role: Role, now: Instant) -> Self {
        let inner = Inner {
            state: LinkState::Closed,
            since: now,
            peer: None,
            window_used: 0,
            last_error: None,
            ring: PduRing::default(),
        };
        Self { bind, role, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bind that it belongs to, from 0.
    pub(super) fn bind(&self) -> usize {
        self.bind
    }

    pub(super) fn state(&self) -> LinkState {
        self.inner().state
    }

    pub(super) fn window_used(&self) -> usize {
        self.inner().window_used
    }

    pub(super) fn enter(&self, state: LinkState, peer: Option<SocketAddr>, now: Instant) {
        let mut inner = self.inner();
        if inner.state != state {
            (inner.state, inner.since) = (state, now);
        }
        inner.peer = peer;
        if state == LinkState::Closed {
            inner.window_used = 0;
        }
    }

    pub(super) fn failed(&self, error: String) {
        self.inner().last_error = Some(error);
    }

    /// Takes over what a session has noted since it had noted `count` PDUs.
    pub(super) fn note(&self, ring: &PduRing, count: u64, window_used: usize) {
        let mut inner = self.inner();
        inner.window_used = window_used;
        ring.since(count).for_each(|note| inner.ring.push(*note));
    }

    pub(super) fn pdus(&self) -> Vec<PduNote> {
        self.inner().ring.notes().copied().collect()
    }

    pub(super) fn view(&self, window_max: usize, now: Instant) -> SessionView {
        let inner = self.inner();
        SessionView {
            bind: self.bind + 1,
            role: self.role.as_str(),
            state: inner.state,
            lasts: now.saturating_duration_since(inner.since),
            peer: inner.peer,
            window_used: inner.window_used,
            window_max: if self.role.sends() { window_max } else { 0 },
            last_error: inner.last_error.clone(),
        }
    }
}
