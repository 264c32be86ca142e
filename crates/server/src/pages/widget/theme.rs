//! The colours of an account, so that they can be read: whatever an operator picks,
//! text keeps a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3) in light and in dark.
//!
//! A surface keeps the operator's colour, and text on it is black or white. Where
//! the colour is that of text, it is made darker or lighter until it can be read.

use verify::record::{Brand, Colour};

/// Contrast of text (WCAG 2.2, 1.4.3).
const TEXT_CONTRAST: f64 = 4.5;

/// Steps from a colour to black or white.
const STEPS: u16 = 64;

const BLACK: Colour = Colour([0, 0, 0]);
const WHITE: Colour = Colour([255, 255, 255]);

/// The grounds that text stands on: those of `web/widget/widget.css`, in light …
const GROUNDS_LIGHT: [Colour; 2] = [Colour([0xf4, 0xf6, 0xf7]), WHITE];
/// … and in dark.
const GROUNDS_DARK: [Colour; 2] = [Colour([0x10, 0x16, 0x1c]), Colour([0x18, 0x20, 0x28])];

/// The rules of a brand's colours; `None` for a brand without any.
pub(super) fn style(brand: &Brand) -> Option<String> {
    if brand.accent.is_none() && brand.strip.is_none() {
        return None;
    }
    let (mut light, mut dark) = (Vec::new(), Vec::new());
    if let Some(accent) = brand.accent {
        let on = text_on(accent);
        light.extend([
            rule("accent", accent),
            // Under the pointer it moves away from its text.
            rule("accent-strong", mixed(accent, opposite(on), 10)),
            rule("on-accent", on),
            rule("link", readable(accent, &GROUNDS_LIGHT)),
        ]);
        dark.push(rule("link", readable(accent, &GROUNDS_DARK)));
    }
    if let Some(strip) = brand.strip {
        light.extend([rule("strip", strip), rule("on-strip", text_on(strip))]);
    }
    let (light, dark) = (light.concat(), dark.concat());
    Some(format!(":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"))
}

fn rule(name: &str, colour: Colour) -> String {
    format!("--{name}:{};", hex(colour))
}

/// Black or white, whichever can be read better. One of them always has 4.58 to 1.
fn text_on(ground: Colour) -> Colour {
    if contrast(WHITE, ground) >= TEXT_CONTRAST { WHITE } else { BLACK }
}

fn opposite(colour: Colour) -> Colour {
    if colour == WHITE { BLACK } else { WHITE }
}

/// The colour, made darker or lighter until it can be read on all of these grounds.
fn readable(colour: Colour, grounds: &[Colour]) -> Colour {
    let is_readable =
        |one: &Colour| grounds.iter().all(|ground| contrast(*one, *ground) >= TEXT_CONTRAST);
    let towards = if luminance(grounds[0]) > 0.5 { BLACK } else { WHITE };
    let steps = (0..=STEPS).map(|step| mixed(colour, towards, step));
    steps.into_iter().find(is_readable).unwrap_or(towards)
}

/// So many steps of the way to another colour.
fn mixed(from: Colour, to: Colour, steps: u16) -> Colour {
    let mut channels = from.0;
    for (channel, to) in channels.iter_mut().zip(to.0) {
        let sum = u16::from(*channel) * (STEPS - steps) + u16::from(to) * steps;
        *channel = u8::try_from(sum / STEPS).unwrap_or(u8::MAX);
    }
    Colour(channels)
}

/// Relative luminance (WCAG 2.2).
fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.0.map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn hex(colour: Colour) -> String {
    let [red, green, blue] = colour.0;
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use verify::entropy::{SeededEntropy, draw};

    use super::*;

    fn colour_of(css: &str, name: &str) -> Colour {
        let at = css.find(&format!("{name}:#")).unwrap() + name.len() + 2;
        let channel = |i: usize| u8::from_str_radix(&css[at + i..at + i + 2], 16).unwrap();
        Colour([channel(0), channel(2), channel(4)])
    }

    #[test]
    fn whatever_colours_are_picked_everything_can_be_read() {
        let mut entropy = SeededEntropy::new(80);
        let greys = (0..=255).map(|level| [level; 3]);
        let random = (0..10_000).map(|_| draw::<3>(&mut entropy));
        for picked in greys.chain(random).map(Colour) {
            let brand = Brand { accent: Some(picked), strip: Some(picked), ..Brand::default() };
            let css = style(&brand).unwrap();
            let (light, dark) = css.split_once("@media").unwrap();
            let pairs = [
                (colour_of(light, "--on-accent"), colour_of(light, "--accent")),
                (colour_of(light, "--on-accent"), colour_of(light, "--accent-strong")),
                (colour_of(light, "--on-strip"), colour_of(light, "--strip")),
                (colour_of(light, "--link"), GROUNDS_LIGHT[0]),
                (colour_of(light, "--link"), GROUNDS_LIGHT[1]),
                (colour_of(dark, "--link"), GROUNDS_DARK[0]),
                (colour_of(dark, "--link"), GROUNDS_DARK[1]),
            ];
            for (text, ground) in pairs {
                assert!(contrast(text, ground) >= 4.5, "{picked:?}: {text:?} on {ground:?}");
            }
            assert_eq!(colour_of(light, "--strip"), picked);
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let css = include_str!("../../../../../web/widget/widget.css");
        let (light, dark) = css.split_once("prefers-color-scheme: dark").unwrap();
        for (part, grounds) in [(light, GROUNDS_LIGHT), (dark, GROUNDS_DARK)] {
            for (name, ground) in ["--ground", "--surface"].into_iter().zip(grounds) {
                assert!(part.contains(&format!("{name}: {};", hex(ground))), "{name} {ground:?}");
            }
        }
    }

    #[test]
    fn a_brand_without_colours_has_no_style_and_a_readable_colour_stays_itself() {
        assert_eq!(style(&Brand::default()), None);
        let teal = Colour([0x0f, 0x76, 0x6e]);
        assert_eq!(readable(teal, &GROUNDS_LIGHT), teal);
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 0.001);
    }
}
