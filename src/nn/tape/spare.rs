//! Large buffers of this thread that are used again.
//!
//! All steps of a training need the same sizes. Given back to the system, their pages would have to be mapped and cleared
//! again at each step: 600,000 page faults in 60 steps of `compact`, a fifth of the time.

use std::cell::RefCell;

/// Fewest values of a buffer that is kept; the allocator itself reuses smaller ones.
const LEAST: usize = 1 << 15;
/// The most buffers that are kept: more than a network has layers.
const MOST: usize = 32;

struct Spare<T>(Vec<Vec<T>>);

thread_local! {
    static VALUES: RefCell<Spare<f32>> = const { RefCell::new(Spare(Vec::new())) };
    static MARKS: RefCell<Spare<u8>> = const { RefCell::new(Spare(Vec::new())) };
}

impl<T: Copy + Default> Spare<T> {
    fn take(&mut self, len: usize) -> Vec<T> {
        match self.0.iter().position(|buffer| buffer.len() == len) {
            Some(at) => self.0.swap_remove(at),
            None => vec![T::default(); len],
        }
    }

    fn give(&mut self, buffer: Vec<T>) {
        if buffer.len() < LEAST {
            return;
        }
        // The oldest goes if there are too many.
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(buffer);
    }
}

/// A buffer of `len` values, whatever they are.
pub(in crate::nn) fn take(len: usize) -> Vec<f32> {
    VALUES.with_borrow_mut(|spare| spare.take(len))
}

/// Keeps a buffer for the next [`take`].
pub(in crate::nn) fn give(buffer: Vec<f32>) {
    VALUES.with_borrow_mut(|spare| spare.give(buffer));
}

/// A buffer of `len` bytes, whatever they are, for an argmax.
pub(in crate::nn) fn take_marks(len: usize) -> Vec<u8> {
    MARKS.with_borrow_mut(|spare| spare.take(len))
}

/// Keeps a buffer for the next [`take_marks`].
pub(in crate::nn) fn give_marks(buffer: Vec<u8>) {
    MARKS.with_borrow_mut(|spare| spare.give(buffer));
}
