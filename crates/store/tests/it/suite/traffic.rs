//! What is kept of traffic: areas, holds, releases.

use std::collections::HashSet;

use ringproof_store::limits::TRAFFIC_AREAS_FORGOTTEN_MAX;
use verify::engine::Change;
use verify::record::{Area, Stage, TrafficArea, TrafficHold, TrafficRule, User};

use crate::asking::{put, wait};
use crate::engines::{Open, Opened};
use crate::sample::{self, at, service_id, traffic_area, traffic_hold, user_id};

fn put_areas(kept: &Opened, areas: &[TrafficArea]) {
    put(&kept.store, vec![Change::PutTrafficAreas(areas.to_vec())]);
}

fn areas(kept: &Opened) -> Vec<TrafficArea> {
    wait(kept.store.traffic_areas()).expect("answered")
}

/// The areas that are held at a time, by their text.
fn held(kept: &Opened, milliseconds: i64) -> Vec<String> {
    let held = wait(kept.store.traffic_holds(at(milliseconds))).expect("answered");
    held.into_iter().map(|area| area.area.to_string()).collect()
}

fn area(text: &str) -> Area {
    text.parse().expect("an area")
}

pub(super) fn areas_come_back_as_they_were_put(open: Open) {
    let kept = open();
    assert_eq!(areas(&kept), []);
    put_areas(&kept, &[]);
    assert_eq!(areas(&kept), []);
    let of_node =
        |area: &str, node: &str| TrafficArea { node: node.to_owned(), ..traffic_area(1, area) };
    let bare = TrafficArea {
        days: Vec::new(),
        hours: Vec::new(),
        hold: None,
        refused: 0,
        ..traffic_area(2, "EE")
    };
    // By service, by the text of the area, by server.
    let all = [
        of_node("+3725123", "b"),
        of_node("+37251234xxx", ""),
        of_node("+999xxx", ""),
        of_node("EE", ""),
        of_node("EE", "B"),
        of_node("EE", "a"),
        of_node("EE", "é"),
        bare,
    ];
    for area in all.iter().rev() {
        put_areas(&kept, std::slice::from_ref(area));
    }
    assert_eq!(areas(&kept), all);
    // All at once they come back alike.
    let at_once = open();
    put_areas(&at_once, &all);
    assert_eq!(areas(&at_once), all);
}

pub(super) fn every_stage_and_rule_comes_back(open: Open) {
    let kept = open();
    let rules = [
        TrafficRule::InFlight,
        TrafficRule::Evidence,
        TrafficRule::Neighbours,
        TrafficRule::Block,
        TrafficRule::Completion,
        TrafficRule::Jump,
    ];
    for rule in rules {
        for stage in [Stage::Challenge, Stage::Closed] {
            let hold = Some(TrafficHold { stage, rule, ..traffic_hold(1) });
            let area = TrafficArea { hold, ..traffic_area(1, "EE") };
            put_areas(&kept, std::slice::from_ref(&area));
            assert_eq!(areas(&kept), [area]);
        }
    }
}

pub(super) fn an_area_is_put_over_itself_with_and_without_a_hold(open: Open) {
    let kept = open();
    let full = traffic_area(1, "EE");
    let other = TrafficArea { node: "two".to_owned(), ..full.clone() };
    put_areas(&kept, &[full.clone(), other.clone()]);
    let without = TrafficArea { hold: None, refused: 0, updated_at: at(9), ..full.clone() };
    let again = TrafficArea { hold: Some(traffic_hold(9)), days: Vec::new(), ..full.clone() };
    for area in [without, again, full] {
        put_areas(&kept, std::slice::from_ref(&area));
        assert_eq!(areas(&kept), [area, other.clone()]);
    }
    // Twice in one list, the later counts.
    let later = TrafficArea { refused: 1, ..other.clone() };
    put_areas(&kept, &[other, later.clone()]);
    assert_eq!(areas(&kept)[1], later);
}

pub(super) fn a_release_reaches_every_server_and_outlives_what_they_write(open: Open) {
    let kept = open();
    let all = [
        traffic_area(1, "+3725123"),
        traffic_area(1, "EE"),
        TrafficArea { node: "two".to_owned(), ..traffic_area(1, "EE") },
        traffic_area(2, "EE"),
    ];
    put_areas(&kept, &all);
    let release = |service, milliseconds| {
        let change = Change::ReleaseTraffic(area("EE"), service, at(milliseconds));
        put(&kept.store, vec![change]);
    };
    let released = || areas(&kept).iter().map(|a| a.released_at).collect::<Vec<_>>();
    release(Some(service_id(1)), 5);
    assert_eq!(released(), [None, Some(at(5)), Some(at(5)), None]);
    release(None, 6);
    assert_eq!(released(), [None, Some(at(6)), Some(at(6)), Some(at(6))]);
    // What a server writes leaves it alone, whatever it says of it.
    let claims = TrafficArea { released_at: Some(at(1)), ..all[0].clone() };
    put_areas(&kept, &[claims, all[1].clone(), all[2].clone()]);
    assert_eq!(released(), [None, Some(at(6)), Some(at(6)), Some(at(6))]);
    // One that is not kept needs none.
    release(Some(service_id(3)), 7);
    put(&kept.store, vec![Change::ReleaseTraffic(area("FI"), None, at(7))]);
    assert_eq!(released(), [None, Some(at(6)), Some(at(6)), Some(at(6))]);
    // And a release says nothing of who wrote last.
    assert_eq!(areas(&kept)[3], TrafficArea { released_at: Some(at(6)), ..all[3].clone() });
}

pub(super) fn holds_are_found_until_their_moment(open: Open) {
    let kept = open();
    let until = |area: &str, milliseconds: Option<i64>| TrafficArea {
        hold: milliseconds.map(traffic_hold),
        ..traffic_area(1, area)
    };
    assert_eq!(held(&kept, 0), [""; 0]);
    put_areas(&kept, &[until("EE", Some(1_000)), until("FI", Some(2_000)), until("SE", None)]);
    assert_eq!(held(&kept, 999), ["EE", "FI"]);
    assert_eq!(held(&kept, 1_000), ["FI"]);
    assert_eq!(held(&kept, 2_000), [""; 0]);
    // A release is for the reader to heed.
    put(&kept.store, vec![Change::ReleaseTraffic(area("FI"), None, at(5))]);
    let found = wait(kept.store.traffic_holds(at(1_000))).expect("answered");
    assert_eq!(found, [TrafficArea { released_at: Some(at(5)), ..until("FI", Some(2_000)) }]);
    put_areas(&kept, &[until("EE", Some(3_000)), until("FI", None)]);
    assert_eq!(held(&kept, 2_999), ["EE"]);
}

pub(super) fn areas_are_forgotten_at_their_moment(open: Open) {
    let kept = open();
    let written =
        |n: u8, milliseconds| TrafficArea { updated_at: at(milliseconds), ..traffic_area(n, "EE") };
    put_areas(&kept, &[written(1, 2), written(2, 1), written(3, 3)]);
    let left = || areas(&kept).into_iter().map(|a| a.service).collect::<Vec<_>>();
    for (before, expected) in [(1, &[1, 2, 3][..]), (2, &[1, 3]), (3, &[3]), (4, &[])] {
        put(&kept.store, vec![Change::ForgetTraffic(at(before))]);
        let expected: Vec<_> = expected.iter().map(|&n| service_id(n)).collect();
        assert_eq!(left(), expected, "{before}");
    }
}

pub(super) fn only_so_many_areas_are_forgotten_in_one_step(open: Open) {
    let kept = open();
    let count = TRAFFIC_AREAS_FORGOTTEN_MAX + 2;
    // The names say nothing of the age.
    let one = |n: u32| TrafficArea {
        area: area(&format!("+{}", 9_000_000 - n)),
        updated_at: at(i64::from(n)),
        ..traffic_area(1, "EE")
    };
    put_areas(&kept, &(0..count).map(one).collect::<Vec<_>>());
    let forget = || put(&kept.store, vec![Change::ForgetTraffic(at(1_000_000))]);
    forget();
    assert_eq!(areas(&kept), [one(count - 1), one(count - 2)], "the oldest first");
    forget();
    assert_eq!(areas(&kept), []);
}

pub(super) fn the_verifications_that_users_have_are_told(open: Open) {
    let kept = open();
    let (first, second, third) =
        ((service_id(1), user_id(1)), (service_id(1), user_id(2)), (service_id(2), user_id(1)));
    let user = |n: u8| User { service: service_id(1), ..sample::user(n) };
    let users = [1, 2].map(|n| Change::InsertUser(Box::new(user(n))));
    put(&kept.store, users.to_vec());
    let verifications = [(first, 7), (second, 8)].map(|((service, user), n)| {
        Change::PutVerification(service, user, Box::new(sample::verification(n)))
    });
    put(&kept.store, verifications.to_vec());
    let living =
        |users: &[_]| wait(kept.store.living_verifications(users.to_vec())).expect("answered");
    let id = |n| sample::verification(n).id;
    assert_eq!(living(&[first, second, third]), HashSet::from([id(7), id(8)]));
    assert_eq!(living(&[second, third]), HashSet::from([id(8)]));
    assert_eq!(living(&[]), HashSet::new());
    put(&kept.store, vec![Change::DeleteVerification(first.0, first.1)]);
    assert_eq!(living(&[first, second]), HashSet::from([id(8)]));
}

pub(super) fn a_removed_service_takes_its_areas_along(open: Open) {
    let kept = open();
    let services = [1, 2].map(|n| Change::InsertService(Box::new(sample::service(n))));
    put(&kept.store, services.to_vec());
    put_areas(&kept, &[traffic_area(1, "EE"), traffic_area(1, "FI"), traffic_area(2, "EE")]);
    put(&kept.store, vec![Change::DeleteService(service_id(1))]);
    assert_eq!(areas(&kept), [traffic_area(2, "EE")]);
}
