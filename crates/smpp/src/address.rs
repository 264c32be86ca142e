//! Addresses, and what a sender is (SMPP 3.4 §5.2.5–§5.2.9).

use std::fmt;

use crate::octets::{Missing, OctetString, Reader};

/// Kind and plan of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TonNpi {
    /// Type of number: 0 unknown, 1 international, 2 national, 3 of the
    /// network, 5 letters (§5.2.5).
    pub ton: u8,
    /// Numbering plan: 0 unknown, 1 E.164 (§5.2.6).
    pub npi: u8,
}

impl TonNpi {
    /// A kind and a plan.
    pub const fn new(ton: u8, npi: u8) -> Self {
        Self { ton, npi }
    }
}

/// From whom or to whom. `Debug` shows a number masked, as every log must.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// Kind and plan.
    pub ton_npi: TonNpi,
    /// Digits, or the octets of a sender of letters.
    pub octets: OctetString,
}

impl Address {
    pub(crate) fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, Missing> {
        let ton = reader.octet(field)?;
        let npi = reader.octet(field)?;
        Ok(Self { ton_npi: TonNpi { ton, npi }, octets: reader.string(field)? })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend([self.ton_npi.ton, self.ton_npi.npi]);
        self.octets.write(out);
    }

    /// How logs show it (security rule S-106): of an address of eight octets
    /// or more the first three and the last two, of a shorter one its length.
    /// One that has fewer than four digits is a name, and is shown whole.
    pub fn masked(&self) -> String {
        let octets = self.octets.as_bytes();
        let digits = octets.iter().filter(|octet| octet.is_ascii_digit()).count();
        if digits < 4 {
            return self.octets.to_string();
        }
        let (Some(first), Some(last)) = (octets.first_chunk::<3>(), octets.last_chunk::<2>())
        else {
            return "•".repeat(octets.len());
        };
        if octets.len() < 8 {
            return "•".repeat(octets.len());
        }
        let hidden = "•".repeat(octets.len() - 5);
        format!("{}{hidden}{}", first.escape_ascii(), last.escape_ascii())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {}", self.ton_npi.ton, self.ton_npi.npi, self.masked())
    }
}
