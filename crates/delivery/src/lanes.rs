//! Messages that wait in memory, a lane for each gateway, so that a slow one
//! holds up no other.

use std::collections::VecDeque;
use std::sync::Arc;

use verify::record::OutgoingMessage;
use verify::routing::Reason;

use crate::gateway::Gateway;
use crate::limits::LANE_MAX;

/// A message with the reason for its gateway.
pub(crate) struct Waiting {
    pub(crate) message: OutgoingMessage,
    pub(crate) reason: Reason,
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
    ) -> Result<(), Waiting> {
        let lane = self.lane(gateway);
        if lane.waiting.len() >= LANE_MAX {
            return Err(waiting);
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
