//! The files of the repository, as text by path.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Files by their path from the root, with `/` between names.
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// The repository this test was built from, without what git ignores; read once.
    pub(crate) fn of_repository() -> &'static Self {
        static TREE: OnceLock<Tree> = OnceLock::new();
        TREE.get_or_init(|| {
            let root = root();
            let ignored = Ignored::read(&root);
            let mut files = BTreeMap::new();
            walk(&root, &root, &ignored, &mut files);
            assert!(files.len() > 100, "this is not the repository: {}", root.display());
            Self(files)
        })
    }

    /// A made-up tree, to show a rule what it must catch.
    pub(crate) fn sample(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self(files.iter().map(owned).collect())
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// All files, ordered by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs"))
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the crate lies two levels below the root")
}

/// What `.gitignore` names: paths from the root, names at any level, endings of names.
struct Ignored(Vec<String>);

impl Ignored {
    fn read(root: &Path) -> Self {
        let text = fs::read_to_string(root.join(".gitignore")).expect("the root has a .gitignore");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut patterns: Vec<String> =
            lines.map(|line| line.trim_end_matches('/').to_owned()).collect();
        // git's own, and what nested .gitignores name: installed packages, inputs that a fuzzer found.
        patterns
            .extend([".git", "node_modules", "target", "corpus", "artifacts"].map(str::to_owned));
        Self(patterns)
    }

    fn contains(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.0.iter().any(|pattern| match (pattern.strip_prefix('/'), pattern.strip_prefix('*')) {
            (Some(from_root), _) => path == from_root,
            (None, Some(ending)) => name.ends_with(ending),
            (None, None) => name == pattern,
        })
    }
}

fn walk(root: &Path, folder: &Path, ignored: &Ignored, files: &mut BTreeMap<String, String>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder that opened can be read").path();
        let below = path.strip_prefix(root).expect("walked from the root");
        let name = below.to_str().expect("names in the repository are UTF-8").to_owned();
        if ignored.contains(&name) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, ignored, files);
        } else if let Ok(bytes) = fs::read(&path)
            && let Ok(text) = String::from_utf8(bytes)
        {
            // What is no text (a database fixture, a picture) has no words to look for.
            files.insert(name, text);
        }
    }
}

#[test]
fn what_git_ignores_is_not_looked_at() {
    let ignored =
        Ignored(["/target", "/bench/data", "*.pyc", "__pycache__"].map(str::to_owned).into());
    for path in ["target", "bench/data", "a/b.pyc", "tests/__pycache__"] {
        assert!(ignored.contains(path), "{path}");
    }
    for path in ["src/target.rs", "bench/data.rs", "data", "crates/target"] {
        assert!(!ignored.contains(path), "{path}");
    }
}

#[test]
fn the_tree_holds_what_the_rules_ask_for() {
    let tree = Tree::of_repository();
    for path in ["Cargo.toml", "clippy.toml", "deny.toml", "crates/verify/src/lib.rs"] {
        assert!(tree.text(path).is_some(), "{path} is missing");
    }
    assert!(tree.files().all(|(path, _)| !path.starts_with("target/")));
}
