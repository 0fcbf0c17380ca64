//! Buffers that are reused from step to step, so that training allocates once.
//!
//! A buffer is taken from a shared pool and returns to it when dropped. It holds values of its last use, so its user writes
//! before reading. The pool is not per thread: the buffers of a step pass through different threads, and each thread would keep
//! its own set.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Bytes in a cache line, and in the widest vector.
const ALIGNMENT: usize = 64;
/// Values in a cache line: allocated in addition, so that a buffer can begin at a line.
const SLACK: usize = ALIGNMENT / size_of::<f32>();
/// How many buffers are kept; the smallest is dropped first.
const KEPT: usize = 64;

static POOL: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// A buffer that begins at a cache line.
#[derive(Debug)]
pub(super) struct Buffer {
    values: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// A buffer of `len` values that are not initialised to anything useful.
    pub(super) fn take(len: usize) -> Self {
        let mut values = {
            let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
            // The pool is in ascending order of size: the first that is long enough is the best fit.
            let fit = pool.partition_point(|values| values.len() < len + SLACK);
            if fit < pool.len() && pool[fit].len() <= 2 * len + 4096 {
                pool.remove(fit)
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
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        let at = pool.partition_point(|kept| kept.len() < values.len());
        pool.insert(at, values);
        if pool.len() > KEPT {
            pool.remove(0);
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
