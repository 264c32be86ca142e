//! How an id is written: peers differ, and some differ from themselves between
//! an answer and its receipt (`delivery.md` 5.3).

use serde::Deserialize;

/// A way to write the number of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IdForm {
    /// `1714945`
    Decimal,
    /// `1A2B01`
    Hex,
    /// `1a2b01`
    LowerHex,
    /// `0001714945`
    Padded,
    /// `00001A2B01`
    PaddedHex,
    /// A UUID, always the same for the same number.
    Uuid,
    /// Nothing.
    None,
    /// An id that no message has got.
    Unknown,
}

impl IdForm {
    /// Writes a number so.
    pub(crate) fn write(self, number: u64) -> Option<String> {
        Some(match self {
            Self::Decimal => number.to_string(),
            Self::Hex => format!("{number:X}"),
            Self::LowerHex => format!("{number:x}"),
            Self::Padded => format!("{number:010}"),
            Self::PaddedHex => format!("{number:010X}"),
            Self::Uuid => uuid(number),
            Self::None => return None,
            Self::Unknown => format!("unknown-{number}"),
        })
    }
}

/// Version and variant of a random UUID, and digits that are spread well.
fn uuid(number: u64) -> String {
    let mut noise = Noise(number);
    let (high, low) = (noise.next(), noise.next());
    let high = (high & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000;
    let low = (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
    let (first, second, third) = (high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF);
    format!(
        "{first:08x}-{second:04x}-{third:04x}-{:04x}-{:012x}",
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`,
/// Steele, Lea and Flood 2014).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_each_form() {
        let written = |form: IdForm| form.write(0x1A_2B01);
        assert_eq!(written(IdForm::Decimal).as_deref(), Some("1714945"));
        assert_eq!(written(IdForm::Hex).as_deref(), Some("1A2B01"));
        assert_eq!(written(IdForm::LowerHex).as_deref(), Some("1a2b01"));
        assert_eq!(written(IdForm::Padded).as_deref(), Some("0001714945"));
        assert_eq!(written(IdForm::PaddedHex).as_deref(), Some("00001A2B01"));
        assert_eq!(written(IdForm::Unknown).as_deref(), Some("unknown-1714945"));
        assert_eq!(written(IdForm::None), None);
        let uuid = written(IdForm::Uuid).unwrap();
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!((lengths, &uuid[14..15]), (vec![8, 4, 4, 4, 12], "4"));
        assert_ne!(IdForm::Uuid.write(1), IdForm::Uuid.write(2));
    }
}
