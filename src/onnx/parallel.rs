//! Work on all cores that runs networks.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Results of `work` for all items, in their order, on all threads of the current `rayon` pool.
///
/// Each thread gets one long task, in place of a parallel iterator over the items: a thread that waits for a network would
/// begin with another item in between, which holds its memory too, fills the stack, and waits for ever if both load a network.
///
/// ```
/// use twinsight::internals::onnx::on_all_cores;
///
/// assert_eq!(on_all_cores(&[1, 2, 3], |n| n * n), [1, 4, 9]);
/// ```
pub fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = rayon::broadcast(|_| {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return own;
            };
            own.push((at, work(item)));
        }
    });
    let mut results: Vec<(usize, R)> = results.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
