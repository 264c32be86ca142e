//! Configuration of a gateway over SMPP (`delivery.md` 2).

use secrecy::{ExposeSecret as _, SecretString};
use smpp::content::LongMessage;
use smpp::pdu::{Bind, Password};
use smpp::sender::{DESTINATION, DefaultAlphabet, SourceRules};
use smpp::session::Role;
use smpp::session::limits::WINDOW_MAX;
use smpp::{OctetString, TonNpi};

use super::{KeyPin, SmppError};
use crate::limits::{BINDS_MAX, PASSWORD_OCTETS, SYSTEM_ID_OCTETS_MAX, TPS_MAX, VENDOR_TLVS_MAX};

/// What a gateway is made of. [`SmppOptions::new`] has the defaults.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the peer")]
pub struct SmppOptions {
    /// Its name in configuration, logs and metrics.
    pub name: String,
    /// Where the peer is: tried in order, all addresses of each.
    pub hosts: Vec<SmppHost>,
    /// TLS; none for plain TCP.
    pub tls: Option<SmppTls>,
    /// Plain TCP to another machine: the operator declares the link private
    /// (security rule S-51).
    pub allow_plain_tcp: bool,
    /// How its sessions are bound.
    pub bind: BindKind,
    /// Binds at a time, of all servers together. Providers allow 1 to 4.
    pub max_binds: u16,
    /// Other servers work with the same database: there is no bind here before
    /// [`Binds::allow`](super::Binds::allow) says so.
    pub shares_binds: bool,
    /// Unanswered submits of one session, 1 to 100.
    pub window: u16,
    /// Parts in a second, of all sessions at all servers together: each bind has an
    /// equal share.
    pub tps: u32,
    /// 0x34, or 0x50 where the peer wants it.
    pub interface_version: u8,
    /// Name of the account.
    pub system_id: String,
    /// Its password, at most 8 octets unless `long_password` is set.
    pub password: SecretString,
    /// The peer issues longer passwords than the specification has.
    pub long_password: bool,
    /// A kind of system, where the peer asks for one.
    pub system_type: String,
    /// A service of the peer; usually empty.
    pub service_type: String,
    /// What `data_coding` 0 means at this peer.
    pub default_alphabet: DefaultAlphabet,
    /// `data_coding` of the GSM alphabet.
    pub gsm_data_coding: u8,
    /// `data_coding` of UCS-2.
    pub ucs2_data_coding: u8,
    /// `data_coding` of Latin-1.
    pub latin1_data_coding: u8,
    /// The peer wants eight septets in seven octets.
    pub gsm_packed: bool,
    /// How the parts of a long message are linked.
    pub long_message: LongMessage,
    /// Kind and plan of destinations.
    pub destination: TonNpi,
    /// Kinds and plans of senders; letters are written in `default_alphabet`.
    pub source_rules: SourceRules,
    /// Senders that are tried in turn in the place of one that the peer refuses.
    pub fallback_senders: Vec<String>,
    /// How ids of receipts are brought together with ids of answers.
    pub msg_id: IdMatching,
    /// Which receipts are asked for; 1 for final ones.
    pub registered_delivery: u8,
    /// Whether the peer is told how long a message is worth sending.
    pub validity: Validity,
    /// Optional parameters that go with every message, by tag.
    pub vendor_tlvs: Vec<(u16, Vec<u8>)>,
    /// Text of a file that replaces rows of the tables of codes (6.2, 6.4).
    pub codes: Option<String>,
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmppHost {
    /// A name or an address.
    pub host: String,
    /// Usually 2775, or 2776, 3550, 3601, 8887 with TLS.
    pub port: u16,
}

/// TLS to a peer: 1.2 or 1.3, its name and chain checked.
#[derive(Debug, Clone, Default)]
pub struct SmppTls {
    /// The name in the peer's certificate; none for its host.
    pub server_name: Option<String>,
    /// Authorities that may vouch for it, in PEM; none for those of the system.
    pub ca_pem: Option<Vec<u8>>,
    /// Its key is one of these, besides; any if there are none.
    pub pins: Vec<KeyPin>,
    /// Our own certificate.
    pub client: Option<ClientCertificate>,
}

/// Our own certificate for peers that ask for one.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The chain, ours first, in PEM.
    pub chain_pem: Vec<u8>,
    /// The private key, in PEM.
    pub key_pem: SecretString,
}

/// How sessions are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BindKind {
    /// One session sends and receives.
    #[default]
    Transceiver,
    /// One sends and another receives; nothing is sent until both are bound.
    Pair,
    /// One sends; receipts do not come.
    Transmitter,
}

impl BindKind {
    /// The sessions of one bind.
    pub(super) const fn roles(self) -> &'static [Role] {
        match self {
            Self::Transceiver => &[Role::Transceiver],
            Self::Pair => &[Role::Transmitter, Role::Receiver],
            Self::Transmitter => &[Role::Transmitter],
        }
    }
}

/// How ids of receipts are brought together with ids of answers
/// (`delivery.md` 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdMatching {
    /// By every form.
    #[default]
    Auto,
    /// As they are.
    Exact,
    /// Both decimal.
    DecimalBoth,
    /// Hexadecimal in answers, decimal in receipts.
    HexadecimalThenDecimal,
    /// Decimal in answers, hexadecimal in receipts.
    DecimalThenHexadecimal,
    /// Both hexadecimal.
    HexadecimalBoth,
}

/// What a peer is told of how long a message is worth sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validity {
    /// The time left.
    #[default]
    Relative,
    /// Nothing.
    None,
}

impl SmppOptions {
    /// Defaults with what has none.
    pub fn new(
        name: impl Into<String>,
        hosts: Vec<SmppHost>,
        system_id: impl Into<String>,
        password: SecretString,
    ) -> Self {
        Self {
            name: name.into(),
            hosts,
            tls: None,
            allow_plain_tcp: false,
            bind: BindKind::Transceiver,
            max_binds: 1,
            shares_binds: false,
            window: 10,
            tps: 30,
            interface_version: 0x34,
            system_id: system_id.into(),
            password,
            long_password: false,
            system_type: String::new(),
            service_type: String::new(),
            default_alphabet: DefaultAlphabet::Gsm,
            gsm_data_coding: 0,
            ucs2_data_coding: 8,
            latin1_data_coding: 3,
            gsm_packed: false,
            long_message: LongMessage::Udh8,
            destination: DESTINATION,
            source_rules: SourceRules::default(),
            fallback_senders: Vec::new(),
            msg_id: IdMatching::Auto,
            registered_delivery: 1,
            validity: Validity::Relative,
            vendor_tlvs: Vec::new(),
            codes: None,
        }
    }

    /// Looks at what a type cannot hold; gives the bind of its sessions.
    pub(super) fn check(&self) -> Result<Bind, SmppError> {
        let is_in = |value: usize, max: usize| (1..=max).contains(&value);
        let rules = [
            (!self.hosts.is_empty(), "a gateway has at least one host"),
            (is_in(self.window.into(), WINDOW_MAX), "a window has 1 to 100 places"),
            (is_in(self.max_binds.into(), BINDS_MAX), "a gateway has 1 to 16 binds"),
            ((1..=TPS_MAX).contains(&self.tps), "tps is 1 to 1000000"),
            (self.service_type.len() <= 5, "a service type has at most 5 octets"),
            (self.system_type.len() <= 12, "a system type has at most 12 octets"),
            (is_in(self.system_id.len(), SYSTEM_ID_OCTETS_MAX), "a system id has 1 to 64 octets"),
            (self.vendor_tlvs.len() <= VENDOR_TLVS_MAX, "there are at most 16 vendor TLVs"),
            (
                self.tls.is_some() || self.may_be_plain(),
                "plain TCP goes to loopback only, unless the link is declared private",
            ),
        ];
        if let Some((_, rule)) = rules.into_iter().find(|(is_kept, _)| !is_kept) {
            return Err(SmppError::Option(rule));
        }
        let rules = SourceRules { alphabet: self.default_alphabet, ..self.source_rules };
        if self.fallback_senders.iter().any(|sender| rules.source(sender).is_err()) {
            return Err(SmppError::Option("a fallback sender cannot be written for this peer"));
        }
        let password = self.password.expose_secret();
        if password.len() > PASSWORD_OCTETS && !self.long_password {
            return Err(SmppError::Option(
                "a password has at most 8 octets, unless long ones are allowed",
            ));
        }
        let string = |text: &str| {
            let no_string = |_| SmppError::Option("a field of the bind holds a NUL or is too long");
            OctetString::new(text).map_err(no_string)
        };
        string(&self.service_type)?;
        Ok(Bind {
            system_id: string(&self.system_id)?,
            password: Password::new(string(password)?),
            system_type: string(&self.system_type)?,
            interface_version: self.interface_version,
            ..Bind::default()
        })
    }

    fn may_be_plain(&self) -> bool {
        let is_here = |host: &SmppHost| match host.host.parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            // Its addresses are looked at when they are known.
            Err(_) => host.host.eq_ignore_ascii_case("localhost"),
        };
        self.allow_plain_tcp || self.hosts.iter().all(is_here)
    }
}
