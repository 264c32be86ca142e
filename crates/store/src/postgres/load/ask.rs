//! Asking for records, those that are one row each by as few statements as can be.
//!
//! Whoever asks waits. When all have asked that can, what they ask for is put into one
//! statement, whose row has the columns of each record side by side.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tokio::sync::oneshot;

use crate::limits::JOINT_READS_MAX;
use crate::postgres::connection::Connection;
use crate::postgres::joint::{Shapes, renamed};
use crate::postgres::lock;
use crate::postgres::row::Row;
use crate::postgres::trouble::{Result, Trouble};
use crate::postgres::value::Value;

static SHAPES: Shapes = Shapes::new();

/// Takes what is asked for in an open transaction.
pub(super) struct Asking<'c, 'v> {
    connection: &'c Connection,
    asked: Mutex<Vec<Asked<'v>>>,
}

/// A record that somebody waits for.
struct Asked<'v> {
    sql: &'static str,
    values: Vec<Value<'v>>,
    reply: oneshot::Sender<Option<Found>>,
}

/// A row that has the record, and its first column.
struct Found {
    row: Arc<tokio_postgres::Row>,
    first: usize,
}

impl<'c, 'v> Asking<'c, 'v> {
    pub(super) fn on(connection: &'c Connection) -> Self {
        Self { connection, asked: Mutex::default() }
    }

    /// The first row, if there is one.
    pub(super) async fn one<T>(
        &self,
        sql: &'static str,
        values: Vec<Value<'v>>,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let (reply, answer) = oneshot::channel();
        lock(&self.asked).push(Asked { sql, values, reply });
        // Without an answer, what went wrong is told by `answered`.
        let found = answer.await.map_err(|_| Trouble::Silent)?;
        found.map(|found| read(&Row::from(&found.row, found.first))).transpose()
    }

    /// All rows.
    pub(super) async fn all<T>(
        &self,
        sql: &'static str,
        values: Vec<Value<'_>>,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.connection.all(sql, values, read).await
    }

    /// Lets the work ask, and answers it.
    pub(super) async fn answered<T>(
        &self,
        mut work: Pin<&mut impl Future<Output = Result<T>>>,
    ) -> Result<T> {
        let mut ways: Vec<Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>> = Vec::new();
        std::future::poll_fn(|context| {
            loop {
                if let Poll::Ready(done) = work.as_mut().poll(context) {
                    return Poll::Ready(done);
                }
                let mut asked = std::mem::take(&mut *lock(&self.asked));
                while !asked.is_empty() {
                    let rest = asked.split_off(asked.len().min(JOINT_READS_MAX));
                    ways.push(Box::pin(self.fetch(std::mem::replace(&mut asked, rest))));
                }
                let mut has_answered = false;
                let mut place = 0;
                while let Some(way) = ways.get_mut(place) {
                    match way.as_mut().poll(context) {
                        Poll::Ready(Ok(())) => {
                            drop(ways.swap_remove(place));
                            has_answered = true;
                        }
                        Poll::Ready(Err(trouble)) => return Poll::Ready(Err(trouble)),
                        Poll::Pending => place += 1,
                    }
                }
                if !has_answered {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    async fn fetch(&self, mut asked: Vec<Asked<'v>>) -> Result<()> {
        let parts: Vec<&str> = asked.iter().map(|one| one.sql).collect();
        let joint = (parts.len() > 1).then(|| SHAPES.of(&parts, || text(&asked))).flatten();
        let Some(sql) = joint else {
            for one in asked {
                let rows = self.connection.rows(one.sql, one.values).await?;
                let row = rows.into_iter().next();
                let found = row.map(|row| Found { row: Arc::new(row), first: 0 });
                // Who asked may have given up.
                let _ = one.reply.send(found);
            }
            return Ok(());
        };
        let values = asked.iter_mut().flat_map(|one| std::mem::take(&mut one.values)).collect();
        let rows = self.connection.rows(sql, values).await?;
        let row = Arc::new(rows.into_iter().next().ok_or(Trouble::Silent)?);
        let columns = row.columns().iter().enumerate();
        let begins = columns.filter(|(_, column)| column.name() == THERE).map(|(at, _)| at);
        let begins: Vec<usize> = begins.collect();
        for (one, begin) in asked.into_iter().zip(begins) {
            let is_there: Option<bool> = Row::from(&row, begin).get(0)?;
            let found = is_there.map(|_| Found { row: row.clone(), first: begin + 1 });
            let _ = one.reply.send(found);
        }
        Ok(())
    }
}

/// The column before those of a record, which says whether there is one.
const THERE: &str = "is_there";

fn text(asked: &[Asked<'_>]) -> String {
    let (mut columns, mut joins, mut values) = (Vec::new(), String::new(), 0);
    for (n, one) in asked.iter().enumerate() {
        columns.push(format!("record_{n}.*"));
        let own = renamed(one.sql, &[], n, values);
        write!(
            joins,
            " LEFT JOIN LATERAL (SELECT TRUE AS {THERE}, record.* FROM ({own}) AS record LIMIT 1) \
             AS record_{n} ON TRUE",
        )
        .expect("a string takes everything");
        values += one.values.len();
    }
    format!("SELECT {} FROM (SELECT 1) AS one{joins}", columns.join(", "))
}
