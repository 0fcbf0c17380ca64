//! How often an interval holds the true figure: a simulation where the truth is known. It takes minutes:
//!
//!     cargo test --release --test coverage -- --ignored --nocapture
//!
//! A person is a point in 24 dimensions, a picture that point with noise, of which some people have more than others. The
//! true EER is measured on 2,000 people. Then 500 sets of people with 5 pictures each are drawn, and the interval of each is
//! compared with the truth.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use twinsight::metrics::{Comparison, Estimate, LEAST_PEOPLE, Scores, Tally, eer, estimate};
use twinsight::units::PersonId;

const DIMENSIONS: usize = 24;
const PICTURES: usize = 5;
const DRAWS: u64 = 500;

/// How much noise pictures have on average, and how much people differ in that (the logarithm's deviation).
#[derive(Clone, Copy)]
struct World {
    noise: f32,
    uneven: f32,
}

/// Two normal numbers from two even ones (Box and Muller 1958).
fn normal(random: &mut ChaCha8Rng) -> f32 {
    let (u, v): (f32, f32) = (
        random.random_range(1e-7..1.0),
        random.random_range(0.0..1.0),
    );
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

fn comparisons(world: World, people: usize, pictures: usize, seed: u64) -> Vec<Comparison> {
    let random = &mut ChaCha8Rng::seed_from_u64(seed);
    let mut points: Vec<(usize, [f32; DIMENSIONS])> = Vec::new();
    for person in 0..people {
        let centre: [f32; DIMENSIONS] = std::array::from_fn(|_| normal(random));
        let noise = world.noise * (world.uneven * normal(random)).exp();
        for _ in 0..pictures {
            let point = centre.map(|value| value + noise * normal(random));
            points.push((person, point));
        }
    }
    let mut all = Vec::new();
    for (i, (a, left)) in points.iter().enumerate() {
        for (b, right) in &points[..i] {
            let squares = left.iter().zip(right).map(|(l, r)| (l - r).powi(2));
            all.push(Comparison {
                a: PersonId(*a),
                b: PersonId(*b),
                similarity: -squares.sum::<f32>(),
            });
        }
    }
    all
}

fn rate(comparisons: &[Comparison]) -> Estimate {
    let [eer] = estimate(comparisons, |tally: &Tally| [tally.eer().rate]);
    eer
}

#[test]
#[ignore = "minutes: cargo test --release --test coverage -- --ignored --nocapture"]
fn intervals_hold_the_truth() {
    let worlds = [
        (0.27, 0.35),
        (0.35, 0.35),
        (0.5, 0.35),
        (0.5, 0.5),
        (0.7, 0.2),
        (1.0, 0.35),
    ];
    let mut least: f64 = 1.0;
    for (noise, uneven) in worlds {
        let world = World { noise, uneven };
        let truth = eer(&Scores::of(&comparisons(world, 2000, 2, u64::MAX))).rate;
        println!("true EER {:.2} %", 100.0 * truth);
        for people in [4, 8, 20, 40, 102] {
            let estimates: Vec<Estimate> = (0..DRAWS)
                .into_par_iter()
                .map(|draw| rate(&comparisons(world, people, PICTURES, draw)))
                .collect();
            if people < LEAST_PEOPLE {
                assert!(
                    estimates.iter().all(|e| e.ci95.is_none()),
                    "{people} people"
                );
                continue;
            }
            let intervals: Vec<_> = estimates.iter().filter_map(|e| e.ci95).collect();
            let holds = intervals
                .iter()
                .filter(|i| (i.low..=i.high).contains(&truth));
            let covered = holds.count() as f64 / intervals.len() as f64;
            let width =
                intervals.iter().map(|i| i.high - i.low).sum::<f64>() / intervals.len() as f64;
            println!(
                "  {people:3} people: {} intervals, {:.1} % hold it, {:.1} points wide",
                intervals.len(),
                100.0 * covered,
                100.0 * width
            );
            least = least.min(covered);
        }
    }
    assert!(least >= 0.9, "{least}");
}
