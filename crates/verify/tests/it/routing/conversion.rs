//! The choice by what is known.

use ringproof_verify::record::trail::Trail;
use ringproof_verify::routing::{Chosen, Preference, Reason, choose};

use super::{Exchange, closed, destination, open, priced};

#[test]
fn where_nothing_is_known_the_order_decides() {
    let mut exchange = Exchange::quick();
    let both = [priced("a", 9), priced("b", 1)];
    let by_order = Chosen { index: 0, reason: Reason::Order };
    assert_eq!(exchange.choose(&both), by_order);
    // Of another country, or of a gateway that is no candidate.
    exchange.history("z", 100, 50);
    assert_eq!(exchange.choose(&both), by_order);
    exchange.history("b", 100, 90);
    exchange.destination = destination("+447700900123");
    assert_eq!(exchange.choose(&both), by_order);
    // A single one needs no choice.
    exchange.destination = destination("+37255500123");
    let only = Chosen { index: 1, reason: Reason::Only };
    assert_eq!(exchange.choose(&[closed("a"), open("b")]), only);
}

#[test]
fn the_one_that_converts_better_is_chosen_and_the_others_now_and_then() {
    let mut exchange = Exchange::quick();
    exchange.history("a", 300, 210);
    exchange.history("b", 300, 255);
    exchange.history("c", 300, 60);
    let three = [open("a"), open("b"), open("c")];
    let counts = exchange.choices(&three, 2_000);
    assert!(counts[1] > 1_700 && counts[0] > 10 && counts[2] == 0, "{counts:?}");
    let reason = exchange.choose(&three).reason.to_string();
    assert_eq!(reason, "conversion 0.85 of 300");
}

#[test]
fn a_cheaper_one_is_chosen_if_it_does_nearly_as_well() {
    let share_of_cheap = |entered: usize| {
        let mut exchange = Exchange::quick();
        exchange.history("cheap", 300, entered);
        exchange.history("good", 300, 255);
        exchange.choices(&[priced("good", 5), priced("cheap", 3)], 1_000)[1]
    };
    // 0.83, 0.80 and 0.70 against 0.85.
    assert!(share_of_cheap(249) > 650, "{}", share_of_cheap(249));
    assert!((350..650).contains(&share_of_cheap(240)), "{}", share_of_cheap(240));
    assert!(share_of_cheap(210) < 100, "{}", share_of_cheap(210));

    let mut exchange = Exchange::quick();
    exchange.history("good", 300, 255);
    exchange.history("cheap", 300, 249);
    let both = [priced("good", 5), priced("cheap", 3)];
    let reasons: Vec<String> =
        (0..50).map(|_| exchange.choose(&both)).map(|chosen| chosen.reason.to_string()).collect();
    assert!(reasons.iter().any(|reason| reason == "cheapest within 0.05 (0.83 of 300)"));
    assert!(reasons.iter().any(|reason| reason == "explored"));
}

#[test]
fn an_unknown_price_counts_as_the_highest() {
    let mut exchange = Exchange::quick();
    exchange.history("a", 300, 240);
    exchange.history("b", 300, 240);
    let counts = exchange.choices(&[open("a"), priced("b", 2)], 500);
    assert!(counts[0] > 350, "the same price, so by order: {counts:?}");
    let counts = exchange.choices(&[open("a"), priced("b", 2), priced("c", 4)], 500);
    assert!(counts[1] > counts[0], "{counts:?}");
}

#[test]
fn with_few_outcomes_at_a_prefix_those_of_the_country_count() {
    let mut exchange = Exchange::quick();
    let (here, there) = (destination("+37255500123"), destination("+37256600123"));
    exchange.destination = there;
    exchange.history("a", 300, 90);
    exchange.history("b", 300, 240);
    exchange.destination = here;
    let both = [open("a"), open("b")];
    assert!(exchange.choices(&both, 200)[0] < 5);
    // Here it is the other way round, which nineteen outcomes do not show yet.
    exchange.history("a", 19, 19);
    exchange.history("b", 19, 2);
    assert!(exchange.choices(&both, 200)[0] < 20);
    exchange.history("a", 21, 20);
    exchange.history("b", 21, 2);
    assert!(exchange.choices(&both, 200)[0] > 195);
    exchange.destination = there;
    assert!(exchange.choices(&both, 200)[0] < 20);
}

#[test]
fn without_codes_receipts_decide_and_with_codes_they_do_not() {
    let mut exchange = Exchange::quick();
    for number in 0..200 {
        for (gateway, delivered) in [("a", number % 2 == 0), ("b", number % 10 != 0)] {
            let message = exchange.send_plain(gateway);
            exchange.evidence.receipt(message, gateway, delivered, exchange.now);
        }
    }
    let both = [open("a"), open("b")];
    assert!(exchange.choices(&both, 300)[1] > 290);
    exchange.history("a", 100, 80);
    exchange.history("b", 100, 40);
    assert!(exchange.choices(&both, 300)[0] > 290);
}

/// A prefix whose cheap gateway does well: the dear one is only explored.
#[test]
fn a_dear_gateway_is_explored_with_a_tenth_of_the_messages_at_most() {
    let explored = |price: u64| {
        let mut exchange = Exchange::quick();
        exchange.history("cheap", 300, 150);
        let both = [priced("cheap", 10), priced("dear", price)];
        let mut dear = 0;
        for _ in 0..1_000 {
            // Nothing becomes known of the dear one: time does not go on.
            let chosen = exchange.choose(&both);
            exchange.send(both[chosen.index].gateway);
            dear += usize::from(chosen.index == 1);
        }
        dear
    };
    // The tenth is one of the last hundred or so, so that ten may come at once.
    assert!((90..=110).contains(&explored(21)), "{}", explored(21));
    assert!(explored(20) > 500, "twice the price is not dear: {}", explored(20));
}

#[test]
fn a_dear_gateway_that_is_known_to_be_needed_gets_everything() {
    let mut exchange = Exchange::quick();
    exchange.history("cheap", 100, 40);
    exchange.history("dear", 100, 85);
    let counts = exchange.choices(&[priced("cheap", 10), priced("dear", 100)], 500);
    assert!(counts[1] > 490, "{counts:?}");
}

/// Codes of "a" at one prefix get lost, while others and other prefixes do well.
fn broken(exchange: &mut Exchange) {
    exchange.history("b", 100, 80);
    exchange.history("c", 100, 70);
    exchange.history("a", 40, 4);
}

#[test]
fn one_whose_codes_get_lost_is_left_out_for_ten_minutes_and_then_gets_a_few() {
    let mut exchange = Exchange::quick();
    broken(&mut exchange);
    assert_eq!(exchange.known("a").broken_prefixes.len(), 1);
    let prefixes = exchange.known("a").broken_prefixes;
    assert_eq!(prefixes, [exchange.destination.prefix], "people read which one it is");
    assert_eq!(exchange.known("b").broken_prefixes.len(), 0);
    let three = [open("a"), open("b"), open("c")];
    // It was found out after twenty codes, half a minute ago at most.
    exchange.advance(569);
    assert_eq!(exchange.choices(&three, 2_000)[0], 0);
    exchange.advance(31);
    let counts = exchange.choices(&three, 4_000);
    assert!((150..250).contains(&counts[0]), "a twentieth: {counts:?}");
    // It is better than none.
    assert_eq!(exchange.choose(&[open("a"), closed("b")]).index, 0);
    let trail = Trail::parse("b:route_down,c:in_doubt").unwrap();
    let (by, evidence, to) = (Preference::Conversion, &exchange.evidence, &exchange.destination);
    let chosen = choose(&three, &trail, &[], by, evidence, to, &mut exchange.entropy);
    assert_eq!(chosen, Some(Chosen { index: 0, reason: Reason::NextAfter(2) }));
}

#[test]
fn one_that_recovers_is_found_out() {
    let mut exchange = Exchange::quick();
    broken(&mut exchange);
    exchange.advance(600);
    exchange.history("a", 60, 54);
    assert_eq!(exchange.known("a").broken_prefixes.len(), 1, "still half of what is known is bad");
    exchange.history("a", 100, 90);
    assert_eq!(exchange.known("a").broken_prefixes.len(), 0);
    assert!(exchange.choices(&[open("a"), open("b"), open("c")], 500)[0] > 100);
}

#[test]
fn it_takes_twenty_outcomes_and_others_to_compare_with() {
    let mut exchange = Exchange::quick();
    exchange.history("b", 100, 80);
    exchange.history("a", 19, 0);
    assert_eq!(exchange.known("a").broken_prefixes.len(), 0);
    exchange.history("a", 1, 0);
    assert_eq!(exchange.known("a").broken_prefixes.len(), 1);

    let mut alone = Exchange::quick();
    alone.history("a", 100, 0);
    alone.history("b", 19, 19);
    alone.history("a", 10, 0);
    assert_eq!(alone.known("a").broken_prefixes.len(), 0);

    // Half of what the others do is 0.40: 0.31 of a hundred is below it with a
    // probability of about 0.94, and 0.22 as good as surely.
    for (entered, broken_prefixes) in [(31, 0), (22, 1)] {
        let mut bad = Exchange::quick();
        bad.history("b", 100, 80);
        bad.history("a", 100, entered);
        assert_eq!(bad.known("a").broken_prefixes.len(), broken_prefixes, "{entered}");
    }
}

#[test]
fn a_dear_one_whose_codes_got_lost_is_not_tried_while_it_had_most_of_the_messages() {
    let mut exchange = Exchange::quick();
    exchange.history("cheap", 100, 80);
    exchange.history("dear", 60, 6);
    exchange.advance(600);
    assert_eq!(exchange.known("dear").broken_prefixes.len(), 1);
    let counts = exchange.choices(&[priced("cheap", 10), priced("dear", 21)], 1_000);
    assert_eq!(counts, [1_000, 0]);
    let counts = exchange.choices(&[priced("cheap", 10), priced("dear", 20)], 1_000);
    assert!((25..75).contains(&counts[1]), "{counts:?}");
}

#[test]
fn what_is_known_of_the_country_is_what_is_expected_at_a_prefix() {
    let mut exchange = Exchange::quick();
    let (here, there) = (destination("+37255500123"), destination("+37256600123"));
    exchange.destination = there;
    exchange.history("a", 300, 0);
    exchange.destination = here;
    exchange.history("a", 20, 20);
    let both = [open("a"), open("b")];
    let reasons: Vec<String> = (0..50).map(|_| exchange.choose(&both).reason.to_string()).collect();
    // Twenty that faded weigh 18.2; two of which 0.18 are entered, the share of
    // the country, make 0.92. With two of 0.8 it would be 0.98.
    assert!(reasons.iter().any(|reason| reason == "conversion 0.92 of 20"), "{reasons:?}");
}
