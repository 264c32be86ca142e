//! What the operator sees and does.

use crate::scene::{NO_LIMITS, Scene, wait_for_bound, world, write_config};
use ringproof_blackbox::cli::{self, Finished};
use ringproof_blackbox::smsc::{Peer, Smsc};
use ringproof_blackbox::world::{U1_NUMBER, World};
use serde_json::{Value, json};

fn run(world: &World, arguments: &[&str]) -> Finished {
    cli::run(world.server.folder(), arguments)
}

fn listed(world: &World) -> Value {
    let list = run(world, &["gateway", "list", "--json"]).succeeded();
    serde_json::from_str(list.stdout.lines().next().expect("a gateway")).expect("JSON")
}

#[test]
fn a_gateway_is_listed_tested_paused_and_resumed() {
    let mut scene = Scene::new(&Peer::Sim);
    scene.world.wait_until("it is listed as open", |world| listed(world)["state"] == "open");
    let address = scene.smsc.address().to_string();
    scene.world.wait_until("its session is shown", |world| {
        let detail = listed(world)["detail"].to_string();
        detail.contains("bind 1 trx: bound") && detail.contains(&address)
    });
    eprintln!("{}", run(&scene.world, &["gateway", "list"]).succeeded().stdout);

    let test = ["gateway", "test", "carrier", "--to", U1_NUMBER, "--account", "acme-api"];
    let tested = run(&scene.world, &test).succeeded();
    assert!(tested.stdout.contains("the receipt says delivered"), "{}", tested.stdout);
    assert_eq!(scene.smsc.next_submit().text, "Ringproof test: this gateway works.");
    eprintln!("{}", tested.stdout);

    let _ = run(&scene.world, &["gateway", "pause", "carrier"]).succeeded();
    scene.world.wait_until("it is paused", |world| listed(world)["state"] == "closed");
    let _ = scene.world.a.start(scene.world.s1, scene.world.u1).error_code(503, "sms_unavailable");
    let _ = run(&scene.world, &["gateway", "resume", "carrier"]).succeeded();
    scene.world.wait_until("it is open again", |world| listed(world)["state"] == "open");
    let (_, pin) = scene.start_u1();
    scene.world.check_u1(&pin).verified();
}

#[test]
fn a_wrong_password_is_said_and_not_tried_often() {
    let mut smsc = Smsc::start_with(&Peer::Sim, &["--password", "other"]);
    let world = world(&[("carrier", smsc.address(), "max_binds = 4")], "");
    assert_eq!(smsc.next("bind")["status"], 0x0e);
    world.wait_until("the reason is listed", |world| {
        listed(world)["detail"].to_string().contains("bind refused: 0x0E")
    });
    assert_eq!(smsc.all("bind").len(), 1, "{}", smsc.told());
    assert!(!world.server.printed().contains("secret"), "the log shows the password");
}

#[test]
fn a_reload_restarts_only_what_changed() {
    let (mut first, mut second) = (Smsc::start(&Peer::Sim), Smsc::start(&Peer::Node));
    let (at_first, at_second) = (first.address(), second.address());
    let mut world = world(&[("first", at_first, ""), ("second", at_second, "")], NO_LIMITS);
    wait_for_bound(&world, "first", 1);
    wait_for_bound(&world, "second", 1);
    write_config(
        world.server.folder(),
        &[("first", at_first, ""), ("second", at_second, "window = 7")],
        NO_LIMITS,
    );
    world.server.process().hang_up();
    let _ = second.next("unbind");
    let again = second.next("bind");
    assert_eq!(again["status"], 0, "{again}");
    assert_eq!((first.all("bind").len(), second.all("bind").len()), (1, 2));
    let detail = |world: &World| run(world, &["gateway", "list"]).succeeded().stdout;
    world.wait_until("the new window is shown", |world| detail(world).contains("window 0/7"));
    world.a.start(world.s1, world.u1).started(201);
    let _ = first.next_submit();
}

#[test]
fn a_stop_takes_leave() {
    let mut scene = Scene::new(&Peer::Node);
    scene.smsc.command(&json!({ "cmd": "hold" }));
    scene.world.text_a.sms(U1_NUMBER, "hi", &[]).taken();
    let _ = scene.smsc.next_submit();
    scene.world.server.process().terminate();
    scene.smsc.command(&json!({ "cmd": "go" }));
    assert!(scene.world.server.stop().success());
    let _ = scene.smsc.next("unbind");
}

#[test]
fn doctor_says_whether_an_smsc_can_be_reached() {
    let mut scene = Scene::new(&Peer::Sim);
    let address = scene.smsc.address();
    let found = run(&scene.world, &["doctor"]);
    assert!(found.stdout.contains(&format!("carrier: {address} answers")), "{}", found.stdout);
    assert_eq!(scene.smsc.all("bind").len(), 1, "doctor must not bind");

    let folder = scene.world.server.folder().clone();
    let config = std::fs::read_to_string(folder.config()).expect("our own file");
    folder.write_config(&config.replace("tls = false", "tls = true"));
    let insecure = cli::run(&folder, &["doctor"]);
    assert_eq!(insecure.code, Some(1), "{}", insecure.stdout);
    let line = |found: &Finished| {
        let line = found.stdout.lines().find(|line| line.contains("smsc")).map(str::to_owned);
        line.expect("a line about the SMSC")
    };
    assert!(line(&insecure).starts_with("BAD"), "{}", line(&insecure));
    assert!(
        line(&insecure).contains("tls_server_name, ca_file and tls_pinned_keys"),
        "{}",
        line(&insecure)
    );

    folder.write_config(&config);
    scene.smsc.kill();
    let away = cli::run(&folder, &["doctor"]);
    assert!(line(&away).contains("BAD") && line(&away).contains("check hosts"), "{}", line(&away));
    eprintln!("{}\n{}\n{}", line(&found), line(&insecure), line(&away));
}
