//! The training's side: accepts clients, sends them events, and does what they ask.

use super::ControlError;
use super::message::{Hello, ServerMessage};
use super::socket::{self, SocketFolder};
use super::watcher::Watcher;
use crate::train::controller::{ControlChannel, Controller};
use crate::train::events::{Answer, Event, TrainingCommand, TrainingEvent};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// The most clients at once.
const MOST_WATCHERS: usize = 16;
/// How long a paused training waits for clients before it looks for a signal.
const POLL_TIMEOUT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};
/// How long the training waits at its end until all clients have read the last event.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Lets clients watch and control a training.
#[derive(Debug)]
pub struct Server {
    controller: Controller,
    state: ServerState,
}

/// Everything but the controller, which borrows the rest while it runs.
#[derive(Debug)]
struct ServerState {
    listener: UnixListener,
    /// Removed when the server is closed.
    _folder: SocketFolder,
    source: String,
    watchers: Vec<Watcher>,
    commands: VecDeque<TrainingCommand>,
    hello: Option<Hello>,
}

impl Server {
    /// Listens in a run directory, which the caller has locked; `source` is what `--data` would say.
    ///
    /// # Errors
    /// [`ControlError`] if the system refuses.
    pub fn open(run: &Path, source: &str) -> Result<Self, ControlError> {
        let (folder, listener) = socket::listen(run)?;
        Ok(Self {
            controller: Controller::default(),
            state: ServerState {
                listener,
                _folder: folder,
                source: source.to_owned(),
                watchers: Vec::new(),
                commands: VecDeque::new(),
                hello: None,
            },
        })
    }

    /// Sends an event to all clients and answers with what they ask for. While the training is paused, it waits here.
    /// `ended` says whether the program was asked to end.
    pub fn observe(&mut self, event: Event, ended: &dyn Fn() -> bool) -> Answer {
        let last = event.is_last();
        let state = &mut self.state;
        let mut channel = SocketChannel { state, ended };
        let answer = self.controller.observe(event, &mut channel);
        if last {
            self.state.flush();
        }
        answer
    }

    /// Stops listening and returns the open connections. Drop these after the run's lock, so that a client that sees the
    /// connection close may train in the run.
    pub fn close(self) -> Vec<UnixStream> {
        let watchers = self.state.watchers.into_iter();
        watchers.map(|watcher| watcher.stream).collect()
    }
}

/// Commands from clients and from signals.
struct SocketChannel<'a> {
    state: &'a mut ServerState,
    ended: &'a dyn Fn() -> bool,
}

impl ControlChannel for SocketChannel<'_> {
    fn notify(&mut self, event: Event) {
        self.state.send(event.map_model(drop));
        self.state.serve();
    }

    fn next_command(&mut self, paused: bool) -> Option<TrainingCommand> {
        loop {
            if (self.ended)() {
                return Some(TrainingCommand::Stop);
            }
            match self.state.commands.pop_front() {
                None if paused => self.state.wait(),
                command => return command,
            }
        }
    }
}

impl ServerState {
    fn send(&mut self, event: TrainingEvent) {
        match (&event, &mut self.hello) {
            // The start is told by the greeting.
            (TrainingEvent::Started(started), hello) => {
                *hello = Some(Hello {
                    source: self.source.clone(),
                    started: started.clone(),
                    paused: false,
                });
                return;
            }
            (TrainingEvent::Paused, Some(hello)) => hello.paused = true,
            (TrainingEvent::Resumed, Some(hello)) => hello.paused = false,
            // After a step it stays paused: `Paused` is sent again after one batch.
            _ => {}
        }
        let last = event.is_last();
        let line = ServerMessage::Event(event).line();
        for watcher in self.watchers.iter_mut().filter(|watcher| !watcher.refused) {
            watcher.send(&line, last);
        }
    }

    /// Serves the clients there are, accepts new ones, and serves all again. Never waits.
    fn serve(&mut self) {
        self.serve_watchers();
        while let Ok((stream, _)) = self.listener.accept() {
            if stream.set_nonblocking(true).is_ok() && is_same_user(&stream) {
                let mut watcher = Watcher::new(stream);
                if self.watchers.len() >= MOST_WATCHERS {
                    // Some of the new ones may have left again.
                    self.serve_watchers();
                }
                if self.watchers.len() >= MOST_WATCHERS {
                    let why = format!("{MOST_WATCHERS} watch already, and more are not let in");
                    watcher.refuse(why);
                    // The socket's buffer has room for one sentence; a client that does not read it misses it.
                    let _ = watcher.write();
                    continue;
                }
                self.watchers.push(watcher);
            }
        }
        self.serve_watchers();
    }

    fn serve_watchers(&mut self) {
        let (hello, commands) = (self.hello.as_ref(), &mut self.commands);
        self.watchers
            .retain_mut(|watcher| watcher.serve(hello, commands).is_ok());
    }

    /// Waits until a client connects, asks, or can be written to; at most [`POLL_TIMEOUT`].
    fn wait(&mut self) {
        let mut sockets = vec![PollFd::new(&self.listener, PollFlags::IN)];
        for watcher in &self.watchers {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::OUT, !watcher.unread.is_empty());
            // Nothing is read from a refused client, so it must not wake the training.
            flags.set(PollFlags::IN, !watcher.refused);
            sockets.push(PollFd::new(&watcher.stream, flags));
        }
        // A signal may interrupt it; the caller looks for that.
        let _ = poll(&mut sockets, Some(&POLL_TIMEOUT));
        drop(sockets);
        self.serve();
    }

    /// Waits until all clients have read everything, at most [`FLUSH_TIMEOUT`].
    fn flush(&mut self) {
        let until = Instant::now() + FLUSH_TIMEOUT;
        let waiting = |watcher: &Watcher| !watcher.unread.is_empty();
        while self.watchers.iter().any(waiting) && Instant::now() < until {
            self.wait();
        }
    }
}

/// Whether the client is the same user. The socket's permissions ensure that already; Linux can confirm it.
#[cfg(target_os = "linux")]
fn is_same_user(stream: &UnixStream) -> bool {
    let peer = rustix::net::sockopt::socket_peercred(stream);
    peer.is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

#[cfg(not(target_os = "linux"))]
fn is_same_user(_: &UnixStream) -> bool {
    true
}
