use super::*;

/// Ten groups of twelve points in twenty dimensions.
fn groups() -> Vec<Vec<f32>> {
    let point = |i: usize| {
        let group = i / 12;
        let value = |k: usize| {
            let centre = ((group * 31 + k * 17) % 23) as f32 / 23.0;
            let noise = ((i * 131 + k * 71) % 97) as f32 / 97.0 - 0.5;
            4.0 * centre + 0.4 * noise
        };
        (0..20).map(value).collect()
    };
    (0..120).map(point).collect()
}

fn borrowed(points: &[Vec<f32>]) -> Vec<&[f32]> {
    points.iter().map(Vec::as_slice).collect()
}

/// The gradient as the formula has it, in double precision.
fn slow(places: &[Vec<f32>; 2], similarities: &[f32], factor: f64) -> Vec<[f64; 2]> {
    let count = places[0].len();
    let at = |i: usize| [f64::from(places[0][i]), f64::from(places[1][i])];
    let w = |i: usize, j: usize| {
        let ([ax, ay], [bx, by]) = (at(i), at(j));
        1.0 / (1.0 + (ax - bx).powi(2) + (ay - by).powi(2))
    };
    let pairs = || (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
    let z: f64 = pairs().filter(|(i, j)| i != j).map(|(i, j)| w(i, j)).sum();
    let slope = |i: usize, axis: usize| -> f64 {
        let term = |j: usize| {
            let p = factor * f64::from(similarities[i * count + j]);
            4.0 * (p - w(i, j) / z) * w(i, j) * (at(i)[axis] - at(j)[axis])
        };
        (0..count).filter(|j| *j != i).map(term).sum()
    };
    (0..count).map(|i| [slope(i, 0), slope(i, 1)]).collect()
}

#[test]
fn the_gradient_is_that_of_the_formula() {
    let points = groups();
    let similarities = similarities(&borrowed(&points), 8.0);
    for scale in [1e-3, 1.0, 30.0] {
        let turned = |turn: f32| (0..120).map(|i| scale * (i as f32 * turn).sin()).collect();
        let places = [turned(0.7), turned(1.9)];
        for factor in [1.0, 12.0] {
            let fast = slopes(&places, &similarities, factor);
            let slow = slow(&places, &similarities, f64::from(factor));
            let largest = slow.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
            for (i, wanted) in slow.iter().enumerate() {
                for axis in 0..2 {
                    let off = (f64::from(fast[axis][i]) - wanted[axis]).abs();
                    assert!(
                        off < 1e-4 * largest,
                        "{scale} {factor} {i}: {off} of {largest}"
                    );
                }
            }
        }
    }
}

#[test]
fn similarities_have_the_perplexity_and_are_a_distribution() {
    let points = groups();
    for (i, own) in points.iter().enumerate() {
        let square = |other: &Vec<f32>| {
            let pairs = own.iter().zip(other);
            pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
        };
        let squares: Vec<f64> = points.iter().map(square).collect();
        let found = conditional(&squares, i, 15.0);
        assert!((perplexity_of(&found) / 15.0 - 1.0).abs() < 1e-4);
        assert!(found[i] == 0.0 && (found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    let joint = similarities(&borrowed(&points), 15.0);
    let sum: f64 = joint.iter().map(|p| f64::from(*p)).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    assert!((0..120).all(|i| (0..120).all(|j| joint[i * 120 + j] == joint[j * 120 + i])));
}

#[test]
fn neighbours_in_the_plane_are_those_in_many_dimensions() {
    let points = groups();
    let placed = Neighbourhoods::of(&borrowed(&points)).points;
    let far = |a: usize, b: usize| (placed[a].0 - placed[b].0).hypot(placed[a].1 - placed[b].1);
    for i in 0..120 {
        let others = (0..120).filter(|j| *j != i);
        let nearest = others.min_by(|a, b| far(i, *a).total_cmp(&far(i, *b)));
        assert_eq!(nearest.expect("others") / 12, i / 12, "point {i}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let points = groups();
    let placed = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().expect("threads");
        pool.install(|| Neighbourhoods::of(&borrowed(&points)))
    };
    let one = placed(1);
    assert!(
        one.points
            .iter()
            .all(|(x, y)| x.is_finite() && y.is_finite())
    );
    for threads in [2, 3, 7] {
        assert_eq!(placed(threads), one, "{threads} threads");
    }
}

#[test]
fn few_equal_and_broken_points_do_no_harm() {
    assert!(Neighbourhoods::of(&[]).points.is_empty());
    let same = vec![vec![1.0_f32, 2.0]; 20];
    let placed = Neighbourhoods::of(&borrowed(&same)).points;
    assert!(placed.iter().all(|(x, y)| x.is_finite() && y.is_finite()));
    assert_eq!(Neighbourhoods::of(&borrowed(&same[..3])).points.len(), 3);
    let mut broken = groups();
    broken[5][0] = f32::NAN;
    let placed = Neighbourhoods::of(&borrowed(&broken)).points;
    assert!(placed.iter().all(|(x, _)| x.is_nan()));
}
