//! Steady load: people who create themselves, start, and enter codes, some at
//! once and some with an outage in between.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ringproof_blackbox::history::Call;
use ringproof_blackbox::http::{Client, Request};

use super::cluster::Fault;
use super::messages::Messages;
use super::nodes::Nodes;
use super::report::{Outage, Report};
use super::story::{Lines, Story};

/// People at a time who do one thing after the other.
const QUICK: usize = 4;

/// People at a time who rest in between.
const SLOW: usize = 28;

/// How long they rest at most.
const REST_MAX_MS: u64 = 25_000;

/// Between two people of the quick kind, so that the load is steady and the
/// machine has something left for the cluster.
const PACE: Duration = Duration::from_millis(40);

/// How long work, readiness and the end are waited for.
const WITHIN: Duration = Duration::from_mins(4);

/// How often something is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What all of the load knows.
pub(crate) struct Shared {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) credentials: String,
    pub(crate) service: String,
    pub(crate) messages: Messages,
    began: Instant,
    is_over: AtomicBool,
    persons: AtomicUsize,
    stories: Mutex<Vec<Story>>,
    /// When something was acknowledged.
    good: Mutex<Vec<Duration>>,
    unknown: AtomicUsize,
    /// When a node said that it is not ready.
    unready: Mutex<Vec<Duration>>,
    /// Whether each node was ready when it was last asked.
    ready: Vec<AtomicBool>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Time since the beginning.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn note_good(&self) {
        let now = self.now();
        lock(&self.good).push(now);
    }

    pub(crate) fn note_unknown(&self) {
        self.unknown.fetch_add(1, Ordering::SeqCst);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Rests so long, or until the load ends.
    fn rest(&self, time: Duration) {
        let until = self.now() + time;
        while self.now() < until && !self.is_over() {
            std::thread::sleep(LOOK_EVERY.min(time));
        }
    }
}

/// The load, until [`Load::end`].
pub(crate) struct Load<'n> {
    shared: Arc<Shared>,
    nodes: &'n Nodes,
    people: Vec<JoinHandle<()>>,
}

impl<'n> Load<'n> {
    pub(crate) fn start(nodes: &'n Nodes) -> Self {
        let shared = Arc::new(Shared {
            addresses: nodes.addresses.clone(),
            credentials: nodes.credentials.clone(),
            service: nodes.service.clone(),
            messages: Messages::default(),
            began: Instant::now(),
            is_over: AtomicBool::new(false),
            persons: AtomicUsize::new(0),
            stories: Mutex::default(),
            good: Mutex::default(),
            unknown: AtomicUsize::new(0),
            unready: Mutex::default(),
            ready: nodes.addresses.iter().map(|_| AtomicBool::new(false)).collect(),
        });
        let mut people: Vec<_> = (0..QUICK + SLOW).map(|n| begin(&shared, n, live)).collect();
        people.extend((0..nodes.addresses.len()).map(|n| begin(&shared, n, watch)));
        Self { shared, nodes, people }
    }

    pub(crate) fn now(&self) -> Duration {
        self.shared.now()
    }

    fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let until = self.now() + WITHIN;
        while !is_so() {
            assert!(self.now() < until, "no {what}");
            self.shared.messages.collect(&self.nodes.webhook);
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for so many acknowledgements from now on.
    pub(crate) fn wait_for_work(&self, wanted: usize) {
        let count = || lock(&self.shared.good).len();
        let before = count();
        self.wait_until("work", || count() >= before + wanted);
    }

    /// Waits until all nodes say that they are ready.
    pub(crate) fn wait_until_ready(&self) {
        let is_ready = |ready: &AtomicBool| ready.load(Ordering::SeqCst);
        self.wait_until("readiness", || self.shared.ready.iter().all(is_ready));
    }

    /// The longest time without an acknowledgement since a fault began.
    pub(crate) fn outage(
        &self,
        fault: Fault,
        primary: u32,
        replaced_by: u32,
        began: Duration,
        promoted: Duration,
    ) -> Outage {
        let mut good = lock(&self.shared.good).clone();
        good.sort_unstable();
        let gaps = good.windows(2).filter(|pair| pair[1] > began);
        let longest =
            gaps.max_by_key(|pair| pair[1].saturating_sub(pair[0])).expect("there was work");
        let (from, to) = (longest[0], longest[1]);
        let is_inside = |time: &Duration| (from..to).contains(time);
        let was_told_by_readiness = lock(&self.shared.unready).iter().any(is_inside);
        let until_promotion = promoted.saturating_sub(began);
        let (lasted, after_promotion) = (to.saturating_sub(from), to.saturating_sub(promoted));
        Outage {
            fault,
            primary,
            replaced_by,
            lasted,
            until_promotion,
            after_promotion,
            was_told_by_readiness,
        }
    }

    /// Lets everybody come to an end, enters each code once more that was
    /// accepted, and judges.
    pub(crate) fn end(self, outages: Vec<Outage>) -> Report {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.wait_until("end", || self.people.iter().all(JoinHandle::is_finished));
        for person in self.people {
            person.join().expect("nobody panics");
        }
        let shared = &self.shared;
        let mut stories = std::mem::take(&mut *lock(&shared.stories));
        let mut lines = Lines::new(shared, 0);
        for story in stories.iter_mut().filter(|story| story.is_accepted()) {
            lines.until_answered(story, Call::Right);
        }
        shared.messages.collect(&self.nodes.webhook);
        Report {
            outages,
            persons: stories.len(),
            calls: stories.iter().map(|story| story.events.len()).sum(),
            accepted: stories.iter().filter(|story| story.is_accepted()).count(),
            unknown: shared.unknown.load(Ordering::SeqCst),
            took: shared.now(),
            violations: stories.iter().filter_map(|story| story.violation(shared)).collect(),
        }
    }
}

fn begin(shared: &Arc<Shared>, n: usize, work: fn(&Shared, usize)) -> JoinHandle<()> {
    let shared = shared.clone();
    std::thread::spawn(move || work(&shared, n))
}

/// Asks a node whether it is ready, until the load ends.
fn watch(shared: &Shared, node: usize) {
    let mut client = Client::new(shared.addresses[node]);
    while !shared.is_over() {
        let answer = client.send(&Request::new("GET", "/readyz"));
        let is_ready = answer.is_ok_and(|answer| answer.status == 200);
        shared.ready[node].store(is_ready, Ordering::SeqCst);
        if !is_ready {
            lock(&shared.unready).push(shared.now());
        }
        std::thread::sleep(LOOK_EVERY * 5);
    }
}

/// One person after the other.
fn live(shared: &Shared, worker: usize) {
    let (mut lines, mut other) = (Lines::new(shared, worker), Lines::new(shared, worker + 1));
    while !shared.is_over() {
        let person = shared.persons.fetch_add(1, Ordering::SeqCst);
        let number = format!("+37255{person:06}");
        let rest = |step: u64| {
            let spread = (person as u64 * 31 + step).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
            let time = Duration::from_millis(spread % REST_MAX_MS);
            shared.rest(if worker < QUICK { Duration::ZERO } else { time });
        };
        match lines.create(&number) {
            Some(mut story) => {
                tell(&mut lines, &mut other, &mut story, person, rest);
                lock(&shared.stories).push(story);
            }
            // Whoever cannot begin tries again a little later, as another person.
            None => shared.rest(PACE * 5),
        }
        if worker < QUICK {
            shared.rest(PACE);
        }
    }
}

/// What a person does depends on who it is.
fn tell<'s>(
    lines: &mut Lines<'s>,
    other: &mut Lines<'s>,
    story: &mut Story,
    person: usize,
    rest: impl Fn(u64),
) {
    lines.until_answered(story, Call::Start);
    if !lines.read_message(story) {
        return;
    }
    rest(1);
    let wrong = match person % 4 {
        0 => 0,
        1 => 1 + person / 4 % 4,
        2 => 5,
        _ => {
            lines.at_once(other, story);
            0
        }
    };
    for _ in 0..wrong {
        lines.once(story, Call::Wrong);
        rest(2);
    }
    lines.until_answered(story, Call::Right);
    rest(3);
    lines.until_answered(story, Call::Right);
}
