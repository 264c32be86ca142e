//! A gateway over SMPP with the dispatcher before it and the store behind it.

use std::sync::{Arc, OnceLock};

use ringproof_delivery::intake::{
    InboundMessage, Intake, IntakeFault, IntakeFuture, LateAnswer, RawReceipt,
};
use ringproof_delivery::receipts::ByName;
use ringproof_delivery::smpp::SmppGateway;
use ringproof_delivery::{Receipts, Routes};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use verify::engine::outbox::Promise;

use super::smsc::{Habit, Smsc};
use super::{becomes, options};

/// Takes late answers and receipts to the store, as the server does.
#[derive(Default)]
pub(crate) struct ToStore(OnceLock<Receipts>);

impl ToStore {
    fn receipts(&self) -> &Receipts {
        self.0.get().expect("it was opened")
    }
}

impl Intake for ToStore {
    fn receipt<'a>(&'a self, gateway: &'a str, receipt: RawReceipt) -> IntakeFuture<'a> {
        Box::pin(async move {
            let RawReceipt { id_forms: forms, to, sender, state, cause, code } = receipt;
            let by_name = ByName { forms, to, sender, state, cause, code };
            let noted = self.receipts().note_by_name(gateway, by_name).await;
            noted.map(drop).map_err(|_| IntakeFault)
        })
    }

    fn late<'a>(&'a self, gateway: &'a str, answer: LateAnswer) -> IntakeFuture<'a> {
        let noted = self.receipts().note_late(gateway, answer);
        Box::pin(async move { noted.await.map_err(|_| IntakeFault) })
    }

    fn inbound<'a>(&'a self, _: &'a str, _: InboundMessage) -> IntakeFuture<'a> {
        Box::pin(async { Err(IntakeFault) })
    }
}

/// A bound gateway, from starts to what becomes of their messages.
pub(crate) struct Stored {
    pub(crate) smsc: Smsc,
    pub(crate) gateway: Arc<SmppGateway>,
    pub(crate) to_store: Arc<ToStore>,
    pub(crate) world: crate::world::World,
    _stop: watch::Sender<Option<Instant>>,
    _life: JoinSet<()>,
}

impl Stored {
    pub(crate) async fn new(habit: Habit, promise: Promise) -> Self {
        let smsc = Smsc::new(habit).await;
        let to_store = Arc::new(ToStore::default());
        let options = options(smsc.address.port());
        let gateway = SmppGateway::new(options, to_store.clone(), Arc::new(|| 200));
        let gateway = Arc::new(gateway.expect("it is set up"));
        let stop = watch::Sender::new(None);
        let mut life = JoinSet::new();
        life.spawn(gateway.clone().run(stop.subscribe()));
        let routes = Routes::in_order(vec![gateway.clone()]).with_promise(promise);
        let world = crate::world::World::with_routes(routes).await;
        assert!(to_store.0.set(world.receipts.clone()).is_ok());
        becomes(|| gateway.view().bound() == 1).await;
        Self { smsc, gateway, to_store, world, _stop: stop, _life: life }
    }
}
