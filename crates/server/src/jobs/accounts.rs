//! Keeps the accounts in memory fresh (S-59).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{tick, ticks};
use crate::app::App;
use crate::http::auth::Accounts;

/// How often the store is asked whether accounts changed (S-59: within 1 s).
const EVERY: Duration = Duration::from_millis(500);

/// The same where others change them too. Nobody is let in by what was known a second
/// ago, so after a look that failed late there must be time for another.
const SHARED_EVERY: Duration = Duration::from_millis(250);

/// Keeps the accounts in memory fresh until `stop`.
pub async fn refresh_accounts(app: Arc<App>, stop: watch::Receiver<bool>) {
    follow(&app.logins.accounts, stop).await;
}

async fn follow(accounts: &Accounts, mut stop: watch::Receiver<bool>) {
    let is_shared = accounts.are_current().is_some();
    let mut ticks = ticks(if is_shared { SHARED_EVERY } else { EVERY });
    let mut is_told = false;
    while tick(&mut ticks, &mut stop).await {
        let looked = accounts.refresh().await;
        if let Err(error) = &looked {
            tracing::error!(%error, "the accounts could not be read");
        }
        let is_outdated = looked.is_err() && accounts.are_current() == Some(false);
        if is_outdated != is_told {
            is_told = is_outdated;
            tell_of_age(is_outdated);
        }
    }
}

fn tell_of_age(is_outdated: bool) {
    if is_outdated {
        tracing::error!(
            "nothing was heard of the accounts for a second: logins answer 503 and this server \
             is not ready until the database answers"
        );
    } else {
        tracing::info!("the accounts are known again, and logins are taken");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::auth::AccountSettings;
    use crate::tasks::spawn_named;
    use std::sync::atomic::{AtomicBool, Ordering};
    use store::engine::Step;
    use store::memory::MemoryEngine;
    use store::read::{Read, ReadAnswer};
    use store::{Engine, Fault, Store};
    use tokio::sync::oneshot;
    use tokio::time::{advance, sleep};
    use verify::keys::{Keyring, RootKey};

    /// What a look takes that is given up.
    const LATE: Duration = Duration::from_millis(500);

    /// An engine that gives up looks at the accounts while it is told to.
    #[derive(Clone, Default)]
    struct Moody {
        engine: Arc<MemoryEngine>,
        is_late: Arc<AtomicBool>,
    }

    impl Engine for Moody {
        fn submit(&self, step: Box<dyn Step>) {
            self.engine.submit(step);
        }

        fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>) {
            if !self.is_late.load(Ordering::SeqCst) {
                return self.engine.read(read, reply);
            }
            drop(spawn_named("late", async move {
                sleep(LATE).await;
                let _ = reply.send(Err(Fault::Database("no answer".to_owned())));
            }));
        }

        fn close(&self) {
            self.engine.close();
        }
    }

    /// Lets so much time pass, in small steps; gives for each whether somebody could be
    /// let in then.
    async fn pass(accounts: &Accounts, milliseconds: u64) -> Vec<bool> {
        let mut seen = Vec::new();
        for _ in 0..milliseconds / 10 {
            advance(Duration::from_millis(10)).await;
            // Whatever became due is done.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            seen.push(accounts.are_current() == Some(true));
        }
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn one_late_look_shuts_nobody_out_and_silence_does_until_it_ends() {
        let engine = Moody::default();
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let accounts =
            Accounts::new(Store::new(engine.clone()), keyring, AccountSettings::default());
        let accounts = Arc::new(accounts.shared());
        accounts.refresh().await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let of_job = accounts.clone();
        let job = spawn_named("accounts", async move { follow(&of_job, stopped).await });
        let late = |is_late| engine.is_late.store(is_late, Ordering::SeqCst);

        assert!(pass(&accounts, 1_120).await.iter().all(|is_current| *is_current));
        for _ in 0..5 {
            // Exactly one look begins meanwhile, and is given up later.
            late(true);
            let mut seen = pass(&accounts, 250).await;
            late(false);
            seen.extend(pass(&accounts, 1_500).await);
            assert!(seen.iter().all(|is_current| *is_current), "{seen:?}");
        }

        late(true);
        let seen = pass(&accounts, 5_000).await;
        let current = seen.iter().take_while(|is_current| **is_current).count();
        assert!((70..=100).contains(&current), "for {current}0 ms after the last good look");
        assert!(!seen[current..].contains(&true), "nothing was heard, and so nothing is known");
        late(false);
        let seen = pass(&accounts, 1_500).await;
        assert!(seen[60..].iter().all(|is_current| *is_current), "{seen:?}");
        stop.send(true).unwrap();
        job.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_alone_lets_in_whoever_it_knows() {
        let engine = Moody::default();
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let accounts =
            Accounts::new(Store::new(engine.clone()), keyring, AccountSettings::default());
        accounts.refresh().await.unwrap();
        engine.is_late.store(true, Ordering::SeqCst);
        advance(Duration::from_mins(5)).await;
        assert!(accounts.refresh().await.is_err());
        assert_eq!(accounts.are_current(), None);
    }
}
