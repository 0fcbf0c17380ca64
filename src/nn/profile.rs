//! Where the time of a training step goes, layer by layer.
//!
//! The tape runs on one thread (the kernels spread out from it), so a thread-local ledger sees everything: operations are
//! entered under the label that was set before they joined the tape, forward when they run, backward when the tape comes back
//! to them. Off, which is usual, it costs a look at a thread-local for each operation.

use std::cell::RefCell;
use std::time::{Duration, Instant};

/// One label's time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// A layer of the network, with what is fused behind it, or another part of the step.
    pub label: String,
    /// On the way there.
    pub forward: Duration,
    /// On the way back.
    pub backward: Duration,
}

#[derive(Debug, Default)]
struct Ledger {
    on: bool,
    current: usize,
    entries: Vec<Entry>,
}

thread_local! {
    static LEDGER: RefCell<Ledger> = RefCell::default();
}

/// Which way the time was spent.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// Forward, or where there is no way back.
    There,
    /// Backward.
    Back,
}

/// Begins to keep a ledger on this thread, empty.
pub fn begin() {
    LEDGER.with_borrow_mut(|ledger| {
        *ledger = Ledger {
            on: true,
            ..Ledger::default()
        }
    });
}

/// What was entered since [`begin`], in the order of first entry; the ledger is closed.
pub fn end() -> Vec<Entry> {
    LEDGER.with_borrow_mut(|ledger| std::mem::take(ledger).entries)
}

/// What follows on this thread is entered under `label`.
pub fn label(label: impl FnOnce() -> String) {
    LEDGER.with_borrow_mut(|ledger| {
        if !ledger.on {
            return;
        }
        let label = label();
        let known = ledger.entries.iter().position(|entry| entry.label == label);
        ledger.current = known.unwrap_or_else(|| {
            ledger.entries.push(Entry {
                label,
                forward: Duration::ZERO,
                backward: Duration::ZERO,
            });
            ledger.entries.len() - 1
        });
    });
}

/// The present label, to enter time under it later; `None` where no ledger is kept.
pub fn place() -> Option<usize> {
    LEDGER.with_borrow(|ledger| (ledger.on && !ledger.entries.is_empty()).then_some(ledger.current))
}

/// Does `work` and enters its time.
pub fn time<T>(place: Option<usize>, way: Way, work: impl FnOnce() -> T) -> T {
    let Some(place) = place else { return work() };
    let begun = Instant::now();
    let result = work();
    let took = begun.elapsed();
    LEDGER.with_borrow_mut(|ledger| {
        // The ledger may have been closed meanwhile.
        if let Some(entry) = ledger.entries.get_mut(place) {
            match way {
                Way::There => entry.forward += took,
                Way::Back => entry.backward += took,
            }
        }
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_entered_under_its_label_while_the_ledger_is_open() {
        assert_eq!(time(place(), Way::There, || 1), 1, "nothing is kept");
        begin();
        label(|| "first".into());
        let first = place();
        label(|| "second".into());
        time(place(), Way::There, || {
            std::hint::black_box(vec![0_u8; 1 << 16])
        });
        time(first, Way::Back, || {
            std::hint::black_box(vec![0_u8; 1 << 16])
        });
        label(|| "first".into());
        assert_eq!(place(), first);
        let entries = end();
        let labels: Vec<&str> = entries.iter().map(|e| e.label.as_str()).collect();
        assert_eq!(labels, ["first", "second"]);
        assert!(entries[0].backward > Duration::ZERO && entries[0].forward.is_zero());
        assert!(entries[1].forward > Duration::ZERO && entries[1].backward.is_zero());
        assert!(end().is_empty() && place().is_none());
    }
}
