//! What gateways say to the guard against pumped traffic (`delivery.md` 10, G-6).

use verify::Timestamp;
use verify::record::{Delivery, OutgoingMessage, Purpose};
use verify::traffic::InFlight;

use super::Exits;

impl Exits {
    /// A gateway refused a message since it takes it for pumped traffic.
    pub(crate) fn refused_as_pumped(&self, message: &OutgoingMessage, now: Timestamp) {
        if let Some(of) = in_flight(message) {
            self.traffic().suspected(message.account, of.service, &message.to, now);
        }
    }

    /// A gateway reports that it took a message for pumped traffic. If that is later than
    /// the time in which its code could be entered, or of a message that another server
    /// sent, nobody knows where it went.
    pub fn reported_as_pumped(&self, delivery: &Delivery, now: Timestamp) {
        if let Some(verification) = delivery.purpose.verification() {
            self.traffic().suspected_of(verification, now);
        }
    }
}

/// What the guard knows a message by; none of one that has no code.
pub fn in_flight(message: &OutgoingMessage) -> Option<InFlight> {
    match message.purpose {
        Purpose::Code { service, user, verification } => {
            Some(InFlight { service, user, verification, deadline: message.deadline })
        }
        Purpose::Text(_) => None,
    }
}
