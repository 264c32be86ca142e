//! Gateways: what a block may hold, what may stand beside what, and where their secrets come from.

use std::path::PathBuf;

use ringproof_server::config::{GatewayConfig, SecretSource, WebhookGateway, WebhookUrl};

use super::{Given, mistakes_in};

const HOOK: &str =
    "[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://sms.example.com/in\"\n";
const INBOX: &str = "[[gateway]]\nname = \"inbox\"\nkind = \"inbox\"\n";

fn webhook(given: &Given) -> WebhookGateway {
    match given.config().gateway.as_slice() {
        [GatewayConfig::Webhook(webhook)] => webhook.clone(),
        other => panic!("{other:?}"),
    }
}

/// What is wrong with a webhook that has this line too.
fn hook_with(line: &str) -> String {
    mistakes_in(&format!("{HOOK}{line}\n"))
}

#[test]
fn a_webhook_has_defaults_for_everything_but_name_and_address() {
    let hook = webhook(&Given::file(HOOK));
    assert_eq!((hook.batch_max, hook.connections, hook.allow_plain_http), (64, 4, false));
    assert_eq!(hook.url.uri(), "https://sms.example.com/in");
    assert_eq!(hook.token_source(), None);
}

#[test]
fn gateways_keep_the_order_of_the_file() {
    let two = format!("{HOOK}{}", HOOK.replace("\"hook\"", "\"a-second\""));
    let config = Given::file(&two).config();
    let names: Vec<&str> = config.gateway.iter().map(GatewayConfig::name).collect();
    assert_eq!(names, ["hook", "a-second"]);
    assert!(config.has_real_gateway());
}

#[test]
fn the_environment_changes_a_gateway_and_makes_one() {
    let dashed = HOOK.replace("\"hook\"", "\"sms-hub\"");
    let config = Given::file(&dashed)
        .and_variable("RINGPROOF_GATEWAY__SMS_HUB__BATCH_MAX", "8")
        .and_variable("RINGPROOF_GATEWAY__SECOND__KIND", "webhook")
        .and_variable("RINGPROOF_GATEWAY__SECOND__URL", "http://127.0.0.1:9000/")
        .config();
    let names: Vec<&str> = config.gateway.iter().map(GatewayConfig::name).collect();
    assert_eq!(names, ["sms-hub", "second"]);
    let GatewayConfig::Webhook(first) = &config.gateway[0] else { panic!("{config:?}") };
    assert_eq!(first.batch_max, 8);
}

#[test]
fn an_inbox_stands_beside_real_gateways_only_when_told() {
    assert!(Given::file(INBOX).load().is_ok());
    assert_eq!(
        mistakes_in(&format!("{INBOX}{HOOK}")),
        "FILE:3: gateway.inbox.kind: an inbox shows codes to whoever opens its page, so it is refused beside real \
         gateways; remove it, or set allow_beside_real = true on it"
    );
    assert!(Given::file(&format!("{INBOX}allow_beside_real = true\n{HOOK}")).load().is_ok());
}

#[test]
fn plain_http_goes_to_this_machine_or_where_it_is_allowed() {
    let with = |url: &str| Given::file(&HOOK.replace("https://sms.example.com/in", url));
    for near in
        ["http://127.0.0.1:9000/x", "http://127.9.9.9/", "http://[::1]:80", "http://LOCALHOST:1/"]
    {
        assert!(webhook(&with(near)).url.is_loopback(), "{near}");
    }
    let refused = "FILE:4: gateway.hook.url: would carry codes over plain http to another machine; use https://, or set \
                   allow_plain_http = true on this gateway";
    for far in [
        "http://sms.example.com/",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "http://[::2]/",
    ] {
        assert_eq!(with(far).mistakes(), refused, "{far}");
    }
    let allowed = format!("{}allow_plain_http = true\n", HOOK.replace("https", "http"));
    assert!(!webhook(&Given::file(&allowed)).url.is_encrypted());
}

#[test]
fn an_address_that_cannot_be_posted_to_is_refused_without_being_repeated() {
    let with = |url: &str| mistakes_in(&HOOK.replace("https://sms.example.com/in", url));
    let start = "FILE:4: gateway.hook.url: ";
    for bad in
        ["", "/in", "https://", "https:///in", "http//x", "https://h h/", "https://ü.example/"]
    {
        assert_eq!(
            with(bad),
            format!("{start}is not an address for a webhook; write https://HOST/PATH"),
            "{bad}"
        );
    }
    for bad in ["sms.example.com", "ftp://h.example/", "file://h/etc/passwd", "HTTPSS://h/"] {
        assert_eq!(with(bad), format!("{start}must begin with https:// or http://"), "{bad}");
    }
    assert_eq!(
        with("https://user:5ec2e7@h.example/"),
        format!("{start}has credentials in it; put them into token_file")
    );
    for bad in ["https://h.example:0/", "https://h.example:/", "https://h.example:99999/"] {
        let mistake = with(bad);
        assert!(mistake.starts_with(start) && !mistake.contains("h.example"), "{bad}: {mistake}");
    }
}

#[test]
fn an_address_shows_neither_path_nor_query() {
    let url: WebhookUrl =
        "https://hooks.example.com:8443/services/T00/5ec2e7?key=5ec2e7".parse().unwrap();
    assert_eq!(url.to_string(), "https://hooks.example.com:8443/…");
    assert_eq!(format!("{url:?}"), "\"https://hooks.example.com:8443/…\"");
    assert_eq!(
        "http://127.0.0.1:9000".parse::<WebhookUrl>().unwrap().to_string(),
        "http://127.0.0.1:9000/"
    );
}

#[test]
fn a_token_comes_from_a_file_or_the_environment_but_not_from_both() {
    let from_file = webhook(&Given::file(&format!("{HOOK}token_file = \"/run/token\"\n")));
    assert_eq!(from_file.token_source(), Some(SecretSource::File(PathBuf::from("/run/token"))));
    let given = Given::file(HOOK).and_variable("RINGPROOF_GATEWAY__HOOK__TOKEN", "abc");
    assert_eq!(webhook(&given).token_source().unwrap().read().unwrap().expose(), "abc");
    let both = Given::file(&format!("{HOOK}token_file = \"/t\"\n"))
        .and_variable("RINGPROOF_GATEWAY__HOOK__TOKEN", "abc");
    assert_eq!(
        both.mistakes(),
        "FILE:5: gateway.hook.token_file: stands beside a token from the environment; keep one of the two"
    );
    assert_eq!(
        Given::file(HOOK)
            .and_variable("RINGPROOF_GATEWAY__HOOK__TOKEN", "5ec2e7 5ec2e7")
            .mistakes(),
        "RINGPROOF_GATEWAY__HOOK__TOKEN: gateway.hook.token: the environment variable does not hold a secret: 1 to \
         4096 visible ASCII characters are needed"
    );
    assert_eq!(
        hook_with("token = \"5ec2e7\""),
        "FILE:5: gateway.hook.token: a secret cannot stand in the configuration; set RINGPROOF_GATEWAY__HOOK__TOKEN, or \
         name a file that holds it"
    );
}

#[test]
fn mistakes_in_a_block_are_named_with_gateway_and_line() {
    assert_eq!(
        hook_with("ulr = \"x\""),
        "FILE:5: gateway.hook.ulr: unknown key, did you mean url?"
    );
    assert_eq!(
        hook_with("batch_max = \"64\""),
        "FILE:5: gateway.hook.batch_max: must be a whole number, not a text"
    );
    assert_eq!(
        mistakes_in(&format!("{INBOX}url = \"https://h.example/\"\n")),
        "FILE:4: gateway.inbox.url: unknown key; a gateway of kind \"inbox\" has allow_beside_real, kind, name"
    );
    assert_eq!(
        mistakes_in("\n[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\n"),
        "FILE:2: gateway.hook.url: is missing; a gateway of kind \"webhook\" needs it"
    );
    assert_eq!(
        mistakes_in("[[gateway]]\nname = \"hook\"\n"),
        "FILE:1: gateway.hook.kind: is missing; write \"inbox\", \"webhook\" or \"smpp\""
    );
    assert_eq!(
        mistakes_in("[[gateway]]\nname = \"hook\"\nkind = \"smtp\"\n"),
        "FILE:3: gateway.hook.kind: \"smtp\" is not a kind of gateway; write \"inbox\", \"webhook\" or \"smpp\""
    );
    assert_eq!(
        mistakes_in("[[gateway]]\nkind = \"inbox\"\n"),
        "FILE:1: gateway: has no name; write name = \"…\" into the block"
    );
    assert_eq!(
        mistakes_in(&format!("{HOOK}{HOOK}")),
        "FILE:5: gateway.hook: is there twice; names of gateways must differ"
    );
    assert_eq!(
        mistakes_in("[gateway]\nname = \"hook\"\n"),
        "FILE:1: gateway: must be written as [[gateway]], with two brackets"
    );
    assert_eq!(
        mistakes_in("[[gatway]]\nname = \"hook\"\n"),
        "FILE:1: gatway: unknown section, did you mean [[gateway]]?"
    );
}

#[test]
fn a_name_is_short_and_plain() {
    let with =
        |name: &str| Given::file(&INBOX.replace("\"inbox\"\nkind", &format!("{name:?}\nkind")));
    for good in ["a", "0-1_x", &"a".repeat(32)] {
        assert!(with(good).load().is_ok(), "{good}");
    }
    for bad in ["", "Hook", "-a", "a b", "ä", "a.b", &"a".repeat(33)] {
        let mistake = with(bad).mistakes();
        assert!(
            mistake.contains("cannot be a name; give 1 to 32 lower-case letters, digits, - and _"),
            "{mistake}"
        );
        assert!(mistake.starts_with("FILE:2: "), "{mistake}");
    }
}

#[test]
fn there_are_at_most_64_gateways() {
    let many = |count: usize| {
        (0..count)
            .map(|index| HOOK.replace("\"hook\"", &format!("\"h{index}\"")))
            .collect::<String>()
    };
    assert_eq!(Given::file(&many(64)).config().gateway.len(), 64);
    assert!(mistakes_in(&many(65)).ends_with("gateway: 65 gateways are too many; 64 are allowed"));
}
