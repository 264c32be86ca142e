//! The other spellings of the routes (`verigator-api.md` sections 2 and 5).

use ringproof_blackbox::caller::{P, service, user};
use ringproof_blackbox::world::{NONE, U1_NUMBER, World};
use serde_json::json;

#[test]
fn singular_user_path_also_serves_start_verify_and_delete() {
    let world = World::fresh();
    let singular = format!("{P}/{}/user/{}", world.s1, world.u1);
    world.a.post(&format!("{singular}/auth"), &json!({ "method": "sms" })).started(201);
    let pin = world.pin_of_u1();
    world.a.put(&format!("{singular}/auth"), &json!({ "token": pin })).verified();
    let _ = world.a.delete(&singular).expect(202).body(&json!({}));
    let _ = world.a.get(&user(world.s1, world.u1)).error_code(404, "user_not_found");
}

#[test]
fn short_prefix_serves_every_call_below_a_service() {
    let world = World::fresh();
    let a = &world.a;
    let short = format!("/v1/service/{}", world.s4);
    a.get(&short).same_as(&a.get(&service(world.s4)).service(200));
    let body = json!({ "id_in_service": "bob", "phone_number": "+37255500124" });
    let bob = a.post(&format!("{short}/users"), &body).user(201).text("id").to_owned();
    assert_eq!(a.get(&format!("{short}/users")).expect(200).json["count"], 1);
    let of_bob = format!("{short}/users/{bob}");
    a.get(&of_bob).same_as(&a.get(&user(world.s4, &bob)).user(200));
    a.get(&format!("{short}/user/{bob}")).same_as(&a.get(&of_bob));
    a.post(&format!("{short}/user/{bob}/auth"), &json!({ "method": "sms" })).started(201);
    let pin = world.inbox.next("+37255500124").pin();
    a.put(&format!("{of_bob}/auth"), &json!({ "token": pin })).verified();
    let _ = a.delete(&of_bob).expect(202).body(&json!({}));
    let _ = a.delete(&short).expect(202).body(&json!({}));
    let _ = a.get(&service(world.s4)).error_code(404, "service_not_found");
}

#[test]
fn short_prefix_takes_capital_letters_in_the_uuid_for_its_shape() {
    let world = World::fresh();
    // The shape is right, so the route is known; ids are opaque, so it names nothing.
    let _ = world
        .a
        .get("/v1/service/ABCDEF00-0000-4000-8000-00000000000F")
        .error_code(404, "service_not_found");
}

#[test]
fn short_prefix_without_a_uuid_is_no_route_and_needs_no_credentials() {
    let world = World::fresh();
    let almost = &NONE[1..];
    for target in
        ["/v1/service/abc", "/v1/service", "/v1/service/", &format!("/v1/service/{almost}/users")]
    {
        let _ = world.anonymous().get(target).error_code(404, "route_not_found");
    }
}

#[test]
fn trailing_and_repeated_slashes_are_accepted_on_every_route() {
    let world = World::fresh();
    let a = &world.a;
    let (s1, u1) = (world.s1, world.u1);
    let _ = a
        .send_body("POST", "/v1//service/service/", r#"{"fqdn":"a.example","name":"Slashes"}"#)
        .service(201);
    let _ = a.get(&format!("/v1/service///service/{s1}//users/")).expect(200);
    let _ = a.get(&format!("//v1/service/service/{s1}/user/{u1}/")).user(200);
    a.post(&format!("/v1/service//{s1}/users/{u1}//auth/"), &json!({ "method": "sms" }))
        .started(201);
    assert_eq!(world.inbox.next(U1_NUMBER).to, U1_NUMBER);
    let _ = a.delete(&format!("{P}/{}//", world.s4)).expect(202);
}
