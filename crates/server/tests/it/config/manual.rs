//! `docs/CONFIG.md` is made from the schema, so that it names every key with its true default and range. The
//! default file is checked against the schema too: it must show every key.
//!
//! After a change: `UPDATE_DOCS=1 cargo test -p ringproof-server --test it manual`.

use std::fmt::Write as _;
use std::path::Path;

use ringproof_server::config::{DEFAULT_FILE, schema};
use serde_json::Value;

use super::Given;

const INTRODUCTION: &str = "\
# Configuration

<!-- Made from the schema by crates/server/tests/it/config/manual.rs; edit the fields' doc comments instead. -->

Ringproof runs without any configuration. What you change can be given in three ways; each wins over the one before:

1. a TOML file: `ringproof --config FILE serve`, or `RINGPROOF_CONFIG=FILE`; no file is read unless it is named;
2. environment variables `RINGPROOF_SECTION__KEY`, with two underscores between the parts, such as
   `RINGPROOF_SERVER__LISTEN=0.0.0.0:8080` or `RINGPROOF_SERVER__TLS__CERT_FILE=/etc/cert.pem`. Lists are separated by
   commas, or written as in TOML. `RINGPROOF_DATA` is short for `data.dir` and `RINGPROOF_LOG` for `log.level`;
3. flags: `--data`, `--listen`.

Anything unknown is an error that names the key, its place and the nearest known key. `ringproof config check` reads
everything and lists all mistakes at once; `ringproof config print` shows what is in effect, where each value came from,
and no secret; `ringproof config schema` prints a JSON Schema for your editor. The file with all defaults and their
explanations is [`ringproof.default.toml`](../crates/server/src/ringproof.default.toml).

*Allowed* are the hard limits; values beyond them are refused at the start. D-n is the number of the security rule behind
a limit. Paths are relative to the folder the program was started in. `SIGHUP` reads codes, limits, the message, gateways
with their tokens, inbound numbers, what accounts have, and certificates again; everything else needs a restart.

**Secrets** never stand in the configuration file. They come from files of their own (`root_key_file`,
`postgres_password_file`, `token_file`, `receipt_token_file`, `secret_file`, `server.tls.key_file`, and those of the kinds of
gateways, such as `password_file` and `auth_token_file`) or from the environment: `RINGPROOF_ROOT_KEY` holds the root key as
64 hex digits, and `RINGPROOF_DATA__POSTGRES_PASSWORD` the password of a PostgreSQL. A secret of a gateway `NAME` has the name
of its file's key without `_file`, such as `RINGPROOF_GATEWAY__NAME__TOKEN` for `token_file`; that of the inbound number
`NUMBER` is `RINGPROOF_INBOUND__NUMBER__SECRET`, and that of the captcha `RINGPROOF_WIDGET__CAPTCHA__SECRET`.
";

const GATEWAYS: &str = "
## `[[gateway]]`

The ways out for messages, in the order they are tried; one block each, at most 64. There is none by default: `serve` says
so, and `serve --dev` adds an inbox. From the environment, `RINGPROOF_GATEWAY__HOOK__URL` sets the key `url` of the gateway
`hook` (`-` in a name is written `_`), and makes that gateway if the file has none of the name.

An inbox shows codes to whoever opens its page. It is refused beside gateways that send real messages, unless
`allow_beside_real = true` stands on it.
";

const ROUTES: &str = "
## `[[route]]`

Which gateways carry the messages to some numbers; one block each, at most 1,000. Without any, all gateways carry all
messages, in the order of the file. [OPERATING](OPERATING.md#routes) has the rules. `SIGHUP` puts changes in force.

";

const ACCOUNTS: &str = "
## `[[account]]`

What accounts have beside what the database says of them, for lists that are kept in files; one block each, at most 1,000.
`ringproof account create` makes the account; `ringproof doctor` says which blocks name none. From the environment,
`RINGPROOF_ACCOUNT__SHOP__SENDERS` sets the key `senders` of the account `shop` (signs in a name are written `_`). `SIGHUP`
puts changes in force.

";

const INBOUND: &str = "
## `[[inbound]]`

The numbers to which persons write, and the address that gets what they write; one block each, at most 1,000. Each needs a
secret: a file, or `RINGPROOF_INBOUND__1234__SECRET` for the number `1234` (a `+` is left out).

";

const SECTIONS: [&str; 15] = [
    "server",
    "server.tls",
    "server.limits",
    "data",
    "codes",
    "limits",
    "auth",
    "sms",
    "number",
    "sms_api",
    "push",
    "widget",
    "widget.captcha",
    "reports",
    "log",
];

fn manual() -> String {
    let schema = schema();
    let mut out = INTRODUCTION.to_owned();
    for section in SECTIONS {
        let about = &schema.section(section);
        let _ = write!(out, "\n## `[{section}]`\n\n{}\n\n", sentence(&about["description"]));
        table(&mut out, about, section);
        if section == "reports" {
            out.push_str(GATEWAYS);
            for kind in schema["properties"]["gateway"]["items"]["oneOf"].as_array().unwrap() {
                let name = kind["properties"]["kind"]["const"].as_str().unwrap();
                let _ = write!(
                    out,
                    "\n### `kind = \"{name}\"`\n\n{}\n\n",
                    sentence(&kind["description"])
                );
                table(&mut out, kind, "[[gateway]]");
            }
            for (list, about) in [("route", ROUTES), ("account", ACCOUNTS), ("inbound", INBOUND)] {
                out.push_str(about);
                let block = &schema["properties"][list]["items"];
                table(&mut out, block, &format!("[[{list}]]"));
            }
        }
    }
    out
}

/// Looks a section up by its dotted name.
trait Section {
    fn section(&self, path: &str) -> Value;
}

impl Section for Value {
    fn section(&self, path: &str) -> Value {
        path.split('.').fold(self.clone(), |schema, name| schema["properties"][name].clone())
    }
}

fn table(out: &mut String, section: &Value, path: &str) {
    out.push_str("| key | default | allowed | meaning |\n| --- | --- | --- | --- |\n");
    let required = section["required"].as_array();
    let mut keys: Vec<(&String, &Value)> =
        section["properties"].as_object().unwrap().iter().collect();
    keys.retain(|(_, property)| {
        property.get("properties").is_none() && property.get("const").is_none()
    });
    keys.sort_by_key(|(name, _)| position(path, name));
    for (name, property) in keys {
        let is_required = required.is_some_and(|required| required.iter().any(|key| key == name));
        let default = match &property["default"] {
            Value::Null if is_required => "needed".to_owned(),
            Value::Null => "empty".to_owned(),
            value => format!("`{value}`").replace(',', ", "),
        };
        let meaning = sentence(&property["description"]);
        let _ = writeln!(out, "| `{name}` | {default} | {} | {meaning} |", allowed(property));
    }
}

/// Where the default file explains a key of a section (or shows it in a block's example).
fn position(section: &str, key: &str) -> usize {
    let is_block = section.starts_with('[');
    let from = if is_block { format!("# {section}") } else { format!("\n[{section}]\n") };
    let from =
        DEFAULT_FILE.find(&from).unwrap_or_else(|| panic!("the default file has no {from:?}"));
    let line = if is_block { format!("\n# {key} = ") } else { format!("\n{key} = ") };
    let found = DEFAULT_FILE[from..].find(&line);
    from + found.unwrap_or_else(|| panic!("the default file does not show {key:?} in [{section}]"))
}

fn allowed(property: &Value) -> String {
    let rule = property["x-rule"].as_str().map(|rule| format!(" ({rule})")).unwrap_or_default();
    let unit = property["x-unit"].as_str().map(|unit| format!(" {unit}")).unwrap_or_default();
    let range = |schema: &Value| {
        format!("{} to {}{unit}", grouped(&schema["minimum"]), grouped(&schema["maximum"]))
    };
    match property["type"].as_str() {
        Some("integer" | "number") => format!("{}{rule}", range(property)),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("array") if property["items"]["type"] == "integer" => {
            let (min, max) = (&property["minItems"], &property["maxItems"]);
            format!("{min} to {max} values, each {}{rule}", range(&property["items"]))
        }
        Some("array") => format!("list of up to {}", property["maxItems"]),
        _ => {
            let documented =
                property["oneOf"].as_array().into_iter().flatten().map(|choice| &choice["const"]);
            let plain = property["enum"].as_array().into_iter().flatten();
            let choices: Vec<String> =
                documented.chain(plain).map(|choice| format!("`{choice}`")).collect();
            if choices.is_empty() { "text".to_owned() } else { choices.join(", ") }
        }
    }
}

/// 1000000000 as 1,000,000,000.
fn grouped(number: &Value) -> String {
    let digits = number.to_string();
    let digits = digits.trim_end_matches(".0");
    let split: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
    split.join(",")
}

fn sentence(description: &Value) -> String {
    description
        .as_str()
        .expect("every key has a doc comment")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_manual_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONFIG.md");
    let made = manual();
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer's switch of this test, not a setting"
    )]
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap();
    assert!(stored == made, "docs/CONFIG.md is out of date; run this test with UPDATE_DOCS=1");
}

#[test]
fn the_manual_has_every_section_and_every_key() {
    let schema = schema();
    let manual = manual();
    let mut sections = Vec::new();
    sections_of(&schema, "", &mut sections);
    sections.sort_unstable();
    let mut known = SECTIONS.map(str::to_owned).to_vec();
    known.sort_unstable();
    assert_eq!(sections, known);
    // All keys: the schema's leaves, without those of a gateway.
    for section in &sections {
        for (key, property) in schema.section(section)["properties"].as_object().unwrap() {
            if property.get("properties").is_none() {
                let row = format!("| `{key}` | `{}` |", property["default"]).replace(',', ", ");
                assert!(manual.contains(&row), "{section}.{key}: no {row}");
            }
        }
    }
}

fn sections_of(schema: &Value, path: &str, found: &mut Vec<String>) {
    for (name, property) in schema["properties"].as_object().unwrap() {
        if property.get("properties").is_some() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            found.push(path.clone());
            sections_of(property, &path, found);
        }
    }
}

#[test]
fn the_examples_in_the_default_file_work() {
    let (_, gateways) =
        DEFAULT_FILE.split_once("# [[gateway]]").expect("the default file shows gateways");
    let commented = format!("# [[gateway]]{gateways}");
    let lines = commented.lines().take_while(|line| !line.starts_with("[log]"));
    let examples: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with("[[") || line.contains(" = ") && !line.contains(": "))
        .collect();
    let examples = examples.join("\n");
    let examples = examples.replace("allow_beside_real = false", "allow_beside_real = true ");
    let config = Given::file(&examples).config();
    let names: Vec<&str> =
        config.gateway.iter().map(ringproof_server::config::GatewayConfig::name).collect();
    assert_eq!(
        names,
        [
            "hook",
            "carrier",
            "twilio",
            "vonage",
            "messente",
            "messente-older",
            "infobip",
            "aws",
            "plivo",
            "inbox"
        ]
    );
    assert_eq!(config.route[0].gateways, ["carrier", "hook"]);
    assert_eq!(config.account[0].name, "shop");
    assert_eq!(
        (config.inbound[0].number.as_str(), config.inbound[0].account.as_str()),
        ("1234", "shop")
    );
}

#[test]
fn no_secret_is_in_the_schema() {
    let text = schema().to_string();
    for word in
        ["root_key\"", "\"token\"", "\"receipt_token\"", "\"password\"", "\"secret\"", "x-secret"]
    {
        assert!(!text.contains(word), "{word}");
    }
}
