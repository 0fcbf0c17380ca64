//! A training on a thread of its own.
//!
//! A thin shell around [`Session`]: it owns the thread, its pool of cores and the two channels. The channels have no
//! bound, so that nobody who looks away for a while can hold the training up; an event is a few hundred bytes and a
//! snapshot that shares its weights. Dropping the [`Trainer`] stops after the batch at hand and waits for the end.

use super::error::TrainError;
use super::events::{Answer, Command, Event};
use super::recipe::Recipe;
use super::run_dir::RunDir;
use super::session::Session;
use crate::data::Dataset;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
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
    commands: Sender<Command>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

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
            let mut control = Control {
                inbox,
                outbox: outbox.clone(),
                paused: false,
            };
            let caught = catch_unwind(AssertUnwindSafe(|| {
                work(&mut |event| control.observe(event))
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
            commands,
            events,
            thread: Some(thread),
        })
    }

    /// Asks for something; a training that has ended takes no notice.
    pub fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    /// What happens.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        self.send(Command::Stop);
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

/// Passes events on and turns commands into answers; while paused, it waits here.
struct Control {
    inbox: Receiver<Command>,
    outbox: Sender<Event>,
    paused: bool,
}

impl Control {
    fn observe(&mut self, event: Event) -> Answer {
        let may_wait = matches!(event, Event::Batch(_) | Event::Saved { .. });
        self.say(event);
        if !may_wait {
            // Between the last batch of an epoch and its validation there is nothing to pause or to save.
            return Answer::Continue;
        }
        loop {
            let Some(command) = self.next() else {
                return Answer::Continue;
            };
            match command {
                Command::Pause => self.pause(true),
                Command::Resume => self.pause(false),
                Command::Step => {
                    self.paused = true;
                    return Answer::Continue;
                }
                Command::Save => return Answer::Save,
                Command::Stop => return Answer::Stop,
            }
        }
    }

    /// The next command: waits for one while paused, answers `None` if there is none otherwise.
    fn next(&mut self) -> Option<Command> {
        if self.paused {
            self.say(Event::Paused);
            // The owner is gone: end.
            return Some(self.inbox.recv().unwrap_or(Command::Stop));
        }
        match self.inbox.try_recv() {
            Ok(command) => Some(command),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Command::Stop),
        }
    }

    fn pause(&mut self, paused: bool) {
        if self.paused && !paused {
            self.say(Event::Resumed);
        }
        self.paused = paused;
    }

    fn say(&self, event: Event) {
        let _ = self.outbox.send(event);
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
