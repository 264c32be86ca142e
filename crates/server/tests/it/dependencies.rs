//! What is in the tree: licences, doubled crates, crates and versions that are barred. `deny.toml` is the one list;
//! these tests hold it without a network, `cargo deny` holds it where that program is at hand.
//!
//! * [`lists`]: what `deny.toml` says.
//! * [`licence`]: SPDX expressions.
//! * [`crates`]: what `Cargo.lock` and `cargo metadata` say.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crates;
mod licence;
mod lists;

use std::collections::{BTreeMap, BTreeSet};

use crates::{Crate, Version, in_lock_file, in_program};
use lists::Lists;

/// Crates that are there in two versions without a line in `skip`, and lines in `skip` that nothing needs.
fn doubled(crates: &[Crate], lists: &Lists) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<Version>> = BTreeMap::new();
    for one in crates {
        versions.entry(&one.name).or_default().insert(one.version);
    }
    let mut faults = Vec::new();
    for (name, versions) in &versions {
        let is_listed =
            |version: &&Version| lists.skip.iter().any(|spec| spec.covers(name, **version));
        let unlisted = versions.iter().filter(|version| !is_listed(version)).count();
        if versions.len() > 1 && unlisted > 1 {
            let all: Vec<String> = versions.iter().map(ToString::to_string).collect();
            faults.push(format!(
                "{name} is there as {}: bring its users to one version, or say in deny.toml, [bans] skip, who holds \
                 the old one",
                all.join(" and ")
            ));
        }
    }
    for spec in &lists.skip {
        let kept = versions.get(spec.name.as_str()).is_some_and(|versions| {
            versions.len() > 1 && versions.iter().any(|version| spec.covers(&spec.name, *version))
        });
        if !kept {
            faults.push(format!(
                "{} is not doubled any more: take its line out of [bans] skip",
                spec.text
            ));
        }
    }
    faults
}

fn barred(crates: &[Crate], lists: &Lists) -> Vec<String> {
    let mut faults = Vec::new();
    for one in crates {
        for spec in lists.deny.iter().filter(|spec| spec.covers(&one.name, one.version)) {
            faults.push(format!(
                "{} {} is barred by {:?} in deny.toml: {}",
                one.name, one.version, spec.text, spec.reason
            ));
        }
    }
    faults
}

fn unlicensed(crates: &[Crate], lists: &Lists) -> Vec<String> {
    let mut faults = Vec::new();
    for one in crates {
        let verdict = one.licence.as_deref().map(|text| licence::is_allowed(text, &lists.licences));
        match verdict {
            Some(Ok(true)) => {}
            Some(Ok(false)) => faults.push(format!(
                "{} {} is under {:?}: replace it, or, if Apache-2.0 goes with that licence, add it to deny.toml, \
                 [licenses] allow",
                one.name,
                one.version,
                one.licence.as_deref().unwrap_or_default()
            )),
            Some(Err(fault)) => faults.push(format!("{} {}: {fault}", one.name, one.version)),
            None => faults.push(format!("{} {} names no licence: replace it", one.name, one.version)),
        }
    }
    faults
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}

#[test]
fn every_licence_goes_with_ours() {
    let lists = Lists::of_text("[licenses]\nallow = [\"MIT\"]");
    let gpl =
        [Crate::sample("a", "1.0.0", Some("GPL-3.0-only")), Crate::sample("b", "1.0.0", None)];
    assert_eq!(unlicensed(&gpl, &lists).len(), 2);
    let mit = [Crate::sample("a", "1.0.0", Some("MIT OR GPL-3.0-only"))];
    assert_eq!(unlicensed(&mit, &lists).len(), 0);

    let lists = Lists::of_repository();
    let crates = in_program(&lists);
    none(&unlicensed(&crates, &lists));
    println!("{} crates, every licence allowed", crates.len());
}

#[test]
fn every_allowed_licence_is_needed() {
    let lists = Lists::of_repository();
    let crates = in_program(&lists);
    for licence in &lists.licences {
        let fewer: Vec<String> =
            lists.licences.iter().filter(|one| *one != licence).cloned().collect();
        let is_needed = crates.iter().any(|one| {
            let text = one.licence.as_deref().unwrap_or_default();
            licence::is_allowed(text, &fewer) == Ok(false)
        });
        assert!(is_needed, "no crate needs {licence}: take it out of deny.toml, [licenses] allow");
    }
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    let lists = Lists::of_text(
        "[bans]\nskip = [{ crate = \"syn@1\", reason = \"x\" }, { crate = \"old@0.3\", reason = \"y\" }]",
    );
    let crates = |versions: &[(&str, &str)]| -> Vec<Crate> {
        versions.iter().map(|(name, version)| Crate::sample(name, version, None)).collect()
    };
    let fine = crates(&[
        ("syn", "1.0.9"),
        ("syn", "2.0.1"),
        ("old", "0.3.1"),
        ("old", "0.4.0"),
        ("one", "1.0.0"),
    ]);
    assert_eq!(doubled(&fine, &lists), [""; 0]);
    let bad = crates(&[("syn", "1.0.9"), ("syn", "2.0.1"), ("syn", "3.0.0"), ("old", "0.4.0")]);
    let faults = doubled(&bad, &lists);
    assert!(faults[0].starts_with("syn is there as 1.0.9 and 2.0.1 and 3.0.0"), "{faults:?}");
    assert!(faults[1].starts_with("old@0.3 is not doubled any more"), "{faults:?}");

    let lists = Lists::of_repository();
    none(&doubled(&in_program(&lists), &lists));
}

#[test]
fn no_barred_crate_or_version_is_there() {
    let lists = Lists::of_text(
        "[bans]\ndeny = [{ crate = \"openssl-sys\", reason = \"C\" }, { crate = \"h2:<0.4.16\", reason = \"hole\" }]",
    );
    let bad = [
        Crate::sample("openssl-sys", "0.9.1", None),
        Crate::sample("h2", "0.4.15", None),
        Crate::sample("h2", "0.4.16", None),
    ];
    assert_eq!(barred(&bad, &lists).len(), 2);
    // The lock file, not only what this system builds: another system's build must be as good.
    none(&barred(&in_lock_file(), &Lists::of_repository()));
}

#[test]
fn the_floors_of_the_security_rules_are_in_the_list() {
    let lists = Lists::of_repository();
    // S-114: a version that must be refused, and the first one that may be used.
    for (name, refused, first) in [
        ("h2", "0.4.15", "0.4.16"),
        ("hyper", "1.5.0", "1.5.1"),
        ("idna", "1.0.2", "1.0.3"),
        ("rand", "0.8.5", "0.8.6"),
        ("rand", "0.9.2", "0.9.3"),
        ("rand", "0.10.0", "0.10.1"),
        ("ring", "0.17.11", "0.17.12"),
        ("rustls", "0.23.17", "0.23.18"),
        ("tokio", "1.44.1", "1.44.2"),
        ("url", "2.5.3", "2.5.4"),
    ] {
        let faults = |version| barred(&[Crate::sample(name, version, None)], &lists).len();
        assert_eq!(
            (faults(refused), faults(first)),
            (1, 0),
            "deny.toml, [bans] deny: {name} below {first}"
        );
    }
}

#[test]
fn sqlite_is_new_enough() {
    let lists = Lists::of_repository();
    let crates = in_program(&lists);
    let bindings =
        crates.iter().find(|one| one.name == "libsqlite3-sys").expect("SQLite is built in");
    let header = bindings.folder.join("sqlite3/sqlite3.h");
    let text = std::fs::read_to_string(&header)
        .unwrap_or_else(|error| panic!("{}: {error}", header.display()));
    let line = text.lines().find_map(|line| line.strip_prefix("#define SQLITE_VERSION "));
    let version =
        Version::parse(line.expect("the header says its version").trim().trim_matches('"'))
            .unwrap();
    assert!(
        version >= Version::parse("3.39.2").unwrap(),
        "SQLite is {version}; S-114 asks for 3.39.2"
    );
}

#[test]
fn every_crate_comes_from_the_public_index_with_a_checksum() {
    for one in in_lock_file().iter().filter(|one| !one.name.starts_with("ringproof-")) {
        let source = one.source.as_deref().unwrap_or("a folder");
        assert!(
            source.starts_with("registry+") && one.has_checksum,
            "{} {} comes from {source}: depend on a published version",
            one.name,
            one.version
        );
    }
}
