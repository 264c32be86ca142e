//! Messages that wait in memory, a lane for each gateway, so that a slow one
//! holds up no other.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use verify::Timestamp;
use verify::engine::outbox::Attempt;
use verify::ids::MessageId;
use verify::record::OutgoingMessage;
use verify::routing::Reason;

use crate::exits::Probe;
use crate::gateway::Gateway;
use crate::limits::LANE_MAX;

/// A message with the reason for its gateway.
pub(crate) struct Waiting {
    pub(crate) message: OutgoingMessage,
    pub(crate) reason: Reason,
    /// It is a probe of that gateway.
    pub(crate) probe: Option<Probe>,
}

/// The messages for one gateway.
pub(crate) struct Lane {
    pub(crate) gateway: Arc<dyn Gateway>,
    waiting: VecDeque<Waiting>,
    /// Calls of it under way.
    pub(crate) calls: usize,
}

/// All lanes; as many as there are gateways with something to do.
#[derive(Default)]
pub(crate) struct Lanes(Vec<Lane>);

impl Lane {
    /// Messages that the gateway bears now, beyond those under way and in line.
    fn room(&self) -> usize {
        let calls = self.gateway.calls_max().saturating_sub(self.calls);
        calls.saturating_mul(self.gateway.batch_max()).saturating_sub(self.waiting.len())
    }

    /// Whether the gateway bears one more call.
    fn is_ready(&self) -> bool {
        !self.waiting.is_empty() && self.calls < self.gateway.calls_max()
    }
}

impl Lanes {
    /// Messages in all lanes.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|lane| lane.waiting.len()).sum()
    }

    /// Calls under way at all gateways.
    pub(crate) fn calls(&self) -> usize {
        self.0.iter().map(|lane| lane.calls).sum()
    }

    /// Puts a message into the lane of its gateway: codes before clients'
    /// messages, since somebody waits for a code (`delivery.md` 8.3). Gives it
    /// back if the lane is full.
    pub(crate) fn push(
        &mut self,
        gateway: &Arc<dyn Gateway>,
        waiting: Waiting,
    ) -> Result<(), Attempt> {
        let lane = self.lane(gateway);
        if lane.waiting.len() >= LANE_MAX {
            return Err(Attempt::of(&waiting.message));
        }
        let is_code = |waiting: &Waiting| waiting.message.purpose.verification().is_some();
        if is_code(&waiting) {
            let behind_codes = lane.waiting.partition_point(is_code);
            lane.waiting.insert(behind_codes, waiting);
        } else {
            lane.waiting.push_back(waiting);
        }
        Ok(())
    }

    /// Takes the messages for one more call of some gateway that bears it.
    pub(crate) fn next_call(&mut self) -> Option<(Arc<dyn Gateway>, Vec<Waiting>)> {
        let lane = self.0.iter_mut().find(|lane| lane.is_ready())?;
        let count = lane.waiting.len().min(lane.gateway.batch_max().max(1));
        lane.calls += 1;
        Some((lane.gateway.clone(), lane.waiting.drain(..count).collect()))
    }

    /// A call of this gateway ended.
    pub(crate) fn call_ended(&mut self, gateway: &Arc<dyn Gateway>) {
        let lane = self.lane(gateway);
        lane.calls = lane.calls.saturating_sub(1);
        self.0.retain(|lane| lane.calls > 0 || !lane.waiting.is_empty());
    }

    /// Messages that this gateway bears now.
    pub(crate) fn room(&self, gateway: &Arc<dyn Gateway>) -> usize {
        match self.0.iter().find(|lane| Arc::ptr_eq(&lane.gateway, gateway)) {
            Some(lane) => lane.room(),
            None => gateway.calls_max().saturating_mul(gateway.batch_max()),
        }
    }

    /// Takes out what waits for gateways that take nothing any more.
    pub(crate) fn take_closed(&mut self, is_open: impl Fn(&dyn Gateway) -> bool) -> Vec<Waiting> {
        let closed = self.0.iter_mut().filter(|lane| !lane.waiting.is_empty());
        let closed = closed.filter(|lane| !is_open(&*lane.gateway));
        closed.flat_map(|lane| std::mem::take(&mut lane.waiting)).collect()
    }

    /// The hand-overs that messages wait for whose lease is over, as far as is known here.
    pub(crate) fn lapsed(&self, now: Timestamp) -> impl Iterator<Item = Attempt> {
        let waiting = self.0.iter().flat_map(|lane| &lane.waiting);
        let lapsed = waiting.filter(move |waiting| waiting.message.next_at <= now);
        lapsed.map(|waiting| Attempt::of(&waiting.message))
    }

    /// Messages whose lease needs to begin anew by now, at most so many.
    pub(crate) fn to_renew(&self, by: Timestamp, limit: usize) -> Vec<OutgoingMessage> {
        let waiting = self.0.iter().flat_map(|lane| &lane.waiting);
        let due = waiting.filter(|waiting| waiting.message.next_at <= by);
        due.take(limit).map(|waiting| waiting.message.clone()).collect()
    }

    /// Puts messages with their new leases in the place of the old; of those that
    /// were asked for, the ones that are not among them have ended.
    pub(crate) fn renew(&mut self, asked: &[MessageId], renewed: Vec<OutgoingMessage>) {
        let mut renewed: HashMap<MessageId, OutgoingMessage> =
            renewed.into_iter().map(|message| (message.id, message)).collect();
        for lane in &mut self.0 {
            lane.waiting.retain_mut(|waiting| {
                if !asked.contains(&waiting.message.id) {
                    return true;
                }
                match renewed.remove(&waiting.message.id) {
                    Some(message) => waiting.message = message,
                    None => return false,
                }
                true
            });
        }
    }

    /// Takes out everything.
    pub(crate) fn take_all(&mut self) -> Vec<Waiting> {
        self.take_closed(|_| false)
    }

    fn lane(&mut self, gateway: &Arc<dyn Gateway>) -> &mut Lane {
        let place = self.0.iter().position(|lane| Arc::ptr_eq(&lane.gateway, gateway));
        let place = place.unwrap_or_else(|| {
            let (gateway, waiting) = (gateway.clone(), VecDeque::new());
            self.0.push(Lane { gateway, waiting, calls: 0 });
            self.0.len() - 1
        });
        &mut self.0[place]
    }
}

#[cfg(test)]
mod tests {
    use verify::Timestamp;

    use super::*;
    use crate::gateway::stub;

    fn waiting(n: u16, is_code: bool) -> Waiting {
        Waiting { message: stub::message(n, is_code), reason: Reason::Only, probe: None }
    }

    fn numbers(all: &[Waiting]) -> Vec<u16> {
        let number = |waiting: &Waiting| {
            let bytes = waiting.message.id.as_bytes();
            u16::from_be_bytes([bytes[0], bytes[1]])
        };
        all.iter().map(number).collect()
    }

    #[test]
    fn codes_go_before_clients_messages_and_each_in_order() {
        let (mut lanes, gateway) = (Lanes::default(), stub::named("one"));
        for (n, is_code) in [(1, false), (2, true), (3, false), (4, true), (5, true)] {
            assert!(lanes.push(&gateway, waiting(n, is_code)).is_ok());
        }
        let mut calls = Vec::new();
        while let Some((of, batch)) = lanes.next_call() {
            calls.push(numbers(&batch));
            lanes.call_ended(&of);
        }
        assert_eq!(calls, [vec![2, 4], vec![5, 1], vec![3]]);
        assert_eq!((lanes.len(), lanes.calls()), (0, 0));
    }

    #[test]
    fn a_busy_gateway_holds_up_no_other() {
        let mut lanes = Lanes::default();
        let (slow, quick) = (stub::named("slow"), stub::named("quick"));
        for n in 0..10 {
            assert!(lanes.push(&slow, waiting(n, true)).is_ok());
        }
        let calls: Vec<_> = std::iter::from_fn(|| lanes.next_call()).collect();
        assert_eq!(calls.len(), 2, "as many calls as it bears");
        assert_eq!((lanes.len(), lanes.calls()), (6, 2));
        assert_eq!((lanes.room(&slow), lanes.room(&quick)), (0, 4));
        assert!(lanes.push(&quick, waiting(99, false)).is_ok());
        assert_eq!(lanes.room(&quick), 3);
        let (of, batch) = lanes.next_call().expect("the other bears one");
        assert_eq!((of.name(), numbers(&batch)), ("quick", vec![99]));
        lanes.call_ended(&slow);
        assert_eq!(
            lanes.next_call().map(|(of, batch)| (of.name() == "slow", batch.len())),
            Some((true, 2))
        );
    }

    #[test]
    fn a_full_lane_gives_the_message_back() {
        let mut lanes = Lanes::default();
        let (full, other) = (stub::named("full"), stub::named("other"));
        let lane_max = u16::try_from(LANE_MAX).expect("it is small");
        for n in 0..lane_max {
            assert!(lanes.push(&full, waiting(n, n % 2 == 0)).is_ok(), "{n}");
        }
        for is_code in [true, false] {
            let more = waiting(lane_max, is_code);
            let attempt = Attempt::of(&more.message);
            assert_eq!(lanes.push(&full, more), Err(attempt));
        }
        assert!(lanes.push(&other, waiting(0, true)).is_ok());
        assert_eq!(lanes.len(), LANE_MAX + 1);
        lanes.next_call();
        assert!(lanes.push(&full, waiting(lane_max, true)).is_ok(), "two are on their way");
    }

    #[test]
    fn what_waits_for_a_closed_gateway_is_taken_out_and_its_calls_stay() {
        let mut lanes = Lanes::default();
        let (one, two) = (stub::named("one"), stub::named("two"));
        for n in 0..3 {
            assert!(lanes.push(&one, waiting(n, true)).is_ok());
            assert!(lanes.push(&two, waiting(n + 10, true)).is_ok());
        }
        lanes.next_call();
        let taken = lanes.take_closed(|gateway| gateway.name() == "two");
        assert_eq!(numbers(&taken), [2]);
        assert_eq!((lanes.len(), lanes.calls()), (3, 1));
        assert_eq!(numbers(&lanes.take_all()), [10, 11, 12]);
    }

    #[test]
    fn leases_are_renewed_in_place_and_what_is_over_leaves_the_lane() {
        let (mut lanes, gateway) = (Lanes::default(), stub::named("one"));
        for n in 1..=3 {
            lanes.push(&gateway, waiting(n, true)).expect("there is room");
        }
        let old = lanes.to_renew(Timestamp::MAX, 2);
        let asked: Vec<MessageId> = old.iter().map(|message| message.id).collect();
        assert_eq!(asked.len(), 2);
        let later = Timestamp::from_second(60).expect("a time");
        let renewed = OutgoingMessage { next_at: later, ..old[0].clone() };
        lanes.renew(&asked, vec![renewed]);
        assert_eq!(lanes.len(), 2, "the second one is over");
        assert_eq!(lanes.to_renew(Timestamp::MAX, 9).len(), 2);
        let soon = lanes.to_renew(Timestamp::from_second(59).expect("a time"), 9);
        assert!(soon.iter().all(|message| message.id != asked[0]), "its lease is new");
    }
}
