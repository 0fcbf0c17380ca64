//! The vector instructions a kernel may use, behind one small trait.
//!
//! A kernel is written once, generic over [`Isa`], and compiled for each implementation: AVX-512 and AVX2 with FMA
//! through `pulp`'s tokens, which exist only where the processor has the instructions, and plain arrays that the
//! compiler turns into SSE2 or NEON. Everything a kernel calls is `#[inline(always)]`, because only what is inlined
//! into [`Isa::run`] is compiled with the instruction set; a closure is not reliably inlined, hence [`Job`].
//!
//! Rejected: intrinsics (nothing to gain, the matrix products run at the processor's peak, and no line of `unsafe` is
//! needed this way) and `pulp`'s own portable vectors (their multiply-add calls the mathematical library without FMA).

use super::micro;

/// Work compiled for one instruction set.
pub(super) trait Job {
    /// What comes out.
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
    /// Asks for the cache lines of `values`, which will be needed soon.
    fn prefetch(self, values: &[f32]);
    /// [`micro::product`] with this set's register tile, `vectors` of [`Self::VECTORS`] wide.
    fn product(self, vectors: usize, depth: usize, a: &[f32], b: &[f32], out: &mut [f32]);
    /// [`micro::outer`] with this set's register tile, `vectors` of [`Self::VECTORS`] wide.
    fn outer(
        self,
        vectors: usize,
        a: micro::Strided<'_>,
        lane: usize,
        b: micro::Strided<'_>,
        out: &mut [f32],
    );
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

/// The methods that choose a register tile, the same for every set but for its numbers.
macro_rules! register_tile {
    ($lanes:literal, $rows:literal) => {
        const LANES: usize = $lanes;
        const ROWS: usize = $rows;
        const VECTORS: usize = 2;

        #[inline(always)]
        fn product(self, vectors: usize, depth: usize, a: &[f32], b: &[f32], out: &mut [f32]) {
            match vectors {
                1 => micro::product::<Self, $rows, 1, $lanes>(self, depth, a, b, out),
                _ => micro::product::<Self, $rows, 2, $lanes>(self, depth, a, b, out),
            }
        }

        #[inline(always)]
        fn outer(
            self,
            vectors: usize,
            a: micro::Strided<'_>,
            lane: usize,
            b: micro::Strided<'_>,
            out: &mut [f32],
        ) {
            match vectors {
                1 => micro::outer::<Self, $rows, 1, $lanes>(self, a, lane, b, out),
                _ => micro::outer::<Self, $rows, 2, $lanes>(self, a, lane, b, out),
            }
        }
    };
}

/// Any processor: arrays of eight, which the compiler maps to the vectors that every machine of its kind has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

#[inline(always)]
fn lanewise(f: impl Fn(usize) -> f32) -> [f32; 8] {
    let mut out = [0.0; 8];
    for (lane, out) in out.iter_mut().enumerate() {
        *out = f(lane);
    }
    out
}

impl Isa for Portable {
    type V = [f32; 8];

    register_tile!(8, 4);

    #[inline(always)]
    fn run<J: Job>(self, job: J) -> J::Output {
        job.call()
    }
    #[inline(always)]
    fn splat(self, value: f32) -> Self::V {
        [value; 8]
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::V {
        let from = &from[..8];
        lanewise(|lane| from[lane])
    }
    #[inline(always)]
    fn store(self, value: Self::V, to: &mut [f32]) {
        to[..8].copy_from_slice(&value);
    }
    #[inline(always)]
    fn prefetch(self, _values: &[f32]) {}
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        lanewise(|lane| a[lane] + b[lane])
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        lanewise(|lane| a[lane] - b[lane])
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        lanewise(|lane| a[lane] * b[lane])
    }
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            lanewise(|lane| a[lane].mul_add(b[lane], c[lane]))
        } else {
            lanewise(|lane| a[lane] * b[lane] + c[lane])
        }
    }
}

/// An [`Isa`] on a token of `pulp`.
#[cfg(target_arch = "x86_64")]
macro_rules! pulp_isa {
    ($token:ty, $vector:ty, $lanes:literal, $rows:literal) => {
        impl Isa for $token {
            type V = $vector;

            register_tile!($lanes, $rows);

            #[inline(always)]
            fn run<J: Job>(self, job: J) -> J::Output {
                struct Inlined<J>(J);
                impl<J: Job> pulp::NullaryFnOnce for Inlined<J> {
                    type Output = J::Output;
                    #[inline(always)]
                    fn call(self) -> J::Output {
                        self.0.call()
                    }
                }
                self.vectorize(Inlined(job))
            }
            #[inline(always)]
            fn splat(self, value: f32) -> Self::V {
                pulp::Simd::splat_f32s(self, value)
            }
            #[inline(always)]
            fn load(self, from: &[f32]) -> Self::V {
                let from: &[f32; $lanes] = from.first_chunk().expect("a whole vector");
                pulp::cast(*from)
            }
            #[inline(always)]
            fn store(self, value: Self::V, to: &mut [f32]) {
                *to.first_chunk_mut::<$lanes>().expect("a whole vector") = pulp::cast(value);
            }
            #[inline(always)]
            #[allow(unsafe_code)]
            fn prefetch(self, values: &[f32]) {
                use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
                for line in values.chunks(16) {
                    // SAFETY: a prefetch reads nothing; any address is allowed, and every x86-64 has the instruction.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
                }
            }
            #[inline(always)]
            fn add(self, a: Self::V, b: Self::V) -> Self::V {
                pulp::Simd::add_f32s(self, a, b)
            }
            #[inline(always)]
            fn sub(self, a: Self::V, b: Self::V) -> Self::V {
                pulp::Simd::sub_f32s(self, a, b)
            }
            #[inline(always)]
            fn mul(self, a: Self::V, b: Self::V) -> Self::V {
                pulp::Simd::mul_f32s(self, a, b)
            }
            #[inline(always)]
            fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                pulp::Simd::mul_add_f32s(self, a, b, c)
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pulp_isa!(pulp::x86::V3, pulp::f32x8, 8, 4);
#[cfg(target_arch = "x86_64")]
pulp_isa!(pulp::x86::V4, pulp::f32x16, 16, 8);
