//! Codes that were entered, from a hand-over to the gateway that is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringproof_delivery::conversion::{Conversion, Told};
use ringproof_delivery::gateway::{SendFuture, ToldFuture};
use ringproof_delivery::{ConversionTeller, Gateway, GatewayState, Prepared, SendResult, Taken};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use verify::ids::VerificationId;

use crate::world::World;

/// A gateway that takes everything, and wants to know.
struct Curious {
    name: &'static str,
    wants: bool,
    /// What it says when it is told; the last one again and again.
    answers: Mutex<Vec<Told>>,
    told: watch::Sender<Vec<Conversion>>,
}

impl Curious {
    fn new(name: &'static str, wants: bool, answers: &[Told]) -> Arc<Self> {
        let (answers, told) = (Mutex::new(answers.to_vec()), watch::Sender::default());
        Arc::new(Self { name, wants, answers, told })
    }

    fn told(&self) -> Vec<Conversion> {
        self.told.borrow().clone()
    }

    async fn is_told(&self, times: usize) {
        let mut all = self.told.subscribe();
        let told = all.wait_for(|told| told.len() >= times);
        let told = timeout(Duration::from_mins(1), told).await.expect("it is told in time");
        assert!(told.is_ok(), "it is there as long as we ask");
    }
}

impl Gateway for Curious {
    fn name(&self) -> &str {
        self.name
    }

    fn state(&self) -> GatewayState {
        GatewayState::Open
    }

    fn batch_max(&self) -> usize {
        1
    }

    fn calls_max(&self) -> usize {
        4
    }

    fn takes_conversions(&self) -> bool {
        self.wants
    }

    fn tell_conversion<'a>(&'a self, conversion: &'a Conversion) -> ToldFuture<'a> {
        self.told.send_modify(|told| told.push(conversion.clone()));
        let mut answers = self.answers.lock().expect("nobody panics");
        let told = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move { told })
    }

    fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_> {
        let taken = |message: &Prepared| {
            SendResult::Accepted(Taken { ids: vec![format!("id of {}", message.id)] })
        };
        let results = batch.iter().map(taken).collect();
        Box::pin(async move { results })
    }
}

/// A world with one gateway, and its teller.
struct Scene {
    world: World,
    gateway: Arc<Curious>,
    stop: watch::Sender<Option<Instant>>,
    telling: JoinSet<()>,
}

impl Scene {
    async fn new(wants: bool, answers: &[Told]) -> Self {
        let gateway = Curious::new("provider", wants, answers);
        let world = World::with(vec![gateway.clone()]).await;
        let teller = ConversionTeller::new(world.outbox.exits().clone());
        let stop = watch::Sender::new(None);
        let mut telling = JoinSet::new();
        telling.spawn(teller.run(stop.subscribe()));
        Self { world, gateway, stop, telling }
    }

    /// Sends a code; gives its verification, and what the gateway calls it.
    async fn sent(&mut self) -> (VerificationId, String) {
        let person = self.world.add_person().await;
        let message = self.world.start(person).await;
        let verification = message.purpose.verification().expect("it carries a code");
        let id = format!("id of {}", message.id);
        self.world.outbox.offer(message.clone());
        self.world.until_delivery(message.id, |_| true).await;
        (verification, id)
    }

    fn entered(&self, verification: VerificationId) {
        self.world.outbox.exits().verified(verification, self.world.now());
    }

    /// Ends the teller; whatever waited was told.
    async fn end(mut self) -> Arc<Curious> {
        self.stop.send_replace(Some(Instant::now() + Duration::from_secs(20)));
        self.telling.join_next().await.expect("it ran").expect("it ends well");
        self.gateway
    }
}

#[tokio::test(start_paused = true)]
async fn the_gateway_is_told_once_by_its_own_name() {
    let mut scene = Scene::new(true, &[Told::Yes]).await;
    let (verification, id) = scene.sent().await;
    let (other, _) = scene.sent().await;
    assert_ne!(verification, other);
    scene.entered(verification);
    scene.entered(verification);
    scene.gateway.is_told(1).await;
    let entered_at = scene.world.now();
    assert_eq!(scene.end().await.told(), [Conversion { provider_id: id, entered_at }]);
}

#[tokio::test(start_paused = true)]
async fn a_try_that_may_succeed_later_is_made_again_and_a_refusal_is_not() {
    let later = Told::Later(None, "busy".into());
    for (answers, tries) in [
        (vec![later.clone(), Told::Yes], 2),
        (vec![later.clone()], 3),
        (vec![Told::Refused("no".into())], 1),
    ] {
        let mut scene = Scene::new(true, &answers).await;
        let (verification, _) = scene.sent().await;
        scene.entered(verification);
        scene.gateway.is_told(tries).await;
        // Time is paused: whatever is due in these minutes is done.
        sleep(Duration::from_mins(5)).await;
        assert_eq!(scene.end().await.told().len(), tries, "{answers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_program_stops_is_told_and_not_for_long() {
    let mut scene = Scene::new(true, &[Told::Yes]).await;
    let (verification, _) = scene.sent().await;
    scene.entered(verification);
    assert_eq!(scene.end().await.told().len(), 1);
    let mut scene =
        Scene::new(true, &[Told::Later(Some(Duration::from_mins(1)), "no".into())]).await;
    let (verification, _) = scene.sent().await;
    scene.entered(verification);
    let began = Instant::now();
    scene.end().await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn codes_that_expired_and_gateways_that_do_not_want_to_know_tell_nothing() {
    let mut scene = Scene::new(false, &[Told::Yes]).await;
    let (verification, _) = scene.sent().await;
    scene.entered(verification);
    assert!(scene.end().await.told().is_empty());
    let mut scene = Scene::new(true, &[Told::Yes]).await;
    let (verification, _) = scene.sent().await;
    scene.world.go_to(3_600);
    scene.world.outbox.exits().mature(scene.world.now());
    scene.entered(verification);
    assert!(scene.end().await.told().is_empty());
}
