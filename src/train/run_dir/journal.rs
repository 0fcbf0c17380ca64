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
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let line = format!("{} {entry}\n", utc(now.unwrap_or(Duration::ZERO).as_secs()));
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

/// Seconds since 1970 as ISO 8601, by Howard Hinnant's `civil_from_days`: days are counted from 0000-03-01, so that a
/// leap day ends its year, in eras of 400 years with 146 097 days.
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against `date -u -d @SECONDS +%FT%TZ`.
    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(utc(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(utc(4_107_542_400), "2100-03-01T00:00:00Z");
    }

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
