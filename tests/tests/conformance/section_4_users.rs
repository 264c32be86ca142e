//! Section 4: users.

use ringproof_blackbox::answer::{Answer, assert_object};
use ringproof_blackbox::caller::{Caller, P, service, user, users};
use ringproof_blackbox::world::{ACCOUNT_A, NONE, U1_NUMBER, World};
use serde_json::{Value, json};
use std::thread;

/// Insists that this number is accepted and messages go to `reaches`.
#[track_caller]
fn assert_number_reaches(number: &str, reaches: &str) {
    let world = World::fresh();
    let user = world.a.new_user(world.s1, "bob", number);
    world.a.start(world.s1, &user).started(201);
    assert_eq!(world.inbox.next(reaches).to, reaches);
}

/// Insists that a user is refused because of `field`.
#[track_caller]
fn assert_field_refused(body: &Value, field: &str) {
    let world = World::fresh();
    let _ = world.a.post(&users(world.s1), body).invalid_field(field);
    assert_eq!(world.a.get(&users(world.s1)).expect(200).json["total"], 1, "nothing was added");
}

#[track_caller]
fn assert_number_refused(number: &Value) {
    assert_field_refused(
        &json!({ "id_in_service": "bob", "phone_number": number }),
        "phone_number",
    );
}

fn create_bob(world: &World) -> Answer {
    world.a.create_user(world.s1, "bob", "+37255500124")
}

#[test]
fn case_071_new_user_gets_201_without_the_number() {
    let world = World::fresh();
    // `user` checks the exact members: no `phone_number`, no `service`.
    assert_eq!(create_bob(&world).user(201).text("id_in_service"), "bob");
}

#[test]
fn case_072_new_user_java_agent_gets_200() {
    let world = World::fresh();
    let java = world.a.with_agent(Some("verigator-java-1.1"));
    let _ = java.create_user(world.s1, "carol", "+37255500124").user(200);
}

#[test]
fn case_073_same_login_again_is_409() {
    let world = World::fresh();
    let _ = create_bob(&world).user(201);
    let _ = create_bob(&world).error_code(409, "user_exists");
}

#[test]
fn case_074_same_login_in_another_service_is_created() {
    let world = World::fresh();
    let _ = create_bob(&world).user(201);
    let _ = world.a.create_user(world.s2, "bob", "+37255500124").user(201);
}

#[test]
fn case_075_same_number_for_another_login_is_created() {
    let world = World::fresh();
    let _ = world.a.create_user(world.s1, "bob", U1_NUMBER).user(201);
}

#[test]
fn case_076_logins_differ_by_case() {
    let world = World::fresh();
    let _ = create_bob(&world).user(201);
    let _ = world.a.create_user(world.s1, "Bob", "+37255500124").user(201);
}

#[test]
fn case_077_without_number_is_422() {
    assert_field_refused(&json!({ "id_in_service": "bob" }), "phone_number");
}

#[test]
fn case_078_without_login_is_422() {
    assert_field_refused(&json!({ "phone_number": "+37255500124" }), "id_in_service");
}

#[test]
fn case_079_number_with_a_leading_zero_is_422() {
    assert_number_refused(&json!("0123"));
}

#[test]
fn case_080_number_of_letters_is_422() {
    assert_number_refused(&json!("abc"));
}

#[test]
fn case_081_separators_in_a_number_are_removed() {
    assert_number_reaches("+372 5550-0125", "+37255500125");
}

#[test]
fn case_082_leading_00_becomes_plus() {
    assert_number_reaches("0037255500126", "+37255500126");
}

#[test]
fn case_083_missing_plus_is_added() {
    assert_number_reaches("37255500127", "+37255500127");
}

#[test]
fn case_084_number_outside_any_numbering_plan_is_created() {
    let world = World::fresh();
    let _ = world.a.create_user(world.s1, "bob", "+4401234567").user(201);
}

#[test]
fn case_085_number_of_16_digits_is_422() {
    assert_number_refused(&json!("+1234567890123456"));
}

#[test]
fn case_086_number_as_json_number_is_422() {
    assert_number_refused(&json!(37_255_500_128_u64));
}

#[test]
fn case_087_new_user_of_unknown_service_is_404() {
    let world = World::fresh();
    let _ = world.a.create_user(NONE, "bob", "+37255500124").error_code(404, "service_not_found");
}

#[test]
fn case_088_new_user_of_foreign_service_is_the_same_404() {
    let world = World::fresh();
    let unknown = world.a.create_user(NONE, "bob", "+37255500124").error(404);
    world.a.create_user(world.s3, "bob", "+37255500124").same_as(&unknown);
    assert_eq!(world.b.get(&users(world.s3)).expect(200).json["total"], 1);
}

#[test]
fn case_089_new_user_gets_no_message() {
    let world = World::fresh();
    let _ = create_bob(&world).user(201);
    assert_eq!(world.messages(), []);
}

/// Insists on a list with these logins, in this order.
#[track_caller]
fn assert_list(answer: Answer, logins: &[&str]) {
    let list = answer.expect(200).json;
    let listed = list["users"].as_array().expect("`users` is an array");
    for user in listed {
        assert_object(user, &["ctime", "id", "id_in_service"]);
    }
    assert_eq!(listed.iter().map(|user| &user["id_in_service"]).collect::<Vec<_>>(), logins);
    assert_eq!((&list["count"], &list["total"]), (&json!(logins.len()), &json!(logins.len())));
}

#[test]
fn case_090_list_users() {
    let world = World::fresh();
    let _ = create_bob(&world).user(201);
    assert_list(world.a.get(&users(world.s1)), &["jane@shop.example", "bob"]);
}

#[test]
fn case_091_list_of_no_users_is_an_empty_array() {
    let world = World::fresh();
    let _ = world
        .a
        .get(&users(world.s4))
        .expect(200)
        .body(&json!({ "users": [], "count": 0, "total": 0 }));
}

#[test]
fn case_092_list_of_unknown_service_is_404() {
    let _ = World::fresh().a.get(&users(NONE)).error_code(404, "service_not_found");
}

#[test]
fn case_093_list_of_foreign_service_is_the_same_404() {
    let world = World::fresh();
    let unknown = world.a.get(&users(NONE)).error(404);
    world.a.get(&users(world.s3)).same_as(&unknown);
}

#[test]
fn case_094_2500_users_come_in_one_answer_oldest_first() {
    let world = World::fresh();
    let (address, s4) = (world.server.address(), world.s4);
    // A chosen password is remembered once it was right; as many first logins
    // at once as here may find no core to hash on (D-36).
    let _ = world.a.get(&users(s4)).expect(200);
    thread::scope(|scope| {
        for batch in 0..10 {
            scope.spawn(move || {
                let caller = Caller::new(address, ACCOUNT_A);
                for n in batch * 250..(batch + 1) * 250 {
                    caller.new_user(s4, &format!("user {n}"), &format!("+3725550{n:04}"));
                }
            });
        }
    });
    let list = world.a.get(&users(s4)).expect(200).json;
    let listed = list["users"].as_array().expect("`users` is an array");
    assert_eq!((listed.len(), &list["count"], &list["total"]), (2500, &json!(2500), &json!(2500)));
    let keys: Vec<_> =
        listed.iter().map(|user| (user["ctime"].as_str(), user["id"].as_str())).collect();
    assert!(keys.is_sorted(), "by `ctime`, then `id`");
    let logins: std::collections::HashSet<_> =
        listed.iter().map(|user| user["id_in_service"].as_str()).collect();
    assert_eq!(logins.len(), 2500);
}

#[test]
fn case_095_read_user() {
    let world = World::fresh();
    let answer = world.a.get(&user(world.s1, world.u1)).user(200);
    assert_eq!((answer.text("id"), answer.text("id_in_service")), (world.u1, "jane@shop.example"));
}

#[test]
fn case_096_singular_path_reads_the_same_user() {
    let world = World::fresh();
    let plural = world.a.get(&user(world.s1, world.u1)).user(200);
    world.a.get(&format!("{P}/{}/user/{}", world.s1, world.u1)).same_as(&plural);
}

#[test]
fn case_097_unknown_user_is_404() {
    let world = World::fresh();
    let _ = world.a.get(&user(world.s1, NONE)).error_code(404, "user_not_found");
}

#[test]
fn case_098_unknown_user_on_the_singular_path_is_404() {
    let world = World::fresh();
    let _ = world.a.get(&format!("{P}/{}/user/{NONE}", world.s1)).error_code(404, "user_not_found");
}

#[test]
fn case_099_user_of_another_service_is_404() {
    let world = World::fresh();
    let unknown = world.a.get(&user(world.s1, NONE)).error_code(404, "user_not_found");
    world.a.get(&user(world.s1, world.u2)).same_as(&unknown);
}

#[test]
fn case_100_foreign_user_looks_like_an_unknown_id() {
    let world = World::fresh();
    let unknown = world.a.get(&user(NONE, NONE)).error_code(404, "service_not_found");
    world.a.get(&user(world.s3, world.u3)).same_as(&unknown);
}

#[test]
fn case_101_remove_user() {
    let world = World::fresh();
    let _ = world.a.delete(&user(world.s1, world.u1)).expect(202).body(&json!({}));
}

#[test]
fn case_102_removed_user_is_404() {
    let world = World::fresh();
    let _ = world.a.delete(&user(world.s1, world.u1)).expect(202);
    let _ = world.a.delete(&user(world.s1, world.u1)).error_code(404, "user_not_found");
    assert_list(world.a.get(&users(world.s1)), &[]);
}

#[test]
fn case_103_remove_by_number_is_404() {
    let world = World::fresh();
    let _ = world.a.delete(&user(world.s1, U1_NUMBER)).error_code(404, "user_not_found");
    let _ = world.a.delete(&user(world.s1, "%2B37255500123")).error_code(404, "user_not_found");
}

#[test]
fn case_104_remove_from_unknown_service_is_404() {
    let world = World::fresh();
    let _ = world.a.delete(&user(NONE, world.u1)).error_code(404, "service_not_found");
}

#[test]
fn case_105_foreign_user_is_not_removed_and_looks_unknown() {
    let world = World::fresh();
    let unknown = world.a.delete(&user(NONE, NONE)).error_code(404, "service_not_found");
    world.a.delete(&user(world.s3, world.u3)).same_as(&unknown);
    let _ = world.b.get(&user(world.s3, world.u3)).user(200);
}

#[test]
fn case_106_removed_login_can_be_added_with_a_new_id() {
    let world = World::fresh();
    let _ = world.a.delete(&user(world.s1, world.u1)).expect(202);
    let id = world.a.new_user(world.s1, "jane@shop.example", U1_NUMBER);
    assert_ne!(id, world.u1);
    let _ = world.a.delete(&user(world.s1, &id)).expect(202);
    let _ = world.a.delete(&service(world.s1)).expect(202);
}
