//! A captcha of others, beside the proof of work (S-80).

use std::net::IpAddr;

use delivery::captcha::{CaptchaCheck, CaptchaClient};
use verify::record::NoticeKind;

use crate::http::text_api::Params;
use crate::pages::widget::Captcha as ShownCaptcha;

/// A captcha of others.
pub struct Captcha {
    /// What the page shows.
    pub shown: ShownCaptcha,
    /// Before every message, not under attack only.
    pub is_always: bool,
    /// Asks the provider.
    pub client: CaptchaClient,
}

impl Captcha {
    /// Whether the person solved it. Where the provider cannot be asked nothing is
    /// sent: a captcha that is skipped when its provider is away protects nobody.
    ///
    /// # Errors
    /// What the page is to say.
    pub(super) async fn check(&self, params: &Params, address: IpAddr) -> Result<(), NoticeKind> {
        let response = params.text(&self.shown.field).ok().flatten().unwrap_or_default();
        if response.is_empty() {
            return Err(NoticeKind::WorkMissing);
        }
        match self.client.check(response, address).await {
            CaptchaCheck::Solved => Ok(()),
            CaptchaCheck::NotSolved => Err(NoticeKind::WorkMissing),
            CaptchaCheck::NoAnswer(reason) => {
                tracing::error!(
                    reason,
                    "the captcha's provider could not be asked; nothing is sent"
                );
                Err(NoticeKind::SendingFailed)
            }
        }
    }
}
