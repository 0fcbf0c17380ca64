//! Large buffers of this thread that are used again.
//!
//! All steps of a training need the same sizes. Given back to the system, their pages would have to be mapped and cleared
//! again at each step: 600,000 page faults in 60 steps of `compact`, a fifth of the time.

use std::cell::RefCell;

/// Fewest values of a buffer that is kept; the allocator itself reuses smaller ones.
const LEAST: usize = 1 << 15;
/// The most buffers that are kept: more than a network has layers.
const MOST: usize = 32;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of `len` values, whatever they are.
pub(in crate::nn) fn take(len: usize) -> Vec<f32> {
    let kept = SPARE.with_borrow_mut(|spare| {
        let at = spare.iter().position(|buffer| buffer.len() == len)?;
        Some(spare.swap_remove(at))
    });
    kept.unwrap_or_else(|| vec![0.0; len])
}

/// Keeps a buffer for the next [`take`]; the oldest goes if there are too many.
pub(in crate::nn) fn give(buffer: Vec<f32>) {
    if buffer.len() < LEAST {
        return;
    }
    SPARE.with_borrow_mut(|spare| {
        if spare.len() == MOST {
            spare.remove(0);
        }
        spare.push(buffer);
    });
}
