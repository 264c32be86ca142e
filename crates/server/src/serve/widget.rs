//! The widget's own part of the program from configuration.

use anyhow::Context as _;
use delivery::captcha::CaptchaClient;
use delivery::provider::base_url::BaseUrl;
use secrecy::SecretString;

use crate::config::{CaptchaConfig, CaptchaKind, CaptchaWhen, Config, PublicUrl};
use crate::http::widget::{Captcha, Desk, DeskParts};
use crate::pages::widget::Captcha as ShownCaptcha;

/// Makes it; it calls nobody yet.
///
/// # Errors
/// The secret of the captcha cannot be read.
pub fn desk(config: &Config) -> anyhow::Result<Desk> {
    let host = Some(config.widget.host.clone()).filter(|host| !host.is_empty());
    let of_server = || config.server.public_url.as_ref().and_then(PublicUrl::host);
    Ok(Desk::new(DeskParts {
        page_host: host.clone().or_else(of_server),
        host,
        attack: config.widget.attack.into(),
        captcha: captcha(&config.widget.captcha)?,
    }))
}

/// What is known of a provider.
struct Provider {
    verify_url: &'static str,
    script_url: &'static str,
    origins: &'static str,
    class: &'static str,
    field: &'static str,
}

fn provider(kind: CaptchaKind) -> Option<Provider> {
    match kind {
        CaptchaKind::Off => None,
        CaptchaKind::Turnstile => Some(Provider {
            verify_url: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            script_url: "https://challenges.cloudflare.com/turnstile/v0/api.js",
            origins: "https://challenges.cloudflare.com",
            class: "cf-turnstile",
            field: "cf-turnstile-response",
        }),
        CaptchaKind::Hcaptcha => Some(Provider {
            verify_url: "https://api.hcaptcha.com/siteverify",
            script_url: "https://js.hcaptcha.com/1/api.js",
            origins: "https://hcaptcha.com https://*.hcaptcha.com",
            class: "h-captcha",
            field: "h-captcha-response",
        }),
        CaptchaKind::Recaptcha => Some(Provider {
            verify_url: "https://www.google.com/recaptcha/api/siteverify",
            script_url: "https://www.google.com/recaptcha/api.js",
            origins: "https://www.google.com https://www.gstatic.com",
            class: "g-recaptcha",
            field: "g-recaptcha-response",
        }),
    }
}

fn captcha(config: &CaptchaConfig) -> anyhow::Result<Option<Captcha>> {
    let Some(known) = provider(config.kind) else { return Ok(None) };
    let secret = config.secret_source().context("widget.captcha.secret_file is missing")?;
    let secret = SecretString::from(secret.read()?.expose());
    let address = if config.verify_url.is_empty() {
        known.verify_url.to_owned()
    } else {
        BaseUrl::parse(&config.verify_url, false).context("widget.captcha.verify_url")?.join("")
    };
    Ok(Some(Captcha {
        shown: ShownCaptcha {
            script_url: known.script_url.to_owned(),
            origins: known.origins,
            site_key: config.site_key.clone(),
            class: known.class.to_owned(),
            field: known.field.to_owned(),
        },
        is_always: config.when == CaptchaWhen::Always,
        client: CaptchaClient::new(&address, secret)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The policy of the page lets the script through that the page names.
    #[test]
    fn each_provider_s_script_is_of_its_origins() {
        for kind in [CaptchaKind::Turnstile, CaptchaKind::Hcaptcha, CaptchaKind::Recaptcha] {
            let known = provider(kind).unwrap();
            let allows = |origin: &str| match origin.split_once("*.") {
                Some((scheme, domain)) => {
                    let host = known.script_url.strip_prefix(scheme).unwrap_or_default();
                    let host = host.split('/').next().unwrap_or_default();
                    host.ends_with(&format!(".{domain}"))
                }
                None => known.script_url.starts_with(&format!("{origin}/")),
            };
            assert!(known.origins.split(' ').any(allows), "{}", known.script_url);
        }
        assert!(provider(CaptchaKind::Off).is_none());
    }
}
