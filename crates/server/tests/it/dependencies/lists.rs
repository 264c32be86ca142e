//! What `deny.toml` says.

use toml::{Table, Value};

use super::crates::Version;

/// The lists of `deny.toml` that are held here.
pub(super) struct Lists {
    /// Systems that are built for.
    pub(super) targets: Vec<String>,
    /// Licences that go with ours.
    pub(super) licences: Vec<String>,
    /// Crates that may be there twice.
    pub(super) skip: Vec<Spec>,
    /// Crates and versions that must not be there.
    pub(super) deny: Vec<Spec>,
}

impl Lists {
    pub(super) fn of_repository() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deny.toml");
        Self::of_text(&std::fs::read_to_string(path).expect("the root has a deny.toml"))
    }

    pub(super) fn of_text(text: &str) -> Self {
        let table: Table = text.parse().unwrap_or_else(|error| panic!("deny.toml: {error}"));
        let list = |section: &str, key: &str| {
            let list = table.get(section).and_then(|section| section.get(key));
            list.and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let texts = |section: &str, key: &str| {
            list(section, key)
                .iter()
                .map(|value| value.as_str().expect("a text").to_owned())
                .collect()
        };
        let specs = |key: &str| list("bans", key).iter().map(Spec::new).collect();
        Self {
            targets: texts("graph", "targets"),
            licences: texts("licenses", "allow"),
            skip: specs("skip"),
            deny: specs("deny"),
        }
    }
}

/// Versions of one crate: `name`, `name@0.2` (all that begin so) or `name:>=0.9, <0.9.3`.
pub(super) struct Spec {
    pub(super) text: String,
    pub(super) name: String,
    pub(super) reason: String,
    versions: Versions,
}

enum Versions {
    All,
    Beginning(String),
    /// From the first on, but below the second.
    Range(Option<Version>, Option<Version>),
}

impl Spec {
    fn new(entry: &Value) -> Self {
        let field =
            |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (text, reason) = (field("crate"), field("reason"));
        assert!(
            !text.is_empty() && !reason.is_empty(),
            "deny.toml: {entry} needs `crate` and `reason`"
        );
        let (name, versions) = match text.split_once(['@', ':']) {
            None => (text.as_str(), Versions::All),
            Some((name, beginning)) if text.contains('@') => {
                (name, Versions::Beginning(format!("{beginning}.")))
            }
            Some((name, range)) => (name, Versions::range(range)),
        };
        Self { name: name.to_owned(), versions, reason, text: text.clone() }
    }

    pub(super) fn covers(&self, name: &str, version: Version) -> bool {
        let is_in = match &self.versions {
            Versions::All => true,
            Versions::Beginning(beginning) => format!("{version}.").starts_with(beginning),
            Versions::Range(from, below) => {
                from.is_none_or(|from| version >= from) && below.is_none_or(|below| version < below)
            }
        };
        self.name == name && is_in
    }
}

impl Versions {
    fn range(text: &str) -> Self {
        let (mut from, mut below) = (None, None);
        for part in text.split(',').map(str::trim) {
            let version = |text: &str| {
                Some(Version::parse(text).unwrap_or_else(|| panic!("deny.toml: {part}")))
            };
            match (part.strip_prefix(">="), part.strip_prefix('<')) {
                (Some(text), _) => from = version(text),
                (_, Some(text)) => below = version(text),
                _ => panic!("deny.toml: {part}: these tests know `>=` and `<` only"),
            }
        }
        Self::Range(from, below)
    }
}

#[test]
fn specs_cover_what_they_say() {
    let text = "[bans]\ndeny = [\n{ crate = \"a\", reason = \"x\" }, { crate = \"a@0.2\", reason = \"x\" },\n\
                { crate = \"a:>=0.9, <0.9.3\", reason = \"x\" }]";
    let covered = |version| {
        let version = Version::parse(version).unwrap();
        let lists = Lists::of_text(text);
        lists.deny.iter().map(|spec| spec.covers("a", version)).collect::<Vec<_>>()
    };
    assert_eq!(covered("0.2.7"), [true, true, false]);
    assert_eq!(covered("0.20.0"), [true, false, false]);
    assert_eq!(covered("0.9.2"), [true, false, true]);
    assert_eq!(covered("0.9.3"), [true, false, false]);
    assert!(!Lists::of_text(text).deny[0].covers("b", Version::parse("1.0.0").unwrap()));
}
