//! Gateways over SMPP from configuration.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::smpp::{
    self as gateway, BindKind, ClientCertificate, DefaultAlphabet, IdMatching, LongMessage,
    SmppHost, SmppOptions, SmppTls, SourceRules, TonNpi, Validity,
};
use secrecy::SecretString;
use verify::entropy::draw;

use super::gateways::GatewayError;
use crate::config::{
    Secret, SmppAlphabet, SmppBind, SmppGateway, SmppLongMessage, SmppMessageId, SmppValidity,
    SmppVersion, TonNpiSetting,
};
use crate::entropy::SystemEntropy;
use crate::intake::GatewayIntake;

/// Largest file of certificates or codes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A gateway, and what its files held when it was made.
#[derive(Clone)]
pub struct SmppLink {
    /// The gateway; somebody has to run it.
    pub gateway: Arc<gateway::SmppGateway>,
    files: Files,
}

/// What the files of a block hold.
#[derive(Clone, PartialEq, Eq)]
struct Files {
    password: Option<Secret>,
    authorities: Option<Secret>,
    certificate: Option<Secret>,
    key: Option<Secret>,
    codes: Option<Secret>,
}

/// Sets a gateway up; connects to nothing. `same` is the one that was made of
/// the same block before: it goes on if its files hold what they held. Where other
/// servers work with the database too, it shares its binds with them.
///
/// # Errors
/// A file cannot be read, or what it holds cannot be used.
pub(super) fn build(
    config: &SmppGateway,
    same: Option<&SmppLink>,
    intake: &Arc<GatewayIntake>,
    shares_binds: bool,
) -> Result<SmppLink, GatewayError> {
    let files = Files::read(config)?;
    if let Some(same) = same.filter(|same| same.files == files) {
        return Ok(same.clone());
    }
    let options = SmppOptions { shares_binds, ..options(config, &files) };
    let random = Arc::new(|| u64::from_le_bytes(draw(&mut SystemEntropy::new())));
    let built = gateway::SmppGateway::new(options, intake.clone(), random);
    let unfit =
        |error: gateway::SmppError| GatewayError::Unfit(config.name.clone(), error.to_string());
    Ok(SmppLink { gateway: Arc::new(built.map_err(unfit)?), files })
}

impl Files {
    fn read(config: &SmppGateway) -> Result<Self, GatewayError> {
        let unfit = |error: String| GatewayError::Unfit(config.name.clone(), error);
        let text = |path: &Option<PathBuf>| {
            path.as_ref().map(|path| read(path).map_err(unfit)).transpose()
        };
        let password = config.password_source().map(|source| source.read()).transpose();
        Ok(Self {
            password: password.map_err(|error| unfit(error.to_string()))?,
            authorities: text(&config.ca_file)?,
            certificate: text(&config.client_cert_file)?,
            key: text(&config.client_key_file)?,
            codes: text(&config.codes_file)?,
        })
    }

    fn tls(&self, config: &SmppGateway) -> Option<SmppTls> {
        let octets = |secret: &Secret| secret.expose().as_bytes().to_vec();
        let client = self.certificate.as_ref().zip(self.key.as_ref());
        let client = client.map(|(certificate, key)| ClientCertificate {
            chain_pem: octets(certificate),
            key_pem: SecretString::from(key.expose()),
        });
        let name = &config.tls_server_name;
        config.tls.then(|| SmppTls {
            server_name: (!name.is_empty()).then(|| name.clone()),
            ca_pem: self.authorities.as_ref().map(octets),
            pins: config.tls_pinned_keys.clone(),
            client,
        })
    }
}

/// Reads a text; kept as a secret, since one of them is.
fn read(path: &Path) -> Result<Secret, String> {
    let unreadable = |error: std::io::Error| format!("could not read {}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    let bytes = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if bytes as u64 > FILE_BYTES_MAX {
        return Err(format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display()));
    }
    Ok(Secret::new(text))
}

fn options(config: &SmppGateway, files: &Files) -> SmppOptions {
    let password = files.password.as_ref().map_or("", Secret::expose);
    let host =
        |host: &crate::config::SmscAddress| SmppHost { host: host.host.clone(), port: host.port };
    let hosts = config.hosts.iter().map(host).collect();
    let system_id = config.system_id.clone();
    let alphabet = alphabet(config.default_alphabet);
    SmppOptions {
        tls: files.tls(config),
        allow_plain_tcp: config.allow_plain_tcp,
        bind: match config.bind {
            SmppBind::Transceiver => BindKind::Transceiver,
            SmppBind::Pair => BindKind::Pair,
            SmppBind::Transmitter => BindKind::Transmitter,
        },
        max_binds: config.max_binds,
        window: config.window,
        tps: config.tps,
        interface_version: match config.interface_version {
            SmppVersion::V34 => 0x34,
            SmppVersion::V50 => 0x50,
        },
        long_password: config.long_password,
        system_type: config.system_type.clone(),
        service_type: config.service_type.clone(),
        default_alphabet: alphabet,
        gsm_data_coding: config.gsm_data_coding,
        ucs2_data_coding: config.ucs2_data_coding,
        latin1_data_coding: config.latin1_data_coding,
        gsm_packed: config.gsm_packed,
        long_message: match config.long_message {
            SmppLongMessage::Udh8 => LongMessage::Udh8,
            SmppLongMessage::Udh16 => LongMessage::Udh16,
            SmppLongMessage::Sar => LongMessage::Sar,
            SmppLongMessage::Payload => LongMessage::Payload,
        },
        destination: ton_npi(config.dest_ton_npi),
        source_rules: SourceRules {
            letters: ton_npi(config.word_ton_npi),
            international: ton_npi(config.number_ton_npi),
            short_code: ton_npi(config.short_code_ton_npi),
            alphabet,
            ..SourceRules::default()
        },
        fallback_senders: config.fallback_senders.iter().map(ToString::to_string).collect(),
        msg_id: matching(config.msg_id),
        registered_delivery: config.registered_delivery,
        validity: match config.validity {
            SmppValidity::Relative => Validity::Relative,
            SmppValidity::None => Validity::None,
        },
        vendor_tlvs: config.vendor_tlvs.iter().map(|tlv| (tlv.tag, tlv.octets.clone())).collect(),
        codes: files.codes.as_ref().map(|codes| codes.expose().to_owned()),
        ..SmppOptions::new(config.name.clone(), hosts, system_id, SecretString::from(password))
    }
}

fn alphabet(setting: SmppAlphabet) -> DefaultAlphabet {
    match setting {
        SmppAlphabet::Gsm => DefaultAlphabet::Gsm,
        SmppAlphabet::Ascii => DefaultAlphabet::Ascii,
        SmppAlphabet::Latin1 => DefaultAlphabet::Latin1,
    }
}

fn matching(setting: SmppMessageId) -> IdMatching {
    match setting {
        SmppMessageId::Auto => IdMatching::Auto,
        SmppMessageId::Exact => IdMatching::Exact,
        SmppMessageId::DecDec => IdMatching::DecimalBoth,
        SmppMessageId::RespHexDlrDec => IdMatching::HexadecimalThenDecimal,
        SmppMessageId::RespDecDlrHex => IdMatching::DecimalThenHexadecimal,
        SmppMessageId::HexHex => IdMatching::HexadecimalBoth,
    }
}

fn ton_npi(setting: TonNpiSetting) -> TonNpi {
    TonNpi::new(setting.ton, setting.npi)
}
