//! Defaults, file, environment and flags, and what is printed of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ringproof_server::config::{Config, CreateStatus, DEFAULT_FILE, Flags, LogFilter, LogFormat};

use super::Given;

#[test]
fn the_default_file_says_what_the_structs_say() {
    assert_eq!(Given::nothing().config(), Config::default());
    assert_eq!(Given::file(DEFAULT_FILE).config(), Config::default());
    assert_eq!(Given::file("").config(), Config::default());
}

#[test]
fn values_are_typed() {
    let config = Given::file(
        r#"
        [server]
        listen = "[::1]:0"
        metrics_listen = "127.0.0.1:9090"
        trusted_proxies = ["10.1.2.3/8", "192.0.2.7", "2001:db8::/32"]
        create_status = "201"
        worker_threads = 3
        [server.tls]
        cert_file = "/etc/cert.pem"
        key_file = "/etc/key.pem"
        [codes]
        lifetime_seconds = 120
        resend_cooldown_seconds = [20]
        [log]
        level = "warn,ringproof_store=debug"
        format = "json"
        "#,
    )
    .config();
    assert_eq!(config.server.listen, "[::1]:0".parse().unwrap());
    assert_eq!(config.server.metrics_listen, Some("127.0.0.1:9090".parse().unwrap()));
    let proxies: Vec<String> =
        config.server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]);
    assert_eq!(config.server.create_status, CreateStatus::Created);
    assert_eq!(
        config.server.tls.files(),
        Some((Path::new("/etc/cert.pem"), Path::new("/etc/key.pem")))
    );
    assert_eq!(config.codes.lifetime, Duration::from_mins(2));
    assert_eq!(config.codes.resend_cooldown, [Duration::from_secs(20)]);
    assert_eq!(config.log.level, "warn,ringproof_store=debug".parse::<LogFilter>().unwrap());
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let mut given = Given::file("[server]\nlisten = \"127.0.0.1:1\"\n[data]\ndir = \"/file\"\n");
    assert_eq!(given.config().server.listen.port(), 1);
    assert_eq!(given.config().data.dir, PathBuf::from("/file"));

    given = given
        .and_variable("RINGPROOF_SERVER__LISTEN", "127.0.0.1:2")
        .and_variable("RINGPROOF_DATA", "/variable");
    assert_eq!(given.config().server.listen.port(), 2);
    assert_eq!(given.config().data.dir, PathBuf::from("/variable"));

    given.flags.listen = Some("127.0.0.1:3".parse().unwrap());
    given.flags.data = Some(PathBuf::from("/flag"));
    assert_eq!(given.config().server.listen.port(), 3);
    assert_eq!(given.config().data.dir, PathBuf::from("/flag"));
}

#[test]
fn the_file_can_be_named_by_a_variable_and_a_flag_wins() {
    let from_variable = Given::file("[codes]\nlength = 7\n");
    let from_flag = Given::file("[codes]\nlength = 8\n");
    let path = |given: &Given| given.file.as_ref().unwrap().path().display().to_string();

    let mut given = Given::variable("RINGPROOF_CONFIG", &path(&from_variable));
    assert_eq!(given.config().codes.length, 7);
    given.flags.config = from_flag.flags.config.clone();
    assert_eq!(given.config().codes.length, 8);
    assert_eq!(Given::variable("RINGPROOF_CONFIG", "").config().codes.length, 6);
}

#[test]
fn every_kind_of_value_can_come_from_the_environment() {
    let config = Given::variable("RINGPROOF_LIMITS__NUMBER_PER_DAY", " 1000000000 ")
        .and_variable("RINGPROOF_SERVER__ALLOW_PLAIN_HTTP", "true")
        .and_variable("RINGPROOF_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.0/16")
        .and_variable("RINGPROOF_SERVER__LIMITS__IDLE_SECONDS", "30")
        .and_variable("RINGPROOF_CODES__RESEND_COOLDOWN_SECONDS", "[40, 80]")
        .and_variable("RINGPROOF_SMS__TEMPLATE", "<PIN> on sinu kood")
        .and_variable("RINGPROOF_LOG", "debug")
        .and_variable("RINGPROOF_ROOT_KEY", &"0a".repeat(32))
        .and_variable("NO_COLOR", "1")
        .and_variable("PATH", "/bin")
        .config();
    assert_eq!(config.limits.number_per_day, 1_000_000_000);
    assert!(config.server.allow_plain_http);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.server.limits.idle, Duration::from_secs(30));
    assert_eq!(config.codes.resend_cooldown, [40, 80].map(Duration::from_secs));
    assert_eq!(config.sms.template, "<PIN> on sinu kood");
    assert_eq!(config.log.level, "debug".parse::<LogFilter>().unwrap());
    assert_eq!(config.data.root_key.unwrap().expose(), "0a".repeat(32));
    let none = Given::variable("RINGPROOF_SERVER__TRUSTED_PROXIES", "").config();
    assert_eq!(none.server.trusted_proxies, []);
}

#[test]
fn variables_that_kubernetes_makes_for_a_service_called_ringproof_are_passed_over() {
    let config = Given::variable("RINGPROOF_SERVICE_HOST", "10.96.0.7")
        .and_variable("RINGPROOF_SERVICE_PORT", "8080")
        .and_variable("RINGPROOF_SERVICE_PORT_HTTP", "8080")
        .and_variable("RINGPROOF_PORT", "tcp://10.96.0.7:8080")
        .and_variable("RINGPROOF_PORT_8080_TCP", "tcp://10.96.0.7:8080")
        .and_variable("RINGPROOF_PORT_8080_TCP_ADDR", "10.96.0.7")
        .config();
    assert_eq!(config, Config::default());
}

#[test]
fn the_root_key_is_in_the_data_folder_unless_told_otherwise() {
    assert_eq!(
        Given::variable("RINGPROOF_DATA", "/d").config().data.root_key_path(),
        Path::new("/d/root.key")
    );
    let elsewhere = Given::variable("RINGPROOF_DATA__ROOT_KEY_FILE", "/run/key").config();
    assert_eq!(elsewhere.data.root_key_path(), Path::new("/run/key"));
}

#[test]
fn what_is_printed_can_be_read_again_and_says_where_values_came_from() {
    let mut given = Given::file(
        "[codes]\nlength = 8\n\n[[gateway]]\nkind = \"webhook\"\nname = \"hook\"\nurl = \"https://sms.example.com/x\"\n",
    )
    .and_variable("RINGPROOF_LIMITS__NUMBER_PER_DAY", "30");
    given.flags.data = Some(PathBuf::from("/tmp/a \"quoted\" folder"));
    let loaded = given.load().unwrap();
    let printed = loaded.print();
    let path = given.file.as_ref().unwrap().path().display().to_string();
    for line in [
        format!("length = 8  # {path}:2"),
        "number_per_day = 30  # RINGPROOF_LIMITS__NUMBER_PER_DAY".to_owned(),
        "number_service_per_day = 10".to_owned(),
        format!("name = \"hook\"  # {path}:6"),
    ] {
        assert!(printed.lines().any(|found| found == line), "no line {line:?} in\n{printed}");
    }
    assert!(printed.contains("  # --data\n"), "{printed}");
    assert!(printed.starts_with("[server]\nlisten = \"127.0.0.1:8080\"\n"), "{printed}");
    assert_eq!(Given::file(&printed).config(), loaded.config);
}

#[test]
fn no_secret_is_printed() {
    let key = "5ec2e7".repeat(10) + "abcd";
    let loaded = Given::file("[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://h.example/p?key=5ec2e7\"\n")
        .and_variable("RINGPROOF_ROOT_KEY", &key)
        .and_variable("RINGPROOF_GATEWAY__HOOK__TOKEN", "5ec2e7token")
        .load()
        .unwrap();
    assert_eq!(loaded.config.data.root_key.as_ref().unwrap().expose(), key);
    for shown in [loaded.print(), format!("{loaded:?}"), format!("{:#?}", loaded.config)] {
        assert!(!shown.contains("5ec2e7"), "{shown}");
    }
    let printed = loaded.print();
    assert!(printed.contains("# root_key = ********  # RINGPROOF_ROOT_KEY\n"), "{printed}");
    assert!(
        printed.contains("# token = ********  # RINGPROOF_GATEWAY__HOOK__TOKEN\n"),
        "{printed}"
    );
    assert!(printed.contains("url = \"https://h.example/p?********\""), "{printed}");
}

#[test]
fn a_reload_knows_what_changed() {
    let before = Given::nothing().load().unwrap();
    let after = Given::file("[limits]\nnumber_per_day = 21\n[codes]\nlength = 6\n[[gateway]]\nname = \"i\"\nkind = \"inbox\"\n")
        .load()
        .unwrap();
    assert_eq!(before.changed_keys(&before.clone()), Vec::<&str>::new());
    assert_eq!(before.changed_keys(&after), ["limits.number_per_day", "gateway"]);
    let more = Given::file("[[account]]\nname = \"shop\"\nsenders = [\"Shop\"]\n").load().unwrap();
    assert_eq!(before.changed_keys(&more), ["account"]);
}

#[test]
fn files_that_are_named_are_looked_at_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("cert"), "").unwrap();
    std::fs::write(at("file"), "").unwrap();
    let problems = Given::variable("RINGPROOF_SERVER__TLS__CERT_FILE", &at("cert"))
        .and_variable("RINGPROOF_SERVER__TLS__KEY_FILE", &at("none"))
        .and_variable("RINGPROOF_DATA", &at("file"))
        .and_variable("RINGPROOF_GATEWAY__HOOK__KIND", "webhook")
        .and_variable("RINGPROOF_GATEWAY__HOOK__URL", "https://h.example")
        .and_variable("RINGPROOF_GATEWAY__HOOK__TOKEN_FILE", &at("file"))
        .config()
        .check_files();
    let keys: Vec<&str> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["server.tls.key_file", "data.dir", "gateway.hook.token_file"]);
    assert!(Config::default().check_files().is_empty());
}

#[test]
fn dev_adds_an_inbox_only_when_there_is_no_gateway() {
    let names = |given: Given| {
        let given = Given { flags: Flags { dev: true, ..given.flags.clone() }, ..given };
        given.config().gateway.iter().map(|gateway| gateway.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(Given::nothing()), ["inbox"]);
    assert_eq!(
        names(Given::file(
            "[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://sms.example.com/\"\n"
        )),
        ["hook"]
    );
    assert_eq!(Given::nothing().config().gateway, []);
}
