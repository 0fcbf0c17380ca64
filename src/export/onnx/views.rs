//! From faces `[N, 1, 64, 64]` to what a member takes: its views, and the channels of each, `[V·N, C, 64, 64]`.
//!
//! Values have names by what they are, such as `zoom1.views.local_contrast`, and what is in the graph already is not added
//! again: members share their views and channels.

use super::FACES;
use super::graph::Graph;
use super::message::Attribute;
use crate::model::{
    Channel, InputSpec, PICTURE_FLOOR, TestTimeAugmentation, WINDOW_FLOOR, WINDOW_RADIUS,
};
use crate::vision::SIDE;
use crate::vision::warp::zoom_taps;

/// The axes of height and width.
const PICTURE: [i64; 2] = [2, 3];

/// What a member takes, `[V·N, C, 64, 64]`: the channels of all views of the faces.
pub(super) fn channels(
    graph: &mut Graph,
    spec: &InputSpec,
    augmentation: &TestTimeAugmentation,
) -> String {
    let views = views(graph, augmentation, spec.zoom);
    let each = spec
        .channels
        .iter()
        .map(|&kind| channel(graph, kind, &views));
    let each: Vec<String> = each.collect();
    let [first, ..] = &each[..] else {
        unreachable!("a network has at least one channel")
    };
    if each.len() == 1 {
        return first.clone();
    }
    let names: Vec<&str> = each.iter().map(String::as_str).collect();
    let name = format!("{}+", names.join("+"));
    graph.once(&name, |graph| graph.concat(&name, &names, 1))
}

/// The views of the faces, one behind another, all enlarged by `zoom` besides: `[V·N, 1, 64, 64]`.
fn views(graph: &mut Graph, augmentation: &TestTimeAugmentation, zoom: f32) -> String {
    let mut each = Vec::new();
    for own in &augmentation.zooms {
        let face = zoomed(graph, own * zoom);
        if augmentation.mirror {
            each.push(mirrored(graph, &face));
        }
        each.push(face);
    }
    if let [only] = &each[..] {
        return only.clone();
    }
    let names: Vec<&str> = each.iter().map(String::as_str).collect();
    let name = format!("zoom{zoom}.views");
    graph.once(&name, |graph| graph.concat(&name, &names, 0))
}

/// The faces enlarged about their centre: `R·x·Rᵀ`, where row `i` of `R` `[64, 64]` has the shares of the two rows between
/// which row `i` of the result lies.
fn zoomed(graph: &mut Graph, factor: f32) -> String {
    if factor == 1.0 {
        return FACES.to_owned();
    }
    let name = format!("zoom{factor}");
    graph.once(&name, |graph| {
        let mut rows = vec![0.0; SIDE * SIDE];
        for (to, (before, share)) in zoom_taps(factor).into_iter().enumerate() {
            rows[to * SIDE + before] = 1.0 - share;
            rows[to * SIDE + before + 1] = share;
        }
        let columns = (0..SIDE * SIDE).map(|at| rows[at % SIDE * SIDE + at / SIDE]);
        let columns = columns.collect();
        let columns = graph.weights(&format!("{name}.columns"), &[SIDE, SIDE], columns);
        let rows = graph.weights(&format!("{name}.rows"), &[SIDE, SIDE], rows);
        let across = graph.node("MatMul", &format!("{name}.across"), &[FACES, &columns]);
        graph.node("MatMul", &name, &[&rows, &across])
    })
}

/// Left and right exchanged.
fn mirrored(graph: &mut Graph, face: &str) -> String {
    let name = format!("{face}.mirrored");
    graph.once(&name, |graph| {
        let from_right: Vec<i64> = (0..SIDE as i64).rev().collect();
        let from_right = graph.ints(&from_right);
        let along = vec![Attribute::int("axis", 3)];
        graph.named("Gather", &name, &[face, &from_right], along)
    })
}

/// One channel of pictures `[N, 1, 64, 64]`, by the definitions of [`Channel`].
fn channel(graph: &mut Graph, kind: Channel, x: &str) -> String {
    match kind {
        Channel::Grey => x.to_owned(),
        Channel::Raw => {
            let name = format!("{x}.raw");
            let half = graph.scalar(0.5);
            graph.once(&name, |graph| graph.node("Sub", &name, &[x, &half]))
        }
        Channel::Standardized => {
            let name = format!("{x}.standardized");
            graph.once(&name, |graph| standardized(graph, x, &name))
        }
        Channel::LocalContrast => {
            let name = format!("{x}.local_contrast");
            graph.once(&name, |graph| local_contrast(graph, x, &name))
        }
    }
}

/// `(x − mean) / (σ + 0.001)` over the whole picture.
fn standardized(graph: &mut Graph, x: &str, name: &str) -> String {
    let value = |what: &str| format!("{name}.{what}");
    let mean = graph.reduce("ReduceMean", &value("mean"), x, &PICTURE, true);
    let centred = graph.node("Sub", &value("centred"), &[x, &mean]);
    let squares = graph.node("Mul", &value("squares"), &[&centred, &centred]);
    let variance = graph.reduce("ReduceMean", &value("variance"), &squares, &PICTURE, true);
    divided_by_deviation(graph, &centred, &variance, PICTURE_FLOOR, name)
}

/// `(x − m) / (σ + 0.03)` over the window around each pixel; pixels outside the picture do not count.
fn local_contrast(graph: &mut Graph, x: &str, name: &str) -> String {
    let value = |what: &str| format!("{name}.{what}");
    let mean = window_mean(graph, x, &value("mean"));
    let squares = graph.node("Mul", &value("squares"), &[x, x]);
    let mean_square = window_mean(graph, &squares, &value("mean_square"));
    let square_mean = graph.node("Mul", &value("square_mean"), &[&mean, &mean]);
    let rounded = graph.node("Sub", &value("rounded"), &[&mean_square, &square_mean]);
    // Rounding can leave a tiny negative variance.
    let variance = graph.node("Relu", &value("variance"), &[&rounded]);
    let centred = graph.node("Sub", &value("centred"), &[x, &mean]);
    divided_by_deviation(graph, &centred, &variance, WINDOW_FLOOR, name)
}

fn window_mean(graph: &mut Graph, x: &str, name: &str) -> String {
    let (side, margin) = (2 * WINDOW_RADIUS as i64 + 1, WINDOW_RADIUS as i64);
    let attributes = vec![
        Attribute::ints("kernel_shape", &[side, side]),
        Attribute::ints("pads", &[margin; 4]),
        Attribute::ints("strides", &[1, 1]),
        Attribute::int("count_include_pad", 0),
    ];
    graph.named("AveragePool", name, &[x], attributes)
}

fn divided_by_deviation(
    graph: &mut Graph,
    centred: &str,
    variance: &str,
    floor: f32,
    name: &str,
) -> String {
    let deviation = graph.node("Sqrt", &format!("{name}.deviation"), &[variance]);
    let floor = graph.scalar(floor);
    let scale = graph.node("Add", &format!("{name}.scale"), &[&deviation, &floor]);
    graph.node("Div", name, &[centred, &scale])
}
