//! The gateway: its sessions, and the door at which messages come in.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use smpp::pdu::Bind;
use smpp::session::PduNote;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use verify::engine::outbox::Refusal;

use super::codes::Codes;
use super::dial::{DialError, Dialer};
use super::door::Door;
use super::encode::Manner;
use super::job::Job;
use super::life::live;
use super::line::Line;
use super::meters::Meters;
use super::options::{BindKind, SmppOptions};
use super::view::{Face, LinkState, SmppView};
use super::{Random, SmppError};
use crate::dispatcher::until;
use crate::gateway::{Gateway, GatewayState, Prepared, SendFuture, SendResult};
use crate::intake::Intake;
use crate::limits::{SMPP_REFERENCES, SMPP_SWEEP_EVERY, SMPP_UNBOUND_FOR};

/// Sends messages over SMPP; [`SmppGateway::run`] is its life.
pub struct SmppGateway {
    shared: Arc<Shared>,
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
        let binds = usize::from(options.max_binds);
        let roles = options.bind.roles();
        let faces = (0..binds).flat_map(|n| roles.iter().map(move |role| Face::new(n, *role, now)));
        let reference = |_| AtomicU16::new(u16::try_from(random() & 0xffff).unwrap_or_default());
        let standing = Standing { is_ready: false, ready_at: None, is_stopping: false };
        let shared = Shared {
            bind,
            codes: Codes::read(options.codes.as_deref())?,
            dialer: Dialer::new(&options)?,
            door: Door::default(),
            line: Line::new(options.tps, now),
            faces: faces.collect(),
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
        let mut links = JoinSet::new();
        let mut places = HashMap::new();
        let begin = |links: &mut JoinSet<()>, place| {
            links.spawn(live(self.shared.clone(), place, stop.clone())).id()
        };
        for place in 0..self.shared.faces.len() {
            places.insert(begin(&mut links, place), place);
        }
        let mut asked = stop.clone();
        let mut sweeps = interval(SMPP_SWEEP_EVERY);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = until(&mut asked) => break,
                _ = sweeps.tick() => self.shared.sweep(),
                Some(Err(error)) = links.join_next_with_id() => {
                    let name = &self.shared.options.name;
                    tracing::error!(gateway.name = name, %error, "the task of a session has died");
                    if let Some(place) = places.remove(&error.id()) {
                        places.insert(begin(&mut links, place), place);
                    }
                }
            }
        }
        self.shared.stop();
        let deadline = stop.borrow_and_update().unwrap_or_else(Instant::now);
        let all_ended = async { while links.join_next().await.is_some() {} };
        if timeout_at(deadline, all_ended).await.is_err() {
            let name = &self.shared.options.name;
            tracing::warn!(gateway.name = name, "a session could not take leave in time");
        }
    }

    /// Makes a connection and ends it, without a bind; gives the address.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub async fn reach(&self) -> Result<SocketAddr, &'static str> {
        let reached = self.shared.dialer.dial(0).await;
        reached.map(|dialed| dialed.peer).map_err(DialError::as_str)
    }

    /// How it stands, for people.
    pub fn view(&self) -> SmppView {
        let (shared, now) = (&self.shared, Instant::now());
        let window = usize::from(shared.options.window);
        let pace = shared.line.pace();
        SmppView {
            name: shared.options.name.clone(),
            sessions: shared.faces.iter().map(|face| face.view(window, now)).collect(),
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
        } else {
            job.finish(SendResult::Refused(Refusal::Unreached, NOT_BOUND.into()));
        }
        result
    }
}

const NOT_BOUND: &str = "not bound";

impl Gateway for SmppGateway {
    fn name(&self) -> &str {
        &self.shared.options.name
    }

    fn state(&self) -> GatewayState {
        if self.shared.is_open(Instant::now()) {
            GatewayState::Open
        } else {
            GatewayState::Closed(NOT_BOUND)
        }
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
        let paced = usize::try_from(options.tps).unwrap_or(usize::MAX).max(1);
        let messages = options.window_of_all().min(paced.saturating_mul(2));
        (messages / self.batch_max()).max(1)
    }

    fn reports_by_name(&self) -> bool {
        self.gives_receipts()
    }

    fn gives_receipts(&self) -> bool {
        let options = &self.shared.options;
        options.bind != BindKind::Transmitter && options.registered_delivery != 0
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
        !is_stopping && (is_ready || was_lately)
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
        self.line.sweep(self.is_open(now), self.standing().is_ready, now);
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
