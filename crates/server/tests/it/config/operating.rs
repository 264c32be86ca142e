//! Every configuration that `docs/OPERATING.md` shows is one that `ringproof config check` takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ringproof_server::config::{Config, Problems};

use super::Given;

/// Where the manual keeps secrets, and other files.
const SECRETS: &str = "/run/secrets/";
const FILES: &str = "/etc/ringproof/";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The blocks of TOML in a text.
fn blocks(text: &str) -> Vec<String> {
    let after = text.split("\n```toml\n").skip(1);
    after.map(|rest| rest.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

/// The text from one heading of the second level to the next.
fn chapter<'a>(manual: &'a str, name: &str) -> &'a str {
    let begin = manual.find(&format!("\n## {name}\n")).expect("the chapter is there") + 1;
    let length = manual[begin..].find("\n## ").unwrap_or(manual.len() - begin);
    &manual[begin..begin + length]
}

/// A folder in which the files that the manual names are.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The configuration with its files in this folder; makes each secret that it names, and
    /// copies each description from those that the manual says are shipped.
    fn settle(&self, block: &str) -> String {
        let place = |folder: &str| format!("{}{folder}", self.0.path().display());
        fs::create_dir_all(place(SECRETS)).unwrap();
        fs::create_dir_all(place(FILES)).unwrap();
        for rest in block.split(SECRETS).skip(1) {
            let name = rest.split(['"', '\'', ',']).next().unwrap();
            // As long as SMPP takes.
            fs::write(place(SECRETS) + name, "01234567").unwrap();
        }
        for rest in block.split(FILES).skip(1) {
            let name = rest.split('"').next().unwrap();
            let shipped = docs().join("gateways").join(name);
            if shipped.is_file() {
                fs::copy(shipped, place(FILES) + name).unwrap();
            }
        }
        block.replace(SECRETS, &place(SECRETS)).replace(FILES, &place(FILES))
    }

    /// What `config check` finds, the files included.
    fn check(&self, block: &str) -> Result<Config, Problems> {
        let loaded = Given::file(&self.settle(block)).load()?;
        let in_files = loaded.config.check_files();
        if in_files.0.is_empty() { Ok(loaded.config) } else { Err(in_files) }
    }
}

fn manual() -> String {
    fs::read_to_string(docs().join("OPERATING.md")).unwrap()
}

/// Rows of the manual that are no configuration but what a gateway's `codes_file` holds.
fn is_codes(block: &str) -> bool {
    block.starts_with("[codes]\n") && block.contains("[causes]\n")
}

#[test]
fn the_worked_gateways_of_the_manual_are_taken_each_alone_and_all_together() {
    let (manual, machine) = (manual(), Machine::new());
    let blocks = blocks(chapter(&manual, "Routes"));
    let (codes, blocks): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|block| is_codes(block));
    let (routes, gateways): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|block| block.starts_with("[[route]]"));
    let mut kinds = BTreeSet::new();
    for block in &gateways {
        let config = machine.check(block).unwrap_or_else(|problems| panic!("{problems}\n{block}"));
        assert_eq!(config.gateway.len(), 1, "{block}");
        let kind = block.lines().find_map(|line| line.strip_prefix("kind = ")).unwrap();
        kinds.insert(kind.trim_matches('"').to_owned());
    }
    let expected =
        ["aws", "generic", "infobip", "messente", "messente-older", "smpp", "twilio", "vonage"];
    assert!(kinds.iter().map(String::as_str).eq(expected), "one of each kind: {kinds:?}");

    // The routes name gateways of the chapter.
    assert_eq!(routes.len(), 1);
    let whole = [routes, gateways].concat().concat();
    let config = machine.check(&whole).unwrap_or_else(|problems| panic!("{problems}\n{whole}"));
    assert_eq!((config.gateway.len(), config.route.len()), (8, 2));

    // The rows take the place of those that are shipped.
    let [codes] = codes.as_slice() else { panic!("{codes:?}") };
    let file = machine.0.path().join("codes.toml");
    fs::write(&file, codes).unwrap();
    let twilio = |block: &&str| block.contains("kind = \"twilio\"");
    let twilio = whole.split("[[gateway]]").find(twilio).unwrap();
    let with_codes = format!("[[gateway]]{twilio}codes_file = {file:?}\n");
    machine.check(&with_codes).unwrap_or_else(|problems| panic!("{problems}\n{codes}"));
}

#[test]
fn every_configuration_of_the_manual_is_taken() {
    let manual = manual();
    let all = blocks(&manual);
    assert!(all.len() >= 14, "{}", all.len());
    // Routes are tried with the gateways that they name.
    let alone = |block: &&String| !is_codes(block) && !block.starts_with("[[route]]");
    for block in all.iter().filter(alone) {
        if let Err(problems) = Given::file(block).load() {
            panic!("{problems}\n{block}");
        }
    }
}

#[test]
fn a_key_that_is_none_and_a_secret_that_is_missing_are_found() {
    let machine = Machine::new();
    let good = "[[gateway]]\nname = \"m\"\nkind = \"messente\"\nusername = \"user\"\n\
                password_file = \"/run/secrets/m\"\n";
    assert!(machine.check(good).is_ok());
    assert!(machine.check(&good.replace("username", "user_name")).is_err());
    let missing = good.replace(SECRETS, "/run/no-secrets/");
    assert!(machine.check(&missing).is_err());
}
