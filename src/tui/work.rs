//! Everything that takes time, on two threads: one for files, one for the network.
//!
//! A job carries all it needs, the data set and the weights among them, both shared and cheap to clone. Of several
//! waiting jobs of one kind only the newest is done: whoever holds a key down does not wait for every picture passed.

use std::mem::{Discriminant, discriminant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::ask::Asker;
use super::filer::Filer;
use super::{Message, TuiOptions};
use crate::app::event::{Effect, Event, Level};
use crate::data::Dataset;
use crate::model::Siamese;
use crate::units::Epoch;

/// The network that answers.
#[derive(Clone)]
pub(super) struct Network {
    /// After which epoch.
    pub(super) epoch: Epoch,
    /// Which weights, counted: two trainings have the same epochs.
    pub(super) revision: u64,
    /// The weights.
    pub(super) model: Siamese,
}

/// What there is to do, and with what.
#[derive(Clone)]
pub(super) struct Job {
    /// The question.
    pub(super) what: What,
    /// People and pictures, if loaded.
    pub(super) dataset: Option<Arc<Dataset>>,
    /// The newest network, if any.
    pub(super) network: Option<Network>,
}

/// The question.
#[derive(Clone)]
pub(super) enum What {
    /// Of the state.
    Effect(Effect),
    /// A run to take the network from: this one, or the newest over these faces.
    Model(Option<PathBuf>),
}

impl What {
    /// Whether it changes something on disk that the user has asked to be kept.
    fn keeps(&self) -> bool {
        let Self::Effect(effect) = self else {
            return false;
        };
        matches!(
            effect,
            Effect::Enrol(..) | Effect::Rename(..) | Effect::Forget(..) | Effect::KeepMarks(..)
        )
    }
}

/// The two threads.
pub(super) struct Workers {
    files: Sender<Job>,
    network: Sender<Job>,
    /// Jobs given and not yet done that keep something.
    keeping: Arc<AtomicUsize>,
    /// Ends when both threads have.
    ended: Receiver<()>,
}

impl Workers {
    /// Starts them; answers go to `out`.
    pub(super) fn start(options: &TuiOptions, out: &Sender<Message>) -> std::io::Result<Self> {
        let (alive, ended) = channel();
        let keeping = Arc::new(AtomicUsize::new(0));
        let (files, jobs) = channel();
        let mut filer = Filer::new(options.clone(), out.clone());
        let work = counted(&keeping, &alive, move |job| filer.work(job));
        spawn("files", jobs, out.clone(), work)?;
        let (network, jobs) = channel();
        let mut asker = Asker::new(&options.paths);
        let work = counted(&keeping, &alive, move |job| asker.work(job));
        spawn("network", jobs, out.clone(), work)?;
        Ok(Self {
            files,
            network,
            keeping,
            ended,
        })
    }

    /// Ends the threads; what the user asked to be kept is waited for, but no longer than `patience`.
    pub(super) fn leave(self, patience: Duration) {
        let Self {
            files,
            network,
            keeping,
            ended,
        } = self;
        drop((files, network));
        if keeping.load(Ordering::SeqCst) > 0 {
            let _ = ended.recv_timeout(patience);
        }
    }

    /// Hands a job on.
    pub(super) fn give(&self, job: Job) {
        let to = match &job.what {
            What::Effect(
                Effect::ScorePairs(..)
                | Effect::Compare(..)
                | Effect::Project(..)
                | Effect::LookInside(..)
                | Effect::Enrol(..)
                | Effect::Rename(..)
                | Effect::Forget(..),
            ) => &self.network,
            _ => &self.files,
        };
        if job.what.keeps() {
            self.keeping.fetch_add(1, Ordering::SeqCst);
        }
        // A worker lives as long as the program; one that is gone has said so.
        let _ = to.send(job);
    }
}

/// `work`, which counts down what it has kept, and holds `alive` as long as its thread lives.
fn counted<W: FnMut(Job) -> Vec<Event>>(
    keeping: &Arc<AtomicUsize>,
    alive: &Sender<()>,
    mut work: W,
) -> impl FnMut(Job) -> Vec<Event> + use<W> {
    let (keeping, alive) = (keeping.clone(), alive.clone());
    move |job| {
        let (keeps, _held) = (job.what.keeps(), &alive);
        let events = work(job);
        if keeps {
            keeping.fetch_sub(1, Ordering::SeqCst);
        }
        events
    }
}

fn spawn(
    name: &'static str,
    jobs: Receiver<Job>,
    out: Sender<Message>,
    mut work: impl FnMut(Job) -> Vec<Event> + Send + 'static,
) -> std::io::Result<()> {
    let run = move || {
        while let Ok(first) = jobs.recv() {
            for job in newest(std::iter::once(first).chain(jobs.try_iter()).collect()) {
                let events = catch_unwind(AssertUnwindSafe(|| work(job))).unwrap_or_else(|_| {
                    let text =
                        format!("the {name} thread failed at a task; the log file says where");
                    vec![Event::Notice(Level::Error, text)]
                });
                for event in events {
                    if out.send(Message::App(event)).is_err() {
                        return;
                    }
                }
            }
        }
    };
    thread::Builder::new()
        .name(name.into())
        .spawn(run)
        .map(drop)
}

/// Of jobs of one kind the last, in their order. What changes something on disk is always done.
fn newest(jobs: Vec<Job>) -> Vec<Job> {
    let kind = |job: &Job| -> Option<Discriminant<Effect>> {
        match &job.what {
            What::Model(_) => None,
            what if what.keeps() => None,
            What::Effect(effect) => Some(discriminant(effect)),
        }
    };
    let kinds: Vec<_> = jobs.iter().map(kind).collect();
    let superseded = |i: usize| kinds[i].is_some() && kinds[i + 1..].contains(&kinds[i]);
    jobs.into_iter()
        .enumerate()
        .filter(|(i, _)| !superseded(*i))
        .map(|(_, job)| job)
        .collect()
}
