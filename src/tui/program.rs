//! The loop: takes messages, updates the state, carries out its requests, and draws.

mod error;
mod training;

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use error::RequestError;

use super::input::SharedTrainer;
use super::message::Message;
use super::options::TuiOptions;
use super::settings::Look;
use super::task::{Job, Network};
use super::terminal::Terminal;
use super::workers::Workers;
use super::{clipboard, memory, settings};
use crate::app::effect::{Effect, TerminalRequest, TrainingRequest};
use crate::app::event::Event;
use crate::app::message::Level;
use crate::app::{State, update};
use crate::train::TrainingCommand;
use crate::train::background::Background;
use crate::ui::{self, Theme};

/// Time between two frames, unless a key was pressed.
const FRAME: Duration = Duration::from_millis(500);
/// Time between two frames where the line is slow.
const CALM_FRAME: Duration = Duration::from_secs(2);
/// How often news of the training are read.
const LISTEN: Duration = Duration::from_millis(40);
/// How long a training may take to stop and save when the program ends.
const LEAVE: Duration = Duration::from_secs(4);

/// Everything that belongs to the loop.
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
        })
    }

    /// The training, shared with the signal thread.
    pub(super) fn trainer(&self) -> SharedTrainer {
        self.trainer.clone()
    }

    /// Runs until the user leaves, or the terminal is gone. Returns the training that is to continue in the background.
    pub(super) fn run(mut self, messages: &Receiver<Message>) -> io::Result<Option<Background>> {
        self.dispatch(Event::Begin);
        let result = self.turn(messages);
        // Before the training is ended: if the terminal is gone, the process may be killed meanwhile.
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

    /// How long to wait for a message before something else is due.
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
        let now = self.started.elapsed();
        if self.state.wake_at().is_some_and(|at| at <= now) {
            self.dispatch(Event::Tick(now));
            self.urgent = true;
        }
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        match message {
            Message::App(event) => {
                // A key is answered at once, and so is what it requested; during a training answers wait for their frame.
                self.urgent |= !matches!(
                    event,
                    Event::PairScores(..) | Event::Compared(..) | Event::Projected(..)
                ) || !self.state.train.active();
                self.dispatch(event);
            }
            Message::Model(loaded) => {
                self.revisions += 1;
                let (network, event) = loaded.into_network(self.revisions);
                self.network = Some(network);
                self.dispatch(event);
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

    /// Updates the state, and carries out what it requests. What fails is said in the message line.
    pub(super) fn dispatch(&mut self, event: Event) {
        let clock = Event::Tick(self.started.elapsed());
        let mut effects = update(&mut self.state, clock);
        effects.extend(update(&mut self.state, event));
        self.dirty = true;
        for effect in effects {
            if let Err(why) = self.carry_out(effect) {
                self.dispatch(Event::Notice(Level::Error, why.to_string()));
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), RequestError> {
        match effect {
            Effect::Terminal(request) => return self.use_terminal(request),
            Effect::Files(job) => self.workers.give_files(self.job(job)),
            Effect::Network(query) => self.workers.give_network(self.job(query)),
            Effect::Training(request) => return self.control(request),
        }
        Ok(())
    }

    fn job<T>(&self, task: T) -> Job<T> {
        Job {
            task,
            dataset: self.state.data.dataset.clone(),
            network: self.network.clone(),
        }
    }

    fn use_terminal(&mut self, request: TerminalRequest) -> Result<(), RequestError> {
        let failed = |operation| move |why| RequestError::Terminal { operation, why };
        let terminal = &mut self.terminal;
        match request {
            TerminalRequest::UseTheme(name) => {
                let Theme {
                    depth,
                    pictures,
                    glyphs,
                    ..
                } = self.look.theme;
                self.look.theme = Theme {
                    pictures,
                    glyphs,
                    ..settings::theme(&name, &self.options.paths, depth)?
                };
            }
            TerminalRequest::Copy(text) => {
                let sequence = clipboard::copy_sequence(&text);
                terminal.send(&sequence).map_err(failed("copy"))?;
                self.dispatch(Event::Notice(Level::Info, format!("copied: {text}")));
            }
            TerminalRequest::Export => self.export()?,
            TerminalRequest::Bell => terminal.send(b"\x07").map_err(failed("ring the bell"))?,
            TerminalRequest::Redraw => terminal.clear().map_err(failed("draw again"))?,
            TerminalRequest::Suspend => terminal.suspend().map_err(failed("suspend"))?,
            TerminalRequest::Quit => self.leaving = true,
        }
        Ok(())
    }

    fn control(&mut self, request: TrainingRequest) -> Result<(), RequestError> {
        match request {
            TrainingRequest::Start(settings) => self.start_training(|p| p.begin(&settings))?,
            TrainingRequest::Resume(run) => self.start_training(|p| p.resume(&run))?,
            TrainingRequest::Control(command) => self.command(command),
            TrainingRequest::HandOver => {
                self.leaving = true;
                self.hand_over = self.in_background();
            }
        }
        Ok(())
    }

    fn command(&self, command: TrainingCommand) {
        if let Ok(trainer) = self.trainer.lock()
            && let Some(trainer) = trainer.as_ref()
        {
            trainer.send(command);
        }
    }

    fn export(&mut self) -> Result<(), RequestError> {
        let Some(screen) = self.terminal.shown() else {
            return Ok(());
        };
        let folder = self.options.paths.data_dir().join("screens");
        let path = clipboard::export(screen, &folder)?;
        let text = format!("written to {} and as text beside it", path.display());
        self.dispatch(Event::Notice(Level::Info, text));
        Ok(())
    }
}
