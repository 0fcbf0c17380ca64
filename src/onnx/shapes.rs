//! The shape of each value of a network, and whether one run of it stays within [`limits`].
//!
//! `rten` allocates whatever the operators ask for. A file of 40 MB can ask for 500 GB: one 1 × 1 convolution with ten
//! million channels. So an untrusted file's shapes are computed here first, from the fixed shape of the input, by the
//! rules of <https://onnx.ai/onnx/operators/>. Operators that are not listed are refused: of an operator whose output is
//! unknown nothing can be promised.

use std::collections::HashMap;

use super::OnnxError;
use super::error::shown;
use super::geometry::windows;
use super::limits;
use super::outline::{Attribute, Operator, Outline, Weights};

/// Shapes by name, and the cost so far.
struct Walk<'a> {
    values: HashMap<&'a str, Weights>,
    elements: u64,
    multiplications: u64,
}

/// Computes all shapes for an input of the given shape and answers that of the first output.
///
/// # Errors
/// On an operator that is unknown or invalid, and where the network is too costly.
pub(super) fn output_shape(
    outline: &Outline<'_>,
    input: &[usize],
) -> Result<Vec<usize>, OnnxError> {
    let mut walk = Walk {
        values: HashMap::new(),
        elements: 0,
        multiplications: 0,
    };
    for (name, weights) in &outline.weights {
        walk.keep(name, weights.clone())?;
    }
    let port = outline.inputs.first().map_or("", |port| port.name);
    walk.keep(
        port,
        Weights {
            shape: input.to_vec(),
            ints: None,
        },
    )?;
    for operator in &outline.operators {
        let (result, multiplications) = walk.result(operator)?;
        walk.multiplications = walk.multiplications.saturating_add(multiplications);
        if walk.multiplications > limits::MAX_MULTIPLICATIONS {
            return Err(OnnxError::TooCostly("long"));
        }
        for name in operator.outputs.iter().filter(|name| !name.is_empty()) {
            walk.keep(name, result.clone())?;
        }
    }
    let output = outline.outputs.first().map_or("", |port| port.name);
    match walk.values.remove(output) {
        Some(value) => Ok(value.shape),
        None => Err(OnnxError::Unsupported(
            "an output that nothing computes".into(),
        )),
    }
}

fn count(shape: &[usize]) -> u64 {
    shape
        .iter()
        .fold(1, |n: u64, d| n.saturating_mul(*d as u64))
}

/// A shape without known values.
fn of(shape: Vec<usize>) -> Weights {
    Weights { shape, ints: None }
}

impl<'a> Walk<'a> {
    fn keep(&mut self, name: &'a str, value: Weights) -> Result<(), OnnxError> {
        self.elements = self.elements.saturating_add(count(&value.shape));
        if self.elements > limits::MAX_VALUES {
            return Err(OnnxError::TooCostly("much memory"));
        }
        if value.shape.len() > limits::MAX_RANK {
            return Err(OnnxError::TooMany("dimensions"));
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// The operand with a number, which must have been computed before.
    fn operand(&self, operator: &Operator<'a>, index: usize) -> Result<&Weights, OnnxError> {
        let name = operator.inputs.get(index).copied().unwrap_or("");
        let missing = || operator.invalid("an operand is missing or computed later");
        self.values.get(name).ok_or_else(missing)
    }

    /// Integers that are known without a run: an operand, or the attribute that older versions of ONNX have instead.
    fn known(
        &self,
        operator: &Operator<'a>,
        index: usize,
        attribute: &str,
    ) -> Result<Option<Vec<i64>>, OnnxError> {
        if let Some(values) = operator.ints(attribute) {
            return Ok(Some(values.to_vec()));
        }
        match operator.inputs.get(index) {
            None | Some(&"") => Ok(None),
            Some(_) => {
                let unknown = || operator.invalid("its sizes depend on the picture");
                let ints = self.operand(operator, index)?.ints.clone();
                ints.map(Some).ok_or_else(unknown)
            }
        }
    }

    /// The value of an operator's outputs, and its multiplications.
    fn result(&self, operator: &Operator<'a>) -> Result<(Weights, u64), OnnxError> {
        if operator.kind == "Constant" {
            return match operator.attributes.get("value") {
                Some(Attribute::Weights(weights)) => Ok((weights.clone(), 0)),
                _ => Err(operator.invalid("it has no tensor")),
            };
        }
        let first = self.operand(operator, 0)?;
        let shape = &first.shape;
        let cheap = |shape: Vec<usize>| {
            let n = count(&shape);
            Ok((of(shape), n))
        };
        match operator.kind {
            "Relu"
            | "LeakyRelu"
            | "Sigmoid"
            | "HardSigmoid"
            | "HardSwish"
            | "Tanh"
            | "Clip"
            | "Elu"
            | "Gelu"
            | "Erf"
            | "Exp"
            | "Log"
            | "Sqrt"
            | "Neg"
            | "Abs"
            | "Reciprocal"
            | "Softplus"
            | "Softmax"
            | "Dropout"
            | "BatchNormalization"
            | "InstanceNormalization"
            | "LayerNormalization"
            | "LpNormalization"
            | "DequantizeLinear" => cheap(shape.clone()),
            "Identity" | "Cast" => Ok((first.clone(), 0)),
            "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Max" | "Min" | "PRelu" => {
                cheap(self.broadcast(operator)?)
            }
            "Conv" => self.convolution(operator, shape),
            "MaxPool" | "AveragePool" => self.pool(operator, shape),
            "GlobalAveragePool" => match shape.get(..2) {
                Some(kept) => {
                    let ones = shape[2..].iter().map(|_| 1);
                    Ok((of(kept.iter().copied().chain(ones).collect()), count(shape)))
                }
                None => Err(operator.invalid("its input is no picture")),
            },
            "ReduceMean" | "ReduceSum" | "ReduceL2" => self.reduce(operator, shape),
            "Gemm" => self.gemm(operator, shape),
            "MatMul" => self.matmul(operator, shape),
            "Flatten" => {
                let at = axis(operator, operator.int("axis", 1), shape.len() + 1)?;
                cheap(vec![
                    count(&shape[..at]) as usize,
                    count(&shape[at..]) as usize,
                ])
            }
            "Reshape" => self.reshape(operator, first),
            "Transpose" => transpose(operator, shape),
            "Squeeze" | "Unsqueeze" => self.squeeze(operator, first),
            "Concat" => self.concat(operator),
            "Shape" => {
                let ints = shape.iter().map(|d| *d as i64).collect();
                Ok((
                    Weights {
                        shape: vec![shape.len()],
                        ints: Some(ints),
                    },
                    0,
                ))
            }
            "Gather" => self.gather(operator, first),
            other => Err(OnnxError::Unsupported(format!(
                "the operator {}",
                shown(other)
            ))),
        }
    }

    /// The common shape of all operands: aligned at the last dimension, 1 fits everything.
    fn broadcast(&self, operator: &Operator<'a>) -> Result<Vec<usize>, OnnxError> {
        let mut common: Vec<usize> = Vec::new();
        for index in 0..operator.inputs.len() {
            let other = &self.operand(operator, index)?.shape;
            let rank = common.len().max(other.len());
            let at = |shape: &[usize], d: usize| {
                (d + shape.len()).checked_sub(rank).map_or(1, |d| shape[d])
            };
            common = (0..rank)
                .map(|d| match (at(&common, d), at(other, d)) {
                    (1, size) | (size, 1) => Ok(size),
                    (a, b) if a == b => Ok(a),
                    _ => Err(operator.invalid("the shapes of its operands do not fit")),
                })
                .collect::<Result<_, _>>()?;
        }
        Ok(common)
    }

    fn convolution(
        &self,
        operator: &Operator<'a>,
        shape: &[usize],
    ) -> Result<(Weights, u64), OnnxError> {
        let weights = &self.operand(operator, 1)?.shape;
        let group = usize::try_from(operator.int("group", 1)).unwrap_or(0);
        let fits = weights.len() == shape.len() && (3..=4).contains(&shape.len());
        if !fits
            || group == 0
            || weights[1].checked_mul(group) != Some(shape[1])
            || !weights[0].is_multiple_of(group)
        {
            return Err(operator.invalid("its weights do not fit its input"));
        }
        let declared = operator.ints("kernel_shape");
        if declared.is_some_and(|k| !k.iter().copied().eq(weights[2..].iter().map(|w| *w as i64))) {
            return Err(operator.invalid("its window has another size than its weights"));
        }
        let mut result = vec![shape[0], weights[0]];
        result.extend(windows(operator, &shape[2..], &weights[2..])?);
        let multiplications = count(&result).saturating_mul(count(&weights[1..]));
        Ok((of(result), multiplications))
    }

    fn pool(&self, operator: &Operator<'a>, shape: &[usize]) -> Result<(Weights, u64), OnnxError> {
        let window = operator.ints("kernel_shape").unwrap_or(&[]);
        let window: Vec<usize> = window
            .iter()
            .map(|w| usize::try_from(*w).unwrap_or(0))
            .collect();
        if shape.len() < 3 {
            return Err(operator.invalid("its input is no picture"));
        }
        let mut result = shape[..2].to_vec();
        result.extend(windows(operator, &shape[2..], &window)?);
        let reads = count(&result).saturating_mul(count(&window));
        Ok((of(result), reads))
    }

    fn reduce(
        &self,
        operator: &Operator<'a>,
        shape: &[usize],
    ) -> Result<(Weights, u64), OnnxError> {
        let axes = self.known(operator, 1, "axes")?;
        let axes = axes.unwrap_or_else(|| (0..shape.len() as i64).collect());
        let mut gone = vec![false; shape.len()];
        for at in axes {
            gone[axis(operator, at, shape.len())?] = true;
        }
        let keep = operator.int("keepdims", 1) != 0;
        let dims = shape
            .iter()
            .zip(gone)
            .filter_map(|(size, gone)| match gone {
                true => keep.then_some(1),
                false => Some(*size),
            });
        Ok((of(dims.collect()), count(shape)))
    }

    fn gemm(&self, operator: &Operator<'a>, a: &[usize]) -> Result<(Weights, u64), OnnxError> {
        let b = &self.operand(operator, 1)?.shape;
        let turned = |shape: &[usize], name| match (shape, operator.int(name, 0)) {
            (&[rows, columns], 0) => Ok((rows, columns)),
            (&[rows, columns], _) => Ok((columns, rows)),
            _ => Err(operator.invalid("its operands are no matrices")),
        };
        let ((rows, inner), (same, columns)) = (turned(a, "transA")?, turned(b, "transB")?);
        if inner != same {
            return Err(operator.invalid("the shapes of its operands do not fit"));
        }
        Ok((of(vec![rows, columns]), count(&[rows, inner, columns])))
    }

    fn matmul(&self, operator: &Operator<'a>, a: &[usize]) -> Result<(Weights, u64), OnnxError> {
        let b = &self.operand(operator, 1)?.shape;
        match (a, b.as_slice()) {
            ([batch @ .., rows, inner], [same, columns]) if inner == same => {
                let mut result = batch.to_vec();
                result.extend([*rows, *columns]);
                let multiplications = count(&result).saturating_mul(*inner as u64);
                Ok((of(result), multiplications))
            }
            _ => Err(operator.invalid("the shapes of its operands do not fit")),
        }
    }

    /// 0 copies a dimension, −1 stands for what is left.
    fn reshape(
        &self,
        operator: &Operator<'a>,
        first: &Weights,
    ) -> Result<(Weights, u64), OnnxError> {
        let wrong = || operator.invalid("its input does not fit its shape");
        let wanted = self.known(operator, 1, "shape")?.ok_or_else(wrong)?;
        let mut result = Vec::new();
        let mut open = None;
        for (at, size) in wanted.iter().enumerate() {
            result.push(match *size {
                -1 if open.is_none() => {
                    open = Some(at);
                    1
                }
                0 => *first.shape.get(at).ok_or_else(wrong)?,
                size => usize::try_from(size).map_err(|_| wrong())?,
            });
        }
        if let Some(at) = open {
            let known = count(&result);
            let left = count(&first.shape).checked_div(known).ok_or_else(wrong)?;
            result[at] = usize::try_from(left).map_err(|_| wrong())?;
        }
        match count(&result) == count(&first.shape) {
            true => Ok((
                Weights {
                    shape: result,
                    ints: first.ints.clone(),
                },
                0,
            )),
            false => Err(wrong()),
        }
    }

    fn squeeze(
        &self,
        operator: &Operator<'a>,
        first: &Weights,
    ) -> Result<(Weights, u64), OnnxError> {
        let shape = &first.shape;
        let axes = self.known(operator, 1, "axes")?;
        let adds = operator.kind == "Unsqueeze";
        let rank = match (&axes, adds) {
            (None, true) => return Err(operator.invalid("it has no axes")),
            (Some(axes), true) => shape.len() + axes.len(),
            _ => shape.len(),
        };
        let mut marked = vec![false; rank];
        match axes {
            Some(axes) => {
                for at in axes {
                    marked[axis(operator, at, rank)?] = true;
                }
            }
            None => marked
                .iter_mut()
                .zip(shape)
                .for_each(|(mark, size)| *mark = *size == 1),
        }
        let mut old = shape.iter().copied();
        let mut result = Vec::new();
        for mark in marked {
            match (mark, adds) {
                (true, true) => result.push(1),
                (true, false) if old.next() == Some(1) => {}
                (false, _) => result.extend(old.next()),
                _ => return Err(operator.invalid("a dimension to be removed is not 1")),
            }
        }
        if old.next().is_some() || count(&result) != count(shape) {
            return Err(operator.invalid("its axes contradict each other"));
        }
        Ok((
            Weights {
                shape: result,
                ints: first.ints.clone(),
            },
            0,
        ))
    }

    fn concat(&self, operator: &Operator<'a>) -> Result<(Weights, u64), OnnxError> {
        let mut result = self.operand(operator, 0)?.clone();
        let at = axis(operator, operator.int("axis", 0), result.shape.len())?;
        for index in 1..operator.inputs.len() {
            let next = self.operand(operator, index)?;
            let fits = |(d, (a, b)): (usize, (&usize, &usize))| d == at || a == b;
            if next.shape.len() != result.shape.len()
                || !result.shape.iter().zip(&next.shape).enumerate().all(fits)
            {
                return Err(operator.invalid("the shapes of its operands do not fit"));
            }
            result.shape[at] = result.shape[at].saturating_add(next.shape[at]);
            result.ints = match (result.ints, &next.ints) {
                (Some(all), Some(more)) if all.len() + more.len() <= limits::MAX_ITEMS => {
                    Some([all.as_slice(), more].concat())
                }
                _ => None,
            };
        }
        let n = count(&result.shape);
        Ok((result, n))
    }

    /// One or several entries along an axis.
    fn gather(
        &self,
        operator: &Operator<'a>,
        first: &Weights,
    ) -> Result<(Weights, u64), OnnxError> {
        let indices = self.operand(operator, 1)?;
        let at = axis(operator, operator.int("axis", 0), first.shape.len())?;
        let mut result = first.shape[..at].to_vec();
        result.extend(&indices.shape);
        result.extend(&first.shape[at + 1..]);
        let picked = match (&first.ints, &indices.ints) {
            (Some(from), Some(places)) if first.shape.len() == 1 => {
                let value = |place: &i64| Some(from[axis(operator, *place, from.len()).ok()?]);
                places.iter().map(value).collect()
            }
            _ => None,
        };
        let n = count(&result);
        Ok((
            Weights {
                shape: result,
                ints: picked,
            },
            n,
        ))
    }
}

/// An axis below `rank`; negative ones count from the end.
fn axis(operator: &Operator<'_>, at: i64, rank: usize) -> Result<usize, OnnxError> {
    let from_start = if at < 0 {
        at.saturating_add(rank as i64)
    } else {
        at
    };
    match usize::try_from(from_start) {
        Ok(at) if at < rank => Ok(at),
        _ => Err(operator.invalid("its axis is out of range")),
    }
}

fn transpose(operator: &Operator<'_>, shape: &[usize]) -> Result<(Weights, u64), OnnxError> {
    let reversed: Vec<i64> = (0..shape.len() as i64).rev().collect();
    let order = operator.ints("perm").unwrap_or(&reversed);
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..shape.len() as i64) {
        return Err(operator.invalid("its order of axes is invalid"));
    }
    let result: Vec<usize> = order.iter().map(|at| shape[*at as usize]).collect();
    let n = count(&result);
    Ok((of(result), n))
}
