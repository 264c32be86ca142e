//! The life of one session's place: connect, bind, work, wait, again.

use std::sync::Arc;

use smpp::session::{Backoff, Ended};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::dial::Wire;
use super::gateway::Shared;
use super::link::{End, carry};
use super::view::{Face, LinkState};
use crate::dispatcher::until;

type Stop = watch::Receiver<Option<Instant>>;

/// Keeps the session of a place until it is time to stop.
pub(super) async fn live(shared: Arc<Shared>, place: usize, mut stop: Stop) {
    let Some(face) = shared.faces.get(place) else { return };
    let mut backoff = Backoff::default();
    let mut asked = stop.clone();
    loop {
        tokio::select! {
            biased;
            () = until(&mut asked) => break,
            () = shared.door.opened() => {}
        }
        let end = once(&shared, face, &mut stop).await;
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

/// One connection; `None` if it was not used.
async fn once(shared: &Arc<Shared>, face: &Face, stop: &mut Stop) -> Option<End> {
    face.enter(LinkState::Connecting, None, Instant::now());
    let dialed = tokio::select! {
        biased;
        () = until(stop) => return None,
        dialed = shared.dialer.dial() => dialed,
    };
    let (wire, peer) = match dialed {
        Ok(dialed) => dialed,
        Err(error) => {
            face.failed(error.as_str().to_owned());
            shared.meters.ended(error.as_str());
            tracing::warn!(
                gateway.name = shared.options.name,
                reason = error.as_str(),
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
    Some(match wire {
        Wire::Plain(stream) => carry(stream, peer, pass, shared, face, stop).await,
        Wire::Secure(stream) => carry(*stream, peer, pass, shared, face, stop).await,
    })
}
