//! The description of a gateway that has no adapter, as an operator writes it
//! (`delivery.md` 7.9). These are its keys; [`super::Generic::new`] checks what
//! they say.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};

/// A gateway described by templates.
///
/// In a template `{{name}}` stands for a value, escaped for its place; a value
/// is never searched for names. The names are `to` (digits), `to_plus` (with
/// `+`), `from`, `text`, `id` (our id of the message), `tag` (proves the id),
/// `callback_url` (with the tag; empty if this server has no public address),
/// `validity_s`, `validity_min`, `parts`, `alphabet` (`gsm7` or `ucs2`),
/// `country` (two letters; empty if unknown), and `var.NAME` of `vars`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericOptions {
    /// Where the gateway is: a template with names behind the host only, where
    /// they are percent-encoded.
    pub url: String,
    /// `POST` (default), `GET` or `PUT`.
    #[serde(default)]
    pub method: GenericMethod,
    /// Headers: templates by name. Values become printable ASCII or the message
    /// is refused.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What is sent; nothing if it is left out.
    pub body: Option<GenericBody>,
    /// Values for `{{var.NAME}}`; the place for credentials. Never shown.
    #[serde(default)]
    pub vars: BTreeMap<String, GenericSecret>,
    /// What answers mean: the first rule that holds. An answer without one is
    /// understood by its status alone (success: in doubt).
    pub results: Vec<GenericResult>,
    /// How receipts come; none if they do not.
    pub callback: Option<GenericCallback>,
}

/// A value that is never shown.
#[derive(Clone)]
pub struct GenericSecret(SecretString);

impl GenericSecret {
    /// The value.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for GenericSecret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for GenericSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GenericSecret(…)")
    }
}

impl<'de> Deserialize<'de> for GenericSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

/// The method of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GenericMethod {
    /// POST.
    #[default]
    Post,
    /// GET; goes with `body.query` or none.
    Get,
    /// PUT.
    Put,
}

/// What is sent, in one of four kinds. `Content-Type` follows from it unless
/// `headers` names it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenericBody {
    /// A template that is JSON. Names stand inside strings; `validity_s`,
    /// `validity_min` and `parts` may stand for a number.
    Json(String),
    /// An HTML form: templates by field.
    Form(BTreeMap<String, String>),
    /// A query behind the address: templates by field.
    Query(BTreeMap<String, String>),
    /// A template of any text. Values are taken as they are, or escaped for XML
    /// if `Content-Type` in `headers` says xml.
    Text(String),
}

/// What an answer means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericResult {
    /// When the rule holds; always if it is left out.
    #[serde(default)]
    pub when: GenericCondition,
    /// `accepted`, `throttled`, `retry`, `route_down`, `route_unfit`,
    /// `refused_dest`, `refused_dest_confirm`, `refused_content` or `in_doubt`.
    pub outcome: String,
    /// Where the gateway's id of an accepted message stands.
    pub id: Option<GenericSource>,
}

/// A place in a text that a gateway sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenericSource {
    /// In JSON, by RFC 6901, as `/messages/0/id`. The fields of a form and a
    /// query are found as `/name`.
    JsonPointer(String),
    /// What the first group of this expression matches, or all of it if it has
    /// none.
    Regex(String),
}

/// A condition; all that it names must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericCondition {
    /// The status of the answer: `200`, `"200-299"`, or a list of both.
    pub http: Option<GenericStatuses>,
    /// A place in JSON; alone it must exist and not be null.
    pub json_pointer: Option<String>,
    /// An expression; alone it must match.
    pub regex: Option<String>,
    /// What must stand at the place.
    pub equals: Option<GenericValue>,
    /// One of these must stand at the place.
    #[serde(rename = "in")]
    pub one_of: Option<Vec<GenericValue>>,
    /// A number from the first to the second must stand at the place.
    pub range: Option<(i64, i64)>,
}

/// Statuses of answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum GenericStatuses {
    /// One.
    One(u16),
    /// A range such as `200-299`, or one as text.
    Range(String),
    /// Any of them.
    Any(Vec<GenericStatuses>),
}

/// A value that is compared, as text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum GenericValue {
    /// Text.
    Text(String),
    /// A number.
    Number(i64),
    /// True or false.
    Truth(bool),
}

/// How receipts come: in the body of a POST as JSON or form, or in the query of
/// a GET.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericCallback {
    /// How calls are proved, beside the tag in their address.
    pub auth: GenericAuth,
    /// Where the `{{tag}}` of the message comes back, or its `{{id}}` if `auth`
    /// is not `none`: for a gateway that calls one address for all messages.
    /// Without it the tag in the address, `{{callback_url}}`, tells.
    pub message: Option<GenericSource>,
    /// Where the gateway's id of the message stands.
    pub id: Option<GenericSource>,
    /// What became of it: the first rule that holds, else `unknown`.
    pub states: Vec<GenericState>,
    /// Why it failed: the first rule that holds, else nothing.
    #[serde(default)]
    pub causes: Vec<GenericCause>,
    /// Where the gateway's own code of a failure stands.
    pub code: Option<GenericSource>,
}

/// What a receipt says of a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericState {
    /// When the rule holds; always if it is left out.
    #[serde(default)]
    pub when: GenericCondition,
    /// `accepted`, `unknown`, `expired`, `deleted`, `undeliverable`, `failed`,
    /// `rejected` or `delivered`.
    pub state: String,
}

/// Why a message failed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericCause {
    /// When the rule holds; always if it is left out.
    #[serde(default)]
    pub when: GenericCondition,
    /// `dest_invalid`, `dest_off`, `network`, `blocked`, `account`, `expired`
    /// or `unknown`.
    pub cause: String,
}

/// How calls are proved.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenericAuth {
    /// By the tag alone.
    None,
    /// By user and password.
    Basic(GenericBasic),
    /// By `Authorization: Bearer` and a token.
    Bearer(GenericBearer),
    /// By a signature.
    Hmac(GenericHmac),
}

/// User and password of a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericBasic {
    /// The user.
    pub user: String,
    /// The password.
    pub password: GenericSecret,
}

/// The token of a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericBearer {
    /// The token.
    pub token: GenericSecret,
}

/// The signature of a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericHmac {
    /// The header that holds it.
    pub header: String,
    /// What stands before it in the header, as `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// The secret.
    pub secret: GenericSecret,
    /// The other secret that is valid while it is being changed.
    pub secret_other: Option<GenericSecret>,
    /// `sha1`, `sha256` or `sha512`.
    pub algorithm: GenericAlgorithm,
    /// `hex` or `base64`.
    pub encoding: GenericEncoding,
    /// `body`, `url+body` or `timestamp.body`.
    pub over: GenericOver,
    /// The header that holds the time in seconds since 1970; for
    /// `timestamp.body`.
    pub timestamp_header: Option<String>,
    /// How many seconds that time may be from now; 300 by default.
    #[serde(default = "five_minutes")]
    pub tolerance_seconds: u64,
}

fn five_minutes() -> u64 {
    300
}

/// The hash of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GenericAlgorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GenericEncoding {
    /// Hex digits in either case.
    Hex,
    /// Base64 with padding.
    Base64,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum GenericOver {
    /// The body.
    #[serde(rename = "body")]
    Body,
    /// The address that was called, and the body right behind it.
    #[serde(rename = "url+body")]
    UrlBody,
    /// The time as it stands in its header, a dot, the body.
    #[serde(rename = "timestamp.body")]
    TimestampBody,
}
