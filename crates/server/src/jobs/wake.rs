//! Wakes the app on a person's devices. A push that fails changes nothing: the code
//! is in the app all the same (`verigator-app.md` 6.3).

use std::sync::Arc;
use std::time::Duration;

use delivery::push::{PushClient, PushMessage, PushOutcome, Subscription};
use tokio::sync::{Semaphore, mpsc, watch};
use verify::engine::Keys;
use verify::engine::device::others::{forget_push, with_push_place};
use verify::engine::start::Wake;
use verify::ids::{DeviceId, PromptId};
use verify::keys::{AccountKeys, NumberKey};
use verify::record::Device;
use verify::sealed::{Place, Sealed};
use verify::{SignedDuration, Timestamp};

use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::tasks::TaskSet;

/// Wakes that wait, at most; one more is left out, and the person opens the app.
const QUEUE: usize = 1_024;
/// Pushes on their way at a time.
const CALLS_MAX: usize = 32;
/// Tries of one push.
const TRIES: u32 = 3;
/// Pause before a push that failed is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// A push that a service wants later than this is left out.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// How long news of a device are worth a push.
const NEWS_WORTH: SignedDuration = SignedDuration::from_mins(2);

/// What wakes the devices of a number because there is news of another device.
pub fn news(number: NumberKey, now: Timestamp) -> Wake {
    let until = now.saturating_add(NEWS_WORTH).unwrap_or(now);
    Wake { number, prompt: PromptId::random(&mut SystemEntropy::new()), until }
}

/// The way to the devices.
pub struct Waker {
    client: Option<Arc<PushClient>>,
    keys: AccountKeys,
    queue: mpsc::Sender<Wake>,
}

impl Waker {
    /// Without a client nobody is woken. The queue's end is for [`wake_devices`].
    pub fn new(client: Option<PushClient>, keys: AccountKeys) -> (Self, mpsc::Receiver<Wake>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        (Self { client: client.map(Arc::new), keys, queue }, waiting)
    }

    /// Wakes the devices of a number, soon.
    pub fn ring(&self, wake: Wake) {
        if self.client.is_some() && self.queue.try_send(wake).is_err() {
            tracing::warn!("too many pushes wait; one is left out");
        }
    }

    /// The key under which push services know us, base64url; `None` where push is off.
    pub fn public_key(&self) -> Option<String> {
        self.client.as_ref().map(|client| client.public_key())
    }

    /// What a device gave as its address and keys, sealed to be kept; `None` if it is
    /// no address that may be called, or push is off.
    pub fn seal(
        &self,
        device: DeviceId,
        endpoint: &str,
        p256dh: &str,
        auth: &str,
    ) -> Option<Sealed> {
        let services = self.client.as_ref()?.services();
        Subscription::parse(endpoint, p256dh, auth, services).ok()?;
        let text = format!("{endpoint}\n{p256dh}\n{auth}");
        let seal = |place: &Place<'_>| self.keys.seal.seal(place, &text, &mut SystemEntropy::new());
        Some(with_push_place(device, seal))
    }

    fn open(&self, client: &PushClient, device: &Device) -> Option<Subscription> {
        let sealed = device.push.as_ref()?;
        let text = with_push_place(device.id, |place| self.keys.seal.open(place, sealed)).ok()?;
        let mut lines = text.split('\n');
        let (endpoint, p256dh, auth) = (lines.next()?, lines.next()?, lines.next()?);
        Subscription::parse(endpoint, p256dh, auth, client.services()).ok()
    }
}

/// Sends pushes until `stop`; those under way are not waited for.
pub async fn wake_devices(
    app: Arc<App>,
    mut waiting: mpsc::Receiver<Wake>,
    mut stop: watch::Receiver<bool>,
) {
    let Some(client) = app.wake.client.clone() else { return };
    let (mut calls, room) = (TaskSet::new("push"), Arc::new(Semaphore::new(CALLS_MAX)));
    loop {
        let wake = tokio::select! {
            wake = waiting.recv() => wake,
            _ = stop.changed() => return,
            () = calls.reap() => continue,
        };
        let Some(wake) = wake else { return };
        let devices = Keys { devices_of_number: Some(wake.number), ..Keys::default() };
        let devices = match app.store.read(devices).await {
            Ok(snapshot) => snapshot.devices,
            Err(error) => {
                tracing::error!(%error, "the devices to wake could not be read");
                continue;
            }
        };
        let now = app.clock.now();
        for device in devices.into_iter().filter(|d| d.is_in_use(now) && d.push.is_some()) {
            if calls.len() >= QUEUE {
                tracing::warn!("too many pushes are on their way; one is left out");
                continue;
            }
            let (app, client, room) = (app.clone(), client.clone(), room.clone());
            calls.spawn(async move { push(&app, &client, &room, &device, &wake).await });
        }
    }
}

async fn push(app: &App, client: &PushClient, room: &Semaphore, device: &Device, wake: &Wake) {
    let Some(subscription) = app.wake.open(client, device) else {
        tracing::warn!(device.id = %device.id, "the address of a device does not open");
        return;
    };
    let message = PushMessage { prompt: *wake.prompt.as_bytes() };
    for attempt in 1..=TRIES {
        // Only for the call: a pause keeps nobody else waiting.
        let Ok(place) = room.acquire().await else { return };
        let now = app.clock.now();
        let Ok(left) = Duration::try_from(wake.until.duration_since(now)) else { return };
        let mut entropy = SystemEntropy::new();
        let sent = client.send(&subscription, &message, left, now, &mut entropy).await;
        drop(place);
        app.metrics.push(outcome_name(&sent));
        let pause = match sent {
            PushOutcome::Delivered => {
                tracing::debug!(device.id = %device.id, attempt, "a device was woken");
                return;
            }
            PushOutcome::Gone => return forget(app, device).await,
            PushOutcome::Refused { status: _ } => return,
            PushOutcome::RetryAfter(pause) => pause,
            PushOutcome::Failed { reason } => {
                tracing::warn!(device.id = %device.id, attempt, reason, "a push failed");
                PAUSE
            }
        };
        if pause > WAIT_MAX {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}

async fn forget(app: &App, device: &Device) {
    let (id, Some(gone)) = (device.id, device.push.clone()) else { return };
    let keys = Keys { device: Some(id), ..Keys::default() };
    let rule = move |snapshot: &_| forget_push(snapshot, id, &gone);
    match app.store.transact(keys, rule).await {
        Ok(()) => tracing::info!(device.id = %id, "a device no longer wants to be woken"),
        Err(error) => tracing::error!(%error, device.id = %id, "a dead address is still kept"),
    }
}

fn outcome_name(outcome: &PushOutcome) -> &'static str {
    match outcome {
        PushOutcome::Delivered => "delivered",
        PushOutcome::Gone => "gone",
        PushOutcome::RetryAfter(_) => "retry_after",
        PushOutcome::Refused { status: _ } => "refused",
        PushOutcome::Failed { reason: _ } => "failed",
    }
}
