//! A connection with its statements at hand, and with what the open
//! transaction knows already.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Params, PrepFlags, Result, Row, Statement, Transaction};
use verify::ids::{AccountId, ServiceId};
use verify::record::Service;
use verify::send_limits::AccountSends;

#[cfg(test)]
use rusqlite::StatementStatus;

use super::write;

/// A connection that prepares each statement once and finds it again by its
/// address, where the library's own cache hashes and copies the whole text.
pub(super) struct Connection<'c> {
    inner: &'c rusqlite::Connection,
    statements: RefCell<Vec<Kept<'c>>>,
    known: Known,
    /// For how many orphans of a gateway there is room, also beyond a transaction: who
    /// forgets some makes more room. If another process writes some too, there are as
    /// many too many at most as that, until they are counted next.
    orphan_room: RefCell<HashMap<String, u32>>,
}

/// A statement that is not in use.
struct Kept<'c> {
    sql: &'static str,
    statement: Statement<'c>,
}

/// Records that many steps of one group ask for, so that the group reads them
/// once and writes them once. The write lock is held while they are known:
/// nobody else can change them meanwhile.
#[derive(Default)]
struct Known {
    /// Whether a transaction is open that may keep something here.
    is_open: Cell<bool>,
    services: RefCell<Vec<Service>>,
    account_sends: RefCell<Vec<KnownSends>>,
}

struct KnownSends {
    account: AccountId,
    sends: AccountSends,
    /// Whether the row is older.
    is_changed: bool,
}

impl<'c> Connection<'c> {
    pub(super) fn new(inner: &'c rusqlite::Connection) -> Self {
        Self {
            inner,
            statements: RefCell::default(),
            known: Known::default(),
            orphan_room: RefCell::default(),
        }
    }

    /// The library's connection.
    pub(super) fn inner(&self) -> &'c rusqlite::Connection {
        self.inner
    }

    /// Begins a transaction that may write.
    pub(super) fn begin(&self) -> Result<()> {
        self.execute("BEGIN IMMEDIATE", [])?;
        self.known.is_open.set(true);
        Ok(())
    }

    /// Commits what [`Connection::begin`] began.
    pub(super) fn commit(&self) -> Result<()> {
        for known in self.known.account_sends.borrow().iter().filter(|known| known.is_changed) {
            write::account_sends(self, known.account, &known.sends)?;
        }
        self.execute("COMMIT", [])?;
        self.known.forget();
        Ok(())
    }

    /// Undoes what [`Connection::begin`] began.
    pub(super) fn roll_back(&self) -> Result<()> {
        self.known.forget();
        self.orphan_room.borrow_mut().clear();
        if self.inner.is_autocommit() { Ok(()) } else { self.execute("ROLLBACK", []) }
    }

    /// Begins a transaction that only reads.
    pub(super) fn begin_read(&self) -> Result<Transaction<'c>> {
        self.inner.unchecked_transaction()
    }

    /// Does a statement that gives nothing back.
    pub(super) fn execute(&self, sql: &'static str, params: impl Params) -> Result<()> {
        self.with(sql, |statement| statement.execute(params).map(drop))
    }

    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.with(sql, |statement| statement.query_row(params, read).optional())
    }

    /// All rows.
    pub(super) fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.with(sql, |statement| statement.query_map(params, read)?.collect())
    }

    /// Works with a statement, which is prepared if it is new or in use.
    fn with<T>(
        &self,
        sql: &'static str,
        work: impl FnOnce(&mut Statement<'c>) -> Result<T>,
    ) -> Result<T> {
        let mut statement = match self.take(sql) {
            Some(statement) => statement,
            // Persistent: it leaves the small memory for what comes and goes.
            None => self.inner.prepare_with_flags(sql, PrepFlags::SQLITE_PREPARE_PERSISTENT)?,
        };
        let done = work(&mut statement);
        self.statements.borrow_mut().push(Kept { sql, statement });
        done
    }

    fn take(&self, sql: &'static str) -> Option<Statement<'c>> {
        let mut statements = self.statements.borrow_mut();
        let index = statements.iter().position(|kept| std::ptr::eq(kept.sql, sql))?;
        Some(statements.swap_remove(index).statement)
    }

    /// How often a statement was begun since the last call.
    #[cfg(test)]
    pub(super) fn count_runs(&self) -> i32 {
        let statements = self.statements.borrow();
        let runs = |kept: &Kept<'_>| kept.statement.reset_status(StatementStatus::Run);
        statements.iter().map(runs).sum()
    }

    /// How much work the statements were since the last call, in steps of the library's
    /// machine.
    #[cfg(test)]
    pub(super) fn count_work(&self) -> i32 {
        let statements = self.statements.borrow();
        let steps = |kept: &Kept<'_>| kept.statement.reset_status(StatementStatus::VmStep);
        statements.iter().map(steps).sum()
    }

    /// Takes a place for an orphan of this gateway, if one is known to be free.
    pub(super) fn take_orphan_room(&self, gateway: &str) -> bool {
        let mut rooms = self.orphan_room.borrow_mut();
        let room = rooms.get_mut(gateway).filter(|room| **room > 0);
        room.map(|room| *room -= 1).is_some()
    }

    /// For so many more orphans of this gateway there is room.
    pub(super) fn set_orphan_room(&self, gateway: &str, room: u32) {
        self.orphan_room.borrow_mut().insert(gateway.to_owned(), room);
    }

    /// A service of an account, read once in a transaction that writes.
    pub(super) fn service(
        &self,
        account: AccountId,
        id: ServiceId,
        read: impl FnOnce() -> Result<Option<Service>>,
    ) -> Result<Option<Service>> {
        let is_it = |service: &&Service| service.id == id && service.account == account;
        let known = self.known.services.borrow().iter().find(is_it).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let found = read()?;
        if self.known.is_open.get() {
            self.known.services.borrow_mut().extend(found.clone());
        }
        Ok(found)
    }

    /// A service is written.
    pub(super) fn forget_services(&self) {
        self.known.services.borrow_mut().clear();
    }

    /// The sends of an account, read once in a transaction that writes.
    pub(super) fn account_sends(
        &self,
        account: AccountId,
        read: impl FnOnce() -> Result<AccountSends>,
    ) -> Result<AccountSends> {
        let is_it = |known: &&KnownSends| known.account == account;
        let known = self.known.account_sends.borrow().iter().find(is_it).map(|k| k.sends.clone());
        if let Some(sends) = known {
            return Ok(sends);
        }
        let sends = read()?;
        if self.known.is_open.get() {
            let known = KnownSends { account, sends: sends.clone(), is_changed: false };
            self.known.account_sends.borrow_mut().push(known);
        }
        Ok(sends)
    }

    /// Notes the sends of an account; they are written when the transaction
    /// is committed.
    pub(super) fn note_account_sends(&self, account: AccountId, sends: &AccountSends) {
        let mut known = self.known.account_sends.borrow_mut();
        match known.iter_mut().find(|known| known.account == account) {
            Some(known) => {
                known.sends.clone_from(sends);
                known.is_changed = true;
            }
            None => known.push(KnownSends { account, sends: sends.clone(), is_changed: true }),
        }
    }
}

impl Known {
    fn forget(&self) {
        self.is_open.set(false);
        self.services.borrow_mut().clear();
        self.account_sends.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection as Library;
    use verify::Timestamp;
    use verify::engine::{Change, Keys, Snapshot};

    use super::*;
    use crate::sqlite::{SqliteOptions, load, open};

    const ACCOUNT: AccountId = AccountId::from_i64(1);
    const SERVICE: ServiceId = ServiceId::from_bytes([7; 16]);

    fn library(folder: &std::path::Path) -> Library {
        let options = SqliteOptions {
            path: folder.join("ringproof.db"),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        open::write_connection(&options).unwrap()
    }

    fn see(connection: &Connection) -> Snapshot {
        let keys = Keys {
            service: Some((ACCOUNT, SERVICE)),
            account_sends: Some(ACCOUNT),
            ..Keys::default()
        };
        load::snapshot(connection, &keys).unwrap()
    }

    fn send(connection: &Connection, second: i64) {
        let mut sends = see(connection).account_sends;
        sends.record(Timestamp::from_second(second).unwrap());
        write::change(connection, &Change::PutAccountSends(ACCOUNT, sends)).unwrap();
    }

    fn written(library: &Library) -> Option<i64> {
        let sql = "SELECT second_sends FROM account_sends";
        library.query_row(sql, [], |row| row.get(0)).optional().unwrap()
    }

    #[test]
    fn sends_are_seen_at_once_and_written_with_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let connection = Connection::new(&library);
        connection.begin().unwrap();
        (0..3).for_each(|_| send(&connection, 60));
        assert_eq!(see(&connection).account_sends.second_sends, 3);
        assert_eq!(written(&library), None);
        connection.commit().unwrap();
        assert_eq!(written(&library), Some(3));

        connection.begin().unwrap();
        send(&connection, 60);
        connection.roll_back().unwrap();
        connection.begin().unwrap();
        assert_eq!(see(&connection).account_sends.second_sends, 3, "it was undone");
        connection.commit().unwrap();
    }

    #[test]
    fn nothing_is_known_beyond_a_transaction_or_of_one_that_only_reads() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let connection = Connection::new(&library);
        connection.begin().unwrap();
        assert_eq!(see(&connection).account_sends.second_sends, 0);
        connection.commit().unwrap();
        let put = |sends: i64| {
            let sql = "INSERT OR REPLACE INTO account_sends \
                       (account_id, second, second_sends, hours) VALUES (1, 60, ?1, '')";
            library.execute(sql, [sends]).unwrap();
        };
        for sends in [5, 6] {
            put(sends);
            let transaction = connection.begin_read().unwrap();
            assert_eq!(i64::from(see(&connection).account_sends.second_sends), sends);
            transaction.finish().unwrap();
        }
    }

    #[test]
    fn a_service_that_is_deleted_is_known_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let connection = Connection::new(&library);
        let service = Service {
            id: SERVICE,
            account: ACCOUNT,
            name: "Shop".to_owned(),
            host: "shop.example".to_owned(),
            host_text: "shop.example".to_owned(),
            created_at: Timestamp::from_second(60).unwrap(),
        };
        connection.begin().unwrap();
        write::change(&connection, &Change::InsertService(Box::new(service.clone()))).unwrap();
        assert_eq!(see(&connection).service, Some(service.clone()));
        assert_eq!(see(&connection).service, Some(service));
        let foreign = Keys { service: Some((AccountId::from_i64(2), SERVICE)), ..Keys::default() };
        assert_eq!(load::snapshot(&connection, &foreign).unwrap().service, None);
        write::change(&connection, &Change::DeleteService(SERVICE)).unwrap();
        assert_eq!(see(&connection).service, None);
        connection.commit().unwrap();
    }

    #[test]
    fn a_statement_in_use_is_prepared_once_more() {
        const ONE: &str = "SELECT 1";
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let connection = Connection::new(&library);
        let inner = |_: &Row<'_>| connection.one(ONE, [], |row| row.get::<_, i64>(0));
        assert_eq!(connection.one(ONE, [], inner).unwrap(), Some(Some(1)));
        assert_eq!(connection.statements.borrow().len(), 2);
        assert_eq!(connection.one(ONE, [], inner).unwrap(), Some(Some(1)));
        assert_eq!(connection.statements.borrow().len(), 2);
    }
}
