//! The gateway over SMPP against a peer on loopback.

mod binds;
mod ends;
mod late;
mod manners;
mod pace;
mod promise;
mod refusals;
mod sending;
mod smsc;
mod stored;
mod tls;
mod ways_in;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringproof_delivery::intake::{
    InboundMessage, Intake, IntakeFault, IntakeFuture, LateAnswer, RawReceipt,
};
use ringproof_delivery::smpp::{SmppGateway, SmppHost, SmppOptions};
use ringproof_delivery::{Gateway as _, GatewayState, Prepared, SendResult};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::record::MessageForm;
use zeroize::Zeroizing;

use crate::world::at;
use smsc::Smsc;

/// Waits for what must happen, at most 20 seconds.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future).await.expect("it does not happen")
}

/// Waits until something holds.
pub(crate) async fn becomes(holds: impl Fn() -> bool) {
    within(async {
        while !holds() {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// Keeps what it hears, unless the store is down.
#[derive(Default)]
pub(crate) struct Ears {
    pub(crate) receipts: Mutex<Vec<RawReceipt>>,
    pub(crate) inbound: Mutex<Vec<InboundMessage>>,
    pub(crate) late: Mutex<Vec<LateAnswer>>,
    pub(crate) is_down: Mutex<bool>,
    /// Whoever brings something dies of it.
    pub(crate) is_deadly: Mutex<bool>,
    pub(crate) deaths: Mutex<usize>,
}

impl Ears {
    fn keep<T>(&self, list: &Mutex<Vec<T>>, what: T) -> Result<(), IntakeFault> {
        if *self.is_deadly.lock().expect("nobody panics") {
            *self.deaths.lock().expect("nobody panics") += 1;
            std::panic::resume_unwind(Box::new("it is deadly"));
        }
        if *self.is_down.lock().expect("nobody panics") {
            return Err(IntakeFault);
        }
        list.lock().expect("nobody panics").push(what);
        Ok(())
    }
}

impl Intake for Ears {
    fn receipt<'a>(&'a self, gateway: &'a str, receipt: RawReceipt) -> IntakeFuture<'a> {
        assert_eq!(gateway, "carrier");
        Box::pin(async move { self.keep(&self.receipts, receipt) })
    }

    fn late<'a>(&'a self, gateway: &'a str, answer: LateAnswer) -> IntakeFuture<'a> {
        assert_eq!(gateway, "carrier");
        Box::pin(async move { self.keep(&self.late, answer) })
    }

    fn inbound<'a>(&'a self, gateway: &'a str, message: InboundMessage) -> IntakeFuture<'a> {
        assert_eq!(gateway, "carrier");
        Box::pin(async move { self.keep(&self.inbound, message) })
    }
}

/// A gateway that runs, and its peer.
pub(crate) struct World {
    pub(crate) smsc: Smsc,
    pub(crate) gateway: Arc<SmppGateway>,
    pub(crate) ears: Arc<Ears>,
    stop: watch::Sender<Option<Instant>>,
    life: JoinSet<()>,
}

impl World {
    /// One that is bound to a peer of such habits.
    pub(crate) async fn new(habit: smsc::Habit, change: impl FnOnce(&mut SmppOptions)) -> Self {
        let world = Self::begin(habit, change).await;
        world.is_open().await;
        world
    }

    pub(crate) async fn begin(habit: smsc::Habit, change: impl FnOnce(&mut SmppOptions)) -> Self {
        let smsc = Smsc::new(habit).await;
        let mut options = options(smsc.address.port());
        change(&mut options);
        let ears = Arc::new(Ears::default());
        let gateway = SmppGateway::new(options, ears.clone(), Arc::new(|| 200));
        let gateway = Arc::new(gateway.expect("it is set up"));
        let stop = watch::Sender::new(None);
        let mut life = JoinSet::new();
        life.spawn(gateway.clone().run(stop.subscribe()));
        Self { smsc, gateway, ears, stop, life }
    }

    pub(crate) async fn is_open(&self) {
        becomes(|| self.gateway.state() == GatewayState::Open).await;
    }

    pub(crate) async fn send(&self, message: Prepared) -> SendResult {
        let results = within(self.gateway.send(vec![message])).await;
        let [result] = &results[..] else { panic!("{results:?}") };
        result.clone()
    }

    /// Begins to send, beside the test.
    pub(crate) fn sending(&self, message: Prepared) -> JoinSet<SendResult> {
        let gateway = self.gateway.clone();
        let mut sending = JoinSet::new();
        sending.spawn(async move { gateway.send(vec![message]).await.remove(0) });
        sending
    }

    /// Asks the gateway to end within a time.
    pub(crate) fn stop(&self, time: Duration) {
        self.stop.send_replace(Some(Instant::now() + time));
    }

    pub(crate) async fn ended(&mut self) {
        within(self.life.join_next()).await.expect("it runs").expect("it ends well");
    }
}

pub(crate) fn options(port: u16) -> SmppOptions {
    let host = SmppHost { host: "127.0.0.1".to_owned(), port };
    let password = "secret".to_owned().into();
    SmppOptions { tps: 1_000_000, ..SmppOptions::new("carrier", vec![host], "acct", password) }
}

pub(crate) fn text(text: &str) -> Prepared {
    Prepared {
        form: MessageForm::default(),
        id: MessageId::from_bytes([7; 16]),
        attempt: 1,
        is_code: true,
        to: PhoneNumber::parse("+37255512345").expect("it is a number"),
        sender: "MyBrand".to_owned(),
        text: Zeroizing::new(text.to_owned()),
        deadline: at(300),
        handed_at: at(0),
    }
}

pub(crate) fn refusal(result: &SendResult) -> Option<Refusal> {
    match result {
        SendResult::Accepted(_) => None,
        SendResult::Refused(refusal, _) => Some(*refusal),
    }
}

/// The ids of the parts that the peer took.
pub(crate) fn ids(result: &SendResult) -> Vec<String> {
    match result {
        SendResult::Accepted(taken) => taken.ids.clone(),
        SendResult::Refused(refusal, reason) => panic!("{refusal:?}: {reason}"),
    }
}
