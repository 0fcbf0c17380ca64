//! What a convolution layer looks like: its sizes, the stages fused into it, its operands and gradients.

/// Sizes of one convolution, stride 1, 'same' zero padding.
///
/// Activations are `[batch, height, width, channels]`, channels last and contiguous; weights are
/// `[kernel, kernel, inputs, outputs]`, as Keras stores them; the bias is `[outputs]`.
///
/// Padding is Keras' rule: `kernel - 1` zeros along each axis, `(kernel - 1) / 2` of them before the first row. An odd
/// kernel is centred; an even one looks one further to the right and below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvShape {
    /// Pictures.
    pub batch: usize,
    /// Rows of each picture.
    pub height: usize,
    /// Columns of each picture.
    pub width: usize,
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
    /// Side of the square kernel.
    pub kernel: usize,
}

impl ConvShape {
    /// The layer with these sizes and these fused stages.
    pub fn with(self, fused: Fused) -> ConvLayer {
        ConvLayer { shape: self, fused }
    }

    /// Zeros before the first row and column.
    pub fn padding(&self) -> usize {
        (self.kernel - 1) / 2
    }

    /// Length of the input.
    pub fn input_len(&self) -> usize {
        self.batch * self.height * self.width * self.inputs
    }

    /// Length of the weights.
    pub fn weight_len(&self) -> usize {
        self.kernel * self.kernel * self.inputs * self.outputs
    }

    /// The output map of the convolution, before any fused stage.
    pub fn map(&self) -> MapShape {
        MapShape {
            batch: self.batch,
            height: self.height,
            width: self.width,
            channels: self.outputs,
        }
    }

    /// Multiplications and additions of a direct convolution, each counted as one operation.
    pub fn direct_flops(&self) -> f64 {
        2.0 * (self.map().len() * self.kernel * self.kernel * self.inputs) as f64
    }
}

/// A convolution with the stages fused into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvLayer {
    /// Sizes of the convolution.
    pub shape: ConvShape,
    /// Stages after it.
    pub fused: Fused,
}

impl ConvLayer {
    /// Shape of the output, after the fused stages.
    pub fn output(&self) -> MapShape {
        self.shape.map().after(self.fused)
    }

    /// Length of the output.
    pub fn output_len(&self) -> usize {
        self.output().len()
    }

    /// Length of the [`Argmax`]: one byte for each output if any stage is fused.
    pub fn argmax_len(&self) -> usize {
        match self.fused {
            Fused::NONE => 0,
            _ => self.output_len(),
        }
    }
}

/// Sizes of a stack of feature maps, `[batch, height, width, channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MapShape {
    /// Pictures.
    pub batch: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels, contiguous.
    pub channels: usize,
}

impl MapShape {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.batch * self.height * self.width * self.channels
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape after the fused stages: pooling halves both sides and drops an odd last row or column.
    pub fn after(&self, fused: Fused) -> Self {
        let shrink = if fused.pool { 2 } else { 1 };
        Self {
            height: self.height / shrink,
            width: self.width / shrink,
            ..*self
        }
    }
}

/// The stages computed with a convolution while its results are in the cache: ReLU, then 2×2 max pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Fused {
    /// `max(x, 0)`; NaN stays NaN.
    pub relu: bool,
    /// The maximum of each 2×2 window, stride 2; an odd last row or column is dropped.
    pub pool: bool,
}

impl Fused {
    /// No stage.
    pub const NONE: Self = Self {
        relu: false,
        pool: false,
    };
    /// ReLU alone.
    pub const RELU: Self = Self {
        relu: true,
        pool: false,
    };
    /// ReLU and 2×2 max pooling.
    pub const RELU_POOL: Self = Self {
        relu: true,
        pool: true,
    };
}

/// What the backward pass of the fused stages needs from the forward pass: one byte for each output, none without a stage.
///
/// A byte is the index of the maximum in its 2×2 window, row by row from 0 to 3 (always 0 without pooling), or
/// [`Argmax::MASKED`]. The first of several equal maxima counts; a NaN is the maximum of its window, the last of several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Argmax(pub(crate) Vec<u8>);

impl Argmax {
    /// The byte of an output that ReLU or dropout set to zero: it passes no gradient.
    pub const MASKED: u8 = 4;

    /// The bytes, in the order of the output.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Offset of the value at `position` from the first value of its window.
pub(in crate::nn) fn window_offset(shape: &MapShape, position: u8) -> usize {
    let (row, column) = (usize::from(position / 2), usize::from(position % 2));
    (row * shape.width + column) * shape.channels
}

/// What the forward pass reads.
#[derive(Debug, Clone, Copy)]
pub struct Operands<'a> {
    /// `[batch, height, width, inputs]`.
    pub input: &'a [f32],
    /// `[kernel, kernel, inputs, outputs]`.
    pub weight: &'a [f32],
    /// `[outputs]`.
    pub bias: &'a [f32],
}

/// What the backward pass reads.
#[derive(Debug, Clone, Copy)]
pub struct BackwardOperands<'a> {
    /// Input of the forward pass, `[batch, height, width, inputs]`.
    pub input: &'a [f32],
    /// Weights of the forward pass, `[kernel, kernel, inputs, outputs]`.
    pub weight: &'a [f32],
    /// Result of the forward pass, [`Argmax::as_slice`].
    pub argmax: &'a [u8],
    /// Gradient of the loss by the output of the forward pass.
    pub grad_output: &'a [f32],
}

/// A batch normalisation between the convolution and the stages after it, in the backward pass. The gradient by the map is
///
/// ```text
/// dx = scale·g + by_value·(x − mean) + constant
/// ```
///
/// where `g` is the gradient by the normalised map.
#[derive(Debug, Clone, Copy)]
pub(in crate::nn) struct NormGradient<'a> {
    /// The map before the normalisation, `[batch, height, width, outputs]`.
    pub(in crate::nn) map: &'a [f32],
    /// The numbers of the formula.
    pub(in crate::nn) slopes: &'a NormSlopes,
}

/// The numbers of [`NormGradient`], `[outputs]` each.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nn) struct NormSlopes {
    pub(in crate::nn) scale: Vec<f32>,
    pub(in crate::nn) by_value: Vec<f32>,
    pub(in crate::nn) mean: Vec<f32>,
    pub(in crate::nn) constant: Vec<f32>,
}

/// What an operation on the tape asks of a backward pass.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::nn) struct BackwardOptions<'a> {
    /// A normalisation between the convolution and its stages. The bias then has no gradient: the normalisation subtracts it
    /// again.
    pub(in crate::nn) norm: Option<NormGradient<'a>>,
    /// Whether the gradient by the input is written, whatever it was, and not added to.
    pub(in crate::nn) writes_input: bool,
}

/// Where a backward pass **adds** its results. The caller sets to zero what shall start from zero.
#[derive(Debug)]
pub struct Gradients<'a> {
    /// Of the input, `[batch, height, width, inputs]`; `None` where it is not needed, as in a first layer.
    pub input: Option<&'a mut [f32]>,
    /// Of the weights, `[kernel, kernel, inputs, outputs]`.
    pub weight: &'a mut [f32],
    /// Of the bias, `[outputs]`.
    pub bias: &'a mut [f32],
}
