//! How much fits into one short message beside its header.
//!
//! | | alone | linked, 8-bit reference | linked, 16-bit reference |
//! | --- | --- | --- | --- |
//! | octets left | 140 | 134 | 133 |
//! | GSM septets | 160 | 153 | 152 |
//! | UCS-2 units | 70 | 67 | 66 |
//!
//! A peer that links the parts itself (`sar`, `payload` of `delivery.md`
//! 4.2) is counted as with an 8-bit reference.

use super::Alphabet;
use crate::limits::USER_DATA_OCTETS_MAX;

/// The headers of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    header_octets: usize,
    has_wide_reference: bool,
}

impl Layout {
    /// No header of the sender's own; parts are linked by an 8-bit reference.
    pub const PLAIN: Self = Self { header_octets: 0, has_wide_reference: false };

    /// Every part begins with a user data header of that many octets, the
    /// octet of its length included. `None` if it fills more than a message.
    pub fn with_header(octets: usize) -> Option<Self> {
        let header_fits = octets <= USER_DATA_OCTETS_MAX;
        header_fits.then_some(Self { header_octets: octets, ..Self::PLAIN })
    }

    /// Parts are linked by a 16-bit reference.
    #[must_use]
    pub fn with_wide_reference(self) -> Self {
        Self { has_wide_reference: true, ..self }
    }

    /// Octets left in a message that is alone.
    pub fn octets_alone(self) -> usize {
        USER_DATA_OCTETS_MAX - self.header_octets
    }

    /// Octets left in each linked part. The element that links goes into the
    /// header of the sender; a header begins with one octet for its length.
    pub fn octets_linked(self) -> usize {
        let length = usize::from(self.header_octets == 0);
        let element = if self.has_wide_reference { 6 } else { 5 };
        self.octets_alone().saturating_sub(length + element)
    }

    /// Units of an alphabet in a message that is alone.
    pub fn units_alone(self, alphabet: Alphabet) -> usize {
        units_in(self.octets_alone(), alphabet)
    }

    /// Units of an alphabet in each linked part.
    pub fn units_linked(self, alphabet: Alphabet) -> usize {
        units_in(self.octets_linked(), alphabet)
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self::PLAIN
    }
}

/// Whole units in that many octets.
fn units_in(octets: usize, alphabet: Alphabet) -> usize {
    match alphabet {
        Alphabet::Gsm7 => octets * 8 / 7,
        Alphabet::Ucs2 => octets / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(layout: Layout) -> [usize; 6] {
        let (gsm, ucs2) = (Alphabet::Gsm7, Alphabet::Ucs2);
        [
            layout.octets_alone(),
            layout.octets_linked(),
            layout.units_alone(gsm),
            layout.units_linked(gsm),
            layout.units_alone(ucs2),
            layout.units_linked(ucs2),
        ]
    }

    #[test]
    fn the_table_of_this_page() {
        assert_eq!(room(Layout::PLAIN), [140, 134, 160, 153, 70, 67]);
        let wide = Layout::PLAIN.with_wide_reference();
        assert_eq!(room(wide), [140, 133, 160, 152, 70, 66]);
    }

    #[test]
    fn a_header_takes_its_room() {
        // Port addressing (3GPP TS 23.040 §9.2.3.24.4): 06 05 04 and two ports.
        let ports = Layout::with_header(7).unwrap();
        assert_eq!(room(ports), [133, 128, 152, 146, 66, 64]);
        assert_eq!(room(ports.with_wide_reference()), [133, 127, 152, 145, 66, 63]);
        assert_eq!(room(Layout::with_header(138).unwrap()), [2, 0, 2, 0, 1, 0]);
        assert_eq!(room(Layout::with_header(140).unwrap()), [0; 6]);
        assert_eq!(Layout::with_header(141), None);
        assert_eq!(Layout::with_header(0), Some(Layout::PLAIN));
    }
}
