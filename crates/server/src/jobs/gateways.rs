//! The gateways between this program and the commands of the operator: what he
//! paused comes from the store, what is seen of them goes there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use delivery::{Exits, Gateway, GatewayState};
use store::Store;
use tokio::sync::watch;
use verify::engine::{Change, Decision, Keys};
use verify::record::GatewayView;
use verify::routing::Prefix;
use verify::routing::evidence::{Known, ReceiptDoubt};
use verify::{SignedDuration, Timestamp};

use super::{tick, ticks};
use crate::app::App;

/// How often pauses are read and gateways are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// How old a view gets that did not change. Whoever reads one that is much older
/// knows that no server runs.
const VIEW_EVERY: Duration = Duration::from_secs(5);

/// What a view says of a gateway whose messages are left to another server.
pub const ELSEWHERE: &str = "another server is bound and sends for it";

/// How often at most the operator is told of one gateway that its receipts are late or
/// missing.
const WARN_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// Follows the operator's pauses, and shows what is seen, until `stop`.
pub async fn follow_gateways(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(EVERY);
    let mut shown = Shown::default();
    let mut warned = Warned::default();
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = read_pauses(&app.store, app.outbox.exits()).await {
            tracing::error!(%error, "pauses of gateways could not be read");
        }
        if let Err(error) = shown.show(&app).await {
            tracing::error!(%error, "what is seen of the gateways could not be noted");
        }
        for known in warned.news(&app.outbox.exits().known(), app.clock.now()) {
            tracing::warn!(
                gateway.name = known.gateway, phone.country = %known.country,
                receipts = known.receipt_doubt.map(doubt),
                "receipts of a gateway are late or missing, so it gets fewer messages where a \
                 route goes by conversion; `ringproof gateway list` shows it"
            );
        }
    }
}

/// When the operator was told last of the receipts of each gateway.
#[derive(Default)]
struct Warned(HashMap<String, Timestamp>);

impl Warned {
    /// What is to be told now: one country of each gateway that is doubted and of which
    /// nothing was told for a while.
    fn news<'k>(&mut self, known: &'k [Known], now: Timestamp) -> Vec<&'k Known> {
        self.0.retain(|_, at| now.duration_since(*at).abs() < WARN_EVERY);
        let doubted = known.iter().filter(|known| known.receipt_doubt.is_some());
        let is_new = |known: &&Known| {
            let is_new = !self.0.contains_key(&known.gateway);
            if is_new {
                self.0.insert(known.gateway.clone(), now);
            }
            is_new
        };
        doubted.filter(is_new).collect()
    }
}

const fn doubt(doubt: ReceiptDoubt) -> &'static str {
    match doubt {
        ReceiptDoubt::Slow => "late",
        ReceiptDoubt::Missing => "missing",
    }
}

/// Puts the operator's pauses in force.
///
/// # Errors
/// The store's; they stay as they were.
pub async fn read_pauses(store: &Store, exits: &Exits) -> Result<(), store::Fault> {
    let pauses = store.gateway_pauses().await?;
    let names: HashSet<String> = pauses.into_iter().map(|pause| pause.gateway).collect();
    if exits.paused() != names {
        let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        tracing::info!(paused = list, "the operator paused or resumed gateways");
        exits.set_paused(names);
    }
    Ok(())
}

/// What the store was told last.
#[derive(Default)]
struct Shown {
    views: Vec<GatewayView>,
    at: Option<Timestamp>,
}

impl Shown {
    async fn show(&mut self, app: &App) -> Result<(), store::Fault> {
        let now = app.clock.now();
        let views = self.look(app, now);
        let is_old = self.at.is_none_or(|at| now.duration_since(at).unsigned_abs() >= VIEW_EVERY);
        let is_changed = |new: &GatewayView| {
            let old = self.views.iter().find(|old| old.gateway == new.gateway);
            old.is_none_or(|old| (old.is_open, &old.reason) != (new.is_open, &new.reason))
        };
        if !is_old && views.len() == self.views.len() && !views.iter().any(is_changed) {
            return Ok(());
        }
        let written = views.clone();
        let node = app.node.clone();
        let rule = move |_: &_| {
            Decision::with(vec![Change::PutGatewayViews(node.clone(), written.clone())], ())
        };
        app.store.transact(Keys::default(), rule).await?;
        (self.views, self.at) = (views, Some(now));
        Ok(())
    }

    fn look(&self, app: &App, now: Timestamp) -> Vec<GatewayView> {
        let routes = app.outbox.exits().routes();
        let view = |gateway: &dyn Gateway| {
            let (is_open, reason) = match app.outbox.exits().state(gateway) {
                GatewayState::Open => (true, String::new()),
                GatewayState::Closed(reason) => (false, reason.to_owned()),
                GatewayState::Elsewhere => (false, ELSEWHERE.to_owned()),
            };
            let before = self.views.iter().find(|view| view.gateway == gateway.name());
            let same = before.filter(|view| view.is_open == is_open && view.reason == reason);
            GatewayView {
                node: app.node.clone(),
                gateway: gateway.name().to_owned(),
                is_open,
                reason,
                since: same.map_or(now, |view| view.since),
                detail: detail(app, gateway, now),
                seen_at: now,
            }
        };
        let mut views: Vec<_> = routes.exits().iter().map(|exit| view(&*exit.gateway)).collect();
        views.sort_by(|a, b| a.gateway.cmp(&b.gateway));
        views
    }
}

/// What the gateway tells of itself, and how its messages do.
fn detail(app: &App, gateway: &dyn Gateway, now: Timestamp) -> String {
    let left_alone = app.outbox.exits().left_alone(gateway.name(), now);
    let known = app.outbox.exits().known();
    let of_gateway = known.iter().filter(|known| known.gateway == gateway.name());
    let lines = gateway.detail().into_iter().chain(left_alone).chain(of_gateway.map(line));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(known: &Known) -> String {
    let share =
        |share: Option<f64>| share.map_or("-".to_owned(), |s| format!("{:.0} %", s * 100.0));
    let (entered, delivered) = (share(known.conversion), share(known.delivered));
    let doubt = if known.fake_dlr { "; its receipts are too good to be true" } else { "" };
    let doubted = known.receipt_doubt.map(doubted).unwrap_or_default();
    let broken = avoided(&known.broken_prefixes);
    format!(
        "{}: {entered} of {} codes entered, {delivered} of {} receipts say delivered\
         {doubt}{doubted}{broken}",
        known.country, known.observations, known.receipts
    )
}

fn doubted(of: ReceiptDoubt) -> String {
    format!("; its receipts are {}, so it counts half in the choice", doubt(of))
}

/// Operator prefixes that are told by name; of more there is the number.
const PREFIXES_TOLD_MAX: usize = 5;

/// Where a gateway is avoided because codes sent there get lost.
fn avoided(prefixes: &[Prefix]) -> String {
    if prefixes.is_empty() {
        return String::new();
    }
    let told = prefixes.iter().take(PREFIXES_TOLD_MAX).map(ToString::to_string);
    let told = told.collect::<Vec<_>>().join(", ");
    let more = match prefixes.len().saturating_sub(PREFIXES_TOLD_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("; avoided at {told}{more}, since codes sent there get lost")
}

#[cfg(test)]
mod tests {
    use verify::phone::{Country, PhoneNumber};

    use super::*;

    #[test]
    fn some_prefixes_are_told_and_of_more_the_number() {
        let prefix = |n: u32| {
            let number = PhoneNumber::parse(&format!("+372555{n}0123")).expect("it is a number");
            Prefix::of(&number)
        };
        let all: Vec<Prefix> = (0..7).map(prefix).collect();
        assert_eq!(avoided(&[]), "");
        let lost = "since codes sent there get lost";
        assert_eq!(avoided(&all[..2]), format!("; avoided at +3725550, +3725551, {lost}"));
        let five = "+3725550, +3725551, +3725552, +3725553, +3725554";
        assert_eq!(avoided(&all[..5]), format!("; avoided at {five}, {lost}"));
        assert_eq!(avoided(&all), format!("; avoided at {five} and 2 more, {lost}"));
    }

    fn known(gateway: &str, country: &str, receipt_doubt: Option<ReceiptDoubt>) -> Known {
        Known {
            gateway: gateway.to_owned(),
            country: Country::parse(country).expect("it is a country"),
            observations: 40,
            conversion: Some(0.75),
            receipts: 20,
            delivered: None,
            fake_dlr: false,
            receipt_doubt,
            broken_prefixes: Vec::new(),
        }
    }

    #[test]
    fn a_gateway_whose_receipts_are_late_is_told_once_in_ten_minutes() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).expect("in range");
        let slow = |gateway, country| known(gateway, country, Some(ReceiptDoubt::Slow));
        let all = [slow("a", "EE"), slow("a", "FI"), known("b", "EE", None), slow("c", "FI")];
        let mut warned = Warned::default();
        let mut told = |second| {
            let news = warned.news(&all, at(second)).into_iter();
            news.map(|known| known.gateway.clone()).collect::<Vec<_>>()
        };
        assert_eq!(told(0), ["a", "c"]);
        assert_eq!(told(599), Vec::<String>::new());
        assert_eq!(told(600), ["a", "c"]);
    }

    #[test]
    fn the_line_of_a_country_tells_of_late_receipts() {
        let begin = "EE: 75 % of 40 codes entered, - of 20 receipts say delivered";
        assert_eq!(line(&known("a", "EE", None)), begin);
        assert_eq!(
            line(&known("a", "EE", Some(ReceiptDoubt::Missing))),
            format!("{begin}; its receipts are missing, so it counts half in the choice")
        );
    }
}
