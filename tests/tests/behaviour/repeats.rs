//! Automatic repeats of a number's PIN.

use ringproof_blackbox::world::{U1_NUMBER, World};

#[test]
fn a_repeat_outlives_a_crash() {
    let mut world = World::fresh();
    let id = world.start_number(U1_NUMBER);
    let (message, started) = (world.inbox.next(U1_NUMBER), world.clock.now());
    // With this the hand-over is settled, and what comes next is no resumption.
    assert_eq!(world.inbox.report(&message.id, "accepted", None), "taken");
    let pin = message.pin();
    world.server.kill();
    world.start_again();
    assert_eq!(world.pins_sent_to_u1(), Vec::<String>::new());
    world.clock.go_to(started, 31);
    assert_eq!(world.pin_of_u1(), pin);
    world.server.kill();
    world.start_again();
    world.clock.go_to(started, 45);
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn no_repeat_follows_a_message_that_was_delivered() {
    const CONTROL: &str = "+37255500444";
    let world = World::fresh();
    world.start_number(U1_NUMBER);
    let message = world.inbox.next(U1_NUMBER);
    assert_eq!(world.inbox.report(&message.id, "delivered", None), "taken");
    world.start_number(CONTROL);
    let control = world.inbox.next(CONTROL).pin();
    world.clock.advance(45);
    assert_eq!(world.inbox.next(CONTROL).pin(), control);
    assert_eq!(world.pins_sent_to_u1().len(), 1);
}

#[test]
fn a_repeat_follows_a_delivered_message_where_the_operator_says_so() {
    let world = World::configured("[number]\nrepeat_after_delivery = true\n");
    world.start_number(U1_NUMBER);
    let message = world.inbox.next(U1_NUMBER);
    assert_eq!(world.inbox.report(&message.id, "delivered", None), "taken");
    world.clock.advance(31);
    assert_eq!(world.pin_of_u1(), message.pin());
}
