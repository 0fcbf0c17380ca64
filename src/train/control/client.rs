//! The side of those who watch.

use super::message::{Asked, Hello, Lines, Said, banner};
use super::{Attached, ControlError, place};
use crate::files::clean;
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::train::Trainer;
use crate::train::events::{Command, EpochMetrics, EpochReport, Event, Started};
use crate::train::run_dir::{RunDir, State};
use crate::units::Epoch;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

/// How long a training may take for its first words: longer than any batch, or any validation.
const FIRST_WORDS: Duration = Duration::from_secs(60);
/// How long it may take to end after its last ones: longer than a second for those who do not listen.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// Watches the training that another process does in `run`.
///
/// # Errors
/// [`ControlError`] if there is none, or it does not let anybody in.
pub fn attach(run: RunDir) -> Result<Attached, ControlError> {
    let path = run.path().to_owned();
    let failed = |why| ControlError::Socket {
        run: path.clone(),
        why,
    };
    let mut client = Client::connect(run)?;
    let hello = client.hello()?;
    let source = hello.source.clone();
    let wishes = Wishes(client.stream.try_clone().map_err(failed)?);
    let following = Following::new(client, hello);
    let trainer = Trainer::follow(following, wishes).map_err(failed)?;
    Ok(Attached { trainer, source })
}

/// Says to a training what is wished.
#[derive(Debug)]
pub(in crate::train) struct Wishes(UnixStream);

impl Wishes {
    /// Asks for something; a training that has ended takes no notice.
    pub(in crate::train) fn send(&self, command: Command) {
        let _ = (&self.0).write_all(&Asked(command).line());
    }

    /// Lets go of the training, which goes on.
    pub(in crate::train) fn leave(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A connection to a training in another process.
#[derive(Debug)]
struct Client {
    run: RunDir,
    stream: UnixStream,
    lines: Lines,
    waiting: VecDeque<Said>,
}

impl Client {
    fn connect(run: RunDir) -> Result<Self, ControlError> {
        let connected = place::connect(run.path()).and_then(|mut stream| {
            stream.write_all(&banner())?;
            Ok(stream)
        });
        let stream = connected.map_err(|why| {
            let path = run.path().to_owned();
            match (why.kind(), run.owner()) {
                // A socket without a listener is what a killed training leaves.
                (ErrorKind::NotFound | ErrorKind::ConnectionRefused, None) => {
                    ControlError::NotRunning(path)
                }
                (ErrorKind::NotFound, Some(owner)) if !owner.background => {
                    ControlError::Foreground { run: path, owner }
                }
                _ => ControlError::Socket { run: path, why },
            }
        })?;
        Ok(Self {
            run,
            stream,
            lines: Lines::said(),
            waiting: VecDeque::new(),
        })
    }

    /// The first greeting; it is waited for no longer than [`FIRST_WORDS`].
    fn hello(&mut self) -> Result<Hello, ControlError> {
        let patience = |stream: &UnixStream, time| stream.set_read_timeout(time);
        patience(&self.stream, Some(FIRST_WORDS)).map_err(|why| self.failed(why))?;
        loop {
            match self.said()? {
                Some(Said::Hello(hello)) => {
                    patience(&self.stream, None).map_err(|why| self.failed(why))?;
                    return Ok(*hello);
                }
                Some(Said::Refused(why) | Said::Failed(why)) => {
                    return Err(ControlError::Refused(clean(&why)));
                }
                // The last words may come before any greeting.
                Some(_) => {}
                None => return Err(ControlError::NotRunning(self.run.path().to_owned())),
            }
        }
    }

    /// The next thing that is said; waits for it. `None` when the training has closed the line.
    fn said(&mut self) -> Result<Option<Said>, ControlError> {
        while self.waiting.is_empty() {
            let mut bytes = [0; 16 << 10];
            let count = match self.stream.read(&mut bytes) {
                Ok(0) => return Ok(None),
                Ok(count) => count,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(ControlError::Silent(self.run.path().to_owned()));
                }
                Err(why) => return Err(self.failed(why)),
            };
            self.lines.push(&bytes[..count]);
            while let Some(line) = self.lines.next_line()? {
                self.waiting.push_back(Said::parse(&line)?);
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// Waits until the training has hung up, which it does when its run is free for others. Should it not, that is its
    /// own affair.
    fn outlast(&mut self) {
        let _ = self.stream.set_read_timeout(Some(LAST_BREATH));
        while let Ok(Some(_)) = self.said() {}
    }

    /// Whether a later epoch has been said already, so that the weights of this one need not be fetched.
    fn is_behind(&self) -> bool {
        let newer = |said: &Said| matches!(said, Said::Epoch { .. } | Said::Hello(_));
        self.waiting.iter().any(newer)
    }

    fn failed(&self, why: std::io::Error) -> ControlError {
        ControlError::Socket {
            run: self.run.path().to_owned(),
            why,
        }
    }
}

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
    fn new(client: Client, hello: Hello) -> Self {
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
