//! What the adapters write and read alike: credentials, forms, short texts.

use base64ct::{Base64, Encoding as _};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use verify::engine::outbox::Refusal;
use verify::record::{BodyKind, MessageForm};
use zeroize::Zeroizing;

use crate::gateway::SendResult;
use crate::limits::{CALLBACK_PARAMETERS_MAX, PROVIDER_CODE_CHARS_MAX, PROVIDER_ID_BYTES_MAX};

/// The value of `Authorization` for a user and a password (RFC 7617), marked so
/// that it is not shown; `None` if the user contains a colon or either contains
/// a control character, which cannot be sent.
pub fn basic(user: &str, password: &SecretString) -> Option<HeaderValue> {
    let password = password.expose_secret();
    let is_sendable =
        !user.contains(':') && !(user.chars().chain(password.chars())).any(char::is_control);
    if !is_sendable {
        return None;
    }
    let pair = Zeroizing::new(format!("{user}:{password}"));
    let coded = Zeroizing::new(Base64::encode_string(pair.as_bytes()));
    sensitive(&format!("Basic {}", *coded))
}

/// The value of `Authorization` for a scheme and its one secret, such as
/// `Bearer`; `None` if a header cannot carry it.
pub fn scheme(name: &str, secret: &SecretString) -> Option<HeaderValue> {
    sensitive(&format!("{name} {}", secret.expose_secret()))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Refuses what is not plain text, for interfaces that have no place for it.
///
/// # Errors
/// The result of the hand-over: another gateway is asked.
pub fn plain_text_only(form: &MessageForm) -> Result<(), SendResult> {
    let MessageForm { body, header, class } = form;
    if *body == BodyKind::Text && header.is_empty() && class.is_none() {
        return Ok(());
    }
    Err(SendResult::Refused(Refusal::GatewayUnfit, "it takes plain text only".into()))
}

/// Whether a text may be part of a request's address or header (security rule
/// S-84): printable ASCII without blanks.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The body of an HTML form (`application/x-www-form-urlencoded`).
pub fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The content type of [`form`].
pub const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The content type of JSON.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The pairs of a form or a query, decoded; `None` if there are too many or one
/// is no UTF-8.
pub fn pairs(text: &[u8]) -> Option<Vec<(String, String)>> {
    let pairs = url::form_urlencoded::parse(text);
    let pairs: Vec<_> = pairs
        .take(CALLBACK_PARAMETERS_MAX + 1)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let is_text = |text: &str| !text.contains(char::REPLACEMENT_CHARACTER);
    let is_readable = pairs.iter().all(|(name, value)| is_text(name) && is_text(value));
    (pairs.len() <= CALLBACK_PARAMETERS_MAX && is_readable).then_some(pairs)
}

/// The value of a name that occurs once.
pub fn only<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
    values.next().filter(|_| values.next().is_none())
}

/// Whether a body is announced as JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// A provider's id of a message as it may be kept: some printable ASCII, not
/// too much of it.
pub fn provider_id(text: &str) -> Option<&str> {
    let is_id = !text.is_empty()
        && text.len() <= PROVIDER_ID_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then_some(text)
}

/// A provider's code as it may be shown and kept: cut off, and without whatever
/// could be something else than a code. So many digits in a row are no code but
/// perhaps a phone number, and are made unreadable (security rule S-106).
pub fn code(text: &str) -> String {
    let is_of_code = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let kept: Vec<char> = text.chars().filter(is_of_code).collect();
    let runs = kept.chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit());
    let masked = runs.flat_map(|run| {
        let is_number = run[0].is_ascii_digit() && run.len() >= NUMBER_DIGITS_MIN;
        run.iter().map(move |c| if is_number { '*' } else { *c })
    });
    masked.take(PROVIDER_CODE_CHARS_MAX).collect()
}

/// The fewest digits that could be a phone number; codes have six at most.
const NUMBER_DIGITS_MIN: usize = 7;

/// Whether two texts are the same, in a time that does not tell where they
/// differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_coded_as_the_standard_shows_and_are_never_shown() {
        let value = basic("Aladdin", &"open sesame".into()).unwrap();
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(format!("{value:?}"), "Sensitive");
        assert!(basic("a:b", &"c".into()).is_none());
        assert!(basic("a", &"c\r\nX: 1".into()).is_none());
        assert_eq!(scheme("App", &"k".into()).unwrap(), "App k");
        assert!(scheme("App", &"k\nX: 1".into()).is_none());
    }

    #[test]
    fn forms_carry_any_text_and_come_back() {
        let given = [("To", "+37255500123"), ("Body", "a&b=c d\r\né€")];
        let text = form(given);
        assert_eq!(text, "To=%2B37255500123&Body=a%26b%3Dc+d%0D%0A%C3%A9%E2%82%AC");
        let read = pairs(text.as_bytes()).unwrap();
        assert_eq!(read.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>(), given);
        assert_eq!(pairs(b"a=%ff"), None);
        assert!(pairs("a&".repeat(100).as_bytes()).is_some());
        assert_eq!(pairs("a&".repeat(101).as_bytes()), None);
    }

    #[test]
    fn a_name_that_occurs_twice_has_no_value() {
        let read = pairs(b"a=1&b=2&b=3").unwrap();
        assert_eq!(only(&read, "a"), Some("1"));
        assert_eq!((only(&read, "b"), only(&read, "c")), (None, None));
    }

    #[test]
    fn ids_and_codes_are_bound() {
        assert_eq!(provider_id("SM12"), Some("SM12"));
        for text in ["", "a b", "a\n", "é", &"x".repeat(129)] {
            assert_eq!(provider_id(text), None, "{text}");
        }
        assert_eq!(code("30003"), "30003");
        assert_eq!(code("to +37255500123\n{"), "to***********");
        // However it is written, and wherever the code is cut off.
        assert_eq!(code("+372 555 00123: barred"), "***********:barred");
        assert_eq!(code("x".repeat(28).as_str()), "x".repeat(28));
        assert_eq!(
            code(&format!("{}37255500123", "x".repeat(28))),
            format!("{}****", "x".repeat(28))
        );
        assert_eq!((&*code("123456"), &*code("1234567")), ("123456", "*******"));
        assert_eq!(code("12345.12345"), "12345.12345");
        assert_eq!(code(&"x".repeat(99)).len(), 32);
    }
}
