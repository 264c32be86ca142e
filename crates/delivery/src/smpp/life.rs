//! The life of one session's place: connect, bind, work, wait, again.

use std::sync::Arc;
use std::time::Duration;

use smpp::session::limits::STEADY_AFTER;
use smpp::session::{Backoff, Ended};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::dial::{Dialed, Wire};
use super::gateway::Shared;
use super::link::{End, carry};
use super::view::{Face, LinkState};
use crate::dispatcher::until;

type Stop = watch::Receiver<Option<Instant>>;

/// Keeps the session of a place until it is time to stop.
pub(super) async fn live(shared: Arc<Shared>, place: usize, mut stop: Stop) {
    let Some(face) = shared.faces.get(place) else { return };
    let mut backoff = Backoff::default();
    // Which host of the list is asked first.
    let mut first = 0;
    let mut asked = stop.clone();
    loop {
        tokio::select! {
            biased;
            () = until(&mut asked) => break,
            () = shared.door.opened() => {}
        }
        let end = once(&shared, face, &mut first, &mut stop).await;
        face.enter(LinkState::Closed, None, Instant::now());
        shared.note_standing();
        let wait = match end {
            // The door says when.
            None | Some(End { ended: Ended::Denied, .. }) => continue,
            Some(End { ended, bound_for }) => backoff.wait(ended, bound_for, (shared.random)()),
        };
        tokio::select! {
            biased;
            () = until(&mut asked) => break,
            () = sleep(wait) => {}
        }
    }
    face.enter(LinkState::Closed, None, Instant::now());
}

/// One connection; `None` if it was not used. The host at `first` is asked first,
/// and it says who is the next time.
async fn once(
    shared: &Arc<Shared>,
    face: &Face,
    first: &mut usize,
    stop: &mut Stop,
) -> Option<End> {
    face.enter(LinkState::Connecting, None, Instant::now());
    let dialed = tokio::select! {
        biased;
        () = until(stop) => return None,
        dialed = shared.dialer.dial(*first) => dialed,
    };
    let Dialed { wire, peer, place, .. } = match dialed {
        Ok(dialed) => dialed,
        Err(error) => {
            face.failed(error.to_string());
            shared.meters.ended(error.as_str());
            tracing::warn!(
                gateway.name = shared.options.name,
                reason = %error,
                "no connection to the gateway"
            );
            return Some(End { ended: Ended::Lost, bound_for: None });
        }
    };
    let pass = tokio::select! {
        biased;
        () = until(stop) => return None,
        pass = shared.door.pass() => pass?,
    };
    let end = match wire {
        Wire::Plain(stream) => carry(stream, peer, pass, shared, face, stop).await,
        Wire::Secure(stream) => carry(*stream, peer, pass, shared, face, stop).await,
    };
    *first = next_first(place, end.bound_for, shared.dialer.after(place));
    Some(end)
}

/// Which host is asked first after a connection to the one at `place`. One that
/// takes connections and binds nobody must not hide those behind it; one that
/// bound for a while was well, and then the operator's order counts again.
fn next_first(place: usize, bound_for: Option<Duration>, after: usize) -> usize {
    match bound_for {
        None => after,
        Some(bound) if bound < STEADY_AFTER => place,
        Some(_) => 0,
    }
}
