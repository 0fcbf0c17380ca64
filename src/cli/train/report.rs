//! What `train` reports at its end.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::Status;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{self, note, percent};
use crate::data::Source;
use crate::files::{as_argument, shown};
use crate::metrics::{self, TooFew, median};
use crate::recognition::ENOUGH_HELD_OUT;
use crate::text::counted;
use crate::train::{Answer, EpochMetrics, Event, NotLearned};

/// The answer in JSON.
#[derive(Serialize)]
struct TrainReport {
    run: PathBuf,
    parameters: usize,
    /// Complete epochs, with those before a resume.
    epochs: u32,
    /// Of this command.
    seconds: f64,
    /// Median over the batches of this command; 0 if there was none.
    pairs_per_second: f32,
    r#final: FinalMetrics,
    /// Why it learned nothing, if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_learned: Option<String>,
}

#[derive(Serialize)]
struct FinalMetrics {
    train_loss: f32,
    train_accuracy: f32,
    // These four are null where nobody was held out for validation.
    val_loss: Option<f32>,
    val_accuracy: Option<f32>,
    val_eer: Option<f64>,
    val_auc: Option<f64>,
    /// Why one of these two is null that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<TooFew>,
}

impl FinalMetrics {
    /// The figures that `people` held-out people can tell.
    fn new(m: &EpochMetrics, people: usize) -> Self {
        let told = |rate: f64| match people {
            0 => Ok(()),
            people => metrics::tells_rate(rate, people),
        };
        let figures = m.validation.map(|v| [v.eer, v.auc]);
        Self {
            reason: figures
                .into_iter()
                .flatten()
                .find_map(|rate| told(rate).err()),
            train_loss: m.train_loss,
            train_accuracy: m.train_accuracy,
            val_loss: m.validation.map(|v| v.loss),
            val_accuracy: m.validation.map(|v| v.accuracy),
            val_eer: m.validation.map(|v| v.eer).filter(|&eer| told(eer).is_ok()),
            val_auc: m.validation.map(|v| v.auc).filter(|&auc| told(auc).is_ok()),
        }
    }
}

/// What the report needs of the events.
#[derive(Default)]
pub(super) struct TrainSummary {
    parameters: usize,
    speeds: Vec<f32>,
    /// The rows so far, with those before a resume.
    rows: Vec<EpochMetrics>,
    /// How many people are held out for validation.
    held_out: usize,
    stopped: bool,
}

impl TrainSummary {
    /// Records an event; the answer stops the training once the user has interrupted it.
    pub(super) fn record(&mut self, event: Event, interrupt: &Interrupt) -> Answer {
        match event {
            Event::Started(started) => {
                self.parameters = started.parameters;
                self.held_out = started.split.validation.len();
                self.rows.clone_from(&started.history);
            }
            Event::Batch(batch) => self.speeds.push(batch.pairs_per_second),
            Event::Epoch(epoch) => self.rows.push(epoch.metrics),
            Event::Finished { stopped, .. } => self.stopped = stopped,
            Event::Paused | Event::Resumed | Event::Saved { .. } | Event::Failed(_) => {}
        }
        match interrupt.asked() {
            true => Answer::Stop,
            false => Answer::Continue,
        }
    }

    /// On how many people the validation rests.
    fn people(&self) -> String {
        match self.held_out {
            0 => String::new(),
            few @ 1..ENOUGH_HELD_OUT => {
                format!(
                    ", on {}, which are too few to judge it",
                    counted(few, "person")
                )
            }
            many => format!(", on {many} people"),
        }
    }

    /// Prints the result of the training, which took so many seconds: as text or as JSON.
    pub(super) fn report(
        &self,
        run: PathBuf,
        source: &Source,
        seconds: f64,
        json: bool,
    ) -> anyhow::Result<Status> {
        let faces = match source {
            Source::Orl => String::new(),
            other => format!(" --data {}", other.as_argument()),
        };
        let again = format!(
            "go on with: twinsight train --resume --run {}{faces}",
            as_argument(&run)
        );
        let Some(last) = self.rows.last() else {
            anyhow::bail!("the training was stopped before its first epoch was complete; {again}");
        };
        let report = TrainReport {
            run,
            parameters: self.parameters,
            epochs: last.epoch.0,
            seconds,
            pairs_per_second: median(self.speeds.clone()).unwrap_or(0.0),
            r#final: FinalMetrics::new(last, self.held_out),
            not_learned: NotLearned::of(&self.rows).map(|why| why.to_string()),
        };
        if json {
            output::json(&report)?;
        } else {
            let how = if self.stopped { "stopped" } else { "done" };
            let last = &report.r#final;
            let missing = || "n/a".to_owned();
            let figures = last.val_loss.map_or(String::new(), |_| {
                format!(
                    ": validation EER {}, AUC {}{}",
                    last.val_eer.map_or_else(missing, percent),
                    last.val_auc.map_or_else(missing, |auc| format!("{auc:.4}")),
                    self.people()
                )
            });
            output::line(&format!(
                "{how} after epoch {}, {seconds:.1} s{figures}\nkept in {}",
                report.epochs,
                shown(&report.run)
            ))?;
        }
        report.not_learned.iter().for_each(|why| note(why));
        if self.stopped {
            note(&again);
        }
        Ok(Status::Done)
    }
}
