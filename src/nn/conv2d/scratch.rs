//! Buffers that outlive a step, so that training allocates once.
//!
//! A buffer is taken from a shared shelf and goes back when dropped. What it holds is left over from its last use: who
//! takes one writes before reading. The shelf is not per thread, because a step's buffers pass through whichever
//! thread runs it, and a shelf per thread would keep one set for each.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Bytes in a cache line, and in the widest vector.
const ALIGNMENT: usize = 64;
/// Values in a cache line: what is allocated on top, to begin at a line.
const SLACK: usize = ALIGNMENT / size_of::<f32>();
/// How many buffers are kept; the smallest goes first.
const KEPT: usize = 64;

static SHELF: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// A buffer that begins at a cache line.
#[derive(Debug)]
pub(super) struct Buffer {
    values: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// A buffer of `len` values, whatever they are.
    pub(super) fn take(len: usize) -> Self {
        let mut values = {
            let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
            // The shelf is in ascending order of size: the first that is long enough wastes least.
            let fit = shelf.partition_point(|values| values.len() < len + SLACK);
            if fit < shelf.len() && shelf[fit].len() <= 2 * len + 4096 {
                shelf.remove(fit)
            } else {
                Vec::new()
            }
        };
        if values.len() < len + SLACK {
            values = vec![0.0; len + SLACK];
        }
        let start = values.as_ptr().align_offset(ALIGNMENT).min(SLACK);
        Self { values, start, len }
    }

    /// A buffer of `len` zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let mut buffer = Self::take(len);
        buffer.fill(0.0);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.values);
        let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
        let at = shelf.partition_point(|kept| kept.len() < values.len());
        shelf.insert(at, values);
        if shelf.len() > KEPT {
            shelf.remove(0);
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..][..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..][..self.len]
    }
}
