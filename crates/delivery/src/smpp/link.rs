//! One session over a connection: the machine of `smpp::session` with sockets,
//! timers and the store around it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use smpp::session::{Closed, Delivery, DeliveryKey, Ended, Event, PduNote, Session};
use smpp::{command, status};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf,
};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::carrier::{Carrier, Moment};
use super::door::Pass;
use super::gateway::Shared;
use super::receipts;
use super::view::{Face, LinkState};
use crate::dispatcher::until;
use crate::limits::{SMPP_FAREWELL, SMPP_INTAKE_CALLS_MAX, SMPP_READ_BYTES};

/// How a connection ended, and for how long it was bound.
pub(super) struct End {
    pub(super) ended: Ended,
    pub(super) bound_for: Option<Duration>,
}

/// The time until which a timer sleeps that nobody waits for.
const FAR: Duration = Duration::from_hours(1);

/// A session and what belongs to it.
struct Link<'a> {
    shared: &'a Arc<Shared>,
    face: &'a Face,
    session: Session,
    carrier: Carrier,
    started_at: Instant,
    bound_at: Option<Instant>,
    /// Why it ended, once it has.
    closed: Option<Closed>,
    /// It was told that the peer sends what cannot be read.
    has_warned: bool,
    /// The right to bind, until the bind is answered.
    pass: Option<Pass<'a>>,
    /// Deliveries that wait for the store, as many as the session hands up.
    waiting: VecDeque<Box<Delivery>>,
    /// Deliveries that the store has.
    intakes: JoinSet<(DeliveryKey, u32)>,
    /// Late answers that the store has.
    lates: JoinSet<()>,
    /// When the pace allows the next part.
    next_turn: Option<Instant>,
    /// PDUs of the session that were noted.
    noted: u64,
    peer: SocketAddr,
}

/// Binds, and works until the session's end.
pub(super) async fn carry<S>(
    stream: S,
    peer: SocketAddr,
    pass: Pass<'_>,
    shared: &Arc<Shared>,
    face: &Face,
    stop: &mut watch::Receiver<Option<Instant>>,
) -> End
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let window = usize::from(shared.options.window);
    let bind = shared.bind.clone();
    let Ok(session) = Session::open(face.role, bind, window, Duration::ZERO) else {
        face.failed("the bind does not fit into a PDU".to_owned());
        return End { ended: Ended::Denied, bound_for: None };
    };
    face.enter(LinkState::Open, Some(peer), Instant::now());
    let mut link = Link {
        shared,
        face,
        session,
        carrier: Carrier::default(),
        started_at: Instant::now(),
        bound_at: None,
        closed: None,
        has_warned: false,
        pass: Some(pass),
        waiting: VecDeque::new(),
        intakes: JoinSet::new(),
        lates: JoinSet::new(),
        next_turn: None,
        noted: 0,
        peer,
    };
    let (reader, mut writer) = tokio::io::split(stream);
    link.work(reader, &mut writer, stop).await;
    link.say_farewell(&mut writer).await;
    link.apply_last().await;
    link.end()
}

impl Link<'_> {
    async fn work<S>(
        &mut self,
        mut reader: ReadHalf<S>,
        writer: &mut WriteHalf<S>,
        stop: &mut watch::Receiver<Option<Instant>>,
    ) where
        S: AsyncRead + AsyncWrite + Send + Unpin,
    {
        let mut buffer = Vec::with_capacity(SMPP_READ_BYTES);
        let (mut is_leaving, mut is_unflushed) = (false, false);
        let mut states = self.shared.states();
        let timer = sleep_until(Instant::now());
        tokio::pin!(timer);
        loop {
            let now = self.step();
            if self.closed.is_some() {
                return;
            }
            // A timer that ends too early only makes one more step.
            let next = self.deadline(now);
            if timer.is_elapsed() || next < timer.deadline() {
                timer.as_mut().reset(next);
            }
            let (wants_bytes, may_send) = (self.session.wants_bytes(), self.may_send());
            let waits_for_another = self.session.room() > 0 && !may_send;
            let piece = self.session.output();
            let has_output = !piece.is_empty();
            tokio::select! {
                biased;
                () = until(stop), if !is_leaving => {
                    is_leaving = true;
                    self.session.leave(self.moment().session);
                }
                pushed = push(writer, piece), if has_output || is_unflushed => match pushed {
                    Err(_) => self.session.lost(),
                    Ok(bytes) => {
                        is_unflushed = bytes > 0;
                        let at = self.moment().session;
                        self.session.written(bytes, at);
                    }
                },
                read = reader.read_buf(&mut buffer), if wants_bytes => match read {
                    Ok(0) | Err(_) => self.session.lost(),
                    Ok(_) => {
                        let at = self.moment().session;
                        self.session.received(&buffer, at);
                        buffer.clear();
                    }
                },
                Some(kept) = self.intakes.join_next() => self.kept(kept),
                Some(_) = self.lates.join_next() => {}
                () = self.shared.line.rung(), if may_send => {}
                Ok(()) = states.changed(), if waits_for_another => {}
                () = &mut timer => {}
            }
        }
    }

    fn moment(&self) -> Moment {
        let now = Instant::now();
        Moment { now, session: now.saturating_duration_since(self.started_at) }
    }

    /// Does whatever can be done without waiting.
    fn step(&mut self) -> Instant {
        let at = self.moment();
        self.session.advance(at.session);
        self.take_events(at);
        self.carrier.expire(self.shared, at.now);
        self.next_turn = None;
        if self.may_send() {
            self.next_turn = self.carrier.fill(&mut self.session, self.shared, at);
        }
        if std::mem::take(&mut self.carrier.wants_rebind) {
            self.session.leave(at.session);
            self.take_events(at);
        }
        self.hand_over();
        self.note_pdus();
        at.now
    }

    /// Submits go when every session of the bind is there: else their receipts
    /// would be lost.
    fn may_send(&self) -> bool {
        self.session.room() > 0 && self.shared.is_ready(self.face.bind())
    }

    fn deadline(&mut self, now: Instant) -> Instant {
        let of_session = self.session.deadline().map(|at| self.started_at + at);
        let times = [of_session, self.next_turn, self.carrier.deadline()];
        times.into_iter().flatten().min().unwrap_or(now + FAR)
    }

    fn take_events(&mut self, at: Moment) {
        while let Some(event) = self.session.event() {
            match event {
                Event::Bound => self.bound(at.now),
                Event::Answered { token, waited, answer } => {
                    self.carrier.answered(token, &answer, waited, self.shared, at.now);
                }
                Event::Unanswered { token } | Event::Lost { token } => {
                    self.carrier.doubted(token, self.shared, at.now);
                }
                Event::Late { token, waited, answer } => {
                    self.shared.meters.part("late");
                    let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                    tracing::warn!(
                        gateway.name = self.shared.options.name,
                        smpp.command_status = answer.status,
                        waited_ms,
                        "the answer to a message came late"
                    );
                    self.carrier.answered_late(token, &answer, self.shared);
                }
                Event::Delivered(delivery) => self.waiting.push_back(delivery),
                Event::Unreadable { command_id } => {
                    self.shared.meters.received("unreadable");
                    // A peer that sends nothing else must not fill the log; all are counted.
                    if !std::mem::replace(&mut self.has_warned, true) {
                        tracing::warn!(
                            gateway.name = self.shared.options.name,
                            smpp.command = command::name(command_id).unwrap_or("unknown"),
                            "a PDU could not be read; further ones of this session are only counted"
                        );
                    }
                }
                Event::Draining(_) => {
                    self.face.enter(LinkState::Draining, Some(self.peer), at.now);
                    self.shared.note_standing();
                    self.carrier.stop(self.shared, at.now);
                }
                Event::Closed(why) => {
                    self.closed = Some(why);
                    self.carrier.stop(self.shared, at.now);
                }
            }
        }
    }

    fn bound(&mut self, now: Instant) {
        self.bound_at = Some(now);
        self.face.enter(LinkState::Bound, Some(self.peer), now);
        if let Some(pass) = self.pass.take() {
            pass.taken();
        }
        self.shared.note_standing();
        tracing::info!(
            gateway.name = self.shared.options.name,
            smpp.role = self.face.role.as_str(),
            "bound"
        );
    }

    /// Hands deliveries to the store.
    fn hand_over(&mut self) {
        while self.intakes.len() < SMPP_INTAKE_CALLS_MAX
            && let Some(delivery) = self.waiting.pop_front()
        {
            let (shared, key) = (self.shared.clone(), delivery.key);
            self.intakes.spawn(async move { (key, receipts::keep(*delivery, &shared).await) });
        }
        self.apply_late();
    }

    /// Hands late answers to the store.
    fn apply_late(&mut self) {
        while self.lates.len() < SMPP_INTAKE_CALLS_MAX
            && let Some(late) = self.carrier.late.pop_front()
        {
            let shared = self.shared.clone();
            self.lates.spawn(async move {
                // The intake says what is wrong; the peer says it only once.
                let _ = shared.intake.late(&shared.options.name, late).await;
            });
        }
    }

    /// Nobody repeats a late answer, so the session's last ones are awaited.
    async fn apply_last(&mut self) {
        let applied = async {
            loop {
                self.apply_late();
                if self.lates.join_next().await.is_none() {
                    break;
                }
            }
        };
        if timeout(SMPP_FAREWELL, applied).await.is_err() {
            let name = &self.shared.options.name;
            tracing::warn!(gateway.name = name, "late answers were not applied in time");
        }
    }

    /// The store has kept a delivery, or not. One whose task died is not
    /// acknowledged, so the peer repeats it. Every task that is spawned ends here,
    /// however it ends, and gives its place back.
    fn kept(&mut self, kept: Result<(DeliveryKey, u32), tokio::task::JoinError>) {
        let at = self.moment().session;
        match kept {
            Ok((key, status)) => self.session.acknowledge(key, status, at),
            Err(error) => {
                self.session.give_up_delivery(at);
                tracing::error!(gateway.name = self.shared.options.name, %error, "a receipt was not kept");
            }
        }
    }

    fn note_pdus(&mut self) {
        let ring = self.session.ring();
        if tracing::enabled!(tracing::Level::DEBUG) {
            ring.since(self.noted).for_each(|note| log(&self.shared.options.name, note));
        }
        self.face.note(ring, self.noted, self.session.window_used());
        self.noted = ring.count();
    }

    /// Writes the last answers, for a while.
    async fn say_farewell<S>(&mut self, writer: &mut WriteHalf<S>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin,
    {
        if self.closed == Some(Closed::Lost) {
            return;
        }
        let farewell = async {
            loop {
                let piece = self.session.output();
                if piece.is_empty() {
                    break;
                }
                let bytes = push(writer, piece).await?;
                self.session.written(bytes, Duration::ZERO);
            }
            writer.shutdown().await?;
            std::io::Result::Ok(())
        };
        // A peer that does not read it has closed the connection already.
        let _ = timeout(SMPP_FAREWELL, farewell).await;
    }

    fn end(mut self) -> End {
        let closed = self.closed.unwrap_or(Closed::Lost);
        let ended = closed.ended(|status| self.shared.codes.bind(status));
        let bound_for = self.bound_at.map(|at| at.elapsed());
        self.shared.meters.ended(closed.as_str());
        let name = &self.shared.options.name;
        if let Closed::BindRefused(refused) = closed {
            let word = status::name(refused).unwrap_or("unknown");
            self.face.failed(format!("bind refused: 0x{refused:02X} {word}"));
            tracing::error!(
                gateway.name = name,
                smpp.command_status = refused,
                status = word,
                "the peer refuses the bind"
            );
        } else if closed != Closed::Left {
            self.face.failed(closed.as_str().to_owned());
            tracing::warn!(gateway.name = name, reason = closed.as_str(), "a session has ended");
        }
        if let Some(pass) = self.pass.take().filter(|_| ended == Ended::Denied) {
            pass.denied();
        }
        End { ended, bound_for }
    }
}

/// Writes some bytes; without any it sees to it that the written ones leave.
async fn push<S: AsyncWrite>(writer: &mut WriteHalf<S>, piece: &[u8]) -> std::io::Result<usize> {
    if piece.is_empty() {
        return writer.flush().await.map(|()| 0);
    }
    let bytes = writer.write(piece).await?;
    if bytes == 0 { Err(std::io::ErrorKind::WriteZero.into()) } else { Ok(bytes) }
}

/// A line of the log for a PDU: nothing of what it carries.
fn log(gateway: &str, note: &PduNote) {
    tracing::debug!(
        gateway.name = gateway,
        smpp.command = command::name(note.command_id).unwrap_or("unknown"),
        smpp.command_status = note.status,
        smpp.sequence = note.sequence,
        octets = note.length,
        received = note.is_received,
        "pdu"
    );
}
