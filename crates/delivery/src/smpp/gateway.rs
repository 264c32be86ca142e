//! The gateway: its sessions, and the door at which messages come in.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use smpp::pdu::Bind;
use smpp::session::PduNote;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use verify::engine::outbox::Refusal;

use super::binds::{Binds, Running};
use super::codes::Codes;
use super::dial::{Dialed, Dialer};
use super::door::Door;
use super::encode::Manner;
use super::job::Job;
use super::line::{Line, later, stopping};
use super::meters::Meters;
use super::options::{BindKind, SmppOptions};
use super::view::{Face, LinkState, SmppView};
use super::{KeyPin, Random, SmppError};
use crate::dispatcher::until;
use crate::gateway::{Gateway, GatewayState, Prepared, SendFuture, SendResult};
use crate::intake::Intake;
use crate::limits::{SMPP_REFERENCES, SMPP_SWEEP_EVERY, SMPP_UNBOUND_FOR};

/// Sends messages over SMPP; [`SmppGateway::run`] is its life.
pub struct SmppGateway {
    shared: Arc<Shared>,
}

/// Whom a connection led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The address that answered.
    pub peer: SocketAddr,
    /// Its key, over TLS.
    pub key: Option<KeyPin>,
}

/// What all sessions of a gateway work with.
pub(super) struct Shared {
    pub(super) options: SmppOptions,
    pub(super) bind: Bind,
    pub(super) codes: Codes,
    pub(super) dialer: Dialer,
    pub(super) door: Door,
    pub(super) line: Line,
    pub(super) faces: Vec<Face>,
    pub(super) binds: Binds,
    pub(super) intake: Arc<dyn Intake>,
    pub(super) random: Random,
    pub(super) meters: Meters,
    standing: Mutex<Standing>,
    /// Told when some session has another state.
    states: watch::Sender<()>,
    /// The peer does not like a validity; remembered for its life.
    has_no_validity: AtomicBool,
    /// Counters of references of long messages, by destination.
    references: Vec<AtomicU16>,
    next_place: AtomicU64,
}

/// Whether messages can leave.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// Some bind is there with all its sessions.
    is_ready: bool,
    /// Until when one was; `None` if there never was any.
    ready_at: Option<Instant>,
    /// It is being stopped.
    is_stopping: bool,
}

impl SmppGateway {
    /// Sets the gateway up; nothing is connected before [`SmppGateway::run`].
    /// `random` gives any numbers: they spread reconnects and begin references.
    ///
    /// # Errors
    /// [`SmppError`].
    pub fn new(
        options: SmppOptions,
        intake: Arc<dyn Intake>,
        random: Random,
    ) -> Result<Self, SmppError> {
        let now = Instant::now();
        let bind = options.check()?;
        let max_binds = usize::from(options.max_binds);
        let binds =
            if options.shares_binds { Binds::shared } else { Binds::alone }(options.max_binds);
        let roles = options.bind.roles();
        let faces =
            (0..max_binds).flat_map(|n| roles.iter().map(move |role| Face::new(n, *role, now)));
        let reference = |_| AtomicU16::new(u16::try_from(random() & 0xffff).unwrap_or_default());
        let standing = Standing { is_ready: false, ready_at: None, is_stopping: false };
        let shared = Shared {
            bind,
            codes: Codes::read(options.codes.as_deref())?,
            dialer: Dialer::new(&options)?,
            door: Door::default(),
            line: Line::new(options.tps, now),
            faces: faces.collect(),
            binds,
            intake,
            meters: Meters::new(&options.name),
            standing: Mutex::new(standing),
            states: watch::Sender::new(()),
            has_no_validity: AtomicBool::new(false),
            references: (0..SMPP_REFERENCES).map(reference).collect(),
            next_place: AtomicU64::new(1),
            random,
            options,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Keeps the sessions until `stop` holds a deadline. Then nothing is taken
    /// in any more, open answers are waited for, and the peer is told.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<Option<Instant>>) {
        let mut running = Running::new(self.shared.clone());
        let mut asked = stop.clone();
        let mut sweeps = interval(SMPP_SWEEP_EVERY);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            running.follow(Instant::now());
            tokio::select! {
                biased;
                () = until(&mut asked) => break,
                () = self.shared.binds.changed() => {}
                _ = sweeps.tick() => self.shared.sweep(),
                ended = running.ended() => running.note_end(&ended),
            }
        }
        self.shared.stop();
        let deadline = stop.borrow_and_update().unwrap_or_else(Instant::now);
        if !running.stop(deadline).await {
            let name = &self.shared.options.name;
            tracing::warn!(gateway.name = name, "a session could not take leave in time");
        }
    }

    /// Makes a connection and ends it, without a bind.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub async fn reach(&self) -> Result<Reached, String> {
        let reached = self.shared.dialer.dial(0).await.map_err(|error| error.to_string());
        reached.map(|Dialed { peer, key, .. }| Reached { peer, key })
    }

    /// How it stands, for people.
    pub fn view(&self) -> SmppView {
        let (shared, now) = (&self.shared, Instant::now());
        let window = usize::from(shared.options.window);
        let pace = shared.line.pace();
        let binds_here = shared.binds.allowed(now);
        let is_here = |face: &&Face| {
            face.bind() < usize::from(binds_here) || face.state() != LinkState::Closed
        };
        SmppView {
            name: shared.options.name.clone(),
            sessions: shared.faces.iter().filter(is_here).map(|f| f.view(window, now)).collect(),
            binds_here,
            binds_max: shared.binds.max(),
            waiting: pace.waiting,
            rate: pace.rate,
            rate_max: shared.options.tps,
            throttled: pace.throttles,
        }
    }

    /// The headers of the last PDUs of each session, in the order of
    /// [`SmppView::sessions`].
    pub fn pdus(&self) -> Vec<Vec<PduNote>> {
        self.shared.faces.iter().map(Face::pdus).collect()
    }

    fn enter(&self, message: Prepared, now: Instant) -> oneshot::Receiver<SendResult> {
        let shared = &self.shared;
        let place = shared.next_place.fetch_add(1, Ordering::Relaxed);
        let manner = Manner::of(&shared.options);
        let reference = shared.reference(message.to.as_e164());
        let (job, result) = Job::new(place, message, manner, reference, now);
        if shared.is_open(now) {
            shared.line.put(job);
        } else if shared.line.is_closed() {
            job.finish(stopping());
        } else if shared.binds.allowed(now) == 0 {
            job.finish(later(NO_BIND));
        } else {
            job.finish(SendResult::Refused(Refusal::Unreached, NOT_BOUND.into()));
        }
        result
    }
}

const NOT_BOUND: &str = "not bound";
pub(super) const NO_BIND: &str = "other servers have its binds";

impl Gateway for SmppGateway {
    fn name(&self) -> &str {
        &self.shared.options.name
    }

    fn state(&self) -> GatewayState {
        let now = Instant::now();
        if self.shared.is_open(now) {
            GatewayState::Open
        } else if self.shared.binds.allowed(now) == 0 {
            GatewayState::Closed(NO_BIND)
        } else {
            GatewayState::Closed(NOT_BOUND)
        }
    }

    fn binds(&self) -> Option<&Binds> {
        Some(&self.shared.binds)
    }

    /// A call ends with the slowest of its messages, so it takes few.
    fn batch_max(&self) -> usize {
        (usize::from(self.shared.options.window) / 8).clamp(1, 16)
    }

    /// No more than the window, counted until results are noted: what is not
    /// noted when this program dies goes out again (`delivery.md` 8.5). And no
    /// more than leave within two seconds.
    fn calls_max(&self) -> usize {
        let options = &self.shared.options;
        let binds = usize::from(self.shared.binds.allowed(Instant::now()));
        let of_all = usize::try_from(options.tps).unwrap_or(usize::MAX);
        let paced = (of_all.saturating_mul(binds) / usize::from(options.max_binds)).max(1);
        let window = usize::from(options.window) * binds;
        let messages = window.min(paced.saturating_mul(2));
        (messages / self.batch_max()).max(1)
    }

    fn reports_by_name(&self) -> bool {
        self.gives_receipts()
    }

    fn gives_receipts(&self) -> bool {
        let options = &self.shared.options;
        options.bind != BindKind::Transmitter && options.registered_delivery != 0
    }

    fn confirms_delivery(&self) -> bool {
        // The low two bits are 1 for all that is final, 2 for failures only (SMPP 3.4 §5.2.17).
        self.gives_receipts() && self.shared.options.registered_delivery & 0b11 == 1
    }

    fn detail(&self) -> Vec<String> {
        self.view().lines()
    }

    fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_> {
        Box::pin(async move {
            let now = Instant::now();
            let results: Vec<_> =
                batch.into_iter().map(|message| self.enter(message, now)).collect();
            let mut all = Vec::with_capacity(results.len());
            for result in results {
                // The task that had it is gone: it may have sent it.
                let gone = |_| SendResult::Refused(Refusal::InDoubt, "no result".into());
                all.push(result.await.unwrap_or_else(gone));
            }
            all
        })
    }
}

impl Shared {
    fn standing(&self) -> Standing {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether messages are taken in.
    fn is_open(&self, now: Instant) -> bool {
        let Standing { is_ready, ready_at, is_stopping } = self.standing();
        let was_lately = ready_at.is_some_and(|at| now.duration_since(at) < SMPP_UNBOUND_FOR);
        !is_stopping && (is_ready || was_lately) && self.binds.allowed(now) > 0
    }

    /// Whether all sessions of a bind are bound.
    pub(super) fn is_ready(&self, bind: usize) -> bool {
        let mut sessions = self.faces.iter().filter(|face| face.bind() == bind);
        sessions.all(|face| face.state() == LinkState::Bound)
    }

    /// Some session has another state now.
    pub(super) fn note_standing(&self) {
        let binds = usize::from(self.options.max_binds);
        let is_ready = (0..binds).any(|bind| self.is_ready(bind));
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if is_ready || standing.is_ready {
            standing.ready_at = Some(Instant::now());
        }
        standing.is_ready = is_ready;
        drop(standing);
        self.states.send_replace(());
    }

    /// Tells when some session has another state.
    pub(super) fn states(&self) -> watch::Receiver<()> {
        self.states.subscribe()
    }

    /// Whether the peer is told how long a message is worth sending.
    pub(super) fn tells_validity(&self) -> bool {
        !self.has_no_validity.load(Ordering::Relaxed)
    }

    /// The peer does not want to be told.
    pub(super) fn forget_validity(&self) {
        self.has_no_validity.store(true, Ordering::Relaxed);
    }

    /// The next reference of a destination.
    fn reference(&self, destination: &str) -> u16 {
        let mut hasher = DefaultHasher::new();
        destination.hash(&mut hasher);
        let slots = u64::try_from(self.references.len()).unwrap_or(1).max(1);
        let slot = usize::try_from(hasher.finish() % slots).unwrap_or_default();
        self.references.get(slot).map_or(0, |slot| slot.fetch_add(1, Ordering::Relaxed))
    }

    fn sweep(&self) {
        let now = Instant::now();
        self.line.share(self.binds.allowed(now), self.binds.max());
        let is_ours = self.binds.allowed(now) > 0;
        self.line.sweep(self.is_open(now), self.standing().is_ready, is_ours, now);
        let used = self.faces.iter().map(Face::window_used).sum();
        let bound = self.faces.iter().filter(|face| face.state() == LinkState::Bound).count();
        let pace = self.line.pace();
        self.meters.stand(used, bound, pace.waiting, pace.rate);
    }

    fn stop(&self) {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).is_stopping = true;
        self.line.close();
    }
}
