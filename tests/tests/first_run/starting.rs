//! Starting the server, and everything that keeps it from starting.

use crate::failure::{assert_clear, assert_fails};
use ringproof_blackbox::caller::{Caller, service};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::process::{Process, Waited};
use ringproof_blackbox::server::{self, READY_WITHIN, Server, ServerOptions};
use ringproof_blackbox::widget::{Visitor, sign_1};
use ringproof_blackbox::world::{World, fixture_folder};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

const SERVE_DEV: [&str; 4] = ["serve", "--dev", "--listen", "127.0.0.1:0"];

#[track_caller]
fn mode(folder: &Folder, name: &str) -> u32 {
    fs::metadata(folder.file(name)).unwrap_or_else(|error| panic!("{name}: {error}")).mode() & 0o777
}

#[test]
fn the_first_start_needs_nothing_and_makes_its_files_for_nobody_else() {
    let folder = Folder::with_config("");
    let server = Server::start(ServerOptions::dev(folder.clone()));
    assert_eq!(mode(&folder, "root.key"), 0o600);
    assert_eq!(mode(&folder, "dev.json"), 0o600);
    assert_eq!(mode(&folder, "ringproof.db") & 0o007, 0, "the database is not for everybody");
    let key = fs::read_to_string(folder.file("root.key")).expect("it is there");
    let key = key.trim_end();
    assert!(
        key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "64 hexadecimal digits"
    );
    drop(server);
}

#[test]
fn dev_json_lets_a_script_make_its_first_calls() {
    let server = Server::start(ServerOptions::dev(Folder::with_config("")));
    let text = fs::read_to_string(server.folder().file("dev.json")).expect("it is there");
    let dev: Value = serde_json::from_str(&text).expect("JSON");
    let member =
        |name: &str| dev[name].as_str().unwrap_or_else(|| panic!("no text `{name}`")).to_owned();
    assert_eq!(member("base_url"), format!("http://{}", server.address()));
    assert_eq!(member("username"), "dev");
    assert_eq!(member("widget_url"), format!("http://{}/widget", server.address()));
    let callback = [("user", "dev"), ("version", "1"), ("callback_url", "http://localhost:3000/")];
    let sig = sign_1(&member("widget_secret"), "pass", &callback);
    let signed = [&callback[..], &[("sig", &sig)]].concat();
    assert_eq!(Visitor::of(server.address()).enter("/widget", &signed).status(), 200);
    let caller = Caller::new(server.address(), &format!("dev:{}", member("password")));
    let shop = caller.new_service("First");
    let user = caller.new_user(&shop, "me", "+447700900123");
    caller.start(&shop, &user).started(201);
    assert!(!server.printed().contains("password_hash"));
}

#[test]
fn the_banner_tells_address_credentials_inbox_and_a_curl_line() {
    let mut server = Server::start(ServerOptions::dev(Folder::with_config("")));
    let base_url = format!("http://{}", server.address());
    let dev = fs::read_to_string(server.folder().file("dev.json")).expect("it is there");
    let dev: Value = serde_json::from_str(&dev).expect("JSON");
    let wanted = [
        base_url.clone(),
        format!("{base_url}/dev/inbox"),
        format!("{base_url}/widget"),
        dev["widget_secret"].to_string(),
        "curl ".to_owned(),
        dev["password"].to_string(),
    ];
    for part in wanted {
        let part = part.trim_matches('"').to_owned();
        let said = server.process().wait_for(READY_WITHIN, |output| {
            output.stdout.join("\n").contains(&part).then_some(())
        });
        assert_eq!(
            said,
            Waited::Found(()),
            "the banner does not say {part:?}:\n{}",
            server.printed()
        );
    }
}

#[test]
fn the_curl_line_of_the_banner_works_as_it_stands() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: there is no curl on this machine");
        return;
    }
    let mut server = Server::start(ServerOptions::dev(Folder::with_config("")));
    let whole = server.process().wait_for(READY_WITHIN, |output| {
        output.stdout.iter().any(|line| line.contains("Ctrl-C")).then_some(())
    });
    assert_eq!(whole, Waited::Found(()), "the banner has an end:\n{}", server.printed());
    let found = |line: &str| line.trim_start().trim_start_matches("$ ").starts_with("curl ");
    let banner = server.printed();
    let line = banner.lines().position(found).expect("the banner has a curl line");
    // The command ends with the first line that does not announce another.
    let mut command = String::new();
    for line in banner.lines().skip(line) {
        command.push_str(line.trim().trim_start_matches("$ ").trim_end_matches('\\'));
        command.push(' ');
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    let output = Command::new("sh")
        .args(["-c", &format!("{command} --silent --fail")])
        .output()
        .expect("sh is there");
    assert!(output.status.success(), "{command}\n{output:?}");
    assert!(serde_json::from_slice::<Value>(&output.stdout).expect("JSON")["id"].is_string());
}

#[test]
fn the_second_dev_start_keeps_data_and_credentials() {
    let folder = Folder::with_config("");
    let mut server = Server::start(ServerOptions::dev(folder.clone()));
    let password = || {
        let dev: Value = serde_json::from_str(
            &fs::read_to_string(folder.file("dev.json")).expect("it is there"),
        )
        .expect("JSON");
        format!("dev:{}", dev["password"].as_str().expect("text"))
    };
    let first = password();
    let shop = Caller::new(server.address(), &first).new_service("Kept");
    assert!(server.stop().success());
    server.start_again();
    let _ = Caller::new(server.address(), &password()).get(&service(&shop)).service(200);
    let _ = Caller::new(server.address(), &first).get(&service(&shop)).service(200);
}

#[test]
fn two_servers_on_one_data_folder_are_one_too_many() {
    let world = World::fresh();
    let folder = world.server.folder();
    assert_fails(folder, &SERVE_DEV, &[&folder.data().display().to_string()]);
    let _ = world.a.get(&service(world.s1)).service(200);
}

#[test]
fn a_used_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = taken.local_addr().expect("a bound socket has an address").to_string();
    let folder = fixture_folder("");
    assert_fails(&folder, &["serve", "--dev", "--listen", &address], &[&address]);
    assert!(!folder.file("dev.json").exists(), "it is written after binding");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    // Whoever runs the tests, nothing can be made below a regular file.
    let folder = Folder::with_config("");
    fs::write(folder.data(), "not a folder").expect("our own folder can be written");
    let inside = folder.data().join("deeper").display().to_string();
    let mut command = server::bare_command();
    command.args(["--data", &inside]).args(SERVE_DEV);
    assert_clear(&cli::finish(&mut command, ""), &[&inside]);
    assert_fails(&folder, &SERVE_DEV, &[&folder.data().display().to_string()]);
}

#[test]
fn a_read_only_data_folder_is_named() {
    let folder = fixture_folder("");
    let rights = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    let program = folder.root().join("ringproof");
    fs::copy(server::program(), &program).expect("the program can be copied");
    rights(folder.root(), 0o755);
    for entry in fs::read_dir(folder.data()).expect("it is there") {
        rights(&entry.expect("it can be listed").path(), 0o444);
    }
    rights(&folder.data(), 0o555);
    // Rights mean nothing to root, so root runs the program as nobody.
    let mut command = Command::new(&program);
    command.env_clear().args(["--data", &folder.data().display().to_string()]).args(SERVE_DEV);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let finished = cli::finish(&mut command, "");
    rights(&folder.data(), 0o755);
    assert_clear(&finished, &[&folder.data().display().to_string()]);
}

#[test]
fn another_root_key_is_noticed_and_nothing_is_changed() {
    let folder = fixture_folder("");
    let right = fs::read_to_string(folder.file("root.key")).expect("it is there");
    fs::write(folder.file("root.key"), "0123456789abcdef".repeat(4)).expect("it is ours");
    assert_fails(&folder, &SERVE_DEV, &["root.key"]);
    fs::write(folder.file("root.key"), right).expect("it is ours");
    let world = World::start(ServerOptions::dev(folder));
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}

#[test]
fn a_root_key_that_is_none_is_noticed() {
    for text in ["", "not a key", &"0123456789abcdef".repeat(3), &"0123456789abcdeg".repeat(4)] {
        let folder = fixture_folder("");
        fs::write(folder.file("root.key"), text).expect("it is ours");
        assert_fails(&folder, &SERVE_DEV, &["root.key"]);
    }
}

#[test]
fn a_lost_root_key_is_not_silently_replaced() {
    let folder = fixture_folder("");
    fs::remove_file(folder.file("root.key")).expect("it is ours");
    assert_fails(&folder, &SERVE_DEV, &["root.key"]);
    assert!(!folder.file("root.key").exists(), "no new key beside data that needs the old one");
}

#[test]
fn the_root_key_may_come_from_the_environment_or_another_file() {
    let folder = fixture_folder("");
    let key = fs::read_to_string(folder.file("root.key")).expect("it is there");
    let elsewhere = folder.root().join("elsewhere.key");
    fs::rename(folder.file("root.key"), &elsewhere).expect("it is ours");
    let world =
        World::start(ServerOptions::dev(folder.clone()).env("RINGPROOF_ROOT_KEY", key.trim()));
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
    assert!(!world.server.printed().contains(key.trim()));
    drop(world);
    let path = elsewhere.display().to_string();
    let world =
        World::start(ServerOptions::dev(folder).env("RINGPROOF_DATA__ROOT_KEY_FILE", &path));
    let _ = world.a.get(&service(world.s1)).service(200);
}

#[test]
fn a_newer_database_is_not_opened() {
    let folder = fixture_folder("");
    let database = rusqlite::Connection::open(folder.file("ringproof.db")).expect("it is there");
    database.pragma_update(None, "user_version", 9999).expect("it is ours");
    database.close().expect("nothing is open");
    assert_fails(&folder, &SERVE_DEV, &["newer"]);
}

#[test]
fn a_database_that_is_none_is_not_opened() {
    let folder = fixture_folder("");
    fs::write(
        folder.file("ringproof.db"),
        "this is not a database, whatever its name says".repeat(100),
    )
    .expect("it is ours");
    for beside in ["ringproof.db-wal", "ringproof.db-shm"] {
        let _ = fs::remove_file(folder.file(beside));
    }
    assert_fails(&folder, &SERVE_DEV, &["ringproof.db"]);
}

#[test]
fn without_dev_a_missing_gateway_and_account_are_told_with_the_remedy() {
    let folder = Folder::with_config("");
    let options = ServerOptions { dev: false, ..ServerOptions::dev(folder) };
    let process = Process::spawn(&mut options.command(), "");
    for part in ["ringproof account create", "[[gateway]]"] {
        let said = process.wait_for(READY_WITHIN, |output| {
            let told = output.stderr.join("\n");
            told.contains(part).then_some(())
        });
        assert_eq!(said, Waited::Found(()), "`{part}` is not said: {:#?}", process.output());
    }
}
