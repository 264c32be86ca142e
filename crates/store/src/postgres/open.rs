//! Opening a database, with an error for every way in which that fails.

use tokio_postgres::error::SqlState;

use super::connection::Connection;
use super::hosts::Hosts;
use super::trouble::Trouble;
use super::value::params;
use super::{schema, sql};

/// Why a database cannot be opened; each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// What should say where it is does not.
    #[error(
        "does not say where a PostgreSQL is: give \"postgres://USER@HOST:PORT/DATABASE\", \
         \"postgres://USER@HOST1:PORT,HOST2:PORT/DATABASE\" for a cluster, \
         or \"postgres://USER@/DATABASE?host=/var/run/postgresql\" for a socket"
    )]
    Address,
    /// The address asks for TLS in a way that proves nothing, or by a socket.
    #[error(
        "asks for TLS that would not look whose certificate it is: take sslmode=verify-full \
         with the name of a host, and data.postgres_ca_file for an authority of your own"
    )]
    Tls,
    /// The authorities that should vouch for the server cannot be used.
    #[error("has no authorities for TLS: {0}")]
    Certificates(String),
    /// The address holds a password.
    #[error(
        "holds a password, which must not stand in the configuration: name a file with it in \
         data.postgres_password_file, or set RINGPROOF_DATA__POSTGRES_PASSWORD"
    )]
    Password,
    /// Nobody answers, or the one who does lets us not in.
    #[error("cannot reach the database {place}: {reason}")]
    Unreachable {
        /// Host and name.
        place: String,
        /// In the words of the database.
        reason: String,
    },
    /// The user of the database may not make tables.
    #[error(
        "the user of the database {0} must own it: run `GRANT ALL ON DATABASE … TO …` and \
         `GRANT ALL ON SCHEMA public TO …`"
    )]
    NotAllowed(String),
    /// Nobody has used it yet.
    #[error("the database {0} is empty: `ringproof serve` or `ringproof account create` begins it")]
    Empty(String),
    /// An earlier program wrote it.
    #[error(
        "the database {place} has version {found}, this program has {known}: it is brought to it \
         by `ringproof migrate`, and by the next start"
    )]
    Older {
        /// Host and name.
        place: String,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// A later program wrote it.
    #[error(
        "the database {place} has version {found}, this program knows up to {known}: \
         start the newer ringproof that wrote it"
    )]
    Newer {
        /// Host and name.
        place: String,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// A move into it has not come to its end.
    #[error(
        "the database {0} is a half-done copy: run the `ringproof migrate --from … --to postgres` that began it \
         again, it goes on where it was; or make it anew to be rid of the copy"
    )]
    HalfMoved(String),
    /// It was written under another root key.
    #[error(
        "the root key does not belong to the database {0}: every node needs the root.key that \
         the first one made; put it into the data folder, or name it with data.root_key_file or \
         RINGPROOF_ROOT_KEY"
    )]
    WrongKey(String),
    /// Anything else, in the words of the database.
    #[error("cannot open the database: {0}")]
    Database(String),
}

/// Brings the database to the present version and checks that it belongs to the
/// root key.
pub(super) async fn prepare(hosts: &Hosts, fingerprint: &[u8; 16]) -> Result<(), OpenError> {
    let place = hosts.place.clone();
    let explain = |trouble| explain(&place, &trouble);
    let connection = connect(hosts).await?;
    if is_half_moved(&connection).await.map_err(explain)? {
        return Err(OpenError::HalfMoved(place));
    }
    let found = schema::migrate(&connection).await.map_err(explain)?;
    if found > schema::KNOWN {
        return Err(OpenError::Newer { place, found, known: schema::KNOWN });
    }
    if found > schema::VERSION {
        tracing::warn!(
            found,
            own = schema::VERSION,
            "a later program has begun to work on the database: bring this one to its version soon"
        );
    }
    match key(&connection, fingerprint).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(OpenError::WrongKey(place)),
        Err(trouble) => Err(explain(trouble)),
    }
}

/// Looks at the database, which stays as it is.
pub(super) async fn check(hosts: &Hosts, fingerprint: &[u8; 16]) -> Result<u32, OpenError> {
    let place = hosts.place.clone();
    let explain = |trouble| explain(&place, &trouble);
    let connection = connect(hosts).await?;
    let found = schema::version(&connection).await.map_err(explain)?;
    if is_half_moved(&connection).await.map_err(explain)? {
        return Err(OpenError::HalfMoved(place));
    }
    let known = schema::VERSION;
    let Some(found) = found else { return Err(OpenError::Empty(place)) };
    if found > schema::KNOWN {
        return Err(OpenError::Newer { place, found, known: schema::KNOWN });
    }
    if found < known {
        return Err(OpenError::Older { place, found, known });
    }
    let kept = kept_key(&connection).await.map_err(explain)?;
    if kept == Some(*fingerprint) { Ok(found) } else { Err(OpenError::WrongKey(place)) }
}

/// Whether it belongs to a root key.
pub(super) async fn has_key(hosts: &Hosts) -> Result<bool, OpenError> {
    let explain = |trouble| explain(&hosts.place, &trouble);
    let connection = connect(hosts).await?;
    if schema::version(&connection).await.map_err(explain)?.is_none() {
        return Ok(false);
    }
    Ok(kept_key(&connection).await.map_err(explain)?.is_some())
}

async fn is_half_moved(connection: &Connection) -> super::trouble::Result<bool> {
    let is_there = connection.one(sql::IS_HALF_MOVED, params![], |row| row.get::<bool>(0)).await?;
    Ok(is_there == Some(true))
}

pub(super) async fn connect(hosts: &Hosts) -> Result<Connection, OpenError> {
    let unreachable = |trouble: Trouble| OpenError::Unreachable {
        place: hosts.place.clone(),
        reason: trouble.to_string(),
    };
    hosts.connect().await.map_err(unreachable)
}

/// Whether the database belongs to this key; an empty one does from now on.
async fn key(connection: &Connection, fingerprint: &[u8; 16]) -> super::trouble::Result<bool> {
    let mut kept = kept_key(connection).await?;
    if kept.is_none() {
        // Another node may have been quicker; then its key counts.
        connection.all(sql::SET_KEY_FINGERPRINT, params![fingerprint], |_| Ok(())).await?;
        kept = kept_key(connection).await?;
    }
    Ok(kept.as_ref() == Some(fingerprint))
}

async fn kept_key(connection: &Connection) -> super::trouble::Result<Option<[u8; 16]>> {
    connection.one(sql::KEY_FINGERPRINT, params![], |row| row.get(0)).await
}

pub(super) fn explain(place: &str, trouble: &Trouble) -> OpenError {
    let code = match trouble {
        Trouble::Postgres(error) => error.code(),
        _ => None,
    };
    if code == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return OpenError::NotAllowed(place.to_owned());
    }
    OpenError::Database(trouble.to_string())
}
