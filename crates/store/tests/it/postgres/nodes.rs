//! Several nodes on one database, asked many things at once.

use std::sync::Arc;

use ringproof_store::Store;
use verify::Timestamp;
use verify::engine::check::CheckOutcome;
use verify::engine::start::{StartOutcome, StartRefusal};
use verify::engine::user::AddOutcome;
use verify::engine::{Due, Keys};
use verify::ids::{AccountId, ServiceId};
use verify::record::Method;

use super::server::shared;
use crate::asking::{at_once, seen, wait};
use crate::engines::node;
use crate::sample::at;
use crate::world::{Person, WRONG, World};

/// Three nodes on a new database.
fn three() -> (Vec<Store>, Vec<World>) {
    let address = shared().database();
    let nodes: Vec<Store> = (0..3).map(|_| node(&address)).collect();
    let worlds = nodes.iter().map(World::over).collect();
    (nodes, worlds)
}

/// Enters a thousand codes at once, spread over the nodes.
fn enter(worlds: &[World], person: Person, code: &str, now: Timestamp) -> Vec<CheckOutcome> {
    at_once(1_000, |n| {
        let (world, code) = (worlds[n % worlds.len()].clone(), code.to_owned());
        async move { world.check(person, &code, now).await }
    })
}

#[test]
fn a_thousand_right_codes_on_three_nodes_make_one_approval() {
    let (_nodes, worlds) = three();
    let person = wait(worlds[0].add_person(1, at(0)));
    for day in 0..5 {
        let now = at(day * 86_400_000);
        let code = wait(worlds[0].code(person, now, 77));
        let outcomes = enter(&worlds, person, &code, now);
        let approved = |o: &&CheckOutcome| matches!(o, CheckOutcome::Approved { .. });
        assert_eq!(outcomes.iter().filter(approved).count(), 1);
        let not_found = |o: &&CheckOutcome| **o == CheckOutcome::VerificationNotFound;
        assert_eq!(outcomes.iter().filter(not_found).count(), 999);
    }
}

#[test]
fn a_thousand_wrong_codes_on_three_nodes_make_five_comparisons() {
    let (_nodes, worlds) = three();
    let person = wait(worlds[0].add_person(1, at(0)));
    let code = wait(worlds[0].code(person, at(0), 77));
    let outcomes = enter(&worlds, person, WRONG, at(1_000));
    let wrong = |o: &&CheckOutcome| matches!(o, CheckOutcome::WrongCode { .. });
    assert_eq!(outcomes.iter().filter(wrong).count(), 5);
    let throttled = |o: &&CheckOutcome| matches!(o, CheckOutcome::Throttled { .. });
    assert_eq!(outcomes.iter().filter(throttled).count(), 995);
    let right = wait(worlds[1].check(person, &code, at(2_000)));
    assert!(matches!(right, CheckOutcome::Throttled { .. }), "{right:?}");
}

/// People of one account, each with a number of their own.
fn people(world: &World, count: u32) -> Vec<Person> {
    let first = wait(world.add_person(1, at(0)));
    let add = |n: u32| {
        let phone = format!("+37256{n:06}");
        let names = (format!("user-{n}"), phone);
        let (account, service): (AccountId, ServiceId) = (first.account, first.service);
        let added =
            world.add_user(account, service, (&names.0, &names.1), at(0), 1_000_000 + u64::from(n));
        match wait(added) {
            Ok(AddOutcome::Added(user)) => Person { user: user.id, ..first },
            other => panic!("{other:?}"),
        }
    };
    (0..count).map(add).collect()
}

#[test]
fn the_messages_of_an_account_are_capped_exactly_over_three_nodes() {
    let (nodes, worlds) = three();
    let people = people(&worlds[0], 200);
    let cap = worlds[0].policy.sends.account_sms_per_second as usize;
    let outcomes = at_once(people.len(), |n| {
        let (world, person) = (worlds[n % 3].clone(), people[n]);
        async move { world.try_start(person, Method::Sms, true, at(60_000), n as u64).await }
    });
    let mut sent = 0;
    for outcome in outcomes {
        match outcome.expect("the step is done") {
            StartOutcome::Started(started) => sent += usize::from(started.message.is_some()),
            StartOutcome::Refused(StartRefusal::Throttled { .. }) => {}
            StartOutcome::Refused(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(sent, cap);
    let due = Some(Due { now: at(600_000), limit: 1_000 });
    assert_eq!(seen(&nodes[0], &Keys { due, ..Keys::default() }).due.len(), cap);
}

#[test]
fn nodes_that_divide_an_account_in_different_ways_send_exactly_what_it_may() {
    let (nodes, worlds) = three();
    let people = people(&worlds[0], 240);
    let (cap, mut worlds) = (90, worlds);
    for (world, is_counted_in_parts) in worlds.iter_mut().zip([false, true, true]) {
        let policy = Arc::make_mut(&mut world.policy);
        policy.sends.account_sms_per_second = 1_000;
        policy.sends.account_sms_per_day = cap;
        policy.sends.is_counted_in_parts = is_counted_in_parts;
    }
    Arc::make_mut(&mut worlds[1].policy).sends.account_sms_per_second = 120;
    let outcomes = at_once(people.len(), |n| {
        let (world, person) = (worlds[n % 3].clone(), people[n]);
        async move { world.try_start(person, Method::Sms, true, at(60_000), n as u64).await }
    });
    // Who is overtaken again and again is told to ask again.
    let started =
        |o: &&Result<_, _>| matches!(o, Ok(StartOutcome::Started(s)) if s.message.is_some());
    let sent = outcomes.iter().filter(started).count();
    let due = Some(Due { now: at(600_000), limit: 1_000 });
    assert_eq!(seen(&nodes[0], &Keys { due, ..Keys::default() }).due.len(), sent);
    assert!(sent <= cap as usize, "{sent}");
    // And it may send the rest.
    for (n, person) in people.iter().enumerate() {
        let _ = wait(worlds[n % 3].try_start(*person, Method::Sms, true, at(61_000), n as u64));
    }
    assert_eq!(seen(&nodes[0], &Keys { due, ..Keys::default() }).due.len(), cap as usize);
}

#[test]
fn what_one_node_has_answered_another_knows() {
    let (_nodes, worlds) = three();
    let person = wait(worlds[0].add_person(1, at(0)));
    for day in 0..30_u32 {
        let [one, two, three] = [0, 1, 2].map(|n| &worlds[(n + day as usize) % 3]);
        let now = at(i64::from(day) * 86_400_000);
        let code = wait(one.code(person, now, day.into()));
        assert!(matches!(wait(two.check(person, WRONG, now)), CheckOutcome::WrongCode { .. }));
        assert!(matches!(wait(three.check(person, &code, now)), CheckOutcome::Approved { .. }));
        assert_eq!(wait(one.verification(person)), None);
    }
}

#[test]
fn messages_that_are_due_are_claimed_by_one_node() {
    let (nodes, worlds) = three();
    let people = people(&worlds[0], 8);
    for (n, person) in people.iter().enumerate() {
        wait(worlds[0].start(*person, at(0), n as u64));
    }
    // The lease with which they were born has run out.
    let claims = at_once(30, |n| {
        let world = worlds[n % 3].clone();
        async move { world.claim(n as u64 + 1, at(40_000)).await.expect("done").messages.len() }
    });
    assert_eq!(claims.iter().sum::<usize>(), people.len());
    drop(nodes);
}
