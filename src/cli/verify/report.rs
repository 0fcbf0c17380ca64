//! The answers of `twinsight verify`: as JSON, as CSV, or as text.

use std::sync::Arc;

use serde::Serialize;

use super::answers::Answer;
use crate::cli::output;
use crate::cli::photos::{self, FaceReport, QualityReport};
use crate::data::Sharpness;
use crate::files::shown;
use crate::recognition::{
    Acceptance, Candidate, ChosenThreshold, ComparedBy, Identification, ModelOrigin, Unlike,
};
use crate::units::{Distance, Similarity, Threshold};
use crate::vision::Rect;
use crate::vision::quality::Doubt;

/// How many people are listed for each face in the text.
const LISTED: usize = 5;
/// How many people compared by the model of version 0.1.0 are listed below them.
const LISTED_OLD: usize = 2;
/// The name of that model.
const OLD_MODEL: &str = "builtin-0.1.0";

#[derive(Serialize)]
pub(super) struct VerifyReport<'a> {
    /// The model that answered.
    model: String,
    /// Why, unless the user named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    threshold: Threshold,
    /// How the threshold was chosen.
    acceptance: Acceptance,
    /// How many people the model compares each face with.
    people: usize,
    /// The false match rate at the threshold in validation.
    #[serde(skip_serializing_if = "Option::is_none")]
    fmr: Option<f64>,
    /// The finest rate that validation can show.
    #[serde(skip_serializing_if = "Option::is_none")]
    finest_fmr: Option<f64>,
    photos: Vec<AnswerReport<'a>>,
    /// How the photos differ from those that the threshold was set on, if they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlike: Option<&'a Unlike>,
}

#[derive(Serialize)]
struct AnswerReport<'a> {
    path: String,
    /// The face that was compared; null where there is none.
    face: Option<FaceReport>,
    /// How many faces the photo has.
    faces: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<QualityReport>,
    /// The person who is accepted, or else the most similar one.
    best: Option<&'a str>,
    accepted: bool,
    scores: Vec<CandidateReport>,
}

#[derive(Serialize)]
struct CandidateReport {
    person: Arc<str>,
    similarity: Similarity,
    distance: Distance,
    /// The model that compared the person, if it is not the one that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'static str>,
}

impl<'a> VerifyReport<'a> {
    pub(super) fn new(
        chosen: &ChosenThreshold,
        (origin, why): (&ModelOrigin, &[String]),
        answers: &'a [Answer],
        unlike: Option<&'a Unlike>,
    ) -> Self {
        Self {
            model: origin.name(),
            why: (!why.is_empty()).then(|| why.join("; ")),
            threshold: chosen.threshold,
            acceptance: chosen.acceptance,
            people: chosen.people,
            fmr: chosen.fmr,
            finest_fmr: chosen.finest_fmr(),
            photos: answers.iter().map(report).collect(),
            unlike,
        }
    }
}

fn report(answer: &Answer) -> AnswerReport<'_> {
    let probe = answer.probe.as_ref();
    let identification = answer.identification.as_ref();
    let candidate = |candidate: &Candidate| CandidateReport {
        person: candidate.person.clone(),
        similarity: candidate.similarity,
        distance: candidate.distance,
        model: (candidate.by == ComparedBy::V0_1).then_some(OLD_MODEL),
    };
    let candidates = identification.map_or(&[][..], |found| &found.candidates);
    AnswerReport {
        path: answer.path.to_string_lossy().into_owned(),
        face: probe.map(photos::face_report),
        faces: probe.map_or(0, |probe| probe.photo().faces().len()),
        quality: probe.and_then(photos::quality_report),
        best: identification.and_then(|found| found.best().map(|best| &*best.person)),
        accepted: identification.is_some_and(|found| found.accepted().is_some()),
        scores: candidates.iter().map(candidate).collect(),
    }
}

/// Rows of comma-separated values, with a line of titles before the first.
#[derive(Default)]
pub(super) struct CsvRows {
    titled: bool,
}

impl CsvRows {
    /// One row for each face, with the numbers of the JSON.
    pub(super) fn of(&mut self, answers: &[Answer]) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if !self.titled {
            self.titled = true;
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
                "face",
                "doubts",
            ])?;
        }
        answers
            .iter()
            .try_for_each(|answer| writer.write_record(row(answer)))?;
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

fn row(answer: &Answer) -> [String; 11] {
    let probe = answer.probe.as_ref();
    let side = |side: fn(Rect) -> u32| {
        let pixels = probe.map(|probe| side(probe.face().area));
        pixels.map(|pixels| pixels.to_string()).unwrap_or_default()
    };
    let identification = answer.identification.as_ref();
    let best = identification.and_then(Identification::best);
    let of_best = |number: fn(&Candidate) -> f32| {
        let number = best.map(|best| number(best).to_string());
        number.unwrap_or_default()
    };
    let doubts = probe.and_then(photos::quality_report).map(|quality| {
        let words: Vec<String> = quality.doubts.into_iter().map(word).collect();
        words.join(" ")
    });
    [
        answer.path.to_string_lossy().into_owned(),
        side(|area| area.x),
        side(|area| area.y),
        side(|area| area.width),
        side(|area| area.height),
        best.map(|best| best.person.to_string()).unwrap_or_default(),
        of_best(|best| best.similarity.0),
        of_best(|best| best.distance.0),
        identification
            .is_some_and(|found| found.accepted().is_some())
            .to_string(),
        probe.map_or(0, |probe| probe.index() + 1).to_string(),
        doubts.unwrap_or_default(),
    ]
}

/// A doubt as the JSON writes it: `turned_away`.
fn word(doubt: Doubt) -> String {
    match serde_json::to_value(doubt) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A few lines for a face. `blur` decides whether a face without a quality is said to be blurred.
pub(super) fn text(answer: &Answer, blur: Option<Sharpness>, chosen: &ChosenThreshold) -> String {
    let path = shown(&answer.path);
    let Some(probe) = &answer.probe else {
        return format!("{path}: {}", photos::NO_FACE);
    };
    let place = match probe.photo().faces().len() {
        1 => String::new(),
        count => format!(", face {} of {count}", probe.index() + 1),
    };
    let mut text = match &answer.identification {
        Some(found) => {
            let verdict = verdict(found);
            let threshold = chosen.shown();
            format!("{path}{place}: {verdict} (threshold {threshold})")
        }
        None => format!("{path}{place}: the face cannot be used"),
    };
    text += &format!("\n  {}", photos::described(probe));
    if let Some(found) = &answer.identification {
        text += &candidates(found);
    }
    for doubt in probe.doubts() {
        text += &format!("\n  ! {doubt}");
    }
    if blur.is_some_and(|blur| blur.is_missed_by(&probe.face().face)) {
        text += "\n  ! the face is blurrier than those the network was trained on; with such faces it often names the \
                 wrong person";
    }
    text
}

fn verdict(found: &Identification) -> String {
    match found.accepted() {
        Some(best) => format!(
            "{}, similarity {}{}",
            best.person,
            output::similarity(best.similarity),
            by(best)
        ),
        None => "no match".to_owned(),
    }
}

/// The most similar people, a line for each.
fn candidates(found: &Identification) -> String {
    let of = |by, most| {
        let compared = found.candidates.iter().filter(move |c| c.by == by);
        compared.take(most)
    };
    let listed = of(ComparedBy::Answering, LISTED).chain(of(ComparedBy::V0_1, LISTED_OLD));
    let width = listed.clone().map(|c| c.person.chars().count()).max();
    let width = width.unwrap_or(0);
    let line = |candidate: &Candidate| {
        let mark = match candidate.accepted_at(found.threshold) {
            true => "✓",
            false => " ",
        };
        let similarity = output::similarity(candidate.similarity);
        let Candidate {
            person, distance, ..
        } = candidate;
        format!(
            "\n  {mark} {person:width$}  {similarity:>8}  distance {:.4}{}",
            distance.0,
            by(candidate)
        )
    };
    listed.map(line).collect()
}

fn by(candidate: &Candidate) -> &'static str {
    match candidate.by {
        ComparedBy::Answering => "",
        ComparedBy::V0_1 => " (by the model of version 0.1.0)",
    }
}
