//! A picture as bytes: PNG, iTerm2's sequence, sixels.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use ratatui::layout::Rect;

use super::palette::Palette;
use crate::ui::Raster;

/// Rows of a band: the dots of one sixel.
const BAND: usize = 6;

/// A PNG, of one channel if the picture is grey: a third of the bytes of raw RGB, which kitty also accepts.
pub(super) fn png(raster: &Raster) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (width, height) = (raster.width as u32, raster.height as u32);
    let pixels = raster.pixels.iter();
    let (values, kind): (Vec<u8>, _) = match raster.is_grey() {
        true => (
            pixels.map(|pixel| pixel[0]).collect(),
            image::ExtendedColorType::L8,
        ),
        false => (
            pixels.flatten().copied().collect(),
            image::ExtendedColorType::Rgb8,
        ),
    };
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive)
        .write_image(&values, width, height, kind)
        .map_err(io::Error::other)?;
    Ok(bytes)
}

/// iTerm2's sequence for a PNG that fills `area`, whose cells have the shape of the picture.
pub(super) fn iterm(raster: &Raster, area: Rect, out: &mut impl Write) -> io::Result<()> {
    let png = png(raster)?;
    write!(
        out,
        "\x1b]1337;File=inline=1;size={};width={};height={};preserveAspectRatio=0;doNotMoveCursor=1:{}\x07",
        png.len(),
        area.width,
        area.height,
        STANDARD.encode(&png)
    )
}

/// The sixels of a picture, in bands of six rows; in each band, the dots of one colour after another, with runs of equal
/// sixels as `!count`. The last band has no line feed, which would move the cursor below the picture.
pub(super) fn sixel(raster: &Raster, out: &mut impl Write) -> io::Result<()> {
    let (width, height) = (raster.width, raster.height);
    let palette = Palette::of(raster);
    let colours: Vec<u8> = raster
        .pixels
        .iter()
        .map(|&pixel| palette.nearest(pixel))
        .collect();
    write!(out, "\x1bP0;1;0q\"1;1;{width};{height}")?;
    let registers = palette.percents().enumerate();
    for (register, [red, green, blue]) in registers.filter(|(i, _)| colours.contains(&(*i as u8))) {
        write!(out, "#{register};2;{red};{green};{blue}")?;
    }
    for (i, band) in colours.chunks(BAND * width).enumerate() {
        write!(out, "{}", if i > 0 { "-" } else { "" })?;
        let mut first = true;
        for colour in (0..=u8::MAX).filter(|colour| band.contains(colour)) {
            write!(out, "{}#{colour}", if first { "" } else { "$" })?;
            first = false;
            runs(band, width, colour, out)?;
        }
    }
    write!(out, "\x1b\\")
}

/// The dots of one colour in a band.
fn runs(band: &[u8], width: usize, colour: u8, out: &mut impl Write) -> io::Result<()> {
    let sixel = |x: usize| -> u8 {
        let dot = |(row, line): (usize, &[u8])| u8::from(line[x] == colour) << row;
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
