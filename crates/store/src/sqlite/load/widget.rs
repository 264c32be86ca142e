//! What is kept of the verification widget.

use rusqlite::Result;
use verify::engine::{Keys, Snapshot};

use crate::sqlite::prepared::Connection;
use crate::sqlite::{row, sql};

/// After the account: it asks for what is its own.
pub(super) fn load(connection: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    if let Some(account) = s.account.as_ref().filter(|_| keys.widget_settings) {
        let params = [account.id.as_i64()];
        s.widget_settings =
            connection.one(sql::WIDGET_SETTINGS_OF, params, row::widget_settings)?;
    }
    if let Some(id) = keys.widget_session {
        let params = [id.as_bytes()];
        s.widget_session = connection.one(sql::WIDGET_SESSION, params, row::widget_session)?;
    }
    if let Some(account) = keys.widget_traffic {
        let params = [account.as_i64()];
        let traffic = connection.one(sql::WIDGET_TRAFFIC, params, row::widget_traffic)?;
        s.widget_traffic = traffic.unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use verify::engine::Change;
    use verify::engine::check::{NumberCheckRequest, number_keys};
    use verify::engine::widget::{self, CheckRequest};
    use verify::ids::{AccountId, VerificationId, WidgetSessionId};
    use verify::record::BrowserTrace;

    use super::*;
    use crate::sqlite::{SqliteOptions, load, open, write};

    const ACCOUNT: AccountId = AccountId::from_i64(1);

    fn check_of_number() -> NumberCheckRequest {
        NumberCheckRequest {
            account: ACCOUNT,
            confirmation: VerificationId::from_bytes([7; 16]),
            entered: verify::code::EnteredCode::parse("123456").unwrap(),
            browser: BrowserTrace::default(),
            trusts_cookies: false,
            address: None,
            enforces_address_limits: false,
        }
    }

    #[test]
    fn a_page_costs_a_statement_for_each_record_of_its_own_and_others_none() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            path: folder.path().join("ringproof.db"),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        let library = open::write_connection(&options).unwrap();
        let connection = Connection::new(&library);
        let reads = |keys: &Keys| {
            connection.count_runs();
            load::snapshot(&connection, keys).unwrap();
            connection.count_runs()
        };
        let number = check_of_number();
        assert_eq!(reads(&number_keys(&number)), 1, "a confirmation that is not known");
        let session = WidgetSessionId::from_bytes([9; 16]);
        let on_page = CheckRequest { session, number };
        assert_eq!(reads(&widget::check_keys(&on_page)), 3, "the session and the traffic");
        assert_eq!(reads(&widget::session_keys(session)), 1);
        let of_nobody = Keys { widget_settings: true, ..Keys::default() };
        assert_eq!(reads(&of_nobody), 0);

        connection.count_runs();
        let traffic = verify::record::WidgetTraffic::default();
        write::change(&connection, &Change::PutWidgetTraffic(ACCOUNT, traffic)).unwrap();
        let before = verify::Timestamp::UNIX_EPOCH;
        write::change(&connection, &Change::ForgetWidgetSessions(before)).unwrap();
        assert_eq!(connection.count_runs(), 2);
    }

    #[test]
    fn a_row_with_a_word_that_nobody_knows_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            path: folder.path().join("ringproof.db"),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        let library = open::write_connection(&options).unwrap();
        let connection = Connection::new(&library);
        let session = "INSERT INTO widget_session (id, account_id, cookie, wire, callback_url, \
             is_phone_locked, is_framed, step, rounds, starts, created_at, used_at) \
             VALUES (zeroblob(16), 1, zeroblob(32), 'two', 'https://a.example/', 0, 0, 'number', \
             0, 0, 0, 0)";
        library.execute(session, []).unwrap();
        let settings = "INSERT INTO widget_settings (account_id, version_1, targets, \
             frame_origins, signs_twice, is_origin_bound) VALUES (1, 'off', '', '', 0, 0)";
        library.execute(settings, []).unwrap();
        let id = WidgetSessionId::from_bytes([0; 16]);
        let read_session = || load::snapshot(&connection, &widget::session_keys(id));
        let read_settings = || connection.all(sql::WIDGET_SETTINGS, [], row::widget_settings);
        assert!(read_session().is_ok() && read_settings().is_ok());
        for wrong in [
            "wire = 'three'",
            "step = 'nowhere'",
            "step = 'code'",
            "step = 'done'",
            "step = 'done', done_at = 0, status = 'PERHAPS'",
            "step = 'code', step_phone = '+37255500123', verification_id = zeroblob(15)",
            "notice = 'of_nothing'",
            "phone = 'jane'",
            "created_at = 9223372036854775807",
            "rounds = -1",
            "cookie = zeroblob(31)",
        ] {
            library.execute_batch("SAVEPOINT before").unwrap();
            library.execute(&format!("UPDATE widget_session SET {wrong}"), []).unwrap();
            assert!(read_session().is_err(), "{wrong}");
            library.execute_batch("ROLLBACK TO before; RELEASE before").unwrap();
        }
        for wrong in ["version_1 = 'maybe'", "version_1 = 'until'", "accent = x'0102'"] {
            library.execute_batch("SAVEPOINT before").unwrap();
            library.execute(&format!("UPDATE widget_settings SET {wrong}"), []).unwrap();
            assert!(read_settings().is_err(), "{wrong}");
            library.execute_batch("ROLLBACK TO before; RELEASE before").unwrap();
        }
        assert!(read_session().is_ok() && read_settings().is_ok());
    }
}
