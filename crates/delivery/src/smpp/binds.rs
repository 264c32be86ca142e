//! How many binds a gateway may have, and the sessions of those that it has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

use super::gateway::Shared;
use super::life::live;

/// How many of its binds a gateway may have here. Several servers share the binds
/// that a provider allows (`delivery.md` 3.2): then each has none until it is told,
/// and none any more when it was told nothing for too long.
pub struct Binds {
    max: u16,
    allowed: Mutex<Allowed>,
    changed: Notify,
    in_use: AtomicU16,
}

#[derive(Clone, Copy)]
struct Allowed {
    count: u16,
    /// For ever without.
    until: Option<Instant>,
}

impl Binds {
    /// All of them are here: no other server works with this database.
    pub(super) fn alone(max: u16) -> Self {
        Self::new(max, max)
    }

    /// Other servers may have them.
    pub(super) fn shared(max: u16) -> Self {
        Self::new(max, 0)
    }

    fn new(max: u16, count: u16) -> Self {
        let allowed = Mutex::new(Allowed { count, until: None });
        Self { max, allowed, changed: Notify::new(), in_use: AtomicU16::new(0) }
    }

    /// Binds that all servers together may have.
    pub fn max(&self) -> u16 {
        self.max
    }

    /// Lets the gateway have so many, and none from that time on. Those beyond end,
    /// with what they have under way.
    pub fn allow(&self, count: u16, until: Instant) {
        let allowed = Allowed { count: count.min(self.max), until: Some(until) };
        *self.allowed.lock().unwrap_or_else(PoisonError::into_inner) = allowed;
        self.changed.notify_one();
    }

    /// How many it may have.
    pub fn allowed(&self, now: Instant) -> u16 {
        let allowed = *self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        if allowed.until.is_some_and(|until| now >= until) { 0 } else { allowed.count }
    }

    /// How many it has, those that are ending among them.
    pub fn in_use(&self) -> u16 {
        self.in_use.load(Ordering::Acquire)
    }

    /// Waits until it may have another number of them; time alone is not told.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// The tasks of the sessions of a gateway.
pub(super) struct Running {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    /// Which session each task keeps.
    places: HashMap<Id, usize>,
    /// How each bind that has tasks is told to end.
    stops: Vec<Option<watch::Sender<Option<Instant>>>>,
}

impl Running {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let stops = (0..shared.binds.max()).map(|_| None).collect();
        Self { shared, tasks: JoinSet::new(), places: HashMap::new(), stops }
    }

    /// Begins the binds that the gateway may have now, and tells the others to end.
    /// One that is ending is begun anew only when it has ended.
    pub(super) fn follow(&mut self, now: Instant) {
        let allowed = usize::from(self.shared.binds.allowed(now));
        for bind in 0..self.stops.len() {
            match &self.stops[bind] {
                None if bind < allowed => self.begin(bind),
                Some(stop) if bind >= allowed && stop.borrow().is_none() => {
                    let _ = stop.send(Some(now));
                }
                _ => {}
            }
        }
        let in_use = self.stops.iter().flatten().count();
        self.shared
            .binds
            .in_use
            .store(u16::try_from(in_use).unwrap_or(u16::MAX), Ordering::Release);
    }

    fn begin(&mut self, bind: usize) {
        let (stop, stopped) = watch::channel(None);
        for place in 0..self.shared.faces.len() {
            if self.shared.faces[place].bind() == bind {
                self.keep(place, stopped.clone());
            }
        }
        self.stops[bind] = Some(stop);
    }

    fn keep(&mut self, place: usize, stopped: watch::Receiver<Option<Instant>>) {
        let task = self.tasks.spawn(live(self.shared.clone(), place, stopped));
        self.places.insert(task.id(), place);
    }

    /// Waits for the end of some session's task; for ever where there is none.
    pub(super) async fn ended(&mut self) -> Result<(Id, ()), JoinError> {
        match self.tasks.join_next_with_id().await {
            Some(ended) => ended,
            None => std::future::pending().await,
        }
    }

    /// A task has ended. One that died is begun anew, unless its bind is to end.
    pub(super) fn note_end(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => {
                let name = &self.shared.options.name;
                tracing::error!(gateway.name = name, %error, "the task of a session has died");
                error.id()
            }
        };
        let Some(place) = self.places.remove(&id) else { return };
        let bind = self.shared.faces[place].bind();
        let stop = self.stops[bind].as_ref().filter(|stop| stop.borrow().is_none());
        if let Some(stopped) = stop.map(watch::Sender::subscribe) {
            self.keep(place, stopped);
        } else if !self.places.values().any(|place| self.shared.faces[*place].bind() == bind) {
            self.stops[bind] = None;
        }
    }

    /// Ends them all, and waits until that deadline; whether all have ended.
    pub(super) async fn stop(mut self, deadline: Instant) -> bool {
        for stop in self.stops.iter().flatten() {
            let _ = stop.send(Some(deadline));
        }
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        timeout_at(deadline, all_ended).await.is_ok()
    }
}
