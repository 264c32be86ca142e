//! Writing what is kept of the verification widget.

use verify::Timestamp;
use verify::record::WidgetSettings;

use crate::limits::WIDGET_SESSIONS_FORGOTTEN_MAX;
use crate::memory::Records;

impl Records {
    pub(super) fn put_widget_settings(&mut self, settings: WidgetSettings) {
        self.accounts_version += 1;
        self.widget_settings.insert(settings.account, settings);
    }

    pub(super) fn forget_widget_sessions(&mut self, before: Timestamp) {
        let old = self.widget_sessions.values().filter(|s| s.created_at < before);
        let mut old: Vec<_> = old.map(|s| (s.created_at, s.id)).collect();
        old.sort_unstable();
        for (_, id) in old.into_iter().take(WIDGET_SESSIONS_FORGOTTEN_MAX as usize) {
            self.widget_sessions.remove(&id);
        }
    }
}
