//! The implementations of [`Isa`].
//!
//! AVX-512 and AVX2 with FMA are used through `pulp`'s tokens, which exist only where the processor has the instructions.
//! [`Portable`] is plain arrays that the compiler turns into SSE2 or NEON. Rejected: intrinsics (nothing to gain: the matrix
//! products run at the processor's peak, and this way needs no `unsafe`) and `pulp`'s own portable vectors (without FMA their
//! multiply-add calls the mathematical library).

use super::isa::{Isa, Job, Pixels, Strided};
use super::micro;

/// The methods that choose a register tile; only its numbers differ between the sets.
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
        fn convolve(self, vectors: usize, pixels: Pixels<'_>, b: &[f32], out: &mut [f32]) {
            match vectors {
                1 => micro::convolve::<Self, $rows, 1, $lanes>(self, pixels, b, out),
                _ => micro::convolve::<Self, $rows, 2, $lanes>(self, pixels, b, out),
            }
        }

        #[inline(always)]
        fn outer(
            self,
            vectors: usize,
            a: Strided<'_>,
            lane: usize,
            b: Strided<'_>,
            out: &mut [f32],
        ) {
            match vectors {
                1 => micro::outer::<Self, $rows, 1, $lanes>(self, a, lane, b, out),
                _ => micro::outer::<Self, $rows, 2, $lanes>(self, a, lane, b, out),
            }
        }
    };
}

/// Any processor: arrays of eight values, which the compiler maps to the vectors that all processors of its kind have.
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
