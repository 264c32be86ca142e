//! Who may depend on whom, and the lints and profiles that hold everywhere.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::tree::Tree;
use super::{Finding, nothing_found, something_found};

/// Our own crates by folder: what others call them, and whom they may know.
const HOUSE: &[(&str, &str, &[&str])] = &[
    ("crates/verify", "verify", &[]),
    ("crates/smpp", "smpp", &[]),
    ("crates/store", "store", &["verify"]),
    // The library of those who call us knows the wire alone; its tests hold it against the rules.
    ("crates/client", "client", &["verify"]),
    ("crates/delivery", "delivery", &["smpp", "store", "verify"]),
    ("crates/server", "server", &["delivery", "store", "verify"]),
    // These speak to sockets, the command line and files, as a stranger would.
    ("tests", "blackbox", &[]),
    ("bench", "bench", &[]),
    // A peer of the server: it shares the words of the wire, and is started as others are.
    ("tests/smsc-sim", "smsc-sim", &["blackbox", "smpp"]),
];

/// What the rules may be built of: no runtime, no database, no HTTP, no clock, no serialisation.
const RULES_ARE_BUILT_OF: &[(&str, &str)] = &[
    ("aes-gcm", "seals codes and message texts (S-66)"),
    ("data-encoding", "base 32 of seeds and recovery codes (RFC 4648)"),
    ("hkdf", "one key per purpose (S-69)"),
    ("hmac", "keyed digests of codes, numbers and secrets (S-18)"),
    ("jiff", "the type of a time; its clock is barred by clippy.toml and by `borders`"),
    ("md-5", "widget signatures of version 1 (S-74); `shape` bars it everywhere else"),
    (
        "p256",
        "the key that push services know us by (RFC 8292), and the keys of devices (S-34, S-35)",
    ),
    ("rlibphonenumber", "the country of a number (D-31)"),
    ("sha1", "the hash under hmac in the codes of most authenticator programs (RFC 6238)"),
    ("sha2", "the hash under hmac and hkdf"),
    ("subtle", "comparisons in constant time (S-16)"),
    ("thiserror", "error types"),
    ("unicode-normalization", "composed forms and base letters of message texts (delivery.md 4.2)"),
    ("url", "the one parser of addresses that a browser is sent to (S-78)"),
    ("uuid", "the type of an id; made from bytes that are handed in"),
    ("zeroize", "wipes what was secret"),
];

/// What the wire may be built of: its bytes, its errors, and what wipes texts.
const WIRE_IS_BUILT_OF: &[(&str, &str)] =
    &[("thiserror", "error types"), ("zeroize", "wipes what was secret")];

/// What our client library may be built of: hashes, what handles secrets, and HTTP. Whoever adds it to a program adds
/// these.
const CLIENT_IS_BUILT_OF: &[(&str, &str)] = &[
    ("bytes", "bodies of hyper are made of it"),
    ("getrandom", "nonces of the widget"),
    ("hmac", "signatures of version 2"),
    ("http", "methods and headers of hyper"),
    ("http-body", "a body that tells whether it was asked for"),
    ("http-body-util", "bodies with a bound"),
    ("hyper-rustls", "HTTPS by the system's authorities"),
    ("hyper-util", "the HTTP client: keeps connections"),
    ("md-5", "signatures of version 1 (S-74)"),
    ("rustls", "an authority of the caller's own"),
    ("serde_json", "what the server answers"),
    ("sha2", "the hash under hmac"),
    ("subtle", "comparisons in constant time (S-16)"),
    ("thiserror", "error types"),
    ("tokio", "time-outs and pauses"),
    ("zeroize", "wipes what was secret"),
];

/// Features that would give a library of the rules a clock, chance or a wire format of its own.
const FEATURES_BARRED: &[(&str, &[&str])] = &[
    ("jiff", &["serde", "js", "tz-system"]),
    ("uuid", &["serde", "v1", "v4", "v6", "v7", "rng", "fast-rng"]),
    ("aes-gcm", &["getrandom", "rand_core", "os_rng"]),
    ("p256", &["getrandom", "pem", "serde", "std"]),
];

fn manifest(tree: &Tree, folder: &str) -> Option<(String, Table)> {
    let path =
        if folder.is_empty() { "Cargo.toml".to_owned() } else { format!("{folder}/Cargo.toml") };
    let table = tree.text(&path)?.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    Some((path, table))
}

/// Names of dependencies of one kind, tables for single targets included.
fn dependencies(manifest: &Table, kind: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables =
        targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table));
    for table in tables.chain([manifest]) {
        for (name, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
            all.insert(name.clone(), value.clone());
        }
    }
    all
}

/// Which of our crates a dependency is, by its name or its path.
fn house_crate(name: &str, value: &Value) -> Option<&'static str> {
    let text = |key| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let (package, path) = (text("package"), text("path"));
    let plain = |name: &str| name.strip_prefix("ringproof-").unwrap_or(name).to_owned();
    HOUSE.iter().map(|(_, known_as, _)| *known_as).find(|known_as| {
        let is_named = [name, package].iter().any(|name| plain(name) == *known_as);
        is_named || path.rsplit('/').next() == Some(known_as)
    })
}

fn wrong_ways(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, _, may_know) in HOUSE {
        let Some((path, manifest)) = manifest(tree, folder) else { continue };
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in dependencies(&manifest, kind) {
                if let Some(known) =
                    house_crate(&name, &value).filter(|known| !may_know.contains(known))
                {
                    findings.push(Finding::new(
                        &path,
                        0,
                        format!("{kind} name the crate `{known}`"),
                    ));
                }
            }
        }
    }
    findings
}

#[test]
fn dependencies_point_one_way() {
    for (folder, line) in [
        ("crates/verify", "[dependencies]\nstore = { workspace = true }"),
        ("crates/smpp", "[dependencies]\nverify = { workspace = true }"),
        ("crates/verify", "[dev-dependencies]\nringproof-smpp = { path = \"../smpp\" }"),
        ("crates/delivery", "[dev-dependencies]\nringproof-server = { path = \"../server\" }"),
        ("tests", "[dependencies]\nx = { path = \"../crates/verify\" }"),
        ("bench", "[target.'cfg(unix)'.dependencies]\nverify.workspace = true"),
    ] {
        something_found(
            &wrong_ways(&Tree::sample(&[(&format!("{folder}/Cargo.toml"), line)])),
            line,
        );
    }
    let remedy = "server → delivery → store → verify, delivery → smpp, and nobody else: move what is shared down, or \
                  hand it in (design.md section 2)";
    nothing_found(&wrong_ways(Tree::of_repository()), remedy);
}

#[test]
fn every_crate_is_a_room_of_the_house() {
    fn strangers(tree: &Tree) -> Vec<Finding> {
        let (path, root) = manifest(tree, "").expect("the root has a manifest");
        let members = root["workspace"]["members"].as_array().expect("a list").iter();
        let members: Vec<&str> = members.filter_map(Value::as_str).collect();
        let is_known = |folder: &&&str| HOUSE.iter().any(|(known, ..)| known == *folder);
        let unknown = members.iter().filter(|folder| !is_known(folder));
        let mut findings: Vec<_> = unknown
            .map(|folder| Finding::new(&path, 0, format!("{folder} is in no rule")))
            .collect();
        let has_manifest = |folder: &str| tree.text(&format!("{folder}/Cargo.toml")).is_some();
        let missing =
            HOUSE.iter().filter(|(folder, ..)| !members.contains(folder) || !has_manifest(folder));
        findings.extend(
            missing.map(|(folder, ..)| Finding::new(folder, 0, "has rules, but is no member")),
        );
        findings
    }
    let sample = "[workspace]\nmembers = [\"crates/verify\", \"crates/new\"]";
    let found = strangers(&Tree::sample(&[("Cargo.toml", sample)]));
    assert!(found.iter().any(|finding| finding.what.contains("crates/new")), "{found:?}");
    nothing_found(&strangers(Tree::of_repository()), "say in `HOUSE` whom the crate may know");
}

/// A room, and what it may be built of.
type Matter = (&'static str, &'static [(&'static str, &'static str)]);

/// What must not be added to a room without a thought; the first two reach no world at all.
const ROOMS: [(Matter, &[&str]); 3] = [
    (("crates/verify", RULES_ARE_BUILT_OF), NO_WORLD),
    (("crates/smpp", WIRE_IS_BUILT_OF), NO_WORLD),
    (
        ("crates/client", CLIENT_IS_BUILT_OF),
        &["hyper", "rusqlite", "serde", "reqwest", "url", "dotenv"],
    ),
];

const NO_WORLD: &[&str] = &["tokio", "rusqlite", "http", "serde", "getrandom", "chrono", "dotenv"];

fn foreign_matter(tree: &Tree, (folder, built_of): Matter) -> Vec<Finding> {
    let Some((path, manifest)) = manifest(tree, folder) else { return Vec::new() };
    let is_allowed = |name: &str| built_of.iter().any(|(allowed, _)| *allowed == name);
    let named = dependencies(&manifest, "dependencies").into_keys().chain(
        // A build script could read anything.
        dependencies(&manifest, "build-dependencies").into_keys(),
    );
    let foreign = named.filter(|name| !is_allowed(name));
    foreign.map(|name| Finding::new(&path, 0, format!("depends on `{name}`"))).collect()
}

#[test]
fn rules_and_wire_are_built_of_known_matter() {
    for (room, strangers) in ROOMS {
        let (folder, built_of) = room;
        for name in strangers {
            let sample = format!("[dependencies]\n{name} = {{ workspace = true }}");
            let tree = Tree::sample(&[(&format!("{folder}/Cargo.toml"), &sample)]);
            something_found(&foreign_matter(&tree, room), &sample);
        }
        let tree = Tree::of_repository();
        let remedy = "do it above this room and hand in the result; a new kind of matter gets a line with its reason \
                      in `RULES_ARE_BUILT_OF`, `WIRE_IS_BUILT_OF` or `CLIENT_IS_BUILT_OF`";
        nothing_found(&foreign_matter(tree, room), remedy);
        let (path, manifest) = manifest(tree, folder).expect("the room has a manifest");
        let used = dependencies(&manifest, "dependencies");
        let unused = built_of.iter().filter(|(name, _)| !used.contains_key(*name));
        let unused: Vec<_> =
            unused.map(|(name, _)| Finding::new(&path, 0, format!("no `{name}`"))).collect();
        nothing_found(&unused, "take its line out of what the room is built of");
    }
}

fn barred_features(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in ["", "crates/verify"] {
        let Some((path, manifest)) = manifest(tree, folder) else { continue };
        let table = manifest.get("workspace").and_then(Value::as_table).unwrap_or(&manifest);
        let named = dependencies(table, "dependencies");
        for (name, barred) in FEATURES_BARRED {
            let Some(value) = named.get(*name) else { continue };
            let features = value.get("features").and_then(Value::as_array).into_iter().flatten();
            let asked =
                features.filter_map(Value::as_str).filter(|feature| barred.contains(feature));
            findings.extend(
                asked.map(|feature| Finding::new(&path, 0, format!("{name} with `{feature}`"))),
            );
            let has_defaults =
                value.get("default-features").and_then(Value::as_bool) != Some(false);
            if has_defaults && value.get("workspace").is_none() {
                findings.push(Finding::new(&path, 0, format!("{name} with its default features")));
            }
        }
    }
    findings
}

#[test]
fn the_matter_of_the_rules_has_no_clock_chance_or_wire_format() {
    for line in [
        "uuid = \"1\"",
        "uuid = { version = \"1\", default-features = false, features = [\"v4\"] }",
    ] {
        let sample = format!("[workspace.dependencies]\n{line}");
        something_found(&barred_features(&Tree::sample(&[("Cargo.toml", &sample)])), line);
    }
    let remedy = "take the feature off: ids are made from bytes and times that the caller brings";
    nothing_found(&barred_features(Tree::of_repository()), remedy);
}

fn lax_lints(tree: &Tree) -> Vec<Finding> {
    let is_on = |table: &Table, path: &[&str], wanted: &Value| {
        let mut value = table.get(path[0]);
        for key in &path[1..] {
            value = value.and_then(|value| value.get(*key));
        }
        value == Some(wanted)
    };
    let mut findings = Vec::new();
    if let Some((path, root)) = manifest(tree, "") {
        let forbid = Value::from("forbid");
        for (keys, wanted) in [
            (&["workspace", "lints", "rust", "unsafe_code"][..], &forbid),
            (&["profile", "release", "overflow-checks"][..], &Value::from(true)),
        ] {
            if !is_on(&root, keys, wanted) {
                findings.push(Finding::new(
                    &path,
                    0,
                    format!("{} is not {wanted}", keys.join(".")),
                ));
            }
        }
    }
    for (folder, ..) in HOUSE {
        let Some((path, manifest)) = manifest(tree, folder) else { continue };
        if !is_on(&manifest, &["lints", "workspace"], &Value::from(true)) {
            findings.push(Finding::new(&path, 0, "has no `[lints] workspace = true`"));
        }
    }
    findings
}

#[test]
fn safe_rust_and_checked_arithmetic_hold_everywhere() {
    let sample = [
        (
            "Cargo.toml",
            "[workspace.lints.rust]\nunsafe_code = \"warn\"\n[profile.release]\nlto = true",
        ),
        ("crates/store/Cargo.toml", "[package]\nname = \"ringproof-store\""),
    ];
    assert_eq!(lax_lints(&Tree::sample(&sample)).len(), 3);
    let remedy = "security rule S-115: `forbid(unsafe_code)` and overflow checks in every crate and every build";
    nothing_found(&lax_lints(Tree::of_repository()), remedy);
}

#[test]
fn the_linter_bars_the_side_doors() {
    fn open(tree: &Tree) -> Vec<Finding> {
        let text = tree.text("clippy.toml").expect("the root has a clippy.toml");
        let table: Table = text.parse().expect("clippy.toml is TOML");
        let entries = table["disallowed-methods"].as_array().expect("a list").iter();
        let barred: Vec<&str> = entries
            .filter(|entry| entry.get("reason").is_some())
            .filter_map(|entry| entry.get("path").and_then(Value::as_str))
            .collect();
        let wanted = [
            "std::time::SystemTime::now",
            "jiff::Timestamp::now",
            "getrandom::fill",
            "uuid::Uuid::new_v4",
            "tokio::spawn",
            "tokio::sync::mpsc::unbounded_channel",
            "std::env::var",
            "std::process::exit",
        ];
        let open = wanted.iter().filter(|path| !barred.contains(path));
        open.map(|path| {
            Finding::new("clippy.toml", 0, format!("does not bar {path} with a reason"))
        })
        .collect()
    }
    let sample = "disallowed-methods = [{ path = \"tokio::spawn\" }]";
    assert_eq!(open(&Tree::sample(&[("clippy.toml", sample)])).len(), 8);
    nothing_found(
        &open(Tree::of_repository()),
        "put the line back; the one file that may call it says `expect`",
    );
}
