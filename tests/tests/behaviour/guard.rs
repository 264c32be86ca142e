//! The guard against pumped traffic (security D-32, D-33, S-47; delivery.md 10), as
//! integrators and operators see it.

use ringproof_blackbox::cli;
use ringproof_blackbox::device::Device;
use ringproof_blackbox::world::{CONFIG, U1_NUMBER, World};

const ON: &str = "[limits]\nguard = \"on\"\n";
const OPEN: &str = "ringproof_guard_held_areas{stage=\"closed\"} 0";
const CLOSED: &str = "ringproof_guard_held_areas{stage=\"closed\"} 1";
const BLOCK: &str = "+37255500";
const AREA: &str = "+37255500xxx";

/// Sends codes to five numbers of a block that nobody enters, and lets the time
/// pass in which they could be.
fn pump(world: &World, block: &str) {
    let sent = world.inbox.all().len();
    for number in 601..606 {
        let phone = format!("{block}{number}");
        let user = world.a.new_user(world.s1, &phone, &phone);
        world.a.start(world.s1, &user).started(201);
    }
    world.wait_until("five messages", |world| world.inbox.all().len() >= sent + 5);
    world.clock.advance(125);
}

fn is_closed(world: &World) -> bool {
    world.metrics().lines().any(|line| line == CLOSED)
}

fn list(world: &World) -> String {
    cli::run(world.server.folder(), &["guard", "list"]).succeeded().stdout
}

#[test]
fn five_numbers_of_a_block_close_it_and_the_operator_opens_it() {
    let mut world = World::configured(ON);
    assert!(list(&world).contains("nothing is held"), "{}", list(&world));
    pump(&world, BLOCK);
    world.wait_until("the block is closed", is_closed);

    let sent = world.inbox.all().len();
    let sixth = world.a.new_user(world.s1, "sixth", "+37255500610");
    let wait = world.a.start(world.s1, &sixth).error_code(429, "rate_limited").retry_after();
    assert!((86_000..=86_401).contains(&wait), "{wait}");
    let far = world.a.new_user(world.s1, "far", "+37256600610");
    world.a.start(world.s1, &far).started(201);
    world.wait_until("the one of another block", |world| world.inbox.all().len() > sent);
    assert_eq!(world.inbox.all().len(), sent + 1, "what is refused is not sent");
    assert!(
        world.metrics().contains("ringproof_guard_refusals_total{rule=\"neighbours\""),
        "{}",
        world.metrics()
    );

    // What is closed stays so over a crash.
    world.wait_until("the hold is kept", |world| list(world).contains(AREA));
    world.server.kill();
    world.start_again();
    let _ = world.a.start(world.s1, &sixth).error_code(429, "rate_limited");

    let shown = list(&world);
    for word in [AREA, "closed", "neighbours", "Example Shop", "0 of 5 codes entered"] {
        assert!(shown.contains(word), "{word:?} is missing in:\n{shown}");
    }
    let other = cli::run(world.server.folder(), &["guard", "release", "LV"]);
    assert_eq!(other.code, Some(1));
    assert!(other.stderr.contains(AREA), "{}", other.stderr);
    let wrong = cli::run(world.server.folder(), &["guard", "release", "somewhere"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    let released = cli::run(world.server.folder(), &["guard", "release", AREA]).succeeded();
    assert!(released.stdout.contains("is released"), "{}", released.stdout);
    world.wait_until("the block is open", |world| !is_closed(world));
    world.a.start(world.s1, &sixth).started(201);
    assert!(list(&world).contains("nothing is held"), "{}", list(&world));
}

#[test]
fn a_block_whose_codes_are_entered_stays_open() {
    let world = World::configured(ON);
    for number in 601..609 {
        let phone = format!("+37255500{number}");
        let user = world.a.new_user(world.s1, &format!("u{number}"), &phone);
        world.a.start(world.s1, &user).started(201);
        let pin = world.inbox.next(&phone).pin();
        world.a.check(world.s1, &user, &pin).verified();
    }
    // Ten in a second are allowed to an account.
    world.clock.advance(2);
    // Another block beside it shows when the guard has looked.
    pump(&world, "+37266600");
    world.wait_until("the other block is closed", is_closed);
    world.wait_until("the hold is kept", |world| list(world).contains("+37266600xxx"));
    assert!(!list(&world).contains(AREA), "{}", list(&world));
    let ninth = world.a.new_user(world.s1, "ninth", "+37255500610");
    world.a.start(world.s1, &ninth).started(201);
}

#[test]
fn no_more_than_ten_codes_to_a_block_are_on_their_way() {
    let world = World::configured(ON);
    let users: Vec<_> = (601..612)
        .map(|n| world.a.new_user(world.s1, &format!("u{n}"), &format!("+37255500{n}")))
        .collect();
    // The clock stands still between them: ten in a second are allowed to an account.
    for (second, user) in users[..10].iter().enumerate() {
        world.a.start(world.s1, user).started(201);
        if second == 4 {
            world.clock.advance(2);
        }
    }
    let _ = world.a.start(world.s1, &users[10]).error_code(429, "rate_limited");
    let pin = world.inbox.next("+37255500601").pin();
    world.a.check(world.s1, &users[0], &pin).verified();
    world.a.start(world.s1, &users[10]).started(201);
}

#[test]
fn a_guard_that_observes_refuses_nothing_and_tells() {
    let world = World::fresh();
    pump(&world, BLOCK);
    world.wait_until("the block would be closed", is_closed);
    let sixth = world.a.new_user(world.s1, "sixth", "+37255500610");
    world.a.start(world.s1, &sixth).started(201);
    let expected =
        "ringproof_guard_refusals_total{rule=\"neighbours\",area=\"block\",refused=\"no\"} 1";
    assert!(world.metrics().contains(expected), "{}", world.metrics());
}

/// A number that services have sent to all day gets no message of an enrolment, and
/// nobody is to learn that (S-33): neither by its answers nor by the room that it takes.
#[test]
fn an_enrolment_that_others_stop_is_to_the_guard_as_any_other() {
    let world = World::configured(
        "[limits]\nguard = \"on\"\nnumber_per_day = 1\naddress_starts_per_10min = 99\n",
    );
    let _ = world.start_u1();
    let sent = world.inbox.all().len();
    let enrols = |number: &str| Device::new(&world).start(number);
    let id = |number: &str| enrols(number).taken()["enrolment"].clone();
    let numbers: Vec<_> = (601..610).map(|number| format!("{BLOCK}{number}")).collect();
    let faked = id(U1_NUMBER);
    let real: Vec<_> = numbers
        .iter()
        .map(|number| {
            world.clock.advance(1);
            id(number)
        })
        .collect();
    let refused = enrols(&format!("{BLOCK}610"));
    assert_eq!(refused.status, 429, "ten are on their way, the faked one is among them");
    assert_eq!(refused.json["error"], "throttled");
    let until = refused.json["retry_at"].as_i64().expect("it is told until when");
    let wait = until - world.clock.now().as_millisecond();
    assert!((60_000..=120_000).contains(&wait), "two minutes, not {wait} ms");

    // Asked again both are the same enrolment, and both are lost by wrong codes.
    assert_eq!((id(U1_NUMBER), id(&numbers[8])), (faked.clone(), real[8].clone()));
    world.wait_until("the real ones are sent", |world| world.inbox.all().len() >= sent + 9);
    assert_eq!(world.inbox.all().len(), sent + 9, "and nothing else");
    let guess = |enrolment: &serde_json::Value, pin: &str| {
        let enrolment = enrolment.as_str().expect("text");
        let answer = Device::new(&world).finish(enrolment, pin);
        (answer.status, answer.json["error"].clone())
    };
    let pin = world.inbox.next(&numbers[8]).pin();
    let other = if pin == "000000" { "000001" } else { "000000" };
    let of = |enrolment| (0..7).map(|_| guess(enrolment, other)).collect::<Vec<_>>();
    let (of_faked, of_real) = (of(&faked), of(&real[8]));
    assert_eq!(of_faked, of_real);
    assert_eq!(of_real.last().expect("seven").0, 429, "{of_real:?}");
}

/// Whoever switches the guard off and on again does not lose what is closed.
#[test]
fn what_is_closed_is_closed_again_after_the_guard_was_off() {
    let mut world = World::configured(ON);
    pump(&world, BLOCK);
    world.wait_until("the hold is kept", |world| list(world).contains(AREA));
    let sixth = world.a.new_user(world.s1, "sixth", "+37255500610");
    let seventh = world.a.new_user(world.s1, "seventh", "+37255500710");
    let guard = |world: &mut World, mode: &str| {
        let config = format!("{CONFIG}[limits]\nguard = \"{mode}\"\n");
        world.server.folder().write_config(&config);
        world.server.process().hang_up();
    };
    guard(&mut world, "off");
    world.wait_until("the guard is off", |world| world.metrics().contains(OPEN));
    world.a.start(world.s1, &sixth).started(201);
    guard(&mut world, "on");
    world.wait_until("the guard is on", is_closed);
    let _ = world.a.start(world.s1, &seventh).error_code(429, "rate_limited");
}
