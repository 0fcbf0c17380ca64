//! What is seen of a training without screens, and what is said of it at its end.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::Status;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{self, note, percent};
use crate::data::Source;
use crate::train::events::EpochMetrics;
use crate::train::{Answer, Event};

/// The answer in JSON.
#[derive(Serialize)]
struct Report {
    run: PathBuf,
    parameters: usize,
    /// Completed, those of earlier sittings included.
    epochs: u32,
    /// Of this sitting.
    seconds: f64,
    /// Median over the batches of this sitting; 0 if there was none.
    pairs_per_second: f32,
    r#final: Final,
}

#[derive(Serialize)]
struct Final {
    train_loss: f32,
    train_accuracy: f32,
    // These four are null where nobody was held out to validate on.
    val_loss: Option<f32>,
    val_accuracy: Option<f32>,
    val_eer: Option<f64>,
    val_auc: Option<f64>,
}

impl From<&EpochMetrics> for Final {
    fn from(m: &EpochMetrics) -> Self {
        let measured = m.is_validated();
        Self {
            train_loss: m.train_loss,
            train_accuracy: m.train_accuracy,
            val_loss: measured.then_some(m.val_loss),
            val_accuracy: measured.then_some(m.val_accuracy),
            val_eer: measured.then_some(m.val_eer),
            val_auc: measured.then_some(m.val_auc),
        }
    }
}

/// What was seen of a training.
#[derive(Default)]
pub(super) struct Seen {
    parameters: usize,
    speeds: Vec<f32>,
    last: Option<EpochMetrics>,
    stopped: bool,
}

impl Seen {
    /// Takes in what the training says; its answer stops it once somebody has asked for that.
    pub(super) fn note(&mut self, event: Event, interrupt: &Interrupt) -> Answer {
        match event {
            Event::Started(started) => {
                self.parameters = started.parameters;
                self.last = started.history.last().copied();
            }
            Event::Batch(batch) => self.speeds.push(batch.pairs_per_second),
            Event::Epoch(epoch) => self.last = Some(epoch.metrics),
            Event::Finished { stopped, .. } => self.stopped = stopped,
            Event::Paused | Event::Resumed | Event::Saved { .. } | Event::Failed { .. } => {}
        }
        match interrupt.asked() {
            true => Answer::Stop,
            false => Answer::Continue,
        }
    }

    /// Says where the training came to, in so many seconds: in words, or as JSON.
    pub(super) fn report(
        &self,
        run: PathBuf,
        source: &Source,
        seconds: f64,
        json: bool,
    ) -> anyhow::Result<Status> {
        let faces = match source {
            Source::Orl => String::new(),
            other => format!(" --data {other}"),
        };
        let again = format!(
            "go on with: twinsight train --resume --run {}{faces}",
            run.display()
        );
        let Some(last) = &self.last else {
            anyhow::bail!("the training was stopped before its first epoch was complete; {again}");
        };
        let report = Report {
            run,
            parameters: self.parameters,
            epochs: last.epoch.0,
            seconds,
            pairs_per_second: median(&self.speeds),
            r#final: last.into(),
        };
        if json {
            output::json(&report)?;
        } else {
            let how = if self.stopped { "stopped" } else { "done" };
            let figures = match last.is_validated() {
                true => format!(
                    ": validation EER {}, AUC {:.4}",
                    percent(last.val_eer),
                    last.val_auc
                ),
                false => String::new(),
            };
            output::line(&format!(
                "{how} after epoch {}, {seconds:.1} s{figures}\nkept in {}",
                report.epochs,
                report.run.display()
            ))?;
        }
        if self.stopped {
            note(&again);
        }
        Ok(Status::Done)
    }
}

fn median(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}
