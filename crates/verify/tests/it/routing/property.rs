//! Whatever is known and whatever happened, some gateways are never asked.

use proptest::prelude::*;
use ringproof_verify::entropy::SeededEntropy;
use ringproof_verify::record::trail::{HandOver, Trail};
use ringproof_verify::routing::{Candidate, Preference, choose, has_other};

use super::Exchange;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

#[derive(Debug, Clone)]
struct Case {
    candidates: Vec<Candidate<'static>>,
    trail: Trail,
    used: Vec<&'static str>,
    preference: Preference,
    /// Codes of each gateway, and how many were entered.
    history: Vec<(usize, usize)>,
    seed: u64,
}

fn end() -> impl Strategy<Value = HandOver> {
    prop_oneof![
        3 => Just(HandOver::Temporary),
        2 => Just(HandOver::Unreached),
        2 => Just(HandOver::GatewayDown),
        1 => Just(HandOver::GatewayUnfit),
        1 => Just(HandOver::Destination),
        2 => Just(HandOver::InDoubt),
        1 => Just(HandOver::Accepted),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let name = || proptest::sample::select(&NAMES[..]);
    let candidate = (any::<bool>(), proptest::option::of(0..100_u64));
    let candidates = proptest::collection::vec(candidate, 0..=5).prop_map(|all| {
        let named = NAMES.iter().zip(all);
        named.map(|(&gateway, (is_open, price))| Candidate { gateway, is_open, price }).collect()
    });
    let trail = proptest::collection::vec((name(), end()), 0..5).prop_map(|steps| {
        let mut trail = Trail::default();
        for (gateway, end) in steps {
            trail.push(gateway, end);
        }
        trail
    });
    let counts = (0..60_usize).prop_flat_map(|codes| (Just(codes), 0..=codes));
    (
        candidates,
        trail,
        proptest::collection::vec(name(), 0..3),
        prop_oneof![Just(Preference::Order), Just(Preference::Conversion)],
        proptest::collection::vec(counts, 5),
        any::<u64>(),
    )
        .prop_map(|(candidates, trail, used, preference, history, seed)| Case {
            candidates,
            trail,
            used,
            preference,
            history,
            seed,
        })
}

fn is_done(trail: &Trail, gateway: &str) -> bool {
    let count = |end| trail.count(gateway, end);
    count(HandOver::Accepted) + count(HandOver::GatewayUnfit) + count(HandOver::Destination) > 0
}

proptest! {
    #[test]
    fn never_one_that_is_closed_that_has_the_message_or_that_refused_the_number(case in case()) {
        let mut exchange = Exchange::quick();
        for (gateway, (codes, entered)) in NAMES.iter().zip(&case.history) {
            exchange.history(gateway, *codes, *entered);
        }
        let Case { candidates, trail, used, preference, seed, .. } = case;
        let choose = |candidates: &[Candidate<'_>]| {
            let (evidence, to) = (&exchange.evidence, &exchange.destination);
            let entropy = &mut SeededEntropy::new(seed);
            choose(candidates, &trail, &used, preference, evidence, to, entropy)
        };
        let may_have_it =
            |candidate: &&Candidate<'_>| candidate.is_open && !is_done(&trail, candidate.gateway);
        let chosen = choose(&candidates);
        prop_assert_eq!(chosen.is_some(), candidates.iter().any(|one| may_have_it(&one)));
        prop_assert_eq!(chosen, choose(&candidates), "the same chance, the same choice");
        if let Some(chosen) = chosen {
            let candidate = &candidates[chosen.index];
            prop_assert!(may_have_it(&candidate));
            // Never one that may have it while one that surely has it not is left.
            if trail.may_be_with(candidate.gateway) {
                let mut others = candidates.iter().filter(may_have_it);
                prop_assert!(others.all(|other| trail.may_be_with(other.gateway)));
            }
            let reason = chosen.reason.to_string();
            prop_assert!(reason.len() <= 64 && reason.is_ascii() && !reason.contains(','));
        }
        for name in NAMES {
            let others: Vec<Candidate<'_>> =
                candidates.iter().filter(|one| one.gateway != name).copied().collect();
            let has_other = has_other(&candidates, &trail, name);
            prop_assert_eq!(has_other, choose(&others).is_some());
        }
    }
}
