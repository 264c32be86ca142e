//! What was acknowledged is there after a crash, and nothing is there twice
//! (security S-6, S-100, S-103).

use ringproof_blackbox::caller::{service, user, users};
use ringproof_blackbox::world::{World, wrong_pin};

fn crash(world: &mut World) {
    world.server.kill();
    world.start_again();
}

#[test]
fn what_was_acknowledged_survives_sigkill() {
    let mut world = World::fresh();
    let shop = world.a.new_service("Kept");
    let bob = world.a.new_user(&shop, "bob", "+37255500124");
    let _ = world.a.delete(&user(world.s1, world.u1)).expect(202);
    crash(&mut world);
    let _ = world.a.get(&service(&shop)).service(200);
    let _ = world.a.get(&user(&shop, &bob)).user(200);
    assert_eq!(world.a.get(&users(world.s1)).expect(200).json["total"], 0);
}

#[test]
fn a_pin_works_over_a_crash_but_only_once() {
    let mut world = World::fresh();
    let pin = world.start_u1();
    crash(&mut world);
    world.check_u1(&pin).verified();
    crash(&mut world);
    let _ = world.check_u1(&pin).error_code(404, "verification_not_found");
}

#[test]
fn attempts_and_blocks_survive_a_crash() {
    let mut world = World::fresh();
    let pin = world.start_u1();
    for n in 1..=4 {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
        crash(&mut world);
    }
    let _ = world.check_u1(&wrong_pin(&pin, 5)).failed("INVALID");
    crash(&mut world);
    let _ = world.check_u1(&pin).failed("THROTTLED");
    let _ = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
}

#[test]
fn a_message_that_was_sent_is_not_sent_again_after_a_restart() {
    let mut world = World::fresh();
    let auth_id = world.a.start(world.s1, world.u1).started(201);
    let pin = world.pin_of_u1();
    assert!(world.server.stop().success());
    world.start_again();
    assert_eq!(world.a.start(world.s1, world.u1).started(201), auth_id);
    assert_eq!(world.pins_sent_to_u1(), Vec::<String>::new());
    world.check_u1(&pin).verified();
}
