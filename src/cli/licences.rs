//! `twinsight licences`.

use serde::Serialize;

use super::Status;
use super::output;

/// Print the licences of the program and of everything that is compiled into it.
///
/// Crates that the program is built from are listed, with their licences, in Cargo.toml and Cargo.lock.
#[derive(Debug, clap::Args)]
pub struct Licences {
    /// Print one JSON document and nothing else
    #[arg(long)]
    json: bool,
}

/// Something in the program that has a licence of its own.
#[derive(Serialize)]
struct Part {
    name: &'static str,
    /// What it is and who made it.
    about: &'static str,
    /// SPDX identifier, or a name where there is none.
    licence: &'static str,
    /// What Twinsight changed; empty if nothing.
    modified: &'static str,
    /// The whole text.
    text: &'static str,
}

#[derive(Serialize)]
struct LicencesReport {
    parts: &'static [Part],
}

const PARTS: [Part; 5] = [
    Part {
        name: "Twinsight",
        about: "the program itself, and the weights of its own model",
        licence: "MIT",
        modified: "",
        text: include_str!("../../LICENSE"),
    },
    Part {
        name: "SFace",
        about: "the network that embeds faces; by Yaoyao Zhong, Weihong Deng, Jiani Hu, Dongyue Zhao, Xian Li and Dongchao Wen, \
                published in OpenCV Zoo as face_recognition_sface_2021dec.onnx",
        licence: "Apache-2.0",
        modified: "batch normalisation is folded into the convolutions, Dropout is removed, the batch may have any size, and \
                   weights are stored as 8-bit integers with one scale for each output channel",
        text: include_str!("../../data/models/LICENSE-APACHE-2.0"),
    },
    Part {
        name: "YuNet",
        about: "the network that finds faces and landmarks; by Wei Wu, Hanyang Peng and Shiqi Yu, published in OpenCV Zoo as \
                face_detection_yunet_2023mar.onnx",
        licence: "MIT",
        modified: "the input may have any size that is a multiple of 32 pixels; the weights are those of the original",
        text: include_str!("../../data/models/LICENSE-MIT-YUNET"),
    },
    Part {
        name: "Haar cascade",
        about: "haarcascade_frontalface_default of OpenCV, by Rainer Lienhart",
        licence: "Intel License Agreement for the Open Source Computer Vision Library",
        modified: "the file is stored in another, smaller form; no number is changed",
        text: include_str!("../../data/cascade/LICENSE"),
    },
    Part {
        name: "ORL faces",
        about: "400 photographs of 40 people, taken between 1992 and 1994 at the Olivetti Research Laboratory, later AT&T \
                Laboratories Cambridge",
        licence: "free of charge, with credit",
        modified: "files that a conversion had damaged are repaired",
        text: "Users of these images must give credit to AT&T Laboratories Cambridge. The publication to cite is\n\n    \
               F. S. Samaria and A. C. Harter: Parameterisation of a stochastic model for human face identification.\n    \
               Proceedings of the 2nd IEEE Workshop on Applications of Computer Vision, Sarasota, Florida, December 1994.\n\n\
               There is no licence text. The pictures show real people: use them for research and teaching, and do not try\n\
               to find out who they are.\n",
    },
];

impl Licences {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        match self.json {
            true => output::json(&LicencesReport { parts: &PARTS })?,
            false => output::line(&PARTS.iter().map(text).collect::<Vec<_>>().join("\n"))?,
        }
        Ok(Status::Done)
    }
}

fn text(part: &Part) -> String {
    let Part {
        name,
        about,
        licence,
        modified,
        text,
    } = part;
    let title = format!("{name} ({licence})");
    let line = "=".repeat(title.chars().count());
    let modified = match modified.is_empty() {
        true => String::new(),
        false => format!("Modified: {modified}.\n"),
    };
    format!("{title}\n{line}\n{about}.\n{modified}\n{text}")
}
