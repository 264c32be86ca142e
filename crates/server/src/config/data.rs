//! Section `[data]`: where data and the root key are kept.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use store::postgres::Transport;

use super::formats::{check_readable, optional_path, optional_text};
use super::problem::Report;
use super::secret::{self, Secret, SecretSource};

/// Hex digits of a root key: 256 bits (security rule D-40).
const ROOT_KEY_HEX_DIGITS: usize = 64;

/// Where data and the root key are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Folder of the database, the root key and the lock; made when missing.
    pub dir: PathBuf,
    /// File with the root key, 64 hex digits; empty = `root.key` in the data folder.
    #[serde(deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub root_key_file: Option<PathBuf>,
    /// The root key itself, 64 hex digits; only from the environment variable `RINGPROOF_ROOT_KEY`.
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_ROOT_KEY"))]
    pub root_key: Option<Secret>,
    /// A PostgreSQL that keeps the data instead of a file in the folder, as `postgres://USER@HOST:PORT/DATABASE`, with
    /// `?sslmode=verify-full` for TLS and commas between the hosts of a cluster; empty = none.
    #[serde(deserialize_with = "optional_text")]
    #[schemars(with = "String")]
    pub postgres: Option<String>,
    /// File with its password; empty = none is needed, or the environment has it.
    #[serde(deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub postgres_password_file: Option<PathBuf>,
    /// The password itself; only from the environment.
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_DATA__POSTGRES_PASSWORD"))]
    pub postgres_password: Option<Secret>,
    /// File with the authorities that vouch for it with `sslmode=verify-full`, as PEM; empty = those of the system.
    #[serde(deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub postgres_ca_file: Option<PathBuf>,
    /// Connections of this server to it. Two of them look at accounts and gateways, the others work.
    #[schemars(range(min = 3, max = 200), extend("x-unit" = "connections"))]
    pub postgres_connections_max: u16,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("./ringproof-data"),
            root_key_file: None,
            root_key: None,
            postgres: None,
            postgres_password_file: None,
            postgres_password: None,
            postgres_ca_file: None,
            postgres_connections_max: 16,
        }
    }
}

impl DataConfig {
    /// The file that holds the root key when the environment does not: as configured, or `root.key` in
    /// [`dir`](Self::dir).
    pub fn root_key_path(&self) -> PathBuf {
        self.root_key_file.clone().unwrap_or_else(|| self.dir.join("root.key"))
    }

    /// Where the password of the database comes from, if it needs one.
    pub fn postgres_password_source(&self) -> Option<SecretSource> {
        secret::source_of(self.postgres_password.as_ref(), self.postgres_password_file.as_ref())
    }

    fn check_postgres(&self, report: &mut Report) {
        let (value, file) = (self.postgres_password.as_ref(), self.postgres_password_file.as_ref());
        secret::check("data.postgres_password", value, file, report);
        match &self.postgres {
            None if self.postgres_password_source().is_some() => {
                report.add("data.postgres_password_file", "is for data.postgres, which is empty");
            }
            None => {}
            Some(address) => match store::postgres::check_address(address) {
                Ok(Transport::Plain) if self.postgres_ca_file.is_some() => {
                    let text = "is of no use unless data.postgres asks for sslmode=verify-full";
                    report.add("data.postgres_ca_file", text);
                }
                Ok(Transport::Plain | Transport::Tls) => {}
                Err(error) => report.add("data.postgres", error.to_string()),
            },
        }
    }

    pub(crate) fn check(&self, report: &mut Report) {
        self.check_postgres(report);
        if self.dir.as_os_str().is_empty() {
            report.add("data.dir", "must name a folder, such as \"./ringproof-data\"");
        }
        if let Some(key) = &self.root_key {
            let key = key.expose();
            if key.len() != ROOT_KEY_HEX_DIGITS || !key.bytes().all(|byte| byte.is_ascii_hexdigit())
            {
                report.add(
                    "data.root_key",
                    "is not a root key; give 64 hex digits, as a root.key file holds them",
                );
            }
            if self.root_key_file.is_some() {
                report.add(
                    "data.root_key_file",
                    "stands beside RINGPROOF_ROOT_KEY; keep one of the two",
                );
            }
        }
    }

    pub(crate) fn check_files(&self, report: &mut Report) {
        if let Some(file) = &self.root_key_file {
            check_readable("data.root_key_file", file, report);
        }
        if let Some(Err(error)) = self.postgres_password_source().map(|source| source.read()) {
            report.add("data.postgres_password_file", error.to_string());
        }
        if let Some(file) = &self.postgres_ca_file {
            check_readable("data.postgres_ca_file", file, report);
        }
        if Path::new(&self.dir).exists() && !self.dir.is_dir() {
            report.add("data.dir", format!("{} is a file, not a folder", self.dir.display()));
        }
    }
}
