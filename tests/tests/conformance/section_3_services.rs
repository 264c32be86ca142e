//! Section 3: services.

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{P, service};
use ringproof_blackbox::world::{NONE, World};
use serde_json::{Value, json};

/// POST P with this agent, for a name nobody has.
fn create_as(world: &World, agent: Option<&str>) -> Answer {
    world.a.with_agent(agent).create_service("New", "new.example")
}

/// Insists that POST P with this body is refused because of `field`.
#[track_caller]
fn assert_field_refused(body: &Value, field: &str) {
    let _ = World::fresh().a.post(P, body).invalid_field(field);
}

#[test]
fn case_041_new_service_gets_201() {
    let world = World::fresh();
    // `service` checks the exact members, the lower-case UUID and the form of `ctime`.
    let answer = create_as(&world, Some("curl/8.5")).service(201);
    assert_eq!(answer.text("name"), "New");
}

#[test]
fn case_042_create_service_java_agent_gets_200() {
    let _ = create_as(&World::fresh(), Some("verigator-java-1.1")).service(200);
}

#[test]
fn case_043_create_service_unpackaged_java_agent_gets_200() {
    let _ = create_as(&World::fresh(), Some("verigator-java-null")).service(200);
}

#[test]
fn case_044_create_service_plain_java_agent_gets_200() {
    let _ = create_as(&World::fresh(), Some("Java/1.8.0_402")).service(200);
}

#[test]
fn case_045_create_service_python_agent_gets_201() {
    let _ = create_as(&World::fresh(), Some("python-requests/2.31.0")).service(201);
}

#[test]
fn case_046_create_service_without_agent_gets_201() {
    let _ = create_as(&World::fresh(), None).service(201);
}

#[test]
fn case_047_agent_matches_only_at_the_start() {
    let _ = create_as(&World::fresh(), Some("x verigator-java-1.1")).service(201);
}

#[test]
fn case_048_create_status_200_holds_for_any_agent() {
    let world = World::configured("[server]\ncreate_status = \"200\"\n");
    let _ = create_as(&world, Some("curl/8.5")).service(200);
    let _ = world.a.create_service("Newer", "new.example").service(200);
}

#[test]
fn case_049_create_status_201_holds_for_the_java_agent() {
    let world = World::configured("[server]\ncreate_status = \"201\"\n");
    let _ = create_as(&world, Some("verigator-java-1.1")).service(201);
}

#[test]
fn case_050_same_name_again_is_409() {
    let world = World::fresh();
    let _ =
        world.a.create_service("Example Shop", "other.example").error_code(409, "service_exists");
}

#[test]
fn case_051_same_name_by_another_account_is_created() {
    let world = World::fresh();
    let _ = world.b.create_service("Example Shop", "shop.example").service(201);
}

#[test]
fn case_052_same_fqdn_with_another_name_is_created() {
    let world = World::fresh();
    let _ = world.a.create_service("Other Shop", "shop.example").service(201);
}

#[test]
fn case_053_without_fqdn_is_422() {
    assert_field_refused(&json!({ "name": "New" }), "fqdn");
}

#[test]
fn case_054_without_name_is_422() {
    assert_field_refused(&json!({ "fqdn": "new.example" }), "name");
}

#[test]
fn case_055_name_as_number_is_422_naming_it() {
    assert_field_refused(&json!({ "fqdn": "new.example", "name": 7 }), "name");
}

#[test]
fn case_056_fqdn_null_is_422() {
    assert_field_refused(&json!({ "fqdn": null, "name": "New" }), "fqdn");
}

#[test]
fn case_057_blank_name_is_422() {
    assert_field_refused(&json!({ "fqdn": "new.example", "name": "   " }), "name");
}

#[test]
fn case_058_fqdn_may_be_a_url() {
    let _ = World::fresh().a.create_service("New", "http://example.com").service(201);
}

#[test]
fn case_059_fqdn_may_have_scheme_and_port() {
    let _ = World::fresh().a.create_service("New", "https://shop.example:8443").service(201);
}

#[test]
fn case_060_fqdn_that_is_no_host_is_422() {
    assert_field_refused(&json!({ "fqdn": "not a host", "name": "New" }), "fqdn");
}

#[test]
fn case_061_read_service() {
    let world = World::fresh();
    let answer = world.a.get(&service(world.s1)).service(200);
    assert_eq!((answer.text("id"), answer.text("name")), (world.s1, "Example Shop"));
}

#[test]
fn case_062_unknown_service_is_404() {
    let _ = World::fresh().a.get(&service(NONE)).error_code(404, "service_not_found");
}

#[test]
fn case_063_id_that_is_no_uuid_is_404_and_not_422() {
    let _ = World::fresh().a.get(&service("wrong-service-id")).error_code(404, "service_not_found");
}

#[test]
fn case_064_foreign_service_looks_unknown() {
    let world = World::fresh();
    let unknown = world.a.get(&service(NONE)).error(404);
    world.a.get(&service(world.s3)).same_as(&unknown);
}

#[test]
fn case_065_delete_service() {
    let world = World::fresh();
    let _ = world.a.delete(&service(world.s4)).expect(202).body(&json!({}));
}

#[test]
fn case_066_deleted_service_is_404() {
    let world = World::fresh();
    let _ = world.a.delete(&service(world.s4)).expect(202);
    let _ = world.a.delete(&service(world.s4)).error_code(404, "service_not_found");
    let _ = world.a.get(&service(world.s4)).error_code(404, "service_not_found");
}

#[test]
fn case_067_service_with_users_is_not_deleted() {
    let world = World::fresh();
    let _ = world.a.delete(&service(world.s1)).error_code(409, "service_not_empty");
    let _ = world.a.get(&service(world.s1)).service(200);
}

#[test]
fn case_068_foreign_service_is_not_deleted_and_looks_unknown() {
    let world = World::fresh();
    let unknown = world.a.delete(&service(NONE)).error(404);
    world.a.delete(&service(world.s3)).same_as(&unknown);
    let _ = world.b.get(&service(world.s3)).service(200);
}

#[test]
fn case_069_delete_unknown_service_is_404() {
    let _ = World::fresh().a.delete(&service(NONE)).error_code(404, "service_not_found");
}

#[test]
fn case_070_delete_answers_an_object_to_the_python_client() {
    let world = World::fresh();
    let python = world.a.with_agent(Some("python-requests/2.31.0"));
    let _ = python.delete(&service(world.s4)).expect(202).body(&json!({}));
}
