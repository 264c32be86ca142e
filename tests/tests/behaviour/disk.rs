//! A disk that takes no more bytes: fail closed (security S-101).
//!
//! Conformance case 40 with a real outage, made from outside by a file size
//! limit on the running process.

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{P, auth, service, users};
use ringproof_blackbox::http::Client;
use ringproof_blackbox::server::{STOP_WITHIN, ServerOptions};
use ringproof_blackbox::world::{World, fixture_folder, wrong_pin};
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::json;

#[test]
fn a_disk_that_takes_no_more_bytes_gives_errors_and_acknowledges_nothing() {
    let mut options = ServerOptions::dev(fixture_folder(""));
    options.ignore_file_size_signal = true;
    let mut world = World::start(options);
    let _ = world.a.get(&service(world.s1)).service(200);
    limit_file_size(&mut world, Some(0));
    let calls = [
        world
            .a
            .request("POST", &auth(world.s1, world.u1))
            .body(json!({ "method": "sms" }).to_string()),
        world
            .a
            .request("POST", &users(world.s1))
            .body(json!({ "id_in_service": "x", "phone_number": "+37255500124" }).to_string()),
        world.a.request("POST", P).body(json!({ "fqdn": "a.example", "name": "Lost" }).to_string()),
    ];
    let first = world.a.send(&calls[0]);
    assert!(matches!(first.status, 500 | 503), "{first:?}");
    // After a failed write the server may choose to end, as one that cannot
    // trust its disk; then no answer comes, and none is a lie.
    let mut client = Client::new(world.server.address());
    for call in &calls[1..] {
        match client.send(call) {
            Ok(response) => assert!(matches!(Answer::checked(call, response).status, 500 | 503)),
            Err(_) => assert!(
                world.server.process().wait_exit(STOP_WITHIN).is_some(),
                "no answer, yet alive"
            ),
        }
    }
    limit_file_size_back_or_restart(&mut world);
    assert_eq!(world.a.get(&users(world.s1)).expect(200).json["count"], 1);
    let _ = world.a.create_service("Lost", "a.example").service(201);
    assert_eq!(world.messages(), [], "no message of a start that failed");
    let _ = world.check_u1("123456").error_code(404, "verification_not_found");
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}

/// What a check answers must not tell a right code from a wrong one where neither can be counted (S-5).
#[test]
fn a_check_that_cannot_be_written_answers_right_and_wrong_codes_alike_and_counts_neither() {
    let mut options = ServerOptions::dev(fixture_folder(""));
    options.ignore_file_size_signal = true;
    let mut world = World::start(options);
    let pin = world.start_u1();
    limit_file_size(&mut world, Some(0));
    let right = world.check_u1(&pin).error_code(503, "internal");
    world.check_u1(&wrong_pin(&pin, 1)).same_as(&right);
    world.check_u1(&pin).same_as(&right);
    limit_file_size_back_or_restart(&mut world);
    // Four of the five attempts are wrong and the last is right: none was used before.
    for n in 1..=4 {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
    }
    world.check_u1(&pin).verified();
    let _ = world.check_u1(&pin).error_code(404, "verification_not_found");
}

fn limit_file_size(world: &mut World, bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(world.server.process().id()), Resource::Fsize, limit)
        .expect("a child's limits can be set");
}

fn limit_file_size_back_or_restart(world: &mut World) {
    if world.server.process().has_ended() {
        world.start_again();
    } else {
        limit_file_size(world, None);
    }
}
