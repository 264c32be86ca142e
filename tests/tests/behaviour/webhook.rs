//! The way out through the operator's own gateway, without `--dev`.

use ringproof_blackbox::caller::Caller;
use ringproof_blackbox::process::{Output, Waited};
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world::{ACCOUNT_A, U1_NUMBER, World, fixture_folder};
use std::fs;
use std::time::Duration;

/// A server without `--dev` that sends to `webhook`, and a caller of account A.
fn server_with(config: &str) -> (Server, Caller) {
    let options = ServerOptions { dev: false, ..ServerOptions::dev(fixture_folder(config)) };
    let server = Server::start(options);
    let caller = Caller::new(server.address(), ACCOUNT_A);
    (server, caller)
}

/// Ids of the fixture; a world of its own tells them.
fn jane() -> (&'static str, &'static str) {
    let world = World::fresh();
    (world.s1, world.u1)
}

#[test]
fn the_whole_flow_runs_through_a_webhook() {
    let webhook = Webhook::start(&[]);
    let (service, user) = jane();
    let (_server, caller) = server_with(&webhook.config());
    caller.start(service, user).started(201);
    let call = webhook.next();
    let messages = call.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].1.to.as_str(), messages[0].1.from.as_str()), (U1_NUMBER, "Verigator"));
    assert!(
        call.body["messages"][0]["expires_at"]
            .as_str()
            .is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok())
    );
    let is_json = call
        .headers
        .iter()
        .any(|line| line.to_ascii_lowercase().starts_with("content-type: application/json"));
    assert!(is_json, "{:?}", call.headers);
    caller.check(service, user, &messages[0].1.pin()).verified();
}

#[test]
fn a_gateway_that_is_down_for_a_moment_gets_the_same_message_again() {
    let webhook = Webhook::start(&[503, 429]);
    let (service, user) = jane();
    let (_server, caller) = server_with(&webhook.config());
    caller.start(service, user).started(201);
    let calls = [webhook.next(), webhook.next(), webhook.next()];
    assert_eq!(calls.each_ref().map(|call| call.answered), [503, 429, 200]);
    let ids = calls.each_ref().map(|call| call.messages()[0].0.clone());
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
    caller.check(service, user, &calls[2].messages()[0].1.pin()).verified();
}

#[test]
fn the_token_of_a_gateway_is_sent_and_never_printed() {
    let webhook = Webhook::start(&[]);
    let (service, user) = jane();
    let folder = fixture_folder("");
    let token_file = folder.root().join("token");
    fs::write(&token_file, "canary-token-7f3a\n").expect("our own folder can be written");
    folder.write_config(&format!(
        "[auth]\npassword_length_min = 8\n{}token_file = \"{}\"\n",
        webhook.config(),
        token_file.display()
    ));
    let options = ServerOptions { dev: false, ..ServerOptions::dev(folder) }
        .env("RINGPROOF_LOG__LEVEL", "trace");
    let mut server = Server::start(options);
    Caller::new(server.address(), ACCOUNT_A).start(service, user).started(201);
    let headers = webhook.next().headers;
    assert!(
        headers
            .iter()
            .any(|line| line.eq_ignore_ascii_case("Authorization: Bearer canary-token-7f3a")),
        "{headers:?}"
    );
    assert!(server.stop().success());
    assert!(!server.printed().contains("canary-token-7f3a"));
}

#[test]
fn a_reload_puts_other_gateways_in_force_and_a_bad_one_changes_nothing() {
    let (first, second) = (Webhook::start(&[]), Webhook::start(&[]));
    let (service, user) = jane();
    let (mut server, caller) = server_with(&first.config());
    let base = std::fs::read_to_string(server.folder().config()).expect("it is ours");
    let reload = |server: &mut Server, config: &str, told: &str| {
        server.folder().write_config(config);
        server.process().hang_up();
        let is_told =
            |output: &Output| output.stderr.iter().any(|line| line.contains(told)).then_some(());
        let waited = server.process().wait_for(Duration::from_secs(20), is_told);
        assert_eq!(waited, Waited::Found(()), "{}", server.printed());
    };
    let other = base.replace(&first.config(), &second.config());
    assert_ne!(other, base);
    reload(&mut server, &other.replace("webhook", "pigeon"), "the old one stays in force");
    caller.start(service, user).started(201);
    let pin = first.next().messages()[0].1.pin();
    caller.check(service, user, &pin).verified();
    reload(&mut server, &other, "the configuration was read again");
    let user = caller.new_user(service, "reloaded", "+37255500998");
    caller.start(service, &user).started(201);
    let pin = second.next().messages()[0].1.pin();
    caller.check(service, &user, &pin).verified();
}
