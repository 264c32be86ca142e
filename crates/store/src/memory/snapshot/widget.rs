//! What is kept of the verification widget.

use verify::engine::{Keys, Snapshot};

use crate::memory::Records;

impl Records {
    pub(super) fn load_widget(&self, keys: &Keys, s: &mut Snapshot) {
        if let Some(account) = s.account.as_ref().filter(|_| keys.widget_settings) {
            s.widget_settings = self.widget_settings.get(&account.id).cloned();
        }
        if let Some(id) = keys.widget_session {
            s.widget_session = self.widget_sessions.get(&id).cloned();
        }
        if let Some(account) = keys.widget_traffic {
            s.widget_traffic = self.widget_traffic.get(&account).cloned().unwrap_or_default();
        }
    }
}
