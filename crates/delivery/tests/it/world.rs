//! One account with people who start verifications, a clock moved by hand, and
//! a dispatcher that runs beside the test.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringproof_delivery::dispatcher::Now;
use ringproof_delivery::gateway::SendFuture;
use ringproof_delivery::{
    Dispatcher, DispatcherParts, Exits, Gateway, GatewayState, Outbox, Prepared, Receipts,
    ReportBell, Routes, SendResult,
};
use store::Store;
use store::memory::MemoryEngine;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use verify::engine::admit::{Destination, SendContext};
use verify::engine::fail_over::{self, FailOver, Kept};
use verify::engine::service::{self, ServiceHost, ServiceName};
use verify::engine::sms::{self, SmsOutcome, SmsRequest};
use verify::engine::start::{self, StartContext, StartOutcome, StartRequest};
use verify::engine::user::{self, AddOutcome, Login};
use verify::engine::{Due, Keys};
use verify::entropy::SeededEntropy;
use verify::ids::{AccountId, MessageId, ServiceId, UserId};
use verify::keys::{AccountKeys, Keyring, NumberKey, RootKey};
use verify::message::SenderId;
use verify::phone::{Countries, PhoneNumber};
use verify::policy::Policy;
use verify::record::{Delivery, MessageForm, Method, OutgoingMessage, Purpose, TextStore};
use verify::{SignedDuration, Timestamp};

/// Longest wait for what must happen.
const WITHIN: Duration = Duration::from_secs(20);

/// The run of the dispatcher.
const LEASE: u64 = 7;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) outbox: Outbox,
    pub(crate) receipts: Receipts,
    ring: Keyring,
    seconds: Arc<AtomicI64>,
    entropy: SeededEntropy,
    service: ServiceId,
    people: u32,
    stop: watch::Sender<Option<Instant>>,
    running: JoinSet<()>,
}

impl World {
    /// A world whose dispatcher runs.
    pub(crate) async fn with(gateways: Vec<Arc<dyn Gateway>>) -> Self {
        Self::with_routes(Routes::in_order(gateways)).await
    }

    /// The same with routes.
    pub(crate) async fn with_routes(routes: Routes) -> Self {
        let ring = Keyring::new(&RootKey::from_bytes([1; 32]));
        let store = Store::new(MemoryEngine::default());
        let seconds = Arc::new(AtomicI64::new(0));
        let clock = seconds.clone();
        let now: Now = Arc::new(move || at(clock.load(Ordering::SeqCst)));
        let exits = Exits::new(routes, Arc::new(|_| Some("shop".to_owned())), 1);
        let receipts = Receipts {
            store: store.clone(),
            keys: ring.clone(),
            now: now.clone(),
            exits: exits.clone(),
            bell: ReportBell::default(),
            repeats_after_delivery: false,
        };
        let (dispatcher, outbox) = Dispatcher::new(DispatcherParts {
            store: store.clone(),
            keys: ring.clone(),
            exits,
            receipts: receipts.clone(),
            now,
            lease: LEASE,
        });
        let (stop, stopped) = watch::channel(None);
        let mut running = JoinSet::new();
        running.spawn(dispatcher.run(stopped));
        let mut entropy = SeededEntropy::new(1);
        let account = AccountId::from_i64(1);
        let name = ServiceName::parse("Shop").expect("it is a name");
        let host = ServiceHost::parse("shop.example").expect("it is a host");
        let mut drawn = SeededEntropy::new(2);
        let keys = service::create_keys(account, &name);
        let rule =
            move |snapshot: &_| service::create(snapshot, account, &name, &host, at(0), &mut drawn);
        store.transact(keys, rule).await.expect("it is made");
        let by_name = Keys { service_name: Some((account, "Shop".to_owned())), ..Keys::default() };
        let service = store.read(by_name).await.expect("it is read").service_named;
        let service = service.expect("it was made").id;
        let _ = entropy.next_u64();
        Self { store, outbox, receipts, ring, seconds, entropy, service, people: 0, stop, running }
    }

    pub(crate) fn go_to(&self, seconds: i64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        at(self.seconds.load(Ordering::SeqCst))
    }

    pub(crate) async fn add_person(&mut self) -> UserId {
        self.add_person_at("+3725550").await
    }

    /// Adds one whose number begins so; four digits follow.
    pub(crate) async fn add_person_at(&mut self, prefix: &str) -> UserId {
        self.people += 1;
        let login = Login::parse(&format!("user {}", self.people)).expect("it is a login name");
        let phone = format!("{prefix}{:04}", self.people);
        let phone = PhoneNumber::parse(&phone).expect("it is a number");
        let (ring, now) = (self.ring.clone(), self.now());
        let mut drawn = SeededEntropy::new(self.entropy.next_u64());
        let keys = user::add_keys(AccountId::from_i64(1), self.service, &login);
        let rule = move |snapshot: &_| user::add(snapshot, &login, phone, &ring, now, &mut drawn);
        match self.store.transact(keys, rule).await.expect("it is added") {
            AddOutcome::Added(user) => user.id,
            other => panic!("not added: {other:?}"),
        }
    }

    pub(crate) async fn remove_person(&self, user: UserId) {
        let keys = user::keys(AccountId::from_i64(1), self.service, user);
        self.store.transact(keys, user::remove).await.expect("it is removed");
    }

    /// Starts a verification; the message is on disk and not handed over yet.
    pub(crate) async fn start(&mut self, user: UserId) -> Box<OutgoingMessage> {
        let account = AccountId::from_i64(1);
        let request = StartRequest { account, service: self.service, user, method: Method::Sms };
        let (wanted, keys) = (start::keys(&request), self.ring.account(account));
        let (now, mut drawn) = (self.now(), SeededEntropy::new(self.entropy.next_u64()));
        let rule = move |snapshot: &_| {
            let policy = Policy::default();
            let blocked = HashSet::new();
            let send = send_context(&policy, &keys, &blocked);
            let context = StartContext { policy: &policy, send, is_time_trusted: true };
            start::start(snapshot, &request, &context, now, &mut drawn)
        };
        match self.store.transact(wanted, rule).await.expect("it is started") {
            StartOutcome::Started(started) => started.message.expect("a message is due"),
            StartOutcome::Refused(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// A message of a client; it is on disk and not handed over yet.
    pub(crate) async fn text(&mut self, to: &str) -> Box<OutgoingMessage> {
        let account = AccountId::from_i64(1);
        let to = PhoneNumber::parse(to).expect("it is a number");
        let number_key = self.ring.number_key(&to);
        let service = self.ring.sms_service(account);
        let request = SmsRequest {
            destination: Destination { account, service, to, number_key },
            sender: SenderId::parse("Shop").expect("it is a sender"),
            form: MessageForm::default(),
            content: "Your parcel is here".to_owned().into(),
            parts: 1,
            price: None,
            send_at: None,
            validity: SignedDuration::from_hours(6),
            report_url: None,
            text_store: TextStore::Nostore,
            only_gateway: None,
        };
        let (wanted, keys) = (sms::keys(&request), self.ring.account(account));
        let (now, mut drawn) = (self.now(), SeededEntropy::new(self.entropy.next_u64()));
        let rule = move |snapshot: &_| {
            let blocked = HashSet::new();
            let context = send_context(&Policy::default(), &keys, &blocked);
            sms::send(snapshot, &request, &context, now, &mut drawn)
        };
        match self.store.transact(wanted, rule).await.expect("it is taken") {
            SmsOutcome::Taken { message, .. } => message.expect("it goes at once"),
            SmsOutcome::Refused(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// What is in the outbox.
    pub(crate) async fn waiting(&self) -> Vec<OutgoingMessage> {
        let due = Some(Due { now: Timestamp::MAX, limit: u32::MAX });
        let found = self.store.read(Keys { due, ..Keys::default() }).await.expect("it is read");
        found.due.into_iter().map(|due| due.message).collect()
    }

    /// What became of a message, if it is known.
    pub(crate) async fn delivery(&self, message: MessageId) -> Option<Delivery> {
        let keys = Keys { delivery: Some(message), ..Keys::default() };
        self.store.read(keys).await.expect("it is read").delivery
    }

    /// Waits until what became of a message is as `is_so` says.
    pub(crate) async fn until_delivery(
        &self,
        message: MessageId,
        is_so: impl Fn(&Delivery) -> bool,
    ) -> Delivery {
        let wait = async {
            loop {
                match self.delivery(message).await.filter(&is_so) {
                    Some(delivery) => return delivery,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(WITHIN, wait).await.expect("it is so in time")
    }

    /// A kept message's time has come.
    pub(crate) async fn fail_over(&self, message: &OutgoingMessage) -> FailOver {
        let Purpose::Code { service, .. } = message.purpose else { panic!("it has a code") };
        let kept = Kept { message: message.id, account: message.account, service };
        let (number, now) = (self.ring.number_key(&message.to), self.now());
        let keys = self.ring.account(message.account);
        let rule = move |snapshot: &_| {
            let blocked = HashSet::new();
            let context = send_context(&Policy::default(), &keys, &blocked);
            fail_over::fail_over(snapshot, &context, true, number, now)
        };
        self.store.transact(fail_over::keys(&kept, number), rule).await.expect("it is done")
    }

    /// Sends of messages that count against the account.
    pub(crate) async fn charged(&self) -> u32 {
        let account_sends = Some(AccountId::from_i64(1));
        let keys = Keys { account_sends, ..Keys::default() };
        let sends = self.store.read(keys).await.expect("it is read").account_sends;
        sends.hours.iter().map(|hour| hour.sends).sum()
    }

    /// Waits until the outbox is as `is_so` says.
    pub(crate) async fn until(&self, is_so: impl Fn(&[OutgoingMessage]) -> bool) {
        let wait = async {
            while !is_so(&self.waiting().await) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(WITHIN, wait).await;
        assert!(waited.is_ok(), "the outbox holds {:?}", self.waiting().await);
    }

    /// Tells the dispatcher to stop, with time enough, and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.tell_to_stop(WITHIN);
        self.stopped().await;
    }

    /// Gives the dispatcher so long to finish.
    pub(crate) fn tell_to_stop(&self, within: Duration) {
        self.stop.send_replace(Some(Instant::now() + within));
    }

    /// Waits until the dispatcher has stopped.
    pub(crate) async fn stopped(&mut self) {
        let ended = tokio::time::timeout(WITHIN, self.running.join_next()).await;
        ended.expect("it ends").expect("it ran").expect("it did not panic");
    }
}

fn send_context<'c>(
    policy: &Policy,
    keys: &'c AccountKeys,
    blocked: &'c HashSet<NumberKey>,
) -> SendContext<'c> {
    SendContext {
        sends: policy.sends,
        countries: &Countries::All,
        home_country: None,
        blocked,
        keys,
        ways: &true,
        lease: LEASE,
    }
}

/// So many seconds after the beginning of the world.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let beginning = Timestamp::from_second(1_760_400_000).expect("within the range of time");
    beginning + SignedDuration::from_secs(seconds)
}

/// A gateway that a test opens, closes, and lets answer.
pub(crate) struct Door {
    name: &'static str,
    /// Names that it gives to the messages that it takes, if it does.
    ids: Option<Vec<String>>,
    /// It tells of failures only.
    fails_only: bool,
    is_open: Mutex<bool>,
    result: Mutex<SendResult>,
    /// Closes itself with each call, as one that does not answer.
    closes_itself: bool,
    /// One permit lets one call be answered.
    answers: Semaphore,
    calls: watch::Sender<Vec<Vec<MessageId>>>,
}

impl Door {
    pub(crate) fn open() -> Arc<Self> {
        Self::named("door")
    }

    /// The same with a name of its own.
    pub(crate) fn named(name: &'static str) -> Arc<Self> {
        Arc::new(Self::new(name, true, false))
    }

    /// One that gives this name to what it takes, and reports by it.
    pub(crate) fn reporting(name: &'static str, id: &str) -> Arc<Self> {
        Arc::new(Self { ids: Some(vec![id.to_owned()]), ..Self::new(name, true, false) })
    }

    /// One whose receipts tell of failures only.
    pub(crate) fn telling_failures(name: &'static str) -> Arc<Self> {
        Arc::new(Self { fails_only: true, ..Self::new(name, true, false) })
    }

    pub(crate) fn closed() -> Arc<Self> {
        Arc::new(Self::new("door", false, false))
    }

    /// One that is closed again after each call that it does not take.
    pub(crate) fn failing() -> Arc<Self> {
        Arc::new(Self::new("door", true, true))
    }

    fn new(name: &'static str, is_open: bool, closes_itself: bool) -> Self {
        Self {
            name,
            ids: None,
            fails_only: false,
            is_open: Mutex::new(is_open),
            result: Mutex::new(SendResult::TAKEN),
            closes_itself,
            answers: Semaphore::new(Semaphore::MAX_PERMITS / 2),
            calls: watch::Sender::new(Vec::new()),
        }
    }

    pub(crate) fn set_open(&self, is_open: bool) {
        *self.is_open.lock().expect("nobody panics with it") = is_open;
    }

    pub(crate) fn answer(&self, result: SendResult) {
        *self.result.lock().expect("nobody panics with it") = result;
    }

    /// From now on calls wait until [`Door::let_go`].
    pub(crate) fn hold_on(&self) {
        self.answers.forget_permits(usize::MAX);
    }

    /// Lets one call be answered.
    pub(crate) fn let_go(&self) {
        self.answers.add_permits(1);
    }

    /// Waits for so many calls in all, and gives their messages.
    pub(crate) async fn calls(&self, count: usize) -> Vec<Vec<MessageId>> {
        let mut calls = self.calls.subscribe();
        let wait = calls.wait_for(|calls| calls.len() >= count);
        let calls = tokio::time::timeout(WITHIN, wait).await;
        calls.expect("the calls come in time").expect("the door is there").clone()
    }

    /// The calls until now.
    pub(crate) fn calls_now(&self) -> Vec<Vec<MessageId>> {
        self.calls.borrow().clone()
    }
}

impl Gateway for Door {
    fn name(&self) -> &str {
        self.name
    }

    fn reports_by_name(&self) -> bool {
        self.ids.is_some()
    }

    fn confirms_delivery(&self) -> bool {
        !self.fails_only
    }

    fn state(&self) -> GatewayState {
        if *self.is_open.lock().expect("nobody panics with it") {
            GatewayState::Open
        } else {
            GatewayState::Closed("the test closed it")
        }
    }

    fn batch_max(&self) -> usize {
        1
    }

    fn calls_max(&self) -> usize {
        1
    }

    fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_> {
        Box::pin(async move {
            self.calls.send_modify(|calls| calls.push(batch.iter().map(|m| m.id).collect()));
            self.answers.acquire().await.expect("it is not closed").forget();
            let mut result = self.result.lock().expect("nobody panics with it").clone();
            if let (SendResult::Accepted(taken), Some(ids)) = (&mut result, &self.ids) {
                taken.ids.clone_from(ids);
            }
            if self.closes_itself && result != SendResult::TAKEN {
                self.set_open(false);
            }
            vec![result; batch.len()]
        })
    }
}
