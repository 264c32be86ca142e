//! QR codes, as pictures that need nothing from anywhere.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code (ISO/IEC 18004 §5.3.8).
const QUIET: usize = 4;
/// Pixels of a module in a PNG.
const MODULE_PIXELS: usize = 8;

/// The modules of a text, dark ones true, in rows, with the quiet zone around
/// them; and how many stand in a row.
fn modules(text: &str) -> Option<(Vec<bool>, usize)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (inner, colors) = (code.width(), code.to_colors());
    let width = inner + 2 * QUIET;
    let mut dark = vec![false; width * width];
    for (place, color) in colors.into_iter().enumerate() {
        let (row, column) = (place / inner + QUIET, place % inner + QUIET);
        dark[row * width + column] = color == Color::Dark;
    }
    Some((dark, width))
}

/// The picture as SVG, black on white whatever the page looks like; `None` for a
/// text too long for one code.
pub fn svg(text: &str) -> Option<String> {
    use std::fmt::Write as _;
    let (dark, width) = modules(text)?;
    let mut path = String::new();
    for row in 0..width {
        let mut column = 0;
        while column < width {
            let run = (column..width).take_while(|c| dark[row * width + c]).count();
            if run > 0 {
                let _ = write!(path, "M{column} {row}h{run}v1h-{run}z");
            }
            column += run.max(1);
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {width}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{width}v{width}H0z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

/// The picture as PNG, one bit a pixel; `None` for a text too long for one code.
pub fn png(text: &str) -> Option<Vec<u8>> {
    let (dark, width) = modules(text)?;
    let side = width * MODULE_PIXELS;
    let row_bytes = side.div_ceil(8);
    let mut pixels = vec![0_u8; row_bytes * side];
    for y in 0..side {
        for x in 0..side {
            if !dark[y / MODULE_PIXELS * width + x / MODULE_PIXELS] {
                pixels[y * row_bytes + x / 8] |= 0x80 >> (x % 8);
            }
        }
    }
    let mut bytes = Vec::new();
    let side = u32::try_from(side).ok()?;
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str =
        "otpauth://totp/Shop:jane?secret=OZSXE2LHMF2G64RNORXXI4BNONSWKZBB&issuer=Shop";

    #[test]
    fn both_pictures_show_the_same_modules() {
        let (dark, width) = modules(URI).unwrap();
        let picture = svg(URI).unwrap();
        assert!(picture.contains(&format!("viewBox=\"0 0 {width} {width}\"")));
        let runs = picture.split("<path d=\"").nth(1).unwrap();
        let dark_in_svg: usize = runs
            .split('M')
            .filter_map(|run| run.split('h').nth(1)?.split('v').next()?.parse::<usize>().ok())
            .sum();
        assert_eq!(dark_in_svg, dark.iter().filter(|dark| **dark).count());

        let bytes = png(URI).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.width as usize, width * MODULE_PIXELS);
        for (place, is_dark) in dark.iter().enumerate() {
            let x = place % width * MODULE_PIXELS + 3;
            let y = place / width * MODULE_PIXELS + 3;
            let bit = pixels[y * info.line_size + x / 8] & (0x80 >> (x % 8));
            assert_eq!(bit == 0, *is_dark, "module {place}");
        }
    }

    #[test]
    fn a_text_that_fits_into_no_code_is_no_picture() {
        assert!(svg(&"x".repeat(4_000)).is_none() && png(&"x".repeat(4_000)).is_none());
    }
}
