//! A PostgreSQL for the servers under test, when `RINGPROOF_TEST_STORE` says so, and
//! for those tests that are about it.
//!
//! All of one test program share it; each data folder has a database of its own.

use std::env;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::process::{Process, Waited};

/// How long the server may take to start, or to make a database.
const WITHIN: Duration = Duration::from_mins(2);

/// The database of one data folder.
#[derive(Clone, Debug)]
pub struct Database {
    name: String,
    address: String,
    socket: PathBuf,
}

struct Postgres {
    process: Process,
    /// It ends when this is closed: at the latest with us.
    words: ChildStdin,
    folder: String,
    databases: usize,
    questions: usize,
}

/// A new database, as empty as the folder that it belongs to, or a copy of
/// another; `None` if the tests are about the embedded one.
pub fn database(copy_of: Option<&Database>) -> Option<Database> {
    match env::var("RINGPROOF_TEST_STORE").as_deref() {
        Ok("postgres") => Some(make(copy_of)),
        Ok("sqlite") | Err(_) => None,
        Ok(other) => panic!("RINGPROOF_TEST_STORE is sqlite or postgres, not {other}"),
    }
}

/// A new and empty database, whatever the tests are about.
pub fn fresh() -> Database {
    make(None)
}

fn make(copy_of: Option<&Database>) -> Database {
    the_one().create(copy_of)
}

/// The server of this test program.
fn the_one() -> MutexGuard<'static, Postgres> {
    static POSTGRES: OnceLock<Mutex<Postgres>> = OnceLock::new();
    let postgres = POSTGRES.get_or_init(|| Mutex::new(Postgres::start()));
    postgres.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Database {
    /// Where it is, as `data.postgres` says it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The first value that it answers to a question in SQL, written in one line.
    pub fn ask(&self, sql: &str) -> String {
        the_one().ask(&self.name, sql)
    }

    /// The socket of its server.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The same database, reached through somebody who listens there.
    #[must_use]
    pub fn through(&self, listener: SocketAddr) -> Self {
        let address = format!("postgres://postgres@{listener}/{}", self.name);
        Self { address, ..self.clone() }
    }
}

impl Postgres {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres/start");
        let mut command = Command::new(script);
        command.args(["fsync=off", "full_page_writes=off"]);
        let (process, words) = Process::spawn_open(&mut command);
        let mut postgres =
            Self { process, words, folder: String::new(), databases: 0, questions: 0 };
        postgres.folder = postgres.answer("ready ", 1);
        postgres
    }

    fn create(&mut self, copy_of: Option<&Database>) -> Database {
        self.databases += 1;
        let name = format!("test_{}", self.databases);
        let template = copy_of.map_or("", |other| other.name.as_str());
        writeln!(self.words, "create {name} {template}").expect("it listens");
        self.answer("created", self.databases);
        let address = format!("postgres://postgres@/{name}?host={}", self.folder);
        let socket = Path::new(&self.folder).join(".s.PGSQL.5432");
        Database { name, address, socket }
    }

    fn ask(&mut self, name: &str, sql: &str) -> String {
        self.questions += 1;
        writeln!(self.words, "ask {name} {sql}").expect("it listens");
        self.answer("answer ", self.questions)
    }

    /// What follows the beginning in the line that is the n-th with it.
    fn answer(&self, beginning: &str, n: usize) -> String {
        let find = |output: &crate::process::Output| {
            let mut lines = output.stdout.iter().filter_map(|line| line.strip_prefix(beginning));
            lines.nth(n - 1).map(str::to_owned)
        };
        match self.process.wait_for(WITHIN, find) {
            Waited::Found(rest) => rest,
            Waited::Ended | Waited::TimedOut => {
                panic!("no PostgreSQL: {}", self.process.output().stderr.join("\n"))
            }
        }
    }
}
