//! A place of its own for one server: data folder and configuration file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::postgres::{self, Database};

/// What belongs to one run of the server and not to its data.
const NOT_COPIED: [&str; 2] = ["dev.json", "ringproof.lock"];

/// A temporary folder with `data/` and `ringproof.toml`; removed with its last clone.
#[derive(Clone)]
pub struct Folder {
    root: Arc<tempfile::TempDir>,
    database: Option<Database>,
}

impl Folder {
    /// Makes an empty place with the configuration `config`; the data folder
    /// itself is left to the server to create.
    pub fn with_config(config: &str) -> Self {
        Self::with(config, postgres::database(None))
    }

    fn with(config: &str, database: Option<Database>) -> Self {
        let root = tempfile::Builder::new()
            .prefix("ringproof-test-")
            .tempdir()
            .expect("temporary folders can be made");
        let folder = Self { root: Arc::new(root), database };
        fs::write(folder.config(), config).expect("a fresh folder can be written");
        folder
    }

    /// Makes a copy of the data of `other`, whose server must not be running,
    /// with the configuration `config`.
    pub fn copy_of(other: &Self, config: &str) -> Self {
        let copy = other.database.as_ref().and_then(|original| postgres::database(Some(original)));
        let folder = Self::with(config, copy);
        fs::create_dir(folder.data()).expect("a fresh folder can be written");
        for entry in fs::read_dir(other.data()).expect("the original exists") {
            let entry = entry.expect("the original can be read");
            if NOT_COPIED.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            fs::copy(entry.path(), folder.file(&entry.file_name().to_string_lossy()))
                .expect("files can be copied");
        }
        folder
    }

    /// Makes a place for one more server on the database of `other`, with the
    /// same root key and the configuration `config`.
    ///
    /// # Panics
    /// The data of `other` are not in a database of their own.
    pub fn beside(other: &Self, config: &str) -> Self {
        let database = other.database.clone().expect("RINGPROOF_TEST_STORE must be postgres");
        Self::beside_at(other, database, config)
    }

    /// As [`Folder::beside`], with another way to the database.
    pub fn beside_at(other: &Self, database: Database, config: &str) -> Self {
        let folder = Self::with(config, Some(database));
        fs::create_dir(folder.data()).expect("a fresh folder can be written");
        fs::copy(other.file("root.key"), folder.file("root.key")).expect("the first has a key");
        folder
    }

    /// Gives the database beside the folder, if it does not hold one.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Gives the path around everything.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Gives the path of the data folder.
    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Gives the path of a file in the data folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// Gives the path of the configuration file.
    pub fn config(&self) -> PathBuf {
        self.root.path().join("ringproof.toml")
    }

    /// Replaces the configuration.
    pub fn write_config(&self, config: &str) {
        fs::write(self.config(), config).expect("our own file can be written");
    }
}
