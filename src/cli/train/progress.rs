//! What `train` prints while it runs: a bar on a terminal, and a line for each epoch and for each member that begins.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output::{self, note, percent};
use crate::metrics;
use crate::recognition::ENOUGH_HELD_OUT;
use crate::text::counted;
use crate::train::events::{BatchReport, EpochMetrics, Started};
use crate::train::{Event, NEAR_CHANCE};

/// The bar of a batch: `epoch 3/40 ━━━━━━━─── 12/25 loss 0.312 · 9800 pairs/s · 2m left`.
const TEMPLATE: &str = "{prefix} {bar:30} {pos}/{len} {msg}";

/// Prints the events of one training.
pub(super) struct ProgressDisplay {
    /// Drawn on standard error; hidden where that is no terminal.
    bar: ProgressBar,
    /// Whether lines go to standard error, because standard output is for JSON.
    json: bool,
    /// Whether validation is on people and not on pairs.
    by_people: bool,
    epochs: u32,
    /// How many people are held out for validation; 0 if it is on pairs.
    people: usize,
    /// Epochs before the first one of each member.
    members: Vec<u32>,
}

impl ProgressDisplay {
    /// For a training that is validated on held-out people (`by_people`), or on pairs.
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
            people: 0,
            members: Vec::new(),
        }
    }

    pub(super) fn show(&mut self, event: &Event) {
        match event {
            Event::Started(started) => self.started(started),
            Event::Batch(batch) => self.batch(batch),
            Event::Epoch(epoch) => {
                let line = epoch_line(&epoch.metrics, epoch.best, self.epochs, self.people);
                self.line(&line);
            }
            Event::Finished { .. } => self.bar.finish_and_clear(),
            Event::Paused | Event::Resumed | Event::Saved { .. } | Event::Failed(_) => {}
        }
    }

    fn started(&mut self, started: &Started) {
        self.epochs = started.epochs;
        self.people = started.split.validation.len();
        self.members.clone_from(&started.members);
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
            self.line(&format!("continuing after epoch {}", last.epoch));
        }
    }

    fn batch(&self, batch: &BatchReport) {
        let begins = |&before: &u32| before + 1 == batch.epoch.0 && batch.batch == 1;
        if let Some(member) = self.members.iter().skip(1).position(begins) {
            let count = self.members.len();
            self.line(&format!("member {} of {count} begins", member + 2));
        }
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
            // A closed pipe is no reason to stop a training; the report at its end shows the error.
            false => drop(output::line(text)),
        };
        match self.bar.length() {
            // Nothing is drawn yet; suspending the bar would draw it.
            Some(0) => write(),
            _ => self.bar.suspend(write),
        }
    }
}

/// `people` is how many people are held out for validation; 0 if it is on pairs.
fn epoch_line(m: &EpochMetrics, best: bool, epochs: u32, people: usize) -> String {
    let accuracy = percent(m.train_accuracy.into());
    let told = |rate: f64, show: fn(f64) -> String| match people {
        0 => show(rate),
        people => metrics::tells_rate(rate, people).map_or("n/a".to_owned(), |()| show(rate)),
    };
    let validation = m.validation.map_or(String::new(), |v| {
        format!(
            "  validation: loss {:.4}  accuracy {:>7}  EER {:>7}  AUC {:>6}",
            v.loss,
            percent(v.accuracy.into()),
            told(v.eer, percent),
            told(v.auc, |auc| format!("{auc:.4}"))
        )
    });
    let learned = m.validation.is_some_and(|v| v.eer < NEAR_CHANCE);
    let best = match (best && learned, people) {
        (false, _) => String::new(),
        (true, few @ 1..ENOUGH_HELD_OUT) => format!("  best, on {}", counted(few, "person")),
        (true, _) => "  best".to_owned(),
    };
    format!(
        "epoch {:>3}/{epochs}  loss {:.4}  accuracy {accuracy:>7}{validation}  {:.1} s{best}",
        m.epoch.0, m.train_loss, m.seconds
    )
}
