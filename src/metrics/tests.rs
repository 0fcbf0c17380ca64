//! Golden values (`tests/golden/metrics.py`) and examples worked by hand.

use super::*;
use crate::units::PersonId;

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

fn comparison(a: usize, b: usize, similarity: f32) -> Comparison {
    Comparison {
        a: PersonId(a),
        b: PersonId(b),
        similarity,
    }
}

/// So many people with two pictures each, the first of whom looks like the second.
fn comparisons(people: usize) -> Vec<Comparison> {
    let of = |a: usize, b: usize| match (a, b) {
        _ if a == b => 0.6 + 0.05 * a as f32,
        (0, 1) => 0.7,
        _ => 0.05 * (a + b) as f32,
    };
    let pairs = (0..people).flat_map(|a| (a..people).map(move |b| (a, b)));
    pairs.map(|(a, b)| comparison(a, b, of(a, b))).collect()
}

fn eer_and_auc(tally: &Tally) -> [f64; 2] {
    [tally.eer().rate, tally.auc()]
}

#[test]
fn an_interval_encloses_its_figure_and_needs_five_people() {
    let all = comparisons(6);
    let figures = estimate(&all, eer_and_auc);
    assert_eq!(figures, estimate(&all, eer_and_auc));
    let plain = eer_and_auc(&Tally::new(&Scores::of(&all)));
    for (figure, plain) in figures.iter().zip(plain) {
        let (value, ci) = (figure.value.unwrap(), figure.ci95.unwrap());
        assert_eq!(
            value, plain,
            "all people have one comparison, so they weigh alike"
        );
        assert!(ci.low < value && value < ci.high, "{value} {ci:?}");
    }
    let [eer, _] = estimate(&comparisons(4), eer_and_auc);
    assert!(eer.value.unwrap() > 0.0);
    assert_eq!(
        (eer.ci95, eer.reason),
        (None, Some(TooFew::PeopleForInterval(4)))
    );
    let mated: Vec<Comparison> = all.into_iter().filter(Comparison::mated).collect();
    for nothing in [&mated[..], &[]] {
        assert_eq!(
            estimate(nothing, eer_and_auc)[0],
            Estimate::unknown(TooFew::OneKind)
        );
    }
}

#[test]
fn no_error_among_few_people_is_no_figure_and_among_many_an_upper_bound() {
    let separated = |people: usize| -> Vec<Comparison> {
        let pairs = (0..people).flat_map(|a| (a..people).map(move |b| (a, b)));
        pairs
            .map(|(a, b)| comparison(a, b, f32::from(u8::from(a == b))))
            .collect()
    };
    let [eer, auc] = estimate(&separated(2), eer_and_auc);
    let reason = TooFew::People {
        people: 2,
        comparisons: 1,
    };
    assert_eq!(eer, Estimate::unknown(reason));
    assert_eq!(auc, Estimate::unknown(reason));
    let [eer, auc] = estimate(&separated(20), eer_and_auc);
    assert_eq!((eer.value, auc.value), (Some(0.0), Some(1.0)));
    // t = 2.093 with 19 degrees of freedom, n = 40: t²/n / (1 + t²/n) = 0.0987.
    let (eer, auc) = (eer.ci95.unwrap(), auc.ci95.unwrap());
    assert!(eer.low == 0.0 && close(eer.high, 0.0987, 1e-3), "{eer:?}");
    assert!(close(auc.low, 1.0 - eer.high, 1e-12) && auc.high == 1.0);
}

#[test]
fn people_weigh_alike_however_many_pictures_they_have() {
    // One of ten people has 300 comparisons, all rejected; the nine others have one each, accepted.
    let mut all: Vec<Comparison> = (0..300).map(|_| comparison(0, 0, 0.1)).collect();
    all.extend((1..10).map(|p| comparison(p, p, 0.9)));
    all.extend((1..10).map(|p| comparison(0, p, 0.2)));
    let fnmr = |tally: &Tally| [tally.at(crate::units::Threshold(0.5)).fnmr];
    assert!(close(fnmr(&tally(&all))[0], 0.1, 1e-6));
    let [figure] = estimate(&all, fnmr);
    assert!(close(figure.value.unwrap(), 0.1, 1e-6));
    assert!(close(
        fnmr(&Tally::new(&Scores::of(&all)))[0],
        300.0 / 309.0,
        1e-12
    ));
}

#[test]
fn a_difference_is_of_the_same_people() {
    let (a, b) = (comparisons(8), comparisons(8));
    let [eer, _] = difference([&a, &b], eer_and_auc);
    assert_eq!((eer.value, eer.ci95), (Some(0.0), None), "nothing differs");
    let worse: Vec<Comparison> = b
        .iter()
        .map(|c| match (c.mated(), c.a.0 % 2) {
            (true, 0) => comparison(c.a.0, c.b.0, 0.1),
            _ => *c,
        })
        .collect();
    let [eer, auc] = difference([&a, &worse], eer_and_auc);
    let values = [&a, &worse].map(|all| eer_and_auc(&tally(all)));
    assert_eq!(eer.value, Some(values[0][0] - values[1][0]));
    let (eer, auc) = (eer.ci95.unwrap(), auc.ci95.unwrap());
    assert!(
        eer.low < eer.high && eer.high < 0.1 && auc.high > 0.0,
        "{eer:?} {auc:?}"
    );
}

#[test]
fn a_false_match_rate_needs_as_many_comparisons() {
    assert_eq!(tells_fmr(0.01, 100), Ok(()));
    let error = tells_fmr(0.01, 99).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a false match rate of 1 in 100 cannot be told from 99 comparisons of two people"
    );
}

#[test]
fn a_weight_is_as_many_comparisons() {
    // A non-mated comparison that counts 6 times.
    let tally = Tally::from_sorted([(0.2, false, 2 * 3), (0.4, true, 2), (0.6, true, 3)]);
    let repeated = Tally::new(&scores(&[0.4, 0.4, 0.6, 0.6, 0.6], &[0.2; 6]));
    assert_eq!(tally, repeated);
}

#[test]
fn a_mean_is_less_sure_where_people_differ() {
    let same: Vec<_> = (0..40)
        .map(|i| (PersonId(i % 8), f64::from(i as u32 / 8 % 2)))
        .collect();
    let differ: Vec<_> = (0..40)
        .map(|i| (PersonId(i % 8), f64::from(u8::from(i % 8 < 4))))
        .collect();
    let width = |values: &[(PersonId, f64)]| {
        let interval = estimate_mean(values).ci95.expect("eight people");
        interval.high - interval.low
    };
    assert!(width(&differ) > 1.5 * width(&same));
    assert_eq!(estimate_mean(&[]).value, None);
    let few = estimate_mean(&[(PersonId(0), 1.0), (PersonId(1), 1.0)]);
    assert_eq!(few.value, None, "two hits are no 100 %");
}

#[test]
fn few_people_cannot_tell_a_rate_of_nothing_or_of_everything() {
    for rate in [0.0, 1.0] {
        assert_eq!(tells_rate(rate, 4), Err(TooFew::PeopleForRate(4)));
        assert_eq!(tells_rate(rate, 5), Ok(()));
    }
    assert_eq!(tells_rate(0.083, 2), Ok(()));
}
