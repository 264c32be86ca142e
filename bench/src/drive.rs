//! The event loop: one thread drives all connections and the sink.
//!
//! *Closed loop*: every connection begins its next operation when the last one ended; this finds
//! the throughput. *Paced* (open loop): operations are due at even intervals whatever the server
//! does, and wait for a free connection if there is none; latency is counted from when an
//! operation was due, so a server that stalls cannot hide the requests it kept from being sent.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

use crate::client::Client;
use crate::clock;
use crate::http::Response;
use crate::limits::EVENTS_MAX;
use crate::phase::Phase;
use crate::sink::{Message, Sink};
use crate::tally::{Tally, Window};
use crate::usage::Usage;

/// Sleeps end within a microsecond of their time, not within the usual 50.
const TIMER_SLACK_NS: NonZeroU64 = NonZeroU64::new(1_000).expect("not zero");

/// Token of the metronome in the poller.
pub(crate) const METRONOME: u64 = u64::MAX;
/// How often the metronome wakes the loop. A closed loop waits without a timeout and leans on it:
/// arming a timer at every wait costs a twentieth of all time on a virtual machine.
const BEAT: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// What a connection does after an answer.
pub(crate) enum Step {
    /// The operation goes on; the next request is in the buffer.
    Send,
    /// The operation goes on when a message has come.
    Wait,
    /// The operation has ended, well or badly.
    Done,
}

/// One kind of load. `connection` is a small number that names the connection.
pub(crate) trait Work {
    /// Begins an operation that was due at `due`: builds its request. False: nothing is left to do.
    fn begin(&mut self, connection: usize, due: Instant, request: &mut Vec<u8>) -> bool;
    /// Reads the answer to the last request.
    fn answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
        request: &mut Vec<u8>,
    ) -> Step;
    /// Takes a message that reached the sink; names the connection that can go on now.
    fn message(&mut self, _message: &Message, _now: Instant) -> Option<usize> {
        None
    }
    /// Builds the request of a connection that [`Work::message`] named.
    fn go_on(&mut self, _connection: usize, _now: Instant, _request: &mut Vec<u8>) {}
    /// The operation under way cannot be completed.
    fn failed(&mut self, connection: usize, reason: &'static str);
    /// The counters.
    fn tally(&mut self) -> &mut Tally;
    /// Called ten times a second.
    fn tick(&mut self, _now: Instant) {}
}

/// When operations begin.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// As soon as a connection is free.
    Closed,
    /// This many a second, evenly.
    PerSecond(f64),
}

/// One phase.
pub(crate) struct Plan {
    /// When operations begin.
    pub(crate) pace: Pace,
    /// Number of connections.
    pub(crate) connections: u16,
    /// How long a closed loop stays asleep when nothing is there to be read, whatever comes: as a
    /// network card does, it lets some answers gather. Without it the server pays some microseconds
    /// at nearly every answer for waking the load program, which callers on other machines would
    /// not cost it. A loop that is behind never dozes, and paced phases do not doze at all.
    pub(crate) doze: Duration,
    /// The measured part; the load begins at once and ends with it.
    pub(crate) window: Window,
    /// Process whose use of the machine is measured.
    pub(crate) server_pid: u32,
}

/// What the loop itself learned of a phase.
pub(crate) struct Driven {
    /// Seconds of the measured part.
    pub(crate) seconds: f64,
    /// Use of the machine in the measured part.
    pub(crate) usage: Usage,
    /// Longest queue of operations that were due and found no free connection.
    pub(crate) backlog_max: u64,
}

/// The poller and what lives on it across phases.
pub(crate) struct Driver {
    /// Where all sockets are registered.
    pub(crate) poller: OwnedFd,
    metronome: OwnedFd,
    /// Buffer of the events of one look.
    pub(crate) events: Vec<Event>,
    /// The gateway that takes the messages.
    pub(crate) sink: Sink,
}

impl Driver {
    /// Opens poller and sink.
    pub(crate) fn open() -> Result<Self> {
        rustix::thread::set_current_timer_slack(Some(TIMER_SLACK_NS))?;
        let poller = epoll::create(CreateFlags::CLOEXEC)?;
        let sink = Sink::open(&poller).context("could not open the sink gateway")?;
        let metronome = metronome(&poller).context("could not set a timer")?;
        Ok(Self { poller, metronome, events: Vec::with_capacity(EVENTS_MAX), sink })
    }

    /// Reads a beat of the metronome; the kernel arms the next one only then.
    pub(crate) fn take_beat(&self) -> Result<()> {
        let mut beats = [0; 8];
        rustix::io::read(&self.metronome, &mut beats).context("could not read the timer")?;
        Ok(())
    }

    /// Connects to each server in turn, with a pause after each connection.
    pub(crate) fn connect(
        &self,
        servers: &[SocketAddr],
        connections: u16,
        pause: Duration,
    ) -> Result<Vec<Client>> {
        let connect = |(token, server): (u16, &SocketAddr)| {
            let client = Client::connect(*server, &self.poller, u64::from(token));
            if !pause.is_zero() {
                clock::pause(pause);
            }
            client
        };
        let in_turn = (0..connections).zip(servers.iter().cycle());
        let clients = in_turn.map(connect).collect::<io::Result<_>>();
        clients.context("could not connect to the server")
    }

    /// Connects and runs one phase to its end.
    pub(crate) fn run<W: Work>(
        &mut self,
        server: SocketAddr,
        work: &mut W,
        plan: &Plan,
    ) -> Result<Driven> {
        let clients = self.connect(&[server], plan.connections, Duration::ZERO)?;
        self.run_on(clients, work, plan)
    }

    /// Runs one phase over connections that are there already.
    pub(crate) fn run_on<W: Work>(
        &mut self,
        clients: Vec<Client>,
        work: &mut W,
        plan: &Plan,
    ) -> Result<Driven> {
        Phase::new(self, work, plan, clients).run()
    }
}

/// A timer that reports at every beat.
fn metronome(poller: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    let beats = Itimerspec { it_interval: BEAT, it_value: BEAT };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &beats)?;
    epoll::add(poller, &timer, EventData::new_u64(METRONOME), EventFlags::IN)?;
    Ok(timer)
}

#[cfg(test)]
mod tests {
    use super::{Driver, METRONOME};
    use rustix::event::Timespec;
    use rustix::event::epoll;

    #[test]
    fn the_metronome_goes_on_without_traffic() {
        let driver = Driver::open().unwrap();
        let timeout = Timespec { tv_sec: 10, tv_nsec: 0 };
        for _ in 0..3 {
            let mut events = Vec::with_capacity(4);
            let buffer = rustix::buffer::spare_capacity(&mut events);
            assert_eq!(epoll::wait(&driver.poller, buffer, Some(&timeout)).unwrap(), 1);
            let token = events[0].data.u64();
            assert_eq!(token, METRONOME);
            driver.take_beat().unwrap();
        }
    }
}
