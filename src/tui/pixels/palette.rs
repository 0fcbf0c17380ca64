//! The colours of a sixel picture: a terminal has few registers for them.

use crate::ui::Raster;

/// The most colours of a picture. More greys are not visible, more colours take more bytes, and most terminals have 256
/// registers.
const REGISTERS: usize = 64;

/// At most [`REGISTERS`] colours.
pub(super) struct Palette {
    colours: Vec<[u8; 3]>,
    /// Whether the colours are the greys, from dark to light.
    grey: bool,
}

impl Palette {
    /// Evenly spaced greys for a grey picture. For a coloured one, the means of boxes of its colours by median cut
    /// (P. Heckbert, "Color image quantization for frame buffer display", 1982): the box whose colours are the most spread,
    /// weighted by how many there are, is halved at its median along its longest side.
    pub(super) fn of(raster: &Raster) -> Self {
        if raster.is_grey() {
            let grey = |i: usize| [(i * 255 / (REGISTERS - 1)) as u8; 3];
            return Self {
                colours: (0..REGISTERS).map(grey).collect(),
                grey: true,
            };
        }
        let mut boxes = vec![raster.pixels.clone()];
        while boxes.len() < REGISTERS {
            let spread = |pixels: &Vec<[u8; 3]>| longest_side(pixels).1 * pixels.len();
            let widest = (0..boxes.len()).max_by_key(|&i| spread(&boxes[i]));
            let Some(widest) = widest.filter(|&i| spread(&boxes[i]) > 0) else {
                break;
            };
            let mut pixels = boxes.swap_remove(widest);
            let (side, _) = longest_side(&pixels);
            pixels.sort_unstable_by_key(|pixel| pixel[side]);
            let upper = pixels.split_off(pixels.len() / 2);
            boxes.extend([pixels, upper]);
        }
        Self {
            colours: boxes.iter().map(|pixels| mean(pixels)).collect(),
            grey: false,
        }
    }

    /// The register with the nearest colour.
    pub(super) fn nearest(&self, pixel: [u8; 3]) -> u8 {
        if self.grey {
            return pixel[0] / (255 / REGISTERS as u8 + 1);
        }
        let far = |colour: &[u8; 3]| -> u32 {
            let channels = colour.iter().zip(pixel);
            channels.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
        };
        let nearest = (0..self.colours.len()).min_by_key(|&i| far(&self.colours[i]));
        nearest.unwrap_or(0) as u8
    }

    /// The colours, each value in percent as sixels take it.
    pub(super) fn percents(&self) -> impl Iterator<Item = [u32; 3]> {
        let percent = |(i, colour): (usize, &[u8; 3])| match self.grey {
            true => [(i * 100 / (REGISTERS - 1)) as u32; 3],
            false => colour.map(|value| u32::from(value) * 100 / 255),
        };
        self.colours.iter().enumerate().map(percent)
    }
}

/// The channel in which these colours differ the most, and by how much.
fn longest_side(pixels: &[[u8; 3]]) -> (usize, usize) {
    let range = |channel: usize| {
        let values = || pixels.iter().map(|pixel| pixel[channel]);
        let (low, high) = (values().min(), values().max());
        usize::from(high.unwrap_or(0) - low.unwrap_or(0))
    };
    let sides = (0..3).map(|channel| (channel, range(channel)));
    sides.max_by_key(|(_, range)| *range).unwrap_or((0, 0))
}

fn mean(pixels: &[[u8; 3]]) -> [u8; 3] {
    let count = pixels.len().max(1) as u32;
    [0, 1, 2].map(|channel| {
        let sum: u32 = pixels.iter().map(|pixel| u32::from(pixel[channel])).sum();
        ((sum + count / 2) / count) as u8
    })
}
