//! What locks the pages down (S-38): nothing runs that is not ours, nothing is
//! kept, and no page has ours in a frame unless the account says so.

use base64ct::{Base64Unpadded, Encoding as _};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue};
use verify::Entropy;
use verify::entropy::draw;

use super::{Page, Screen};

/// What a page may use of a device: the code of a message that is for it.
const PERMISSIONS: &str = "otp-credentials=(self), accelerometer=(), camera=(), \
    display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), \
    payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=()";

/// What lets the style of this one page through, and no other.
pub(super) fn nonce(entropy: &mut dyn Entropy) -> String {
    Base64Unpadded::encode_string(&draw::<16>(entropy))
}

/// Puts the headers of a page.
pub(super) fn lock_down(page: &Page<'_>, nonce: &str, headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    common(headers);
    set(headers, "permissions-policy", PERMISSIONS);
    if page.parent_origin.is_none() {
        set(headers, "cross-origin-opener-policy", "same-origin");
        set(headers, "cross-origin-resource-policy", "same-origin");
    } else {
        // A page that is itself isolated takes no other into its frame.
        set(headers, "cross-origin-resource-policy", "cross-origin");
    }
    let policy = policy(page, nonce);
    let policy = HeaderValue::try_from(policy)
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(HeaderName::from_static("content-security-policy"), policy);
}

/// What every answer below `/widget` has.
pub(super) fn common(headers: &mut HeaderMap) {
    set(headers, "x-content-type-options", "nosniff");
    set(headers, "referrer-policy", "no-referrer");
}

/// Puts a header of fixed words.
pub(super) fn set(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}

fn policy(page: &Page<'_>, nonce: &str) -> String {
    let captcha = page.captcha.filter(|_| asks_for_a_message(&page.screen));
    let captcha = captcha.map(|captcha| captcha.origins);
    let beside = captcha.map(|origins| format!(" {origins}")).unwrap_or_default();
    let frames = captcha.unwrap_or("'none'");
    // A scheme alone would let any page in.
    let ancestors = page.parent_origin.and_then(source).filter(|source| source.contains("//"));
    let ancestors = ancestors.unwrap_or_else(|| "'none'".to_owned());
    let target = match &page.screen {
        Screen::Return { callback_origin, .. } if page.parent_origin.is_none() => {
            source(callback_origin).map(|origin| format!(" {origin}")).unwrap_or_default()
        }
        Screen::Return { .. }
        | Screen::Number { .. }
        | Screen::Code { .. }
        | Screen::Gone
        | Screen::Refused(_) => String::new(),
    };
    let mut policy = format!(
        "default-src 'none'; script-src 'self'{beside}; style-src 'self' 'nonce-{nonce}'{beside}; \
         img-src 'self' data:{beside}; connect-src 'self'{beside}; frame-src {frames}; \
         form-action 'self'{target}; frame-ancestors {ancestors}; base-uri 'none'; object-src 'none'"
    );
    // The script of somebody else makes text into elements by its own ways.
    if captcha.is_none() {
        policy += "; require-trusted-types-for 'script'; trusted-types 'none'";
    }
    policy
}

/// Whether a message can be asked for on the screen, which may cost a captcha.
pub(super) const fn asks_for_a_message(screen: &Screen<'_>) -> bool {
    match screen {
        Screen::Number { .. } => true,
        Screen::Code { resend_at, .. } => resend_at.is_some(),
        Screen::Return { .. } | Screen::Gone | Screen::Refused(_) => false,
    }
}

/// An origin as the policy names it. A host may have characters that end a
/// directive; such a one is not named at all, and so gets nothing. The policy has no
/// word for an address of IPv6, which a test server on this machine has: its scheme.
fn source(origin: &str) -> Option<String> {
    let (scheme, host) = origin.split_once("://")?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if !matches!(scheme, "http" | "https") || host.is_empty() || !host.bytes().all(is_plain) {
        return None;
    }
    Some(if host.starts_with('[') { format!("{scheme}:") } else { origin.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_cannot_write_a_policy() {
        assert_eq!(source("https://shop.example").as_deref(), Some("https://shop.example"));
        assert_eq!(source("http://127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(source("http://[::1]:8080").as_deref(), Some("http:"));
        for wrong in [
            "https://a;script-src",
            "https://a b",
            "https://a,b",
            "https://",
            "null",
            "",
            "javascript://a",
            "https://a'b",
            "https://a\r\nb",
            "https://a/b",
            "https://a*",
        ] {
            assert_eq!(source(wrong), None, "{wrong}");
        }
    }
}
