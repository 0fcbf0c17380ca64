//! What must hold for any scores: agreement with slow counting, symmetry, invariance.

use proptest::prelude::*;

use super::tests::close;
use super::*;

/// Scores on a coarse grid, so that ties are frequent.
fn some_scores() -> impl Strategy<Value = Scores> {
    let side = || prop::collection::vec((0_u8..=20).prop_map(|i| f32::from(i) / 20.0), 1..40);
    (side(), side()).prop_map(|(mated, non_mated)| Scores { mated, non_mated })
}

proptest! {
    #[test]
    fn auc_is_the_share_of_pairs_won(s in some_scores()) {
        let mut won = 0.0;
        for m in &s.mated {
            for n in &s.non_mated {
                won += if m > n { 1.0 } else if m == n { 0.5 } else { 0.0 };
            }
        }
        prop_assert!(close(auc(&s), won / (s.mated.len() * s.non_mated.len()) as f64, 1e-12));
    }

    #[test]
    fn auc_is_the_area_under_the_points(s in some_scores()) {
        let points = roc(&s);
        let area: f64 = points
            .windows(2)
            .map(|w| (w[0].fmr - w[1].fmr) * (2.0 - w[0].fnmr - w[1].fnmr) / 2.0)
            .sum();
        prop_assert!(close(auc(&s), area, 1e-12));
    }

    #[test]
    fn points_are_what_counting_gives(s in some_scores()) {
        for p in roc(&s) {
            prop_assert_eq!(p.fmr, fmr_at(&s, p.threshold));
            prop_assert_eq!(p.fnmr, fnmr_at(&s, p.threshold));
        }
    }

    #[test]
    fn rates_do_not_change_under_a_rising_map(s in some_scores()) {
        let map = |x: &f32| x * x * x / 2.0 + 0.1;
        let mapped = Scores {
            mated: s.mated.iter().map(map).collect(),
            non_mated: s.non_mated.iter().map(map).collect(),
        };
        prop_assert_eq!(auc(&s), auc(&mapped));
        prop_assert_eq!(eer(&s).rate, eer(&mapped).rate);
        prop_assert_eq!(fnmr_at_fmr(&s, 0.1), fnmr_at_fmr(&mapped, 0.1));
    }

    #[test]
    fn exchanging_the_kinds_and_turning_the_scores_changes_nothing(s in some_scores()) {
        let turn = |all: &[f32]| all.iter().map(|x| 1.0 - x).collect::<Vec<f32>>();
        let turned = Scores { mated: turn(&s.non_mated), non_mated: turn(&s.mated) };
        prop_assert!(close(auc(&s), auc(&turned), 1e-12));
        prop_assert!(close(eer(&s).rate, eer(&turned).rate, 1e-9));
        let exchanged = Scores { mated: s.non_mated.clone(), non_mated: s.mated.clone() };
        prop_assert!(close(auc(&s), 1.0 - auc(&exchanged), 1e-12));
    }

    #[test]
    fn the_threshold_at_an_fmr_is_the_lowest_that_keeps_it(s in some_scores(), fmr in 0.0_f64..1.0) {
        let threshold = threshold_at_fmr(&s, fmr);
        prop_assert!(fmr_at(&s, threshold) <= fmr + 1e-9);
        prop_assert_eq!(fnmr_at(&s, threshold), fnmr_at_fmr(&s, fmr));
        let lower = Threshold(threshold.0.next_down());
        prop_assert!(fmr_at(&s, lower) > fmr || fnmr_at(&s, lower) == 0.0);
    }

    #[test]
    fn the_threshold_at_the_eer_has_rates_around_it(s in some_scores()) {
        let Eer { rate, threshold } = eer(&s);
        let (fmr, fnmr) = (fmr_at(&s, threshold), fnmr_at(&s, threshold));
        prop_assert!(fmr.min(fnmr) <= rate + 1e-9 && rate <= fmr.max(fnmr) + 1e-9, "{fmr} {rate} {fnmr}");
    }
}
