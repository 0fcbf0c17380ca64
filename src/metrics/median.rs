//! The median of measured values.

/// The element in the middle of the sorted `values`, the upper one of an even number, so that it is always a value that was
/// measured; `None` without values.
///
/// ```
/// assert_eq!(twinsight::metrics::median(vec![3.0, 1.0, 2.0, 9.0]), Some(3.0));
/// ```
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied()
}
