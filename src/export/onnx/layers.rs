//! The layers of a network.
//!
//! Twinsight's maps are `[N, H, W, C]`, channels last, and ONNX's `[N, C, H, W]`. Weights are turned when they are written.
//! Where a layer takes the values of a map in a row, a transposition restores the order of the weights.

use super::graph::Graph;
use super::message::Attribute;
use crate::nn::batch_norm;
use crate::nn::network::Network;
use crate::nn::spec::{Extent, LayerPlan, LayerSpec};
use crate::nn::unit_norm::EPSILON;

/// A value and its layout.
struct Value {
    name: String,
    /// Whether it is a map `[N, C, H, W]`; otherwise a row `[N, H·W·C]`.
    is_map: bool,
}

/// The layers of a network after `input`, which is `[N, C, H, W]`, or `[N, E]` for features; returns the name of the
/// embeddings `[N, E]`.
pub(super) fn network(graph: &mut Graph, network: &Network, input: &str, prefix: &str) -> String {
    let Extent { height, width, .. } = network.input();
    let mut value = Value {
        name: input.to_owned(),
        is_map: height * width > 1,
    };
    for (index, plan) in network.plan().iter().enumerate() {
        let name = format!("{prefix}.{}{}", plan.layer.name(), index + 1);
        let arrays = Arrays {
            network,
            layer: format!("{}{}", plan.layer.name(), index + 1),
        };
        value = layer(graph, plan, value, &arrays, &name);
    }
    let extent = network
        .plan()
        .last()
        .map_or(network.input(), |plan| plan.output);
    as_row(graph, value, extent, prefix).name
}

/// The arrays of one layer, by what they are.
struct Arrays<'a> {
    network: &'a Network,
    layer: String,
}

impl Arrays<'_> {
    fn get(&self, what: &str) -> &[f32] {
        let name = format!("{}.{what}", self.layer);
        let parameter = self.network.parameters().iter().find(|p| p.name == name);
        let buffer = || self.network.buffers().iter().find(|b| b.name == name);
        match parameter {
            Some(parameter) => &parameter.value,
            None => &buffer().expect("a layer has the arrays of its kind").value,
        }
    }
}

fn layer(graph: &mut Graph, plan: &LayerPlan, x: Value, arrays: &Arrays<'_>, name: &str) -> Value {
    let extent = plan.input;
    match plan.layer {
        // In inference it does nothing.
        LayerSpec::Dropout { .. } => x,
        LayerSpec::Conv { filters, kernel } => {
            let x = as_map(graph, x, extent, name);
            let inputs = extent.channels;
            map(conv(graph, &x, arrays, [kernel, inputs, filters], name))
        }
        LayerSpec::MaxPool => {
            let x = as_map(graph, x, extent, name);
            let attributes = vec![
                Attribute::ints("kernel_shape", &[2, 2]),
                Attribute::ints("strides", &[2, 2]),
            ];
            map(graph.named("MaxPool", name, &[&x.name], attributes))
        }
        LayerSpec::GlobalAveragePool => {
            let x = as_map(graph, x, extent, name);
            map(graph.node("GlobalAveragePool", name, &[&x.name]))
        }
        LayerSpec::BatchNorm => {
            let x = as_map(graph, x, extent, name);
            map(normalised(graph, &x, arrays, extent.channels, name))
        }
        LayerSpec::Relu => Value {
            name: graph.node("Relu", name, &[&x.name]),
            ..x
        },
        LayerSpec::Dense { units } => {
            let x = as_row(graph, x, extent, name);
            let shape = [extent.features(), units];
            let weight = arrays.get("weight").to_vec();
            let weight = graph.weights(&format!("{name}.weight"), &shape, weight);
            let bias = arrays.get("bias").to_vec();
            let bias = graph.weights(&format!("{name}.bias"), &[units], bias);
            row(graph.node("Gemm", name, &[&x.name, &weight, &bias]))
        }
        LayerSpec::ResidualDense => {
            let x = as_row(graph, x, extent, name);
            let size = extent.features();
            let weight = arrays.get("weight").to_vec();
            let weight = graph.weights(&format!("{name}.weight"), &[size, size], weight);
            let product = graph.node("MatMul", &format!("{name}.product"), &[&x.name, &weight]);
            row(graph.node("Add", name, &[&x.name, &product]))
        }
        LayerSpec::UnitNorm => {
            let x = as_row(graph, x, extent, name);
            row(unit_norm(graph, &x.name, name))
        }
    }
}

fn map(name: String) -> Value {
    Value { name, is_map: true }
}

fn row(name: String) -> Value {
    Value {
        name,
        is_map: false,
    }
}

/// The value as a map `[N, C, H, W]`.
fn as_map(graph: &mut Graph, x: Value, extent: Extent, name: &str) -> Value {
    if x.is_map {
        return x;
    }
    let shape = [extent.height, extent.width, extent.channels].map(|size| size as i64);
    let shape = graph.ints(&[-1, shape[0], shape[1], shape[2]]);
    let last = graph.node(
        "Reshape",
        &format!("{name}.channels_last"),
        &[&x.name, &shape],
    );
    let order = vec![Attribute::ints("perm", &[0, 3, 1, 2])];
    map(graph.named("Transpose", &format!("{name}.map"), &[&last], order))
}

/// The value as a row `[N, H·W·C]`.
fn as_row(graph: &mut Graph, x: Value, extent: Extent, name: &str) -> Value {
    if !x.is_map {
        return x;
    }
    let order = vec![Attribute::ints("perm", &[0, 2, 3, 1])];
    let last = format!("{name}.channels_last");
    let last = graph.named("Transpose", &last, &[&x.name], order);
    let shape = graph.ints(&[-1, extent.features() as i64]);
    row(graph.node("Reshape", &format!("{name}.row"), &[&last, &shape]))
}

/// A 'same' convolution by Keras' rule: of `K − 1` zeros `(K − 1)/2` come before the first row and column.
fn conv(
    graph: &mut Graph,
    x: &Value,
    arrays: &Arrays<'_>,
    [kernel, inputs, outputs]: [usize; 3],
    name: &str,
) -> String {
    let from = arrays.get("weight");
    // [K, K, I, O] → [O, I, K, K]
    let mut turned = Vec::with_capacity(from.len());
    for output in 0..outputs {
        for input in 0..inputs {
            let place = |at: usize| from[(at * inputs + input) * outputs + output];
            turned.extend((0..kernel * kernel).map(place));
        }
    }
    let shape = [outputs, inputs, kernel, kernel];
    let weight = graph.weights(&format!("{name}.weight"), &shape, turned);
    let bias = arrays.get("bias").to_vec();
    let bias = graph.weights(&format!("{name}.bias"), &[outputs], bias);
    let before = (kernel as i64 - 1) / 2;
    let after = kernel as i64 - 1 - before;
    let attributes = vec![
        Attribute::ints("kernel_shape", &[kernel as i64; 2]),
        Attribute::ints("pads", &[before, before, after, after]),
    ];
    graph.named("Conv", name, &[&x.name, &weight, &bias], attributes)
}

/// Batch normalisation by the running averages.
fn normalised(
    graph: &mut Graph,
    x: &Value,
    arrays: &Arrays<'_>,
    channels: usize,
    name: &str,
) -> String {
    let [scale, shift, mean, variance] = ["scale", "shift", "mean", "variance"].map(|what| {
        let values = arrays.get(what).to_vec();
        graph.weights(&format!("{name}.{what}"), &[channels], values)
    });
    let inputs = [&*x.name, &scale, &shift, &mean, &variance];
    let epsilon = vec![Attribute::float("epsilon", batch_norm::EPSILON)];
    graph.named("BatchNormalization", name, &inputs, epsilon)
}

/// Rows `[N, E]` scaled to length 1.
pub(super) fn unit_norm(graph: &mut Graph, x: &str, name: &str) -> String {
    divided_by_length(graph, x, EPSILON.sqrt(), name)
}

/// Rows `[N, E]` divided by their length, which counts as `least` where it is less.
pub(super) fn divided_by_length(graph: &mut Graph, x: &str, least: f32, name: &str) -> String {
    let length = graph.reduce("ReduceL2", &format!("{name}.length"), x, &[1], true);
    let least = graph.scalar(least);
    let length = graph.node("Max", &format!("{name}.divisor"), &[&length, &least]);
    graph.node("Div", name, &[x, &length])
}
