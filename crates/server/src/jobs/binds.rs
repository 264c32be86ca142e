//! Shares the binds that providers allow among the servers of a cluster
//! (`delivery.md` 3.2), and finds out whose messages are another server's to send.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use delivery::{Exits, Gateway, GatewayState};
use tokio::sync::watch;
use tokio::time::Instant;
use verify::Timestamp;
use verify::engine::binds::{self, Holder, Wanted};
use verify::record::{BindPlace, GatewayView};

use super::{tick, ticks};
use crate::app::App;

/// How often a server looks at the places and at the views of the others.
const EVERY: Duration = Duration::from_millis(500);

/// How often a server shows that it lives.
const BEAT_EVERY: Duration = Duration::from_secs(5);

/// A server whose places show no other beat for so long is dead: its places are free
/// (`delivery.md` 3.2: a lease of 15 s).
const DEAD_AFTER: Duration = Duration::from_secs(15);

/// A server that could not show for so long that it lives ends its binds. Mostly they
/// are gone when the others count it as dead; a peer that owes answers may hold them up
/// for ten seconds.
const LEAVES_AFTER: Duration = Duration::from_secs(10);

/// A server whose views did not change for so long tells nothing; it writes them
/// every 5 s.
const VIEW_LASTS: Duration = Duration::from_secs(12);

/// Nor does one whose views are older than this by the clocks, so that whoever starts
/// does not wait for one that is long gone. Clocks may be 10 s apart (S-28).
const VIEW_AGE_MAX_SECONDS: i64 = 30;

/// Takes and keeps the places of this server until `stop`. On a database of its own
/// it has all binds, and nothing is to be done.
pub async fn share_binds(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    if app.is_alone() {
        return;
    }
    let mut keeper = Keeper::default();
    let mut ticks = ticks(EVERY);
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = keeper.turn(&app).await {
            tracing::error!(%error, "the places of binds could not be looked at");
        }
    }
}

/// Gives up the places of this server, when its sessions have ended: another one binds
/// at once.
pub async fn give_up_binds(app: &App) {
    if app.is_alone() {
        return;
    }
    let holder = app.outbox.lease();
    let rule = move |snapshot: &_| binds::give_up(snapshot, holder);
    if let Err(error) = app.store.transact(binds::keys(), rule).await {
        tracing::warn!(%error, "the places of binds are not given up; others take them in 15 s");
    }
}

/// What a server remembers from look to look.
#[derive(Default)]
struct Keeper {
    places: Seen<(String, u16), (u64, u64)>,
    views: Seen<(String, String), Timestamp>,
    beats: u64,
    /// When the last beat began that is on disk.
    beat_at: Option<Instant>,
    patience: Patience,
    /// Places at each gateway, as they were told last.
    told: HashMap<String, u16>,
}

impl Keeper {
    async fn turn(&mut self, app: &App) -> Result<(), store::Fault> {
        let begun = Instant::now();
        let views = app.store.gateway_views().await?;
        let key = |view: &GatewayView| (view.node.clone(), view.gateway.clone());
        self.views.look(views.iter().map(|view| (key(view), view.seen_at)), begun);
        let now = app.clock.now();
        let is_live = |view: &&GatewayView| {
            let age = now.duration_since(view.seen_at).as_secs();
            age.abs() <= VIEW_AGE_MAX_SECONDS && !self.views.rests(&key(view), VIEW_LASTS, begun)
        };
        let others = views.iter().filter(|view| view.node != app.node).filter(is_live);
        let others: Vec<&GatewayView> = others.collect();
        let routes = app.outbox.exits().routes();
        for gateway in routes.exits().iter().map(|exit| &exit.gateway) {
            gateway.share_pace(servers_with(&**gateway, &others));
        }
        let shared = routes.exits().iter().map(|exit| &*exit.gateway);
        let shared: Vec<&dyn Gateway> = shared.filter(|g| g.binds().is_some()).collect();
        note_elsewhere(app.outbox.exits(), &shared, &others);
        let mut all = Vec::with_capacity(shared.len());
        for gateway in &shared {
            let Some(mut wanted) = wanted(*gateway, &others) else { continue };
            let has_places = self.told.get(gateway.name()).is_some_and(|count| *count > 0);
            let is_vain = has_places && gateway.state() != GatewayState::Open;
            if servers_with(*gateway, &others) > 1
                && self.patience.is_over(gateway.name(), is_vain, begun)
            {
                wanted.share = 0;
            }
            all.push(wanted);
        }
        let wanted = all;
        self.take(app, &wanted, begun).await?;
        let until = self.beat_at.map(|at| at + LEAVES_AFTER);
        for (gateway, until) in shared.iter().filter_map(|g| Some((g, until?))) {
            let count = self.told.get(gateway.name()).copied().unwrap_or_default();
            if let Some(binds) = gateway.binds() {
                binds.allow(count, until);
            }
        }
        Ok(())
    }

    /// Takes what this server should have, and shows that it lives.
    async fn take(
        &mut self,
        app: &App,
        wanted: &[Wanted],
        begun: Instant,
    ) -> Result<(), store::Fault> {
        let is_due = self.beat_at.is_none_or(|at| begun.duration_since(at) >= BEAT_EVERY);
        // Another one also when it is not known whether the last one is on disk.
        self.beats += u64::from(is_due);
        let beat = is_due.then_some(self.beats);
        let holder = Holder { id: app.outbox.lease(), beat };
        let dead = self.places.resting(DEAD_AFTER, begun);
        let dead: Vec<BindPlace> = dead.map(place).collect();
        let asked = wanted.to_vec();
        let rule = move |snapshot: &_| binds::take(snapshot, holder, &asked, &dead);
        let taken = app.store.transact(binds::keys(), rule).await?;
        if is_due {
            self.beat_at = Some(begun);
        }
        let seen = taken.seen.into_iter();
        self.places.look(seen.map(|p| ((p.gateway, p.place), (p.holder, p.beat))), begun);
        let counts = wanted.iter().zip(taken.counts);
        let told = counts.map(|(one, count)| (one.gateway.clone(), count.min(one.share)));
        let told: HashMap<String, u16> = told.collect();
        for one in wanted {
            let (before, count) = (self.told.get(&one.gateway), told.get(&one.gateway));
            if before != count {
                tracing::info!(
                    gateway.name = one.gateway,
                    binds = count.copied().unwrap_or_default(),
                    binds_of_all = one.binds_max,
                    "this server has another number of binds"
                );
            }
        }
        self.told = told;
        Ok(())
    }
}

/// How long a server tries to bind before another one may; and for how long that one
/// has the places to itself.
const TURN: Duration = Duration::from_mins(1);

/// Places of which nothing comes: a wrong password, no way to the SMSC. Another server
/// may fare better.
#[derive(Default)]
struct Patience {
    in_vain_since: HashMap<String, Instant>,
    passes_until: HashMap<String, Instant>,
}

impl Patience {
    /// Whether this server should leave its places at a gateway to another one for now,
    /// where it has some `in_vain` or not.
    fn is_over(&mut self, gateway: &str, in_vain: bool, now: Instant) -> bool {
        if self.passes_until.get(gateway).is_some_and(|until| now < *until) {
            return true;
        }
        if !in_vain {
            self.in_vain_since.remove(gateway);
            return false;
        }
        let since = *self.in_vain_since.entry(gateway.to_owned()).or_insert(now);
        let is_over = now.duration_since(since) >= TURN;
        if is_over {
            self.in_vain_since.remove(gateway);
            self.passes_until.insert(gateway.to_owned(), now + TURN);
        }
        is_over
    }
}

/// The gateways that another server is bound to.
fn note_elsewhere(exits: &Exits, shared: &[&dyn Gateway], others: &[&GatewayView]) {
    let is_bound = |name: &str| others.iter().any(|view| view.gateway == name && view.is_open);
    let names = shared.iter().map(|gateway| gateway.name()).filter(|name| is_bound(name));
    let names: HashSet<String> = names.map(str::to_owned).collect();
    if exits.elsewhere() != names {
        exits.set_elsewhere(names);
    }
}

/// What this server should have at a gateway that those others have too.
fn wanted(gateway: &dyn Gateway, others: &[&GatewayView]) -> Option<Wanted> {
    let binds = gateway.binds()?;
    Some(Wanted {
        gateway: gateway.name().to_owned(),
        binds_max: binds.max(),
        share: binds::share(binds.max(), servers_with(gateway, others)),
        in_use: binds.in_use(),
    })
}

/// How many servers have a gateway, this one among them.
fn servers_with(gateway: &dyn Gateway, others: &[&GatewayView]) -> u16 {
    let others = others.iter().filter(|view| view.gateway == gateway.name()).count();
    u16::try_from(others + 1).unwrap_or(u16::MAX)
}

fn place((key, value): (&(String, u16), &(u64, u64))) -> BindPlace {
    let ((gateway, place), (holder, beat)) = (key.clone(), *value);
    BindPlace { gateway, place, holder, beat }
}

/// Values that others write, and since when each has not changed, by our own clock.
struct Seen<K, V>(HashMap<K, (V, Instant)>);

impl<K, V> Default for Seen<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, V: PartialEq> Seen<K, V> {
    /// Takes note of what there is now; what is gone is forgotten.
    fn look(&mut self, seen: impl Iterator<Item = (K, V)>, now: Instant) {
        let mut before = std::mem::take(&mut self.0);
        self.0.extend(seen.map(|(key, value)| {
            let since = match before.remove(&key) {
                Some((same, since)) if same == value => since,
                _ => now,
            };
            (key, (value, since))
        }));
    }

    /// Whether a value has not changed for so long.
    fn rests(&self, key: &K, time: Duration, now: Instant) -> bool {
        self.0.get(key).is_some_and(|(_, since)| now.duration_since(*since) >= time)
    }

    /// What has not changed for so long.
    fn resting(&self, time: Duration, now: Instant) -> impl Iterator<Item = (&K, &V)> {
        let rests = move |since: &Instant| now.duration_since(*since) >= time;
        self.0.iter().filter(move |(_, (_, since))| rests(since)).map(|(key, (v, _))| (key, v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_which_nothing_comes_are_passed_on_for_a_while() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut patience = Patience::default();
        for (seconds, in_vain, expected) in [
            (0, true, false),
            (59, true, false),
            // It was bound for a moment.
            (60, false, false),
            (61, true, false),
            (120, true, false),
            (121, true, true),
            // It has none now, and it is another one's turn.
            (180, false, true),
            (181, false, false),
            (182, true, false),
        ] {
            assert_eq!(patience.is_over("sms", in_vain, at(seconds)), expected, "at {seconds} s");
        }
        assert!(!patience.is_over("other", true, at(182)));
    }

    #[test]
    fn what_does_not_change_rests_and_what_is_gone_is_forgotten() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut watched = Seen::default();
        watched.look([("a", 1), ("b", 1)].into_iter(), at(0));
        watched.look([("a", 1), ("b", 2)].into_iter(), at(10));
        assert!(watched.rests(&"a", DEAD_AFTER, at(15)));
        assert!(
            !watched.rests(&"b", DEAD_AFTER, at(24)) && watched.rests(&"b", DEAD_AFTER, at(25))
        );
        assert_eq!(watched.resting(DEAD_AFTER, at(16)).collect::<Vec<_>>(), [(&"a", &1)]);
        watched.look([("b", 2)].into_iter(), at(30));
        watched.look([("a", 1), ("b", 2)].into_iter(), at(31));
        assert!(!watched.rests(&"a", DEAD_AFTER, at(40)), "it was gone");
        assert!(watched.rests(&"b", DEAD_AFTER, at(40)));
    }
}
