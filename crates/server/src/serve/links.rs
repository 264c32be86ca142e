//! The gateways that keep sessions, while they run.

use std::sync::Arc;
use std::time::Duration;

use delivery::Gateway as _;
use delivery::smpp::SmppGateway;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::smpp::SmppLink;
use crate::tasks::spawn_named;

/// How long a gateway that was changed or removed has for its open messages.
const LEAVES_WITHIN: Duration = Duration::from_secs(10);

/// How long a farewell may take at the end, even when no time is left.
const FAREWELL: Duration = Duration::from_secs(1);

/// Runs the sessions of gateways. Dropped, it tells them all to end at once.
#[derive(Default)]
pub(super) struct Links {
    running: Vec<Running>,
    /// Those that were told to end, and have not.
    leaving: Vec<JoinHandle<()>>,
}

struct Running {
    gateway: Arc<SmppGateway>,
    stop: watch::Sender<Option<Instant>>,
    task: JoinHandle<()>,
}

impl Links {
    /// Runs these gateways and no others. One that runs goes on; a new one of
    /// the same name as one that ends waits for that end, since its account may
    /// be bound only so often.
    pub(super) fn follow(&mut self, wanted: &[SmppLink]) {
        self.leaving.retain(|task| !task.is_finished());
        let is_wanted = |running: &mut Running| {
            wanted.iter().any(|link| Arc::ptr_eq(&link.gateway, &running.gateway))
        };
        let mut ended: Vec<Running> = self.running.extract_if(.., |r| !is_wanted(r)).collect();
        for one in &ended {
            let _ = one.stop.send(Some(Instant::now() + LEAVES_WITHIN));
        }
        for SmppLink { gateway, .. } in wanted {
            if self.running.iter().any(|running| Arc::ptr_eq(&running.gateway, gateway)) {
                continue;
            }
            let before = ended.iter().position(|one| one.gateway.name() == gateway.name());
            let before = before.map(|index| ended.swap_remove(index).task);
            let (stop, stopped) = watch::channel(None);
            let run = gateway.clone();
            let task = spawn_named("gateway", async move {
                if let Some(before) = before {
                    let _ = before.await;
                }
                run.run(stopped).await;
            });
            self.running.push(Running { gateway: gateway.clone(), stop, task });
        }
        self.leaving.extend(ended.into_iter().map(|one| one.task));
    }

    /// Ends them all, and waits.
    pub(super) async fn stop(self, deadline: Instant) {
        let deadline = deadline.max(Instant::now() + FAREWELL);
        for one in &self.running {
            let _ = one.stop.send(Some(deadline));
        }
        let running = self.running.into_iter().map(|one| one.task);
        for task in running.chain(self.leaving) {
            let _ = task.await;
        }
    }
}
