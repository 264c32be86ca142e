//! Receipts, from whichever gateway and door they come: one place notes them,
//! and everything that hangs on them follows from the same step.

use store::{Fault, Store};
use verify::Timestamp;
use verify::engine::receipt::{self, ReceiptOutcome, ReceiptRequest};
use verify::engine::reference::{self, Meant, NamedReceipt};
use verify::engine::{Change, Decision};
use verify::keys::Keyring;
use verify::phone::PhoneNumber;
use verify::record::{Cause, Delivery, Orphan, ReceiptState};

use crate::dispatcher::Now;
use crate::exits::Exits;
use crate::reporter::ReportBell;

/// Notes receipts; cheap to clone.
#[derive(Clone)]
pub struct Receipts {
    /// Where deliveries are kept.
    pub store: Store,
    /// Names numbers.
    pub keys: Keyring,
    /// The time.
    pub now: Now,
    /// What is known of gateways.
    pub exits: Exits,
    /// Rung when a client is owed a report.
    pub bell: ReportBell,
    /// Repeats of a number confirmation also follow a delivered message.
    pub repeats_after_delivery: bool,
}

/// A receipt by a name that the gateway gave.
#[derive(Debug, Clone)]
pub struct ByName {
    /// Forms of the name, the best first ([`crate::names::of_receipt`]).
    pub forms: Vec<String>,
    /// The number that the message went to: digits, as the gateway gives them.
    pub to: String,
    /// The sender that the message showed, as the gateway gives it; may be empty.
    pub sender: String,
    /// What it says.
    pub state: ReceiptState,
    /// Why.
    pub cause: Option<Cause>,
    /// The gateway's own code.
    pub code: Option<String>,
}

impl Receipts {
    /// Notes a receipt by our own id.
    ///
    /// # Errors
    /// The store's; then nothing was noted.
    pub async fn note(&self, mut request: ReceiptRequest) -> Result<ReceiptOutcome, Fault> {
        request.repeats_after_delivery = self.repeats_after_delivery;
        request.in_hand = self.exits.has_in_hand(request.message, &request.gateway);
        let (keys, keyring, now) = (receipt::keys(&request), self.keys.clone(), (self.now)());
        let (gateway, message, state) = (request.gateway.clone(), request.message, request.state);
        let rule = move |snapshot: &_| {
            let Decision { changes, outcome } = receipt::receipt(snapshot, &request, &keyring, now);
            let owes_report = changes.iter().any(|c| matches!(c, Change::QueueReport(_)));
            Decision { changes, outcome: (outcome, owes_report) }
        };
        let (outcome, owes_report) = self.store.transact(keys, rule).await?;
        if owes_report {
            self.bell.ring();
        }
        let label = match &outcome {
            ReceiptOutcome::Raised(delivery) => {
                self.exits.receipt(message, &gateway, state, now);
                if state == ReceiptState::Delivered {
                    measure(&gateway, delivery);
                }
                tracing::info!(
                    message.id = %message, gateway.name = gateway, state = state.as_str(),
                    cause = delivery.cause.map(Cause::as_str), choice = delivery.choice,
                    "a receipt came"
                );
                state.as_str()
            }
            ReceiptOutcome::Part(_) => "part",
            ReceiptOutcome::Stale => "stale",
            ReceiptOutcome::Unknown => "unknown_message",
        };
        count(gateway, label);
        Ok(outcome)
    }

    /// Notes a receipt by a name that the gateway gave; one that names nothing
    /// known is kept for a while.
    ///
    /// # Errors
    /// The store's; then the gateway must repeat it.
    pub async fn note_by_name(&self, gateway: &str, receipt: ByName) -> Result<Meant, Fault> {
        let to = format!("+{}", receipt.to.trim_start_matches('+'));
        let number = PhoneNumber::parse(&to).map(|number| self.keys.number_key(&number));
        let ByName { forms, to: _, sender, state, cause, code } = receipt;
        let (gateway_name, sender) = (gateway.to_owned(), Some(sender));
        let named =
            NamedReceipt { gateway: gateway_name, forms, number, sender, state, cause, code };
        let now = (self.now)();
        let meant = match self.find_by_name(&named, now).await? {
            Some(meant) => meant,
            None => self.find_or_keep(&named, now).await?,
        };
        match meant {
            Meant::Message(message, part) => {
                let NamedReceipt { gateway, state, cause, code, .. } = named;
                self.note(ReceiptRequest {
                    message,
                    gateway,
                    in_hand: None,
                    state,
                    err: None,
                    cause,
                    code,
                    part,
                    repeats_after_delivery: false,
                })
                .await?;
            }
            Meant::Orphan => count(gateway.to_owned(), "orphan"),
            Meant::Nobody => {
                count(gateway.to_owned(), "unknown_message");
                tracing::warn!(gateway.name = gateway, "a receipt names no message of ours");
            }
        }
        Ok(meant)
    }

    /// The message that has the very name of a receipt, by a read, which costs the others
    /// nothing. Any other answer may be another one once the steps that wait are done.
    async fn find_by_name(
        &self,
        receipt: &NamedReceipt,
        now: Timestamp,
    ) -> Result<Option<Meant>, Fault> {
        let found = match self.store.read(reference::keys(receipt, now)).await {
            Ok(found) => found,
            // As busy as that, the step alone looks.
            Err(Fault::Overloaded) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let has_its_name = match (found.references.first(), receipt.forms.first()) {
            (Some(reference), Some(form)) => reference.form == *form,
            (None, _) | (_, None) => false,
        };
        let meant = reference::find(&found, receipt, now).outcome;
        Ok(Some(meant).filter(|meant| has_its_name && matches!(meant, Meant::Message(..))))
    }

    /// Looks in a step for the message of a receipt, so that it is kept if the message
    /// is not known.
    async fn find_or_keep(&self, receipt: &NamedReceipt, now: Timestamp) -> Result<Meant, Fault> {
        let (keys, receipt) = (reference::keys(receipt, now), receipt.clone());
        let rule = move |snapshot: &_| reference::find(snapshot, &receipt, now);
        self.store.transact(keys, rule).await
    }

    /// Notes a receipt that came before its message was known by that name.
    pub(crate) async fn note_orphan(&self, orphan: Orphan) {
        let Orphan { gateway, form, state, cause, code, .. } = orphan;
        let (forms, to, sender) = (vec![form], String::new(), String::new());
        let by_name = ByName { forms, to, sender, state, cause, code };
        if let Err(error) = self.note_by_name(&gateway, by_name).await {
            tracing::error!(%error, gateway.name = gateway, "an early receipt could not be noted");
        }
    }
}

/// How long the handset waited (`delivery.md` 5): from the wish to the receipt.
fn measure(gateway: &str, delivery: &Delivery) {
    if let Some((_, at)) = delivery.receipt {
        let seconds = at.duration_since(delivery.queued_at).as_secs_f64().max(0.0);
        metrics::histogram!("ringproof_handset_seconds", "gateway" => gateway.to_owned())
            .record(seconds);
    }
}

fn count(gateway: String, state: &'static str) {
    metrics::counter!("ringproof_receipts_total", "gateway" => gateway, "state" => state)
        .increment(1);
}
