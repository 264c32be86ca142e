//! `ringproof account widget`: settings of an account, set and shown.

use crate::failure::{assert_clear, assert_fails};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::world::new_account;
use serde_json::{Value, json};

fn folder() -> Folder {
    let folder = Folder::with_config("");
    new_account(&folder, "shop-api", &["--countries", "EE"]);
    folder
}

fn args<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    [&["account", "widget", "shop-api"][..], flags].concat()
}

#[track_caller]
fn set(folder: &Folder, flags: &[&str]) -> Value {
    let told = cli::run(folder, &[args(flags), vec!["--json"]].concat()).succeeded().stdout;
    serde_json::from_str(&told).expect("JSON")
}

#[test]
fn account_without_a_widget_is_shown_as_such() {
    let folder = folder();
    let widget = set(&folder, &[]);
    for (key, value) in [
        ("enabled", json!(false)),
        ("version1", json!("as-account")),
        ("targets", json!([])),
        ("frame_origins", json!([])),
        ("sig2", json!(false)),
        ("origin_bound", json!(false)),
        ("name", Value::Null),
        ("logo_bytes", Value::Null),
    ] {
        assert_eq!(widget[key], value, "{key}");
    }
    let account = cli::run(&folder, &["account", "show", "shop-api"]).succeeded().stdout;
    assert!(account.contains("widget         off"), "{account}");
}

#[test]
fn settings_are_kept_and_only_what_is_named_changes() {
    let folder = folder();
    let first = set(
        &folder,
        &[
            "--new-secret",
            "--target=https://shop.example/verify",
            "--target=http://localhost:*/",
            "--frame-origin=https://shop.example",
            "--version1=until=2100-06-30",
            "--sig2=on",
            "--origin-bound=on",
            "--name=Example Shop",
            "--accent=#0a5c36",
            "--strip=#ffffff",
        ],
    );
    let secret = first["secret"].as_str().expect("a new secret is told once").to_owned();
    assert!(secret.len() >= 43, "256 bits");
    let again = set(&folder, &["--remove-target=http://localhost:*/", "--strip=none"]);
    for (key, value) in [
        ("enabled", json!(true)),
        ("targets", json!(["https://shop.example/verify"])),
        ("frame_origins", json!(["https://shop.example"])),
        ("version1", json!("until=2100-06-30T00:00:00Z")),
        ("sig2", json!(true)),
        ("origin_bound", json!(true)),
        ("name", json!("Example Shop")),
        ("accent", json!("#0a5c36")),
        ("strip", Value::Null),
        ("secret", Value::Null),
    ] {
        assert_eq!(again[key], value, "{key}");
    }
    let shown = cli::run(&folder, &args(&[])).succeeded();
    assert!(!shown.stdout.contains(&secret) && !shown.stderr.contains(&secret));
    let other = set(&folder, &["--new-secret"]);
    assert_ne!(other["secret"], secret.as_str());
    assert_eq!(set(&folder, &["--off"])["enabled"], false);
}

#[test]
fn logo_is_a_picture_of_a_size_that_a_page_can_show() {
    let folder = folder();
    // One black pixel.
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\
        \0\0\0\nIDAT\x78\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82";
    let path = folder.root().join("logo.png");
    let path = path.to_str().expect("UTF-8");
    std::fs::write(path, png).expect("it is written");
    assert_eq!(set(&folder, &["--logo", path])["logo_bytes"], png.len());
    for (content, remedy) in [
        (&b"GIF89a"[..], "no PNG"),
        (&png[..40], "PNG"),
        (&vec![0; 70_000][..], "larger than 65536"),
    ] {
        std::fs::write(path, content).expect("it is written");
        assert_fails(&folder, &args(&["--logo", path]), &[remedy]);
    }
    assert_eq!(set(&folder, &["--logo=none"])["logo_bytes"], Value::Null);
}

#[test]
fn slips_change_nothing_and_say_what_to_do() {
    let folder = folder();
    let before = set(&folder, &["--target=https://shop.example/verify"]);
    assert_fails(
        &folder,
        &args(&["--remove-target=https://shop.example/", "--sig2=on"]),
        &["nothing was changed", "https://shop.example/verify"],
    );
    let short = cli::run_with_input(&folder, &args(&["--secret-file=-"]), "short\n");
    assert_clear(&short, &["14 to 128", "--new-secret"]);
    assert_fails(
        &folder,
        &["account", "widget", "nobody", "--new-secret"],
        &["there is no account nobody", "ringproof account list"],
    );
    assert_eq!(set(&folder, &[]), before);
    let made = cli::run(
        &folder,
        &[
            "account",
            "widget",
            "shop-api",
            "--remove-target=https://shop.example/verify",
            "--new-secret",
        ],
    );
    assert!(made.succeeded().stderr.contains("--target https://"), "no target is there");
}
