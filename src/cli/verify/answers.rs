//! What is answered of photos: as JSON, as a table, or in words.

use serde::Serialize;

use crate::cli::output::percent;
use crate::cli::photos::{self, Probe};
use crate::data::Sharpness;
use crate::files::shown;
use crate::recognition::{Score, Verdict};
use crate::units::{Distance, Similarity};
use crate::vision::{Prepared, Rect};

/// How many people are listed for each photo where nobody asked for JSON.
const LISTED: usize = 5;

/// Photos, and what became of each.
pub(super) struct Answers<'a>(pub(super) Vec<(&'a Probe, &'a Verdict)>);

#[derive(Serialize)]
pub(super) struct Report<'a> {
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

impl Answers<'_> {
    /// For JSON.
    pub(super) fn report(&self) -> Report<'_> {
        let photos = self.0.iter();
        Report {
            photos: photos
                .map(|(probe, verdict)| report(probe, verdict))
                .collect(),
        }
    }

    /// One row for each photo; numbers as in JSON.
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
        for (probe, verdict) in &self.0 {
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

    /// Some lines for each photo; a face that is missed by `limit` is said to be blurred.
    pub(super) fn text(&self, limit: Sharpness) -> String {
        let photos = self.0.iter();
        let texts: Vec<String> = photos
            .map(|(probe, verdict)| text(probe, verdict, limit))
            .collect();
        texts.join("\n")
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

fn text(probe: &Probe, verdict: &Verdict, limit: Sharpness) -> String {
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
    let blurred = |prepared: &Prepared| limit.is_missed_by(&prepared.face);
    if probe.what.as_ref().is_some_and(blurred) {
        text += "\n  ! it is blurrier than the faces that the network knows; of such it takes many for somebody they are not";
    }
    text
}
