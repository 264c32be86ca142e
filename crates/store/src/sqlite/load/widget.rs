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
