//! Thresholds and similarities from one's own people, without training.
//!
//! A distance means something else on other photographs: in another light, by another camera, at another age. [`calibrate`] fits
//! the similarity of a model anew, and replaces its stored comparisons, from which every threshold is read, by those of
//! people that the model was not trained on. Embeddings and distances stay as they are.
//!
//! The result is a model file beside the run's own (or beside the runs, for the built-in model), which
//! [`answering_model`](super::answering_model) finds; deleting it undoes everything.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::data::{Dataset, pairs};
use crate::metrics::{Comparison, LEAST_PEOPLE};
use crate::model::CalibrationPhotos;
use crate::model::checkpoint::{self, CheckpointError, CheckpointMetadata, Saved};
use crate::train::{ValidationDistances, run_dir};
use crate::units::{ImageId, PersonId};

/// The most pictures of one person that are compared.
const PICTURES_OF_ONE: usize = 10;
/// The most pictures that are compared with each other: 1.1 million comparisons.
const PICTURES: usize = 1500;
/// The same for the built-in model, beside the folder of the runs.
const BUILT_IN_FILE: &str = "builtin-calibrated.safetensors";

/// Why a model cannot be calibrated on these people.
#[derive(Debug, thiserror::Error)]
pub enum OwnCalibrationError {
    /// Too few people.
    #[error(
        "{0} people with two pictures or more, on whom the model was not trained, are too few to set a threshold; \
         {LEAST_PEOPLE} are needed, and each further one makes it surer"
    )]
    TooFew(usize),
    /// Distances that say nothing.
    #[error(
        "the distances between these pictures are not finite or all equal, so no calibration can be fitted; \
         look at the pictures with `twinsight data check`"
    )]
    Unfit,
    /// It was stopped.
    #[error("the calibration was stopped; nothing was changed")]
    Stopped,
}

/// What a calibration was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalibratedOn {
    /// Name of the data set.
    pub data: String,
    /// How many people.
    pub people: usize,
}

/// A model calibrated anew, with the comparisons that it was calibrated on.
#[derive(Debug)]
pub struct OwnCalibration {
    /// The model, to be saved.
    pub saved: Saved,
    /// The comparisons, with the negative distance as similarity.
    pub comparisons: Vec<Comparison>,
    /// How many pictures were compared.
    pub pictures: usize,
}

/// Where the calibration of a run is kept, or that of the built-in model without `run`.
pub fn calibration_path(runs: &Path, run: Option<&Path>) -> PathBuf {
    match run {
        Some(run) => run.join(run_dir::CALIBRATED),
        None => runs.with_file_name(BUILT_IN_FILE),
    }
}

/// Calibrates a model on the people of `dataset` that it was not trained on and who have two pictures or more: at most ten
/// pictures of each, and 1,500 in all, those of the first people.
///
/// `watch` is called as by [`Siamese::embed_images_watched`](crate::model::Siamese::embed_images_watched).
///
/// # Errors
/// [`OwnCalibrationError`] if they are too few, or look all the same to the model, or `watch` stopped it.
pub fn calibrate(
    saved: Saved,
    dataset: &Dataset,
    watch: impl FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<OwnCalibration, OwnCalibrationError> {
    let trained_here = dataset.name == saved.metadata.data;
    let known = |person: &PersonId| {
        trained_here && saved.metadata.train.contains(&dataset.person(*person).name)
    };
    let mut people = dataset.everybody();
    people.retain(|person| dataset.person(*person).images.len() > 1 && !known(person));
    if people.len() < LEAST_PEOPLE {
        return Err(OwnCalibrationError::TooFew(people.len()));
    }
    let images = chosen(dataset, &mut people);
    let embedded = saved
        .model
        .embed_images_watched(dataset, images.iter().copied(), watch);
    let embedded = embedded.ok_or(OwnCalibrationError::Stopped)?;
    let kept: std::collections::HashSet<ImageId> = images.iter().copied().collect();
    let mut among = pairs::all(dataset, &people);
    among.retain(|pair| kept.contains(&pair.a) && kept.contains(&pair.b));
    let comparisons = among.iter().map(|pair| Comparison {
        a: dataset.person_of(pair.a),
        b: dataset.person_of(pair.b),
        similarity: -embedded.distance(pair.a, pair.b).0,
    });
    let comparisons = comparisons.collect();
    let calibrated = ValidationDistances::new(&embedded, &among, &[]).calibrate(saved.model.head());
    let (Some(fitted), Some((eer, auc))) = (calibrated.calibration, calibrated.rates) else {
        return Err(OwnCalibrationError::Unfit);
    };
    let name = |person: &PersonId| dataset.person(*person).name.clone();
    let metadata = CheckpointMetadata {
        data: dataset.name.clone(),
        fingerprint: dataset.fingerprint(),
        validation: people.iter().map(name).collect(),
        test: Vec::new(),
        val_eer: eer,
        val_auc: auc,
        photographs: CalibrationPhotos::of(dataset, &images, Some(&embedded)),
        ..saved.metadata
    };
    Ok(OwnCalibration {
        saved: Saved {
            model: saved.model.calibrated(Some(fitted)),
            metadata,
            scores: calibrated.scores,
            distances: Some(calibrated.distances),
            training: None,
        },
        comparisons,
        pictures: images.len(),
    })
}

/// The pictures that are compared; `people` becomes those who are on them.
fn chosen(dataset: &Dataset, people: &mut Vec<PersonId>) -> Vec<ImageId> {
    let mut images: Vec<ImageId> = Vec::new();
    let mut taken = 0;
    for person in &*people {
        let all = &dataset.person(*person).images;
        let of_person = all.iter().take(PICTURES_OF_ONE);
        if images.len() + of_person.len() > PICTURES {
            break;
        }
        images.extend(of_person);
        taken += 1;
    }
    people.truncate(taken);
    images
}

/// Replaces the calibration and the stored comparisons of a model by those in the file, if there is one that was made for
/// this model.
///
/// # Errors
/// When there is a file that cannot be used.
pub(super) fn apply(
    saved: Saved,
    path: &Path,
) -> Result<(Saved, Option<CalibratedOn>), CheckpointError> {
    if !path.exists() {
        return Ok((saved, None));
    }
    let own = checkpoint::load(path)?;
    let same_model = own.metadata.epoch == saved.metadata.epoch
        && own.metadata.train == saved.metadata.train
        && own.model.preparation() == saved.model.preparation()
        && own.model.parameters() == saved.model.parameters();
    if !same_model {
        return Ok((saved, None));
    }
    let source = CalibratedOn {
        people: own.metadata.validation.len(),
        data: own.metadata.data,
    };
    let calibrated = Saved {
        model: saved.model.calibrated(own.model.calibration()),
        metadata: CheckpointMetadata {
            photographs: own.metadata.photographs,
            ..saved.metadata
        },
        scores: own.scores,
        distances: own.distances,
        ..saved
    };
    Ok((calibrated, Some(source)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::model::pretrained;
    use crate::recognition::{ModelOrigin, answering_model};

    fn unstopped(_: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn a_calibration_can_be_stopped() {
        let saved = pretrained();
        let dataset = Dataset::open(&Source::Orl, saved.model.preparation()).unwrap();
        let mut told = Vec::new();
        let stop = |done, total| {
            told.push((done, total));
            ControlFlow::Break(())
        };
        let stopped = calibrate(saved, &dataset, stop);
        assert!(matches!(stopped, Err(OwnCalibrationError::Stopped)));
        assert_eq!(told, [(0, 400)]);
    }

    #[test]
    fn a_calibration_is_found_by_its_model_only_and_undone_by_deleting_it() {
        let home = tempfile::tempdir().unwrap();
        let runs = home.path().join("runs");
        let saved = pretrained();
        let dataset = Dataset::open(&Source::Orl, saved.model.preparation()).unwrap();
        let own = calibrate(saved, &dataset, unstopped).unwrap();
        assert_eq!(own.pictures, 400);
        assert_eq!(own.comparisons.len(), 40 * 45 + 78_000);
        assert_eq!(own.saved.metadata.validation.len(), 40);
        let path = calibration_path(&runs, None);
        let OwnCalibration { saved: own, .. } = own;
        let scores = own.validation_scores();
        checkpoint::save(&path, &own.model, &own.metadata, &scores, None).unwrap();

        let named = Path::new(super::super::BUILT_IN_RUN);
        let found = answering_model(&runs, Some(named), None).unwrap();
        let on = CalibratedOn {
            data: dataset.name.clone(),
            people: 40,
        };
        assert_eq!(found.calibrated_on, Some(on));
        assert_eq!(found.origin, ModelOrigin::BuiltIn);
        assert_eq!(found.saved.model.calibration(), own.model.calibration());

        let later = CheckpointMetadata {
            epoch: crate::units::Epoch(7),
            ..own.metadata
        };
        checkpoint::save(&path, &own.model, &later, &scores, None).unwrap();
        let other = answering_model(&runs, Some(named), None).unwrap();
        assert_eq!(other.calibrated_on, None, "made for another epoch");

        std::fs::write(&path, b"torn").unwrap();
        assert!(answering_model(&runs, Some(named), None).is_err());
        std::fs::remove_file(&path).unwrap();
        let plain = answering_model(&runs, Some(named), None).unwrap();
        assert_eq!(plain.saved.scores, pretrained().scores);
    }

    #[test]
    fn four_people_are_too_few() {
        let saved = pretrained();
        let dataset = Dataset::open(&Source::Orl, saved.model.preparation()).unwrap();
        let left: Vec<PersonId> = dataset.everybody().split_off(4);
        let gone = left.iter().flat_map(|p| dataset.person(*p).images.clone());
        let few = dataset.leaving_out(gone);
        let error = calibrate(saved, &few, unstopped).unwrap_err().to_string();
        assert!(error.starts_with("4 people with two pictures"), "{error}");
    }
}
