//! A PostgreSQL of this process, and fresh databases in it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

use crate::asking::wait_io;

/// A server that ends with this process at the latest.
pub(crate) struct Server {
    pub(crate) folder: String,
    child: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one with these settings.
    pub(crate) fn start<S: AsRef<OsStr>>(settings: &[S]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/postgres/start");
        let mut child = Command::new(script)
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script is in the repository");
        let words = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut server = Self { folder: String::new(), child, words, answers };
        let line = server.answer();
        let folder = line.strip_prefix("ready ");
        folder.expect("PostgreSQL runs; bin/test installs it").clone_into(&mut server.folder);
        server
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it is text");
        line.trim_end().to_owned()
    }

    fn say(&mut self, word: &str) -> String {
        let words = self.words.as_mut().expect("it listens until it is dropped");
        writeln!(words, "{word}").expect("it listens");
        self.answer()
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        assert_eq!(self.say("kill"), "dead");
    }

    /// Starts it again after [`Server::kill`].
    pub(crate) fn start_again(&mut self) {
        assert!(self.say("start").starts_with("ready "), "it starts again");
    }

    /// Makes it the primary of a new timeline, as a standby becomes by a fail-over.
    pub(crate) fn promote(&mut self) {
        assert!(self.say("promote").starts_with("ready "), "it is promoted");
    }

    /// The address of one of its databases.
    pub(crate) fn address(&self, database: &str) -> String {
        format!("postgres://postgres@/{database}?host={}", self.folder)
    }

    /// Makes a database; gives its address.
    pub(crate) fn database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::SeqCst));
        execute(&self.address("postgres"), &format!("CREATE DATABASE {name}"));
        self.address(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.child.wait();
    }
}

/// The one that most tests share. It is not flushed to disk: they do not pull
/// the plug.
pub(crate) fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&["fsync=off", "full_page_writes=off"]))
}

/// Does some words of SQL beside the engine.
pub(crate) fn execute(address: &str, sql: &str) {
    wait_io(async {
        let (client, connection) =
            tokio_postgres::connect(address, NoTls).await.expect("it can be reached");
        let work = async {
            client.batch_execute(sql).await.expect("it is done");
            drop(client);
        };
        tokio::join!(work, async { connection.await.expect("the line holds") });
    });
}

/// The first column of all rows that some words of SQL give, as text.
pub(crate) fn query(address: &str, sql: &str) -> Vec<String> {
    wait_io(async {
        let (client, connection) =
            tokio_postgres::connect(address, NoTls).await.expect("it can be reached");
        let work = async {
            let rows = client.query(sql, &[]).await.expect("it is answered");
            drop(client);
            rows.iter().map(|row| row.get(0)).collect()
        };
        tokio::join!(work, async { connection.await.expect("the line holds") }).0
    })
}
