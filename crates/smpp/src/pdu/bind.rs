//! Fields of `bind_…`, its answer, and `outbind` (SMPP 3.4 §4.1).

use std::fmt;

use crate::octets::{Missing, OctetString, Reader};
use crate::tlv::Tlvs;

/// The password of an account. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Password(OctetString);

impl Password {
    /// Takes what the wire or the configuration had.
    pub fn new(password: OctetString) -> Self {
        Self(password)
    }

    /// The octets themselves, for comparing and for the wire.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// Who asks for a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bind {
    /// The name of the account.
    pub system_id: OctetString,
    /// Its password.
    pub password: Password,
    /// A kind of system, where the peer asks for one.
    pub system_type: OctetString,
    /// The version spoken: 0x34 for 3.4, 0x50 for 5.0.
    pub interface_version: u8,
    /// Kind of the addresses served; 0 where the peer knows them.
    pub addr_ton: u8,
    /// Plan of the addresses served; 0 where the peer knows them.
    pub addr_npi: u8,
    /// The addresses served; empty where the peer knows them.
    pub address_range: OctetString,
}

impl Bind {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Missing> {
        Ok(Self {
            system_id: reader.string("system_id")?,
            password: Password(reader.string("password")?),
            system_type: reader.string("system_type")?,
            interface_version: reader.octet("interface_version")?,
            addr_ton: reader.octet("addr_ton")?,
            addr_npi: reader.octet("addr_npi")?,
            address_range: reader.string_or_end(),
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.system_id.write(out);
        self.password.0.write(out);
        self.system_type.write(out);
        out.extend([self.interface_version, self.addr_ton, self.addr_npi]);
        self.address_range.write(out);
    }
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BindResp {
    /// The name of the peer; often empty, and always in a refusal without a
    /// body.
    pub system_id: OctetString,
    /// Optional parameters, as `sc_interface_version`.
    pub tlvs: Tlvs,
}

impl BindResp {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { system_id: reader.string_or_end(), tlvs: Tlvs::read(*reader) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.system_id.is_empty() && self.tlvs.is_empty()
    }
}

/// A peer that asks to be bound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outbind {
    /// The name of the peer.
    pub system_id: OctetString,
    /// The password of the peer.
    pub password: Password,
}

impl Outbind {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Missing> {
        let system_id = reader.string("system_id")?;
        Ok(Self { system_id, password: Password(reader.string_or_end()) })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.system_id.write(out);
        self.password.0.write(out);
    }
}
