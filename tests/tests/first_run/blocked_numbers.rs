//! Numbers that an account must not send to.

use crate::failure::{assert_clear, assert_fails};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::world::fixture_folder;
use serde_json::Value;

#[track_caller]
fn run(folder: &Folder, args: &[&str]) -> String {
    cli::run(folder, &[&["account"], args].concat()).succeeded().stdout
}

#[track_caller]
fn blocked(folder: &Folder, account: &str) -> Vec<String> {
    let told = run(folder, &["blocked", account, "--json"]);
    assert!(!told.contains("37255500"), "no whole number is shown: {told}");
    let list: Vec<Value> = serde_json::from_str(&told).expect("JSON");
    list.iter().map(|one| one["number"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn numbers_are_blocked_and_unblocked_for_one_account() {
    let folder = fixture_folder("");
    let told =
        run(&folder, &["block", "acme-api", "+37255500123", "0037255500124", "+372 5550 0123"]);
    assert_eq!(told.trim(), "blocked: 2");
    assert_eq!(blocked(&folder, "acme-api").len(), 2);
    assert_eq!(blocked(&folder, "rival-api"), Vec::<String>::new());
    assert!(blocked(&folder, "acme-api").iter().all(|number| number.starts_with("+372•")));
    let told = run(&folder, &["block", "acme-api", "+37255500123", "+37255500125", "--json"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((&told["changed"], &told["unchanged"]), (&1.into(), &1.into()));
    let told = run(&folder, &["unblock", "acme-api", "+37255500123", "+37255500199"]);
    assert_eq!(told.trim(), "unblocked: 1; were not blocked: 1");
    let left = run(&folder, &["blocked", "acme-api"]);
    assert_eq!(left.lines().count(), 2, "{left}");
    assert!(left.contains("24 ") && left.contains("25 ") && !left.contains("23 since"), "{left}");
}

#[test]
fn a_list_comes_from_stdin() {
    let folder = fixture_folder("");
    let args = ["account", "block", "acme-api", "-"];
    let list = "+37255500123\r\n\n+37255500124\n";
    let told = cli::run_with_input(&folder, &args, list).succeeded().stdout;
    assert_eq!(told.trim(), "blocked: 2");
    let mistaken = cli::run_with_input(&folder, &args, "+37255500125\nEstonia\n");
    assert_clear(&mistaken, &["line 2", "nothing was changed"]);
    assert_eq!(blocked(&folder, "acme-api").len(), 2);
    assert_clear(&cli::run_with_input(&folder, &args, "\n"), &["no number"]);
}

#[test]
fn numbers_that_are_none_and_accounts_that_are_not_there_are_refused() {
    let folder = fixture_folder("");
    for command in ["block", "unblock"] {
        assert_fails(
            &folder,
            &["account", command, "acme-api", "+37255500123", "+3725550012x"],
            &["number 2", "country code"],
        );
        assert_fails(&folder, &["account", command, "nobody-api", "+37255500123"], &["nobody-api"]);
        assert_fails(&folder, &["account", command, "acme-api", "-", "+37255500123"], &["either"]);
    }
    assert_fails(&folder, &["account", "blocked", "nobody-api"], &["nobody-api"]);
    assert_eq!(blocked(&folder, "acme-api"), Vec::<String>::new());
}
