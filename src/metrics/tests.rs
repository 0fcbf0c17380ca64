//! Golden values (`tests/golden/metrics.py`) and examples worked by hand.

use super::*;
use crate::units::{PersonId, Seed};

fn scores(mated: &[f32], non_mated: &[f32]) -> Scores {
    Scores {
        mated: mated.to_vec(),
        non_mated: non_mated.to_vec(),
    }
}

pub(super) fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

#[derive(serde::Deserialize)]
struct Golden {
    name: String,
    mated: Vec<f32>,
    non_mated: Vec<f32>,
    auc: f64,
    eer: f64,
    fnmr_at_fmr_5: f64,
    fnmr_at_fmr_1: f64,
    ece_counted: f64,
    ece_even: f64,
    near: Vec<f32>,
    far: Vec<f32>,
    platt_counted: Logistic,
    platt_even: Logistic,
}

fn golden() -> Vec<Golden> {
    serde_json::from_str(include_str!("../../tests/golden/metrics.json")).expect("committed JSON")
}

#[test]
fn agrees_with_numpy_by_definition() {
    for g in golden() {
        let s = scores(&g.mated, &g.non_mated);
        let pairs = [
            ("auc", auc(&s), g.auc),
            ("eer", eer(&s).rate, g.eer),
            ("fnmr at 5 %", fnmr_at_fmr(&s, 0.05), g.fnmr_at_fmr_5),
            ("fnmr at 1 %", fnmr_at_fmr(&s, 0.01), g.fnmr_at_fmr_1),
            (
                "ece, counted",
                ece(&s, ECE_BINS, Prior::Counted),
                g.ece_counted,
            ),
            ("ece, even", ece(&s, ECE_BINS, Prior::Even), g.ece_even),
        ];
        for (figure, ours, theirs) in pairs {
            assert!(
                close(ours, theirs, 1e-12),
                "{}: {figure} is {ours}, not {theirs}",
                g.name
            );
        }
    }
}

#[test]
fn logistic_agrees_with_gradient_descent() {
    for g in golden() {
        for (prior, theirs) in [
            (Prior::Counted, g.platt_counted),
            (Prior::Even, g.platt_even),
        ] {
            let ours = Logistic::fit(&g.near, &g.far, prior).expect("finite distances");
            let near = |a: f64, b: f64| close(a, b, 1e-5 * (1.0 + b.abs()));
            let same = near(ours.weight, theirs.weight) && near(ours.bias, theirs.bias);
            assert!(same, "{}, {prior:?}: {ours:?}, not {theirs:?}", g.name);
        }
    }
}

#[test]
fn four_scores_by_hand() {
    // Ordered: n 0.2, m 0.4, n 0.6, m 0.8. Of the 4 pairs of a mated and a non-mated score, 3 are won.
    let s = scores(&[0.4, 0.8], &[0.2, 0.6]);
    assert_eq!(auc(&s), 0.75);
    let rates: Vec<(f64, f64)> = roc(&s).iter().map(|p| (p.fmr, p.fnmr)).collect();
    assert_eq!(
        rates,
        [(1.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5), (0.0, 1.0)]
    );
    // The point (½, ½) at 0.6 lies on the diagonal; every threshold in (0.4, 0.6] gives it, and 0.5 is its middle.
    assert_eq!(eer(&s).rate, 0.5);
    assert!(close(f64::from(eer(&s).threshold.0), 0.5, 1e-6));
    assert_eq!(threshold_at_fmr(&s, 0.0).0, 0.6_f32.next_up());
    assert_eq!(fnmr_at_fmr(&s, 0.0), 0.5);
    assert_eq!(threshold_at_fmr(&s, 0.5).0, 0.2_f32.next_up());
    assert_eq!(fnmr_at_fmr(&s, 0.5), 0.0);
    assert_eq!(
        (fmr_at(&s, Threshold(0.6)), fnmr_at(&s, Threshold(0.6))),
        (0.5, 0.5)
    );
}

#[test]
fn crossing_between_points_is_interpolated() {
    // Mated 0.5, 0.9; non-mated 0.1, 0.2, 0.7: points (⅓, 0) at 0.5 and (⅓, ½) at 0.7 enclose the crossing (⅓, ⅓).
    let s = scores(&[0.5, 0.9], &[0.1, 0.2, 0.7]);
    assert!(close(eer(&s).rate, 1.0 / 3.0, 1e-12));
    assert!(close(
        f64::from(eer(&s).threshold.0),
        0.5 + 0.2 * 2.0 / 3.0,
        1e-6
    ));
}

#[test]
fn separable_kinds_make_no_error() {
    let s = scores(&[0.8, 0.9], &[0.1, 0.4]);
    assert_eq!(
        (auc(&s), eer(&s).rate, fnmr_at_fmr(&s, 0.01)),
        (1.0, 0.0, 0.0)
    );
    assert!(
        close(f64::from(eer(&s).threshold.0), 0.6, 1e-6),
        "in the middle of the gap"
    );
}

#[test]
fn one_value_for_everybody_is_chance() {
    let s = scores(&[0.5; 3], &[0.5; 4]);
    assert_eq!(
        (auc(&s), eer(&s).rate, fnmr_at_fmr(&s, 0.05)),
        (0.5, 0.5, 1.0)
    );
}

#[test]
fn allowed_share_survives_binary_fractions() {
    let non_mated: Vec<f32> = (0..100).map(|i| i as f32 / 100.0).collect();
    let s = scores(&[0.5], &non_mated);
    assert!(close(fmr_at(&s, threshold_at_fmr(&s, 0.29)), 0.29, 1e-12));
    assert!(close(fmr_at(&s, threshold_at_fmr(&s, 1.0)), 1.0, 1e-12));
}

#[test]
fn failed_comparisons_count_as_the_worst_case() {
    let s = scores(&[f32::NAN, 0.9], &[0.1, f32::INFINITY]);
    assert_eq!(
        (fmr_at(&s, Threshold(0.5)), fnmr_at(&s, Threshold(0.5))),
        (0.5, 0.5)
    );
    assert_eq!(auc(&s), 0.25, "of four pairs only 0.9 against 0.1 is won");
    assert_eq!(eer(&s).rate, 0.5);
    assert_eq!(
        fnmr_at_fmr(&s, 0.01),
        1.0,
        "no threshold rejects the failed non-mated comparison"
    );
    assert_eq!(histogram(&s, 2).failed, 2);

    let diverged = scores(&[f32::NAN; 3], &[f32::NAN; 5]);
    assert_eq!((auc(&diverged), eer(&diverged).rate), (0.0, 1.0));
    assert_eq!(ece(&diverged, ECE_BINS, Prior::Counted), 1.0);
    assert!(eer(&diverged).threshold.0.is_finite());
}

#[test]
fn a_missing_kind_is_named_and_falls_back_to_chance() {
    for (s, error) in [
        (scores(&[], &[0.5]), ScoresError::NoMated),
        (scores(&[0.5], &[]), ScoresError::NoNonMated),
        (scores(&[], &[]), ScoresError::NoMated),
    ] {
        assert_eq!(s.check(), Err(error.clone()));
        assert_eq!(
            (auc(&s), eer(&s).rate, fnmr_at_fmr(&s, 0.05)),
            (0.5, 0.5, 0.5)
        );
        assert!(threshold_at_fmr(&s, 0.01).0.is_finite());
        assert!(
            roc(&s)
                .iter()
                .all(|p| p.fmr.is_finite() && p.fnmr.is_finite())
        );
        let fitted = Logistic::fit(&s.mated, &s.non_mated, Prior::Even);
        assert_eq!(fitted, Err(CalibrationError::Unmeasurable(error)));
    }
}

#[test]
fn ranks_by_hand() {
    assert_eq!(rank_of(&[0.1, 0.9, 0.5], 1), 1);
    assert_eq!(rank_of(&[0.1, 0.9, 0.5], 2), 2);
    assert_eq!(
        rank_of(&[0.5, 0.5, 0.5], 0),
        3,
        "ties count against the mate"
    );
    assert_eq!(rank_of(&[0.5, f32::NAN, 0.1], 0), 2);
    assert_eq!(rank_of(&[f32::NAN, 0.2, 0.1], 0), 3);
    assert_eq!(cmc(&[1, 1, 3, 2], 4), [0.5, 0.75, 1.0, 1.0]);
    assert_eq!(rank_rate(&[], 1), 0.0);
}

#[test]
fn histogram_by_hand() {
    let h = histogram(&scores(&[0.0, 0.5, 1.0], &[0.49, -3.0, 7.0]), 2);
    assert_eq!(
        (h.mated, h.non_mated, h.failed),
        (vec![1, 2], vec![2, 1], 0)
    );
}

#[test]
fn logistic_refuses_diverged_distances_and_survives_equal_ones() {
    let fitted = Logistic::fit(&[0.1, f32::NAN], &[0.9], Prior::Even);
    assert!(matches!(fitted, Err(CalibrationError::NotFinite(_))));
    let flat = Logistic::fit(&[0.0; 4], &[0.0; 4], Prior::Counted).expect("finite");
    assert!(close(flat.probability(0.0), 0.5, 1e-9));
}

/// Five people with two pictures each, the first of whom looks like the second.
fn comparisons() -> Vec<Comparison> {
    let mut all = Vec::new();
    for a in 0..5 {
        for b in a..5 {
            let similarity = match (a, b) {
                _ if a == b => 0.6 + 0.05 * a as f32,
                (0, 1) => 0.7,
                _ => 0.05 * (a + b) as f32,
            };
            all.push(Comparison {
                a: PersonId(a),
                b: PersonId(b),
                similarity,
            });
        }
    }
    all
}

#[test]
fn bootstrap_repeats_encloses_and_needs_both_kinds() {
    let all = comparisons();
    let figures = |tally: &Tally| [tally.eer().rate, tally.auc()];
    let intervals = bootstrap(&all, Seed(3), 400, figures).expect("both kinds");
    assert_eq!(Some(intervals), bootstrap(&all, Seed(3), 400, figures));
    let point = figures(&Tally::new(&Scores::of(&all)));
    for (interval, value) in intervals.iter().zip(point) {
        assert!(
            interval.low <= value && value <= interval.high,
            "{value} outside {interval:?}"
        );
        assert!(
            interval.low < interval.high,
            "people differ, so the interval has a width"
        );
    }
    let mated: Vec<Comparison> = all.into_iter().filter(Comparison::mated).collect();
    assert_eq!(bootstrap(&mated, Seed(3), 10, figures), None);
    assert_eq!(bootstrap(&[], Seed(3), 10, figures), None);
}

#[test]
fn a_resample_weighs_people_not_comparisons() {
    // Person 0 weighs 2, person 1 weighs 3: their non-mated comparison counts 6 times.
    let tally = Tally::from_sorted([(0.2, false, 2 * 3), (0.4, true, 2), (0.6, true, 3)]);
    let repeated = Tally::new(&scores(&[0.4, 0.4, 0.6, 0.6, 0.6], &[0.2; 6]));
    assert_eq!(tally, repeated);
}

#[test]
fn bootstrap_of_a_mean_is_wider_where_people_differ() {
    let same: Vec<_> = (0..40)
        .map(|i| (PersonId(i % 8), f64::from(i as u32 / 8 % 2)))
        .collect();
    let differ: Vec<_> = (0..40)
        .map(|i| (PersonId(i % 8), f64::from(u8::from(i % 8 < 4))))
        .collect();
    let width = |values: &[(PersonId, f64)]| {
        let interval = bootstrap_mean(values, Seed(1), 500).expect("values");
        interval.high - interval.low
    };
    assert!(width(&same) < 1e-12, "every person has the same mean");
    assert!(width(&differ) > 0.3);
    assert_eq!(bootstrap_mean(&[], Seed(1), 500), None);
}
