//! Health, readiness and metrics.

use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::world::{World, wrong_pin};
use serde_json::{Value, json};

#[track_caller]
fn get(world: &World, path: &str) -> Response {
    Client::new(world.server.address()).send(&Request::new("GET", path)).expect("an answer")
}

#[test]
fn health_is_told_without_the_store_and_readiness_with_it() {
    let world = World::fresh();
    let health = get(&world, "/healthz");
    assert_eq!(
        (health.status, serde_json::from_slice::<Value>(&health.body).ok()),
        (200, Some(json!({ "status": "ok" })))
    );
    assert_eq!(get(&world, "/readyz").status, 200);
    world.faults.store_is_unavailable(true);
    assert_eq!(get(&world, "/healthz").status, 200);
    let ready = get(&world, "/readyz");
    assert_eq!(ready.status, 503);
    assert!(serde_json::from_slice::<Value>(&ready.body).expect("JSON").is_object());
    world.faults.store_is_unavailable(false);
    assert_eq!(get(&world, "/readyz").status, 200);
}

#[test]
fn metrics_count_requests_comparisons_verifications_and_messages() {
    let world = World::fresh();
    let names = [
        "ringproof_requests_total",
        "ringproof_code_comparisons_total",
        "ringproof_verifications_total",
        "ringproof_messages_total",
    ];
    let before = names.map(|name| world.metric(name));
    let pin = world.start_u1();
    let _ = world.check_u1(&wrong_pin(&pin, 1)).failed("INVALID");
    world.check_u1(&pin).verified();
    let after = names.map(|name| world.metric(name));
    let grown: Vec<_> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    assert!(
        grown[0] >= 3.0 && (grown[1] - 2.0).abs() < 0.5 && grown[2] >= 1.0 && grown[3] >= 1.0,
        "{grown:?}"
    );
}

#[test]
fn metrics_labels_come_from_closed_lists() {
    let world = World::fresh();
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
    let _ = world.a.get("/v1/service/service/some-odd-id/users").error(404);
    let metrics = world.metrics();
    for known in [world.s1, world.u1, "some-odd-id", "acme-api", "jane@shop.example", "37255500123"]
    {
        assert!(!metrics.contains(known), "{known} is in the metrics");
    }
}
