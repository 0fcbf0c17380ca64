//! Whose face it is, and changes of the enrolled people.
//!
//! Both go through the [`Recognizer`], like the command line and the library.

use std::path::PathBuf;
use std::sync::Arc;

use super::task::Network;
use crate::app::effect::GalleryChange;
use crate::app::error::TaskError;
use crate::app::event::Event;
use crate::app::message::Level;
use crate::app::verify::Compare;
use crate::data::Dataset;
use crate::gallery::Gallery;
use crate::model::Embedding;
use crate::recognition::{
    Candidate, IdentifyOptions, PerPerson, Probe, RecognitionError, Recognizer,
};
use crate::text::counted;
use crate::units::{ImageId, Seed};

/// A [`Recognizer`] for the newest network and data set, which keeps the embeddings of the pictures.
pub(super) struct Identifier {
    gallery_dir: PathBuf,
    /// With the revision of its network.
    recognizer: Option<(u64, Recognizer)>,
}

impl Identifier {
    /// For the gallery in this folder.
    pub(super) fn new(gallery_dir: PathBuf) -> Self {
        Self {
            gallery_dir,
            recognizer: None,
        }
    }

    /// Everyone, of the data set and enrolled, with the similarity to the probe; and a note if the photo differs from those that
    /// the threshold was set on.
    ///
    /// # Errors
    /// When the faces were not prepared for this network, or the gallery cannot be read.
    pub(super) fn compare(
        &mut self,
        probe: &Probe,
        compare: Compare,
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Result<(Vec<Candidate>, Option<String>), RecognitionError> {
        let seed = Seed(0);
        let options = IdentifyOptions {
            per_person: match compare {
                Compare::One(draw) => PerPerson::One { seed, draw },
                Compare::All => PerPerson::All,
            },
            ..IdentifyOptions::default()
        };
        let recognizer = self.recognizer(dataset, network)?;
        let probe = std::slice::from_ref(probe);
        let answers = recognizer.identify(probe, &options)?;
        let traits: Vec<_> = answers.iter().map(|a| a.traits.clone()).collect();
        let unlike = recognizer.unlike(&traits);
        let candidates = answers.into_iter().flat_map(|answer| answer.candidates);
        Ok((candidates.collect(), unlike.map(|unlike| unlike.note)))
    }

    /// The embeddings of some pictures. Pairs and map need no gallery: where it cannot be read, they are not kept.
    pub(super) fn embeddings(
        &mut self,
        images: &[ImageId],
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Vec<Embedding> {
        match self.recognizer(dataset, network) {
            Ok(recognizer) => recognizer.embeddings(images),
            Err(_) => {
                let faces = images.iter().map(|&image| dataset.face(image).clone());
                network.model.embed(&faces.collect::<Vec<_>>())
            }
        }
    }

    fn recognizer(
        &mut self,
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Result<&mut Recognizer, RecognitionError> {
        let of_dataset = |(_, kept): &(u64, Recognizer)| Arc::ptr_eq(kept.reference(), dataset);
        let recognizer = match self.recognizer.take().filter(of_dataset) {
            Some((revision, kept)) if revision == network.revision => kept,
            Some((_, mut kept)) => {
                kept.set_model(network.model.clone())?;
                kept
            }
            None => Recognizer::open(network.model.clone(), dataset.clone(), &self.gallery_dir)?,
        };
        let kept = self.recognizer.insert((network.revision, recognizer));
        if let Some((photographs, name)) = &network.calibration {
            kept.1
                .set_calibration_photos(Some(photographs.clone()), name);
        }
        Ok(&mut kept.1)
    }
}

/// Changes the enrolled people, and says so. A network is needed only to rename people whom version 0.1.0 enrolled.
pub(super) fn change(
    change: &GalleryChange,
    identifier: &mut Identifier,
    (dataset, network): (&Arc<Dataset>, Option<&Network>),
) -> Result<Vec<Event>, TaskError> {
    let gallery_dir = identifier.gallery_dir.clone();
    let gallery_dir = &*gallery_dir;
    let mut gallery = Gallery::open(gallery_dir, &dataset.preparation)?;
    let said = match change {
        GalleryChange::Enroll(name, probe) => {
            let count = gallery.add(name, vec![probe.to_enroll(dataset)?], dataset)?;
            let photos = counted(count, "photo");
            format!("{name} is enrolled with {photos}; no training was needed")
        }
        GalleryChange::Rename { from, to } => {
            let recognizer = network.map(|network| identifier.recognizer(dataset, network));
            match recognizer {
                Some(Ok(recognizer)) => recognizer.rename(from, to)?,
                _ => gallery.rename(from, to, dataset)?,
            }
            format!("{from} is now called {to}")
        }
        GalleryChange::Forget(name) => {
            let count = Gallery::forget_everywhere(gallery_dir, name, dataset)?;
            format!("{name} is forgotten, with {}", counted(count, "photo"))
        }
    };
    Ok(vec![
        Event::Notice(Level::Info, said),
        Event::GalleryChanged,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::model::pretrained;
    use crate::recognition::PreparedPhoto;
    use crate::units::Epoch;

    /// The built-in model as the network of a session, and its faces.
    fn built_in() -> (Network, Arc<Dataset>) {
        let model = pretrained().model;
        let dataset = Dataset::open(&Source::Orl, model.preparation()).expect("built in");
        let network = Network {
            epoch: Epoch(1),
            revision: 1,
            model,
            calibration: None,
        };
        (network, Arc::new(dataset))
    }

    #[test]
    fn all_pictures_count_by_their_mean_and_never_the_probe_itself() {
        let home = tempfile::tempdir().expect("a folder");
        let (network, dataset) = built_in();
        let picture = |image| Arc::new(PreparedPhoto::of_picture(&dataset, ImageId(image))).probe();
        let enroll = GalleryChange::Enroll("anna".into(), picture(25));
        let mut identifier = Identifier::new(home.path().into());
        change(&enroll, &mut identifier, (&dataset, None)).expect("anna is enrolled");

        let found = identifier.compare(&picture(0), Compare::All, &dataset, &network);
        let (found, _) = found.expect("an answer");
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
            let candidate = found.iter().find(|candidate| *candidate.person == *name);
            let candidate = candidate.expect("everyone is compared");
            assert_eq!(candidate.enrolled, enrolled, "{name}");
            let off = (candidate.distance.0 - wanted).abs();
            assert!(off < 1e-5, "{name}: {} {wanted}", candidate.distance.0);
        }
    }

    #[test]
    fn a_gallery_that_cannot_be_read_stops_comparing_but_no_embedding() {
        let home = tempfile::tempdir().expect("a folder");
        let (network, dataset) = built_in();
        let probe = Arc::new(PreparedPhoto::of_picture(&dataset, ImageId(0))).probe();
        let enroll = GalleryChange::Enroll("anna".into(), probe.clone());
        let mut identifier = Identifier::new(home.path().into());
        change(&enroll, &mut identifier, (&dataset, None)).expect("anna is enrolled");
        let images = [ImageId(3), ImageId(0)];
        let wanted = identifier.embeddings(&images, &dataset, &network);
        for file in std::fs::read_dir(home.path()).expect("a gallery") {
            std::fs::write(file.expect("a file").path(), "broken").expect("it is written");
        }
        let mut identifier = Identifier::new(home.path().into());
        assert!(
            identifier
                .compare(&probe, Compare::All, &dataset, &network)
                .is_err()
        );
        assert_eq!(identifier.embeddings(&images, &dataset, &network), wanted);
    }
}
