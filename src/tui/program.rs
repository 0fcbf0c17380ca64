//! The loop: takes messages, lets the state decide, carries out what it wants, and draws.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::input::SharedTrainer;
use super::terminal::Terminal;
use super::work::{Job, Network, What, Workers};
use super::{Look, Message, TuiOptions, ending, memory, settings};
use crate::app::event::{Effect, Event, Level, Progress};
use crate::app::train::Settings;
use crate::app::{State, update};
use crate::data::{Dataset, Split, mislabelled};
use crate::model::checkpoint::Facts;
use crate::train::recipe::Overrides;
use crate::train::{Command, Recipe, RunDir, RunOptions, events};
use crate::ui::{self, Theme};
use crate::units::{PersonId, Seed};

/// Between two drawings, unless a key was pressed.
const FRAME: Duration = Duration::from_millis(100);
/// The same where the line is slow.
const CALM_FRAME: Duration = Duration::from_secs(2);
/// How often the training is listened to.
const LISTEN: Duration = Duration::from_millis(40);
/// How long a training may take to stop and save when the program leaves.
const LEAVE: Duration = Duration::from_secs(4);

/// Everything the loop holds.
pub(super) struct Program {
    options: TuiOptions,
    terminal: Terminal,
    state: State,
    look: Look,
    workers: Workers,
    trainer: SharedTrainer,
    network: Option<Network>,
    revisions: u64,
    started: Instant,
    drawn: Option<Instant>,
    dirty: bool,
    urgent: bool,
    leaving: bool,
    asked_for_model: bool,
}

impl Program {
    pub(super) fn new(
        options: TuiOptions,
        terminal: Terminal,
        state: State,
        look: Look,
        out: &Sender<Message>,
    ) -> io::Result<Self> {
        let workers = Workers::start(&options, out)?;
        Ok(Self {
            options,
            terminal,
            state,
            look,
            workers,
            trainer: Arc::new(Mutex::new(None)),
            network: None,
            revisions: 0,
            started: Instant::now(),
            drawn: None,
            dirty: true,
            urgent: true,
            leaving: false,
            asked_for_model: false,
        })
    }

    /// The training, for the signal thread.
    pub(super) fn trainer(&self) -> SharedTrainer {
        self.trainer.clone()
    }

    /// Runs until the user leaves, or the terminal does.
    pub(super) fn run(mut self, messages: &Receiver<Message>) -> io::Result<()> {
        let effects = self.state.begin();
        self.carry_out(effects);
        let result = self.turn(messages);
        // Before the training ends, which may take longer than a terminal that is gone lets the process live.
        let memory = self.state.memory(&self.options.config.theme);
        if let Err(why) = memory::keep(&self.options.paths, &memory) {
            tracing::warn!("{why}");
        }
        self.end_training();
        self.workers.leave(LEAVE);
        result
    }

    fn turn(&mut self, messages: &Receiver<Message>) -> io::Result<()> {
        while !self.leaving {
            self.draw_if_due()?;
            match messages.recv_timeout(self.patience()) {
                Ok(first) => {
                    self.take(first)?;
                    while let Ok(next) = messages.try_recv() {
                        self.take(next)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            self.listen();
        }
        Ok(())
    }

    fn frame(&self) -> Duration {
        if self.look.calm { CALM_FRAME } else { FRAME }
    }

    /// How long there is to wait until something must be done without being asked.
    fn patience(&self) -> Duration {
        let training = self.trainer.lock().is_ok_and(|trainer| trainer.is_some());
        let listen = if training {
            LISTEN
        } else {
            Duration::from_secs(3600)
        };
        let draw = match self.drawn.filter(|_| self.dirty) {
            Some(drawn) => self.frame().saturating_sub(drawn.elapsed()),
            None => listen,
        };
        let now = self.started.elapsed();
        let wake = self
            .state
            .wake_at()
            .map_or(listen, |at| at.saturating_sub(now));
        listen.min(draw).min(wake)
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        let due = self.urgent
            || self
                .drawn
                .is_none_or(|drawn| drawn.elapsed() >= self.frame());
        if !self.dirty || !due {
            return Ok(());
        }
        let (state, theme) = (&self.state, &self.look.theme);
        self.terminal.draw(|frame| ui::draw(frame, state, theme))?;
        self.drawn = Some(Instant::now());
        (self.dirty, self.urgent) = (false, false);
        Ok(())
    }

    fn tick(&mut self) {
        self.state.now = self.started.elapsed();
        if self.state.wake_at().is_some_and(|at| at <= self.state.now) {
            self.hand(Event::Tick);
            self.urgent = true;
        }
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        match message {
            Message::App(event) => {
                // A key is answered at once, and so is what it asked for; news of the training wait for their frame.
                self.urgent |= !matches!(
                    event,
                    Event::PairScores(..) | Event::Compared(..) | Event::Projected(..)
                ) || !self.state.train.active();
                self.hand(event);
                self.load_first_model();
            }
            Message::Model(model, info, facts) => {
                self.revisions += 1;
                self.network = Some(Network {
                    epoch: info.epoch,
                    revision: self.revisions,
                    model,
                });
                self.state.data.split = self.split(&facts);
                self.hand(Event::ModelLoaded(info));
                self.urgent = true;
            }
            Message::Terminate => self.leaving = true,
            Message::Continued => {
                self.terminal.clear()?;
                (self.dirty, self.urgent) = (true, true);
            }
        }
        Ok(())
    }

    fn hand(&mut self, event: Event) {
        self.state.now = self.started.elapsed();
        let effects = update(&mut self.state, event);
        self.dirty = true;
        self.carry_out(effects);
    }

    /// Once the faces are there, a network from an earlier run is looked for.
    fn load_first_model(&mut self) {
        if !self.asked_for_model && self.state.data.dataset.is_some() {
            self.asked_for_model = true;
            self.give(What::Model(self.options.run.clone()));
        }
    }

    /// The people of a run by name, as the data set numbers them.
    fn split(&self, facts: &Facts) -> Option<Split> {
        let dataset = self.state.data.dataset.as_ref()?;
        let find = |names: &[String]| -> Vec<PersonId> {
            let place = |name: &String| {
                dataset
                    .people
                    .iter()
                    .position(|person| person.name == *name)
            };
            names.iter().filter_map(place).map(PersonId).collect()
        };
        Some(Split {
            train: find(&facts.train),
            validation: find(&facts.validation),
            test: find(&facts.test),
        })
    }

    /// Takes in what the training said.
    fn listen(&mut self) {
        let mut news = Vec::new();
        if let Ok(trainer) = self.trainer.lock()
            && let Some(trainer) = trainer.as_ref()
        {
            news.extend(trainer.events().try_iter());
        }
        for event in news {
            let over = matches!(
                event,
                events::Event::Finished { .. } | events::Event::Failed { .. }
            );
            let news = self.progress(event);
            self.hand(Event::Training(news));
            if over {
                self.end_training();
            }
        }
    }

    /// News without weights, which stay here.
    fn progress(&mut self, event: events::Event) -> Progress {
        match event {
            events::Event::Started(started) => Progress::Started(started),
            events::Event::Batch(report) => Progress::Batch(report),
            events::Event::Epoch(report) => {
                self.revisions += 1;
                let events::EpochReport {
                    metrics,
                    best,
                    scores,
                    model,
                } = *report;
                self.network = Some(Network {
                    epoch: metrics.epoch,
                    revision: self.revisions,
                    model,
                });
                Progress::Epoch {
                    metrics,
                    best,
                    scores,
                }
            }
            events::Event::Paused => Progress::Paused,
            events::Event::Resumed => Progress::Resumed,
            events::Event::Saved { path, epoch } => Progress::Saved { path, epoch },
            events::Event::Finished { epoch, stopped } => Progress::Finished { epoch, stopped },
            events::Event::Failed { message } => Progress::Failed(message),
        }
    }

    /// Ends the training, if one is on: stops it after its batch, which saves it. Waits no longer than [`LEAVE`]: the
    /// last save on disk is whole in any case.
    fn end_training(&mut self) {
        let held = self
            .trainer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(trainer) = held else { return };
        trainer.send(Command::Stop);
        let until = Instant::now() + LEAVE;
        while let Some(rest) = until.checked_duration_since(Instant::now()) {
            match trainer.events().recv_timeout(rest) {
                Ok(events::Event::Finished { .. } | events::Event::Failed { .. })
                | Err(RecvTimeoutError::Disconnected) => {
                    return;
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        // It does not end in time: leaving without joining is what a user who leaves wants.
        std::mem::forget(trainer);
    }

    fn give(&self, what: What) {
        let job = Job {
            what,
            dataset: self.state.data.dataset.clone(),
            network: self.network.clone(),
        };
        self.workers.give(job);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Err(why) = self.effect(effect) {
                self.state.say(Level::Error, why);
            }
        }
    }

    fn effect(&mut self, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::Start(settings) => return self.start_training(|p| p.begin(&settings)),
            Effect::Resume(run) => return self.start_training(|p| p.resume(&run)),
            Effect::Control(command) => {
                if let Ok(trainer) = self.trainer.lock()
                    && let Some(trainer) = trainer.as_ref()
                {
                    trainer.send(command);
                }
            }
            Effect::UseTheme(name) => {
                let (depth, pictures) = (self.look.theme.depth, self.look.theme.pictures);
                self.look.theme = Theme {
                    pictures,
                    ..settings::theme(&name, &self.options.paths, depth)?
                };
            }
            Effect::Copy(text) => {
                self.terminal
                    .send(&ending::clipboard(&text))
                    .map_err(|why| why.to_string())?;
                self.state.say(Level::Info, format!("copied: {text}"));
            }
            Effect::Export => self.export()?,
            Effect::Bell => self.terminal.send(b"\x07").map_err(|why| why.to_string())?,
            Effect::Redraw => self.terminal.clear().map_err(|why| why.to_string())?,
            Effect::Suspend => self.terminal.suspend().map_err(|why| why.to_string())?,
            Effect::Quit => self.leaving = true,
            question => self.give(What::Effect(question)),
        }
        Ok(())
    }

    fn export(&mut self) -> Result<(), String> {
        let Some(screen) = self.terminal.shown() else {
            return Ok(());
        };
        let folder = self.options.paths.data_dir().join("screens");
        let path = ending::export(screen, &folder).map_err(|why| why.to_string())?;
        self.state.say(
            Level::Info,
            format!("written to {} and as text beside it", path.display()),
        );
        Ok(())
    }

    fn start_training(
        &mut self,
        begin: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let started = begin(self);
        if let Err(why) = &started {
            self.hand(Event::Training(Progress::Failed(why.clone())));
        }
        started
    }

    /// The faces to learn from: all but those that are marked as mislabelled.
    fn faces(&mut self) -> Result<Arc<Dataset>, String> {
        let pairs = &self.state.pairs;
        let all = self.state.data.dataset.clone();
        let all = all.ok_or("there are no faces yet")?;
        match pairs.left_out.len() {
            0 => Ok(all),
            n => {
                let rest = Arc::new(mislabelled::leave_out(&all, &pairs.marks));
                let plural = if n == 1 { "" } else { "s" };
                let text = format!("training without {n} picture{plural} marked as mislabelled");
                self.state.say(Level::Info, text);
                Ok(rest)
            }
        }
    }

    fn resume(&mut self, run: &Path) -> Result<(), String> {
        let dataset = self.faces()?;
        let run = RunDir::open(run).map_err(|why| why.to_string())?;
        let recipe = run.recipe().map_err(|why| why.to_string())?;
        let options = RunOptions {
            run: Some(run),
            resume: true,
            threads: self.state.train.settings.threads,
        };
        self.train(dataset, recipe, options)
    }

    fn begin(&mut self, settings: &Settings) -> Result<(), String> {
        let dataset = self.faces()?;
        let overrides = Overrides {
            epochs: Some(settings.epochs),
            batch: Some(settings.batch),
            learning_rate: Some(settings.learning_rate),
            seed: Some(Seed(settings.seed)),
            preparation: Some(dataset.preparation),
            ..Overrides::default()
        };
        let recipe = Recipe::preset(&settings.preset)
            .and_then(|recipe| recipe.with(&overrides))
            .map_err(|e| e.to_string())?;
        let run = RunDir::create_next(&self.options.paths.runs_dir(), &recipe)
            .map_err(|why| why.to_string())?;
        let options = RunOptions {
            run: Some(run),
            resume: false,
            threads: settings.threads,
        };
        self.train(dataset, recipe, options)
    }

    fn train(
        &mut self,
        dataset: Arc<Dataset>,
        recipe: Recipe,
        options: RunOptions,
    ) -> Result<(), String> {
        let trainer =
            (self.options.trainer)(dataset, recipe, options).map_err(|why| why.to_string())?;
        *self.trainer.lock().unwrap_or_else(PoisonError::into_inner) = Some(trainer);
        Ok(())
    }
}
