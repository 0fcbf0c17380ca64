//! Strips of the input with their zero border, and strips of the output's gradient before pooling.

use super::isa::Isa;
use super::lowering::Grid;
use super::shape::{Argmax, ConvShape, Fused, NormGradient};
use super::stages;

/// Copies the part of a picture, `[height][width][inputs]`, that strip `strip` needs, with zeros around it and behind the last
/// channel of each pixel.
#[inline(always)]
pub(super) fn pad(shape: &ConvShape, grid: &Grid, picture: &[f32], strip: usize, out: &mut [f32]) {
    let before = shape.padding();
    let row_len = grid.padded_row();
    for row in 0..grid.rows + grid.margin {
        let out = &mut out[row * row_len..][..row_len];
        let Some(source) = (strip * grid.rows + row)
            .checked_sub(before)
            .filter(|&row| row < shape.height)
        else {
            out.fill(0.0);
            continue;
        };
        let source = &picture[source * shape.width * shape.inputs..][..shape.width * shape.inputs];
        let (left, rest) = out.split_at_mut(before * grid.pixel);
        let (body, right) = rest.split_at_mut((shape.width * grid.pixel).min(rest.len()));
        left.fill(0.0);
        right.fill(0.0);
        if grid.pixel == shape.inputs {
            body.copy_from_slice(&source[..body.len()]);
        } else {
            for (pixel, source) in body
                .chunks_exact_mut(grid.pixel)
                .zip(source.chunks_exact(shape.inputs))
            {
                let (values, padding) = pixel.split_at_mut(shape.inputs);
                values.copy_from_slice(source);
                padding.fill(0.0);
            }
        }
    }
    let used = (grid.rows + grid.margin) * row_len;
    out[used..].fill(0.0);
}

/// Adds the inside of a padded picture to the input's gradient, or writes it.
#[inline(always)]
pub(super) fn take_inside(
    shape: &ConvShape,
    grid: &Grid,
    padded: &[f32],
    writes: bool,
    picture: &mut [f32],
) {
    let before = shape.padding();
    let rows = (grid.strips * grid.rows + grid.margin).saturating_sub(before);
    let columns = (grid.width + grid.margin)
        .saturating_sub(before)
        .min(shape.width);
    let lines = picture.chunks_exact_mut(shape.width * shape.inputs);
    for (row, line) in lines.enumerate() {
        // Pooling drops an odd last row and column: no gradient reaches what only they read.
        let covered = if row < rows { columns } else { 0 };
        let (inside, rest) = line.split_at_mut(covered * shape.inputs);
        if writes {
            rest.fill(0.0);
        }
        let padded = &padded[((row + before) * grid.padded_row()).min(padded.len())..];
        let padded = &padded[(before * grid.pixel).min(padded.len())..];
        if writes && grid.pixel == shape.inputs {
            inside.copy_from_slice(&padded[..inside.len()]);
            continue;
        }
        let pixels = inside
            .chunks_exact_mut(shape.inputs)
            .zip(padded.chunks(grid.pixel));
        for (pixel, padded) in pixels {
            if writes {
                pixel.copy_from_slice(&padded[..shape.inputs]);
                continue;
            }
            for (target, source) in pixel.iter_mut().zip(padded) {
                *target += source;
            }
        }
    }
}

/// The output's gradient of one picture, for computing strips of the map's gradient.
pub(super) struct Gradient<'a> {
    pub(super) fused: Fused,
    /// Gradient by the output of the fused stages, `[height][width][outputs]`.
    pub(super) output: &'a [f32],
    /// The argmax in the same order, empty without stages.
    pub(super) argmax: &'a [u8],
    pub(super) channels: usize,
    /// The normalisation before the stages, with the map of this picture.
    pub(super) norm: Option<NormGradient<'a>>,
}

impl Gradient<'_> {
    /// Writes strip `strip` of the map's gradient, `[rows][width][pixel]`, with zeros beyond the map and behind the
    /// last channel of each pixel.
    #[inline(always)]
    pub(super) fn spread<I: Isa>(&self, _isa: I, grid: &Grid, strip: usize, out: &mut [f32]) {
        let channels = self.channels;
        let pixel = channels.next_multiple_of(I::LANES);
        let side = if self.fused.pool { 2 } else { 1 };
        let columns = grid.map[1] / side;
        // Pooling drops an odd last row and column, which are part of the grid if they were normalised.
        let pooled = [grid.map[0] / side * side, columns * side];
        for row in 0..grid.rows {
            let line = &mut out[row * grid.width * pixel..][..grid.width * pixel];
            let map_row = strip * grid.rows + row;
            if map_row >= grid.map[0] {
                line.fill(0.0);
                continue;
            }
            let (inside, overhang) = line.split_at_mut(grid.map[1] * pixel);
            overhang.fill(0.0);
            for (column, out) in inside.chunks_exact_mut(pixel).enumerate() {
                let at = (map_row / side * columns + column / side) * channels;
                let (values, padding) = out.split_at_mut(channels);
                padding.fill(0.0);
                if map_row >= pooled[0] || column >= pooled[1] {
                    values.fill(0.0);
                } else if self.argmax.is_empty() {
                    values.copy_from_slice(&self.output[at..][..channels]);
                } else {
                    let position = (map_row % side * 2 + column % side) as u8;
                    debug_assert!(position < Argmax::MASKED);
                    stages::spread_window(
                        &self.output[at..][..channels],
                        &self.argmax[at..][..channels],
                        position,
                        values,
                    );
                }
                if let Some(NormGradient { map, slopes }) = self.norm {
                    let pixel = (map_row * grid.map[1] + column) * channels;
                    stages::through_norm(slopes, &map[pixel..], values);
                }
            }
        }
    }
}
