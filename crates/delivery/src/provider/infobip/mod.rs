//! Infobip SMS, version 3 of its interface (`delivery.md` 7.6).
//!
//! The provider takes our id of a message as its own, so a message that is sent
//! again after a doubt is refused there as known, and is not sent twice.

mod answer;
mod callback;
mod request;

use http::{HeaderValue, Request, Uri};
use secrecy::SecretString;

use super::base_url::BaseUrl;
use super::codes::{CodeTable, TableError};
use super::{Answer, Callback, CallbackError, Heard, Outgoing, Provider, wire};
use crate::gateway::SendResult;

/// The codes as shipped.
const TABLE: &str = include_str!("../tables/infobip.toml");

/// Configuration of the provider.
#[derive(Debug)]
pub struct InfobipOptions {
    /// The account's own address, such as `https://xyz123.api.infobip.com`.
    pub base_url: BaseUrl,
    /// Key of the interface.
    pub api_key: SecretString,
    /// What India demands of messages to its numbers.
    pub india: Option<IndiaDlt>,
    /// Rows that replace those of the table of codes, as TOML.
    pub code_rows: Option<String>,
}

/// Registration of a sender and its text in India.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndiaDlt {
    /// Id of the sender.
    pub principal_entity_id: String,
    /// Id of the text.
    pub content_template_id: Option<String>,
}

/// The provider.
pub struct Infobip {
    uri: Uri,
    authorization: HeaderValue,
    india: Option<IndiaDlt>,
    codes: CodeTable,
}

/// The provider cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InfobipError {
    /// The address cannot be called.
    #[error("the base address cannot be called")]
    BaseUrl,
    /// The key is empty or cannot be sent.
    #[error("the API key is empty or contains characters that a header cannot carry")]
    ApiKey,
    /// The rows of codes cannot be read.
    #[error(transparent)]
    Codes(#[from] TableError),
}

impl Infobip {
    /// Sets the provider up.
    ///
    /// # Errors
    /// [`InfobipError`].
    pub fn new(options: InfobipOptions) -> Result<Self, InfobipError> {
        let uri = options.base_url.join("/sms/3/messages");
        let uri = uri.parse().map_err(|_| InfobipError::BaseUrl)?;
        let authorization = wire::scheme("App", &options.api_key);
        let authorization = authorization.filter(|value| value.len() > "App ".len());
        let authorization = authorization.ok_or(InfobipError::ApiKey)?;
        let rows = options.code_rows.as_deref().unwrap_or_default();
        let codes = CodeTable::parse(TABLE)?.with_rows(rows)?;
        Ok(Self { uri, authorization, india: options.india, codes })
    }
}

impl Provider for Infobip {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        request::request(self, message)
    }

    fn read(&self, answer: &Answer<'_>) -> SendResult {
        answer::read(&self.codes, answer)
    }

    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        callback::read(&self.codes, call)
    }
}
