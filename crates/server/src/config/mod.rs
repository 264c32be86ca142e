//! Configuration: read once at the start, checked as a whole, then handed out as plain typed values.
//!
//! Four layers, each stronger than the one before: the annotated default file compiled into the program, the
//! operator's TOML file, environment variables `RINGPROOF_SECTION__KEY`, and command line flags. [`load`] lays
//! them over each other, remembers where every value came from, and reports *all* mistakes with their place.
//!
//! There is a file per section. Each holds a struct whose fields are the section's keys; type, range, unit and
//! rule number of a key are declared there once, and the JSON Schema made from them is what checks values,
//! names the nearest key after a slip, and fills the tables of `docs/CONFIG.md`.
//!
//! **Deliberately absent:** nobody reads the environment or a configuration file anywhere else, nothing here
//! talks to a network, and no secret can be printed ([`Secret`]).

mod account;
mod auth;
mod blocks;
mod catalogue;
mod codes;
mod data;
mod environment;
mod file;
mod formats;
mod gateway;
mod inbound;
mod layers;
mod limits;
mod load;
mod log;
mod number;
mod places;
mod print;
mod problem;
mod push;
mod reports;
mod route;
mod secret;
mod server;
mod sms;
mod sms_api;
mod widget;

use schemars::JsonSchema;
use serde::Deserialize;

pub use account::{ACCOUNTS_MAX, AccountConfig};
pub(crate) use account::{are_one_company, similar};
pub use auth::AuthConfig;
pub use catalogue::schema;
pub use codes::CodesConfig;
pub use data::DataConfig;
pub use environment::of_process;
pub use gateway::{
    AwsGateway, CallKeys, GATEWAYS_MAX, GatewayConfig, GenericGateway, InboxGateway,
    InfobipGateway, Material, MessenteGateway, MessenteOlderGateway, Mistake, ProviderConfig,
    SecretKey, SignatureAlgorithm, TwilioGateway, VonageGateway, WebhookGateway, WebhookUrl,
};
pub use gateway::{
    SmppAlphabet, SmppBind, SmppGateway, SmppLongMessage, SmppMessageId, SmppValidity, SmppVersion,
    SmscAddress, TonNpiSetting, VendorTlv,
};
pub use inbound::{INBOUND_MAX, InboundConfig, InboundNumber};
pub use limits::{GuardSetting, LimitsConfig};
pub use load::{DEFAULT_FILE, Flags, Loaded, load};
pub(crate) use log::{FOREIGN_LEVEL_MAX, OWN_TARGET};
pub use log::{LogConfig, LogFilter, LogFormat};
pub use number::NumberConfig;
pub use places::Place;
pub use problem::{Problem, Problems};
pub use push::PushConfig;
pub use reports::ReportsConfig;
pub use route::{ROUTES_MAX, RouteChoice, RouteConfig};
pub use secret::{Secret, SecretError, SecretSource};
pub use server::{CreateStatus, PublicUrl, ServerConfig, ServerLimits, TlsConfig};
pub use sms::SmsConfig;
pub use sms_api::{SmsApiConfig, TextStoreSetting};
pub use widget::{CaptchaConfig, CaptchaKind, CaptchaWhen, WidgetAttack, WidgetConfig};

/// Everything an operator can set, checked.
///
/// [`Default`] is what the compiled-in file says; [`load`] is the only other way to get one in the program.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The listener and its edge.
    pub server: ServerConfig,
    /// Where data and the root key are kept.
    pub data: DataConfig,
    /// What a code is and how long it can be used.
    pub codes: CodesConfig,
    /// How often messages and failed logins are allowed.
    pub limits: LimitsConfig,
    /// Passwords of accounts.
    pub auth: AuthConfig,
    /// The message a person gets.
    pub sms: SmsConfig,
    /// Confirmations of bare numbers (`/verify/…`).
    pub number: NumberConfig,
    /// Messages of programs (`/send_sms/` and its sisters).
    pub sms_api: SmsApiConfig,
    /// How the authenticator app is woken.
    pub push: PushConfig,
    /// The page that proves a number for a site.
    pub widget: WidgetConfig,
    /// The calls that the server makes to programs.
    pub reports: ReportsConfig,
    /// The ways out for messages, in the order they are tried.
    pub gateway: Vec<GatewayConfig>,
    /// Which gateways carry the messages to some numbers, and in which order.
    pub route: Vec<RouteConfig>,
    /// What accounts have beside what the database says.
    pub account: Vec<AccountConfig>,
    /// The numbers to which persons write.
    pub inbound: Vec<InboundConfig>,
    /// What is logged, and how.
    pub log: LogConfig,
}

impl Config {
    /// Finds what the schema cannot see: rules inside one value and between values.
    ///
    /// Ranges are not looked at again: [`load`] has compared them with the schema.
    pub(crate) fn check(&self, report: &mut problem::Report) {
        self.server.check(report);
        self.data.check(report);
        self.sms.check(self.codes.length, report);
        gateway::check(&self.gateway, self.server.public_url.as_ref(), report);
        route::check(&self.route, &self.gateway, report);
        account::check(&self.account, &self.reports, report);
        inbound::check(&self.inbound, &self.reports, report);
        self.widget.check(report);
        self.log.check(report);
    }

    /// Whether a gateway here sends messages to real phones.
    pub fn has_real_gateway(&self) -> bool {
        self.gateway.iter().any(GatewayConfig::is_real)
    }

    /// What works but is hardly meant so, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        gateway::feedback::warnings(self)
    }

    /// Looks at every file the configuration names and reports those that cannot be used.
    ///
    /// Apart from [`load`], since account commands work without the files of gateways and TLS.
    pub fn check_files(&self) -> Problems {
        let mut report = problem::Report::default();
        self.server.tls.check_files(&mut report);
        self.data.check_files(&mut report);
        self.widget.check_files(&mut report);
        for gateway in &self.gateway {
            gateway.check_files(&mut report);
        }
        for account in &self.account {
            account.check_files(&mut report);
        }
        for inbound in &self.inbound {
            inbound.check_files(&mut report);
        }
        report.into_problems()
    }
}
