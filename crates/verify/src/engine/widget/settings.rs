//! The operator changes how an account uses the widget.

use super::super::{Change, Decision, Keys, Snapshot};
use crate::ids::AccountId;
use crate::record::{Brand, Version1, WidgetSettings};

/// Records that [`change_settings`] needs.
pub fn settings_keys(username: &str) -> Keys {
    Keys { account_name: Some(username.to_owned()), widget_settings: true, ..Keys::default() }
}

/// The settings of an account that has none yet: nothing is taken.
pub fn no_settings(account: AccountId) -> WidgetSettings {
    WidgetSettings {
        account,
        secret: None,
        version_1: Version1::AsAccount,
        targets: Vec::new(),
        frame_origins: Vec::new(),
        signs_twice: false,
        is_origin_bound: false,
        brand: Brand::default(),
    }
}

/// Changes the settings of the account that was read; gives them as they are then,
/// or why `edit` did not want to, or `None` if there is no such account.
pub fn change_settings<E>(
    snapshot: &Snapshot,
    edit: impl FnOnce(&mut WidgetSettings) -> Result<(), E>,
) -> Decision<Option<Result<WidgetSettings, E>>> {
    let Some(account) = &snapshot.account else { return Decision::unchanged(None) };
    let kept = snapshot.widget_settings.clone();
    let mut settings = kept.unwrap_or_else(|| no_settings(account.id));
    match edit(&mut settings) {
        Ok(()) => {
            let change = Change::PutWidgetSettings(Box::new(settings.clone()));
            Decision::with(vec![change], Some(Ok(settings)))
        }
        Err(error) => Decision::unchanged(Some(Err(error))),
    }
}
