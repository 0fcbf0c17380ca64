//! What a file says beside its graph: how the input is made of a photo, and what a distance of embeddings means.
//!
//! | key | value |
//! |---|---|
//! | `preset`, `members`, `epoch`, `seed` | the training |
//! | `validation_eer`, `validation_auc` | on held-out people, from 0 to 1; missing if there were none |
//! | `input` | what the input of the graph is |
//! | `face_crop` | how the face is found: `aligned` or `close` by landmarks, `haar`, `centre` or `whole` |
//! | `face_landmarks` | for `aligned`: where right eye, left eye, nose, right and left corner of the mouth lie in the face, as JSON, in pixels with the first pixel's centre at 0 |
//! | `face_side` | width and height of the picture that these pixels belong to |
//! | `face_margin` | for `haar`: side of the square, as a multiple of the detector's box |
//! | `face_square` | for `close`: where the square lies, by the landmarks |
//! | `similarity` | the formula from the Euclidean distance `d` of two embeddings |
//! | `similarity_weight`, `similarity_bias` | its numbers |
//! | `backbone_name`, `backbone_sha256` | the frozen network before this one, which is not in the file |
//!
//! Names of people and of data sets are left out.

use super::message::Entry;
use crate::model::Siamese;
use crate::model::checkpoint::CheckpointMetadata;
use crate::vision::align::Template;
use crate::vision::{Crop, Preparation, close};

/// All entries.
pub(super) fn entries(model: &Siamese, metadata: &CheckpointMetadata) -> Vec<Entry> {
    let mut entries = training(model, metadata);
    entries.extend(input(model.preparation()));
    entries.extend(similarity(model));
    if let Some(hash) = model.preparation().backbone {
        let name = model
            .backbone()
            .map_or_else(String::new, |known| known.name);
        entries.push(entry("backbone_name", name));
        entries.push(entry("backbone_sha256", hash));
    }
    entries
}

fn entry(key: &str, value: impl ToString) -> Entry {
    Entry {
        key: key.to_owned(),
        value: value.to_string(),
    }
}

fn training(model: &Siamese, metadata: &CheckpointMetadata) -> Vec<Entry> {
    let mut entries = vec![
        entry("preset", &metadata.preset),
        entry("members", model.members().len()),
        entry("epoch", metadata.epoch),
        entry("seed", metadata.seed),
    ];
    if !metadata.validation.is_empty() {
        entries.push(entry("validation_eer", metadata.val_eer));
        entries.push(entry("validation_auc", metadata.val_auc));
    }
    entries
}

fn input(preparation: &Preparation) -> Vec<Entry> {
    let (input, template) = match preparation.backbone {
        Some(_) => (
            "the embedding that the backbone gives of the face in colour, before any scaling, float32 [N, E]",
            Template::ARCFACE,
        ),
        None => (
            "the face in grey (0.299 R + 0.587 G + 0.114 B), black 0 and white 1, float32 [N, 1, 64, 64]",
            Template::grey(preparation.margin),
        ),
    };
    let mut entries = vec![
        entry("input", input),
        entry("face_crop", preparation.crop),
        entry("face_side", template.side),
    ];
    match preparation.crop {
        Crop::Aligned => {
            let points = template.points.map(|[x, y]| format!("[{x}, {y}]"));
            entries.push(entry("face_landmarks", format!("[{}]", points.join(", "))));
        }
        Crop::Haar => entries.push(entry("face_margin", preparation.margin)),
        Crop::Close => entries.push(entry("face_square", close_square())),
        Crop::Whole | Crop::Centre => {}
    }
    entries
}

fn close_square() -> String {
    format!(
        "its centre is that of m and n, the middles of the eyes and of the corners of the mouth; its side is {} · hypot(a, b), \
         a being the distance of the eyes and b that of m and n; a picture that is cut like this already is taken whole",
        close::SIDE
    )
}

fn similarity(model: &Siamese) -> Vec<Entry> {
    let (weight, bias) = match model.calibration() {
        Some(logistic) => (logistic.weight, logistic.bias),
        None => (f64::from(model.head().weight), f64::from(model.head().bias)),
    };
    vec![
        entry(
            "similarity",
            "1 / (1 + exp(-(similarity_weight * d + similarity_bias)))",
        ),
        entry("similarity_weight", weight),
        entry("similarity_bias", bias),
    ]
}
