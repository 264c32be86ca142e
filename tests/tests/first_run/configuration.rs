//! Configuration: mistakes are named, and what holds can be seen.

use crate::failure::{assert_clear, assert_fails};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::server;
use serde_json::Value;
use std::fs;

const SERVE_DEV: [&str; 4] = ["serve", "--dev", "--listen", "127.0.0.1:0"];

#[test]
fn an_unknown_key_is_named() {
    let mistakes = [
        ("[codes]\nlenght = 6\n", "lenght"),
        ("[cods]\nlength = 6\n", "cods"),
        ("listen = \"127.0.0.1:0\"\n", "listen"),
        ("[server.limits]\nconnections = 5\n", "connections"),
        (
            "[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\nurI = \"x\"\n",
            "urI",
        ),
    ];
    for (config, key) in mistakes {
        let folder = Folder::with_config(config);
        assert_fails(&folder, &SERVE_DEV, &[key]);
        assert_fails(&folder, &["config", "check"], &[key]);
        assert!(!folder.data().exists(), "nothing is made before the configuration is right");
    }
}

#[test]
fn an_unknown_variable_is_named() {
    let folder = Folder::with_config("");
    let mut command = server::command(&folder);
    command.args(SERVE_DEV).env("RINGPROOF_CODES__LENGHT", "6");
    assert_clear(&cli::finish(&mut command, ""), &["lenght"]);
}

#[test]
fn values_beyond_the_hard_limits_are_refused_with_the_limit() {
    let mistakes = [
        ("[codes]\nlength = 5\n", "codes.length", "6"),
        ("[codes]\nlength = 11\n", "codes.length", "10"),
        ("[codes]\nlifetime_seconds = 29\n", "codes.lifetime_seconds", "30"),
        ("[codes]\nlifetime_seconds = 601\n", "codes.lifetime_seconds", "600"),
        ("[codes]\nattempts_max = 0\n", "codes.attempts_max", "1"),
        ("[codes]\nattempts_max = 11\n", "codes.attempts_max", "10"),
        ("[codes]\nsends_max = 6\n", "codes.sends_max", "5"),
        ("[codes]\nresend_cooldown_seconds = [19]\n", "codes.resend_cooldown_seconds", "20"),
        ("[sms]\ntemplate = \"no placeholder\"\n", "sms.template", "<PIN>"),
        ("[server]\ncreate_status = \"202\"\n", "create_status", "201"),
        ("[server]\nlisten = \"nowhere\"\n", "listen", "nowhere"),
    ];
    for (config, key, limit) in mistakes {
        assert_fails(&Folder::with_config(config), &["config", "check"], &[key, limit]);
    }
}

#[test]
fn the_hard_limits_themselves_are_allowed() {
    let allowed = [
        "[codes]\nlength = 6\nlifetime_seconds = 30\nattempts_max = 1\nsends_max = 1\nresend_cooldown_seconds = [20]\n",
        "[codes]\nlength = 10\nlifetime_seconds = 600\nattempts_max = 10\nsends_max = 5\n",
        "[limits]\nnumber_per_day = 1000000000\naccount_sms_per_second = 1000000000\n",
    ];
    for config in allowed {
        let _ = cli::run(&Folder::with_config(config), &["config", "check"]).succeeded();
    }
}

#[test]
fn a_file_that_is_no_toml_or_not_there_is_named() {
    let folder = Folder::with_config("[codes\nlength = 6\n");
    assert_fails(&folder, &["config", "check"], &["ringproof.toml"]);
    fs::remove_file(folder.config()).expect("it is ours");
    assert_fails(&folder, &["config", "check"], &["ringproof.toml"]);
}

#[test]
fn print_shows_what_holds_and_where_later_layers_win() {
    let folder = Folder::with_config("[codes]\nlength = 7\nlifetime_seconds = 200\n");
    let mut command = server::command(&folder);
    command.args(["config", "print"]).env("RINGPROOF_CODES__LENGTH", "8");
    let printed = cli::finish(&mut command, "").succeeded().stdout;
    let lines: Vec<_> = printed.lines().map(str::trim).collect();
    for line in ["length = 8", "lifetime_seconds = 200", "attempts_max = 5"] {
        assert!(lines.iter().any(|printed| printed.starts_with(line)), "{line}: {printed}");
    }
}

#[test]
fn what_print_shows_is_a_configuration() {
    let folder = Folder::with_config("");
    let printed = cli::run(&folder, &["config", "print"]).succeeded().stdout;
    folder.write_config(&printed);
    let _ = cli::run(&folder, &["config", "check"]).succeeded();
}

#[test]
fn the_schema_is_json_and_knows_the_keys() {
    let schema = cli::run(&Folder::with_config(""), &["config", "schema"]).succeeded().stdout;
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    assert!(schema.is_object());
    for key in ["lifetime_seconds", "failed_logins_per_minute", "create_status"] {
        assert!(schema.to_string().contains(key), "{key}");
    }
}
