//! A grey picture as bytes: PNG, iTerm2's sequence, sixels.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use ratatui::layout::Rect;

use crate::vision::blocks::Levels;

/// Grey levels of a sixel picture. More are not visible, and most terminals have 256 registers.
const GREYS: u8 = 64;
/// Rows of a band: the dots of one sixel.
const BAND: usize = 6;

/// A grey PNG: a third of the bytes of raw RGB, which kitty also accepts.
pub(super) fn png(levels: &Levels) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (width, height) = (levels.width as u32, levels.height as u32);
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive)
        .write_image(&levels.pixels, width, height, image::ExtendedColorType::L8)
        .map_err(io::Error::other)?;
    Ok(bytes)
}

/// iTerm2's sequence for a PNG that fills `area`, whose cells have the shape of the picture.
pub(super) fn iterm(levels: &Levels, area: Rect, out: &mut impl Write) -> io::Result<()> {
    let png = png(levels)?;
    write!(
        out,
        "\x1b]1337;File=inline=1;size={};width={};height={};preserveAspectRatio=0;doNotMoveCursor=1:{}\x07",
        png.len(),
        area.width,
        area.height,
        STANDARD.encode(&png)
    )
}

/// The sixels of a picture, in bands of six rows; in each band, the dots of one grey after another, with runs of equal
/// sixels as `!count`. The last band has no line feed, which would move the cursor below the picture.
pub(super) fn sixel(levels: &Levels, out: &mut impl Write) -> io::Result<()> {
    let Levels {
        width,
        height,
        pixels,
    } = levels;
    let greys: Vec<u8> = pixels.iter().map(|p| p / (255 / GREYS + 1)).collect();
    write!(out, "\x1bP0;1;0q\"1;1;{width};{height}")?;
    for grey in (0..GREYS).filter(|grey| greys.contains(grey)) {
        let share = u32::from(grey) * 100 / u32::from(GREYS - 1);
        write!(out, "#{grey};2;{share};{share};{share}")?;
    }
    for (i, band) in greys.chunks(BAND * width).enumerate() {
        write!(out, "{}", if i > 0 { "-" } else { "" })?;
        let mut first = true;
        for grey in (0..GREYS).filter(|grey| band.contains(grey)) {
            write!(out, "{}#{grey}", if first { "" } else { "$" })?;
            first = false;
            runs(band, *width, grey, out)?;
        }
    }
    write!(out, "\x1b\\")
}

/// The dots of one grey in a band.
fn runs(band: &[u8], width: usize, grey: u8, out: &mut impl Write) -> io::Result<()> {
    let sixel = |x: usize| -> u8 {
        let dot = |(row, line): (usize, &[u8])| u8::from(line[x] == grey) << row;
        b'?' + band.chunks(width).enumerate().map(dot).sum::<u8>()
    };
    let sixels: Vec<u8> = (0..width).map(sixel).collect();
    for run in sixels.chunk_by(|a, b| a == b) {
        match run.len() {
            1..4 => out.write_all(run)?,
            count => write!(out, "!{count}{}", char::from(run[0]))?,
        }
    }
    Ok(())
}
