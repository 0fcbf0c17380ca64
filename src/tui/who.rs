//! Who is in a photo, on the thread that asks the network; and the people whom the user enrolled.
//!
//! Comparing is the [`Recognizer`]'s, as on the command line.

use std::path::Path;
use std::sync::Arc;

use super::ask::Asker;
use super::work::Network;
use crate::app::event::{Compare, Effect, Enrolled, Event, Level};
use crate::app::verify::{Candidate, Probe};
use crate::data::Dataset;
use crate::gallery::{self, Gallery};
use crate::recognition::{self, IdentifyOptions, PerPerson, PreparedPhoto, Recognizer};
use crate::units::Seed;

impl Asker {
    /// Everybody, the data set's people and the enrolled ones, as similar to the probe as `compare` says.
    pub(super) fn compare(
        &mut self,
        probe: &Probe,
        compare: Compare,
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Result<Vec<Candidate>, String> {
        let per_person = match compare {
            Compare::One(draw) => PerPerson::One {
                seed: Seed(0),
                draw,
            },
            Compare::All => PerPerson::All,
        };
        let options = IdentifyOptions {
            per_person,
            ..IdentifyOptions::default()
        };
        let probe = prepared(probe, dataset)?;
        let recognizer = self.recognizer(dataset, network)?;
        let answers = recognizer.identify(&[probe], &options);
        let answers = answers.map_err(|why| why.to_string())?;
        let candidates = answers.into_iter().flat_map(|answer| answer.candidates);
        let candidate = |candidate: recognition::Candidate| Candidate {
            person: candidate.person.to_string(),
            enrolled: candidate.enrolled,
            label: candidate.picture.to_string(),
            face: Some(candidate.face),
            similarity: candidate.similarity,
            distance: candidate.distance,
        };
        Ok(candidates.map(candidate).collect())
    }

    /// The recognizer for these faces and this network; kept until one of them changes.
    fn recognizer(
        &mut self,
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Result<&mut Recognizer, String> {
        let kept = self.recognizer.take().filter(|(revision, kept)| {
            *revision == network.revision && Arc::ptr_eq(kept.reference(), dataset)
        });
        let opened = match kept {
            Some(kept) => kept,
            None => {
                let model = network.model.clone();
                let opened = Recognizer::open(model, dataset.clone(), &self.gallery_dir);
                (network.revision, opened.map_err(|why| why.to_string())?)
            }
        };
        Ok(&mut self.recognizer.insert(opened).1)
    }

    fn open(&self, dataset: &Dataset) -> Result<Gallery, String> {
        Gallery::open(&self.gallery_dir, &dataset.preparation).map_err(|why| why.to_string())
    }

    /// Enrols, renames or forgets, and says so.
    pub(super) fn change(&mut self, effect: &Effect, dataset: &Dataset) -> Vec<Event> {
        let done = self.open(dataset).and_then(|mut gallery| {
            let said = change(&mut gallery, &self.gallery_dir, effect, dataset)?;
            gallery.refresh().map_err(|why| why.to_string())?;
            Ok((said, gallery))
        });
        match done {
            Ok((said, gallery)) => vec![Event::Notice(Level::Info, said), people(&gallery)],
            Err(why) => vec![Event::Notice(Level::Error, why)],
        }
    }
}

/// The probe's photo and face.
fn prepared(probe: &Probe, dataset: &Dataset) -> Result<recognition::Probe, String> {
    let photo = match probe {
        Probe::Picture(image) => PreparedPhoto::of_picture(dataset, *image),
        Probe::File(path) => PreparedPhoto::open(path, &dataset.preparation)
            .map_err(|why| format!("{}: {why}", crate::files::shown(path)))?,
    };
    Ok(Arc::new(photo).probe())
}

fn change(
    gallery: &mut Gallery,
    gallery_dir: &Path,
    effect: &Effect,
    dataset: &Dataset,
) -> Result<String, String> {
    let answer = match effect {
        Effect::Enrol(name, probe) => {
            let photo = prepared(probe, dataset)?.to_enroll();
            gallery.add(name, vec![photo], dataset).map(|n| {
                format!(
                    "{name} is enrolled with {}; no training was needed",
                    photos(n)
                )
            })
        }
        Effect::Rename(from, to) => gallery
            .rename(from, to, dataset)
            .map(|()| format!("{from} is now called {to}")),
        Effect::Forget(name) => Gallery::forget_everywhere(gallery_dir, name, dataset)
            .map(|n| format!("{name} is forgotten, with {}", photos(n))),
        _ => return Err("this changes nobody".into()),
    };
    answer.map_err(|why| why.to_string())
}

fn photos(count: usize) -> String {
    format!("{count} photo{}", if count == 1 { "" } else { "s" })
}

/// The people of a gallery, as the state knows them.
fn people(gallery: &Gallery) -> Event {
    let of = |person: &gallery::EnrolledPerson| Enrolled {
        name: person.name.clone(),
        pictures: person.photos.len(),
    };
    Event::Gallery(gallery.enrolled().iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::files::Paths;
    use crate::model::pretrained;
    use crate::units::{Epoch, ImageId};

    #[test]
    fn all_pictures_count_by_their_mean_and_never_the_probe_itself() {
        let home = tempfile::tempdir().expect("a folder");
        let model = pretrained().model;
        let dataset = Dataset::open(&Source::Orl, model.preparation()).expect("built in");
        let dataset = Arc::new(dataset);
        let network = Network {
            epoch: Epoch(1),
            revision: 1,
            model,
        };
        let mut asker = Asker::new(&Paths::under(home.path()));
        let enrol = Effect::Enrol("anna".into(), Probe::Picture(ImageId(25)));
        asker.change(&enrol, &dataset);

        let probe = Probe::Picture(ImageId(0));
        let found = asker.compare(&probe, Compare::All, &dataset, &network);
        let found = found.expect("an answer");
        assert_eq!(found.len(), 41);
        let embed = |image| {
            let face = dataset.face(ImageId(image)).clone();
            network.model.embed(&[face]).remove(0)
        };
        let own = embed(0);
        let mean = |images: std::ops::Range<usize>| {
            let count = images.len() as f32;
            images
                .map(|image| own.distance(&embed(image)).0)
                .sum::<f32>()
                / count
        };
        for (name, enrolled, wanted) in [
            ("s01", false, mean(1..10)),
            ("s03", false, mean(20..30)),
            ("anna", true, mean(25..26)),
        ] {
            let candidate = found.iter().find(|candidate| candidate.person == name);
            let candidate = candidate.expect("everybody is compared");
            assert_eq!(candidate.enrolled, enrolled, "{name}");
            assert!(candidate.face.is_some(), "{name}");
            let off = (candidate.distance.0 - wanted).abs();
            assert!(off < 1e-5, "{name}: {} {wanted}", candidate.distance.0);
        }
    }
}
