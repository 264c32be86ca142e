//! The user data header that links the parts of a long message
//! (3GPP TS 23.040 §9.2.3.24.1).

use crate::limits::USER_DATA_OCTETS_MAX;

/// What the parts of one message have in common. Two messages to one phone
/// that are under way at once need different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Known to every phone.
    Narrow(u8),
    /// Repeats later, and takes one octet more; for
    /// [`Layout::with_wide_reference`](super::Layout::with_wide_reference).
    Wide(u16),
}

/// The header of part `number` (from 1) of `parts`, with the elements of the
/// sender's own header (its first octet the number of those that follow; empty
/// for none) after the linking one.
///
/// `None` if there is no such part, if the sender's header does not have the
/// length it says, or if the whole fills more than a message.
pub fn linking(own: &[u8], reference: Reference, parts: u8, number: u8) -> Option<Vec<u8>> {
    let elements = match own {
        [] => own,
        [length, elements @ ..] if usize::from(*length) == elements.len() => elements,
        [_, ..] => return None,
    };
    if number == 0 || number > parts {
        return None;
    }
    let mut element = match reference {
        Reference::Narrow(reference) => vec![0x00, 3, reference],
        Reference::Wide(reference) => {
            let [high, low] = reference.to_be_bytes();
            vec![0x08, 4, high, low]
        }
    };
    element.extend([parts, number]);
    let length = element.len() + elements.len();
    if length >= USER_DATA_OCTETS_MAX {
        return None;
    }
    let mut header = vec![u8::try_from(length).ok()?];
    header.extend_from_slice(&element);
    header.extend_from_slice(elements);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Layout;

    #[test]
    fn vectors() {
        let narrow = linking(&[], Reference::Narrow(0x2a), 2, 1).unwrap();
        assert_eq!(narrow, [0x05, 0x00, 0x03, 0x2a, 0x02, 0x01]);
        let wide = linking(&[], Reference::Wide(0x1234), 2, 1).unwrap();
        assert_eq!(wide, [0x06, 0x08, 0x04, 0x12, 0x34, 0x02, 0x01]);
    }

    #[test]
    fn the_senders_header_is_kept() {
        let ports = [0x06, 0x05, 0x04, 0x15, 0x8a, 0x00, 0x00];
        let header = linking(&ports, Reference::Narrow(1), 3, 3).unwrap();
        assert_eq!(
            header,
            [0x0b, 0x00, 0x03, 0x01, 0x03, 0x03, 0x05, 0x04, 0x15, 0x8a, 0x00, 0x00]
        );
    }

    #[test]
    fn the_layout_leaves_exactly_that_room() {
        for own in [vec![], vec![0], vec![2, 9, 0], [vec![120], vec![0; 120]].concat()] {
            let layout = Layout::with_header(own.len()).unwrap();
            let narrow = linking(&own, Reference::Narrow(0), 1, 1).unwrap();
            assert_eq!(narrow.len() + layout.octets_linked(), 140, "{}", own.len());
            let wide = linking(&own, Reference::Wide(0), 1, 1).unwrap();
            assert_eq!(wide.len() + layout.with_wide_reference().octets_linked(), 140);
        }
    }

    #[test]
    fn what_is_no_part_or_no_header_is_refused() {
        let reference = Reference::Narrow(0);
        for (parts, number) in [(0, 0), (2, 0), (2, 3), (0, 1)] {
            assert_eq!(linking(&[], reference, parts, number), None, "{number} of {parts}");
        }
        for own in [vec![1], vec![0, 1], vec![3, 9, 0], [vec![135], vec![0; 135]].concat()] {
            assert_eq!(linking(&own, reference, 2, 1), None, "{}", own.len());
        }
        assert!(linking(&[vec![134], vec![0; 134]].concat(), reference, 2, 1).is_some());
    }
}
