//! Who qualifies, and the operator's order.

use ringproof_verify::entropy::SeededEntropy;
use ringproof_verify::record::trail::Trail;
use ringproof_verify::routing::evidence::Evidence;
use ringproof_verify::routing::{Candidate, Figure, Preference, Prefix, Reason, choose, has_other};

use super::{closed, destination, open};

/// The gateway for a message with this trail, and why.
fn first(candidates: &[Candidate<'_>], trail: &str, used: &[&str]) -> Option<(String, String)> {
    let trail = Trail::parse(trail).expect("a trail");
    let (evidence, to) = (Evidence::default(), destination("+37255500123"));
    let entropy = &mut SeededEntropy::new(1);
    let chosen = choose(candidates, &trail, used, Preference::Order, &evidence, &to, entropy)?;
    Some((candidates[chosen.index].gateway.to_owned(), chosen.reason.to_string()))
}

#[track_caller]
fn assert_first(
    candidates: &[Candidate<'_>],
    trail: &str,
    used: &[&str],
    expected: Option<(&str, &str)>,
) {
    let found = first(candidates, trail, used);
    let found = found.as_ref().map(|(gateway, reason)| (gateway.as_str(), reason.as_str()));
    assert_eq!(found, expected, "after {trail:?}, used {used:?}");
}

#[test]
fn the_first_open_one_is_asked() {
    let both = [open("a"), open("b")];
    assert_first(&both, "", &[], Some(("a", "order")));
    assert_first(&[closed("a"), open("b")], "", &[], Some(("b", "only")));
    assert_first(&[closed("a"), open("b"), open("c")], "", &[], Some(("b", "order")));
    assert_first(&[closed("a"), closed("b")], "", &[], None);
    assert_first(&[], "", &[], None);
}

#[test]
fn one_that_failed_is_passed_over() {
    let three = [open("a"), open("b"), open("c")];
    assert_first(&three, "a:route_down", &[], Some(("b", "next after 1")));
    assert_first(&three, "a:in_doubt", &[], Some(("b", "next after 1")));
    assert_first(&three, "a:refused_dest", &[], Some(("b", "next after 1")));
    assert_first(&three, "a:accepted", &[], Some(("b", "next after 1")));
    assert_first(&three, "a:route_down,b:in_doubt", &[], Some(("c", "next after 2")));
}

#[test]
fn who_said_later_is_asked_again_and_the_third_time_the_next() {
    let both = [open("a"), open("b")];
    assert_first(&both, "a:retry", &[], Some(("a", "again after 1")));
    assert_first(&both, "a:retry,a:retry", &[], Some(("b", "next after 2")));
    assert_first(&[open("a")], "a:retry,a:retry", &[], Some(("a", "again after 2")));
    assert_first(&[open("a"), closed("b")], "a:retry,a:retry", &[], Some(("a", "again after 2")));
    // The same one, although another comes before it in the order.
    let three = [open("a"), open("b"), open("c")];
    assert_first(&three, "c:retry", &[], Some(("c", "again after 1")));
    assert_first(&[open("a"), closed("c")], "c:retry", &[], Some(("a", "next after 1")));
}

#[test]
fn when_all_failed_those_that_did_not_take_it_are_asked_again() {
    let both = [open("a"), open("b")];
    assert_first(&both, "a:route_down,b:route_down", &[], Some(("a", "again after 2")));
    assert_first(&both, "a:in_doubt,b:route_down", &[], Some(("b", "again after 2")));
    assert_first(&both, "a:route_down,b:retry,b:retry", &[], Some(("b", "again after 3")));
    assert_first(&both, "a:in_doubt,b:in_doubt", &[], Some(("a", "again after 2")));
    assert_first(&both, "a:in_doubt,b:refused_dest", &[], Some(("a", "again after 2")));
    assert_first(&[open("a"), closed("b")], "a:in_doubt", &[], Some(("a", "again after 1")));
    // What it did once more does not wash off the doubt.
    assert_first(&both, "a:in_doubt,a:route_down,b:route_down", &[], Some(("b", "again after 3")));
}

#[test]
fn one_that_took_it_or_refused_the_number_is_never_asked_again() {
    let both = [open("a"), open("b")];
    assert_first(&both, "a:accepted,b:refused_dest", &[], None);
    assert_first(&[open("a")], "a:retry,a:accepted", &[], None);
    assert_first(&[open("a")], "a:refused_dest", &[], None);
    assert_first(&[open("a"), closed("b")], "a:accepted", &[], None);
}

#[test]
fn the_next_code_goes_another_way() {
    let three = [open("a"), open("b"), open("c")];
    assert_first(&three, "", &["a"], Some(("b", "other than last time")));
    assert_first(&three, "", &["b", "a"], Some(("c", "other than last time")));
    assert_first(&three, "", &["a", "b", "c"], Some(("a", "order")));
    assert_first(&three, "", &["z"], Some(("a", "order")));
    assert_first(&[open("a"), closed("b")], "", &["a"], Some(("a", "only")));
    // Rather one that took the last code than one that just failed.
    assert_first(&three[..2], "b:route_down", &["a"], Some(("a", "next after 1")));
    assert_first(&three[..2], "a:route_down,b:route_down", &["a"], Some(("b", "again after 2")));
    // Rather another way than the one that said "later".
    assert_first(&three[..2], "a:retry", &["a"], Some(("b", "next after 1")));
}

#[test]
fn whether_there_is_another_is_told_by_the_same_rules() {
    let has = |candidates: &[Candidate<'_>], trail: &str| {
        has_other(candidates, &Trail::parse(trail).unwrap(), "a")
    };
    assert!(!has(&[open("a")], "a:route_down"));
    assert!(!has(&[open("a"), closed("b")], "a:route_down"));
    assert!(has(&[open("a"), open("b")], "a:route_down"));
    assert!(has(&[open("a"), open("b")], "b:route_down,a:route_down"));
    assert!(has(&[open("a"), open("b")], "b:in_doubt,a:route_down"));
    assert!(!has(&[open("a"), open("b")], "b:accepted,a:route_down"));
    assert!(!has(&[open("a"), open("b")], "b:refused_dest,a:route_down"));
    assert!(!has(&[open("a"), open("b")], "b:route_unfit,a:route_down"));
}

#[test]
fn an_operator_prefix_is_the_calling_code_and_four_digits() {
    let prefix = |number: &str| destination(number).prefix.to_string();
    assert_eq!(prefix("+37255500123"), "+3725550");
    assert_eq!(prefix("+12025550123"), "+12025");
    assert_eq!(prefix("+447700900123"), "+447700");
    assert_eq!(prefix("+79991234567"), "+79991");
    assert_eq!(prefix("+9991234567"), "+9991234");
    assert_eq!(prefix("+9991234"), "+9991234");
    assert_eq!(destination("+37255500123").country.unwrap().as_str(), "EE");
    assert_eq!(destination("+9991234567").country, None);
    let number = |text| ringproof_verify::phone::PhoneNumber::parse(text).unwrap();
    assert_eq!(Prefix::of(&number("+37255500123")), Prefix::of(&number("+37255501999")));
    assert_ne!(Prefix::of(&number("+37255500123")), Prefix::of(&number("+37255510123")));
}

#[test]
fn reasons_are_short_and_plain() {
    let figure = Figure { percent: 100, observations: u32::MAX };
    for (reason, text) in [
        (Reason::Only, "only"),
        (Reason::Order, "order"),
        (Reason::NextAfter(2), "next after 2"),
        (Reason::AgainAfter(2), "again after 2"),
        (Reason::OtherThanLastTime, "other than last time"),
        (Reason::Conversion(Figure { percent: 83, observations: 312 }), "conversion 0.83 of 312"),
        (
            Reason::Cheapest(Figure { percent: 8, observations: 200 }),
            "cheapest within 0.05 (0.08 of 200)",
        ),
        (Reason::Cheapest(figure), "cheapest within 0.05 (1.00 of 4294967295)"),
        (Reason::Explored, "explored"),
    ] {
        assert_eq!(reason.to_string(), text);
        assert!(text.len() <= 64 && text.is_ascii() && !text.contains(','));
    }
}
