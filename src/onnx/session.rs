//! A network that can be run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueView};
use rten_tensor::Layout;

use super::error::OnnxError;
use super::outline::{Outline, Port};
use super::{limits, shapes};

/// Values in the order of their shape, the last dimension the fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// As many values as the shape says.
    pub values: Vec<f32>,
}

/// The shapes that a caller needs; both for one picture.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of the only input, `[N, C, H, W]` with N = 1.
    pub input: &'a [usize],
    /// Of the only output, `[N, D]`.
    pub output: &'a [usize],
}

/// A loaded network with one input. Running it needs no exclusive access.
#[derive(Debug)]
pub struct Session {
    model: Model,
    input: NodeId,
    outputs: Vec<NodeId>,
}

impl Session {
    /// Loads a network that is part of the program; its outputs are answered in the order of their names in `outputs`.
    ///
    /// # Errors
    /// When the runtime refuses the bytes or there is no such output, which a test excludes for what is shipped.
    pub fn built_in(file: &'static [u8], outputs: &[&str]) -> Result<Self, OnnxError> {
        let model = ModelOptions::with_all_ops().load_static_slice(file);
        let model = model.map_err(|error| OnnxError::runtime(&error))?;
        let node = |name: &&str| model.node_id(name);
        let outputs = outputs.iter().map(node).collect::<Result<Vec<_>, _>>();
        let outputs = outputs.map_err(|error| OnnxError::runtime(&error))?;
        Self::new(model, outputs)
    }

    /// Loads a network from outside with one input and one output, and runs it once.
    ///
    /// # Errors
    /// See [`OnnxError`]. Whatever the bytes are, memory and time stay within [`limits`], and the error is one sentence.
    pub fn from_untrusted(file: &[u8], wanted: &Wanted<'_>) -> Result<Self, OnnxError> {
        if file.len() as u64 > limits::MAX_BYTES {
            return Err(OnnxError::TooLarge);
        }
        let outline = Outline::read(file)?;
        check_port("input", &outline.inputs, wanted.input)?;
        check_port("output", &outline.outputs, wanted.output)?;
        let output = shapes::output_shape(&outline, wanted.input)?;
        if output != wanted.output {
            return Err(OnnxError::Shape {
                what: "output",
                found: listed(output.iter().map(|d| Some(*d as u64))),
                wanted: listed(wanted.output.iter().map(|d| Some(*d as u64))),
            });
        }
        // The runtime has checks of its own; a panic that they miss must not end the program.
        let trial = AssertUnwindSafe(|| Self::load_and_try(file, wanted));
        catch_unwind(trial).unwrap_or_else(|_| Err(OnnxError::Runtime("the runtime failed".into())))
    }

    fn load_and_try(file: &[u8], wanted: &Wanted<'_>) -> Result<Self, OnnxError> {
        let model = ModelOptions::with_all_ops().load(file.to_vec());
        let model = model.map_err(|error| OnnxError::runtime(&error))?;
        let outputs = model.output_ids().to_vec();
        let session = Self::new(model, outputs)?;
        let grey = vec![127.0; wanted.input.iter().product()];
        let result = session.run(wanted.input, &grey)?;
        let values = result.iter().flat_map(|tensor| &tensor.values);
        match values.into_iter().all(|value| value.is_finite()) {
            true => Ok(session),
            false => Err(OnnxError::NotFinite),
        }
    }

    fn new(model: Model, outputs: Vec<NodeId>) -> Result<Self, OnnxError> {
        match *model.input_ids() {
            [input] => Ok(Self {
                model,
                input,
                outputs,
            }),
            ref others => Err(OnnxError::Count {
                what: "input",
                found: others.len(),
            }),
        }
    }

    /// Runs the network on an input of the given shape, on as many threads as `rayon` has elsewhere in the program.
    ///
    /// # Errors
    /// When the shape does not fit the network, or the number of values the shape.
    pub fn run(&self, shape: &[usize], input: &[f32]) -> Result<Vec<Tensor>, OnnxError> {
        let input =
            ValueView::from_shape(shape, input).map_err(|error| OnnxError::runtime(&error))?;
        let options = RunOptions::default().with_thread_pool(Some(pool().clone()));
        let results = self.model.run(
            vec![(self.input, input.into())],
            &self.outputs,
            Some(options),
        );
        let results = results.map_err(|error| OnnxError::runtime(&error))?;
        results.into_iter().map(tensor).collect()
    }
}

/// The threads that networks run on: as many as `rayon` has elsewhere in the program.
fn pool() -> &'static Arc<ThreadPool> {
    static POOL: OnceLock<Arc<ThreadPool>> = OnceLock::new();
    POOL.get_or_init(|| Arc::new(ThreadPool::with_num_threads(rayon::current_num_threads())))
}

fn tensor(value: Value) -> Result<Tensor, OnnxError> {
    let tensor = value.into_tensor::<f32>();
    let tensor =
        tensor.ok_or_else(|| OnnxError::Unsupported("an output of whole numbers".into()))?;
    Ok(Tensor {
        shape: tensor.shape().to_vec(),
        values: tensor.into_data(),
    })
}

/// Compares the shape of the only input or output with the one that is needed; a free dimension fits any size.
fn check_port(what: &'static str, ports: &[Port<'_>], wanted: &[usize]) -> Result<(), OnnxError> {
    let [port] = ports else {
        return Err(OnnxError::Count {
            what,
            found: ports.len(),
        });
    };
    let fits =
        |(found, wanted): (&Option<u64>, &usize)| found.is_none_or(|size| size == *wanted as u64);
    if port.shape.len() == wanted.len() && port.shape.iter().zip(wanted).all(fits) {
        return Ok(());
    }
    Err(OnnxError::Shape {
        what,
        found: listed(port.shape.iter().copied()),
        wanted: listed(wanted.iter().map(|d| Some(*d as u64))),
    })
}

/// A shape as text: `1 × 3 × 112 × 112`, with `?` for a free dimension.
fn listed(shape: impl Iterator<Item = Option<u64>>) -> String {
    let sizes = shape.map(|size| size.map_or("?".to_owned(), |size| size.to_string()));
    sizes.collect::<Vec<_>>().join(" × ")
}
