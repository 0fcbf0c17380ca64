//! The matrix products that all methods use, one register tile at a time.
//!
//! Two read operands laid out as [`tiles`](super::tiles) describes: for a panel of `ROWS` tiles, blocks of `LANES`
//! channels, and within a block one row of `LANES` values for each tile. Their accumulators stay in registers: 8 × 2
//! vectors with AVX-512, 4 × 2 with AVX2, enough to hide the latency of a fused multiply-add.

use super::isa::{Isa, Pixels, Strided};

/// `out[v][i][..] = Σ_d a[i, d] · b[d][v][..]` over `depth` values of `d`: `R` tiles by `N` vectors.
///
/// `a` is one panel, `[depth / L][R][L]`; `b` is `[depth][N][L]`; `out` is `[N][R][L]`. Each sum runs over `d` in
/// order, so that it does not depend on which panel a tile is in.
#[inline(always)]
pub(super) fn product<I: Isa, const R: usize, const N: usize, const L: usize>(
    isa: I,
    depth: usize,
    a: &[f32],
    b: &[f32],
    out: &mut [f32],
) {
    let mut sums = [[isa.splat(0.0); N]; R];
    let (blocks, tail) = (depth / L, depth % L);
    let (body, rest) = b[..depth * N * L].split_at(blocks * L * N * L);
    for (a, b) in a.chunks_exact(R * L).zip(body.chunks_exact(L * N * L)) {
        for d in 0..L {
            step::<I, R, N, L>(isa, &mut sums, a, d, &b[d * N * L..]);
        }
    }
    if tail > 0 {
        let a = &a[blocks * R * L..][..R * L];
        for (d, b) in rest.chunks_exact(N * L).enumerate() {
            step::<I, R, N, L>(isa, &mut sums, a, d, b);
        }
    }
    let out = &mut out[..N * R * L];
    for v in 0..N {
        for i in 0..R {
            isa.store(sums[i][v], &mut out[(v * R + i) * L..]);
        }
    }
}

/// [`product`] over the patches of `R` neighbouring pixels, read in place; `out` is `[R][N][L]`.
#[inline(always)]
pub(super) fn convolve<I: Isa, const R: usize, const N: usize, const L: usize>(
    isa: I,
    pixels: Pixels<'_>,
    b: &[f32],
    out: &mut [f32],
) {
    let run = pixels.kernel * pixels.pixel;
    let mut sums = [[isa.splat(0.0); N]; R];
    for (u, b) in b.chunks_exact(run * N * L).enumerate() {
        let line = &pixels.strip[u * pixels.row..][..(R - 1) * pixels.pixel + run];
        let mut patches = [line; R];
        for (i, patch) in patches.iter_mut().enumerate() {
            *patch = &line[i * pixels.pixel..][..run];
        }
        for (d, b) in b.chunks_exact(N * L).take(run).enumerate() {
            let mut row = [isa.splat(0.0); N];
            for (v, row) in row.iter_mut().enumerate() {
                *row = isa.load(&b[v * L..]);
            }
            for (sums, patch) in sums.iter_mut().zip(&patches) {
                let value = isa.splat(patch[d]);
                for (sum, &b) in sums.iter_mut().zip(&row) {
                    *sum = isa.mul_add(value, b, *sum);
                }
            }
        }
    }
    let out = &mut out[..R * N * L];
    for (sums, out) in sums.iter().zip(out.chunks_exact_mut(N * L)) {
        for (&sum, out) in sums.iter().zip(out.chunks_exact_mut(L)) {
            isa.store(sum, out);
        }
    }
}

/// Adds `a[i, d] · b[v][..]` to every sum.
#[inline(always)]
fn step<I: Isa, const R: usize, const N: usize, const L: usize>(
    isa: I,
    sums: &mut [[I::V; N]; R],
    a: &[f32],
    d: usize,
    b: &[f32],
) {
    let mut row = [isa.splat(0.0); N];
    for (v, row) in row.iter_mut().enumerate() {
        *row = isa.load(&b[v * L..]);
    }
    for (i, sums) in sums.iter_mut().enumerate() {
        let value = isa.splat(a[i * L + d]);
        for (sum, &b) in sums.iter_mut().zip(&row) {
            *sum = isa.mul_add(value, b, *sum);
        }
    }
}

/// `out[r][v][..] += Σ_t a[t, lane + r] · b[t][v][..]` over every tile `t` of every panel: `R` channels by `N` vectors.
///
/// A piece of `a` is one block of a panel, `[R][L]`; a piece of `b` is `N` consecutive blocks of the same panel,
/// `[N][R][L]`; `out` is `[R][N][L]`. The sum over tiles is complete before it is added to `out`.
#[inline(always)]
pub(super) fn outer<I: Isa, const R: usize, const N: usize, const L: usize>(
    isa: I,
    a: Strided<'_>,
    lane: usize,
    b: Strided<'_>,
    out: &mut [f32],
) {
    isa.prefetch(&out[..R * N * L]);
    let mut sums = [[isa.splat(0.0); N]; R];
    for panel in 0..a.pieces {
        let a = a.piece(panel, R * L);
        let b = b.piece(panel, N * R * L);
        for t in 0..R {
            let values = &a[t * L + lane..][..R];
            let mut row = [isa.splat(0.0); N];
            for (v, row) in row.iter_mut().enumerate() {
                *row = isa.load(&b[(v * R + t) * L..]);
            }
            for (sums, &value) in sums.iter_mut().zip(values) {
                for (sum, &b) in sums.iter_mut().zip(&row) {
                    *sum = isa.mul_add(isa.splat(value), b, *sum);
                }
            }
        }
    }
    let out = &mut out[..R * N * L];
    for r in 0..R {
        for v in 0..N {
            let out = &mut out[(r * N + v) * L..];
            isa.store(isa.add(isa.load(out), sums[r][v]), out);
        }
    }
}
