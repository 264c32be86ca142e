//! The data folder: database, root key, lock. The database can be a PostgreSQL
//! instead; then the folder holds the root key and the lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use store::Store;
use store::postgres::{self, PostgresEngine, PostgresOptions};
use store::sqlite::{SqliteEngine, SqliteOptions};
use verify::entropy::draw;
use verify::keys::{Keyring, RootKey};
use zeroize::Zeroizing;

use crate::config::{DataConfig, Secret};
use crate::entropy::SystemEntropy;

/// A data folder that exists.
pub struct DataFolder {
    path: PathBuf,
    database: PathBuf,
    remote: Option<Remote>,
}

/// A PostgreSQL that keeps the data.
struct Remote {
    address: String,
    password: Option<Secret>,
    ca_pem: Option<Vec<u8>>,
    connections_max: usize,
}

impl Remote {
    fn of(config: &DataConfig) -> anyhow::Result<Option<Self>> {
        let Some(address) = config.postgres.clone() else { return Ok(None) };
        let source = config.postgres_password_source();
        let password = source.map(|source| source.read()).transpose()?;
        let read = |path: &PathBuf| {
            fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let ca_pem = config.postgres_ca_file.as_ref().map(read).transpose()?;
        let connections_max = usize::from(config.postgres_connections_max);
        Ok(Some(Self { address, password, ca_pem, connections_max }))
    }

    fn options(&self, key_fingerprint: [u8; 16]) -> PostgresOptions {
        PostgresOptions {
            address: self.address.clone(),
            password: self.password.as_ref().map(|password| password.expose().to_owned()),
            ca_pem: self.ca_pem.clone(),
            connections_max: self.connections_max,
            key_fingerprint,
        }
    }
}

/// The file that says that the data of a folder are in a PostgreSQL now.
const MOVED: &str = "moved-to-postgres";

/// Its first sentence.
fn moved_to(place: &str) -> String {
    format!("The data of this folder were moved to {place}. ")
}

/// Held as long as one server owns the folder; the system takes it back with
/// the process, however that ends.
pub struct FolderLock {
    _file: File,
}

/// What to do without a root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPolicy {
    /// Make one if there is no database yet; else it is lost, which is said.
    CreateForNewDatabase,
    /// It must be there.
    MustExist,
}

impl DataFolder {
    /// Opens the folder; makes it if it is missing, readable for its owner only.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(config: &DataConfig) -> anyhow::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&config.dir).with_context(|| {
            format!(
                "cannot make the data folder {}: choose another with --data, or change the owner \
                 of the folder above it",
                config.dir.display()
            )
        })?;
        Self::at(config)
    }

    /// Opens a folder that already holds a database.
    ///
    /// # Errors
    /// It does not.
    pub fn open_existing(config: &DataConfig) -> anyhow::Result<Self> {
        let folder = Self::at(config)?;
        if folder.remote.is_none() && !folder.database.is_file() {
            let there = match fs::read_dir(&config.dir).map(Iterator::count) {
                Ok(0) => "the folder is empty".to_owned(),
                Ok(1) => "1 other file is there".to_owned(),
                Ok(others) => format!("{others} other files are there"),
                Err(error) => format!("it cannot be read: {error}"),
            };
            bail!(
                "there is no database in {} ({there}): check --data, or make one there with \
                 `ringproof serve` or `ringproof account create`",
                config.dir.display()
            );
        }
        Ok(folder)
    }

    fn at(config: &DataConfig) -> anyhow::Result<Self> {
        let (path, database) = (config.dir.clone(), config.dir.join("ringproof.db"));
        Ok(Self { path, database, remote: Remote::of(config)? })
    }

    /// How to reach the PostgreSQL that keeps the data, if one does.
    pub fn postgres(&self, keyring: &Keyring) -> Option<PostgresOptions> {
        self.remote.as_ref().map(|remote| remote.options(keyring.fingerprint()))
    }

    /// Whether there are data that were written under a root key.
    fn has_data(&self) -> anyhow::Result<bool> {
        match &self.remote {
            Some(remote) => Ok(postgres::has_key(&remote.options([0; 16]))?),
            None => Ok(self.database.exists()),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub fn database(&self) -> &Path {
        &self.database
    }

    /// Takes the folder for one server.
    ///
    /// # Errors
    /// Another server has it, or the folder cannot be written.
    pub fn lock(&self) -> anyhow::Result<FolderLock> {
        let path = self.path.join("ringproof.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let mut file = file.with_context(|| self.not_writable())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another ringproof already uses the data folder {}: stop it first, or give this \
                 one a folder of its own with --data",
                self.path.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        // For whoever looks at the folder; the lock itself does not need it.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(FolderLock { _file: file })
    }

    fn not_writable(&self) -> String {
        format!(
            "cannot write into the data folder {}: change its owner or permissions, or choose \
             another with --data",
            self.path.display()
        )
    }

    /// The keys, from the environment or from the key file.
    ///
    /// # Errors
    /// There is no key, or it is none.
    pub fn keyring(&self, config: &DataConfig, policy: KeyPolicy) -> anyhow::Result<Keyring> {
        if let Some(secret) = &config.root_key {
            let key = RootKey::parse(secret.expose())
                .context("RINGPROOF_ROOT_KEY must be 64 hex digits")?;
            return Ok(Keyring::new(&key));
        }
        let path = config.root_key_path();
        match read_key(&path)? {
            Some(key) => Ok(Keyring::new(&key)),
            None if policy == KeyPolicy::CreateForNewDatabase && !self.has_data()? => {
                self.make_key(&path).map(|key| Keyring::new(&key))
            }
            None => bail!(
                "the root key {} is missing: put it back from where you keep it apart from the \
                 backups; without it the database cannot be used",
                path.display()
            ),
        }
    }

    fn make_key(&self, path: &Path) -> anyhow::Result<RootKey> {
        let key = RootKey::from_bytes(draw(&mut SystemEntropy::new()));
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
        let mut file = file.with_context(|| self.not_writable())?;
        file.write_all(key.to_hex().as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_folder_of(path))
            .with_context(|| format!("cannot write the root key {}", path.display()))?;
        Ok(key)
    }

    /// How to open the database.
    pub fn options(&self, keyring: &Keyring, is_server: bool) -> SqliteOptions {
        SqliteOptions {
            path: self.database.clone(),
            key_fingerprint: keyring.fingerprint(),
            ends_process_on_lost_flush: is_server,
        }
    }

    /// Makes the empty file of a new database: for nobody but its owner. The
    /// files beside it take its permissions.
    fn make_private_database(&self) -> anyhow::Result<()> {
        let mut options = OpenOptions::new();
        match options.create_new(true).write(true).mode(0o600).open(&self.database) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error).with_context(|| self.not_writable()),
        }
    }

    /// Notes that the data are in a PostgreSQL now, which people call so: what is in the
    /// file is old from now on.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note_move(&self, place: &str) -> anyhow::Result<()> {
        let path = self.path.join(MOVED);
        let text = format!(
            "{}While this file is here, no ringproof starts on the ringproof.db beside it.\n",
            moved_to(place)
        );
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            sync_folder_of(&path)
        };
        write()
            .with_context(|| format!("{} cannot be written; nothing was moved yet", path.display()))
    }

    /// Refuses to move the file once more to another PostgreSQL than before: what was used
    /// up since then would be good there. To the same one a move goes on, or is refused by
    /// what is there.
    ///
    /// # Errors
    /// It was moved elsewhere.
    pub fn refuse_another_move(&self, place: &str) -> anyhow::Result<()> {
        let note = self.path.join(MOVED);
        match fs::read_to_string(&note) {
            Ok(text) if !text.starts_with(&moved_to(place)) => bail!(
                "the data of {} were moved to another PostgreSQL before, and are old here: move \
                 them from there; only if nobody has used them there, remove {}",
                self.path.display(),
                note.display()
            ),
            // Without a note nothing was moved.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Notes that the data are in the file again.
    ///
    /// # Errors
    /// The note of before cannot be removed.
    pub fn note_return(&self) -> anyhow::Result<()> {
        let path = self.path.join(MOVED);
        match fs::remove_file(&path).and_then(|()| sync_folder_of(&path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| {
                    format!("the move is done, but {} is still there: remove it", path.display())
                })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Refuses a file whose data were moved: codes that were used since then would be good
    /// in it once more.
    fn refuse_moved(&self) -> anyhow::Result<()> {
        let note = self.path.join(MOVED);
        if note.exists() {
            bail!(
                "the data of {} were moved to a PostgreSQL, and the ringproof.db there is old: set \
                 data.postgres to work on the PostgreSQL, or move the data back with `ringproof \
                 migrate --from postgres --to sqlite`; only if nobody has used them there since, \
                 remove {}",
                self.path.display(),
                note.display()
            );
        }
        Ok(())
    }

    /// Opens the database.
    ///
    /// # Errors
    /// The data are elsewhere by now, or
    /// [`store::sqlite::OpenError`] or [`store::postgres::OpenError`], which say
    /// what to do.
    pub fn store(&self, keyring: &Keyring, is_server: bool) -> anyhow::Result<Store> {
        if let Some(options) = self.postgres(keyring) {
            return Ok(Store::new(PostgresEngine::open(&options)?));
        }
        self.refuse_moved()?;
        self.make_private_database()?;
        Ok(Store::new(SqliteEngine::open(&self.options(keyring, is_server))?))
    }
}

/// Brings the name of a new file to the disk: a database without its key is
/// lost.
fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn read_key(path: &Path) -> anyhow::Result<Option<RootKey>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error)
                .with_context(|| format!("cannot read the root key {}", path.display()));
        }
    };
    let mut text = Zeroizing::new(String::with_capacity(256));
    file.take(256)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read the root key {}", path.display()))?;
    let key = RootKey::parse(&text).with_context(|| {
        format!(
            "{} is no root key, which must be 64 hex digits: put the right file in its place",
            path.display()
        )
    })?;
    Ok(Some(key))
}
