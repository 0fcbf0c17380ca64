//! The screens without a terminal and without threads: each request is answered at once. For tests.

use std::sync::mpsc::{Receiver, channel};

use super::files::FileWorker;
use super::message::Message;
use super::network::NetworkWorker;
use super::options::{TuiError, TuiOptions};
use super::settings;
use super::task::{Job, Network, Task, failure};
use crate::app::effect::Effect;
use crate::app::error::TaskError;
use crate::app::event::Event;
use crate::app::key::Key;
use crate::app::{State, update};

/// The screens without a terminal.
pub struct Headless {
    state: State,
    files: FileWorker,
    network: NetworkWorker,
    messages: Receiver<Message>,
    model: Option<Network>,
}

impl Headless {
    /// Starts the screens and loads the faces and the network, as the terminal program does.
    ///
    /// # Errors
    /// When the preset of the configuration is unknown.
    pub fn start(options: TuiOptions) -> Result<Self, TuiError> {
        let (chosen, presets) = settings::defaults(&options.config)?;
        let (out, messages) = channel();
        let mut screens = Self {
            state: State::new(chosen, presets, (120, 40)),
            network: NetworkWorker::new(options.paths.gallery_dir()),
            files: FileWorker::new(options, out),
            messages,
            model: None,
        };
        screens.dispatch(Event::Begin);
        Ok(screens)
    }

    /// What the screens know now.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key) {
        self.dispatch(Event::Key(key));
    }

    /// Updates the state, and answers all that it requests of files and network.
    fn dispatch(&mut self, event: Event) {
        for effect in update(&mut self.state, event) {
            let events = match effect {
                Effect::Files(task) => {
                    let job = self.job(task);
                    answers(job, |job| self.files.work(job))
                }
                Effect::Network(task) => {
                    let job = self.job(task);
                    answers(job, |job| self.network.work(job))
                }
                Effect::Terminal(_) | Effect::Training(_) => Vec::new(),
            };
            // A worker sends a data set and a network before the rest of its answer.
            while let Ok(message) = self.messages.try_recv() {
                self.take(message);
            }
            events.into_iter().for_each(|event| self.dispatch(event));
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::App(event) => self.dispatch(event),
            Message::Model(loaded) => {
                let revision = 1 + self.model.as_ref().map_or(0, |network| network.revision);
                let (network, event) = loaded.into_network(revision);
                self.model = Some(network);
                self.dispatch(event);
            }
            Message::Terminate | Message::Continued => {}
        }
    }

    fn job<T>(&self, task: T) -> Job<T> {
        Job {
            task,
            dataset: self.state.data.dataset.clone(),
            network: self.model.clone(),
        }
    }
}

fn answers<T: Task>(
    job: Job<T>,
    work: impl FnOnce(Job<T>) -> Result<Vec<Event>, TaskError>,
) -> Vec<Event> {
    let request = job.task.request();
    work(job).unwrap_or_else(|why| vec![failure(request, why)])
}
