//! What `Cargo.lock` and `cargo metadata` say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use toml::Table;

use super::lists::Lists;

/// A version without what follows its three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version([u64; 3]);

impl Version {
    /// Reads one to three numbers; missing ones are 0.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let numbers = text.split(['-', '+']).next()?;
        let mut version = [0; 3];
        for (index, number) in numbers.split('.').enumerate() {
            *version.get_mut(index)? = number.parse().ok()?;
        }
        Some(Self(version))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// One crate in one version.
#[derive(Clone, Debug)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) licence: Option<String>,
    pub(super) source: Option<String>,
    pub(super) has_checksum: bool,
    pub(super) folder: PathBuf,
}

impl Crate {
    pub(super) fn sample(name: &str, version: &str, licence: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            version: Version::parse(version).expect("a sample has a version"),
            licence: licence.map(str::to_owned),
            source: None,
            has_checksum: false,
            folder: PathBuf::new(),
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Everything in `Cargo.lock`, for all systems.
pub(super) fn in_lock_file() -> Vec<Crate> {
    let text =
        std::fs::read_to_string(root().join("Cargo.lock")).expect("the root has a Cargo.lock");
    let table: Table = text.parse().expect("Cargo.lock is TOML");
    let packages = table["package"].as_array().expect("Cargo.lock lists packages").iter();
    let crates: Vec<Crate> = packages
        .map(|package| {
            let field =
                |key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
            let name = field("name").expect("a package has a name");
            let version = field("version").expect("a package has a version");
            let source = field("source");
            Crate {
                source,
                has_checksum: field("checksum").is_some(),
                ..Crate::sample(&name, &version, None)
            }
        })
        .collect();
    assert!(crates.len() > 100, "Cargo.lock lists {} packages only", crates.len());
    crates
}

/// Everything that our systems build, tests included, with licences.
pub(super) fn in_program(lists: &Lists) -> Vec<Crate> {
    let mut crates = BTreeMap::new();
    let mut reached = BTreeSet::new();
    assert!(!lists.targets.is_empty(), "deny.toml, [graph] targets is empty");
    for target in &lists.targets {
        match metadata(target) {
            Ok(found) => {
                reached.insert(target.clone());
                crates.extend(found.into_iter().map(|one| ((one.name.clone(), one.version), one)));
            }
            // A machine has downloaded what it builds itself, not what others need.
            Err(fault) if target.starts_with(std::env::consts::ARCH) => panic!("{fault}"),
            Err(_) => {
                println!("not looked at, as its crates are not all on this machine: {target}")
            }
        }
    }
    assert!(!reached.is_empty(), "this machine is no system of deny.toml, [graph] targets");
    crates.into_values().collect()
}

fn metadata(target: &str) -> Result<Vec<Crate>, String> {
    let output = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .args([
            "metadata",
            "--offline",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            target,
        ])
        .current_dir(root())
        .output()
        .map_err(|error| format!("cargo metadata cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata --offline --locked fails; `cargo fetch` brings what is missing:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let all: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let nodes = list(&all["resolve"]["nodes"]);
    let built: BTreeSet<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
    let packages = list(&all["packages"]);
    let built = packages
        .iter()
        .filter(|package| package["id"].as_str().is_some_and(|id| built.contains(id)));
    Ok(built.map(of_metadata).collect())
}

fn of_metadata(package: &Value) -> Crate {
    let field = |key: &str| package[key].as_str().map(str::to_owned);
    let text = |key: &str| field(key).unwrap_or_else(|| panic!("cargo metadata gives no {key}"));
    let folder = PathBuf::from(text("manifest_path"));
    let folder = folder.parent().map(Path::to_owned).unwrap_or_default();
    let (licence, source) = (field("license"), field("source"));
    Crate { licence, source, folder, ..Crate::sample(&text("name"), &text("version"), None) }
}

#[test]
fn versions_are_ordered_by_number() {
    let version = |text| Version::parse(text).expect("a version");
    assert!(version("0.10.0") > version("0.9.3") && version("1.0.0-rc.1") == version("1.0.0"));
    assert_eq!(version("0.17.14+spec-1.1").to_string(), "0.17.14");
    assert_eq!(version("2"), version("2.0.0"));
    assert!(Version::parse("x").is_none() && Version::parse("1.2.3.4").is_none());
}
