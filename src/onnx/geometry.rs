//! Output sizes of operators that slide a window over a picture: convolutions and pools.

use super::OnnxError;
use super::outline::{Attribute, Operator};

/// The largest padding, stride, dilation or window that is accepted.
const MAX_WINDOW: i64 = 1024;

/// The output's height and width (ONNX's `Conv` and `MaxPool`): in each direction
/// ⌊(in + pads − dilation · (window − 1) − 1) / stride⌋ + 1, rounded up instead with `ceil_mode`; ⌈in / stride⌉ with
/// `auto_pad` `SAME_UPPER` or `SAME_LOWER`.
pub(super) fn windows(
    operator: &Operator<'_>,
    input: &[usize],
    window: &[usize],
) -> Result<Vec<usize>, OnnxError> {
    let n = input.len();
    let list = |name, length: usize, default: i64, least: i64| {
        let values = operator
            .ints(name)
            .map_or(vec![default; length], <[_]>::to_vec);
        let valid = |v: &i64| (least..=MAX_WINDOW).contains(v);
        match values.len() == length && values.iter().all(valid) {
            true => Ok(values),
            false => Err(operator.invalid("its padding, strides or dilations are out of range")),
        }
    };
    let strides = list("strides", n, 1, 1)?;
    let dilations = list("dilations", n, 1, 1)?;
    let pads = list("pads", 2 * n, 0, 0)?;
    let too_large = |w: &usize| !(1..=MAX_WINDOW as usize).contains(w);
    if window.len() != n || window.iter().any(too_large) {
        return Err(operator.invalid("its window has no valid size"));
    }
    let same = match operator.attributes.get("auto_pad") {
        Some(Attribute::Text(mode)) => mode.starts_with("SAME"),
        _ => false,
    };
    let ceil = operator.int("ceil_mode", 0) != 0;
    let size = |d: usize| {
        let (extent, stride) = (input[d] as i64, strides[d]);
        if same {
            return Ok(extent.div_euclid(stride) + i64::from(extent % stride != 0));
        }
        let reach = dilations[d] * (window[d] as i64 - 1) + 1;
        let room = extent + pads[d] + pads[n + d] - reach;
        match room {
            ..0 => Err(operator.invalid("its window is larger than its input")),
            _ if ceil => Ok((room + stride - 1) / stride + 1),
            _ => Ok(room / stride + 1),
        }
    };
    (0..n).map(|d| size(d).map(|s| s as usize)).collect()
}
