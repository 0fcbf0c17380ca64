//! The loop: takes messages, lets the state decide, carries out what it wants, and draws.

mod training;

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::input::SharedTrainer;
use super::terminal::Terminal;
use super::work::{Job, Network, What, Workers};
use super::{Look, Message, TuiOptions, ending, memory, settings};
use crate::app::event::{Effect, Event, Level};
use crate::app::{State, update};
use crate::data::Split;
use crate::model::checkpoint::CheckpointMetadata;
use crate::train::background::Background;
use crate::ui::{self, Theme};

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
    hand_over: Option<Background>,
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
            hand_over: None,
            asked_for_model: false,
        })
    }

    /// The training, for the signal thread.
    pub(super) fn trainer(&self) -> SharedTrainer {
        self.trainer.clone()
    }

    /// Runs until the user leaves, or the terminal does. Answers the training that is to go on in the background.
    pub(super) fn run(mut self, messages: &Receiver<Message>) -> io::Result<Option<Background>> {
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
        result.map(|()| self.hand_over)
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
            Message::Model(model, info, metadata) => {
                self.revisions += 1;
                self.network = Some(Network {
                    epoch: info.epoch,
                    revision: self.revisions,
                    model,
                });
                self.state.data.split = self.split(&metadata);
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
            if self.state.train.attached {
                // Its training brings newer weights.
                return;
            }
            self.give(What::Model(self.options.run.clone()));
        }
    }

    /// The people of a run by name, as the data set numbers them.
    fn split(&self, metadata: &CheckpointMetadata) -> Option<Split> {
        let dataset = self.state.data.dataset.as_ref()?;
        Some(Split {
            train: dataset.people_named(&metadata.train),
            validation: dataset.people_named(&metadata.validation),
            test: dataset.people_named(&metadata.test),
        })
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
            Effect::Start(settings) => {
                return self
                    .start_training(|p| p.begin(&settings))
                    .map_err(|why| why.to_string());
            }
            Effect::Resume(run) => {
                return self
                    .start_training(|p| p.resume(&run))
                    .map_err(|why| why.to_string());
            }
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
            Effect::HandOver => {
                self.leaving = true;
                self.hand_over = self.in_background();
            }
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
}
