//! What is known of how gateways do, in memory.
//!
//! The measure is *conversion*: of the messages with a code that a gateway
//! took, how many had their code entered. Where there is none of it, because
//! only plain messages go there, it is the share of final receipts that say
//! "delivered". Each is kept per gateway for every country and for every
//! operator prefix, and old outcomes fade: each new one multiplies what was
//! there by 0.99 (`delivery.md` 9).
//!
//! The owner tells of every message that a gateway took ([`Evidence::sent`]),
//! of every code that was entered ([`Evidence::verified`]) and of final
//! receipts ([`Evidence::receipt`]), and calls [`Evidence::mature`] every few
//! seconds: a code that was not entered by then counts as a failure.
//!
//! Beside what receipts say, it is noted whether they come, and how soon: a
//! gateway whose receipts are late or missing is doubted ([`ReceiptDoubt`]).

mod pending;
mod places;
mod receipts;
mod tally;
mod view;

use crate::ids::{MessageId, VerificationId};
use crate::{SignedDuration, Timestamp};

pub(super) use places::{OBSERVATIONS_MIN, Standing};
pub use receipts::ReceiptDoubt;
pub(super) use tally::{Estimate, Measure};
pub use view::Known;

use super::Destination;
use pending::{Pending, Settled};
use places::Places;

/// How long a code may take to be entered before it counts as lost: nineteen of
/// twenty are entered by then (`delivery.md` 9, 12).
pub const MATURITY_SECONDS: i64 = 120;

/// What is known of how gateways do.
#[derive(Debug)]
pub struct Evidence {
    places: Places,
    pending: Pending,
    maturity: SignedDuration,
    /// The latest time that was told.
    now: Timestamp,
}

impl Default for Evidence {
    fn default() -> Self {
        Self::with_maturity(SignedDuration::from_secs(MATURITY_SECONDS))
    }
}

impl Evidence {
    /// Knows nothing, and counts codes that were not entered after `maturity`.
    pub fn with_maturity(maturity: SignedDuration) -> Self {
        Self {
            places: Places::default(),
            pending: Pending::default(),
            maturity,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// Notes that a gateway took a message: of a verification, or a plain one.
    pub fn sent(
        &mut self,
        message: MessageId,
        verification: Option<VerificationId>,
        gateway: &str,
        destination: Destination,
        now: Timestamp,
    ) {
        self.now = now.max(self.now);
        self.places.note_traffic(gateway, destination);
        self.pending.add(message, verification, gateway, destination, now);
    }

    /// Notes that the code of a verification was entered: the gateway that took
    /// its last message did well. Those that took earlier ones did not, which
    /// shows when they mature. Once is enough, and too late is too late.
    pub fn verified(&mut self, verification: VerificationId, now: Timestamp) {
        self.now = now.max(self.now);
        if let Some(settled) = self.pending.verified(verification) {
            self.settle(&settled, Measure::Conversion, true);
        }
    }

    /// Notes a final receipt of a gateway: whether the message was delivered.
    /// The first one that it gives of a message counts. That it came too late was
    /// noted when its message matured; how late a delivery was is noted now.
    pub fn receipt(
        &mut self,
        message: MessageId,
        gateway: &str,
        is_delivered: bool,
        now: Timestamp,
    ) {
        self.now = now.max(self.now);
        let Some(receipt) = self.pending.receipt(message, gateway) else { return };
        let Settled { gateway, destination } = &receipt.of;
        if let Some(receipts) = self.places.receipts(gateway, *destination) {
            if receipt.is_in_time {
                receipts.note_given(true, self.now);
            }
            if is_delivered {
                receipts.note_delivered(self.now.duration_since(receipt.sent_at), self.now);
            }
        }
        self.settle(&receipt.of, Measure::Receipts, is_delivered);
    }

    /// Counts the codes that were not entered in time, and forgets messages of
    /// which nothing more is awaited.
    pub fn mature(&mut self, now: Timestamp) {
        self.now = now.max(self.now);
        let matured = self.pending.mature(now, self.maturity);
        for settled in &matured.without_code {
            self.settle(settled, Measure::Conversion, false);
        }
        for Settled { gateway, destination } in &matured.without_receipt {
            if let Some(receipts) = self.places.receipts(gateway, *destination) {
                receipts.note_given(false, self.now);
            }
        }
    }

    /// The gateways that took messages of this verification within the last
    /// hour, the first first.
    pub fn gateways_of(&self, verification: VerificationId) -> impl Iterator<Item = &str> {
        self.pending.gateways_of(verification)
    }

    /// Messages whose end is awaited.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// What is known, for people: a line for each gateway and country, in order
    /// of their names.
    pub fn view(&self) -> Vec<Known> {
        view::lines(&self.places, self.now)
    }

    fn settle(&mut self, settled: &Settled, measure: Measure, is_success: bool) {
        let Settled { gateway, destination } = settled;
        self.places.settle(gateway, *destination, measure, is_success, self.now);
    }

    /// How likely the gateway is to do well there.
    pub(super) fn estimate(
        &self,
        gateway: &str,
        destination: Destination,
        measure: Measure,
    ) -> Estimate {
        self.places.estimate(gateway, destination, measure)
    }

    /// Whether the conversion breaker lets the gateway take messages there.
    pub(super) fn standing(&self, gateway: &str, destination: Destination) -> Standing {
        self.places.standing(gateway, destination, self.now)
    }

    /// What is wrong with the gateway's receipts there.
    pub(super) fn receipt_doubt(
        &self,
        gateway: &str,
        destination: Destination,
    ) -> Option<ReceiptDoubt> {
        self.places.receipt_doubt(gateway, destination, self.now)
    }

    /// Which part of the latest messages there the gateway would have had if it
    /// took one more.
    pub(super) fn share_with_one_more(&self, gateway: &str, destination: Destination) -> f64 {
        self.places.share_with_one_more(gateway, destination)
    }
}
