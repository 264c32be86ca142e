//! AWS End User Messaging SMS (`delivery.md` 7.5).
//!
//! Messages go out by `SendTextMessage`, signed ([`signature`]). What became of
//! them comes as events through an SNS topic that posts to this server
//! ([`sns`]); they are proved twice, by the signature of SNS and by the tag that
//! stands in the context of the message.

mod answer;
mod certificates;
mod event;
mod request;
pub mod signature;
mod sns;

use http::{Request, Uri};
use secrecy::SecretString;
use verify::Timestamp;

use self::certificates::Certificates;
use super::base_url::BaseUrl;
use super::codes::{CodeTable, TableError};
use super::{Answer, Callback, CallbackError, Heard, Outgoing, Provider};
use crate::conversion::Conversion;
use crate::gateway::SendResult;

/// The codes as shipped.
const TABLE: &str = include_str!("../tables/aws.toml");

/// Configuration of the provider.
#[derive(Debug)]
pub struct AwsOptions {
    /// Region of the service, such as `eu-west-1`.
    pub region: String,
    /// Names the secret access key.
    pub access_key_id: String,
    /// Signs the requests.
    pub secret_access_key: SecretString,
    /// Phone number, sender, pool or their ARN that all messages come from; the
    /// sender of each message if not given.
    pub origination_identity: Option<String>,
    /// Names the set with the event destination; without one there are no
    /// receipts, unless the account has a default.
    pub configuration_set: Option<String>,
    /// The SNS topic of the event destination; without one no callback is
    /// believed.
    pub topic_arn: Option<String>,
    /// What one part may cost at most in US dollars, such as `0.50`.
    pub max_price: Option<String>,
    /// Rules of countries that apply to the messages.
    pub protect_configuration: Option<String>,
    /// Parameters that countries demand, such as `IN_ENTITY_ID` and
    /// `IN_TEMPLATE_ID`.
    pub country_parameters: Vec<(String, String)>,
    /// Whether it is told which codes were entered.
    pub feedback: bool,
    /// Address in the place of `https://sms-voice.{region}.amazonaws.com/`.
    pub base_url: Option<BaseUrl>,
    /// Rows that replace those of the table of codes, as TOML.
    pub code_rows: Option<String>,
}

/// The provider.
pub struct Aws {
    options: AwsOptions,
    /// Where requests go.
    endpoint: Uri,
    /// The host as requests name it.
    host: String,
    topic: Option<Topic>,
    certificates: Certificates,
    table: CodeTable,
}

/// The topic that events come from.
struct Topic {
    arn: String,
    /// The host of its region.
    host: String,
}

/// The provider cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// The region is none.
    #[error("`{0}` is no region of AWS; write it like `eu-west-1`")]
    Region(String),
    /// The name of the key is none.
    #[error("the access key id must be 1 to 128 letters and digits")]
    AccessKeyId,
    /// There is no secret.
    #[error("the secret access key is empty or contains spaces or characters that are no ASCII")]
    SecretAccessKey,
    /// The topic is none.
    #[error("`{0}` is no SNS topic; write it like `arn:aws:sns:eu-west-1:123456789012:receipts`")]
    Topic(String),
    /// The price is none.
    #[error("the highest price must be written like `0.50`, not `{0}`")]
    MaxPrice(String),
    /// One of the names is none.
    #[error("the {0} must be 1 to 256 of these: letters, digits and _:/+-")]
    Name(&'static str),
    /// A country's parameter is none.
    #[error(
        "`{0}` is no parameter of a country; write it like `IN_ENTITY_ID`, with up to 64 characters as its value"
    )]
    CountryParameter(String),
    /// The address has a path, which would have to be signed.
    #[error("the address of the service must end with its host, without a path")]
    Path,
    /// The rows of codes cannot be read.
    #[error(transparent)]
    Codes(#[from] TableError),
}

impl Aws {
    /// Sets the provider up.
    ///
    /// # Errors
    /// [`AwsError`].
    pub fn new(options: AwsOptions) -> Result<Self, AwsError> {
        request::check(&options)?;
        let endpoint = match &options.base_url {
            Some(base) => base.join("/"),
            None => format!("https://sms-voice.{}.amazonaws.com/", options.region),
        };
        let endpoint: Uri = endpoint.parse().map_err(|_| AwsError::Path)?;
        let host = endpoint.authority().filter(|_| endpoint.path() == "/");
        let host = host.ok_or(AwsError::Path)?.as_str().to_owned();
        let topic = match &options.topic_arn {
            None => None,
            Some(arn) => Some(Topic::parse(arn).ok_or_else(|| AwsError::Topic(arn.clone()))?),
        };
        let rows = options.code_rows.as_deref().unwrap_or_default();
        let table = CodeTable::parse(TABLE)?.with_rows(rows)?;
        let certificates = Certificates::default();
        Ok(Self { options, endpoint, host, topic, certificates, table })
    }
}

impl Topic {
    fn parse(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let mut next = || parts.next();
        let (prefix, partition, service) = (next()?, next()?, next()?);
        let (region, account, name) = (next()?, next()?, next()?);
        let is_topic = [prefix, partition, service] == ["arn", "aws", "sns"]
            && next().is_none()
            && request::is_region(region)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && (1..=256).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let host = format!("sns.{region}.amazonaws.com");
        is_topic.then(|| Self { arn: arn.to_owned(), host })
    }
}

impl Provider for Aws {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        request::request(self, message)
    }

    fn read(&self, answer: &Answer<'_>) -> SendResult {
        answer::read(&self.table, answer)
    }

    fn takes_conversions(&self) -> bool {
        self.options.feedback
    }

    fn conversion(&self, conversion: &Conversion, now: Timestamp) -> Option<Request<Vec<u8>>> {
        request::feedback(self, &conversion.provider_id, now)
    }

    /// SNS does not say which message its call is about, so the tag stands in
    /// the body.
    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        let topic = self.topic.as_ref().ok_or(CallbackError::NotProved)?;
        match sns::open(call, topic, &self.certificates)? {
            sns::Opened::Said(heard) => Ok(heard),
            sns::Opened::Event(event) => event::read(&self.table, &event, call.prove),
        }
    }

    fn calls_back(&self) -> bool {
        self.topic.is_some()
    }

    fn tags_callbacks(&self) -> bool {
        false
    }

    fn confirms_at(&self, host: &str) -> bool {
        self.topic.as_ref().is_some_and(|topic| topic.host == host)
    }

    fn learn(&self, uri: &Uri, body: &[u8]) -> Result<(), CallbackError> {
        let topic = self.topic.as_ref().ok_or(CallbackError::NotProved)?;
        self.certificates.learn(topic, uri, body)
    }
}
