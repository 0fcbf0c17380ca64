//! The networks that could answer, with what is known of each.

use std::path::Path;

use crate::app::model::{BUILT_IN, ModelChoice, ModelResult};
use crate::app::train::TestResult;
use crate::data::{Dataset, Pair, pairs};
use crate::files::clean;
use crate::metrics::{Comparison, Interval, estimate};
use crate::model::checkpoint::Saved;
use crate::model::pretrained;
use crate::recognition::BUILT_IN_RUN;
use crate::train::RunDir;
use crate::train::run_dir::{self, Summary};
use crate::units::PersonId;

/// The built-in model, then the runs, the newest first. An interval needs the people that a network was validated on, and is
/// given where they are among `faces`.
pub(super) fn choices(runs: &Path, faces: Option<&Dataset>) -> Vec<ModelChoice> {
    let of_runs = run_dir::list(runs).into_iter().rev();
    std::iter::once(built_in(faces))
        .chain(of_runs.map(|path| of_run(&path, faces)))
        .collect()
}

/// A network on all comparisons among the pictures of these people.
pub(super) fn test(saved: &Saved, faces: &Dataset, people: &[PersonId]) -> TestResult {
    let pairs = pairs::all(faces, people);
    let images = pairs.iter().flat_map(|pair| [pair.a, pair.b]);
    let embedded = saved.model.embed_images(faces, images);
    let compared = |pair: &Pair| Comparison {
        a: faces.person_of(pair.a),
        b: faces.person_of(pair.b),
        // By distance: similarities near 1 may be equal.
        similarity: -embedded.distance(pair.a, pair.b).0,
    };
    let comparisons: Vec<Comparison> = pairs.iter().map(compared).collect();
    let [eer] = estimate(&comparisons, |tally| [tally.eer().rate]);
    TestResult {
        epoch: saved.metadata.epoch,
        people: people.len(),
        eer,
    }
}

/// The name of a run, as the screens show it.
pub(super) fn name_of(run: &Path) -> String {
    let name = run.file_name().unwrap_or_default();
    clean(&name.to_string_lossy())
}

fn built_in(faces: Option<&Dataset>) -> ModelChoice {
    let saved = pretrained();
    ModelChoice {
        asked: BUILT_IN_RUN.into(),
        number: None,
        name: BUILT_IN.to_owned(),
        preset: clean(&saved.metadata.preset),
        people: saved.metadata.validation.len(),
        result: ModelResult::Eer {
            rate: saved.metadata.val_eer,
            interval: interval(&saved, faces),
        },
    }
}

fn of_run(path: &Path, faces: Option<&Dataset>) -> ModelChoice {
    let opened = RunDir::open(path).and_then(|run| Ok((run.summary()?, run)));
    let (preset, people, result) = match opened {
        Ok((summary, run)) => {
            let saved = run.best().map_err(|why| why.to_string());
            let people = saved.as_ref().map_or(0, |s| s.metadata.validation.len());
            let preset = clean(&summary.recipe.preset);
            (preset, people, judged(&summary, saved, faces))
        }
        Err(why) => (String::new(), 0, ModelResult::Unusable(why.to_string())),
    };
    ModelChoice {
        asked: path.to_owned(),
        number: run_dir::number(path),
        name: name_of(path),
        preset,
        people,
        result,
    }
}

fn judged(summary: &Summary, saved: Result<Saved, String>, faces: Option<&Dataset>) -> ModelResult {
    if summary.last.is_none() {
        return ModelResult::Unusable("no epoch is complete yet".to_owned());
    }
    let saved = match saved {
        Ok(saved) => saved,
        Err(why) => return ModelResult::Unusable(why),
    };
    match summary.best.and_then(|best| best.validation) {
        _ if summary.not_learned.is_some() => ModelResult::NotLearned,
        None => ModelResult::NotValidated,
        Some(validation) => ModelResult::Eer {
            rate: validation.eer,
            interval: interval(&saved, faces),
        },
    }
}

/// The 95 % interval of the EER on all comparisons of the validation people. A checkpoint stores comparisons without people; they
/// are in the order of [`pairs::all`], and after them come those with people who were trained on.
pub(super) fn interval(saved: &Saved, faces: Option<&Dataset>) -> Option<Interval> {
    let faces = faces.filter(|faces| faces.name == saved.metadata.data)?;
    let all = pairs::all(faces, &faces.people_named(&saved.metadata.validation));
    // By distance, if known: similarities near 1 may be equal.
    let (scores, sign) = match &saved.distances {
        Some(distances) => (distances, -1.0),
        None => (&saved.scores, 1.0),
    };
    let (mut mated, mut non_mated) = (scores.mated.iter(), scores.non_mated.iter());
    let mut comparisons = Vec::with_capacity(all.len());
    for pair in &all {
        let score = *if pair.same {
            mated.next()
        } else {
            non_mated.next()
        }?;
        comparisons.push(Comparison {
            a: faces.person_of(pair.a),
            b: faces.person_of(pair.b),
            similarity: sign * score,
        });
    }
    // Others than these were compared, for example because the folder has changed.
    if mated.next().is_some() {
        return None;
    }
    let [eer] = estimate(&comparisons, |tally| [tally.eer().rate]);
    eer.ci95
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::metrics::Scores;
    use crate::vision::{Crop, Preparation};

    #[test]
    fn comparisons_with_people_trained_on_do_not_hide_the_interval() {
        let faces = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).expect("built in");
        let people = faces
            .people
            .iter()
            .take(6)
            .map(|person| person.name.clone());
        let mut saved = pretrained();
        saved.metadata.data.clone_from(&faces.name);
        saved.metadata.validation = people.collect();
        // Six people with ten pictures; every ninth comparison is on the wrong side.
        let score = |i: usize, right: f32| {
            if i.is_multiple_of(9) {
                1.0 - right
            } else {
                right
            }
        };
        let scores = |beyond: usize| Scores {
            mated: (0..270).map(|i| score(i, 0.9)).collect(),
            non_mated: (0..1500 + beyond).map(|i| score(i, 0.1)).collect(),
        };
        saved.distances = None;
        saved.scores = scores(0);
        let alone = interval(&saved, Some(&faces)).expect("an interval");
        assert!(alone.low < 1.0 / 9.0 && alone.high > 1.0 / 9.0, "{alone:?}");
        saved.scores = scores(4_500);
        assert_eq!(interval(&saved, Some(&faces)), Some(alone));
        // Distances fall where similarities rise.
        let turned = |values: &[f32]| values.iter().map(|value| 1.0 - value).collect();
        saved.distances = Some(Scores {
            mated: turned(&saved.scores.mated),
            non_mated: turned(&saved.scores.non_mated),
        });
        assert_eq!(interval(&saved, Some(&faces)), Some(alone));
        saved.distances = None;
        saved.scores.mated.push(0.9);
        assert_eq!(interval(&saved, Some(&faces)), None, "others were compared");
        assert_eq!(interval(&saved, None), None);
    }
}
