//! `twinsight verify`.

mod answers;
mod report;

use std::path::PathBuf;
use std::sync::Arc;

use super::Status;
use super::context::{Common, Context, DataFlag, ModelFlags, OpenedRecognizer, explain};
use super::long_task::LongTask;
use super::output::{self, Usage, note};
use super::photos::{self, BadPhoto, Photos};
use crate::config::{Config, Overrides};
use crate::data::Sharpness;
use crate::files::clean;
use crate::model::photographs::FaceTraits;
use crate::recognition::{
    Acceptance, ChosenThreshold, IdentifyOptions, ModelOrigin, PerPerson, PreparedPhoto, Probe,
    Recognizer,
};
use crate::text::counted;
use crate::units::{Seed, Threshold};
use crate::vision::quality::Verdict;
use answers::Answer;
use report::{CsvRows, VerifyReport, text};

/// What is said after Ctrl-C.
const STOPPED: &str = "stopped";

/// Say who is in a photo: a person of the data set, an enrolled person, or no match.
///
/// Exits with 3 if every photo could be read, but one of them has no face that can be used.
#[derive(Debug, clap::Args)]
pub struct Verify {
    #[arg(value_name = "PHOTO", required = true, help = photos::help())]
    photos: Vec<PathBuf>,
    /// Only this face of each photo, counted from 1; the main one is the first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    face: Option<u32>,
    /// Where no face is found, take the middle of the photo
    #[arg(long)]
    whole: bool,
    /// Accept a person from this similarity on, from 0 to 1 [default: at most 1 % of strangers are named; 0.5 for a model
    /// that was trained without a backbone]
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
    model: ModelFlags,
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

/// What decides the answers.
struct Rules {
    options: IdentifyOptions,
    chosen: ChosenThreshold,
    origin: ModelOrigin,
    why: Vec<String>,
    /// Whether a face is blurrier than those that the network was trained on, for networks whose faces have no quality.
    blur: Option<Sharpness>,
}

/// What was answered so far.
#[derive(Default)]
struct Outcome {
    /// Kept for JSON only, which is one document.
    answers: Vec<Answer>,
    /// What the first face of each photo that was compared looks like.
    traits: Vec<FaceTraits>,
    answered: bool,
    some_bad: bool,
    some_faceless: bool,
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
        let opened = context.recognizer(&self.model)?;
        let rules = self.rules(&context.config, &opened)?;
        let mut recognizer = opened.recognizer;
        let read = photos::listed(&self.photos);
        let mut rows = CsvRows::default();
        let mut outcome = Outcome::default();
        for part in read {
            let photos = part.read(|path| recognizer.prepare(path));
            outcome.some_bad |= photos.some_bad;
            if !photos.read.is_empty() && self.per_person == Which::All {
                embed_everybody(&mut recognizer)?;
            }
            let answers = self.identify(&mut recognizer, &rules, photos, &mut outcome)?;
            if answers.is_empty() {
                continue;
            }
            if !outcome.answered {
                self.begin(&recognizer, &rules);
            }
            outcome.answered = true;
            outcome.some_faceless |= answers.iter().any(Answer::is_faceless);
            outcome.traits.extend(first_faces(&answers));
            match (self.common.json, self.csv) {
                (true, _) => outcome.answers.extend(answers),
                (false, true) => output::line(rows.of(&answers)?.trim_end())?,
                (false, false) => self.tell(&answers, &rules, &context.config)?,
            }
        }
        self.finish(&recognizer, &rules, &outcome)?;
        Ok(outcome.status())
    }

    /// Says what holds for all photos.
    fn finish(
        &self,
        recognizer: &Recognizer,
        rules: &Rules,
        outcome: &Outcome,
    ) -> anyhow::Result<()> {
        let unlike = recognizer.unlike(&outcome.traits);
        unlike.iter().for_each(|unlike| note(&unlike.note));
        if self.common.json && outcome.answered {
            let origin = (&rules.origin, &rules.why[..]);
            let report =
                VerifyReport::new(&rules.chosen, origin, &outcome.answers, unlike.as_ref());
            output::json(&report)?;
        } else if outcome.answered && !self.csv {
            let model = rules.origin.name();
            let elsewhere = match unlike {
                Some(_) if rules.chosen.fmr.is_some() => ", on photographs that differ from these",
                _ => "",
            };
            let threshold = rules.chosen.explain();
            output::line(&format!("{threshold}{elsewhere}; model: {model}"))?;
        }
        Ok(())
    }

    /// The threshold, and what else decides.
    fn rules(&self, config: &Config, opened: &OpenedRecognizer) -> anyhow::Result<Rules> {
        let recognizer = &opened.recognizer;
        let acceptance = match (self.fmr, config.threshold) {
            (Some(rate), _) => Some(Acceptance::Fmr { rate }),
            (None, at) => at.map(|at| Acceptance::Threshold { at }),
        };
        let chosen = recognizer.choose_threshold(acceptance, &opened.validation);
        if let (ModelOrigin::Backbone { name }, Err(_)) = (&opened.origin, &chosen) {
            let text = format!(
                "no comparisons of the backbone {} are known from which a threshold follows; give one with --threshold",
                clean(name)
            );
            return Err(Usage(text).into());
        }
        let chosen = chosen?;
        let measured = recognizer.model().preparation().backbone.is_some();
        let per_person = match self.per_person {
            Which::One => PerPerson::One {
                seed: config.seed,
                draw: 0,
            },
            Which::All => PerPerson::All,
        };
        Ok(Rules {
            options: IdentifyOptions {
                per_person,
                threshold: chosen.threshold,
            },
            chosen,
            origin: opened.origin.clone(),
            why: opened.why.clone(),
            blur: (!measured).then(|| Sharpness::of(recognizer.reference())),
        })
    }

    /// Says what is to be known before the first answer.
    fn begin(&self, recognizer: &Recognizer, rules: &Rules) {
        explain(&rules.why);
        rules.chosen.too_fine().iter().for_each(|text| note(text));
        let old = recognizer.people();
        let mut old = old.iter().filter(|person| person.needs_new_photo);
        if let Some(first) = old.next() {
            let others = match old.count() {
                0 => String::new(),
                more => format!(" and {}", counted(more, "other")),
            };
            note(&format!(
                "{}{others}: enrolled by version 0.1.0 and compared by its model, which errs more often; enroll them again \
                 with a new photo",
                first.name
            ));
        }
    }

    /// Answers as text, and the faces if they are asked for.
    fn tell(&self, answers: &[Answer], rules: &Rules, config: &Config) -> anyhow::Result<()> {
        let texts = answers.iter().map(|a| text(a, rules.blur, &rules.chosen));
        output::line(&texts.collect::<Vec<_>>().join("\n"))?;
        let shown = answers.iter().filter_map(|answer| answer.probe.as_ref());
        shown
            .filter(|_| self.show)
            .try_for_each(|probe| photos::show(&probe.face().face, config.images))
    }

    /// An answer for each face; one without a probe for each photo without a face.
    fn identify(
        &self,
        recognizer: &mut Recognizer,
        rules: &Rules,
        photos: Photos<Arc<PreparedPhoto>>,
        outcome: &mut Outcome,
    ) -> anyhow::Result<Vec<Answer>> {
        let mut answers = Vec::new();
        for (path, photo) in photos.read {
            let path = Arc::new(path);
            match self.probes(&photo) {
                Ok(probes) if probes.is_empty() => answers.push(Answer::without_face(path)),
                Ok(probes) => answers.extend(probes.into_iter().map(|p| Answer::of(&path, p))),
                Err(why) => {
                    note(&format!("error: {}", BadPhoto::new(&path, why)));
                    outcome.some_bad = true;
                }
            }
        }
        let usable = |answer: &&mut Answer| answer.is_usable();
        let mut asked: Vec<&mut Answer> = answers.iter_mut().filter(usable).collect();
        let probes: Vec<Probe> = asked.iter().filter_map(|a| a.probe.clone()).collect();
        let identified = recognizer.identify(&probes, &rules.options)?;
        tracing::info!(faces = probes.len(), "verified");
        for (answer, identification) in asked.iter_mut().zip(identified) {
            answer.identification = Some(identification);
        }
        Ok(answers)
    }

    /// The faces of a photo that are asked for; none if it has no face.
    fn probes(&self, photo: &Arc<PreparedPhoto>) -> Result<Vec<Probe>, String> {
        if !photo.has_face() && !self.whole {
            return Ok(Vec::new());
        }
        let Some(number) = self.face else {
            return Ok(photo.probes().collect());
        };
        let number = number as usize;
        let probe = photo.probe_of(number - 1);
        let probe = probe.ok_or_else(|| photos::no_such_face(photo, number))?;
        Ok(vec![probe])
    }
}

/// Embeds the people that probes are compared with, which takes long the first time.
fn embed_everybody(recognizer: &mut Recognizer) -> anyhow::Result<()> {
    let task = LongTask::begin("embedding the pictures of known people", STOPPED)?;
    recognizer.embed_reference(|done, total| task.step(done, total));
    task.check()?;
    drop(task);
    let task = LongTask::begin("embedding enrolled photos", STOPPED)?;
    let embedded = recognizer.embed_gallery(|done, total| task.step(done, total));
    task.check()?;
    Ok(embedded?)
}

impl Answer {
    /// Whether the face is good enough to be compared.
    fn is_usable(&self) -> bool {
        let verdict = self.probe.as_ref().map(Probe::verdict);
        verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Unusable(_)))
    }

    /// Whether it is the main face of its photo, and there is none or one that cannot be used.
    fn is_faceless(&self) -> bool {
        let main = self.probe.as_ref().is_none_or(|probe| probe.index() == 0);
        main && self.identification.is_none()
    }
}

impl Outcome {
    fn status(&self) -> Status {
        match (self.some_bad || !self.answered, self.some_faceless) {
            (true, _) => Status::Partly,
            (false, true) => Status::NoFace,
            (false, false) => Status::Done,
        }
    }
}

/// The traits of the first face of each photo that was compared.
fn first_faces(answers: &[Answer]) -> impl Iterator<Item = FaceTraits> {
    let compared = answers
        .iter()
        .filter(|answer| answer.identification.is_some());
    let mut last: Option<&Arc<PathBuf>> = None;
    compared.filter_map(move |answer| {
        let same = last.replace(&answer.path) == Some(&answer.path);
        let found = answer.identification.as_ref().filter(|_| !same);
        found.map(|found| found.traits.clone())
    })
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
