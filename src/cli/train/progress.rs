//! How a training is seen from a shell: a bar on a terminal, a line for each epoch anywhere else.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output::{self, note, percent};
use crate::train::Event;
use crate::train::events::{BatchReport, EpochReport, Started};

/// What is drawn for each batch: `epoch 3/40 ━━━━━━━─── 12/25 loss 0.312 · 9800 pairs/s · 2m left`.
const TEMPLATE: &str = "{prefix} {bar:30} {pos}/{len} {msg}";

/// Shows the events of one training.
pub(super) struct Progress {
    /// Drawn on standard error; hidden where that is no terminal.
    bar: ProgressBar,
    /// Whether lines belong on standard error, because standard output is for JSON.
    json: bool,
    /// Whether it is validated on people, and not on pairs.
    by_people: bool,
    epochs: u32,
}

impl Progress {
    /// For a training that is validated on people held out, or else on pairs.
    pub(super) fn new(json: bool, by_people: bool) -> Self {
        let bar = match std::io::stderr().is_terminal() {
            true => ProgressBar::new(0),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self {
            bar,
            json,
            by_people,
            epochs: 0,
        }
    }

    pub(super) fn show(&mut self, event: &Event) {
        match event {
            Event::Started(started) => self.started(started),
            Event::Batch(batch) => self.batch(batch),
            Event::Epoch(epoch) => self.line(&epoch_line(epoch, self.epochs)),
            Event::Finished { .. } => self.bar.finish_and_clear(),
            Event::Paused | Event::Resumed | Event::Saved { .. } | Event::Failed { .. } => {}
        }
    }

    fn started(&mut self, started: &Started) {
        self.epochs = started.epochs;
        self.line(&format!(
            "{} parameters, {} batches an epoch; training on {} people, validating on {}",
            started.parameters,
            started.batches,
            started.split.train.len(),
            started.validation
        ));
        if self.by_people && started.split.validation.is_empty() {
            self.line(
                "nobody is held out: how often it errs will not be known, and similarities are no probabilities",
            );
        }
        if let Some(last) = started.history.last() {
            self.line(&format!("going on after epoch {}", last.epoch));
        }
    }

    fn batch(&self, batch: &BatchReport) {
        self.bar.set_length(batch.batches as u64);
        self.bar
            .set_prefix(format!("epoch {}/{}", batch.epoch, self.epochs));
        self.bar.set_position(batch.batch as u64);
        self.bar.set_message(format!(
            "loss {:.3} · {:.0} pairs/s · {} left",
            batch.loss,
            batch.pairs_per_second,
            indicatif::HumanDuration(batch.remaining)
        ));
    }

    fn line(&self, text: &str) {
        let write = || match self.json {
            true => note(text),
            // That nobody reads the lines is no reason to stop a training; the summary at its end will notice.
            false => drop(output::line(text)),
        };
        match self.bar.length() {
            // Nothing is drawn yet, and standing aside would draw it.
            Some(0) => write(),
            _ => self.bar.suspend(write),
        }
    }
}

fn epoch_line(report: &EpochReport, epochs: u32) -> String {
    let m = &report.metrics;
    if !m.is_validated() {
        return format!(
            "epoch {:>3}/{epochs}  loss {:.4}  accuracy {:>7}  {:.1} s",
            m.epoch.0,
            m.train_loss,
            percent(m.train_accuracy.into()),
            m.seconds
        );
    }
    format!(
        "epoch {:>3}/{epochs}  loss {:.4}  accuracy {:>7}  validation: loss {:.4}  accuracy {:>7}  EER {:>7}  AUC {:.4}  {:.1} s{}",
        m.epoch.0,
        m.train_loss,
        percent(m.train_accuracy.into()),
        m.val_loss,
        percent(m.val_accuracy.into()),
        percent(m.val_eer),
        m.val_auc,
        m.seconds,
        if report.best { "  best" } else { "" }
    )
}
