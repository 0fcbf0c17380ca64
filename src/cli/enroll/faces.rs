//! Which face of a photo is enrolled, or why none is.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::photos::{self, BadPhoto, NO_FACE};
use crate::files::shown;
use crate::recognition::{PreparedPhoto, Probe};
use crate::text::counted;
use crate::vision::quality::Verdict;

/// Which face of a photo the user wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct FaceChoice {
    /// Its number, counted from 1; `None` for the main one.
    pub(super) number: Option<usize>,
    /// Whether the middle of a photo without a face is taken.
    pub(super) whole: bool,
}

/// A face that is enrolled.
pub(super) struct Taken {
    pub(super) path: PathBuf,
    pub(super) probe: Probe,
}

/// A photo that is not enrolled.
pub(super) struct Refused {
    pub(super) path: PathBuf,
    pub(super) bad: BadPhoto,
    /// Whether it shows no face; otherwise it cannot be read, or its face cannot be used.
    pub(super) no_face: bool,
}

impl Refused {
    pub(super) fn unreadable(bad: BadPhoto) -> Self {
        Self {
            path: bad.path().to_owned(),
            bad,
            no_face: false,
        }
    }
}

impl FaceChoice {
    /// The chosen face of a photo.
    pub(super) fn of(self, path: PathBuf, photo: &Arc<PreparedPhoto>) -> Result<Taken, Refused> {
        let refuse = |why: String, no_face| Refused {
            bad: BadPhoto::new(&path, why),
            path: path.clone(),
            no_face,
        };
        if !photo.has_face() && !self.whole {
            return Err(refuse(NO_FACE.to_owned(), true));
        }
        let number = self.number.unwrap_or(1);
        let Some(probe) = photo.probe_of(number - 1) else {
            return Err(refuse(photos::no_such_face(photo, number), false));
        };
        match probe.verdict() {
            Verdict::Unusable(_) => {
                let why = format!("{}; use another photo", probe.doubts().join(", and "));
                Err(refuse(why, false))
            }
            Verdict::Good | Verdict::Doubtful(_) => Ok(Taken { path, probe }),
        }
    }
}

impl Taken {
    /// What the user should know about this choice, each as a sentence.
    pub(super) fn remarks(&self) -> Vec<String> {
        let path = shown(&self.path);
        let mut remarks = Vec::new();
        let faces = self.probe.photo().faces();
        let beside = |index: usize| faces[index].quality.is_some_and(|quality| quality.beside);
        let others =
            (0..faces.len()).filter(|&other| other != self.probe.index() && !beside(other));
        if others.count() > 0 {
            remarks.push(format!(
                "{path} shows {}; {} was taken, choose another one with --face",
                counted(faces.len(), "face"),
                photos::described(&self.probe)
            ));
        }
        let doubts = self.probe.doubts().into_iter();
        remarks.extend(doubts.map(|doubt| format!("{path}: {doubt}")));
        remarks
    }
}
