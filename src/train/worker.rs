//! A training on a thread of its own.
//!
//! [`Trainer`] owns the thread of a [`Session`], its thread pool and two channels. The channels are unbounded, so that a
//! slow reader does not delay the training; an event takes a few hundred bytes, and the snapshot in it shares its weights.
//! Dropping the [`Trainer`] stops the training after the current batch and waits for its end.
//!
//! A training in another process is watched in the same way ([`attach`](super::attach)): its events come through a socket,
//! and dropping the [`Trainer`] only disconnects.

#[cfg(unix)]
use super::control;
use super::controller::{ControlChannel, Controller};
use super::error::TrainError;
use super::events::{Answer, Event, TrainingCommand};
use super::recipe::Recipe;
use super::run_dir::RunDir;
use super::session::Session;
use crate::data::Dataset;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(unix)]
use std::sync::mpsc::sync_channel;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Where and how a training runs.
#[derive(Debug, Default)]
pub struct RunOptions {
    /// The run directory; nothing is written if `None`.
    pub run: Option<RunDir>,
    /// Whether to continue from the checkpoint there.
    pub resume: bool,
    /// Threads to use; as many as there are cores if 0.
    pub threads: usize,
}

/// Does `work` for each number below `count`, at most `at_once` at a time, and returns the results in order.
///
/// It uses threads and not a rayon pool: a pool's thread that waits for the kernels of one training would begin the next one
/// meanwhile, and all trainings would run at once.
///
/// # Panics
/// If `work` does.
pub fn side_by_side<T: Send>(
    at_once: usize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..at_once.clamp(1, count.max(1)) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let result = work(number);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|entry| entry.0);
    done.into_iter().map(|entry| entry.1).collect()
}

/// A training on its own thread, or in another process.
#[derive(Debug)]
pub struct Trainer {
    commands: Commands,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

/// Where commands go.
#[derive(Debug)]
enum Commands {
    Thread(Sender<TrainingCommand>),
    #[cfg(unix)]
    Process(control::CommandSender),
}

/// The most events of another process that wait here.
#[cfg(unix)]
const MOST_UNREAD_EVENTS: usize = 256;

impl Trainer {
    /// Starts a training. Everything that goes wrong from here on arrives as [`Event::Failed`](super::TrainingEvent::Failed).
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        dataset: Arc<Dataset>,
        recipe: Recipe,
        options: RunOptions,
    ) -> std::io::Result<Self> {
        Self::spawn(move |observer| train(&dataset, recipe, options, observer))
    }

    /// Runs `work` on the thread; its error or panic becomes an event. [`start`](Self::start) passes a whole training; a test
    /// may pass other work.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn spawn<W>(work: W) -> std::io::Result<Self>
    where
        W: FnOnce(&mut (dyn FnMut(Event) -> Answer + Send)) -> Result<(), TrainError>
            + Send
            + 'static,
    {
        let (commands, inbox) = channel();
        let (outbox, events) = channel();
        let body = move || {
            let mut controller = Controller::default();
            let mut channels = Channels {
                inbox,
                outbox: outbox.clone(),
            };
            let caught = catch_unwind(AssertUnwindSafe(|| {
                work(&mut |event| controller.observe(event, &mut channels))
            }));
            let message = match caught {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(panic) => format!("the training thread failed: {}", panic_message(&*panic)),
            };
            // The owner may be gone already.
            let _ = outbox.send(Event::Failed(message));
        };
        let thread = std::thread::Builder::new()
            .name("trainer".to_owned())
            .spawn(body)?;
        Ok(Self {
            commands: Commands::Thread(commands),
            events,
            thread: Some(thread),
        })
    }

    /// Watches a training in another process. Events that are not received here wait there: see [`control`].
    #[cfg(unix)]
    pub(super) fn follow(
        mut remote: control::RemoteEvents,
        commands: control::CommandSender,
    ) -> std::io::Result<Self> {
        let (outbox, events) = sync_channel(MOST_UNREAD_EVENTS);
        let body = move || {
            loop {
                let event = match remote.event() {
                    Ok(Some(event)) => event,
                    Ok(None) => return,
                    Err(error) => Event::Failed(error.to_string()),
                };
                let over = matches!(event, Event::Failed(_));
                if outbox.send(event).is_err() || over {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("remote-events".to_owned())
            .spawn(body)?;
        Ok(Self {
            commands: Commands::Process(commands),
            events,
            thread: Some(thread),
        })
    }

    /// Whether the training runs in another process and continues without this one.
    pub fn is_attached(&self) -> bool {
        !matches!(self.commands, Commands::Thread(_))
    }

    /// Sends a command; a training that has ended ignores it.
    pub fn send(&self, command: TrainingCommand) {
        match &self.commands {
            Commands::Thread(commands) => drop(commands.send(command)),
            #[cfg(unix)]
            Commands::Process(commands) => commands.send(command),
        }
    }

    /// The events, in order.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        match &self.commands {
            Commands::Thread(_) => self.send(TrainingCommand::Stop),
            #[cfg(unix)]
            Commands::Process(commands) => {
                commands.disconnect();
                // The thread may be waiting to send an event.
                self.events = channel().1;
            }
        }
        if let Some(thread) = self.thread.take() {
            // A panic was sent as an event already.
            let _ = thread.join();
        }
    }
}

fn train(
    dataset: &Dataset,
    recipe: Recipe,
    options: RunOptions,
    observer: &mut (dyn FnMut(Event) -> Answer + Send),
) -> Result<(), TrainError> {
    let pool = super::pool(options.threads)?;
    pool.install(|| {
        let mut session = match options.run {
            Some(run) if options.resume => Session::resume(dataset, recipe, run)?,
            run => Session::new(dataset, recipe, run)?,
        };
        session.run(observer)
    })
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The other ends of both channels.
struct Channels {
    inbox: Receiver<TrainingCommand>,
    outbox: Sender<Event>,
}

impl ControlChannel for Channels {
    fn notify(&mut self, event: Event) {
        let _ = self.outbox.send(event);
    }

    fn next_command(&mut self, paused: bool) -> Option<TrainingCommand> {
        if paused {
            // If the owner is gone, the training ends.
            return Some(self.inbox.recv().unwrap_or(TrainingCommand::Stop));
        }
        match self.inbox.try_recv() {
            Ok(command) => Some(command),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(TrainingCommand::Stop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_in_order_and_no_more_at_once_than_asked() {
        let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |number: usize| {
            let now = under_way.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            // As a training waits for its kernels.
            let sum: usize = rayon::join(|| number, || number).0;
            under_way.fetch_sub(1, Ordering::SeqCst);
            sum
        };
        assert_eq!(side_by_side(2, 50, work), (0..50).collect::<Vec<_>>());
        assert!(side_by_side(4, 0, work).is_empty());
        assert!(most.into_inner() <= 2);
    }

    #[test]
    fn a_panic_in_the_thread_is_an_event() {
        let trainer = Trainer::spawn(|_| panic!("out of chalk")).unwrap();
        let Event::Failed(message) = trainer.events().recv().unwrap() else {
            panic!("not a failure")
        };
        assert_eq!(message, "the training thread failed: out of chalk");
        assert!(trainer.events().recv().is_err(), "the thread has ended");
        trainer.send(TrainingCommand::Stop);
    }
}
