//! What an ONNX file consists of, without its weights: operators, shapes, names.
//!
//! The field numbers are those of ONNX's `onnx.proto3`. Reading has a fixed depth: sub-graphs and types other than tensors,
//! the two places where the format nests without end, are refused.

use std::collections::HashMap;

use super::OnnxError;
use super::error::shown;
use super::limits;
use super::limits::MAX_ITEMS;
use super::wire::{Fields, Value};

/// The most pieces in which the values of one tensor may come; writers use one.
const MAX_UNPACKED: usize = 1024;

/// A network's graph.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    pub(super) operators: Vec<Operator<'a>>,
    pub(super) weights: HashMap<&'a str, Weights>,
    /// Without those that are weights.
    pub(super) inputs: Vec<Port<'a>>,
    pub(super) outputs: Vec<Port<'a>>,
}

/// One operator.
#[derive(Debug, Default)]
pub(super) struct Operator<'a> {
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) attributes: HashMap<&'a str, Attribute>,
}

/// An attribute's value; floating-point numbers and texts do not matter for shapes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Weights(Weights),
    Text(String),
    Other,
}

/// Shape of a constant tensor, and its values where it is a short list of integers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Weights {
    pub(super) shape: Vec<usize>,
    pub(super) ints: Option<Vec<i64>>,
}

/// An input or output of the network; `None` stands for a dimension without a fixed size.
#[derive(Debug, Default)]
pub(super) struct Port<'a> {
    pub(super) name: &'a str,
    pub(super) shape: Vec<Option<u64>>,
}

impl Operator<'_> {
    /// An integer attribute, or what ONNX says it is when it is left out.
    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        match self.attributes.get(name) {
            Some(Attribute::Int(value)) => *value,
            _ => default,
        }
    }

    /// A list of integers.
    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.attributes.get(name) {
            Some(Attribute::Ints(values)) => Some(values),
            _ => None,
        }
    }

    /// The error that this operator is invalid.
    pub(super) fn invalid(&self, why: &'static str) -> OnnxError {
        let name = match self.name {
            "" => self.outputs.first().copied().unwrap_or(""),
            name => name,
        };
        OnnxError::operator(self.kind, name, why)
    }
}

impl<'a> Outline<'a> {
    /// Reads a `ModelProto`.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, OnnxError> {
        let mut fields = Fields::new(file);
        let mut graph = None;
        let mut has_version = false;
        let mut notes = 0;
        while let Some((number, value)) = fields.next()? {
            notes += 1;
            if notes > limits::MAX_WEIGHTS {
                return Err(OnnxError::TooMany("notes"));
            }
            match number {
                1 => has_version = value.int().is_ok(),
                7 if graph.is_some() => return Err(OnnxError::NotOnnx),
                7 => graph = Some(value.bytes()?),
                25 => return Err(OnnxError::Unsupported("local functions".into())),
                _ => {}
            }
        }
        match graph {
            Some(graph) if has_version => Self::read_graph(graph),
            _ => Err(OnnxError::NotOnnx),
        }
    }

    fn read_graph(graph: &'a [u8]) -> Result<Self, OnnxError> {
        let mut outline = Self::default();
        let mut described = 0;
        let mut fields = Fields::new(graph);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => outline.operators.push(operator(value.bytes()?)?),
                5 => {
                    let (name, weights) = tensor(value.bytes()?)?;
                    if outline.weights.insert(name, weights).is_some() {
                        return Err(OnnxError::Weights(shown(name)));
                    }
                }
                11 => push(
                    &mut outline.inputs,
                    port(value.bytes()?)?,
                    limits::MAX_WEIGHTS,
                )?,
                12 => push(&mut outline.outputs, port(value.bytes()?)?, MAX_ITEMS)?,
                13 => {
                    port(value.bytes()?)?;
                    described += 1;
                }
                15 => return Err(OnnxError::Unsupported("sparse weights".into())),
                _ => {}
            }
            if outline.operators.len() > limits::MAX_OPERATORS {
                return Err(OnnxError::TooMany("operators"));
            }
            if outline.weights.len().max(described) > limits::MAX_WEIGHTS {
                return Err(OnnxError::TooMany("weights or values"));
            }
        }
        let Self {
            inputs, weights, ..
        } = &mut outline;
        inputs.retain(|input| !weights.contains_key(input.name));
        Ok(outline)
    }
}

fn push<T>(list: &mut Vec<T>, item: T, most: usize) -> Result<(), OnnxError> {
    list.push(item);
    if list.len() > most {
        return Err(OnnxError::TooMany("inputs or outputs"));
    }
    Ok(())
}

/// Reads a `NodeProto`.
fn operator(message: &[u8]) -> Result<Operator<'_>, OnnxError> {
    let mut read = Operator::default();
    let mut attributes = 0;
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => push(&mut read.inputs, value.text()?, MAX_ITEMS)?,
            2 => push(&mut read.outputs, value.text()?, MAX_ITEMS)?,
            3 => read.name = value.text()?,
            4 => read.kind = value.text()?,
            5 => {
                let (name, attribute) = attribute(value.bytes()?)?;
                read.attributes.insert(name, attribute);
                attributes += 1;
                if attributes > MAX_ITEMS {
                    return Err(OnnxError::TooMany("attributes"));
                }
            }
            7 if !matches!(value.text()?, "" | "ai.onnx") => {
                return Err(OnnxError::Unsupported(format!(
                    "operators of {}",
                    shown(value.text()?)
                )));
            }
            _ => {}
        }
    }
    Ok(read)
}

/// Reads an `AttributeProto`.
fn attribute(message: &[u8]) -> Result<(&str, Attribute), OnnxError> {
    let mut name = "";
    let mut read = Attribute::Other;
    let mut ints = Vec::new();
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => name = value.text()?,
            3 => read = Attribute::Int(value.int()?),
            4 => read = Attribute::Text(shown(&String::from_utf8_lossy(value.bytes()?))),
            5 => read = Attribute::Weights(tensor(value.bytes()?)?.1),
            8 => {
                value.ints_into(&mut ints, MAX_ITEMS)?;
                read = Attribute::Ints(Vec::new());
            }
            9 => return Err(OnnxError::Unsupported("lists of texts".into())),
            6 | 10 | 11 => return Err(OnnxError::Unsupported("graphs within operators".into())),
            14 | 15 | 22 | 23 => return Err(OnnxError::Unsupported("types as attributes".into())),
            _ => {}
        }
    }
    match read {
        Attribute::Ints(_) => Ok((name, Attribute::Ints(ints))),
        read => Ok((name, read)),
    }
}

/// Bytes of a value of one of ONNX's element types that weights may have, and the number of the field of `TensorProto`
/// that holds values of that type when they are not raw, with the size of one in that field (0: a varint).
fn element(data_type: i64) -> Option<(usize, u64, usize)> {
    Some(match data_type {
        1 => (4, 4, 4),         // float
        2 | 3 | 9 => (1, 5, 0), // uint8, int8, bool
        6 => (4, 5, 0),         // int32
        7 => (8, 7, 0),         // int64
        10 => (2, 5, 0),        // float16
        11 => (8, 10, 8),       // double
        _ => return None,
    })
}

/// Reads a `TensorProto` and compares the number of its values with its shape.
fn tensor(message: &[u8]) -> Result<(&str, Weights), OnnxError> {
    let mut name = "";
    let (mut dims, mut data_type) = (Vec::new(), 0);
    let mut raw: Option<&[u8]> = None;
    let mut typed: Vec<(u64, Value<'_>)> = Vec::new();
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => value.ints_into(&mut dims, limits::MAX_RANK)?,
            2 => data_type = value.int()?,
            4 | 5 | 7 | 10 if typed.len() < MAX_UNPACKED => typed.push((number, value)),
            4 | 5 | 7 | 10 => return Err(OnnxError::Unsupported("unpacked weights".into())),
            8 => name = value.text()?,
            9 if raw.is_some() => return Err(OnnxError::NotOnnx),
            9 => raw = Some(value.bytes()?),
            14 if value.int()? == 0 => {}
            13 | 14 => return Err(OnnxError::Unsupported("weights in other files".into())),
            _ => {}
        }
    }
    let wrong = || OnnxError::Weights(shown(name));
    let unsupported = || OnnxError::Unsupported(format!("weights of ONNX's data type {data_type}"));
    let (size, field, packed) = element(data_type).ok_or_else(unsupported)?;
    let dim = |dim: &i64| usize::try_from(*dim).map_err(|_| wrong());
    let shape = dims.iter().map(dim).collect::<Result<Vec<_>, _>>()?;
    let values = shape
        .iter()
        .try_fold(1_u64, |n, d| n.checked_mul(*d as u64));
    let values = values.ok_or_else(wrong)?;
    let found = match raw {
        Some(raw) if typed.is_empty() && raw.len() % size == 0 => (raw.len() / size) as u64,
        Some(_) => return Err(wrong()),
        None => {
            let mut found = 0;
            for (number, value) in &typed {
                if *number != field {
                    return Err(wrong());
                }
                found += value.count(packed)?;
            }
            found
        }
    };
    if found != values {
        return Err(wrong());
    }
    let short = data_type == 7 && values <= MAX_ITEMS as u64;
    let ints = match raw {
        Some(raw) if short => Some(raw.chunks_exact(8).map(int64).collect()),
        None if short => {
            let mut ints = Vec::new();
            for (_, value) in &typed {
                value.ints_into(&mut ints, MAX_ITEMS)?;
            }
            Some(ints)
        }
        _ => None,
    };
    Ok((name, Weights { shape, ints }))
}

fn int64(bytes: &[u8]) -> i64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(bytes);
    i64::from_le_bytes(eight)
}

/// Reads a `ValueInfoProto`.
fn port(message: &[u8]) -> Result<Port<'_>, OnnxError> {
    let mut read = Port::default();
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => read.name = value.text()?,
            2 => read.shape = tensor_type(value.bytes()?)?,
            _ => {}
        }
    }
    Ok(read)
}

/// Reads the shape in a `TypeProto`.
fn tensor_type(message: &[u8]) -> Result<Vec<Option<u64>>, OnnxError> {
    let mut shape = Vec::new();
    let mut types = Fields::new(message);
    while let Some((number, value)) = types.next()? {
        match number {
            1 => {
                let mut tensor = Fields::new(value.bytes()?);
                while let Some((number, value)) = tensor.next()? {
                    if number == 2 {
                        shape = dimensions(value.bytes()?)?;
                    }
                }
            }
            // A note for people.
            6 => {}
            _ => return Err(OnnxError::Unsupported("values that are no tensors".into())),
        }
    }
    Ok(shape)
}

/// Reads a `TensorShapeProto`.
fn dimensions(message: &[u8]) -> Result<Vec<Option<u64>>, OnnxError> {
    let mut shape = Vec::new();
    let mut dims = Fields::new(message);
    while let Some((number, value)) = dims.next()? {
        if number == 1 {
            let mut size = None;
            let mut dim = Fields::new(value.bytes()?);
            while let Some((number, value)) = dim.next()? {
                if number == 1 {
                    size = u64::try_from(value.int()?).ok();
                }
            }
            shape.push(size);
            if shape.len() > limits::MAX_RANK {
                return Err(OnnxError::TooMany("dimensions"));
            }
        }
    }
    Ok(shape)
}
