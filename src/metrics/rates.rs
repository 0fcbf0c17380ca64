//! Error rates with 95 % intervals of any number of comparisons, in bounded memory.

use super::comparisons::{Comparisons, Row};
use super::counting::{Counter, Rates};
use super::estimate::{Estimate, TooFew, jackknife};
use super::in_order::{self, Counts, key_of};
use super::weights::{Scheme, Weights};

/// Comparisons that are sorted at once: 96 MiB.
const AT_ONCE: usize = 1 << 23;

/// What [`estimate_rates`] tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateEstimates<const F: usize> {
    /// Comparisons of two pictures of one person.
    pub mated: usize,
    /// Comparisons of two people.
    pub non_mated: usize,
    /// People with a mated comparison.
    pub people: usize,
    /// Equal error rate.
    pub eer: Estimate,
    /// Area under the ROC curve.
    pub auc: Estimate,
    /// FNMR at each of the false match rates.
    pub fnmr_at_fmr: [Estimate; F],
    /// EER and AUC where all comparisons weigh alike; ½ where one kind is missing.
    pub comparisons_alike: [f64; 2],
}

/// EER, AUC, and FNMR at each of `fmrs`, of comparisons in which people weigh alike.
///
/// The figures and intervals are exactly those of [`estimate`](fn@super::estimate) with [`Tally`](super::Tally), which sorts a
/// list; here the comparisons are visited several times, and at most eight million of them (96 MiB) are held. 85 million take
/// about a dozen visits.
pub fn estimate_rates<const F: usize>(
    comparisons: &impl Comparisons,
    fmrs: [f64; F],
) -> RateEstimates<F> {
    rates_at_once(comparisons, fmrs, AT_ONCE)
}

/// What the first visit counts.
struct Totals {
    counts: Counts,
    /// Weights of all and of failed comparisons where people weigh alike, and where comparisons do.
    weights: [[Weights; 2]; 2],
}

impl Totals {
    fn of(comparisons: &impl Comparisons, schemes: [&Scheme; 2]) -> Self {
        let start = || Self {
            counts: Counts::none(),
            weights: schemes.map(|s| [Weights::none(s.groups), Weights::none(s.groups)]),
        };
        let add = |totals: &mut Self, row: Row<'_>| {
            for (&similarity, &other) in row.similarities.iter().zip(row.others) {
                let people = (row.person, other);
                let key = key_of(similarity);
                key.iter().for_each(|&key| totals.counts.add(key));
                for (scheme, [all, failed]) in schemes.iter().zip(&mut totals.weights) {
                    scheme.add(comparisons, people, all);
                    if key.is_none() {
                        scheme.add(comparisons, people, failed);
                    }
                }
            }
        };
        let merge = |mut one: Self, other: Self| {
            one.counts = one.counts.merge(&other.counts);
            let (own, others) = (
                one.weights.iter_mut().flatten(),
                other.weights.iter().flatten(),
            );
            own.zip(others).for_each(|(own, other)| own.merge(other));
            one
        };
        comparisons.fold(start, add, merge)
    }
}

fn rates_at_once<const F: usize>(
    comparisons: &impl Comparisons,
    fmrs: [f64; F],
    at_once: usize,
) -> RateEstimates<F> {
    let people = comparisons.people();
    let [weighted, alike] = [Scheme::people_alike(&people), Scheme::comparisons_alike()];
    let totals = Totals::of(comparisons, [&weighted, &alike]);
    let [of_people, of_comparisons] = totals.weights;
    let numbers = of_comparisons[0].without(None);
    let mut by_people = Counter::new((comparisons, &weighted), fmrs, of_people);
    let mut by_comparisons = Counter::new((comparisons, &alike), [], of_comparisons);
    in_order::visit(comparisons, &totals.counts, at_once, |part| {
        by_people.pass(&part);
        by_comparisons.pass(&part);
    });
    let with_mated = people.iter().filter(|&&p| comparisons.between(p, p) > 0);
    let (mated, non_mated) = (numbers.mated as usize, numbers.non_mated as usize);
    let people = with_mated.count();
    let (whole, left_out) = by_people.rates();
    let left_out: Option<Vec<Rates<F>>> = left_out.into_iter().collect();
    let estimate = |figure: &dyn Fn(&Rates<F>) -> f64| {
        let Some(whole) = &whole else {
            return Estimate::unknown(TooFew::OneKind);
        };
        let variance = left_out
            .as_ref()
            .map(|rates| jackknife(rates.iter().map(figure).collect()));
        Estimate::of(figure(whole), variance, people, mated.min(non_mated))
    };
    RateEstimates {
        mated,
        non_mated,
        people,
        eer: estimate(&|rates| rates.eer),
        auc: estimate(&|rates| rates.auc),
        fnmr_at_fmr: std::array::from_fn(|i| estimate(&|rates| rates.fnmr[i])),
        comparisons_alike: by_comparisons
            .rates()
            .0
            .map_or([0.5; 2], |rates| [rates.eer, rates.auc]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::{Comparison, Listed, Scores, Tally, estimate};
    use crate::units::PersonId;

    const FMRS: [f64; 3] = [0.05, 0.01, 0.3];

    /// The same by sorting the whole list.
    fn by_sorting(comparisons: &[Comparison]) -> ([Estimate; 5], [f64; 2]) {
        let figures = |tally: &Tally| {
            let [a, b, c] = FMRS.map(|fmr| tally.fnmr_at_fmr(fmr));
            [tally.eer().rate, tally.auc(), a, b, c]
        };
        let alike = figures(&Tally::new(&Scores::of(comparisons)));
        (estimate(comparisons, figures), [alike[0], alike[1]])
    }

    fn agrees(comparisons: &[Comparison], at_once: usize) {
        let counted = rates_at_once(&Listed::new(comparisons), FMRS, at_once);
        let (estimates, alike) = by_sorting(comparisons);
        let RateEstimates { eer, auc, .. } = counted;
        let [a, b, c] = counted.fnmr_at_fmr;
        assert_eq!([eer, auc, a, b, c], estimates);
        assert_eq!(counted.comparisons_alike, alike);
        let scores = Scores::of(comparisons);
        assert_eq!(
            [counted.mated, counted.non_mated],
            [scores.mated.len(), scores.non_mated.len()]
        );
    }

    /// Similarities with many ties, some of them failed, and both zeros; or any.
    fn similarity() -> impl Strategy<Value = f32> {
        prop_oneof![
            8 => (-6_i8..6).prop_map(|i| f32::from(i) / 4.0),
            8 => -2.0_f32..2.0,
            1 => prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(-0.0)],
        ]
    }

    proptest! {
        #[test]
        fn figures_and_intervals_are_those_of_sorting(
            list in prop::collection::vec((0_usize..9, 0_usize..9, similarity()), 0..150),
            at_once in 1_usize..40,
        ) {
            let comparison = |&(a, b, similarity): &(usize, usize, f32)| Comparison {
                a: PersonId(a),
                b: PersonId(b),
                similarity,
            };
            agrees(&list.iter().map(comparison).collect::<Vec<_>>(), at_once);
        }
    }

    #[test]
    fn more_people_than_groups_and_one_kind_alone_agree_with_sorting() {
        let noise = |i: usize| ((i as f32 * 12.9898).sin() * 43_758.547).fract();
        let of = |a: usize, b: usize, i: usize| Comparison {
            a: PersonId(a),
            b: PersonId(b),
            similarity: noise(i) + if a == b { 0.6 } else { 0.0 },
        };
        let mated = (0..230).map(|person| of(person, person, person));
        let non_mated = (0..9_000).map(|i| of(i % 230, (i * 7 + 1 + i % 5) % 230, 1000 + i));
        let all: Vec<Comparison> = mated.chain(non_mated).collect();
        for at_once in [40, 1000, 1 << 20] {
            agrees(&all, at_once);
        }
        agrees(&all[..230], 16);
        agrees(&all[231..], 16);
    }

    #[test]
    fn equal_similarities_that_do_not_fit_are_counted_too() {
        let of = |a, b| Comparison {
            a: PersonId(a),
            b: PersonId(b),
            similarity: 0.0,
        };
        let all: Vec<Comparison> = (0..400).map(|i| of(i % 8, i / 8 % 8)).collect();
        agrees(&all, 10);
    }
}
