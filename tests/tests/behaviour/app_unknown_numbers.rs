//! No call tells whether a number is known (S-33): neither its answer nor the
//! time it takes.

mod pairs;

use pairs::Pairs;
use ringproof_blackbox::device::{API, AppAnswer, Device, own_source, plain, random};
use ringproof_blackbox::http::Connection;
use ringproof_blackbox::world::{U1_NUMBER, World, wrong_pin};
use serde_json::json;
use std::time::Instant;

/// Numbers of each kind.
const NUMBERS: usize = 40;
/// Services that know a number: whatever is read of them takes its time.
const SERVICES: usize = 12;
/// A day apart, so that no limit of a number or address is met.
const ROUNDS: usize = 10;
/// Nothing is left out for want of a limit.
const CONFIG: &str = "[limits]\naccount_sms_per_second = 1000000\n";

/// A number with a user and an active device, and one that nobody has.
fn numbers(index: usize) -> [String; 2] {
    [format!("+3725551{index:04}"), format!("+3725552{index:04}")]
}

fn with_known_numbers(count: usize) -> (World, Vec<Device>) {
    let world = World::configured(CONFIG);
    let services: Vec<_> =
        (0..SERVICES).map(|index| world.a.new_service(&format!("Service {index}"))).collect();
    let devices = (0..count).map(|index| {
        let [known, _] = numbers(index);
        for service in &services {
            world.a.new_user(service, &format!("known {index}"), &known);
        }
        Device::ready(&world, &known)
    });
    let devices = devices.collect();
    // The enrolments themselves must be no news.
    world.clock.advance(2 * 86_400);
    (world, devices)
}

/// Shape of a text: ids and the like are as long as each other.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { '-' } else { c }).collect()
}

#[track_caller]
fn assert_alike(known: &AppAnswer, unknown: &AppAnswer) {
    let (known, unknown) = (known.visible(), unknown.visible());
    assert_eq!((&known.0, &known.1), (&unknown.0, &unknown.1));
    assert_eq!((known.2.len(), shape(&known.2)), (unknown.2.len(), shape(&unknown.2)));
}

/// The limit of a number over all services (D-27) counts what integrators send to
/// it, so it may refuse no enrolment aloud.
#[test]
fn that_integrators_send_to_a_number_is_not_told() {
    let world = World::configured("[limits]\nnumber_per_day = 1\n");
    let _ = world.start_u1();
    let sent = world.messages().len();
    let known = Device::new(&world).start(U1_NUMBER);
    assert_eq!(world.messages().len(), sent, "the number has had its message of the day");
    let unknown = Device::new(&world).start("+37255599999");
    let _ = world.inbox.next("+37255599999").pin();
    assert_eq!(world.messages().len(), sent, "nor has it one later");
    assert_eq!(known.status, 200);
    assert_alike(&known, &unknown);
}

#[test]
fn the_answers_for_known_and_unknown_numbers_are_alike() {
    let (world, owners) = with_known_numbers(1);
    let [known, unknown] = numbers(0);
    let mut devices = [Device::new(&world), Device::new(&world)];
    let [a, b] = &devices;
    // First, resent at once, resent late, and too often.
    for seconds in [0, 1, 31, 40, 40, 200, 40, 40] {
        world.clock.advance(seconds);
        assert_alike(&a.start(&known), &b.start(&unknown));
    }
    world.clock.advance(86_400);
    let enrolments = [a.start_when_due(&world, &known), b.start_when_due(&world, &unknown)];
    let last_pin = |number: &str| {
        let messages = world.messages();
        messages.iter().rev().find(|m| m.to == number).expect("an SMS either way").pin()
    };
    let pins = [last_pin(&known), last_pin(&unknown)];
    let mut finish = |pin: &dyn Fn(usize) -> String| {
        let both = [0, 1].map(|i| devices[i].finish(&enrolments[i], &pin(i)));
        assert_alike(&both[0], &both[1]);
        both[0].status
    };
    let mut seen = Vec::new();
    for n in 1..=5 {
        seen.push(finish(&|i| wrong_pin(&pins[i], n)));
    }
    seen.push(finish(&|i| pins[i].clone()));
    world.clock.advance(301);
    seen.push(finish(&|i| pins[i].clone()));
    assert_eq!(seen[..6], [400, 400, 400, 400, 400, 429]);

    // Calls of the owner's device have no number in them, and those of strangers none either.
    for call in ["nonce", "sync", "devices/code", "push", "x"] {
        let [first, second] = [&devices[0], &devices[1]].map(|d| d.send(&plain(call, &json!({}))));
        assert_alike(&first, &second);
    }
    let _ = owners[0].sync();
}

/// One call, timed from its last byte to the first of the answer; the connection
/// is there before and is used for nothing else.
fn timed(world: &World, call: &str, body: &str, headers: &[String]) -> f64 {
    let mut connection =
        Connection::open(world.server.address(), Some(own_source())).expect("it accepts");
    let head = headers.join("\r\n");
    let request = format!(
        "POST {API}{call} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{head}{}\r\n{body}",
        body.len(),
        if head.is_empty() { "" } else { "\r\n" },
    );
    let (first, last) = request.split_at(request.len() - 1);
    connection.write(first.as_bytes()).expect("it reads");
    let began = Instant::now();
    connection.write(last.as_bytes()).expect("it reads");
    let answer = connection.read_response(false).expect("it answers");
    let took = began.elapsed().as_secs_f64() * 1e6;
    assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
    took
}

fn start(world: &World, number: &str) -> f64 {
    timed(world, "enrol/start", &json!({ "phone": number }).to_string(), &[])
}

/// A wrong PIN for an enrolment of this number.
fn finish(world: &World, number: &str) -> f64 {
    let device = Device::new(world);
    let enrolment = device.start(number).taken()["enrolment"].as_str().expect("text").to_owned();
    // No PIN begins with 0.
    let body = device.finish_body(&enrolment, "012345");
    let (nonce, _) = device.nonce();
    let call = device.signed("enrol/finish", &body, &nonce);
    let is_signed = |line: &&String| line.starts_with("X-App-");
    let headers: Vec<_> = call.lines.iter().filter(is_signed).cloned().collect();
    timed(world, "enrol/finish", &body.to_string(), &headers)
}

/// Measures pairs of a known and an unknown number, the order left to chance.
fn measure(world: &World, what: &str, take: impl Fn(&World, &str) -> f64) -> Pairs {
    let mut pairs = Pairs::default();
    for _ in 0..ROUNDS {
        for index in 0..NUMBERS {
            let [known, unknown] = numbers(index);
            if random::<1>()[0] & 1 == 0 {
                let known = take(world, &known);
                pairs.add(known, take(world, &unknown));
            } else {
                let unknown = take(world, &unknown);
                pairs.add(take(world, &known), unknown);
            }
        }
        world.clock.advance(2 * 86_400);
    }
    eprintln!("{what}: {}", pairs.told());
    pairs
}

/// The interval is one of 99.9 %, and what it shows must show twice: one run in a
/// million fails by chance.
fn assert_no_difference(world: &World, what: &str, take: impl Fn(&World, &str) -> f64) {
    let holds = (0..2).any(|_| measure(world, what, &take).contains_zero());
    assert!(holds, "{what} takes longer for one kind of number");
}

#[test]
fn the_time_of_a_start_does_not_tell_whether_a_number_is_known() {
    let (world, _devices) = with_known_numbers(NUMBERS);
    assert_no_difference(&world, "enrol/start", start);
}

#[test]
fn the_time_of_a_wrong_pin_does_not_tell_whether_a_number_is_known() {
    let (world, _devices) = with_known_numbers(NUMBERS);
    assert_no_difference(&world, "enrol/finish", finish);
}
