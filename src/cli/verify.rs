//! `twinsight verify`.

mod answers;

use std::path::PathBuf;

use super::Status;
use super::context::{Common, Context, DataFlag, RunFlag};
use super::output;
use super::photos::{self, Probe};
use crate::config::Overrides;
use crate::data::{Dataset, Sharpness};
use crate::gallery::fingerprint;
use crate::model::Siamese;
use crate::recognition::{Acceptance, Choice, PerPerson, Templates, Verdict, choose};
use crate::units::{Seed, Threshold};
use answers::Answers;

/// Say who is in a photo: a person of the data set, somebody enrolled, or nobody known.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// PGM, PNG or JPEG files, or folders of them
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,
    /// Where no face is found, take the middle of the photo
    #[arg(long)]
    whole: bool,
    /// Accept from this similarity on, from 0 to 1
    #[arg(long, value_name = "X", value_parser = threshold)]
    threshold: Option<f32>,
    /// Accept where strangers in validation were taken for each other this often, such as 1%
    #[arg(long, value_name = "RATE", value_parser = rate, conflicts_with = "threshold")]
    fmr: Option<f64>,
    /// Compare with one random picture of each person, or with all of them (by their mean distance), which errs less
    #[arg(long, value_name = "WHICH", default_value = "all")]
    per_person: Which,
    /// Which random pictures, with `--per-person one`
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// One line of comma-separated values for each photo
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
        let (saved, whose) = context.answering(self.run.run.as_deref())?;
        let accepted = match self.fmr {
            Some(rate) => Acceptance::Fmr(rate),
            None => Acceptance::At(context.config.threshold),
        };
        let threshold = accepted.threshold(&saved.scores)?;
        let prepared = photos::probes(&self.photos, saved.model.preparation(), self.whole);
        let (probes, some_bad) = photos::usable(prepared);
        if probes.is_empty() {
            return Ok(Status::Partly);
        }
        whose.iter().for_each(|text| output::note(text));
        let dataset = context.dataset(saved.model.preparation())?;
        let templates = self.templates(&context, &saved.model, &dataset)?;
        let verdicts = verdicts(&templates, &saved.model, threshold, &probes);
        let answers = Answers(probes.iter().zip(&verdicts).collect());
        match (self.common.json, self.csv) {
            (true, _) => output::json(&answers.report())?,
            (false, true) => output::line(answers.csv()?.trim_end())?,
            (false, false) => output::line(&answers.text(Sharpness::of(&dataset)))?,
        }
        if self.show {
            let faces = probes.iter().filter_map(|probe| probe.what.as_ref());
            faces
                .into_iter()
                .try_for_each(|prepared| photos::show(&prepared.face, context.config.images))?;
        }
        let faceless = probes.iter().any(|probe| probe.what.is_none());
        Ok(match (some_bad, faceless) {
            (true, _) => Status::Partly,
            (false, true) => Status::NoFace,
            (false, false) => Status::Done,
        })
    }

    fn templates(
        &self,
        context: &Context,
        model: &Siamese,
        dataset: &Dataset,
    ) -> anyhow::Result<Templates> {
        let mut gallery = context.gallery(model.preparation())?;
        let enrolled = gallery.embeddings(&fingerprint(model), |faces| model.embed(faces))?;
        let per_person = match self.per_person {
            Which::One => PerPerson::One,
            Which::All => PerPerson::All,
        };
        let choice = Choice {
            per_person,
            seed: context.config.seed,
            index: 0,
            exclude: None,
        };
        let templates = choose(dataset, gallery.enrolled(), &enrolled, &choice, |ids| {
            let faces: Vec<_> = ids.iter().map(|&id| dataset.face(id).clone()).collect();
            model.embed(&faces)
        });
        Ok(templates)
    }
}

/// One for each probe; one without scores where there is no face.
fn verdicts(
    templates: &Templates,
    model: &Siamese,
    threshold: Threshold,
    probes: &[Probe],
) -> Vec<Verdict> {
    let found = probes.iter().filter_map(|probe| probe.what.as_ref());
    let faces: Vec<_> = found.map(|prepared| prepared.face.clone()).collect();
    let mut scores = templates.compare(model, &model.embed(&faces)).into_iter();
    let verdict = |probe: &Probe| {
        let scores = probe.what.as_ref().and_then(|_| scores.next());
        Verdict {
            scores: scores.unwrap_or_default(),
            threshold,
        }
    };
    let (photos, templates) = (probes.len(), templates.len());
    tracing::info!(photos, templates, "verified");
    probes.iter().map(verdict).collect()
}

fn threshold(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("write a number from 0 to 1, such as 0.5".to_owned()),
    }
}

/// `1%` or `0.01`. A bare 1 is refused: nobody can tell which is meant.
fn rate(text: &str) -> Result<f64, String> {
    let value = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|value| value / 100.0),
        None => text.trim().parse(),
    };
    match value {
        Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err("write a rate below 100%, such as 1% or 0.01".to_owned()),
    }
}
