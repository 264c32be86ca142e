//! Blocks `[[gateway]]` of kind `smpp`.

mod check;
mod values;

use std::path::PathBuf;

use delivery::smpp::KeyPin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::message::SenderId;

use super::PricePerPart;
use crate::config::formats::{optional_path, senders};
use crate::config::secret::{self, Secret, SecretSource};

pub use values::{SmscAddress, TonNpiSetting, VendorTlv};

/// Speaks SMPP with the SMSC of a carrier or a provider.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the file")]
pub struct SmppGateway {
    /// Name in logs and metrics: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Where the SMSC is, HOST:PORT; several are tried in order.
    #[schemars(with = "Vec<String>", length(min = 1, max = 8))]
    pub hosts: Vec<SmscAddress>,
    /// false = plain TCP: to this machine, or where `allow_plain_tcp` says so.
    #[serde(default = "yes")]
    pub tls: bool,
    /// Name in the SMSC's certificate; empty = its host.
    #[serde(default)]
    pub tls_server_name: String,
    /// PEM file with the authorities that may vouch for the SMSC; empty = those of the system.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub ca_file: Option<PathBuf>,
    /// The SMSC's public key must be one of these, besides: its SHA-256 in base64, as `ringproof doctor` shows it;
    /// empty = any.
    #[serde(default, deserialize_with = "values::pins")]
    #[schemars(with = "Vec<String>", length(max = 8))]
    pub tls_pinned_keys: Vec<KeyPin>,
    /// PEM file with our own certificate and its chain, where the SMSC asks for one.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub client_cert_file: Option<PathBuf>,
    /// PEM file with its private key; both or neither.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub client_key_file: Option<PathBuf>,
    /// Allows plain TCP to another machine: the link is private, such as a VPN (S-51).
    #[serde(default)]
    pub allow_plain_tcp: bool,
    /// Name of the account at the SMSC.
    pub system_id: String,
    /// File with its password; empty = no password.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub password_file: Option<PathBuf>,
    /// The password itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__PASSWORD"))]
    pub password: Option<Secret>,
    /// Allows a password of more than the 8 characters that SMPP has room for; some SMSCs issue longer ones.
    #[serde(default)]
    pub long_password: bool,
    /// Kind of system, where the SMSC asks for one; up to 12 characters.
    #[serde(default)]
    pub system_type: String,
    /// Service that messages use there, where it asks for one; up to 5 characters.
    #[serde(default)]
    pub service_type: String,
    /// Version of SMPP that is told at the bind.
    #[serde(default)]
    pub interface_version: SmppVersion,
    /// "trx" = a session sends and receives; "tx+rx" = one sends and another receives; "tx" = nothing is received, so
    /// there are no receipts.
    #[serde(default)]
    pub bind: SmppBind,
    /// Binds at the same time, of all servers of a cluster together; more than the SMSC allows are refused there.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 16), extend("x-unit" = "binds"))]
    pub max_binds: u16,
    /// Messages of one session that the SMSC has not answered yet; as many can go out twice when it dies.
    #[serde(default = "window")]
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "messages"))]
    pub window: u16,
    /// Parts in a second that are sent at most, by all sessions of all servers together.
    #[serde(default = "tps")]
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "parts"))]
    pub tps: u32,
    /// What `data_coding` 0 means there.
    #[serde(default)]
    pub default_alphabet: SmppAlphabet,
    /// `data_coding` of texts in the GSM alphabet.
    #[serde(default)]
    #[schemars(range(min = 0, max = 255))]
    pub gsm_data_coding: u8,
    /// `data_coding` of texts in UCS-2.
    #[serde(default = "ucs2_data_coding")]
    #[schemars(range(min = 0, max = 255))]
    pub ucs2_data_coding: u8,
    /// `data_coding` of texts in Latin-1.
    #[serde(default = "latin1_data_coding")]
    #[schemars(range(min = 0, max = 255))]
    pub latin1_data_coding: u8,
    /// The SMSC wants eight characters of the GSM alphabet in seven octets.
    #[serde(default)]
    pub gsm_packed: bool,
    /// How the parts of a long message are held together: "udh8" and "udh16" = a header in the text, "sar" = optional
    /// parameters, "payload" = the SMSC cuts the text.
    #[serde(default)]
    pub long_message: SmppLongMessage,
    /// Type and plan of the numbers that messages go to, TON/NPI.
    #[serde(default = "international")]
    #[schemars(with = "String")]
    pub dest_ton_npi: TonNpiSetting,
    /// Type and plan of senders that are words, TON/NPI.
    #[serde(default = "letters")]
    #[schemars(with = "String")]
    pub word_ton_npi: TonNpiSetting,
    /// Type and plan of senders that are phone numbers, TON/NPI.
    #[serde(default = "international")]
    #[schemars(with = "String")]
    pub number_ton_npi: TonNpiSetting,
    /// Type and plan of senders that are short codes, TON/NPI.
    #[serde(default = "short_code")]
    #[schemars(with = "String")]
    pub short_code_ton_npi: TonNpiSetting,
    /// Senders that take the place of one that the SMSC refuses, in turn, before the message goes to another gateway.
    #[serde(default, deserialize_with = "senders")]
    #[schemars(with = "Vec<String>", length(max = 8))]
    pub fallback_senders: Vec<SenderId>,
    /// How ids of receipts are those of answers: as they are, both decimal, … ; "auto" tries every form.
    #[serde(default)]
    pub msg_id: SmppMessageId,
    /// Receipts that are asked for: 1 = what became of each message, 2 = failures only, 0 = none. Where only failures
    /// are told, a route does not go on to its next gateway for want of a receipt.
    #[serde(default = "one_octet")]
    #[schemars(range(min = 0, max = 31))]
    pub registered_delivery: u8,
    /// "relative" = the SMSC is told for how long a message is worth sending; "none" = it is not.
    #[serde(default)]
    pub validity: SmppValidity,
    /// Optional parameters that go with every message, such as `["0x1400=0102"]`: tag and octets in hexadecimal.
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(max = 16))]
    pub vendor_tlvs: Vec<VendorTlv>,
    /// TOML file that says what the SMSC's own codes mean, over the table of the program; empty = none.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub codes_file: Option<PathBuf>,
    /// What a part costs there, in euro, such as 0.045; the choice by conversion takes the cheapest of the good ones.
    #[serde(default)]
    #[schemars(with = "f64", range(min = 0.0, max = 100.0), extend("x-unit" = "euro"))]
    pub price_per_part: Option<PricePerPart>,
}

/// Which sessions a bind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
pub enum SmppBind {
    /// One that sends and receives.
    #[default]
    #[serde(rename = "trx")]
    Transceiver,
    /// One that sends, and one that receives.
    #[serde(rename = "tx+rx")]
    Pair,
    /// One that sends.
    #[serde(rename = "tx")]
    Transmitter,
}

/// A version of SMPP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
pub enum SmppVersion {
    /// 3.4.
    #[default]
    #[serde(rename = "3.4")]
    V34,
    /// 5.0.
    #[serde(rename = "5.0")]
    V50,
}

/// What `data_coding` 0 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmppAlphabet {
    /// The default table of GSM.
    #[default]
    Gsm,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
}

/// How long messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmppLongMessage {
    /// A header with a reference of 8 bits.
    #[default]
    Udh8,
    /// A header with a reference of 16 bits.
    Udh16,
    /// Optional parameters.
    Sar,
    /// The whole text in an optional parameter.
    Payload,
}

/// How ids are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SmppMessageId {
    /// By every form.
    #[default]
    Auto,
    /// As they are.
    Exact,
    /// Both decimal.
    DecDec,
    /// Hexadecimal in answers, decimal in receipts.
    RespHexDlrDec,
    /// Decimal in answers, hexadecimal in receipts.
    RespDecDlrHex,
    /// Both hexadecimal.
    HexHex,
}

/// What the SMSC is told of a message's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmppValidity {
    /// The time that is left.
    #[default]
    Relative,
    /// Nothing.
    None,
}

impl SmppGateway {
    /// Where its password comes from, if it has one.
    pub fn password_source(&self) -> Option<SecretSource> {
        secret::source_of(self.password.as_ref(), self.password_file.as_ref())
    }
}

fn yes() -> bool {
    true
}

fn one() -> u16 {
    1
}

fn one_octet() -> u8 {
    1
}

fn window() -> u16 {
    10
}

fn tps() -> u32 {
    30
}

fn ucs2_data_coding() -> u8 {
    8
}

fn latin1_data_coding() -> u8 {
    3
}

fn international() -> TonNpiSetting {
    TonNpiSetting { ton: 1, npi: 1 }
}

fn letters() -> TonNpiSetting {
    TonNpiSetting { ton: 5, npi: 0 }
}

fn short_code() -> TonNpiSetting {
    TonNpiSetting { ton: 3, npi: 0 }
}
