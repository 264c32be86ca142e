//! Section `[widget]` with `[widget.captcha]`: the page that proves a number for a site.

use std::path::PathBuf;

use delivery::provider::base_url::BaseUrl;
use schemars::JsonSchema;
use serde::Deserialize;
use verify::limits::HOST_CHARS_MAX;
use verify::widget::traffic::AttackMode;

use super::formats::optional_path;
use super::problem::Report;
use super::secret::{self, Secret, SecretSource};

/// The verification widget: the page that proves a number for a site. `ringproof account widget` has what is an
/// account's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WidgetConfig {
    /// Host on which the widget also stands at `/`, such as `verify.example.com`; on every host it stands at `/widget`.
    /// Empty = on none.
    pub host: String,
    /// Under attack the work before a message is harder, and there is none without it: `auto` = for an hour after
    /// three in four of an account's last 50 codes, all within an hour, were not entered; `on` or `off`.
    #[schemars(extend("x-rule" = "D-33"))]
    pub attack: WidgetAttack,
    /// A captcha of others beside the proof of work.
    pub captcha: CaptchaConfig,
}

/// Who says whether it is an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WidgetAttack {
    /// The traffic does.
    #[default]
    Auto,
    /// It is one.
    On,
    /// It is none.
    Off,
}

impl From<WidgetAttack> for AttackMode {
    fn from(attack: WidgetAttack) -> Self {
        match attack {
            WidgetAttack::Auto => Self::Auto,
            WidgetAttack::On => Self::On,
            WidgetAttack::Off => Self::Off,
        }
    }
}

/// A captcha of others that a person solves before a message, beside the proof of work. Browsers without scripts get no
/// message then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CaptchaConfig {
    /// Whose: `off`, `turnstile`, `hcaptcha` or `recaptcha`.
    pub kind: CaptchaKind,
    /// The key that the page shows, as the provider gave it.
    pub site_key: String,
    /// The key that the provider is asked with.
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_WIDGET__CAPTCHA__SECRET"))]
    pub secret: Option<Secret>,
    /// File with the key that the provider is asked with.
    #[serde(deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub secret_file: Option<PathBuf>,
    /// Another address that is asked, for a service that speaks like one of these. Empty = the provider's own.
    pub verify_url: String,
    /// When it is asked for: `always`, or only under `attack`.
    pub when: CaptchaWhen,
}

/// Whose captcha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaptchaKind {
    /// Nobody's.
    #[default]
    Off,
    /// Cloudflare Turnstile.
    Turnstile,
    /// hCaptcha.
    Hcaptcha,
    /// Google reCAPTCHA, version 2.
    Recaptcha,
}

/// When a captcha is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaptchaWhen {
    /// Before every message.
    #[default]
    Always,
    /// Under attack.
    Attack,
}

impl WidgetConfig {
    pub(crate) fn check(&self, report: &mut Report) {
        let is_of_host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b);
        if !self.host.bytes().all(is_of_host) || self.host.len() > HOST_CHARS_MAX {
            report.add(
                "widget.host",
                format!(
                    "{:?} is no host; write its name alone in lower case, such as verify.example.com",
                    self.host
                ),
            );
        }
        self.captcha.check(report);
    }

    pub(crate) fn check_files(&self, report: &mut Report) {
        let file = self.captcha.secret_file.as_ref().map(|file| SecretSource::File(file.clone()));
        if let Some(Err(error)) = file.map(|source| source.read()) {
            report.add("widget.captcha.secret_file", error.to_string());
        }
    }
}

impl CaptchaConfig {
    /// Where the secret comes from.
    pub fn secret_source(&self) -> Option<SecretSource> {
        secret::source_of(self.secret.as_ref(), self.secret_file.as_ref())
    }

    fn check(&self, report: &mut Report) {
        let (value, file) = (self.secret.as_ref(), self.secret_file.as_ref());
        secret::check("widget.captcha.secret", value, file, report);
        if !self.verify_url.is_empty()
            && let Err(error) = BaseUrl::parse(&self.verify_url, false)
        {
            report.add("widget.captcha.verify_url", error.to_string());
        }
        if self.kind == CaptchaKind::Off {
            return;
        }
        let is_key = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if self.site_key.is_empty() || !self.site_key.bytes().all(is_key) {
            report.add(
                "widget.captcha.site_key",
                "is no site key; write the public key that the provider of the captcha gave you",
            );
        }
        if self.secret_source().is_none() {
            report.add(
                "widget.captcha.secret_file",
                "is missing; name a file with the secret key that the provider of the captcha gave you",
            );
        }
    }
}
