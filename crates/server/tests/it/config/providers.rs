//! Providers over HTTP: what each needs, how mistakes are named, and what their files may hold.

use std::collections::HashMap;
use std::path::Path;

use ringproof_server::config::{Config, GatewayConfig, schema};
use serde_json::Value;

use super::{Given, mistakes_in};

const SID: &str = "AC00000000000000000000000000000001";

/// One good block of each kind, the secrets in files.
const BLOCKS: [(&str, &str); 7] = [
    ("twilio", "account_sid = \"AC00000000000000000000000000000001\"\nauth_token_file = \"/s\"\n"),
    ("vonage", "account_key = \"abcd1234\"\napi_secret_file = \"/s\"\n"),
    ("messente", "username = \"user\"\npassword_file = \"/s\"\n"),
    ("messente-older", "username = \"user\"\npassword_file = \"/s\"\n"),
    ("infobip", "base_url = \"https://x.api.infobip.com\"\napi_key_file = \"/s\"\n"),
    (
        "aws",
        "region = \"eu-west-1\"\naccess_key_id = \"AKIDEXAMPLE\"\nsecret_access_key_file = \"/s\"\n",
    ),
    ("generic", "description_file = \"/d.toml\"\n"),
];

fn block(kind: &str, rest: &str) -> String {
    format!("[[gateway]]\nname = \"gw\"\nkind = \"{kind}\"\n{rest}")
}

/// What is wrong with the good block of a kind that has this line too.
fn with_line(kind: &str, line: &str) -> String {
    let (_, rest) = BLOCKS.iter().find(|(known, _)| *known == kind).unwrap();
    mistakes_in(&block(kind, &format!("{rest}{line}\n")))
}

#[test]
fn each_kind_is_taken_with_what_it_needs_and_has_the_common_defaults() {
    for (kind, rest) in BLOCKS {
        let config = Given::file(&block(kind, rest)).config();
        let calls = config.gateway[0].provider().unwrap().calls().clone();
        assert_eq!((calls.connections, calls.messages_per_second), (4, 0), "{kind}");
        assert!(!calls.allow_plain_http && config.gateway[0].price().is_none(), "{kind}");
        assert!(config.has_real_gateway(), "{kind}");
        let common = "connections = 9\nmessages_per_second = 50\nprice_per_part = 0.045\n";
        let config = Given::file(&block(kind, &format!("{rest}{common}"))).config();
        let calls = config.gateway[0].provider().unwrap().calls().clone();
        assert_eq!((calls.connections, calls.messages_per_second), (9, 50), "{kind}");
        assert_eq!(config.gateway[0].price(), Some(4_500), "{kind}");
    }
}

/// A code that is entered at another server is not told, and AWS counts it as failed.
#[test]
fn feedback_is_on_unless_other_servers_may_have_the_same_data() {
    let told = |kind: &str, rest: &str, line: &str, head: &str| {
        let config = Given::file(&format!("{head}{}{line}\n", block(kind, rest))).config();
        let provider = config.gateway[0].provider().unwrap().sample().unwrap().unwrap();
        (provider.takes_conversions(), config.warnings())
    };
    let shared = "[data]\npostgres = \"postgres://ringproof@db.example:5432/ringproof\"\n";
    let warning = "gateway.gw.feedback: codes that are entered at another server are not told; write feedback = false \
                   unless this is the only server on data.postgres";
    for (kind, rest) in BLOCKS.into_iter().filter(|(k, _)| ["twilio", "vonage", "aws"].contains(k))
    {
        let is_on = kind != "vonage";
        assert_eq!(told(kind, rest, "", ""), (is_on, vec![]), "{kind}");
        assert_eq!(told(kind, rest, "", shared), (false, vec![]), "{kind}");
        assert_eq!(told(kind, rest, "feedback = true", ""), (true, vec![]), "{kind}");
        let warned = (true, vec![warning.to_owned()]);
        assert_eq!(told(kind, rest, "feedback = true", shared), warned, "{kind}");
        for head in ["", shared] {
            assert_eq!(told(kind, rest, "feedback = false", head), (false, vec![]), "{kind}");
        }
    }
    // Also if it is named on the command line.
    let mut given = Given::file(&block(BLOCKS[0].0, BLOCKS[0].1));
    given.flags.postgres = Some("postgres://ringproof@db.example:5432/ringproof".to_owned());
    let config = given.config();
    assert!(!config.gateway[0].provider().unwrap().sample().unwrap().unwrap().takes_conversions());
}

#[test]
fn what_is_missing_is_named_with_gateway_and_line() {
    for (kind, key) in [
        ("twilio", "account_sid"),
        ("vonage", "account_key"),
        ("messente", "username"),
        ("messente-older", "username"),
        ("infobip", "base_url"),
        ("aws", "access_key_id"),
    ] {
        let mistakes = mistakes_in(&format!("\n{}", block(kind, "")));
        let line =
            format!("FILE:2: gateway.gw.{key}: is missing; a gateway of kind \"{kind}\" needs it");
        assert!(mistakes.lines().any(|found| found == line), "{mistakes}");
    }
    assert_eq!(
        mistakes_in(&block("generic", "")),
        "FILE:1: gateway.gw.description_file: is missing; name a description, such as a copy of one in docs/gateways"
    );
}

#[test]
fn a_secret_is_needed_and_comes_from_a_file_or_the_environment() {
    for (kind, rest, name) in [
        ("twilio", format!("account_sid = \"{SID}\"\n"), "auth_token"),
        ("vonage", "account_key = \"abcd1234\"\n".to_owned(), "api_secret"),
        ("vonage", "account_key = \"a\"\nsign_requests = true\n".to_owned(), "signature_secret"),
        ("messente", "username = \"u\"\n".to_owned(), "password"),
        ("messente-older", "username = \"u\"\n".to_owned(), "password"),
        ("infobip", "base_url = \"https://x.api.infobip.com\"\n".to_owned(), "api_key"),
        (
            "aws",
            "region = \"eu-west-1\"\naccess_key_id = \"AKID\"\n".to_owned(),
            "secret_access_key",
        ),
    ] {
        let (text, variable) = (block(kind, &rest), name.to_ascii_uppercase());
        let variable = format!("RINGPROOF_GATEWAY__GW__{variable}");
        assert_eq!(
            mistakes_in(&text),
            format!(
                "FILE:1: gateway.gw.{name}_file: is missing; name a file with the secret, or set {variable}"
            )
        );
        let given = Given::file(&text).and_variable(&variable, "5ec2e7");
        let loaded = given.load().unwrap();
        assert!(!format!("{:?} {}", loaded.config, loaded.print()).contains("5ec2e7"), "{kind}");
        let in_file = mistakes_in(&format!("{text}{name} = \"5ec2e7\"\n"));
        let refused = format!("gateway.gw.{name}: a secret cannot stand in the configuration");
        assert!(in_file.contains(&refused) && !in_file.contains("5ec2e7"), "{in_file}");
        let both = Given::file(&format!("{text}{name}_file = \"/s\"\n"));
        let both = both.and_variable(&variable, "5ec2e7").mistakes();
        assert!(both.contains("from the environment; keep one of the two"), "{both}");
    }
}

#[test]
fn values_that_cannot_be_are_named_with_what_to_write() {
    for (kind, line, key, says) in [
        ("twilio", "from = \"+12\"", "from", "must be a number as +15005550006"),
        ("twilio", "api_key_sid = \"SK1\"", "api_key_secret_file", "is missing; name a file"),
        (
            "twilio",
            "api_key_sid = \"SK1\"\napi_key_secret_file = \"/s\"",
            "api_key_sid",
            "must be SK and 32 hex digits",
        ),
        ("twilio", "api_key_secret_file = \"/s\"", "api_key_sid", "is missing beside"),
        (
            "twilio",
            "from = \"a\"\nmessaging_service_sid = \"MG1\"",
            "from",
            "stands beside messaging_service_sid; keep one of the two",
        ),
        ("vonage", "signature_algorithm = \"md4\"", "signature_algorithm", "write \"md5hash\""),
        ("vonage", "from = \"a name that is long\"", "from", "must be a number of up to 15"),
        ("vonage", "entity_id = \"a b\"", "entity_id", "must be printable characters"),
        ("vonage", "signature_secret_other_file = \"/s\"", "signature_secret_file", "is missing"),
        ("messente", "base_url = \"http://a.example\"", "base_url", "must begin with https://"),
        ("messente-older", "backup_url = \"nowhere\"", "backup_url", "is no address; write one"),
        ("infobip", "india_template_id = \"1\"", "india_entity_id", "is missing beside"),
        ("aws", "topic_arn = \"arn:x\"", "topic_arn", "write it like `arn:aws:sns:"),
        ("aws", "max_price = \"much\"", "max_price", "must be written like `0.50`"),
        ("aws", "country_parameters = [\"IN\"]", "country_parameters", "write it like \"IN_ENT"),
        ("generic", "var_files = [\"key\"]", "var_files", "write it like \"key=/run/secrets/key\""),
        ("generic", "codes_file = \"/c\"", "codes_file", "unknown key"),
        ("infobip", "connections = 257", "connections", "257 is outside 1 to 256 requests"),
        (
            "aws",
            "messages_per_second = 10001",
            "messages_per_second",
            "outside 0 to 10000 messages",
        ),
        ("vonage", "price_per_part = 101", "price_per_part", "101 is outside 0 to 100 euro"),
        ("messente", "connection = 1", "connection", "unknown key, did you mean connections?"),
    ] {
        let mistake = with_line(kind, line);
        let start = format!("gateway.gw.{key}: ");
        assert!(mistake.contains(&start) && mistake.contains(says), "{kind}, {line}: {mistake}");
        assert!(mistake.starts_with("FILE:"), "{mistake}");
    }
}

#[test]
fn plain_http_goes_to_this_machine_or_where_it_is_allowed() {
    for near in ["http://127.0.0.1:9/", "http://[::1]:9", "http://localhost:9"] {
        let rest = format!("base_url = \"{near}\"\napi_key_file = \"/s\"\n");
        assert!(Given::file(&block("infobip", &rest)).load().is_ok(), "{near}");
    }
    let far = "base_url = \"http://10.0.0.1\"\napi_key_file = \"/s\"\n";
    assert!(mistakes_in(&block("infobip", far)).contains("must begin with https://"));
    let allowed = format!("{far}allow_plain_http = true\n");
    assert!(Given::file(&block("infobip", &allowed)).load().is_ok());
}

#[test]
fn the_public_address_is_https_and_short_enough_for_the_provider() {
    let with =
        |url: &str, more: &str| Given::file(&format!("[server]\npublic_url = \"{url}\"\n{more}"));
    let config = with("https://verify.example.com/otp/", "").config();
    let base = config.server.public_url.map(|url| url.callback_base("twilio"));
    assert_eq!(base.as_deref(), Some("https://verify.example.com/otp/dlr/twilio"));
    assert!(with("http://127.0.0.1:8080", "").load().is_ok());
    assert!(Given::nothing().config().server.public_url.is_none());
    for (url, says) in [
        ("verify.example.com", "is no address; write one such as https://verify.example.com"),
        ("ftp://verify.example.com", "is no address"),
        ("https://verify.example.com/?a", "must have neither user, query nor fragment"),
        ("https://u:p@verify.example.com/", "must have neither user, query nor fragment"),
        ("http://verify.example.com", "would carry receipts over plain http; use https://"),
    ] {
        let mistake = with(url, "").mistakes();
        assert!(mistake.starts_with("FILE:2: server.public_url: "), "{mistake}");
        assert!(mistake.contains(says), "{url}: {mistake}");
    }
    assert!(with("http://verify.example.com", "allow_plain_http = true\n").load().is_ok());
    // 100 characters are what Vonage takes, 43 of them the tag.
    let vonage = block("vonage", BLOCKS[1].1);
    let host = |chars: usize| format!("https://{}.example", "a".repeat(chars - 16));
    assert!(with(&host(49), &vonage).load().is_ok());
    let mistake = with(&host(50), &vonage).mistakes();
    assert!(
        mistake.contains("gateway.gw.name: makes the address for receipts 101 characters long, and this provider takes 100"),
        "{mistake}"
    );
    assert!(with(&host(50), &block("twilio", BLOCKS[0].1)).load().is_ok());
}

/// What is wrong with the files that a gateway names.
fn files_of(config: &Config, folder: &Path) -> String {
    config.check_files().to_string().replace(&folder.display().to_string(), "DIR")
}

#[test]
fn files_are_looked_at_and_told_without_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("secret"), "5ec2e7\n").unwrap();
    let text = |codes: &str| {
        let rest = format!(
            "username = \"u\"\npassword_file = \"{}\"\ncodes_file = \"{}\"\n",
            path("secret"),
            path(codes)
        );
        Given::file(&block("messente", &rest)).config()
    };
    assert_eq!(
        files_of(&text("none"), folder.path()),
        "configuration: gateway.gw.codes_file: could not read DIR/none: No such file or directory (os error 2)"
    );
    std::fs::write(path("codes"), "[codes]\n101 = \"refuse\"\n").unwrap();
    let wrong = files_of(&text("codes"), folder.path());
    assert!(wrong.contains("gateway.gw.codes_file: row 101 of section [codes]"), "{wrong}");
    std::fs::write(path("codes"), "[codes]\n101 = \"refused_dest\"\n").unwrap();
    assert!(text("codes").check_files().is_empty());
    std::fs::write(path("secret"), "5ec2e7 5ec2e7\n").unwrap();
    let wrong = files_of(&text("codes"), folder.path());
    assert!(
        wrong.contains("gateway.gw.password_file: DIR/secret does not hold a secret"),
        "{wrong}"
    );
    assert!(!wrong.contains("5ec2e7"), "{wrong}");
}

#[test]
fn a_description_gets_its_values_from_files_and_says_what_is_wrong_with_it() {
    const GOOD: &str = "url = \"https://sms.example.com/{{var.account}}\"\n\
        headers = { Authorization = \"Basic {{var.key}}\" }\n\
        body.form = { text = \"{{text}}\", dlr = \"{{callback_url}}\" }\n\
        results = [{ when = { http = 200 }, outcome = \"accepted\" }]\n\
        [vars]\naccount = \"mine\"\n\
        [callback]\nauth.basic = { user = \"u\", password = \"{{var.back}}\" }\n\
        states = [{ state = \"delivered\" }]\n";
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("key"), "5ec2 e7==\n").unwrap();
    let given = |files: &str| {
        let rest = format!("description_file = \"{}\"\nvar_files = [{files}]\n", path("d.toml"));
        Given::file(&block("generic", &rest))
    };
    let (one, two) = (format!("\"key={}\"", path("key")), format!("\"back={}\"", path("key")));
    let both = format!("{one}, {two}");
    let told = |description: &str, files: &str| {
        std::fs::write(path("d.toml"), description).unwrap();
        files_of(&given(files).config(), folder.path())
    };
    std::fs::write(path("d.toml"), GOOD).unwrap();
    assert_eq!(given(&both).config().check_files().to_string(), "configuration: 0 mistakes");
    let from_environment =
        given("").and_variable("RINGPROOF_GATEWAY__GW__VARS", "key = \"5ec2\"\nback = \"5ec3\"\n");
    assert!(from_environment.config().check_files().is_empty());
    assert!(!from_environment.load().unwrap().print().contains("5ec2"));
    let start = "configuration: gateway.gw.description_file: DIR/d.toml: ";
    for (description, files, says) in [
        (GOOD.to_owned(), two.as_str(), "headers.Authorization names {{var.key}}, which is not in"),
        (GOOD.to_owned(), one.as_str(), "callback.auth names {{var.back}}, which is in no vars"),
        (GOOD.replace("accepted", "fine"), both.as_str(), "results[0].outcome must be one of"),
        (GOOD.replace("url = ", "ulr = "), both.as_str(), "unknown field `ulr`"),
        (format!("a = 1\nsecret 5ec2e7\n{GOOD}"), both.as_str(), "line 2 is not TOML"),
    ] {
        let told = told(&description, files);
        assert!(told.starts_with(start) && told.contains(says), "{told}");
        assert!(!told.contains("5ec2"), "{told}");
    }
}

#[test]
fn the_descriptions_in_the_manual_can_be_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gateways");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let known = ["46elks", "messagebird", "plivo", "sinch", "telnyx"];
    assert_eq!(names, known.map(|name| format!("{name}.toml")));
    for name in names {
        let rest = format!("description_file = \"{}\"\n", folder.join(&name).display());
        let config = Given::file(&block("generic", &rest)).config();
        assert!(config.check_files().is_empty(), "{name}: {}", config.check_files());
    }
}

/// A variable is looked up by its name alone.
#[test]
fn a_key_is_a_secret_in_all_kinds_or_in_none() {
    let open = schema();
    let kinds = open["properties"]["gateway"]["items"]["oneOf"].as_array().unwrap();
    let mut types: HashMap<&str, &Value> = HashMap::new();
    let secrets = ["token", "receipt_token", "auth_token", "auth_token_other", "api_key_secret"];
    let more = ["api_secret", "signature_secret", "signature_secret_other", "password", "api_key"];
    for kind in kinds {
        for (name, property) in kind["properties"].as_object().unwrap() {
            let before = types.entry(name).or_insert(&property["type"]);
            assert_eq!(*before, &property["type"], "{name} is not the same in all kinds");
            let is_secret = secrets.iter().chain(&more).any(|secret| secret == name)
                || ["secret_access_key", "vars"].contains(&name.as_str());
            assert!(
                !is_secret,
                "{name} is a secret, and shown as a plain key of {}",
                kind["properties"]["kind"]
            );
        }
    }
    assert!(matches!(
        Given::file(&block("aws", BLOCKS[5].1)).config().gateway[0],
        GatewayConfig::Aws(_)
    ));
}
