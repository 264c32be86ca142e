//! Help, wrong usage, and the doctor.

use ringproof_blackbox::cli::{self, Finished};
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::server;
use ringproof_blackbox::world::fixture_folder;

const COMMANDS: [&[&str]; 28] = [
    &["serve"],
    &["account"],
    &["account", "create"],
    &["account", "set"],
    &["account", "list"],
    &["account", "show"],
    &["account", "disable"],
    &["account", "enable"],
    &["account", "rotate-secret"],
    &["account", "credit"],
    &["account", "block"],
    &["account", "unblock"],
    &["account", "blocked"],
    &["prices"],
    &["prices", "import"],
    &["prices", "list"],
    &["sms"],
    &["sms", "show"],
    &["user"],
    &["user", "unlock"],
    &["config"],
    &["config", "print"],
    &["config", "check"],
    &["config", "schema"],
    &["doctor"],
    &["backup"],
    &["restore"],
    &["migrate"],
];

/// Runs the program without any flags of ours.
fn run(args: &[&str]) -> Finished {
    cli::finish(server::bare_command().args(args), "")
}

#[test]
fn help_of_the_program_names_every_command() {
    let help = run(&["--help"]).succeeded().stdout;
    for command in COMMANDS.iter().filter(|command| command.len() == 1) {
        assert!(help.contains(command[0]), "{} is not in\n{help}", command[0]);
    }
    for flag in ["--config", "--data", "RINGPROOF_CONFIG", "RINGPROOF_DATA"] {
        assert!(help.contains(flag), "{flag} is not in\n{help}");
    }
}

#[test]
fn help_of_each_command_says_what_it_does_and_how_it_is_called() {
    for command in COMMANDS {
        let help = run(&[command, &["--help"]].concat()).succeeded().stdout;
        assert!(
            help.contains(&format!("Usage: ringproof {}", command.join(" "))),
            "{command:?}:\n{help}"
        );
        let description = help.lines().next().unwrap_or_default();
        assert!(
            description.len() >= 15 && !description.starts_with("Usage"),
            "{command:?} has no description:\n{help}"
        );
    }
}

#[test]
fn help_of_a_command_describes_its_flags() {
    let help = run(&["account", "create", "--help"]).succeeded().stdout;
    for flag in [
        "--countries",
        "--compat",
        "--create-status",
        "--allow-from",
        "--password-stdin",
        "--sender",
        "--same-company",
        "--home-country",
        "--number-profile",
        "--trust-cookies",
        "--query-credentials",
        "--address-limits",
        "--report-url",
        "--limit",
        "--json",
    ] {
        let at =
            help.find(&format!("  {flag}")).unwrap_or_else(|| panic!("{flag} is not in\n{help}"));
        assert!(
            help[at..].lines().take(3).collect::<Vec<_>>().join(" ").split_whitespace().count()
                >= 4,
            "{flag} is not described"
        );
    }
}

#[test]
fn version_is_told() {
    assert!(run(&["--version"]).succeeded().stdout.starts_with("ringproof "));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let wrong: [&[&str]; 7] = [
        &[],
        &["nonsense"],
        &["serve", "--nonsense"],
        &["account", "create", "no-countries"],
        &["account", "show"],
        &["backup"],
        &["account", "create", "x", "--countries", "all", "--create-status", "202"],
    ];
    for args in wrong {
        let folder = Folder::with_config("");
        let finished = cli::run(&folder, args);
        assert_eq!(finished.code, Some(2), "{args:?}: {finished:#?}");
        let points_on = finished.stderr.contains("Usage") || finished.stderr.contains("--help");
        assert!(points_on, "{args:?}: {finished:#?}");
        assert!(!folder.data().exists(), "{args:?} made something");
    }
}

#[test]
fn global_flags_may_also_stand_behind_the_command() {
    let folder = fixture_folder("");
    let (config, data) =
        (folder.config().display().to_string(), folder.data().display().to_string());
    let listed = run(&["account", "list", "--json", "--config", &config, "--data", &data])
        .succeeded()
        .stdout;
    assert!(listed.contains("acme-api"), "{listed}");
}

#[test]
fn the_data_folder_may_come_from_the_environment() {
    let folder = fixture_folder("");
    let mut command = server::bare_command();
    command
        .args(["account", "list"])
        .env("RINGPROOF_DATA", folder.data())
        .env("RINGPROOF_CONFIG", folder.config());
    let listed = cli::finish(&mut command, "").succeeded().stdout;
    assert!(listed.contains("rival-api"), "{listed}");
}

#[test]
fn the_doctor_looks_at_everything() {
    let report = cli::run(&fixture_folder(""), &["doctor"]);
    assert!(matches!(report.code, Some(0 | 1)), "{report:#?}");
    let told = format!("{}\n{}", report.stdout, report.stderr).to_lowercase();
    for part in ["configuration", "key", "database", "clock", "gateway", "tls"] {
        assert!(told.contains(part), "the doctor does not look at the {part}:\n{told}");
    }
    assert!(!told.contains("panicked"), "{told}");
}

#[test]
fn the_doctor_finds_a_wrong_key_and_says_so_by_its_exit_code() {
    let folder = fixture_folder("");
    std::fs::write(folder.file("root.key"), "0123456789abcdef".repeat(4)).expect("it is ours");
    let report = cli::run(&folder, &["doctor"]);
    assert_eq!(report.code, Some(1), "{report:#?}");
    assert!(format!("{}{}", report.stdout, report.stderr).contains("root.key"), "{report:#?}");
}

#[test]
fn the_doctor_asks_for_tls_where_neither_the_server_nor_a_proxy_has_it() {
    let look = |server: &str| {
        let folder = fixture_folder(&format!("[server]\nlisten = \"0.0.0.0:0\"\n{server}"));
        let report = cli::run(&folder, &["doctor"]);
        let mut lines = report.stdout.lines().filter(|line| line.contains(" tls "));
        lines.next().unwrap_or_else(|| panic!("{report:#?}")).to_owned()
    };
    let bare = look("");
    assert!(bare.starts_with("warn") && bare.contains("server.trusted_proxies"), "{bare}");
    let behind = look("trusted_proxies = [\"192.0.2.1\"]\n");
    assert!(behind.starts_with("ok") && behind.contains("X-Forwarded-Proto"), "{behind}");
}

#[test]
fn migrate_on_a_present_database_changes_nothing() {
    let folder = fixture_folder("");
    let _ = cli::run(&folder, &["migrate"]).succeeded();
    let world = ringproof_blackbox::world::World::start(server::ServerOptions::dev(folder));
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}
