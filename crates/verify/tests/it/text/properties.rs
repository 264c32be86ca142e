//! Random texts: nothing is lost, nothing is cut through, and what is counted
//! is what is cut.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use ringproof_verify::text::{
    Alphabet, Autoconvert, Layout, Part, gsm, packing, segments, segments_in, split, split_data,
};
use unicode_normalization::UnicodeNormalization as _;

use super::second_count::{Counted, alphabet, count};

/// Texts of the GSM alphabet, around the length of three parts and below.
fn gsm_text() -> impl Strategy<Value = String> {
    vec(select(alphabet()), 0..480).prop_map(String::from_iter)
}

/// A piece of text that is hard to treat.
fn piece() -> impl Strategy<Value = String> {
    let marks = select(vec!['\u{301}', '\u{308}', '\u{30a}', '\u{323}', '\u{338}', '\u{20e3}']);
    let near = select("‘’“”„«»–—…\u{a0}\u{200b}\u{feff}\t`´©°½²ﬁ™№１٣".chars().collect::<Vec<_>>());
    let letters = select("çõžšłđıœŋþðẞǻếαώяѣשא한漢नि".chars().collect::<Vec<_>>());
    let emoji =
        select(vec!["😀", "👍🏽", "👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "🇪🇪", "1\u{fe0f}\u{20e3}"]);
    prop_oneof![
        8 => select(alphabet()).prop_map(String::from),
        2 => "[\\^{}\\[\\]~|€]{1,20}",
        2 => "[a-z0-9 ]{1,60}",
        1 => marks.prop_map(String::from),
        3 => near.prop_map(String::from),
        2 => letters.prop_map(String::from),
        1 => emoji.prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    let mixed = vec(piece(), 0..60).prop_map(|pieces| pieces.concat());
    // Repeated, it meets every edge of a part.
    let repeated = (piece(), 0..400_usize).prop_map(|(piece, times)| piece.repeat(times));
    let quotes = vec(select("aB€…’–\u{a0}".chars().collect::<Vec<_>>()), 0..300);
    prop_oneof![gsm_text(), mixed, repeated, quotes.prop_map(String::from_iter)]
}

fn any_layout() -> impl Strategy<Value = (Layout, usize, usize)> {
    let header = prop_oneof![3 => Just(0_usize), 1 => Just(7), 2 => 0..=140_usize];
    (header, any::<bool>()).prop_map(|(header, is_wide)| {
        let layout = Layout::with_header(header).expect("140 octets at most");
        let layout = if is_wide { layout.with_wide_reference() } else { layout };
        (layout, header, 1 + usize::from(is_wide))
    })
}

fn units_of(part: &Part) -> usize {
    match part.alphabet() {
        Alphabet::Gsm7 => part.octets().len(),
        Alphabet::Ucs2 => part.octets().len() / 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gsm_text_comes_back(text in gsm_text(), header in 0..=20_usize) {
        let septets = gsm::encode(&text).unwrap();
        prop_assert!(septets.iter().all(|septet| *septet < 128));
        prop_assert_eq!(&gsm::decode(&septets), &text);
        let packed = packing::pack(&septets, header);
        prop_assert!(packed.len() <= septets.len() + 1);
        prop_assert_eq!(packing::unpack(&packed, septets.len(), header), Some(septets));
    }

    #[test]
    fn any_octets_can_be_read(octets in vec(any::<u8>(), 0..200), count in 0..300_usize, header in 0..=140_usize) {
        let text = gsm::decode(&octets);
        prop_assert!(text.chars().count() <= octets.len());
        if let Some(septets) = packing::unpack(&octets, count, header) {
            prop_assert_eq!(septets.len(), count);
            prop_assert!(gsm::encode(&gsm::decode(&septets)).is_some());
        } else {
            prop_assert!(count * 7 + 6 > octets.len() * 8);
        }
    }

    #[test]
    fn parts_are_the_text_and_each_fits((layout, _, _) in any_layout(), text in any_text()) {
        let Ok(parts) = split(&text, layout) else {
            prop_assert!(segments_in(&text, layout).is_err());
            return Ok(());
        };
        let joined: String = parts.iter().map(Part::text).collect();
        prop_assert_eq!(joined, text.nfc().collect::<String>());
        let alphabet = Alphabet::of(&text);
        let room = match parts.as_slice() {
            [_] => layout.units_alone(alphabet),
            _ => layout.units_linked(alphabet),
        };
        for part in &parts {
            prop_assert_eq!(part.alphabet(), alphabet);
            prop_assert_eq!(part.units(), units_of(part));
            prop_assert!(part.units() <= room);
            prop_assert!(parts.len() == 1 || part.units() >= room - 1 || part == parts.last().unwrap());
        }
        let counted = segments_in(&text, layout).unwrap();
        prop_assert_eq!(counted.parts, parts.len());
        prop_assert_eq!(counted.units, parts.iter().map(Part::units).sum::<usize>());
        prop_assert_eq!(counted.alphabet, alphabet);
    }

    /// Seen in the octets that go out, not in our own text.
    #[test]
    fn no_part_begins_or_ends_in_the_middle((layout, _, _) in any_layout(), text in any_text()) {
        for part in split(&text, layout).unwrap_or_default() {
            let octets = part.octets();
            match part.alphabet() {
                Alphabet::Gsm7 => {
                    prop_assert_ne!(octets.last(), Some(&gsm::ESCAPE));
                    prop_assert_eq!(&gsm::decode(&octets), part.text());
                }
                Alphabet::Ucs2 => {
                    let units = octets.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                    let read: Result<String, _> = char::decode_utf16(units).collect();
                    prop_assert_eq!(read.as_deref().ok(), Some(part.text()));
                }
            }
        }
    }

    #[test]
    fn a_second_count_agrees((layout, header, reference) in any_layout(), text in any_text()) {
        let found = split(&text, layout).ok().map(|parts| Counted {
            is_gsm: parts[0].alphabet() == Alphabet::Gsm7,
            parts: parts.iter().map(Part::units).collect(),
        });
        let second = count(&text, header, reference);
        prop_assert_eq!(found, second.filter(|second| second.parts.len() <= 255));
        let plain = count(&text, 0, 1).unwrap();
        let counted = segments(&text);
        prop_assert_eq!(counted.parts, plain.parts.len());
        prop_assert_eq!(counted.units, plain.parts.iter().sum::<usize>());
        prop_assert_eq!(counted.alphabet == Alphabet::Gsm7, plain.is_gsm);
    }

    #[test]
    fn data_is_cut_without_loss((layout, _, _) in any_layout(), data in vec(any::<u8>(), 0..600)) {
        if let Ok(parts) = split_data(&data, layout) {
            prop_assert_eq!(&parts.concat(), &data);
            let room = if parts.len() == 1 { layout.octets_alone() } else { layout.octets_linked() };
            prop_assert!(parts.len() <= 255 && parts.iter().all(|part| part.len() <= room));
        } else {
            prop_assert!(data.len() > layout.octets_alone());
            prop_assert!(data.len() > 255 * layout.octets_linked());
        }
    }

    #[test]
    fn full_leaves_nothing_outside_the_alphabet(text in any_text()) {
        let full = Autoconvert::Full.apply(&text);
        prop_assert!(gsm::encode(&full).is_some(), "{}", full);
        prop_assert_eq!(Autoconvert::Full.apply(&full), full.clone());
        // Of what the alphabet has, nothing changes.
        if Alphabet::of(&text) == Alphabet::Gsm7 {
            prop_assert_eq!(&*full, text.nfc().collect::<String>());
        }
    }

    #[test]
    fn on_changes_all_or_nothing_and_never_costs_more(text in any_text()) {
        let on = Autoconvert::On.apply(&text);
        prop_assert_eq!(Autoconvert::On.apply(&on), on.clone());
        prop_assert!(segments(&on).parts <= segments(&text).parts);
        if *on != text {
            prop_assert_eq!(Alphabet::of(&text), Alphabet::Ucs2);
            prop_assert!(gsm::encode(&on).is_some());
            // Letters, digits and signs of the text are all still there.
            let words = |text: &str| text.nfc().filter(|one| one.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(words(&on), words(&text));
            prop_assert_eq!(Autoconvert::Full.apply(&text), on);
        }
    }
}

#[test]
fn every_character_alone_becomes_gsm() {
    for character in '\0'..=char::MAX {
        let text = character.to_string();
        let full = Autoconvert::Full.apply(&text);
        assert!(gsm::encode(&full).is_some(), "{character:?}: {full:?}");
        assert!(full.len() <= 18 * 3, "{character:?}: {full:?}");
    }
}
