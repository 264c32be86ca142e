//! A captcha of others, beside the proof of work (S-80).

use std::net::IpAddr;

use delivery::captcha::{CaptchaCheck, CaptchaClient};
use verify::record::NoticeKind;

use crate::http::text_api::Params;
use crate::pages::widget::Captcha as Shown;

/// A captcha of others.
pub struct Captcha {
    /// What the page shows.
    pub shown: OwnedCaptcha,
    /// Before every message, not under attack only.
    pub is_always: bool,
    /// Asks the provider.
    pub client: CaptchaClient,
}

/// What the page shows of a captcha.
#[derive(Debug, Clone)]
pub struct OwnedCaptcha {
    /// Address of its script.
    pub script_url: &'static str,
    /// Origins of what the script loads, with blanks between.
    pub origin: &'static str,
    /// The operator's public key.
    pub site_key: String,
    /// Class of the element that the script fills.
    pub class: &'static str,
    /// Field that it adds to the form.
    pub field: &'static str,
}

impl Captcha {
    /// As the page takes it.
    pub(super) fn shown(&self) -> Shown<'_> {
        let OwnedCaptcha { script_url, origin, site_key, class, field } = &self.shown;
        Shown { script_url, origin, site_key, class, field }
    }

    /// Whether the person solved it. Where the provider cannot be asked nothing is
    /// sent: a captcha that is skipped when its provider is away protects nobody.
    ///
    /// # Errors
    /// What the page is to say.
    pub(super) async fn check(&self, params: &Params, address: IpAddr) -> Result<(), NoticeKind> {
        let response = params.text(self.shown.field).ok().flatten().unwrap_or_default();
        if response.is_empty() {
            return Err(NoticeKind::WorkMissing);
        }
        match self.client.check(response, address).await {
            CaptchaCheck::Solved => Ok(()),
            CaptchaCheck::NotSolved => Err(NoticeKind::WorkMissing),
            CaptchaCheck::NoAnswer(reason) => {
                tracing::error!(reason, "the captcha's provider could not be asked; nothing is sent");
                Err(NoticeKind::SendingFailed)
            }
        }
    }
}
