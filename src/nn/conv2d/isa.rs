//! The vector instructions that a kernel may use, behind one small trait.
//!
//! A kernel is written once, generic over [`Isa`], and compiled for each implementation in [`simd`](super::simd). Everything
//! that a kernel calls is `#[inline(always)]`, because only code inlined into [`Isa::run`] is compiled with the instruction set.
//! Closures are not inlined reliably, so work is passed as a [`Job`].

/// Equal pieces of a long slice: `pieces` of `len` values, each `stride` after the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strided<'a> {
    /// Begins at the first piece.
    pub(super) data: &'a [f32],
    /// From one piece to the next.
    pub(super) stride: usize,
    /// How many.
    pub(super) pieces: usize,
}

impl<'a> Strided<'a> {
    /// Block number `at`, `len` values.
    #[inline(always)]
    pub(super) fn piece(&self, at: usize, len: usize) -> &'a [f32] {
        &self.data[at * self.stride..][..len]
    }
}

/// Neighbouring pixels in a padded strip of the input, `[row][column][input]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixels<'a> {
    /// Begins at the upper left corner of the patch of the first pixel.
    pub(super) strip: &'a [f32],
    /// From one row of the strip to the next.
    pub(super) row: usize,
    /// From one pixel to the next: the inputs.
    pub(super) pixel: usize,
    /// Side of the kernel.
    pub(super) kernel: usize,
}

/// Work compiled for one instruction set.
pub(super) trait Job {
    /// The result.
    type Output;
    /// Does the work. Implementations are `#[inline(always)]`.
    fn call(self) -> Self::Output;
}

/// One instruction set: its vectors, and the shape of the register tile that suits it.
pub(super) trait Isa: Copy + Send + Sync + 'static {
    /// Values in a vector.
    const LANES: usize;
    /// Rows of the register tile of a matrix product. Divides or equals [`Self::LANES`].
    const ROWS: usize;
    /// Vectors in each row of the register tile.
    const VECTORS: usize;
    /// A vector.
    type V: Copy;

    /// Runs `job`, compiled with this instruction set.
    fn run<J: Job>(self, job: J) -> J::Output;
    /// `value` in every lane.
    fn splat(self, value: f32) -> Self::V;
    /// The first [`Self::LANES`] values of `from`.
    fn load(self, from: &[f32]) -> Self::V;
    /// Writes to the first [`Self::LANES`] values of `to`.
    fn store(self, value: Self::V, to: &mut [f32]);
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a · b`.
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a · b + c`, rounded once where the processor can.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// Fetches the cache lines of `values`, which are needed soon.
    fn prefetch(self, values: &[f32]);
    /// [`micro::product`](super::micro::product) with this set's register tile, `vectors` of [`Self::VECTORS`] wide.
    fn product(self, vectors: usize, depth: usize, a: &[f32], b: &[f32], out: &mut [f32]);
    /// [`micro::convolve`](super::micro::convolve) with this set's register tile, `vectors` of [`Self::VECTORS`] wide.
    fn convolve(self, vectors: usize, pixels: Pixels<'_>, b: &[f32], out: &mut [f32]);
    /// [`micro::outer`](super::micro::outer) with this set's register tile, `vectors` of [`Self::VECTORS`] wide.
    fn outer(self, vectors: usize, a: Strided<'_>, lane: usize, b: Strided<'_>, out: &mut [f32]);
}

/// `a · k`, `a · k + c`: a vector by a constant.
#[inline(always)]
pub(super) fn scale<I: Isa>(isa: I, a: I::V, k: f32) -> I::V {
    isa.mul(a, isa.splat(k))
}

/// `a · k + c` for a constant `k`.
#[inline(always)]
pub(super) fn scale_add<I: Isa>(isa: I, a: I::V, k: f32, c: I::V) -> I::V {
    isa.mul_add(a, isa.splat(k), c)
}
