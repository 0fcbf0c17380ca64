//! t-SNE: points in the plane whose near neighbours are those they have in many dimensions (van der Maaten and Hinton 2008).
//!
//! With points `x`, and `σ_i` so that the distribution of the neighbours of `i` has the wanted perplexity, the similarities are
//!
//! ```text
//! p_j|i = exp(−|x_i − x_j|² / 2σ_i²) / Σ_k≠i exp(−|x_i − x_k|² / 2σ_i²)        p_ij = (p_j|i + p_i|j) / 2N
//! q_ij  = w_ij / Z        w_ij = 1 / (1 + |y_i − y_j|²)        Z = Σ_k≠l w_kl
//! ```
//!
//! and the places `y` minimise the divergence `Σ p_ij log(p_ij / q_ij)` by descent along
//!
//! ```text
//! 4 · Σ_j (p_ij − q_ij) · w_ij · (y_i − y_j)
//! ```
//!
//! with momentum and gains as in that paper (section 3.4). Exaggeration by 12 in the first 250 steps is from van der Maaten
//! (2014), the step of N/12 from Belkina et al. (2019), the beginning at the principal components from Kobak and Berens (2019):
//! groups are then not scattered by chance, and nothing is random.
//!
//! Distances between groups, and how large a group is, mean nothing: only who is near whom does. It takes the square of the number
//! of points, at most [`MOST_POINTS`]. Sums have a fixed order, so any number of threads gives the same bits; the crate `bhtsne` was
//! rejected because its sums have none, and for its fifteen dependencies.

use rayon::prelude::*;

use super::Plane;

/// The most points that are worth the time: about three seconds on two cores.
pub const MOST_POINTS: usize = 2_000;
/// The usual perplexity: about how many neighbours a point has.
const PERPLEXITY: f64 = 30.0;
/// Steps of the descent.
const STEPS: usize = 750;
/// Steps in which the similarities are exaggerated, and by how much.
const EXAGGERATED: (usize, f32) = (250, 12.0);
/// Momentum during the exaggeration, and after it.
const MOMENTUM: [f32; 2] = [0.5, 0.8];
/// The least gain of a coordinate.
const LEAST_GAIN: f32 = 0.01;
/// The standard deviation of the first coordinate at the beginning.
const SPREAD: f32 = 1e-4;
/// A coordinate so large that its weight is 0 in single precision.
const FAR: f32 = 1e18;
/// Numbers that are added side by side; the order of a sum is part of the result.
const LANES: usize = 8;

/// Points in the plane by t-SNE.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbourhoods {
    /// Coordinates of each point; NaN if any point holds a NaN or an infinity.
    pub points: Vec<(f32, f32)>,
    /// The perplexity: about how many neighbours of each point count.
    pub perplexity: f64,
}

impl Neighbourhoods {
    /// Places points of one length. Fewer than five points are placed by their principal components.
    ///
    /// # Panics
    /// If the points have different lengths, or there are more than [`MOST_POINTS`].
    pub fn of(points: &[&[f32]]) -> Self {
        assert!(
            points.len() <= MOST_POINTS,
            "a sample of the points is placed"
        );
        let start = Plane::of(points).points;
        let count = points.len();
        let perplexity = PERPLEXITY.min((count as f64 - 1.0) / 3.0).max(1.0);
        let finite = start.iter().all(|(x, y)| x.is_finite() && y.is_finite());
        if count < 5 || !finite {
            let points = start;
            return Self { points, perplexity };
        }
        let similarities = similarities(points, perplexity);
        Self {
            points: Descent::new(&start).run(&similarities),
            perplexity,
        }
    }
}

/// The similarities `p_ij`, `[N, N]`.
fn similarities(points: &[&[f32]], perplexity: f64) -> Vec<f32> {
    let count = points.len();
    let row = |own: &&[f32]| {
        let distance = |other: &&[f32]| -> f64 {
            assert_eq!(own.len(), other.len(), "points of one length");
            let pairs = own.iter().zip(*other);
            pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum()
        };
        points.iter().map(distance).collect::<Vec<f64>>()
    };
    let conditional: Vec<Vec<f64>> = points
        .par_iter()
        .enumerate()
        .map(|(i, own)| conditional(&row(own), i, perplexity))
        .collect();
    let mut joint = vec![0.0; count * count];
    let scale = 1.0 / (2.0 * count as f64);
    for i in 0..count {
        for j in 0..count {
            joint[i * count + j] = (scale * (conditional[i][j] + conditional[j][i])) as f32;
        }
    }
    joint
}

/// The distribution `p_j|i` of the neighbours of point `own`, from the squares of their distances; `1 / 2σ²` is found by bisection.
fn conditional(squares: &[f64], own: usize, perplexity: f64) -> Vec<f64> {
    let others = || squares.iter().enumerate().filter(|(j, _)| *j != own);
    // Only differences count; the nearest neighbour has weight 1, so that the sum is never 0.
    let nearest = others().map(|(_, d)| *d).fold(f64::INFINITY, f64::min);
    let mean = others().map(|(_, d)| d - nearest).sum::<f64>() / (squares.len() - 1) as f64;
    let weights = |beta: f64| {
        let mut weights: Vec<f64> = squares
            .iter()
            .map(|d| (-beta * (d - nearest)).exp())
            .collect();
        weights[own] = 0.0;
        weights
    };
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut beta = 1.0 / mean.max(f64::MIN_POSITIVE.sqrt());
    for _ in 0..64 {
        let found = perplexity_of(&weights(beta));
        if (found / perplexity - 1.0).abs() < 1e-5 {
            break;
        }
        match found > perplexity {
            true => low = beta,
            false => high = beta,
        }
        beta = if high.is_finite() {
            0.5 * (low + high)
        } else {
            2.0 * beta
        };
        if !beta.is_finite() {
            break;
        }
    }
    let mut found = weights(beta.min(f64::MAX));
    let sum: f64 = found.iter().sum();
    found.iter_mut().for_each(|weight| *weight /= sum);
    found
}

/// The perplexity `exp(H)` of the distribution with these weights, with its entropy `H` in nats.
fn perplexity_of(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let terms = weights.iter().filter(|weight| **weight > 0.0);
    let entropy: f64 = terms.map(|weight| weight / sum).map(|p| -p * p.ln()).sum();
    entropy.exp()
}

/// The state of the descent: one list for each coordinate, so that several points are computed at once.
struct Descent {
    places: [Vec<f32>; 2],
    moves: [Vec<f32>; 2],
    gains: [Vec<f32>; 2],
}

impl Descent {
    /// A descent that begins at these points, which are made small.
    fn new(start: &[(f32, f32)]) -> Self {
        let count = start.len();
        let variance = start.iter().map(|(x, _)| x * x).sum::<f32>() / count as f32;
        let scale = match variance > 0.0 {
            true => SPREAD / variance.sqrt(),
            false => 0.0,
        };
        Self {
            places: [
                start.iter().map(|(x, _)| scale * x).collect(),
                start.iter().map(|(_, y)| scale * y).collect(),
            ],
            moves: [vec![0.0; count], vec![0.0; count]],
            gains: [vec![1.0; count], vec![1.0; count]],
        }
    }

    fn run(mut self, similarities: &[f32]) -> Vec<(f32, f32)> {
        let count = self.places[0].len();
        let (exaggerated, factor) = EXAGGERATED;
        let rate = (count as f32 / factor).max(50.0);
        for step in 0..STEPS {
            let early = step < exaggerated;
            let slopes = slopes(&self.places, similarities, if early { factor } else { 1.0 });
            let momentum = MOMENTUM[usize::from(!early)];
            for (axis, along) in slopes.iter().enumerate() {
                let state = self.places[axis].iter_mut();
                let state = state.zip(&mut self.moves[axis]).zip(&mut self.gains[axis]);
                for (((place, moved), gain), slope) in state.zip(along) {
                    *gain = match (*slope > 0.0) == (*moved > 0.0) {
                        true => (*gain * 0.8).max(LEAST_GAIN),
                        false => *gain + 0.2,
                    };
                    *moved = momentum * *moved - rate * *gain * slope;
                    *place += *moved;
                }
                let mean = self.places[axis].iter().sum::<f32>() / count as f32;
                self.places[axis]
                    .iter_mut()
                    .for_each(|place| *place -= mean);
            }
        }
        let [x, y] = self.places;
        x.into_iter().zip(y).collect()
    }
}

/// The gradient along both axes, with the similarities multiplied by `factor`.
fn slopes(places: &[Vec<f32>; 2], similarities: &[f32], factor: f32) -> [Vec<f32>; 2] {
    let count = places[0].len();
    let rows = similarities.par_chunks_exact(count).enumerate();
    let forces: Vec<Forces> = rows.map(|(i, row)| Forces::on(i, places, row)).collect();
    let z: f64 = forces.iter().map(|forces| forces.weight).sum();
    let slope = |axis: usize| {
        let at = |forces: &Forces| {
            let pull = f64::from(factor) * f64::from(forces.pull[axis]);
            (4.0 * (pull - f64::from(forces.push[axis]) / z)) as f32
        };
        forces.iter().map(at).collect()
    };
    [slope(0), slope(1)]
}

/// The sums over all others at one point.
struct Forces {
    /// `Σ_j p_ij · w_ij · (y_i − y_j)`
    pull: [f32; 2],
    /// `Σ_j w_ij² · (y_i − y_j)`
    push: [f32; 2],
    /// `Σ_j≠i w_ij`
    weight: f64,
}

impl Forces {
    fn on(i: usize, places: &[Vec<f32>; 2], row: &[f32]) -> Self {
        let own = (places[0][i], places[1][i]);
        let [xs, ys] = places;
        // Blocks of a fixed length become vector instructions.
        let (xs, last_xs) = xs.as_chunks::<LANES>();
        let (ys, last_ys) = ys.as_chunks::<LANES>();
        let (row, last_row) = row.as_chunks::<LANES>();
        let mut sums = Sums::default();
        for ((xs, ys), ps) in xs.iter().zip(ys).zip(row) {
            sums.add(own, xs, ys, ps);
        }
        // The rest stands beside places so far away that they weigh nothing.
        let (mut xs, mut ys, mut ps) = ([FAR; LANES], [FAR; LANES], [0.0; LANES]);
        xs[..last_xs.len()].copy_from_slice(last_xs);
        ys[..last_ys.len()].copy_from_slice(last_ys);
        ps[..last_row.len()].copy_from_slice(last_row);
        sums.add(own, &xs, &ys, &ps);
        let sum = |lanes: &[f32; LANES]| lanes.iter().map(|v| f64::from(*v)).sum::<f64>();
        Self {
            pull: [sum(&sums.pull_x) as f32, sum(&sums.pull_y) as f32],
            push: [sum(&sums.push_x) as f32, sum(&sums.push_y) as f32],
            // Without the point itself, whose weight is 1.
            weight: sum(&sums.weight) - 1.0,
        }
    }
}

/// The same sums, one of each for every lane.
#[derive(Default)]
struct Sums {
    pull_x: [f32; LANES],
    pull_y: [f32; LANES],
    push_x: [f32; LANES],
    push_y: [f32; LANES],
    weight: [f32; LANES],
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, own: (f32, f32), xs: &[f32; LANES], ys: &[f32; LANES], ps: &[f32; LANES]) {
        for l in 0..LANES {
            let (dx, dy) = (own.0 - xs[l], own.1 - ys[l]);
            let w = 1.0 / (1.0 + dx * dx + dy * dy);
            let (pull, push) = (ps[l] * w, w * w);
            self.pull_x[l] += pull * dx;
            self.pull_y[l] += pull * dy;
            self.push_x[l] += push * dx;
            self.push_y[l] += push * dy;
            self.weight[l] += w;
        }
    }
}

#[cfg(test)]
mod tests;
