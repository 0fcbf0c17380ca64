//! A graph of operators, built one after another.

use super::message::{
    Attribute, Dimension, FLOAT, GraphMessage, INT64, Node, Shape, Tensor, TensorType, Type,
    ValueInfo,
};

/// Operators and weights so far. A value is known by its name, which is that of the operator that gives it.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    weights: Vec<Tensor>,
}

/// An input or output of the file, for any number of faces.
pub(super) struct Port {
    name: &'static str,
    /// Without the first dimension.
    shape: Vec<usize>,
}

impl Port {
    /// float32 `[N, …]`.
    pub(super) fn new(name: &'static str, shape: &[usize]) -> Self {
        let shape = shape.to_vec();
        Self { name, shape }
    }

    fn into_info(self) -> ValueInfo {
        let free = Dimension {
            value: None,
            parameter: Some("N".to_owned()),
        };
        let fixed = self.shape.iter().map(|&size| Dimension {
            value: Some(size as i64),
            parameter: None,
        });
        let dim = std::iter::once(free).chain(fixed).collect();
        let tensor = TensorType {
            elem_type: FLOAT,
            shape: Some(Shape { dim }),
        };
        ValueInfo {
            name: self.name.to_owned(),
            kind: Some(Type {
                tensor_type: Some(tensor),
            }),
        }
    }
}

impl Graph {
    /// An operator without attributes; returns the name of its output.
    pub(super) fn node(&mut self, kind: &str, name: &str, inputs: &[&str]) -> String {
        self.named(kind, name, inputs, Vec::new())
    }

    /// An operator; returns the name of its output.
    pub(super) fn named(
        &mut self,
        kind: &str,
        name: &str,
        inputs: &[&str],
        attribute: Vec<Attribute>,
    ) -> String {
        self.nodes.push(Node {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: kind.to_owned(),
            attribute,
        });
        name.to_owned()
    }

    /// The value of this name, which `add` gives if it is not there yet.
    pub(super) fn once(&mut self, name: &str, add: impl FnOnce(&mut Self) -> String) -> String {
        match self.nodes.iter().any(|node| node.name == name) {
            true => name.to_owned(),
            false => add(self),
        }
    }

    /// A reduction over some axes, which stay as dimensions of size 1 if they are `kept`.
    pub(super) fn reduce(
        &mut self,
        kind: &str,
        name: &str,
        value: &str,
        axes: &[i64],
        kept: bool,
    ) -> String {
        let attributes = vec![
            Attribute::ints("axes", axes),
            Attribute::int("keepdims", i64::from(kept)),
        ];
        self.named(kind, name, &[value], attributes)
    }

    /// Values one behind another along an axis.
    pub(super) fn concat(&mut self, name: &str, values: &[&str], axis: i64) -> String {
        self.named("Concat", name, values, vec![Attribute::int("axis", axis)])
    }

    /// A constant array of this shape.
    pub(super) fn weights(&mut self, name: &str, shape: &[usize], values: Vec<f32>) -> String {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, shape, FLOAT, raw)
    }

    /// A constant number.
    pub(super) fn scalar(&mut self, value: f32) -> String {
        self.weights(&format!("constant.{value:e}"), &[], vec![value])
    }

    /// A constant list of whole numbers.
    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        let words: Vec<String> = values.iter().map(i64::to_string).collect();
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(
            &format!("constant.[{}]", words.join(",")),
            &[values.len()],
            INT64,
            raw,
        )
    }

    /// Constants of one name are the same.
    fn constant(&mut self, name: &str, shape: &[usize], data_type: i32, raw: Vec<u8>) -> String {
        if !self.weights.iter().any(|known| known.name == name) {
            self.weights.push(Tensor {
                dims: shape.iter().map(|&size| size as i64).collect(),
                data_type,
                name: name.to_owned(),
                raw_data: raw,
            });
        }
        name.to_owned()
    }

    /// The whole graph.
    pub(super) fn finish(self, name: &str, input: Port, output: Port) -> GraphMessage {
        GraphMessage {
            node: self.nodes,
            name: match name {
                "" => "network".to_owned(),
                name => name.to_owned(),
            },
            initializer: self.weights,
            input: vec![input.into_info()],
            output: vec![output.into_info()],
        }
    }
}
