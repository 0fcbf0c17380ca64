//! Which method for which layer, and how much work at a time.
//!
//! The choice follows measured costs, but nothing is timed while the program runs: methods round differently, and the same seed
//! must give the same weights in every run. A pass costs
//!
//! ```text
//! ns per picture = product · (multiply-adds of the products) + lowered · (values of V) + written · (values of M)
//! ```
//!
//! with sizes as they are computed, channels in whole vectors and tiles to the edge of the map. [`Cost`] holds the three costs
//! of each method, fitted to 504 timings on one core with AVX-512 (an EPYC of the Zen 4 generation; kernels 3 and 5, 1 to 64
//! inputs, 8 to 48 outputs, sides 2 to 32). Compared with the faster method of each of those layers, the choice loses 1.5 %
//! forward and 4 % backward on average; the rule "Winograd from 16 inputs on" lost 14 % and 26 %. The table is printed by
//!
//! ```text
//! RAYON_NUM_THREADS=1 cargo test --release --lib conv2d::bench::tests::methods -- --ignored --nocapture
//! ```
//!
//! The choice does not depend on batch size and threads: the output of a picture does not depend on the rest of its batch.

use super::lowering::Lowering;
use super::shape::ConvShape;

/// A way to compute a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Method {
    /// One product over patches of the input.
    Im2Col,
    /// Winograd's F(4×4, 3×3).
    F4x3,
    /// Winograd's F(4×4, 5×5).
    F4x5,
}

/// Which pass is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Pass {
    /// Outputs.
    Forward,
    /// Gradients.
    Backward,
}

/// Costs of a method in nanoseconds: of a multiply-add, of a value of `V`, of a value of `M`.
struct Cost {
    product: f64,
    lowered: f64,
    written: f64,
}

/// Values in a vector of the machine that the costs were measured on.
const LANES: usize = 16;

impl Method {
    /// The methods that can compute a kernel of this size.
    pub(super) fn all(kernel: usize) -> &'static [Self] {
        match kernel {
            3 => &[Self::Im2Col, Self::F4x3],
            5 => &[Self::Im2Col, Self::F4x5],
            _ => &[Self::Im2Col],
        }
    }

    /// The method that costs least.
    pub(super) fn choose(shape: &ConvShape, pass: Pass) -> Self {
        let mut best = Self::Im2Col;
        for &method in Self::all(shape.kernel) {
            if method.nanoseconds(shape, pass) < best.nanoseconds(shape, pass) {
                best = method;
            }
        }
        best
    }

    /// Rows of all its products together, for each picture, and their length.
    fn products(self, shape: &ConvShape) -> (usize, usize) {
        let (points, side) = match self {
            Self::Im2Col => (1, 1),
            Self::F4x3 => (36, 4),
            Self::F4x5 => (64, 4),
        };
        let depth = if side == 1 {
            shape.kernel * shape.kernel * shape.inputs
        } else {
            shape.inputs
        };
        let rows = points * shape.height.div_ceil(side) * shape.width.div_ceil(side);
        (rows, depth)
    }

    /// Multiplications and additions of its products in one pass, each counted, without padding and transforms. A backward pass
    /// has as many for each of its gradients.
    pub(super) fn flops(self, shape: &ConvShape) -> f64 {
        let (rows, depth) = self.products(shape);
        2.0 * (shape.batch * rows * depth * shape.outputs) as f64
    }

    /// What a pass costs for each picture.
    pub(super) fn nanoseconds(self, shape: &ConvShape, pass: Pass) -> f64 {
        let (rows, depth) = self.products(shape);
        let (v, m) = (
            rows * depth.next_multiple_of(LANES),
            rows * shape.outputs.next_multiple_of(LANES),
        );
        let multiply_adds = match pass {
            Pass::Forward => m * depth,
            Pass::Backward => 2 * m * depth.next_multiple_of(LANES),
        };
        let cost = self.cost(pass);
        cost.product * multiply_adds as f64 + cost.lowered * v as f64 + cost.written * m as f64
    }

    fn cost(self, pass: Pass) -> Cost {
        let (product, lowered, written) = match (self, pass) {
            (Self::Im2Col, Pass::Forward) => (0.016, 0.25, 1.05),
            (Self::F4x3, Pass::Forward) => (0.020, 0.40, 0.45),
            (Self::F4x5, Pass::Forward) => (0.020, 0.35, 0.32),
            (Self::Im2Col, Pass::Backward) => (0.016, 1.1, 2.6),
            (Self::F4x3 | Self::F4x5, Pass::Backward) => (0.022, 1.2, 0.5),
        };
        Cost {
            product,
            lowered,
            written,
        }
    }
}

/// Tiles that go through a pass together: many enough to use each weight often, few enough for their products to stay in a
/// second-level cache of 1 MiB.
fn tiles(points: usize) -> usize {
    if points == 1 { 512 } else { 64 }
}

/// Strips in a chunk of the forward pass; fewer where threads would have no work.
pub(super) fn strips_per_chunk<W: Lowering>(method: &W, total: usize, threads: usize) -> usize {
    let wanted = tiles(method.points()) / method.grid().tiles.max(1);
    wanted.min(total.div_ceil(threads)).max(1)
}

/// Pictures in a chunk of the backward pass. It must depend on the layer alone.
pub(super) fn pictures_per_chunk<W: Lowering>(method: &W) -> usize {
    (tiles(method.points()) / method.grid().picture_tiles().max(1)).max(1)
}

/// Chunks of the backward pass that are in memory at once.
pub(super) fn chunks_per_block(threads: usize) -> usize {
    threads.max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The layers of the presets and the methods that were measured to be fastest for them.
    #[test]
    fn the_layers_of_the_presets_get_their_fastest_method() {
        let choose = |inputs, outputs, kernel, side, pass| {
            let shape = ConvShape {
                batch: 1,
                height: side,
                width: side,
                inputs,
                outputs,
                kernel,
            };
            Method::choose(&shape, pass)
        };
        for pass in [Pass::Forward, Pass::Backward] {
            assert_eq!(choose(1, 96, 11, 64, pass), Method::Im2Col);
            assert_eq!(choose(96, 256, 5, 32, pass), Method::F4x5);
            assert_eq!(choose(256, 384, 3, 16, pass), Method::F4x3);
            assert_eq!(choose(1, 16, 3, 64, pass), Method::Im2Col);
            assert_eq!(choose(16, 32, 3, 32, pass), Method::F4x3);
            assert_eq!(choose(32, 64, 3, 16, pass), Method::F4x3);
            assert_eq!(choose(64, 64, 3, 8, pass), Method::F4x3);
            assert_eq!(choose(64, 64, 1, 8, pass), Method::Im2Col);
        }
    }
}
