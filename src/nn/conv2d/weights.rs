//! The weights in the order in which the products read them, and the gradient in which the products leave it.
//!
//! `U` is `[group][point][depth][vectors of the group · LANES]`: the operand of a register tile is one piece, in the order of
//! use. It is made once per call and shared by all threads. `dU` is
//! `[point][block of V][group][channel in the block][vectors of the group · LANES]`, so that each thread owns whole pieces.

use super::isa::{Isa, Job};
use super::lowering::{Group, Lowering};
use super::scratch::Buffer;
use rayon::prelude::*;

/// The transformed weights, `depth` × `outputs` for each point.
pub(super) struct Packed {
    values: Buffer,
    points: usize,
    depth: usize,
    lanes: usize,
}

impl Packed {
    /// Transforms and packs `weight`, `[taps][depth][outputs]`.
    pub(super) fn new<I: Isa, W: Lowering>(
        isa: I,
        method: W,
        depth: usize,
        outputs: usize,
        weight: &[f32],
    ) -> Self {
        let points = method.points();
        let block = points * depth * I::LANES;
        let mut values = Buffer::take(outputs.div_ceil(I::LANES) * block);
        let groups: Vec<_> = Group::all::<I>(outputs)
            .zip(values.chunks_mut(I::VECTORS * block))
            .collect();
        groups.into_par_iter().for_each(|(group, packed)| {
            isa.run(Pack {
                isa,
                method,
                depth,
                outputs,
                weight,
                group,
                packed,
            });
        });
        Self {
            values,
            points,
            depth,
            lanes: I::LANES,
        }
    }

    /// As [`Self::new`] with rows and columns exchanged: `outputs` × `depth` for each point.
    pub(super) fn transposed<I: Isa, W: Lowering>(
        isa: I,
        method: W,
        depth: usize,
        outputs: usize,
        weight: &[f32],
    ) -> Self {
        let mut turned = Buffer::take(weight.len());
        let matrix = depth * outputs;
        turned
            .par_chunks_mut(matrix)
            .zip(weight.par_chunks(matrix))
            .for_each(|(turned, weight)| {
                for (o, row) in turned.chunks_exact_mut(depth).enumerate() {
                    for (d, value) in row.iter_mut().enumerate() {
                        *value = weight[d * outputs + o];
                    }
                }
            });
        Self::new(isa, method, outputs, depth, &turned)
    }

    /// `[depth][vectors · LANES]` of one point and group.
    #[inline(always)]
    pub(super) fn group(&self, group: Group, point: usize) -> &[f32] {
        let vector = self.depth * self.lanes;
        let start = (group.first * self.points + point * group.vectors) * vector;
        &self.values[start..][..group.vectors * vector]
    }
}

struct Pack<'a, I, W> {
    isa: I,
    method: W,
    depth: usize,
    outputs: usize,
    weight: &'a [f32],
    group: Group,
    packed: &'a mut [f32],
}

impl<I: Isa, W: Lowering> Job for Pack<'_, I, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            isa,
            method,
            depth,
            outputs,
            weight,
            group,
            packed,
        } = self;
        for d in 0..depth {
            for v in 0..group.vectors {
                let first = (group.first + v) * I::LANES;
                let count = I::LANES.min(outputs - first);
                let read = |tap: usize| {
                    let values = &weight[(tap * depth + d) * outputs + first..][..count];
                    if count == I::LANES {
                        isa.load(values)
                    } else {
                        load_partial(isa, values)
                    }
                };
                method.spread_weight(isa, read, |point, value| {
                    isa.store(
                        value,
                        &mut packed[((point * depth + d) * group.vectors + v) * I::LANES..],
                    );
                });
            }
        }
    }
}

/// A vector that begins with `values`, zero beyond.
#[inline(always)]
fn load_partial<I: Isa>(isa: I, values: &[f32]) -> I::V {
    let mut padded = [0.0; 16];
    padded[..values.len()].copy_from_slice(values);
    isa.load(&padded)
}

/// The gradient of the transformed weights.
pub(super) struct Unpacked {
    values: Buffer,
    points: usize,
    depth: usize,
    outputs: usize,
}

impl Unpacked {
    /// Zeros, for `points` matrices of `depth` × `outputs`.
    pub(super) fn zeros<I: Isa>(points: usize, depth: usize, outputs: usize) -> Self {
        let len = points * depth.div_ceil(I::LANES) * Self::piece_len::<I>(outputs);
        Self {
            values: Buffer::zeros(len),
            points,
            depth,
            outputs,
        }
    }

    /// Length of the piece of one point and one block of `V`: `[group][LANES][vectors · LANES]`.
    pub(super) fn piece_len<I: Isa>(outputs: usize) -> usize {
        outputs.div_ceil(I::LANES) * I::LANES * I::LANES
    }

    /// All pieces: `[point][block of V]`.
    pub(super) fn pieces(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Transforms back and adds to `gradient`, `[taps][depth][outputs]`.
    pub(super) fn add_to<I: Isa, W: Lowering>(&self, isa: I, method: W, gradient: &mut [f32]) {
        let (depth, outputs, taps) = (self.depth, self.outputs, method.taps());
        let mut turned = Buffer::take(taps * depth * outputs);
        turned
            .par_chunks_mut(taps * outputs)
            .enumerate()
            .for_each(|(d, out)| {
                isa.run(Unpack {
                    isa,
                    method,
                    source: self,
                    d,
                    out,
                });
            });
        let turned = &turned[..];
        gradient
            .par_chunks_mut(depth * outputs)
            .enumerate()
            .for_each(|(tap, gradient)| {
                for (d, row) in gradient.chunks_exact_mut(outputs).enumerate() {
                    let source = &turned[(d * taps + tap) * outputs..][..outputs];
                    for (target, source) in row.iter_mut().zip(source) {
                        *target += source;
                    }
                }
            });
    }
}

struct Unpack<'a, I, W> {
    isa: I,
    method: W,
    source: &'a Unpacked,
    d: usize,
    /// `[taps][outputs]`.
    out: &'a mut [f32],
}

impl<I: Isa, W: Lowering> Job for Unpack<'_, I, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            isa,
            method,
            source,
            d,
            out,
        } = self;
        let (outputs, blocks) = (source.outputs, source.depth.div_ceil(I::LANES));
        let piece = Unpacked::piece_len::<I>(outputs);
        for group in Group::all::<I>(outputs) {
            for v in 0..group.vectors {
                let row = (d % I::LANES * group.vectors + v) * I::LANES
                    + group.first * I::LANES * I::LANES;
                let read = |point: usize| {
                    isa.load(&source.values[(point * blocks + d / I::LANES) * piece + row..])
                };
                debug_assert!(source.points == method.points());
                let first = (group.first + v) * I::LANES;
                let count = I::LANES.min(outputs - first);
                method.gather_weight(isa, read, |tap, value| {
                    let mut whole = [0.0; 16];
                    isa.store(value, &mut whole);
                    out[tap * outputs + first..][..count].copy_from_slice(&whole[..count]);
                });
            }
        }
    }
}
