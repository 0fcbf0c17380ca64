//! What those who watch make of what they are told: the events of a training, with the weights from disk.

use super::ControlError;
use super::client::Client;
use super::message::{Hello, Said};
use crate::files::clean;
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::train::events::{EpochMetrics, EpochReport, Event, Started};
use crate::train::run_dir::State;
use crate::units::Epoch;
use std::collections::VecDeque;
use std::sync::Arc;

/// A training in another process, told in the events of one in this process: with the weights, from its checkpoints.
#[derive(Debug)]
pub(in crate::train) struct Following {
    client: Client,
    hello: Hello,
    /// The last epoch that was given.
    known: Epoch,
    newest: Option<(Siamese, Arc<Scores>)>,
    /// What comes before anything else that is said.
    next: VecDeque<Event>,
    over: bool,
}

impl Following {
    pub(super) fn new(client: Client, hello: Hello) -> Self {
        let mut following = Self {
            client,
            hello: hello.clone(),
            known: Epoch(0),
            newest: None,
            next: VecDeque::new(),
            over: false,
        };
        following.begin(hello);
        following
    }

    /// The next event; waits for it. `None` after the last one.
    ///
    /// # Errors
    /// [`ControlError::Lost`] if the training ended without saying so.
    pub(in crate::train) fn event(&mut self) -> Result<Option<Event>, ControlError> {
        while self.next.is_empty() {
            if self.over {
                return Ok(None);
            }
            match self.client.said()? {
                Some(said) => self.take(said)?,
                None => self.hung_up()?,
            }
        }
        let event = self.next.pop_front();
        self.over |= matches!(event, Some(Event::Finished { .. } | Event::Failed { .. }));
        Ok(event)
    }

    fn take(&mut self, said: Said) -> Result<(), ControlError> {
        let event = match said {
            Said::Hello(hello) => {
                self.begin(*hello);
                return Ok(());
            }
            Said::Batch(report) => Event::Batch(report),
            Said::Epoch { metrics, best } => {
                self.epoch(metrics, best);
                return Ok(());
            }
            Said::Paused => Event::Paused,
            Said::Resumed => Event::Resumed,
            Said::Saved(epoch) => Event::Saved {
                path: self.client.run.checkpoint_path(),
                epoch,
            },
            Said::Finished { epoch, stopped } => {
                self.client.outlast();
                self.catch_up(epoch);
                Event::Finished { epoch, stopped }
            }
            Said::Failed(message) => {
                self.client.outlast();
                Event::Failed {
                    message: clean(&message),
                }
            }
            Said::Refused(why) => return Err(ControlError::Refused(clean(&why))),
        };
        self.next.push_back(event);
        Ok(())
    }

    /// The whole state, from a greeting and what is on disk: at the start, and whenever this side was too slow.
    fn begin(&mut self, hello: Hello) {
        // Rows that cannot be read are no reason not to watch what comes.
        let mut history = self.client.run.rows().unwrap_or_default();
        self.fetch();
        let newest = match &self.newest {
            Some(_) => history.pop(),
            None => None,
        };
        let (paused, recipe) = (hello.paused, self.client.run.recipe().ok());
        let best_of = |rows: &[EpochMetrics]| recipe.as_ref().and_then(|r| r.best_of(rows));
        self.next.push_back(Event::Started(Started {
            run: Some(self.client.run.path().to_owned()),
            parameters: hello.parameters,
            epochs: hello.epochs,
            towers: recipe
                .as_ref()
                .map_or_else(|| vec![0], |r| r.tower_starts()),
            batches: hello.batches,
            best: best_of(&history),
            split: hello.split.clone(),
            validation: hello.validation.clone(),
            history: history.clone(),
        }));
        self.hello = hello;
        self.known = history.last().map_or(Epoch(0), |row| row.epoch);
        // The newest epoch again as an event, because that is what carries weights.
        if let Some(newest) = newest {
            history.push(newest);
            self.give(newest, best_of(&history) == Some(history.len() - 1));
        }
        if paused {
            self.next.push_back(Event::Paused);
        }
    }

    /// What was said before it was known from disk is passed over.
    fn epoch(&mut self, metrics: EpochMetrics, best: bool) {
        if metrics.epoch <= self.known {
            return;
        }
        if !self.client.is_behind() || self.newest.is_none() {
            self.fetch();
        }
        self.give(metrics, best);
    }

    fn give(&mut self, metrics: EpochMetrics, best: bool) {
        self.known = metrics.epoch;
        // Without any weights there is nothing to show of an epoch; the next greeting or epoch brings its row.
        if let Some((model, scores)) = &self.newest {
            self.next.push_back(Event::Epoch(Box::new(EpochReport {
                metrics,
                best,
                scores: scores.clone(),
                model: model.clone(),
            })));
        }
    }

    /// At the end, whatever was passed over while this side was slow.
    fn catch_up(&mut self, epoch: Epoch) {
        if self.known < epoch {
            self.begin(Hello {
                paused: false,
                ..self.hello.clone()
            });
        }
    }

    /// Its last words may not have come through; the disk tells.
    fn hung_up(&mut self) -> Result<(), ControlError> {
        let run = &self.client.run;
        let summary = run.summary()?;
        let done = |last: &EpochMetrics| {
            summary.state == State::Finished || last.epoch.0 >= summary.recipe.epochs
        };
        let Some(last) = summary.last.filter(done) else {
            return Err(ControlError::Lost(run.path().to_owned()));
        };
        self.catch_up(last.epoch);
        self.next.push_back(Event::Finished {
            epoch: last.epoch,
            stopped: false,
        });
        Ok(())
    }

    /// Reads the newest weights. Should that fail at this instant, the last ones stay.
    fn fetch(&mut self) {
        if let Ok(Some(point)) = self.client.run.resume_point() {
            let saved = point.saved;
            self.newest = Some((saved.model, Arc::new(saved.scores)));
        }
    }
}
