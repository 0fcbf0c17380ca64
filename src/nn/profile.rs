//! Where the time of a training step goes, layer by layer.
//!
//! The tape runs on one thread (the kernels spread out from it), so a thread-local profiler sees everything. An operation is
//! timed under the label that is set when it joins the tape: forward when it runs, backward when the tape returns to it. The
//! profiler is usually off; it then costs one look at a thread-local per operation.

use std::cell::RefCell;
use std::time::{Duration, Instant};

/// What a part of a step must at least do, forward and backward together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Work {
    /// Multiplications and additions, by the method that computes it.
    pub flops: f64,
    /// Bytes of activations and gradients that are read and written, weights and what stays in a cache apart.
    pub bytes: f64,
}

/// The time of one label.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// A layer of the network with what is fused into it, or another part of the step.
    pub label: String,
    /// What it must do; none where that is not counted.
    pub work: Work,
    /// Time of the forward passes.
    pub forward: Duration,
    /// Time of the backward passes.
    pub backward: Duration,
}

#[derive(Debug, Default)]
struct Profiler {
    on: bool,
    current: usize,
    entries: Vec<Entry>,
}

thread_local! {
    static PROFILER: RefCell<Profiler> = RefCell::default();
}

/// In which pass the time is spent.
#[derive(Debug, Clone, Copy)]
pub enum Direction {
    /// The forward pass, or work without a backward pass.
    Forward,
    /// The backward pass.
    Backward,
}

/// Starts an empty profile on this thread.
pub fn begin() {
    PROFILER.with_borrow_mut(|profiler| {
        *profiler = Profiler {
            on: true,
            ..Profiler::default()
        }
    });
}

/// Ends the profile and returns its entries, in the order of first use.
pub fn end() -> Vec<Entry> {
    PROFILER.with_borrow_mut(|profiler| std::mem::take(profiler).entries)
}

/// Sets the label for the operations that follow on this thread, whose work is not counted.
pub fn label(label: impl FnOnce() -> String) {
    label_work(|| (label(), Work::default()));
}

/// Sets the label for the operations that follow on this thread, and what they must do.
pub fn label_work(label: impl FnOnce() -> (String, Work)) {
    PROFILER.with_borrow_mut(|profiler| {
        if !profiler.on {
            return;
        }
        let (label, work) = label();
        let known = profiler
            .entries
            .iter()
            .position(|entry| entry.label == label);
        profiler.current = known.unwrap_or_else(|| {
            profiler.entries.push(Entry {
                label,
                work,
                forward: Duration::ZERO,
                backward: Duration::ZERO,
            });
            profiler.entries.len() - 1
        });
    });
}

/// The entry of the current label, for [`time`]; `None` if the profiler is off.
pub fn current() -> Option<usize> {
    PROFILER.with_borrow(|profiler| {
        (profiler.on && !profiler.entries.is_empty()).then_some(profiler.current)
    })
}

/// Does `work` and adds its time to an entry.
pub fn time<T>(entry: Option<usize>, direction: Direction, work: impl FnOnce() -> T) -> T {
    let Some(entry) = entry else { return work() };
    let begun = Instant::now();
    let result = work();
    let took = begun.elapsed();
    PROFILER.with_borrow_mut(|profiler| {
        // The profile may have ended meanwhile.
        if let Some(entry) = profiler.entries.get_mut(entry) {
            match direction {
                Direction::Forward => entry.forward += took,
                Direction::Backward => entry.backward += took,
            }
        }
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_added_to_its_label_while_the_profiler_is_on() {
        assert_eq!(
            time(current(), Direction::Forward, || 1),
            1,
            "the profiler is off"
        );
        begin();
        label(|| "first".into());
        let first = current();
        label(|| "second".into());
        time(current(), Direction::Forward, || {
            std::hint::black_box(vec![0_u8; 1 << 16])
        });
        time(first, Direction::Backward, || {
            std::hint::black_box(vec![0_u8; 1 << 16])
        });
        label(|| "first".into());
        assert_eq!(current(), first);
        let entries = end();
        let labels: Vec<&str> = entries.iter().map(|e| e.label.as_str()).collect();
        assert_eq!(labels, ["first", "second"]);
        assert!(entries[0].backward > Duration::ZERO && entries[0].forward.is_zero());
        assert!(entries[1].forward > Duration::ZERO && entries[1].backward.is_zero());
        assert!(end().is_empty() && current().is_none());
    }
}
