//! The answers of `twinsight verify`: as JSON, as CSV, or as text.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::cli::output::percent;
use crate::cli::photos;
use crate::config::Images;
use crate::data::Sharpness;
use crate::files::shown;
use crate::recognition::{Candidate, Identification, Probe};
use crate::units::{Distance, Similarity, Threshold};
use crate::vision::Rect;

/// How many people are listed for each face in the text.
const LISTED: usize = 5;

/// The answer for one face.
pub(super) struct Answer {
    /// The photo, as the user named it.
    pub(super) path: Arc<PathBuf>,
    /// The face and who it is; `None` where the photo has no face.
    pub(super) identified: Option<(Probe, Identification)>,
}

/// All answers, in the order of the photos.
pub(super) struct Answers(pub(super) Vec<Answer>);

#[derive(Serialize)]
pub(super) struct VerifyReport<'a> {
    photos: Vec<AnswerReport<'a>>,
}

#[derive(Serialize)]
struct AnswerReport<'a> {
    path: String,
    /// The part of the photo that was compared, in pixels; null where there is no face.
    face: Option<Rect>,
    /// The most similar person, accepted or not.
    best: Option<&'a str>,
    accepted: bool,
    scores: Vec<CandidateReport>,
}

#[derive(Serialize)]
struct CandidateReport {
    person: Arc<str>,
    similarity: Similarity,
    distance: Distance,
}

impl Answers {
    /// For JSON.
    pub(super) fn report(&self) -> VerifyReport<'_> {
        VerifyReport {
            photos: self.0.iter().map(report).collect(),
        }
    }

    /// One row for each face, with the numbers of the JSON.
    pub(super) fn csv(&self) -> anyhow::Result<String> {
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
        for answer in &self.0 {
            let report = report(answer);
            let side = |side: fn(&Rect) -> u32| {
                let pixels = report.face.as_ref().map(side);
                pixels.map(|pixels| pixels.to_string()).unwrap_or_default()
            };
            let [x, y] = [side(|r| r.x), side(|r| r.y)];
            let [width, height] = [side(|r| r.width), side(|r| r.height)];
            let [similarity, distance] = match report.scores.first() {
                Some(best) => [best.similarity.0.to_string(), best.distance.0.to_string()],
                None => [String::new(), String::new()],
            };
            let person = report.best.unwrap_or_default();
            writer.serialize((
                report.path,
                x,
                y,
                width,
                height,
                person,
                similarity,
                distance,
                report.accepted,
            ))?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }

    /// Draws each face on the terminal.
    pub(super) fn show(&self, images: Images) -> anyhow::Result<()> {
        let identified = self
            .0
            .iter()
            .filter_map(|answer| answer.identified.as_ref());
        identified
            .into_iter()
            .try_for_each(|(probe, _)| photos::show(&probe.face().face, images))
    }

    /// A few lines for each face. `blur` decides whether a face is said to be blurred.
    pub(super) fn text(&self, blur: Sharpness, threshold: Threshold) -> String {
        let texts: Vec<String> = self
            .0
            .iter()
            .map(|answer| text(answer, blur, threshold))
            .collect();
        texts.join("\n")
    }
}

fn report(answer: &Answer) -> AnswerReport<'_> {
    let path = answer.path.to_string_lossy().into_owned();
    let Some((probe, identification)) = &answer.identified else {
        return AnswerReport {
            path,
            face: None,
            best: None,
            accepted: false,
            scores: Vec::new(),
        };
    };
    let candidate = |candidate: &'_ Candidate| CandidateReport {
        person: candidate.person.clone(),
        similarity: candidate.similarity,
        distance: candidate.distance,
    };
    AnswerReport {
        path,
        face: Some(probe.face().area),
        best: identification.best().map(|best| &*best.person),
        accepted: identification.accepted().is_some(),
        scores: identification.candidates.iter().map(candidate).collect(),
    }
}

fn text(answer: &Answer, blur: Sharpness, threshold: Threshold) -> String {
    let path = shown(&answer.path);
    let Some((probe, identification)) = &answer.identified else {
        return format!("{path}: {}", photos::NO_FACE);
    };
    let verdict = match identification.accepted() {
        Some(best) => format!(
            "{}, {} similar",
            best.person,
            percent(best.similarity.0.into())
        ),
        None => "no match".to_owned(),
    };
    let mut text = format!("{path}: {verdict} (threshold {:.2})", threshold.0);
    let listed = identification.candidates.iter().take(LISTED);
    let width = listed
        .clone()
        .map(|candidate| candidate.person.chars().count())
        .max()
        .unwrap_or(0);
    for candidate in listed {
        let mark = match candidate.similarity.accepted_at(threshold) {
            true => "✓",
            false => " ",
        };
        let similarity = percent(candidate.similarity.0.into());
        let Candidate {
            person, distance, ..
        } = candidate;
        text += &format!(
            "\n  {mark} {person:width$}  {similarity:>7}  distance {:.4}",
            distance.0
        );
    }
    if blur.is_missed_by(&probe.face().face) {
        text += "\n  ! the face is blurrier than those the network was trained on; with such faces it often names the \
                 wrong person";
    }
    text
}
