//! The two threads that do everything that takes time: one for files, one for the network.
//!
//! Of several waiting tasks of one kind only the newest is done, so that a key held down does not queue up work for every
//! picture it passes. A task that fails or panics is answered too: the state never waits for an answer that cannot come.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::files::FileWorker;
use super::message::Message;
use super::network::NetworkWorker;
use super::options::TuiOptions;
use super::task::{Job, Task, failure};
use crate::app::effect::{FileJob, NetworkQuery};
use crate::app::error::TaskError;
use crate::app::event::Event;

/// The two threads.
pub(super) struct Workers {
    files: Sender<Job<FileJob>>,
    network: Sender<Job<NetworkQuery>>,
    /// Tasks that keep something, given and not done yet.
    keeping: Arc<AtomicUsize>,
    /// Disconnected when both threads have ended.
    ended: Receiver<()>,
}

impl Workers {
    /// Starts them; answers go to `out`.
    pub(super) fn start(options: &TuiOptions, out: &Sender<Message>) -> std::io::Result<Self> {
        let (alive, ended) = channel();
        let keeping = Arc::new(AtomicUsize::new(0));
        let thread = |name| Thread {
            name,
            out: out.clone(),
            keeping: keeping.clone(),
            _alive: alive.clone(),
        };
        let mut files = FileWorker::new(options.clone(), out.clone());
        let mut network = NetworkWorker::new(options.paths.gallery_dir());
        Ok(Self {
            files: thread("files").spawn(move |job| files.work(job))?,
            network: thread("network").spawn(move |job| network.work(job))?,
            keeping,
            ended,
        })
    }

    /// Gives a job to the thread for files.
    pub(super) fn give_files(&self, job: Job<FileJob>) {
        self.give(&self.files, job);
    }

    /// Gives a query to the thread for the network.
    pub(super) fn give_network(&self, job: Job<NetworkQuery>) {
        self.give(&self.network, job);
    }

    fn give<T: Task>(&self, to: &Sender<Job<T>>, job: Job<T>) {
        if job.task.keeps() {
            self.keeping.fetch_add(1, Ordering::SeqCst);
        }
        // A worker lives as long as the program, and its panics are caught.
        let _ = to.send(job);
    }

    /// Ends the threads. Waits for what the user wants to keep, but no longer than `patience`.
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
}

/// A thread that is to be started.
struct Thread {
    name: &'static str,
    out: Sender<Message>,
    keeping: Arc<AtomicUsize>,
    /// Held as long as the thread lives.
    _alive: Sender<()>,
}

impl Thread {
    fn spawn<T: Task>(
        self,
        mut work: impl FnMut(Job<T>) -> Result<Vec<Event>, TaskError> + Send + 'static,
    ) -> std::io::Result<Sender<Job<T>>> {
        let (give, jobs) = channel::<Job<T>>();
        let name = self.name;
        let run = move || {
            while let Ok(first) = jobs.recv() {
                for job in newest(std::iter::once(first).chain(jobs.try_iter()).collect()) {
                    if !self.answer(job, &mut work) {
                        return;
                    }
                }
            }
        };
        thread::Builder::new().name(name.into()).spawn(run)?;
        Ok(give)
    }

    /// Does a job and sends the answers. Whether anybody still listens.
    fn answer<T: Task>(
        &self,
        job: Job<T>,
        work: &mut impl FnMut(Job<T>) -> Result<Vec<Event>, TaskError>,
    ) -> bool {
        let (request, keeps) = (job.task.request(), job.task.keeps());
        let done = catch_unwind(AssertUnwindSafe(|| work(job)));
        let done = done.unwrap_or(Err(TaskError::Panicked(self.name)));
        if keeps {
            self.keeping.fetch_sub(1, Ordering::SeqCst);
        }
        let events = done.unwrap_or_else(|why| vec![failure(request, why)]);
        let mut events = events.into_iter().map(Message::App);
        events.all(|event| self.out.send(event).is_ok())
    }
}

/// Of the jobs of one kind the last, in their order.
fn newest<T: Task>(jobs: Vec<Job<T>>) -> Vec<Job<T>> {
    let kinds: Vec<_> = jobs.iter().map(|job| job.task.kind()).collect();
    let superseded = |i: usize| kinds[i].is_some() && kinds[i + 1..].contains(&kinds[i]);
    jobs.into_iter()
        .enumerate()
        .filter(|(i, _)| !superseded(*i))
        .map(|(_, job)| job)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::pending::Request;
    use std::path::PathBuf;

    fn job(task: FileJob) -> Job<FileJob> {
        Job {
            task,
            dataset: None,
            network: None,
        }
    }

    fn list(number: u64) -> FileJob {
        FileJob::List(Request(number), PathBuf::from("."))
    }

    #[test]
    fn only_the_newest_of_a_kind_is_done_and_everything_that_keeps_something() {
        let marks = || FileJob::KeepMarks(Vec::new());
        let given = [list(1), marks(), list(2), FileJob::LoadModel, marks()];
        let done = newest(given.map(job).into());
        let done: Vec<FileJob> = done.into_iter().map(|job| job.task).collect();
        assert_eq!(done, [marks(), list(2), FileJob::LoadModel, marks()]);
    }

    #[test]
    fn a_panic_is_an_answer_and_the_thread_lives_on() {
        let (out, messages) = channel();
        let (alive, _ended) = channel();
        let thread = Thread {
            name: "test",
            out,
            keeping: Arc::default(),
            _alive: alive,
        };
        let work = |job: Job<FileJob>| match job.task {
            FileJob::LoadModel => Err(TaskError::NoFaces),
            _ => panic!("on purpose"),
        };
        let give = thread.spawn(work).expect("a thread");
        give.send(job(list(7))).expect("it listens");
        let Ok(Message::App(Event::Failed(number, why))) = messages.recv() else {
            panic!("no answer")
        };
        assert!(number == Request(7) && matches!(why, TaskError::Panicked("test")));
        give.send(job(FileJob::LoadModel))
            .expect("it still listens");
        let Ok(Message::App(Event::Notice(_, text))) = messages.recv() else {
            panic!("no answer")
        };
        assert_eq!(text, TaskError::NoFaces.to_string());
    }
}
