//! A trained network as an ONNX file, as the recogniser computes it.
//!
//! ```text
//! faces [N, 1, 64, 64] ─┬─ zoomed, mirrored [V·N, 1, 64, 64] ── channels [V·N, C, 64, 64] ── layers [V·N, E] ──┐
//!                       │                                                   mean over the V views, whitening ──┤ 1/√M
//!                       └─ the other members ──────────────────────────────────────────────────────────────────┤
//!                                                                               embeddings [N, M·E] ◄── joined ┘
//! ```
//!
//! The graph begins with the prepared face: grey values from 0 (black) to 1 (white), as [`Face::pixels`] holds them. How a photo
//! becomes such a face is stated in the metadata of the file (`metadata`). A network on a backbone is exported without it, and
//! takes the backbone's features `[N, E]`; the metadata names the backbone and its SHA-256.
//!
//! Operators and the layout of the file are those of opset 17 (<https://onnx.ai/onnx/operators/>). Batch normalisation stays a
//! layer of its own, by its running averages, so that the file can be read as a network; runtimes fold it themselves.
//!
//! ```
//! let saved = twinsight::model::pretrained();
//! let file = twinsight::export::onnx::encode(&saved.model, &saved.metadata);
//! // The first field of the message is the version of the format.
//! assert_eq!(file[..2], [0x08, 8]);
//! ```
//!
//! [`Face::pixels`]: crate::vision::Face::pixels

mod graph;
mod layers;
mod message;
mod metadata;
mod views;

use prost::Message;

use crate::model::checkpoint::CheckpointMetadata;
use crate::model::{FaceInput, Siamese, TestTimeAugmentation, Tower, Whitening};
use crate::nn::spec::LayerSpec;
use crate::vision::SIDE;
use graph::{Graph, Port};
use message::{Model, OperatorSet};

/// The name of the input of a network that takes faces, float32 `[N, 1, 64, 64]`.
pub const FACES: &str = "faces";
/// The name of the input of a network on a backbone, float32 `[N, E]`.
pub const FEATURES: &str = "features";
/// The name of the output, float32 `[N, D]`.
pub const EMBEDDINGS: &str = "embeddings";

/// The version of ONNX's operators.
const OPSET: i64 = 17;
/// The version of ONNX's file format that came with this opset.
const IR_VERSION: i64 = 8;

/// The bytes of an ONNX file that computes what [`Siamese::embed`] does.
pub fn encode(model: &Siamese, metadata: &CheckpointMetadata) -> Vec<u8> {
    let mut graph = Graph::default();
    let members: Vec<String> = model
        .members()
        .iter()
        .enumerate()
        .map(|(index, tower)| {
            let prefix = format!("member{}", index + 1);
            member(&mut graph, tower, model.augmentation(), &prefix)
        })
        .collect();
    join(&mut graph, &members);
    let sizes = model.members().iter().map(|m| m.network().embedding());
    let output = Port::new(EMBEDDINGS, &[sizes.sum()]);
    let input = match model.members()[0].input() {
        FaceInput::Pixels(_) => Port::new(FACES, &[1, SIDE, SIDE]),
        FaceInput::Features(size) => Port::new(FEATURES, &[*size]),
    };
    let file = Model {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph.finish(&metadata.preset, input, output)),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: metadata::entries(model, metadata),
    };
    file.encode_to_vec()
}

/// One member, from the input of the file to its embeddings `[N, E]`; returns the name of these.
fn member(
    graph: &mut Graph,
    tower: &Tower,
    augmentation: &TestTimeAugmentation,
    prefix: &str,
) -> String {
    let (input, count) = match tower.input() {
        FaceInput::Pixels(spec) => {
            let channels = views::channels(graph, spec, augmentation);
            (channels, augmentation.count())
        }
        // A backbone's features have no other views.
        FaceInput::Features(_) => (FEATURES.to_owned(), 1),
    };
    let mut value = layers::network(graph, tower.network(), &input, prefix);
    if count > 1 {
        value = mean_of_views(graph, tower, &value, count, prefix);
    }
    match tower.whitening() {
        Some(whitening) => whitened(graph, whitening, &value, prefix),
        None => value,
    }
}

/// `[V·N, E]` → `[N, E]`: the mean over the views of each face, of length 1 if the network's embeddings are.
fn mean_of_views(
    graph: &mut Graph,
    tower: &Tower,
    value: &str,
    count: usize,
    prefix: &str,
) -> String {
    let size = tower.network().embedding();
    let shape = graph.ints(&[count as i64, -1, size as i64]);
    let by_view = graph.node("Reshape", &format!("{prefix}.by_view"), &[value, &shape]);
    let mean = graph.reduce(
        "ReduceMean",
        &format!("{prefix}.mean_of_views"),
        &by_view,
        &[0],
        false,
    );
    match tower.network().spec().layers.last() {
        Some(LayerSpec::UnitNorm) => layers::unit_norm(graph, &mean, &format!("{prefix}.mean")),
        _ => mean,
    }
}

/// The whitening of embeddings `[N, E]`: centred, turned, and scaled to length 1.
fn whitened(graph: &mut Graph, whitening: &Whitening, value: &str, prefix: &str) -> String {
    let (mean, axes) = whitening.parts();
    let size = mean.len();
    let name = format!("{prefix}.whitening");
    let mean = graph.weights(&format!("{name}.mean"), &[size], mean.to_vec());
    // The product is from the left here and from the right in the file.
    let turned = (0..size * size).map(|at| axes[at % size * size + at / size]);
    let axes = graph.weights(&format!("{name}.axes"), &[size, size], turned.collect());
    let centred = graph.node("Sub", &format!("{name}.centred"), &[value, &mean]);
    let turned = graph.node("MatMul", &format!("{name}.turned"), &[&centred, &axes]);
    layers::divided_by_length(graph, &turned, f32::MIN_POSITIVE, &name)
}

/// The embeddings of all members, concatenated, each divided by the root of their number.
fn join(graph: &mut Graph, members: &[String]) {
    if let [only] = members {
        graph.named("Identity", EMBEDDINGS, &[only], Vec::new());
        return;
    }
    let all: Vec<&str> = members.iter().map(String::as_str).collect();
    let joined = graph.concat("joined", &all, 1);
    let share = graph.scalar((members.len() as f32).sqrt().recip());
    graph.named("Mul", EMBEDDINGS, &[&joined, &share], Vec::new());
}

#[cfg(test)]
mod tests;
