//! `twinsight verify`.

use std::path::PathBuf;

use serde::Serialize;

use super::Status;
use super::context::{Common, Context, DataFlag, RunFlag};
use super::output::{self, percent};
use super::photos::{self, Probe};
use crate::config::Overrides;
use crate::files::shown;
use crate::gallery::fingerprint;
use crate::model::Siamese;
use crate::units::{Distance, Seed, Similarity, Threshold};
use crate::verify::{Acceptance, Choice, PerPerson, Score, Templates, Verdict, choose};
use crate::vision::Rect;

/// How many people are listed for each photo where nobody asked for JSON.
const LISTED: usize = 5;

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

#[derive(Serialize)]
struct Report<'a> {
    photos: Vec<PhotoReport<'a>>,
}

#[derive(Serialize)]
struct PhotoReport<'a> {
    path: String,
    /// Which part of the photo was compared, in pixels; nothing where there is no face.
    face: Option<Rect>,
    /// The most similar person, accepted or not.
    best: Option<&'a str>,
    accepted: bool,
    scores: Vec<ScoreReport<'a>>,
}

#[derive(Serialize)]
struct ScoreReport<'a> {
    person: &'a str,
    similarity: Similarity,
    distance: Distance,
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
        let saved = context.model_untold(self.run.run.as_deref())?;
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
        context.tell_whose(self.run.run.as_deref());
        let verdicts = self.verdicts(&context, &saved.model, threshold, &probes)?;
        self.print(&probes, &verdicts)?;
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

    /// One for each probe; one without scores where there is no face.
    fn verdicts(
        &self,
        context: &Context,
        model: &Siamese,
        threshold: Threshold,
        probes: &[Probe],
    ) -> anyhow::Result<Vec<Verdict>> {
        let templates = self.templates(context, model)?;
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
        Ok(probes.iter().map(verdict).collect())
    }

    fn templates(&self, context: &Context, model: &Siamese) -> anyhow::Result<Templates> {
        let dataset = context.dataset(model.preparation())?;
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
        let templates = choose(&dataset, gallery.enrolled(), &enrolled, &choice, |ids| {
            let faces: Vec<_> = ids.iter().map(|&id| dataset.face(id).clone()).collect();
            model.embed(&faces)
        });
        Ok(templates)
    }

    fn print(&self, probes: &[Probe], verdicts: &[Verdict]) -> anyhow::Result<()> {
        let photos = probes.iter().zip(verdicts);
        if self.common.json {
            return output::json(&Report {
                photos: photos
                    .map(|(probe, verdict)| report(probe, verdict))
                    .collect(),
            });
        }
        if self.csv {
            return output::line(csv(photos)?.trim_end());
        }
        let texts: Vec<String> = photos
            .map(|(probe, verdict)| text(probe, verdict))
            .collect();
        output::line(&texts.join("\n"))
    }
}

fn report<'a>(probe: &Probe, verdict: &'a Verdict) -> PhotoReport<'a> {
    let score = |score: &'a Score| ScoreReport {
        person: &score.person,
        similarity: score.similarity,
        distance: score.distance,
    };
    PhotoReport {
        path: probe.path.to_string_lossy().into_owned(),
        face: probe.what.as_ref().map(|prepared| prepared.area),
        best: verdict.best().map(|best| &*best.person),
        accepted: verdict.accepted().is_some(),
        scores: verdict.scores.iter().map(score).collect(),
    }
}

/// One row for each photo; numbers as in JSON.
fn csv<'a>(photos: impl Iterator<Item = (&'a Probe, &'a Verdict)>) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "path",
        "x",
        "y",
        "width",
        "height",
        "best",
        "similarity",
        "distance",
        "accepted",
    ])?;
    for (probe, verdict) in photos {
        let side = |side: fn(&Rect) -> u32| {
            let area = probe.what.as_ref().map(|prepared| side(&prepared.area));
            area.map(|pixels| pixels.to_string()).unwrap_or_default()
        };
        let [x, y] = [side(|r| r.x), side(|r| r.y)];
        let [width, height] = [side(|r| r.width), side(|r| r.height)];
        let best = verdict.best();
        let [similarity, distance] = match best {
            Some(best) => [best.similarity.0.to_string(), best.distance.0.to_string()],
            None => [String::new(), String::new()],
        };
        let person = best.map_or("", |best| &*best.person);
        let path = probe.path.to_string_lossy();
        let accepted = verdict.accepted().is_some();
        writer.serialize((
            path, x, y, width, height, person, similarity, distance, accepted,
        ))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn text(probe: &Probe, verdict: &Verdict) -> String {
    if probe.what.is_none() {
        return format!("{}: {}", shown(&probe.path), photos::NO_FACE);
    }
    let answer = match verdict.accepted() {
        Some(best) => format!(
            "{}, {} similar",
            best.person,
            percent(best.similarity.0.into())
        ),
        None => "unknown".to_owned(),
    };
    let mut text = format!(
        "{}: {answer} (accepted from {} on)",
        shown(&probe.path),
        percent(verdict.threshold.0.into())
    );
    let listed = &verdict.scores[..verdict.scores.len().min(LISTED)];
    let width = listed
        .iter()
        .map(|score| score.person.chars().count())
        .max()
        .unwrap_or(0);
    for score in listed {
        let mark = if score.similarity.accepted_at(verdict.threshold) {
            "✓"
        } else {
            " "
        };
        let similarity = percent(score.similarity.0.into());
        let Score {
            person, distance, ..
        } = score;
        text += &format!(
            "\n  {mark} {person:width$}  {similarity:>7}  distance {:.4}",
            distance.0
        );
    }
    text
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
