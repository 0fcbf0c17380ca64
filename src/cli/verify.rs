//! `twinsight verify`.

mod answers;

use std::path::PathBuf;
use std::sync::Arc;

use super::Status;
use super::context::{Common, Context, DataFlag, OpenedRecognizer, RunFlag, explanation};
use super::output::{self, Usage};
use super::photos;
use crate::config::Overrides;
use crate::data::Sharpness;
use crate::recognition::{
    IdentifyOptions, OperatingPoint, PerPerson, PreparedPhoto, Probe, Recognizer,
};
use crate::units::{Seed, Threshold};
use answers::{Answer, Answers};

/// Say who is in a photo: a person of the data set, an enrolled person, or no match.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// PGM, PNG or JPEG files, or folders of them
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,
    /// Where no face is found, take the middle of the photo
    #[arg(long)]
    whole: bool,
    /// Accept a person from this similarity on, from 0 to 1
    #[arg(long, value_name = "X", value_parser = threshold)]
    threshold: Option<f32>,
    /// Accept at the threshold with this false match rate in validation, such as 1%
    #[arg(long, value_name = "RATE", value_parser = rate, conflicts_with = "threshold")]
    fmr: Option<f64>,
    /// Compare with one random picture of each person, or with all of them (by their mean distance), which errs less
    #[arg(long, value_name = "WHICH", default_value = "all")]
    per_person: Which,
    /// Which random pictures, with `--per-person one`
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// One line of comma-separated values for each face
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Draw each face as the network sees it, in pixels where the terminal can (kitty, iTerm2), in blocks elsewhere
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    show: bool,
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    One,
    All,
}

impl Verify {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let flags = Overrides {
            seed: self.seed.map(Seed),
            data: self.data.data.clone(),
            threshold: self.threshold.map(Threshold),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        let OpenedRecognizer {
            mut recognizer,
            validation,
            origin,
        } = context.recognizer(self.run.run.as_deref())?;
        let operating_point = match self.fmr {
            Some(rate) => OperatingPoint::Fmr(rate),
            None => OperatingPoint::At(context.config.threshold),
        };
        let options = IdentifyOptions {
            per_person: self.per_person(context.config.seed),
            threshold: operating_point.threshold(&validation)?,
        };
        let photos = photos::read(&self.photos, |path| recognizer.prepare(path));
        if photos.read.is_empty() {
            return Ok(Status::Partly);
        }
        explanation(&origin)
            .iter()
            .for_each(|text| output::note(text));
        let answers = self.identify(&mut recognizer, &options, photos.read)?;
        match (self.common.json, self.csv) {
            (true, _) => output::json(&answers.report())?,
            (false, true) => output::line(answers.csv()?.trim_end())?,
            (false, false) => {
                let blur = Sharpness::of(recognizer.reference());
                output::line(&answers.text(blur, options.threshold))?;
            }
        }
        if self.show {
            answers.show(context.config.images)?;
        }
        let some_faceless = answers.0.iter().any(|answer| answer.identified.is_none());
        Ok(match (photos.some_bad, some_faceless) {
            (true, _) => Status::Partly,
            (false, true) => Status::NoFace,
            (false, false) => Status::Done,
        })
    }

    fn per_person(&self, seed: Seed) -> PerPerson {
        match self.per_person {
            Which::One => PerPerson::One { seed, draw: 0 },
            Which::All => PerPerson::All,
        }
    }

    /// An answer for each face; one without an identification for each photo without a face.
    fn identify(
        &self,
        recognizer: &mut Recognizer,
        options: &IdentifyOptions,
        photos: Vec<(PathBuf, Arc<PreparedPhoto>)>,
    ) -> anyhow::Result<Answers> {
        let usable = |photo: &PreparedPhoto| photo.has_face() || self.whole;
        let probes: Vec<Probe> = photos
            .iter()
            .filter(|(_, photo)| usable(photo))
            .flat_map(|(_, photo)| photo.probes())
            .collect();
        let identified = recognizer.identify(&probes, options)?;
        tracing::info!(photos = photos.len(), faces = probes.len(), "verified");
        let mut identified = probes.into_iter().zip(identified);
        let mut answers = Vec::new();
        for (path, photo) in photos {
            let count = match usable(&photo) {
                true => photo.faces().len(),
                false => 0,
            };
            let path = Arc::new(path);
            let answer = |identified| Answer {
                path: path.clone(),
                identified,
            };
            match count {
                0 => answers.push(answer(None)),
                count => answers.extend(identified.by_ref().take(count).map(Some).map(answer)),
            }
        }
        Ok(Answers(answers))
    }
}

fn threshold(text: &str) -> Result<f32, Usage> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err(Usage("write a number from 0 to 1, such as 0.5".to_owned())),
    }
}

/// `1%` or `0.01`. A bare 1 is refused, because it could mean either.
fn rate(text: &str) -> Result<f64, Usage> {
    let value = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|value| value / 100.0),
        None => text.trim().parse(),
    };
    match value {
        Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err(Usage(
            "write a rate below 100%, such as 1% or 0.01".to_owned(),
        )),
    }
}
