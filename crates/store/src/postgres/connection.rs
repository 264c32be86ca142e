//! A connection with its statements at hand.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_postgres::error::Severity;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Config, Statement};

use super::row::Row;
use super::tls::Tls;
use super::trouble::{Result, Trouble};
use super::value::Value;
use super::{ANSWER, CONNECT, lock};

/// What a session is told first. A commit is on disk, and where the server says
/// so on that of a standby, when it is answered. Whoever waits for a row longer
/// than for a commit waits for somebody that waits for it.
const SETTINGS: &str = "SET lock_timeout = '500ms'; SET statement_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '10s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')";

/// The number of the session, and the timeline of the server: each promotion of a
/// standby begins a new one, so the higher of two is the one that is written to.
const SESSION: &str = "SELECT pg_backend_pid(), \
    ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint";

/// The same of an engine that has no timelines, or does not tell them.
const SESSION_WITHOUT_TIMELINE: &str = "SELECT pg_backend_pid(), 0::bigint";

/// One session with the server.
pub(super) struct Connection {
    client: Client,
    /// Each statement is prepared once, and found again by its address.
    statements: Mutex<HashMap<usize, Statement>>,
    /// Whether the server has warned of something since it was last asked.
    is_warned: Arc<AtomicBool>,
    /// Sets this session apart from all others of this server.
    pub(super) number: u32,
    /// The timeline of the server; 0 if it is not known.
    pub(super) timeline: u64,
    /// Carries messages until the session ends.
    _messenger: JoinSet<()>,
}

/// A statement that writes, and its values.
pub(super) struct Write<'v> {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value<'v>>,
}

impl Connection {
    /// Opens a session.
    pub(super) async fn open(host: &Config, tls: Tls) -> Result<Self> {
        timeout(CONNECT, Self::connect(host, tls)).await.map_err(|_| Trouble::Unconnected)?
    }

    async fn connect(host: &Config, tls: Tls) -> Result<Self> {
        let (client, mut connection) = host.connect(tls).await?;
        let is_warned = Arc::new(AtomicBool::new(false));
        let mut messenger = JoinSet::new();
        let flag = is_warned.clone();
        messenger.spawn(async move {
            while let Some(Ok(message)) =
                std::future::poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notice(notice) = &message
                    && notice.parsed_severity() == Some(Severity::Warning)
                {
                    tracing::warn!(message = notice.message(), "the database warns");
                    flag.store(true, Ordering::SeqCst);
                }
            }
        });
        client.batch_execute(SETTINGS).await?;
        let row = match client.query_one(SESSION, &[]).await {
            Ok(row) => row,
            Err(error) if error.as_db_error().is_some() => {
                client.query_one(SESSION_WITHOUT_TIMELINE, &[]).await?
            }
            Err(error) => return Err(error.into()),
        };
        let (number, timeline): (i32, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Self {
            client,
            statements: Mutex::default(),
            is_warned,
            number: number.cast_unsigned(),
            timeline: timeline.cast_unsigned(),
            _messenger: messenger,
        })
    }

    /// Whether the session is over.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Does words that give nothing back.
    pub(super) async fn batch(&self, sql: &str) -> Result<()> {
        let done = timeout(ANSWER, self.client.batch_execute(sql)).await;
        Ok(done.map_err(|_| Trouble::Silent)??)
    }

    /// Whether the server has warned of something since the last call.
    pub(super) fn take_warning(&self) -> bool {
        self.is_warned.swap(false, Ordering::SeqCst)
    }

    /// The first row, if there is one.
    pub(super) async fn one<T>(
        &self,
        sql: &'static str,
        values: Vec<Value<'_>>,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let rows = self.rows(sql, values).await?;
        rows.first().map(|row| read(&Row(row))).transpose()
    }

    /// All rows.
    pub(super) async fn all<T>(
        &self,
        sql: &'static str,
        values: Vec<Value<'_>>,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.rows(sql, values).await?.iter().map(|row| read(&Row(row))).collect()
    }

    async fn rows(
        &self,
        sql: &'static str,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<tokio_postgres::Row>> {
        let answer = async {
            let statement = self.prepared(sql).await?;
            Ok(self.client.query(&statement, &borrowed(&values)).await?)
        };
        timeout(ANSWER, answer).await.map_err(|_| Trouble::Silent)?
    }

    async fn prepared(&self, sql: &'static str) -> Result<Statement> {
        let known = lock(&self.statements).get(&sql.as_ptr().addr()).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        lock(&self.statements).insert(sql.as_ptr().addr(), statement.clone());
        Ok(statement)
    }

    /// Prepares what is not prepared yet.
    pub(super) async fn prepare(&self, writes: &[Write<'_>]) -> Result<()> {
        let mut known = HashSet::new();
        let new = writes.iter().filter(|write| known.insert(write.sql.as_ptr().addr()));
        let futures = new.map(|write| Box::pin(self.prepared(write.sql))).collect();
        let all = async {
            for (future, answer) in begun(futures).await? {
                match answer {
                    Some(answer) => drop(answer?),
                    None => drop(future.await?),
                }
            }
            Ok(())
        };
        timeout(ANSWER, all).await.map_err(|_| Trouble::Silent)?
    }

    /// Sends all writes and then the last words without waiting in between.
    ///
    /// # Errors
    /// Something was not sent, and nothing that comes after it.
    pub(super) async fn write(&self, writes: &[Write<'_>], last_words: &str) -> Result<Answers> {
        let mut sent: Vec<Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>> = Vec::new();
        for write in writes {
            sent.push(Box::pin(async {
                let statement = self.prepared(write.sql).await?;
                self.client.execute(&statement, &borrowed(&write.values)).await?;
                Ok(())
            }));
        }
        sent.push(Box::pin(async { Ok(self.client.batch_execute(last_words).await?) }));
        let mut sent = begun(sent).await?;
        let last = sent.pop().map(|(future, _)| future);
        let answers = async {
            let mut writes = Vec::new();
            for (future, answer) in sent {
                writes.push(match answer {
                    Some(answer) => answer,
                    None => future.await,
                });
            }
            let last_words = match last {
                Some(last) => last.await,
                None => Err(Trouble::Silent),
            };
            Answers { writes, last_words }
        };
        let silent = |_| Answers { writes: Vec::new(), last_words: Err(Trouble::Silent) };
        Ok(timeout(ANSWER, answers).await.unwrap_or_else(silent))
    }
}

/// What became of writes that were all sent.
pub(super) struct Answers {
    pub(super) writes: Vec<Result<()>>,
    pub(super) last_words: Result<()>,
}

fn borrowed<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

type Begun<F, T> = Vec<(F, Option<T>)>;

/// Lets each of them send its message, in order, before an answer is waited for.
///
/// # Errors
/// Of the first that fails at once; those after it have sent nothing.
async fn begun<F, T>(futures: Vec<F>) -> Result<Begun<F, Result<T>>>
where
    F: Future<Output = Result<T>> + Unpin,
{
    let mut begun: Begun<F, Result<T>> = futures.into_iter().map(|f| (f, None)).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in &mut begun {
            match Pin::new(future).poll(context) {
                Poll::Ready(Err(trouble)) => return Poll::Ready(Err(trouble)),
                Poll::Ready(ready) => *answer = Some(ready),
                Poll::Pending => {}
            }
        }
        Poll::Ready(Ok(()))
    })
    .await?;
    Ok(begun)
}
