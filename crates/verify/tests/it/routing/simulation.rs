//! DL-16: three gateways that convert 85, 80 and 70 %; the first drops to 20 %
//! after 2,000 of 6,000 messages. The figures of `delivery.md` 9, within a
//! fifth: the fixed order converts 41.6 %, the rule 80.4 %, and 61 of the 4,000
//! messages after the drop go to the broken gateway.

use std::fmt;

use ringproof_verify::record::trail::Trail;
use ringproof_verify::routing::{Preference, choose};

use super::{Exchange, open};

const MESSAGES: u32 = 6_000;
const DROP_AT: u32 = 2_000;
const RUNS: u32 = 40;

/// What came of a run: the share that was entered, and how many messages went
/// to the broken gateway.
struct Figures {
    conversion: f64,
    on_broken: f64,
}

fn run(preference: Preference, seconds_between: i64, seed: u32) -> Figures {
    let mut exchange = Exchange::seeded(seed.into());
    let candidates = [open("a"), open("b"), open("c")];
    let (mut entered, mut on_broken) = (0_u32, 0_u32);
    for number in 0..MESSAGES {
        let is_broken = number >= DROP_AT;
        let shares = [if is_broken { 0.20 } else { 0.85 }, 0.80, 0.70];
        let (evidence, to) = (&exchange.evidence, &exchange.destination);
        let (trail, entropy) = (Trail::default(), &mut exchange.entropy);
        let chosen = choose(&candidates, &trail, &[], preference, evidence, to, entropy)
            .expect("they are open");
        let verification = exchange.send(candidates[chosen.index].gateway);
        on_broken += u32::from(is_broken && chosen.index == 0);
        if exchange.chance() < shares[chosen.index] {
            entered += 1;
            exchange.evidence.verified(verification, exchange.now);
        }
        exchange.advance(seconds_between);
    }
    let conversion = f64::from(entered) / f64::from(MESSAGES);
    Figures { conversion, on_broken: f64::from(on_broken) }
}

fn mean(preference: Preference, seconds_between: i64) -> Figures {
    let runs: Vec<Figures> = (0..RUNS).map(|seed| run(preference, seconds_between, seed)).collect();
    let mean = |of: fn(&Figures) -> f64| runs.iter().map(of).sum::<f64>() / f64::from(RUNS);
    Figures { conversion: mean(|run| run.conversion), on_broken: mean(|run| run.on_broken) }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { conversion, on_broken } = self;
        write!(f, "{:.1} % converted, {on_broken:.0} on the broken gateway", 100.0 * conversion)
    }
}

#[test]
fn a_gateway_that_drops_is_left_within_the_figures_of_the_specification() {
    // So slow that each code is known before the next message.
    let order = mean(Preference::Order, 120);
    let rule = mean(Preference::Conversion, 120);
    println!("fixed order: {order}");
    println!("the rule: {rule}");
    let is_near = |found: f64, expected: f64| (found / expected - 1.0).abs() <= 0.20;
    assert!(is_near(order.conversion, 0.416) && order.on_broken >= 4_000.0);
    assert!(is_near(rule.conversion, 0.804) && is_near(rule.on_broken, 61.0));
    // A fifth more or less of 80.4 % would hide a rule that does not work.
    assert!((0.79..0.817).contains(&rule.conversion));
}

#[test]
fn a_busy_prefix_loses_little_more_although_failures_show_two_minutes_late() {
    let rule = mean(Preference::Conversion, 2);
    println!("a message every two seconds: {rule}");
    assert!(rule.conversion >= 0.79 && rule.on_broken <= 120.0);
}
