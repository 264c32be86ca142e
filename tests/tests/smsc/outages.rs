//! SMSCs that die, and stores that cannot keep.

use crate::scene::{NO_LIMITS, Scene, pin, wait_for_bound, world, write_config};
use ringproof_blackbox::cli;
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::smsc::{Peer, Smsc};
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::world::{ACCOUNT_A, U1_NUMBER, World, fixture_folder};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

const MESSAGES: usize = 1_000;
const CALLERS: usize = 4;
const WINDOW: usize = 10;
/// How long all messages may take, with the pauses after an outage.
const ALL_WITHIN: Duration = Duration::from_secs(180);

#[test]
fn of_a_thousand_messages_none_is_lost_when_the_simulator_is_killed() {
    a_thousand_messages(&Peer::Sim);
}

#[test]
fn of_a_thousand_messages_none_is_lost_when_npms_smsc_is_killed() {
    a_thousand_messages(&Peer::Node);
}

#[test]
fn of_a_thousand_messages_none_is_lost_when_pypis_smsc_is_killed() {
    a_thousand_messages(&Peer::Python);
}

/// Kills the SMSC while messages go out, and starts it again at the same port.
fn a_thousand_messages(peer: &Peer) {
    let scene = Scene::configured(peer, "window = 10\ntps = 1000", NO_LIMITS);
    let Scene { world, mut smsc } = scene;
    let port = smsc.address().port().to_string();
    let mut taken: HashMap<String, usize> = HashMap::new();
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let address = world.server.address();
            scope.spawn(move || {
                let caller_a = TextCaller::new(address, ACCOUNT_A);
                for number in 0..MESSAGES / CALLERS {
                    let to = format!("+3725551{caller}{number:03}");
                    caller_a.sms(&to, &format!("message {caller} {number}"), &[]).taken();
                }
            });
        }
        wait_for(&smsc, MESSAGES / 2);
        smsc.kill();
        note(&smsc, &mut taken);
        smsc = Smsc::start_with(peer, &["--port", &port]);
    });
    let begun = Instant::now();
    let mut all = taken.clone();
    while all.len() < MESSAGES {
        assert!(begun.elapsed() < ALL_WITHIN, "{} of {MESSAGES} messages came", all.len());
        thread::park_timeout(Duration::from_millis(50));
        all = taken.clone();
        note(&smsc, &mut all);
    }
    let doubled = all.values().filter(|count| **count > 1).count();
    let most = all.values().max().copied().unwrap_or_default();
    eprintln!(
        "{peer:?}: killed in the middle of {MESSAGES} messages: 0 lost, {doubled} doubled (the window has {WINDOW}), \
         none came more than {most} times, the last one {:.1?} after the calls",
        begun.elapsed()
    );
    assert!(doubled <= WINDOW && most <= 2, "{doubled} doubled, up to {most} times");
}

/// Waits until so many different messages were taken.
fn wait_for(smsc: &Smsc, count: usize) {
    let begun = Instant::now();
    loop {
        let mut all = HashMap::new();
        note(smsc, &mut all);
        if all.len() >= count {
            return;
        }
        assert!(begun.elapsed() < ALL_WITHIN, "{} of {count} messages came", all.len());
        thread::park_timeout(Duration::from_millis(10));
    }
}

/// Adds the messages that this SMSC took.
fn note(smsc: &Smsc, taken: &mut HashMap<String, usize>) {
    for submit in smsc.all("submit").iter().filter(|submit| submit["status"] == 0) {
        let text = submit["text"].as_str().expect("a text").to_owned();
        *taken.entry(text).or_default() += 1;
    }
}

#[test]
fn a_code_goes_through_the_second_smsc_when_the_first_is_not_there() {
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr());
    let mut second = Smsc::start(&Peer::Node);
    let gateways =
        [("first", nobody.expect("loopback has free ports"), ""), ("second", second.address(), "")];
    let world = world(&gateways, "");
    wait_for_bound(&world, "second", 1);
    let _ = through(&world, &mut second, "first SMSC never there", Duration::ZERO);
    let open = |name| world.labelled_metric("ringproof_gateway_open", &format!("gateway={name:?}"));
    assert!(open("first") < 0.5 && open("second") > 0.5, "{}", world.metrics());
    let list = listed(&world, "first");
    assert_eq!(list["state"], "closed", "{list}");
    assert_eq!(list["reason"], "not bound", "{list}");
    assert!(
        list["detail"][0].as_str().is_some_and(|line| line.contains("no connection")),
        "{list}"
    );
}

#[test]
fn a_code_goes_through_the_second_smsc_when_the_first_has_died() {
    let (mut first, mut second) = (Smsc::start(&Peer::Sim), Smsc::start(&Peer::Sim));
    let gateways = [("first", first.address(), ""), ("second", second.address(), "")];
    let world = world(&gateways, "");
    wait_for_bound(&world, "first", 1);
    wait_for_bound(&world, "second", 1);
    first.kill();
    let _ = through(&world, &mut second, "first SMSC killed a moment ago", Duration::ZERO);
    let begun = Instant::now();
    let mut list = listed(&world, "first");
    // What it shows, the server writes down now and then.
    while list["state"] != "closed" && begun.elapsed() < LISTED_WITHIN {
        thread::park_timeout(Duration::from_millis(100));
        list = listed(&world, "first");
    }
    assert_eq!(list["state"], "closed", "{list}");
    assert_eq!(list["reason"], "not bound", "{list}");
}

#[test]
fn a_code_goes_through_the_second_smsc_when_the_first_refuses() {
    let (mut first, mut second) = (Smsc::start(&Peer::Sim), Smsc::start(&Peer::Sim));
    let gateways = [("first", first.address(), ""), ("second", second.address(), "")];
    let world = world(&gateways, "");
    wait_for_bound(&world, "first", 1);
    wait_for_bound(&world, "second", 1);
    first.command(&json!({ "cmd": "refuse", "status": 0x0b, "count": 1 }));
    let _ = through(&world, &mut second, "first SMSC refuses the destination", Duration::ZERO);
}

/// How long an answer is waited for (`delivery.md` 3.2).
const ANSWER: Duration = Duration::from_secs(8);

/// Enough failures for the breaker of a gateway.
const MISSES: usize = 6;

/// It fails when its answer is overdue; nothing tells before that it will not come.
#[test]
fn a_code_goes_through_the_second_smsc_when_the_first_is_bound_and_says_nothing() {
    let (mut first, mut second) = (Smsc::start(&Peer::Sim), Smsc::start(&Peer::Sim));
    let gateways = [("first", first.address(), ""), ("second", second.address(), "")];
    let world = world(&gateways, "");
    wait_for_bound(&world, "first", 1);
    wait_for_bound(&world, "second", 1);
    first.command(&json!({ "cmd": "silent", "submits": true }));
    for number in 0..MISSES {
        world.text_a.sms(&format!("+3725551100{number}"), "nobody answers", &[]).taken();
    }
    let took = through(&world, &mut second, "first SMSC bound and silent", ANSWER);
    let is_u1 = |submit: &Value| submit["destination"] == U1_NUMBER[1..];
    assert!(first.all("submit").iter().any(is_u1) && took > ANSWER / 2, "it was asked first");
    let begun = Instant::now();
    let mut list = listed(&world, "first");
    while !list.to_string().contains("no answer") {
        assert!(begun.elapsed() < LISTED_WITHIN, "{list}");
        thread::park_timeout(Duration::from_millis(100));
        list = listed(&world, "first");
    }
    eprintln!("{list}");
}

/// Starts U1; the code has to come to this SMSC within 5 seconds of the failure of the first one, which takes so long.
/// Gives how long it took.
#[track_caller]
fn through(world: &World, second: &mut Smsc, what: &str, failure: Duration) -> Duration {
    let begun = Instant::now();
    world.a.start(world.s1, world.u1).started(201);
    let submit = second.next_submit_within(Duration::from_secs(20));
    let took = begun.elapsed();
    let submit = submit.expect("the code goes through the second SMSC");
    eprintln!("{what}: the code came through the second after {took:.2?}");
    world.check_u1(&pin(&submit.text)).verified();
    assert!(took <= failure + Duration::from_secs(5), "{took:?}");
    took
}

/// Longer than the server takes to write down what became of a gateway.
const LISTED_WITHIN: Duration = Duration::from_secs(20);

/// How `gateway list` shows a gateway.
#[track_caller]
fn listed(world: &World, name: &str) -> Value {
    let list = cli::run(world.server.folder(), &["gateway", "list", "--json"]).succeeded();
    let lines = list.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.into_iter().find(|line| line["name"] == name).expect("it is listed")
}

/// DL-10: what the store could not keep comes again, and counts once.
#[test]
fn a_receipt_that_the_store_cannot_keep_is_asked_for_again() {
    let mut smsc = Smsc::start(&Peer::Sim);
    smsc.command(&json!({ "cmd": "receipts", "mode": "none" }));
    let folder = fixture_folder("");
    // The switches of faults are there with an inbox only.
    let inbox = "[[gateway]]\nname = \"inbox\"\nkind = \"inbox\"\nallow_beside_real = true\n";
    write_config(&folder, &[("carrier", smsc.address(), "")], NO_LIMITS);
    let config = std::fs::read_to_string(folder.config()).expect("our own file");
    folder.write_config(&format!("{config}{inbox}"));
    let world = World::start(ServerOptions::dev(folder));
    wait_for_bound(&world, "carrier", 1);
    let id = world.text_a.sms(U1_NUMBER, "hi", &[]).taken();
    let submit = smsc.next_submit();
    world.wait_for_state(&id, "OK SENT");

    let receipt = json!({
        "cmd": "receipt", "id": submit.id, "destination": submit.destination.0,
        "source": submit.source.0, "stat": "DELIVRD",
    });
    world.faults.store_is_unavailable(true);
    smsc.command(&receipt);
    let refused = smsc.next("receipt_answer");
    assert_eq!(refused["status"], 8, "{refused}");
    world.faults.store_is_unavailable(false);
    world.text_a.state(&id).is("OK SENT");
    for _ in 0..2 {
        smsc.command(&receipt);
        let taken = smsc.next("receipt_answer");
        assert_eq!(taken["status"], 0, "{taken}");
        world.wait_for_state(&id, "OK DELIVERED");
    }
    let counted = |state: &str| {
        let label = format!("gateway=\"carrier\",state=\"{state}\"");
        world.labelled_metric("ringproof_receipts_total", &label)
    };
    eprintln!(
        "the receipt was refused with 8 and came twice more: {} delivered, {} stale",
        counted("delivered"),
        counted("stale")
    );
    assert!((counted("delivered") - 1.0).abs() < 0.5 && (counted("stale") - 1.0).abs() < 0.5);
}
