//! What can be typed after `ringproof migrate`.

use clap::{Args, ValueEnum};

/// Flags of `migrate`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = MIGRATE_HELP)]
pub struct MigrateFlags {
    /// Engine that the data are moved from; it is not changed
    #[arg(long, value_name = "ENGINE", requires = "to")]
    pub from: Option<EngineName>,
    /// Engine that the data are moved to; it must be empty, or the half-done copy of an earlier run
    #[arg(long, value_name = "ENGINE", requires = "from")]
    pub to: Option<EngineName>,
    /// Where the PostgreSQL is, postgres://USER@HOST:PORT/DATABASE [default: data.postgres of the configuration]
    #[arg(long, value_name = "ADDRESS", requires = "from")]
    pub postgres: Option<String>,
}

/// A way of keeping data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// The embedded database, a file in the data folder
    Sqlite,
    /// A PostgreSQL
    Postgres,
}

const MIGRATE_HELP: &str = "\
Without --from and --to: brings the database to the version of this program, as every start does.

With both: moves all data between the file in the data folder (--data, data.dir) and a PostgreSQL
(--postgres, data.postgres; its password in data.postgres_password_file or RINGPROOF_DATA__POSTGRES_PASSWORD).
Stop every server first. The source is not changed. What is there is compared at the end, table by table,
by number of rows and SHA-256; until then no server starts on the target. A run that was cut short goes on
where it was when the same command is typed again.

The root key is not in the database. It stays in the data folder, as `root.key`; a server with another
data folder needs a copy of it.

Examples:
  ringproof migrate
  ringproof --data /var/lib/ringproof migrate --from sqlite --to postgres \\
      --postgres postgres://ringproof@127.0.0.1:5432/ringproof
  ringproof --config /etc/ringproof/ringproof.toml migrate --from postgres --to sqlite";
