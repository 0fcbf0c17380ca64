//! `metrics.csv`: one row per epoch.
//!
//! A row is appended in a single write and synced; if only part of it is written, the part is cut off again. A power cut may
//! still leave an incomplete last line: readers ignore it, and the next training removes it.

use super::error::RunError;
use super::{METRICS, RunDir};
use crate::files;
use crate::train::epoch_metrics::EpochMetrics;
use crate::units::Epoch;
use std::io::Write;

/// A million epochs' rows.
const MAX_BYTES: u64 = 1 << 28;
const HEADER: &str =
    "epoch,train_loss,train_accuracy,val_loss,val_accuracy,val_eer,val_auc,learning_rate,seconds\n";

/// The content of the file.
struct Content {
    rows: Vec<EpochMetrics>,
    /// Whether there is nothing else in it.
    whole: bool,
}

impl RunDir {
    /// The rows so far.
    ///
    /// # Errors
    /// [`RunError`] if the file cannot be read or a row before the last is damaged.
    pub fn rows(&self) -> Result<Vec<EpochMetrics>, RunError> {
        Ok(self.content()?.rows)
    }

    fn content(&self) -> Result<Content, RunError> {
        let path = self.path.join(METRICS);
        if !path.exists() {
            return Ok(Content {
                rows: Vec::new(),
                whole: true,
            });
        }
        let bytes = files::read_limited(&path, MAX_BYTES)?;
        parse(&bytes).map_err(|why| RunError::Rows {
            path,
            why: why.to_string(),
        })
    }

    /// Removes rows after `epoch`, which have no checkpoint, and an incomplete one; returns those that stay. Without an epoch
    /// there is no checkpoint at all, and every row is removed.
    ///
    /// # Errors
    /// [`RunError::Rows`] unless there is one for each epoch up to `epoch`: the best epoch follows from them. The first is that
    /// of epoch 0, where the network was validated before its training, or that of epoch 1.
    pub(in crate::train) fn keep_rows(
        &mut self,
        epoch: Option<Epoch>,
    ) -> Result<Vec<EpochMetrics>, RunError> {
        let Content { mut rows, whole } = self.content()?;
        let path = self.path.join(METRICS);
        let all = rows.len();
        rows.retain(|row| Some(row.epoch) <= epoch);
        let first = rows.first().map_or(1, |row| row.epoch.0.min(1));
        let last = epoch.map_or(0, |epoch| epoch.0);
        if epoch.is_some() && !rows.iter().map(|row| row.epoch.0).eq(first..=last) {
            let epoch = last;
            let why = format!("it does not have one row for each of {epoch} epochs");
            return Err(RunError::Rows { path, why });
        }
        if rows.len() < all || !whole {
            let mut text = HEADER.to_owned();
            for row in &rows {
                let why = |e: csv::Error| RunError::Rows {
                    path: path.clone(),
                    why: e.to_string(),
                };
                text.push_str(&csv_row(row).map_err(why)?);
            }
            files::write_private(&path, text.as_bytes())?;
        }
        Ok(rows)
    }

    /// Appends one row in a single write, so that a reader sees complete rows only.
    pub(in crate::train) fn append_row(&mut self, row: &EpochMetrics) -> Result<(), RunError> {
        let path = self.path.join(METRICS);
        let failed = |source| RunError::Metrics {
            path: path.clone(),
            source,
        };
        let mut text = csv_row(row).map_err(|e| failed(std::io::Error::other(e)))?;
        let mut file = files::append_private(&path).map_err(|e| self.or_gone(e.into()))?;
        let before = file.metadata().map_err(failed)?.len();
        if before == 0 {
            text.insert_str(0, HEADER);
        }
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_data());
        written.map_err(|source| {
            // On a full disk, part of the row may be written. Truncating a file needs no space.
            let _ = file.set_len(before);
            failed(source)
        })
    }
}

fn parse(bytes: &[u8]) -> Result<Content, csv::Error> {
    let end = bytes
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |at| at + 1);
    let mut records = csv::Reader::from_reader(&bytes[..end]).into_deserialize();
    let mut rows = Vec::new();
    while let Some(record) = records.next() {
        match record {
            Ok(row) => rows.push(row),
            // A power cut leaves one bad line at the end; more lines after a bad one are damage.
            Err(why) if records.next().is_some() => return Err(why),
            Err(_) => return Ok(Content { rows, whole: false }),
        }
    }
    let whole = end == bytes.len();
    Ok(Content { rows, whole })
}

fn csv_row(row: &EpochMetrics) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    writer.serialize(row)?;
    let bytes = writer
        .into_inner()
        .map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::ValidationMetrics;

    fn row(epoch: u32) -> EpochMetrics {
        EpochMetrics {
            epoch: Epoch(epoch),
            train_loss: 0.25,
            train_accuracy: 0.5,
            validation: Some(ValidationMetrics {
                loss: 0.1,
                accuracy: 1.0,
                eer: 0.125,
                auc: 0.875,
            }),
            learning_rate: 1e-3,
            seconds: 0.5,
        }
    }

    fn text(epochs: u32) -> String {
        let rows = (1..=epochs).map(|e| csv_row(&row(e)).unwrap());
        std::iter::once(HEADER.to_owned()).chain(rows).collect()
    }

    #[test]
    fn wherever_it_is_torn_the_rows_before_can_be_read() {
        let text = text(3);
        for cut in 0..=text.len() {
            let whole = text[..cut].matches('\n').count().saturating_sub(1);
            for tail in [&b""[..], b"\0\0\0\0"] {
                let torn = [&text.as_bytes()[..cut], tail].concat();
                let content = parse(&torn).unwrap();
                assert_eq!(content.rows.len(), whole, "{cut}");
                let ends_well = tail.is_empty() && (cut == 0 || text[..cut].ends_with('\n'));
                assert_eq!(content.whole, ends_well, "{cut}");
            }
        }
    }

    #[test]
    fn damage_before_the_last_row_is_told() {
        let text = text(3).replacen("\n2,", "\nzwei,", 1);
        assert!(parse(text.as_bytes()).is_err());
    }

    #[test]
    fn an_epoch_without_validation_has_empty_cells_and_those_of_version_0_1_0_are_read() {
        let none = EpochMetrics {
            validation: None,
            ..row(1)
        };
        let line = csv_row(&none).unwrap();
        assert_eq!(line, "1,0.25,0.5,,,,,0.001,0.5\n");
        for line in [&line, "1,0.25,0.5,0.0,0.0,0.5,0.5,0.001,0.5\n"] {
            assert_eq!(
                parse(format!("{HEADER}{line}").as_bytes()).unwrap().rows,
                [none]
            );
        }
        let partial = format!(
            "{HEADER}1,0.25,0.5,0.1,,0.5,0.5,0.001,0.5\n{}",
            csv_row(&row(2)).unwrap()
        );
        assert!(parse(partial.as_bytes()).is_err());
    }

    #[test]
    fn rows_of_epoch_0_are_kept_with_a_checkpoint_and_removed_without_one() {
        let home = tempfile::tempdir().unwrap();
        let mut run = RunDir {
            path: home.path().to_owned(),
            lock: None,
            background: false,
        };
        for epoch in 0..3 {
            run.append_row(&row(epoch)).unwrap();
        }
        assert_eq!(run.keep_rows(Some(Epoch(1))).unwrap(), [row(0), row(1)]);
        assert_eq!(run.keep_rows(Some(Epoch(0))).unwrap(), [row(0)]);
        assert_eq!(run.keep_rows(None).unwrap(), []);
        assert_eq!(run.rows().unwrap(), []);
    }

    #[test]
    fn a_torn_row_is_removed_before_the_next_is_written() {
        let home = tempfile::tempdir().unwrap();
        let mut run = RunDir {
            path: home.path().to_owned(),
            lock: None,
            background: false,
        };
        let file = home.path().join(METRICS);
        std::fs::write(&file, format!("{}4,0.2", text(3))).unwrap();
        assert_eq!(run.keep_rows(Some(Epoch(3))).unwrap().len(), 3);
        run.append_row(&row(4)).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text(4));
        let missing = run.keep_rows(Some(Epoch(5))).unwrap_err().to_string();
        assert!(missing.contains("each of 5 epochs"), "{missing}");
    }
}
