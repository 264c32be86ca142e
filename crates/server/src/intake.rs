//! What gateways hear that keep a link to their other side: receipts, late
//! answers, and messages from persons. Nothing is acknowledged before the store has it
//! (`delivery.md` 5.4).

use std::sync::{Arc, OnceLock, Weak};

use delivery::intake::{InboundMessage, Intake, IntakeFault, IntakeFuture, LateAnswer, RawReceipt};
use delivery::receipts::{ByName, NotNoted};

use crate::app::App;
use crate::http::callbacks::inbound::{self, TEXT_CHARS_MAX, WireMessage};

/// The way in. Gateways are made before the app whose exits they are, so it is
/// opened when there is one; until then, as in commands that start no server,
/// whoever brings something is asked to repeat it.
#[derive(Default)]
pub struct GatewayIntake {
    /// Weak, since the app has the gateways, and they have this.
    app: OnceLock<Weak<App>>,
}

impl GatewayIntake {
    /// Lets in what comes from now on. Only the first app counts.
    pub fn open(&self, app: &Arc<App>) {
        let _ = self.app.set(Arc::downgrade(app));
    }

    fn app(&self) -> Result<Arc<App>, IntakeFault> {
        self.app.get().and_then(Weak::upgrade).ok_or(IntakeFault)
    }
}

impl Intake for GatewayIntake {
    fn receipt<'a>(&'a self, gateway: &'a str, receipt: RawReceipt) -> IntakeFuture<'a> {
        Box::pin(async move {
            let app = self.app()?;
            let RawReceipt { id_forms: forms, to, sender, state, cause, code } = receipt;
            let by_name = ByName { forms, to, sender, state, cause, code };
            let noted = app.receipts.note_by_name(gateway, by_name).await;
            noted.map(drop).map_err(|not| match not {
                NotNoted::Store(error) => fault(gateway, &error),
                // Each would be a line of its own; who refused it gave a warning.
                NotNoted::TooMany => IntakeFault,
            })
        })
    }

    fn late<'a>(&'a self, gateway: &'a str, answer: LateAnswer) -> IntakeFuture<'a> {
        Box::pin(async move {
            let app = self.app()?;
            let applied = app.receipts.note_late(gateway, answer).await;
            applied.map_err(|error| fault(gateway, &error))
        })
    }

    fn inbound<'a>(&'a self, gateway: &'a str, message: InboundMessage) -> IntakeFuture<'a> {
        Box::pin(async move {
            let app = self.app()?;
            let message = WireMessage {
                to: message.to,
                from: format!("+{}", message.from.trim_start_matches('+')),
                text: message.text.chars().take(TEXT_CHARS_MAX).collect(),
            };
            inbound::hand_on(&app, &message).await.map_err(|error| fault(gateway, &error))?;
            app.report_bell.ring();
            Ok(())
        })
    }
}

fn fault(gateway: &str, error: &store::Fault) -> IntakeFault {
    tracing::error!(%error, gateway.name = gateway, "the store cannot keep what a gateway hears");
    IntakeFault
}
