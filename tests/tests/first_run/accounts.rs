//! Accounts through the command line, also while the server runs.

use crate::failure::{assert_clear, assert_fails};
use ringproof_blackbox::caller::{Caller, service};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::world::{NONE, World, fixture_folder, new_account};
use serde_json::Value;
use std::thread;
use std::time::{Duration, Instant};

/// The server promises one second; a busy machine gets some more.
const NOTICED_WITHIN: Duration = Duration::from_secs(4);

/// A world in which waiting for credentials to work is not a failed login too many.
fn patient_world() -> World {
    World::configured(
        "[limits]\nfailed_logins_per_minute = 100000\nfailed_logins_per_hour_ip = 1000000\n",
    )
}

/// Asks for something that does not exist until the status is `status`.
#[track_caller]
fn wait_for_status(caller: &Caller, status: u16) {
    let deadline = Instant::now() + NOTICED_WITHIN;
    loop {
        let found = caller.get(&service(NONE)).status;
        if found == status {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "still {found} and not {status} after {NOTICED_WITHIN:?}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn run(world: &World, args: &[&str]) -> String {
    cli::run(world.server.folder(), args).succeeded().stdout
}

#[test]
fn a_running_server_notices_a_new_account() {
    let world = patient_world();
    let credentials = new_account(world.server.folder(), "late-api", &["--countries", "EE"]);
    wait_for_status(&world.caller(&credentials), 404);
}

#[test]
fn a_running_server_notices_that_an_account_is_disabled_and_enabled() {
    let world = patient_world();
    wait_for_status(&world.a, 404);
    run(&world, &["account", "disable", "acme-api"]);
    wait_for_status(&world.a, 401);
    let _ = world.b.get(&service(world.s3)).service(200);
    run(&world, &["account", "enable", "acme-api"]);
    wait_for_status(&world.a, 404);
    let _ = world.a.get(&service(world.s1)).service(200);
}

#[test]
fn a_running_server_notices_a_new_secret_and_forgets_the_oldest() {
    let world = patient_world();
    let first = new_account(world.server.folder(), "turning-api", &["--countries", "all"]);
    wait_for_status(&world.caller(&first), 404);
    let rotate = || {
        let told: Value = serde_json::from_str(&run(
            &world,
            &["account", "rotate-secret", "turning-api", "--json"],
        ))
        .expect("JSON");
        let caller = world.caller(&format!(
            "turning-api:{}",
            told["password"].as_str().expect("the new password")
        ));
        wait_for_status(&caller, 404);
        caller
    };
    rotate();
    let last = rotate();
    wait_for_status(&world.caller(&first), 401);
    wait_for_status(&last, 404);
}

#[test]
fn a_running_server_notices_new_limits_of_an_account() {
    let world = patient_world();
    run(&world, &["account", "set", "acme-api", "--allow-from", "192.0.2.0/24"]);
    wait_for_status(&world.a, 403);
    run(&world, &["account", "set", "acme-api", "--allow-from", "127.0.0.1/32"]);
    wait_for_status(&world.a, 404);
}

#[test]
fn list_and_show_tell_everything_but_secrets() {
    let folder = fixture_folder("");
    let baltic =
        new_account(&folder, "baltic-api", &["--countries", "EE,FI", "--create-status", "200"]);
    let secret = baltic.split_once(':').expect("a pair").1;
    let _ = cli::run(&folder, &["account", "disable", "rival-api"]).succeeded();
    let list = cli::run(&folder, &["account", "list"]).succeeded().stdout;
    let list_json = cli::run(&folder, &["account", "list", "--json"]).succeeded().stdout;
    let show = cli::run(&folder, &["account", "show", "baltic-api"]).succeeded().stdout;
    let show_json =
        cli::run(&folder, &["account", "show", "baltic-api", "--json"]).succeeded().stdout;
    for name in ["acme-api", "rival-api", "baltic-api"] {
        assert!(
            list.contains(name) && list_json.contains(name),
            "{name} is not in\n{list}\n{list_json}"
        );
    }
    for line in list_json.lines() {
        serde_json::from_str::<Value>(line).expect("each line is JSON");
    }
    let shown: Value = serde_json::from_str(&show_json).expect("JSON");
    assert_eq!(shown["username"], "baltic-api");
    assert_eq!(shown["countries"], serde_json::json!(["EE", "FI"]));
    assert!(shown["password"].is_null(), "{show_json}");
    for told in [&list, &list_json, &show, &show_json] {
        assert!(
            !told.contains(secret) && !told.contains("s3cr3t:pw") && !told.contains("argon2"),
            "{told}"
        );
    }
    assert!(show.contains("EE") && show.contains("200"), "{show}");
}

#[test]
fn an_issued_password_is_long_random_and_told_once() {
    let folder = fixture_folder("");
    let (one, two) = (
        new_account(&folder, "one-api", &["--countries", "all"]),
        new_account(&folder, "two-api", &["--countries", "all"]),
    );
    let password = |credentials: &str| credentials.split_once(':').expect("a pair").1.to_owned();
    assert_ne!(password(&one), password(&two));
    // 256 bits are 43 characters of base 64 at least.
    assert!(password(&one).len() >= 43 && password(&one).is_ascii());
}

#[test]
fn an_imported_password_is_not_printed_and_must_be_long_enough() {
    let folder = Folder::with_config("");
    let create = |name: &str, password: &str| {
        let args = ["account", "create", name, "--countries", "all", "--password-stdin"];
        cli::run_with_input(&folder, &args, &format!("{password}\n"))
    };
    assert_clear(&create("short-api", "fourteen-chars"), &["15"]);
    assert_clear(&create("empty-api", ""), &["15"]);
    let created = create("long-api", "fifteen-chars-x").succeeded();
    assert!(
        !created.stdout.contains("fifteen-chars-x") && !created.stderr.contains("fifteen-chars-x"),
        "{created:#?}"
    );
}

#[test]
fn names_that_cannot_be_used_are_refused() {
    let folder = fixture_folder("");
    for name in ["with:colon", "", "with blank", "ümlaut", &"x".repeat(300)] {
        let finished = cli::run(&folder, &["account", "create", name, "--countries", "all"]);
        assert!(matches!(finished.code, Some(1 | 2)), "{name:?}: {finished:#?}");
        assert!(
            !finished.stderr.is_empty() && !finished.stderr.contains("panicked"),
            "{name:?}: {finished:#?}"
        );
    }
    assert_fails(&folder, &["account", "create", "acme-api", "--countries", "all"], &["acme-api"]);
    for command in ["show", "disable", "enable", "rotate-secret"] {
        assert_fails(&folder, &["account", command, "nobody-api"], &["nobody-api"]);
    }
    assert_fails(
        &folder,
        &["account", "set", "nobody-api", "--limit", "sms_per_day=3"],
        &["nobody-api"],
    );
}

#[test]
fn values_that_make_no_sense_are_refused_and_named() {
    let folder = fixture_folder("");
    let refused: [(&[&str], &str); 4] = [
        (&["--countries", "Estonia"], "Estonia"),
        (&["--allow-from", "localhost"], "localhost"),
        (&["--limit", "sms_per_dya=3"], "sms_per_dya"),
        (&["--limit", "sms_per_day=many"], "many"),
    ];
    for (options, named) in refused {
        let finished = cli::run(&folder, &[&["account", "set", "acme-api"], options].concat());
        assert!(matches!(finished.code, Some(1 | 2)), "{options:?}: {finished:#?}");
        assert!(finished.stderr.contains(named), "{options:?}: {finished:#?}");
    }
}

#[test]
fn unlock_of_nobody_is_refused() {
    let world = World::fresh();
    assert_fails(world.server.folder(), &["user", "unlock", world.s1, NONE], &[NONE]);
    assert_fails(world.server.folder(), &["user", "unlock", "not-an-id", world.u1], &["not-an-id"]);
}
