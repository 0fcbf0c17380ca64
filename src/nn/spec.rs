//! The description of a network, which is written in RON, and its plan.
//!
//! A description is a list of layers, first to last. [`NetworkSpec::plan`] checks it against the size of the pictures and
//! returns the extent after each layer, its parameters and its arithmetic. Screens, tests and [`Network`](super::network::Network)
//! use the same plan.
//!
//! ```ron
//! (layers: [conv(filters: 32, kernel: 3), batch_norm, relu, max_pool, global_average_pool, dense(units: 128)])
//! ```

use serde::{Deserialize, Serialize};

/// One layer of a network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// 'Same' convolution with stride 1 and a bias.
    Conv {
        /// Output channels.
        filters: usize,
        /// Side of the square kernel.
        kernel: usize,
    },
    /// Normalisation of each channel, by the batch in training (Ioffe and Szegedy 2015), by running averages in inference.
    BatchNorm,
    /// `max(0, x)`.
    Relu,
    /// Maximum over 2×2 windows, stride 2; an odd last row or column is dropped.
    MaxPool,
    /// Sets a share of the values to zero in training and scales the rest up (Srivastava et al. 2014).
    Dropout {
        /// The share set to zero, at least 0 and under 1.
        rate: f32,
    },
    /// Mean over height and width.
    GlobalAveragePool,
    /// Fully connected to all outputs of the layer before, with a bias.
    Dense {
        /// Outputs.
        units: usize,
    },
    /// `x + x·W` on all outputs of the layer before, without a bias; `W` is zero at first, so an untrained layer changes
    /// nothing.
    ResidualDense,
    /// Scales each embedding to length 1.
    UnitNorm,
}

/// Height, width and channels of one picture's activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values of each pixel.
    pub channels: usize,
}

impl Extent {
    /// `H·W·C`.
    pub fn features(self) -> usize {
        self.height * self.width * self.channels
    }
}

impl std::fmt::Display for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.height, self.width) {
            (1, 1) => write!(f, "{}", self.channels),
            (height, width) => write!(f, "{height}×{width}×{}", self.channels),
        }
    }
}

/// The extents and the costs of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerPlan {
    /// The layer.
    pub layer: LayerSpec,
    /// Extent before it.
    pub input: Extent,
    /// Extent after it.
    pub output: Extent,
    /// Number of trained numbers.
    pub parameters: usize,
    /// Multiply-adds of direct computation for one picture.
    pub multiply_adds: u64,
}

/// A network as a list of layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// The layers, first to last; the output of the last is the embedding.
    pub layers: Vec<LayerSpec>,
}

/// Why a description is not a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// No layers.
    #[error("the network has no layers: give at least one `dense(units: …)`")]
    Empty,
    /// A number is out of range.
    #[error("layer {at} ({name}): {what}")]
    Layer {
        /// Number of the layer, counted from 1.
        at: usize,
        /// The layer's name.
        name: &'static str,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// It needs too much work or memory.
    #[error(
        "the network has {have} {what}, more than the {limit} allowed: use fewer filters or units"
    )]
    TooLarge {
        /// Parameters or multiply-adds.
        what: &'static str,
        /// How many.
        have: u64,
        /// How many are allowed.
        limit: u64,
    },
}

/// Most parameters: 64 million, or 256 MB of weights.
const MAX_PARAMETERS: usize = 64_000_000;
/// Most values that a layer gives for one picture: 16 million, or 64 MB.
const MAX_FEATURES: usize = 16_000_000;
/// Most multiply-adds for one picture: 100 billion, some seconds on one core.
const MAX_MULTIPLY_ADDS: u64 = 100_000_000_000;

impl LayerSpec {
    /// The name of the layer in RON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Conv { .. } => "conv",
            Self::BatchNorm => "batch_norm",
            Self::Relu => "relu",
            Self::MaxPool => "max_pool",
            Self::Dropout { .. } => "dropout",
            Self::GlobalAveragePool => "global_average_pool",
            Self::Dense { .. } => "dense",
            Self::ResidualDense => "residual_dense",
            Self::UnitNorm => "unit_norm",
        }
    }

    /// What is wrong with the layer for this `input`, and what would be right; `None` if it is allowed.
    fn fault(&self, input: Extent) -> Option<String> {
        match *self {
            Self::Conv { filters, .. } if !(1..=4096).contains(&filters) => Some(format!(
                "filters is {filters}; it must lie between 1 and 4096"
            )),
            Self::Conv { kernel, .. } if !(1..=31).contains(&kernel) => {
                Some(format!("kernel is {kernel}; it must lie between 1 and 31"))
            }
            Self::Dropout { rate } if !(0.0..1.0).contains(&rate) => {
                Some(format!("rate is {rate}; it must be at least 0 and under 1"))
            }
            Self::Dense { units } if !(1..=65_536).contains(&units) => {
                Some(format!("units is {units}; it must lie between 1 and 65536"))
            }
            Self::ResidualDense if input.features() > 65_536 => Some(format!(
                "it has {} inputs; there must be at most 65536",
                input.features()
            )),
            Self::MaxPool if input.height < 2 || input.width < 2 => {
                Some(format!("nothing is left to pool of {input}; remove it"))
            }
            _ => None,
        }
    }

    fn plan(&self, input: Extent) -> LayerPlan {
        let pixels = (input.height * input.width) as u64;
        let (output, parameters, multiply_adds) = match *self {
            Self::Conv { filters, kernel } => {
                let weights = kernel * kernel * input.channels * filters;
                (
                    Extent {
                        channels: filters,
                        ..input
                    },
                    weights + filters,
                    pixels * weights as u64,
                )
            }
            Self::BatchNorm => (input, 2 * input.channels, 0),
            Self::Relu | Self::Dropout { .. } | Self::UnitNorm => (input, 0, 0),
            Self::MaxPool => (
                Extent {
                    height: input.height / 2,
                    width: input.width / 2,
                    ..input
                },
                0,
                0,
            ),
            Self::GlobalAveragePool => (
                Extent {
                    height: 1,
                    width: 1,
                    ..input
                },
                0,
                0,
            ),
            Self::ResidualDense => {
                let features = input.features();
                let output = Extent {
                    height: 1,
                    width: 1,
                    channels: features,
                };
                let weights = features.saturating_mul(features);
                (output, weights, weights as u64)
            }
            Self::Dense { units } => {
                let weights = input.features().saturating_mul(units);
                let output = Extent {
                    height: 1,
                    width: 1,
                    channels: units,
                };
                (output, weights.saturating_add(units), weights as u64)
            }
        };
        LayerPlan {
            layer: *self,
            input,
            output,
            parameters,
            multiply_adds,
        }
    }
}

impl NetworkSpec {
    /// Whether a picture that is in a batch twice may be embedded once in training. With dropout it may not: each appearance
    /// has its own mask.
    pub fn may_share(&self) -> bool {
        let masks = |l: &LayerSpec| matches!(l, LayerSpec::Dropout { rate } if *rate > 0.0);
        !self.layers.iter().any(masks)
    }

    /// Checks the description for pictures of `input` and returns the extents and costs of each layer.
    ///
    /// # Errors
    /// [`SpecError`] names the layer, counted from 1, and the values that are allowed.
    pub fn plan(&self, input: Extent) -> Result<Vec<LayerPlan>, SpecError> {
        let mut plans: Vec<LayerPlan> = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let input = plans.last().map_or(input, |p| p.output);
            let refuse = |what| SpecError::Layer {
                at: index + 1,
                name: layer.name(),
                what,
            };
            if let Some(fault) = layer.fault(input) {
                return Err(refuse(fault));
            }
            let plan = layer.plan(input);
            if plan.output.features() > MAX_FEATURES {
                return Err(refuse(format!(
                    "it gives {} for each picture, too much to hold",
                    plan.output
                )));
            }
            plans.push(plan);
        }
        let parameters = plans
            .iter()
            .fold(0_usize, |sum, p| sum.saturating_add(p.parameters));
        let multiply_adds = plans
            .iter()
            .fold(0_u64, |sum, p| sum.saturating_add(p.multiply_adds));
        if plans.is_empty() {
            return Err(SpecError::Empty);
        }
        if parameters > MAX_PARAMETERS {
            let (have, limit) = (parameters as u64, MAX_PARAMETERS as u64);
            return Err(SpecError::TooLarge {
                what: "parameters",
                have,
                limit,
            });
        }
        if multiply_adds > MAX_MULTIPLY_ADDS {
            let (have, limit) = (multiply_adds, MAX_MULTIPLY_ADDS);
            return Err(SpecError::TooLarge {
                what: "multiply-adds a picture",
                have,
                limit,
            });
        }
        Ok(plans)
    }
}
