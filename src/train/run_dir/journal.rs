//! `events.log`: one line for each start, save, resume, stop and error of a run.
//!
//! ```text
//! 2026-11-24T10:31:07Z started: twinsight 0.1.0, seed 42, 30 epochs
//! 2026-11-24T10:31:09Z epoch 1 saved
//! 2026-11-24T10:31:10Z stopped after epoch 1, batch 12
//! ```
//!
//! It names no people and no folders. It is bounded: past [`MAX_BYTES`] the older half is removed. A line that cannot be
//! written (because the disk is full, say) is dropped: training must not end because of its log.

use crate::files;
use crate::text::{from_utc, utc};
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

/// The file's name.
pub(super) const EVENTS: &str = "events.log";
/// From here on the older half is dropped.
pub const MAX_BYTES: u64 = 1 << 18;

/// One line of the log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry<'a> {
    /// Training began from first weights.
    Started {
        /// The recipe's seed.
        seed: u64,
        /// Planned epochs.
        epochs: u32,
    },
    /// Training continues from a checkpoint.
    Resumed {
        /// Complete epochs.
        epoch: u32,
        /// Complete batches of the next epoch.
        batch: usize,
    },
    /// A checkpoint after a complete epoch.
    Epoch(u32),
    /// A checkpoint within an epoch, or on demand.
    Saved {
        /// Complete epochs.
        epoch: u32,
        /// Complete batches of the next epoch.
        batch: usize,
    },
    /// Training was stopped.
    Stopped {
        /// Complete epochs.
        epoch: u32,
        /// Complete batches of the next epoch.
        batch: usize,
    },
    /// All epochs are done, or patience ran out.
    Finished(u32),
    /// Something went wrong.
    Fault(&'a str),
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = env!("CARGO_PKG_VERSION");
        match self {
            Self::Started { seed, epochs } => {
                write!(
                    f,
                    "started: twinsight {program}, seed {seed}, {epochs} epochs"
                )
            }
            Self::Resumed { epoch, batch } => {
                write!(
                    f,
                    "resumed: twinsight {program}, after epoch {epoch}, batch {batch}"
                )
            }
            Self::Epoch(epoch) => write!(f, "epoch {epoch} saved"),
            Self::Saved { epoch, batch } => write!(f, "saved after epoch {epoch}, batch {batch}"),
            Self::Stopped { epoch, batch } => {
                write!(f, "stopped after epoch {epoch}, batch {batch}")
            }
            Self::Finished(epoch) => write!(f, "finished after epoch {epoch}"),
            Self::Fault(what) => write!(f, "fault: {}", files::clean(what)),
        }
    }
}

/// Appends a line for `entry` to the log in `dir`, with the time in UTC.
pub(super) fn append(dir: &Path, entry: &Entry<'_>) {
    let path = dir.join(EVENTS);
    let line = format!("{} {entry}\n", utc(SystemTime::now()));
    let Ok(mut file) = files::append_private(&path) else {
        return;
    };
    let before = file.metadata().map(|m| m.len());
    if let (Err(_), Ok(length)) = (file.write_all(line.as_bytes()), &before) {
        // Removes a partly written line.
        let _ = file.set_len(*length);
    }
    if before.is_ok_and(|length| length > MAX_BYTES) {
        shorten(&path);
    }
}

/// Drops the older half, up to the end of a line.
fn shorten(path: &Path) {
    // At most twice the limit is read: a log that another program made even longer starts anew.
    let bytes = files::read_limited(path, 2 * MAX_BYTES).unwrap_or_default();
    let half = &bytes[bytes.len() / 2..];
    let from = half.iter().position(|&b| b == b'\n').map_or(0, |at| at + 1);
    let _ = files::write_private(path, &half[from..]);
}

/// The time of the first line of the log in `dir`; `None` if there is none.
pub(super) fn first_time(dir: &Path) -> Option<SystemTime> {
    let bytes = files::read_limited(&dir.join(EVENTS), 2 * MAX_BYTES).ok()?;
    let line = bytes.split(|&b| b == b'\n').next()?;
    from_utc(std::str::from_utf8(line).ok()?.split(' ').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_bounded_and_keeps_the_newest_whole_lines() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(1_000);
        for epoch in 0..600 {
            append(dir.path(), &Entry::Fault(&long));
            append(dir.path(), &Entry::Epoch(epoch));
        }
        let text = std::fs::read_to_string(dir.path().join(EVENTS)).unwrap();
        assert!(text.len() as u64 <= MAX_BYTES + 2_000, "{}", text.len());
        assert!(text.ends_with("Z epoch 599 saved\n"));
        let whole = |line: &str| line.ends_with('x') || line.ends_with(" saved");
        assert!(
            text.lines()
                .all(|line| line.starts_with("20") && whole(line))
        );
    }
}
