//! What an account may do: address list, countries, status of created things,
//! disabling (`verigator-api.md` sections 3 and 8, security D-31).

use ringproof_blackbox::caller::{Caller, service, users};
use ringproof_blackbox::cli;
use ringproof_blackbox::world::{NONE, World, new_account};

#[test]
fn an_address_outside_the_list_is_403_whatever_it_asks_for() {
    let world = World::prepared("", |folder| {
        let _ = cli::run(
            folder,
            &["account", "set", "acme-api", "--allow-from", "192.0.2.0/24,2001:db8::/32"],
        )
        .succeeded();
    });
    let _ = world.a.get(&service(world.s1)).error_code(403, "forbidden");
    let _ = world.a.get(&service(NONE)).error_code(403, "forbidden");
    let _ = world.a.start(world.s1, world.u1).error_code(403, "forbidden");
    let _ = world.b.get(&service(world.s3)).service(200);
    // Whoever does not know the password does not learn about the list.
    let _ = world.caller("acme-api:wrong").get(&service(world.s1)).error_code(401, "auth_required");
    assert_eq!(world.messages(), []);
}

#[test]
fn an_address_on_the_list_is_let_in() {
    let world = World::prepared("", |folder| {
        let _ = cli::run(folder, &["account", "set", "acme-api", "--allow-from", "127.0.0.0/8"])
            .succeeded();
    });
    let _ = world.a.get(&service(world.s1)).service(200);
}

#[test]
fn a_forwarded_address_from_nobody_trusted_changes_nothing() {
    // A header of a proxy that nobody trusts makes the call one over plain HTTP, which is refused before the list
    // is looked at, by the same status.
    let world = World::prepared("[server]\nallow_plain_http = true\n", |folder| {
        let _ = cli::run(folder, &["account", "set", "acme-api", "--allow-from", "192.0.2.0/24"])
            .succeeded();
        let _ = cli::run(folder, &["account", "set", "rival-api", "--allow-from", "127.0.0.0/8"])
            .succeeded();
    });
    let forwarded = |caller: &Caller, target: &str| {
        let request = caller.request("GET", target).header("X-Forwarded-For", "192.0.2.7");
        let request = request.header("Forwarded", "for=192.0.2.7").header("X-Real-IP", "192.0.2.7");
        caller.send(&request)
    };
    let refused = forwarded(&world.a, &service(world.s1)).error_code(403, "forbidden");
    assert_eq!(refused.text("message"), world.a.get(&service(world.s1)).text("message"));
    // The address that counts is the connection's.
    let _ = forwarded(&world.b, &service(world.s3)).service(200);
}

#[test]
fn credentials_that_came_to_a_proxy_over_plain_http_are_refused() {
    let world = World::configured("[server]\ntrusted_proxies = [\"127.0.0.1\"]\n");
    let forwarded = |caller: &Caller, protocol: Option<&str>| {
        let request = caller.request("GET", &service(world.s1));
        let request = request.header("X-Forwarded-For", "192.0.2.7");
        let request = match protocol {
            Some(protocol) => request.header("X-Forwarded-Proto", protocol),
            None => request,
        };
        caller.send(&request)
    };
    for protocol in [None, Some("http")] {
        let refused = forwarded(&world.a, protocol).error_code(403, "forbidden");
        assert!(refused.text("message").contains("plain HTTP"), "{}", refused.text("message"));
        // Whether they are right is not told where everybody may listen.
        forwarded(&world.caller("acme-api:wrong"), protocol).same_as(&refused);
    }
    let _ = forwarded(&world.a, Some("https")).service(200);
}

#[test]
fn a_trusted_proxy_tells_the_address() {
    let world = World::prepared("[server]\ntrusted_proxies = [\"127.0.0.1\"]\n", |folder| {
        let _ = cli::run(folder, &["account", "set", "acme-api", "--allow-from", "192.0.2.0/24"])
            .succeeded();
    });
    let get = |forwarded: &str| {
        let request =
            world.a.request("GET", &service(world.s1)).header("X-Forwarded-Proto", "https");
        world.a.send(&request.header("X-Forwarded-For", forwarded))
    };
    let _ = get("192.0.2.7").service(200);
    let _ = get("198.51.100.1, 192.0.2.7").service(200);
    // Only the last address is the proxy's own word; the rest is hearsay.
    let _ = get("192.0.2.7, 198.51.100.1").error_code(403, "forbidden");
}

#[test]
fn a_country_that_is_not_the_accounts_is_403_and_nothing_is_sent() {
    let mut baltic = String::new();
    let world = World::prepared("", |folder| {
        baltic = new_account(folder, "baltic-api", &["--countries", "EE,FI"]);
    });
    let baltic = world.caller(&baltic);
    let shop = baltic.new_service("Shop");
    let british = baltic.new_user(&shop, "british", "+447700900123");
    let estonian = baltic.new_user(&shop, "estonian", "+37255500124");
    let finnish = baltic.new_user(&shop, "finnish", "+358401234567");
    let _ = baltic.start(&shop, &british).error_code(403, "forbidden");
    assert_eq!(world.messages(), []);
    baltic.start(&shop, &estonian).started(201);
    baltic.start(&shop, &finnish).started(201);
    let to: Vec<_> = world.messages().into_iter().map(|message| message.to).collect();
    assert_eq!(to.len(), 2, "{to:?}");
}

#[test]
fn a_disabled_account_looks_like_wrong_credentials() {
    let world = World::prepared("", |folder| {
        let _ = cli::run(folder, &["account", "disable", "acme-api"]).succeeded();
    });
    let nobody = world.anonymous().get(&service(world.s1)).error_code(401, "auth_required");
    world.a.get(&service(world.s1)).same_as(&nobody);
    let _ = world.b.get(&users(world.s3)).expect(200);
}

#[test]
fn the_create_status_of_an_account_wins_over_the_servers() {
    let mut strict = String::new();
    let world = World::prepared("[server]\ncreate_status = \"200\"\n", |folder| {
        strict =
            new_account(folder, "strict-api", &["--countries", "all", "--create-status", "201"]);
    });
    let strict = world.caller(&strict).with_agent(Some("verigator-java-1.1"));
    let shop = strict.new_service("Shop");
    let bob = strict.new_user(&shop, "bob", "+37255500124");
    strict.start(&shop, &bob).started(201);
    world.a.start(world.s1, world.u1).started(200);
    let _ = world.a.create_user(world.s1, "bob", "+37255500125").user(200);
}

#[test]
fn the_create_status_touches_neither_reads_nor_checks_nor_deletes() {
    let world = World::configured("[server]\ncreate_status = \"201\"\n");
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
    let _ = world.a.get(&users(world.s1)).expect(200);
    let _ = world.a.delete(&service(world.s4)).expect(202);
}
