//! Who is in a photo, on the thread that asks the network; and the people whom the user enrolled.
//!
//! Comparing is [`verify`](crate::recognition)'s, as on the command line: the same draw of pictures, the same rule for several
//! of one person. Only embeddings of the data set come from the thread's own memory.

use std::collections::HashMap;
use std::sync::Arc;

use super::ask::Asker;
use super::work::Network;
use crate::app::event::{Compare, Effect, Enrolled, Event, Level};
use crate::app::verify::{Candidate, Probe};
use crate::data::Dataset;
use crate::gallery::{self, Gallery};
use crate::recognition::{Choice, PerPerson, Score, choose};
use crate::units::Seed;
use crate::vision::{Face, gray};

impl Asker {
    /// Everybody, the data set's people and the enrolled ones, as similar to the probe as `compare` says.
    pub(super) fn compare(
        &mut self,
        probe: &Probe,
        compare: Compare,
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Result<Vec<Candidate>, String> {
        let own = match probe {
            Probe::Picture(image) => Some(*image),
            Probe::File(_) => None,
        };
        let probe = network.model.embed(&[face(probe, dataset)?]);
        let mut gallery = self.open(dataset)?;
        let enrolled = if gallery.enrolled().is_empty() {
            Vec::new()
        } else {
            let embed = |faces: &[Face]| network.model.embed(faces);
            let made = gallery.embeddings(&self.fingerprint(network), embed);
            made.map_err(|why| why.to_string())?
        };
        let (per_person, index) = match compare {
            Compare::One(draw) => (PerPerson::One, draw),
            Compare::All => (PerPerson::All, 0),
        };
        let choice = Choice {
            per_person,
            seed: Seed(0),
            index,
            exclude: own,
        };
        let templates = choose(dataset, gallery.enrolled(), &enrolled, &choice, |images| {
            self.embeddings(images, dataset, network)
        });
        let scores = templates.compare(&network.model, &probe);
        Ok(candidates(scores.into_iter().flatten(), dataset, &gallery))
    }

    fn open(&self, dataset: &Dataset) -> Result<Gallery, String> {
        Gallery::open(&self.gallery_dir, &dataset.preparation).map_err(|why| why.to_string())
    }

    /// Hashing all weights takes a moment, so it is done once for each network.
    fn fingerprint(&mut self, network: &Network) -> String {
        if let Some((revision, known)) = &self.fingerprint
            && *revision == network.revision
        {
            return known.clone();
        }
        let made = gallery::fingerprint(&network.model);
        self.fingerprint = Some((network.revision, made.clone()));
        made
    }

    /// Enrols, renames or forgets, and says so.
    pub(super) fn change(&mut self, effect: &Effect, dataset: &Dataset) -> Vec<Event> {
        let done = self.open(dataset).and_then(|mut gallery| {
            let said = change(&mut gallery, effect, dataset)?;
            Ok((said, gallery))
        });
        match done {
            Ok((said, gallery)) => vec![Event::Notice(Level::Info, said), people(&gallery)],
            Err(why) => vec![Event::Notice(Level::Error, why)],
        }
    }
}

/// What a network sees of a probe.
fn face(probe: &Probe, dataset: &Dataset) -> Result<Face, String> {
    match probe {
        Probe::Picture(image) => Ok(dataset.face(*image).clone()),
        Probe::File(path) => {
            let photo =
                gray::open(path).map_err(|why| format!("{}: {why}", crate::files::shown(path)))?;
            Ok(dataset.preparation.prepare(&photo).face)
        }
    }
}

/// Scores with the pictures that they are of: the data set's, or else a photo of somebody enrolled.
fn candidates(
    scores: impl Iterator<Item = Score>,
    dataset: &Dataset,
    gallery: &Gallery,
) -> Vec<Candidate> {
    let known = dataset.people.iter().map(|person| (&*person.name, person));
    let known: HashMap<&str, _> = known.collect();
    let known_face = |score: &Score| {
        let images = known.get(&*score.person)?.images.iter();
        let mut pictures = images.map(|&image| dataset.picture(image));
        let found = pictures.find(|picture| *picture.label == *score.picture)?;
        Some(found.face.clone())
    };
    let enrolled_face = |score: &Score| {
        let people = gallery.enrolled().iter();
        let of_person = people.filter(|person| *person.name == *score.person);
        let mut photos = of_person.flat_map(|person| &person.photos);
        let found = photos.find(|photo| *photo.file == *score.picture)?;
        Some(found.face.clone())
    };
    let candidate = |score: Score| {
        let known = known_face(&score);
        Candidate {
            person: score.person.to_string(),
            enrolled: known.is_none(),
            label: score.picture.to_string(),
            face: known.or_else(|| enrolled_face(&score)),
            similarity: score.similarity,
            distance: score.distance,
        }
    };
    scores.map(candidate).collect()
}

fn change(gallery: &mut Gallery, effect: &Effect, dataset: &Dataset) -> Result<String, String> {
    let answer = match effect {
        Effect::Enrol(name, probe) => {
            let photo = photo(probe, dataset)?;
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
        Effect::Forget(name) => gallery
            .forget(name, dataset)
            .map(|n| format!("{name} is forgotten, with {}", photos(n))),
        _ => return Err("this changes nobody".into()),
    };
    answer.map_err(|why| why.to_string())
}

fn photos(count: usize) -> String {
    format!("{count} photo{}", if count == 1 { "" } else { "s" })
}

/// The probe as a photo of the gallery.
fn photo(probe: &Probe, dataset: &Dataset) -> Result<gallery::Photo, String> {
    let face = face(probe, dataset)?;
    Ok(match probe {
        Probe::Picture(image) => {
            let name = dataset.picture(*image).label.replace('/', "-");
            gallery::Photo::new(name.as_ref(), face)
        }
        Probe::File(path) => gallery::Photo::new(path, face),
    })
}

/// The people of a gallery, as the state knows them.
fn people(gallery: &Gallery) -> Event {
    let of = |person: &gallery::Enrolled| Enrolled {
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
