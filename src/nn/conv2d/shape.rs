//! What a convolution layer looks like: its sizes, the stages fused behind it, and what its backward pass remembers.

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
    /// Channels that come in.
    pub inputs: usize,
    /// Channels that go out.
    pub outputs: usize,
    /// Side of the square kernel.
    pub kernel: usize,
}

impl ConvShape {
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

    /// The map that leaves the convolution, before any fused stage.
    pub fn map(&self) -> MapShape {
        MapShape {
            batch: self.batch,
            height: self.height,
            width: self.width,
            channels: self.outputs,
        }
    }

    /// Length of the output after the fused stages.
    pub fn output_len(&self, fused: Fused) -> usize {
        self.map().after(fused).len()
    }

    /// Multiplications and additions of a direct convolution, each counted as one operation.
    pub fn direct_flops(&self) -> f64 {
        2.0 * (self.map().len() * self.kernel * self.kernel * self.inputs) as f64
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

    /// The shape after the fused stages: pooling halves both sides, and an odd last row or column is dropped.
    pub fn after(&self, fused: Fused) -> Self {
        let shrink = if fused.pool { 2 } else { 1 };
        Self {
            height: self.height / shrink,
            width: self.width / shrink,
            ..*self
        }
    }
}

/// The stages that follow a convolution and its bias without a trip through memory: ReLU, then 2×2 max pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Fused {
    /// `max(x, 0)`, NaN staying NaN.
    pub relu: bool,
    /// The maximum of each 2×2 window, stride 2, an odd last row or column dropped.
    pub pool: bool,
}

impl Fused {
    /// Nothing follows.
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

    /// How many choices a forward pass leaves for `outputs` values: one each if any stage follows.
    pub fn choices_len(&self, outputs: usize) -> usize {
        if self.relu || self.pool { outputs } else { 0 }
    }
}

/// What the backward pass of the fused stages must remember, one byte for each output.
///
/// The position of the maximum in its window, row by row from 0 to 3 (always 0 without pooling), or [`Choices::SILENT`]
/// where ReLU let nothing pass. Empty when no stage is fused. The first of several equal maxima is chosen; a NaN is the
/// maximum of its window, the last of several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices(pub(crate) Vec<u8>);

impl Choices {
    /// The mark of an output that ReLU held at zero: no gradient flows back through it.
    pub const SILENT: u8 = 4;

    /// The bytes, in the order of the output.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Where a backward pass adds its results. It **adds**: the caller zeroes what shall start from zero.
#[derive(Debug)]
pub struct Gradients<'a> {
    /// Of the input, `[batch, height, width, inputs]`; `None` where nobody asks, as for a first layer.
    pub input: Option<&'a mut [f32]>,
    /// Of the weights, `[kernel, kernel, inputs, outputs]`.
    pub weight: &'a mut [f32],
    /// Of the bias, `[outputs]`.
    pub bias: &'a mut [f32],
}
