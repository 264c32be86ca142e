//! Receipts, from whichever gateway and door they come: one place notes them,
//! and everything that hangs on them follows from the same step.

use std::time::Duration;

use store::{Fault, Store};
use verify::Timestamp;
use verify::engine::receipt::{self, ReceiptOutcome, ReceiptRequest};
use verify::engine::reference::{self, Meant, NamedReceipt};
use verify::engine::{Change, Decision};
use verify::keys::Keyring;
use verify::phone::PhoneNumber;
use verify::record::{Cause, Delivery, Orphan, ReceiptState};

use crate::dispatcher::Now;
use crate::early::Warning;
use crate::exits::Exits;
use crate::limits::RECEIPTS_GATHERED;
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

/// Why a receipt was not noted; the gateway must repeat it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNoted {
    /// The store could not.
    #[error(transparent)]
    Store(#[from] Fault),
    /// Its message is not known, and the gateway has had more such receipts kept than it
    /// may. The operator was told.
    #[error("too many receipts name messages that are not known")]
    TooMany,
}

/// What a read tells of the message of a receipt.
enum Look {
    /// It is this one: it has the very name.
    Has(Meant),
    /// A step has to say: there is one, or there are several, by another form of the name or
    /// by the number, and it may be another one once the steps that wait are done; or a
    /// receipt without a name fits none, for which nothing is kept; or the store is busy.
    Likely,
    /// None that is known.
    Unknown,
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
    /// [`NotNoted`]: the gateway must repeat it.
    pub async fn note_by_name(&self, gateway: &str, receipt: ByName) -> Result<Meant, NotNoted> {
        let to = format!("+{}", receipt.to.trim_start_matches('+'));
        let number = PhoneNumber::parse(&to).map(|number| self.keys.number_key(&number));
        let ByName { forms, to: _, sender, state, cause, code } = receipt;
        let (gateway_name, sender) = (gateway.to_owned(), Some(sender));
        let named =
            NamedReceipt { gateway: gateway_name, forms, number, sender, state, cause, code };
        let now = (self.now)();
        let meant = match self.look(&named, now).await? {
            Look::Has(meant) => meant,
            Look::Likely => self.find_or_keep(&named, now).await?,
            Look::Unknown => self.find_later(&named, now).await?,
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
                if self.exits.is_warning_due(gateway, Warning::Nobody, now) {
                    tracing::warn!(
                        gateway.name = gateway,
                        "a receipt names no message of ours; for a minute others are only counted"
                    );
                }
            }
        }
        Ok(meant)
    }

    /// Looks for the message of a receipt by a read, which costs the others nothing.
    async fn look(&self, receipt: &NamedReceipt, now: Timestamp) -> Result<Look, Fault> {
        let found = match self.store.read(reference::keys(receipt, now)).await {
            Ok(found) => found,
            // As busy as that, the step alone looks.
            Err(Fault::Overloaded) => return Ok(Look::Likely),
            Err(fault) => return Err(fault),
        };
        let has_its_name = match (found.references.first(), receipt.forms.first()) {
            (Some(reference), Some(form)) => reference.form == *form,
            (None, _) | (_, None) => false,
        };
        Ok(match reference::find(&found, receipt, now).outcome {
            meant @ Meant::Message(..) if has_its_name => Look::Has(meant),
            Meant::Message(..) | Meant::Nobody => Look::Likely,
            Meant::Orphan => Look::Unknown,
        })
    }

    /// Looks once more for the message of a receipt when [`RECEIPTS_GATHERED`] is over, and
    /// keeps the receipt if it has none then, as long as the gateway may have more kept.
    async fn find_later(&self, receipt: &NamedReceipt, now: Timestamp) -> Result<Meant, NotNoted> {
        let gateway = receipt.gateway.as_str();
        let has_place = self.exits.early().take(gateway, now);
        gathered((self.now)()).await;
        if has_place {
            let meant = self.find_or_keep(receipt, now).await?;
            if meant != Meant::Orphan {
                self.exits.early().give_back(gateway);
            }
            return Ok(meant);
        }
        match self.look(receipt, now).await? {
            Look::Has(meant) => return Ok(meant),
            Look::Likely => return Ok(self.find_or_keep(receipt, now).await?),
            Look::Unknown => count(gateway.to_owned(), "refused"),
        }
        if self.exits.is_warning_due(gateway, Warning::TooMany, now) {
            tracing::warn!(
                gateway.name = gateway,
                "too many receipts name messages that are not known: the gateway is asked to repeat \
                 them. Does another program send by the same account?"
            );
        }
        Err(NotNoted::TooMany)
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

/// Waits to the end of a span of [`RECEIPTS_GATHERED`]. An answer that a receipt overtook
/// is mostly noted by then, so that nothing has to be kept; the others of one span come to
/// the store together and share a commit, for which everybody else waits once.
async fn gathered(now: Timestamp) {
    let span = i64::try_from(RECEIPTS_GATHERED.as_millis()).unwrap_or(1);
    let left = span - now.as_millisecond().rem_euclid(span);
    tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
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
