//! Plain messages.

use std::fmt;

use serde_json::{Map, Value};

use super::json::text;
use super::text::{Refusals, TextCall, is_id, ok_word};
use crate::error::{Error, ErrorKind};
use crate::http::transport::Transport;

const OF_SENDING: Refusals = &[
    ("ERROR 104", ErrorKind::InvalidData),
    ("ERROR 105", ErrorKind::InvalidData),
    ("ERROR 106", ErrorKind::ResourceForbidden),
    ("ERROR 107", ErrorKind::InsufficientCredit),
];
const OF_MESSAGES: Refusals = &[("ERROR 107", ErrorKind::NoSuchResource)];
const OF_PRICES: Refusals = &[
    ("ERROR 104", ErrorKind::InvalidData),
    ("ERROR 105", ErrorKind::NoSuchResource),
    ("ERROR 106", ErrorKind::InvalidData),
];

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// It waits for its time or a gateway.
    Waiting,
    /// A gateway has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// It will not arrive.
    Failed,
}

/// What may be replaced so that a text is cheaper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Autoconvert {
    /// What looks alike.
    On,
    /// Letters with marks too.
    Full,
    /// Nothing.
    Off,
}

/// What the server keeps of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextStore {
    /// The text, sealed.
    Plaintext,
    /// A keyed digest.
    Sha256,
    /// Nothing.
    Nostore,
}

/// What a message shall be otherwise than usual.
#[derive(Clone, Default)]
#[must_use = "options do nothing until a call takes them"]
pub struct SmsOptions(Vec<(&'static str, Vec<u8>)>);

/// The price of one part of a message in one network.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkPrice {
    /// Country and network by their numbers.
    pub mccmnc: String,
    /// The network's name.
    pub name: String,
    /// In euro, as the server wrote it.
    pub price: String,
}

/// The prices of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountryPrices {
    /// Two letters.
    pub country: String,
    /// Its name.
    pub name: String,
    /// Its country code.
    pub prefix: String,
    /// The networks.
    pub networks: Vec<NetworkPrice>,
}

/// Plain messages; see [`Ringproof::sms`](crate::Ringproof::sms). Codes for logins are
/// better sent by the other calls, which keep them secret.
#[derive(Debug, Clone, Copy)]
pub struct Sms<'a>(pub(crate) &'a Transport);

impl SmsOptions {
    fn with(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// One of the account's senders.
    pub fn from(self, sender: &str) -> Self {
        self.with("from", sender)
    }

    /// When it is sent, in Unix seconds.
    pub fn time_to_send(self, unix_seconds: i64) -> Self {
        self.with("time_to_send", unix_seconds.to_string())
    }

    /// Where reports go.
    pub fn dlr_url(self, address: &str) -> Self {
        self.with("dlr-url", address)
    }

    /// Minutes in which delivery is tried.
    pub fn validity_minutes(self, minutes: u32) -> Self {
        self.with("validity", minutes.to_string())
    }

    /// What may be replaced so that the text is cheaper.
    pub fn autoconvert(self, autoconvert: Autoconvert) -> Self {
        let word = match autoconvert {
            Autoconvert::On => "on",
            Autoconvert::Full => "full",
            Autoconvert::Off => "off",
        };
        self.with("autoconvert", word)
    }

    /// A user data header.
    pub fn udh(self, bytes: &[u8]) -> Self {
        self.with("udh", bytes)
    }

    /// Binary content; then the text is not looked at.
    pub fn data(self, bytes: &[u8]) -> Self {
        self.with("data", bytes)
    }

    /// Message class 0 to 3; 0 is shown at once.
    pub fn mclass(self, class: u8) -> Self {
        self.with("mclass", class.to_string())
    }

    /// What the server keeps of the text.
    pub fn text_store(self, kept: TextStore) -> Self {
        let word = match kept {
            TextStore::Plaintext => "plaintext",
            TextStore::Sha256 => "sha256",
            TextStore::Nostore => "nostore",
        };
        self.with("text-store", word)
    }
}

impl Sms<'_> {
    /// Sends a message to a number with country code, and gives its id.
    ///
    /// # Errors
    /// [`InsufficientCredit`](crate::ErrorKind::InsufficientCredit),
    /// [`Throttled`](crate::ErrorKind::Throttled) if the number is blocked or got too many
    /// messages.
    pub async fn send(&self, to: &str, text: &str) -> Result<String, Error> {
        self.send_with(to, text, &SmsOptions::default()).await
    }

    /// As [`Sms::send`], with options: also a message for later.
    pub async fn send_with(
        &self,
        to: &str,
        text: &str,
        options: &SmsOptions,
    ) -> Result<String, Error> {
        let own = [("to", to.as_bytes()), ("text", text.as_bytes())];
        let given = options.0.iter().map(|(name, value)| (*name, value.as_slice()));
        let call = TextCall {
            path: "/send_sms",
            parameters: own.into_iter().chain(given).collect(),
            is_reading: false,
            refusals: OF_SENDING,
        };
        call.perform(self.0, |text| ok_word(text, is_id).map(str::to_owned)).await
    }

    /// What became of a message.
    ///
    /// # Errors
    /// [`NoSuchResource`](crate::ErrorKind::NoSuchResource) if there is no such message.
    pub async fn state(&self, message_id: &str) -> Result<MessageState, Error> {
        let call = of_message("/get_dlr_response", message_id, true);
        let state = |text: &str| match text {
            "OK SENT" => Some(MessageState::Sent),
            "OK DELIVERED" => Some(MessageState::Delivered),
            "OK FAILED" => Some(MessageState::Failed),
            _ => None,
        };
        match call.perform(self.0, state).await {
            Err(error) if error.reason() == Some("FAILED 102") => Ok(MessageState::Waiting),
            outcome => outcome,
        }
    }

    /// Takes a message back that waits for its time.
    ///
    /// # Errors
    /// [`NoSuchResource`](crate::ErrorKind::NoSuchResource) if it went out, or was taken
    /// back before.
    pub async fn cancel(&self, message_id: &str) -> Result<(), Error> {
        let call = of_message("/cancel_sms", message_id, false);
        call.perform(self.0, |text| (text == "OK DELETED").then_some(())).await
    }

    /// The account's balance in euro, as the server wrote it: `707.54`.
    pub async fn balance(&self) -> Result<String, Error> {
        let call = reading("/get_balance", Vec::new(), &[]);
        call.perform(self.0, |text| ok_word(text, is_amount).map(str::to_owned)).await
    }

    /// The prices of one country, of which two letters are given.
    ///
    /// # Errors
    /// [`NoSuchResource`](crate::ErrorKind::NoSuchResource) if it has no price.
    pub async fn prices(&self, country: &str) -> Result<CountryPrices, Error> {
        let call = reading("/prices", vec![("country", country.as_bytes())], OF_PRICES);
        call.perform(self.0, CountryPrices::of).await
    }

    /// The prices of all countries: CSV with the head `Country,Code,MCCMNC,Network,Price`.
    pub async fn price_list(&self) -> Result<String, Error> {
        let call = reading("/pricelist", Vec::new(), &[]);
        let is_list = |text: &str| text.starts_with("Country,");
        call.perform(self.0, |text| is_list(text).then(|| text.to_owned())).await
    }
}

/// The content of a message is not shown.
impl fmt::Debug for SmsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl CountryPrices {
    fn of(json: &str) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_str(json).ok()?;
        let network = |value: &Value| {
            let text = |name| text(value.as_object()?, name);
            let (mccmnc, name) = (text("mccmnc")?, text("name")?);
            Some(NetworkPrice { mccmnc, name, price: text("price")? })
        };
        let networks = members.get("networks")?.as_array()?;
        let text = |name| text(&members, name);
        Some(Self {
            country: text("country")?,
            name: text("name")?,
            prefix: text("prefix")?,
            networks: networks.iter().map(network).collect::<Option<_>>()?,
        })
    }
}

fn reading<'a>(
    path: &'static str,
    parameters: Vec<(&'a str, &'a [u8])>,
    refusals: Refusals,
) -> TextCall<'a> {
    TextCall { path, parameters, is_reading: true, refusals }
}

fn of_message<'a>(path: &'static str, message_id: &'a str, is_reading: bool) -> TextCall<'a> {
    let parameters = vec![("sms_unique_id", message_id.as_bytes())];
    TextCall { path, parameters, is_reading, refusals: OF_MESSAGES }
}

/// `-?\d+(\.\d+)?`
fn is_amount(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (whole, part) = word.split_once('.').unwrap_or((word, "0"));
    [whole, part]
        .iter()
        .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
