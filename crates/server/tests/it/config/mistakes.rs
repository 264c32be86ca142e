//! What an operator reads after a mistake. `FILE` stands for the file's path.

use super::{Given, mistakes_in};

#[test]
fn unknown_keys_are_named_with_their_line_and_the_nearest_key() {
    assert_eq!(
        mistakes_in("[codes]\n\nlenght = 6\n"),
        "FILE:3: codes.lenght: unknown key, did you mean codes.length?"
    );
    assert_eq!(
        mistakes_in("[coeds]\nlength = 6\n"),
        "FILE:1: coeds: unknown section, did you mean [codes]?"
    );
    assert_eq!(
        mistakes_in("[server.tsl]\ncert_file = \"\"\n"),
        "FILE:1: server.tsl: unknown section, did you mean [server.tls]?"
    );
    assert_eq!(
        mistakes_in("listen = \"x\"\n"),
        "FILE:1: listen: unknown key, did you mean server.listen?"
    );
    assert_eq!(
        mistakes_in("[sms]\ncolour = 1\n"),
        "FILE:2: sms.colour: unknown key; [sms] has sender, template"
    );
    assert_eq!(
        mistakes_in("colour = 1\n"),
        "FILE:1: colour: unknown key; a key stands in its section, such as [server]"
    );
    assert_eq!(
        mistakes_in("[weather]\nsun = 1\n"),
        "FILE:1: weather: unknown section; there are auth, codes, data, limits, log, number, push, \
         reports, server, server.limits, server.tls, sms, sms_api, widget, widget.captcha"
    );
    assert_eq!(mistakes_in("codes = 6\n"), "FILE:1: codes: must be a section, [codes]");
}

#[test]
fn unknown_variables_are_named_with_the_nearest_one() {
    let unknown = |name: &str| Given::variable(name, "1").mistakes();
    assert_eq!(
        unknown("RINGPROOF_CODES__LENGHT"),
        "RINGPROOF_CODES__LENGHT: unknown variable, did you mean RINGPROOF_CODES__LENGTH?"
    );
    assert_eq!(
        unknown("RINGPROOF_SERVER_LISTEN"),
        "RINGPROOF_SERVER_LISTEN: unknown variable, did you mean RINGPROOF_SERVER__LISTEN?"
    );
    assert_eq!(
        unknown("RINGPROOF_DTA"),
        "RINGPROOF_DTA: unknown variable, did you mean RINGPROOF_DATA?"
    );
    assert_eq!(
        unknown("RINGPROOF_WEATHER"),
        "RINGPROOF_WEATHER: unknown variable; the form is RINGPROOF_SECTION__KEY, and `ringproof config print` lists \
         the keys"
    );
    assert_eq!(
        unknown("RINGPROOF_GATEWAY__HOOK__UR"),
        "RINGPROOF_GATEWAY__HOOK__UR: unknown variable, did you mean RINGPROOF_GATEWAY__NAME__URL?"
    );
    let far = unknown("RINGPROOF_GATEWAY__HOOK__WEATHER");
    let says = "unknown variable; a gateway has RINGPROOF_GATEWAY__NAME__KEY with access_key_id, ";
    assert!(far.contains(says) && far.ends_with(", word_ton_npi"), "{far}");
}

#[test]
fn a_value_of_the_wrong_type_is_told_what_type_it_must_have() {
    assert_eq!(
        mistakes_in("[codes]\nlength = \"six\"\n"),
        "FILE:2: codes.length: must be a whole number, not a text"
    );
    assert_eq!(
        mistakes_in("[codes]\nlength = 6.0\n"),
        "FILE:2: codes.length: must be a whole number, not a number with a decimal point"
    );
    assert_eq!(
        mistakes_in("[server]\nallow_plain_http = 1\n"),
        "FILE:2: server.allow_plain_http: must be true or false, not a number"
    );
    assert_eq!(
        mistakes_in("[server]\ntrusted_proxies = \"10.0.0.0/8\"\n"),
        "FILE:2: server.trusted_proxies: must be a list in brackets, not a text"
    );
    assert_eq!(
        mistakes_in("[codes]\nresend_cooldown_seconds = [30, \"60\"]\n"),
        "FILE:2: codes.resend_cooldown_seconds: must be a whole number, not a text"
    );
    assert_eq!(
        mistakes_in("[data]\ndir = [1]\n"),
        "FILE:2: data.dir: must be a text in quotes, not a list"
    );
    assert_eq!(
        mistakes_in("[sms.sender]\nx = 1\n"),
        "FILE:1: sms.sender: must be a text in quotes, not a section"
    );
    let variable = |name: &str, value: &str| Given::variable(name, value).mistakes();
    assert_eq!(
        variable("RINGPROOF_CODES__LENGTH", "six"),
        "RINGPROOF_CODES__LENGTH: codes.length: \"six\" is not a whole number"
    );
    assert_eq!(
        variable("RINGPROOF_SERVER__ALLOW_PLAIN_HTTP", "yes"),
        "RINGPROOF_SERVER__ALLOW_PLAIN_HTTP: server.allow_plain_http: \"yes\" is neither true nor false"
    );
    assert_eq!(
        variable("RINGPROOF_SERVER__TRUSTED_PROXIES", "[10.0.0.0/8]"),
        "RINGPROOF_SERVER__TRUSTED_PROXIES: server.trusted_proxies: \"[10.0.0.0/8]\" is not a list; separate values by \
         commas"
    );
}

#[test]
fn a_value_that_cannot_be_read_is_told_how_to_write_it() {
    assert_eq!(
        mistakes_in("[server]\nlisten = \"localhost:8080\"\n"),
        "FILE:2: server.listen: \"localhost:8080\" is not an address; write IP:PORT, such as \"127.0.0.1:8080\" or \
         \"[::]:8080\""
    );
    assert_eq!(
        mistakes_in("[server]\ntrusted_proxies = [\"10.0.0.0/33\"]\n"),
        "FILE:2: server.trusted_proxies: \"10.0.0.0/33\" is not a network; write an IP address or a prefix, such as \
         \"10.0.0.0/8\""
    );
    assert_eq!(
        mistakes_in("[server]\ncreate_status = \"202\"\n"),
        "FILE:2: server.create_status: \"202\" is not a choice; write \"auto\", \"200\" or \"201\""
    );
    assert_eq!(
        mistakes_in("[log]\nformat = \"xml\"\n"),
        "FILE:2: log.format: \"xml\" is not a choice; write \"auto\", \"text\" or \"json\""
    );
    assert_eq!(
        Given::variable("RINGPROOF_LOG", "loud").mistakes(),
        "RINGPROOF_LOG: log.level: \"loud\" is not a level; write off, error, warn, info, debug or trace"
    );
    assert_eq!(
        Given::variable("RINGPROOF_LOG", "info,debug").mistakes(),
        "RINGPROOF_LOG: log.level: \"debug\" is not PART=LEVEL, such as \"ringproof_store=debug\""
    );
}

#[test]
fn values_that_do_not_go_together_are_refused() {
    assert_eq!(
        mistakes_in("[server.tls]\ncert_file = \"/c\"\n"),
        "FILE:2: server.tls.cert_file: has no key; set server.tls.key_file too"
    );
    assert_eq!(
        mistakes_in("[server.tls]\nkey_file = \"/k\"\n"),
        "FILE:2: server.tls.key_file: has no certificate; set server.tls.cert_file too"
    );
    assert_eq!(
        mistakes_in("[server]\nmetrics_listen = \"127.0.0.1:8080\"\n"),
        "FILE:2: server.metrics_listen: is the same as server.listen; leave it empty for one listener"
    );
    assert_eq!(
        mistakes_in("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"::/0\"]\n"),
        "FILE:2: server.trusted_proxies: ::/0 is the whole internet, so anybody could pretend any address; list your \
         proxies"
    );
    assert_eq!(
        mistakes_in("[data]\ndir = \"\"\n"),
        "FILE:2: data.dir: must name a folder, such as \"./ringproof-data\""
    );
    assert_eq!(
        Given::variable("RINGPROOF_LOG", "info,h2=trace").mistakes(),
        "RINGPROOF_LOG: log.level: h2=trace is refused: libraries log at most info, since below it they print headers \
         and bodies (security rule S-19)"
    );
}

#[test]
fn a_message_that_cannot_be_sent_is_refused() {
    let template = |text: &str| Given::variable("RINGPROOF_SMS__TEMPLATE", text).mistakes();
    let start = "RINGPROOF_SMS__TEMPLATE: sms.template: ";
    for (text, times) in [("no code", 0), ("<PIN> or <PIN>", 2), ("<pin>", 0)] {
        let rest = "it must stand there exactly once (security rule S-49)";
        assert_eq!(template(text), format!("{start}has <PIN> {times} times; {rest}"));
    }
    for (text, bad) in [
        ("<PIN>\nsecond line", "'\\n'"),
        ("<PIN>\u{7}", "'\\u{7}'"),
        ("\u{202e}<PIN>", "'\\u{202e}'"),
    ] {
        let rest = "it must be one line of visible text (security rule S-49)";
        assert_eq!(template(text), format!("{start}has the character {bad}; {rest}"));
    }
    let long = |letter: &str, count: usize| format!("{}<PIN>", letter.repeat(count));
    let rest = "makes a message of 4 SMS parts; 3 are allowed (security rule S-49)";
    assert_eq!(template(&long("a", 3 * 153 - 5)), format!("{start}{rest}"));
    assert_eq!(template(&long("õ", 3 * 67 - 5)), format!("{start}{rest}"));
    // One letter less fits, with the six digits of a code; with eight digits it no longer does.
    let fits = Given::variable("RINGPROOF_SMS__TEMPLATE", &long("a", 3 * 153 - 6));
    assert!(fits.load().is_ok());
    assert_eq!(
        fits.and_variable("RINGPROOF_CODES__LENGTH", "8").mistakes(),
        format!("{start}{rest}")
    );

    assert_eq!(
        Given::variable("RINGPROOF_SMS__SENDER", "Tartu Ülikool").mistakes(),
        "RINGPROOF_SMS__SENDER: sms.sender: \"Tartu Ülikool\" cannot be a sender; give up to 11 letters A-Z and digits, \
         or a number of up to 15 digits (security rule S-50)"
    );
}

#[test]
fn all_mistakes_are_found_at_once_in_the_order_of_the_layers() {
    let given = Given::file("[codes]\nlength = 4\nlenght = 6\n[server]\nlisten = \"nowhere\"\n[sms]\ntemplate = \"x\"\n")
        .and_variable("RINGPROOF_AUTH__PASSWORD_LENGTH_MIN", "7");
    let mistakes = given.mistakes();
    let keys: Vec<&str> = mistakes.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(
        keys,
        [
            "codes.length",
            "codes.lenght",
            "auth.password_length_min",
            "server.listen",
            "sms.template"
        ]
    );
    let whole = given.load().unwrap_err().to_string();
    assert!(whole.starts_with("configuration: 5 mistakes\n  "), "{whole}");
    let one = Given::variable("RINGPROOF_CODES__LENGTH", "4").load().unwrap_err().to_string();
    assert!(one.starts_with("configuration: RINGPROOF_CODES__LENGTH: codes.length: 4"), "{one}");
}

#[test]
fn a_file_that_is_not_toml_is_named_with_its_line_but_not_repeated() {
    let mistakes = mistakes_in("[codes]\nlength = 6\npassword = hunter2 hunter3\n");
    assert!(mistakes.starts_with("FILE:3: is not TOML: "), "{mistakes}");
    assert!(!mistakes.contains("hunter"), "{mistakes}");
    let twice = mistakes_in("[codes]\nlength = 6\nlength = 7\n");
    assert!(twice.starts_with("FILE:3: is not TOML: duplicate key"), "{twice}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_who_named_it() {
    let missing = Given::variable("RINGPROOF_CONFIG", "/no/such/file.toml").mistakes();
    assert!(
        missing.starts_with(
            "RINGPROOF_CONFIG: could not read configuration file /no/such/file.toml: No such file"
        ),
        "{missing}"
    );
    let large = mistakes_in(&"#".repeat(1024 * 1024 + 1));
    assert_eq!(
        large,
        "--config: could not read configuration file FILE: it is larger than 1048576 bytes; \
         check the path"
    );
}

#[test]
fn a_value_that_is_set_twice_in_the_environment_is_refused() {
    let given = Given::variable("RINGPROOF_DATA", "/a").and_variable("RINGPROOF_DATA__DIR", "/b");
    assert_eq!(
        given.mistakes(),
        "RINGPROOF_DATA__DIR: data.dir: is set by RINGPROOF_DATA too; keep one of the two"
    );
}

#[test]
fn secrets_are_refused_in_files_and_never_repeated() {
    let in_file = mistakes_in("[data]\nroot_key = \"5ec2e7\"\n");
    assert_eq!(
        in_file,
        "FILE:2: data.root_key: a secret cannot stand in the configuration; set RINGPROOF_ROOT_KEY, or name a file that \
         holds it"
    );
    for bad in ["", "5ec2e7", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65)] {
        assert_eq!(
            Given::variable("RINGPROOF_ROOT_KEY", bad).mistakes(),
            "RINGPROOF_ROOT_KEY: data.root_key: is not a root key; give 64 hex digits, as a root.key file holds them"
        );
    }
    let both = Given::variable("RINGPROOF_ROOT_KEY", &"a".repeat(64))
        .and_variable("RINGPROOF_DATA__ROOT_KEY_FILE", "/k");
    assert_eq!(
        both.mistakes(),
        "RINGPROOF_DATA__ROOT_KEY_FILE: data.root_key_file: stands beside RINGPROOF_ROOT_KEY; keep one of the two"
    );
}

#[test]
fn any_text_as_a_file_gives_mistakes_and_no_panic() {
    use proptest::prelude::*;
    let words = "(\\[{1,2}|\\]{1,2}|gateway|codes|server\\.tls|length|name|kind|url|token| = |\"[a-z/:?@]{0,12}\"|-?[0-9]{1,20}|\n|\\{|\\}|,|#|\\PC){0,40}";
    proptest!(ProptestConfig::with_cases(2_000), |(text in words)| {
        let _ = Given::file(&text).load();
        let _ = Given::variable("RINGPROOF_CODES__RESEND_COOLDOWN_SECONDS", &text).load();
        let _ = Given::variable("RINGPROOF_GATEWAY__HOOK__URL", &text).load();
    });
}
