//! A training on a thread of its own.
//!
//! A thin shell around [`Session`]: it owns the thread, its pool of cores and the two channels. The channels have no
//! bound, so that nobody who looks away for a while can hold the training up; an event is a few hundred bytes and a
//! snapshot that shares its weights. Dropping the [`Trainer`] stops after the batch at hand and waits for the end.
//!
//! A training in another process is watched in the same way ([`control::attach`]): its events come through a socket,
//! and dropping the [`Trainer`] lets go of it while it goes on.

#[cfg(unix)]
use super::control;
use super::error::TrainError;
use super::events::{Answer, Command, Event};
use super::helm::{Crew, Helm};
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
    /// Where it writes; nowhere if `None`.
    pub run: Option<RunDir>,
    /// Whether to go on from what is there.
    pub resume: bool,
    /// Cores to use; all if 0.
    pub threads: usize,
}

/// Does `work` for each number below `count`, at most `at_once` at a time, and answers in order.
///
/// Threads rather than a rayon pool: a pool's thread that waits for the kernels of one training would meanwhile begin the
/// next, and all trainings would be under way at once.
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

/// A training under way in the background.
#[derive(Debug)]
pub struct Trainer {
    commands: Commands,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

/// Where wishes go.
#[derive(Debug)]
enum Commands {
    Thread(Sender<Command>),
    #[cfg(unix)]
    Process(control::Wishes),
}

/// Events of another process that wait here at most.
#[cfg(unix)]
const MOST_UNHEARD: usize = 256;

impl Trainer {
    /// Begins. Everything that goes wrong from here on arrives as [`Event::Failed`].
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

    /// Runs `work` on the thread; its error or panic becomes an event. [`start`](Self::start) is the work there is;
    /// a test may bring its own.
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
            let mut helm = Helm::default();
            let mut channels = Channels {
                inbox,
                outbox: outbox.clone(),
            };
            let caught = catch_unwind(AssertUnwindSafe(|| {
                work(&mut |event| helm.observe(event, &mut channels))
            }));
            let message = match caught {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(panic) => format!("the training thread failed: {}", panic_message(&*panic)),
            };
            // If nobody listens any more, nobody needs to know.
            let _ = outbox.send(Event::Failed { message });
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

    /// Watches a training of another process. What is not listened to here waits there: see [`control`].
    #[cfg(unix)]
    pub(super) fn follow(
        mut following: control::Following,
        wishes: control::Wishes,
    ) -> std::io::Result<Self> {
        let (outbox, events) = sync_channel(MOST_UNHEARD);
        let body = move || {
            loop {
                let event = match following.event() {
                    Ok(Some(event)) => event,
                    Ok(None) => return,
                    Err(error) => Event::Failed {
                        message: error.to_string(),
                    },
                };
                let over = matches!(event, Event::Failed { .. });
                if outbox.send(event).is_err() || over {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("following".to_owned())
            .spawn(body)?;
        Ok(Self {
            commands: Commands::Process(wishes),
            events,
            thread: Some(thread),
        })
    }

    /// Whether the training is another process's, and goes on without this.
    pub fn is_attached(&self) -> bool {
        !matches!(self.commands, Commands::Thread(_))
    }

    /// Asks for something; a training that has ended takes no notice.
    pub fn send(&self, command: Command) {
        match &self.commands {
            Commands::Thread(commands) => drop(commands.send(command)),
            #[cfg(unix)]
            Commands::Process(wishes) => wishes.send(command),
        }
    }

    /// What happens.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        match &self.commands {
            Commands::Thread(_) => self.send(Command::Stop),
            #[cfg(unix)]
            Commands::Process(wishes) => {
                wishes.leave();
                // It may be waiting to be listened to.
                self.events = channel().1;
            }
        }
        if let Some(thread) = self.thread.take() {
            // A panic inside has become an event already.
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
    inbox: Receiver<Command>,
    outbox: Sender<Event>,
}

impl Crew for Channels {
    fn hear(&mut self, event: Event) {
        let _ = self.outbox.send(event);
    }

    fn wish(&mut self, paused: bool) -> Option<Command> {
        if paused {
            // The owner is gone: end.
            return Some(self.inbox.recv().unwrap_or(Command::Stop));
        }
        match self.inbox.try_recv() {
            Ok(command) => Some(command),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Command::Stop),
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
            // Waits for the kernels, as a training does.
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
        let Event::Failed { message } = trainer.events().recv().unwrap() else {
            panic!("not a failure")
        };
        assert_eq!(message, "the training thread failed: out of chalk");
        assert!(trainer.events().recv().is_err(), "the thread has ended");
        trainer.send(Command::Stop);
    }
}
