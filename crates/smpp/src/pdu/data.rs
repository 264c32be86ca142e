//! Fields of `data_sm` (SMPP 3.4 §4.7.1). Nothing is sent by it; some peers
//! bring receipts in it.

use crate::address::Address;
use crate::octets::{Missing, OctetString, Reader};
use crate::tlv::Tlvs;

/// A message or a receipt whose text is an optional parameter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Data {
    /// A service of the peer; usually empty.
    pub service_type: OctetString,
    /// From whom.
    pub source: Address,
    /// To whom.
    pub destination: Address,
    /// What kind of message it is, and whether its text begins with a header
    /// (§5.2.12).
    pub esm_class: u8,
    /// Which receipts are wanted (§5.2.17).
    pub registered_delivery: u8,
    /// How the text is written (§5.2.19).
    pub data_coding: u8,
    /// Optional parameters, the text among them.
    pub tlvs: Tlvs,
}

impl Data {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Missing> {
        Ok(Self {
            service_type: reader.string("service_type")?,
            source: Address::read(reader, "source_addr")?,
            destination: Address::read(reader, "destination_addr")?,
            esm_class: reader.octet("esm_class")?,
            registered_delivery: reader.octet("registered_delivery")?,
            data_coding: reader.octet("data_coding")?,
            tlvs: Tlvs::read(*reader),
        })
    }

    pub(super) fn write_fields(&self, out: &mut Vec<u8>) {
        self.service_type.write(out);
        self.source.write(out);
        self.destination.write(out);
        out.extend([self.esm_class, self.registered_delivery, self.data_coding]);
    }
}
