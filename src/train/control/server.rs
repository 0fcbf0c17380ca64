//! The training's side.

use super::ControlError;
use super::message::{Hello, Said};
use super::place::Place;
use super::watcher::Watcher;
use crate::train::events::{Answer, Command, Event};
use crate::train::helm::{Crew, Helm};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// Who may watch at once.
const MOST_WATCHERS: usize = 16;
/// How long a waiting training sleeps before it looks whether a signal came.
const NAP: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};
/// How long the last words may take to be heard, by all together.
const FAREWELL: Duration = Duration::from_secs(1);

/// Listens for those who watch a training, tells them, and does what they ask.
#[derive(Debug)]
pub struct Server {
    helm: Helm,
    house: House,
}

/// All but the helm, which needs the rest while it is turned.
#[derive(Debug)]
struct House {
    listener: UnixListener,
    /// Cleared away when nobody listens any more.
    _place: Place,
    source: String,
    watchers: Vec<Watcher>,
    wishes: VecDeque<Command>,
    hello: Option<Hello>,
}

impl Server {
    /// Listens for the run in a directory, which the caller has locked; `source` is what `--data` would say.
    ///
    /// # Errors
    /// [`ControlError`] if the system refuses.
    pub fn open(run: &Path, source: &str) -> Result<Self, ControlError> {
        let (place, listener) = Place::listen(run)?;
        Ok(Self {
            helm: Helm::default(),
            house: House {
                listener,
                _place: place,
                source: source.to_owned(),
                watchers: Vec::new(),
                wishes: VecDeque::new(),
                hello: None,
            },
        })
    }

    /// Tells everybody, and answers what they ask; while paused, it waits here. `ended` says whether the program is to
    /// end.
    pub fn observe(&mut self, event: Event, ended: &dyn Fn() -> bool) -> Answer {
        let last = matches!(event, Event::Finished { .. } | Event::Failed { .. });
        let house = &mut self.house;
        let answer = self.helm.observe(event, &mut Ashore { house, ended });
        if last {
            self.house.farewell();
        }
        answer
    }

    /// Closes the door. Those inside are hung up on when the answer is dropped: after the run's lock is, so that whoever
    /// hears it may train there.
    pub fn close(self) -> Vec<UnixStream> {
        let watchers = self.house.watchers.into_iter();
        watchers.map(|watcher| watcher.stream).collect()
    }
}

/// The watchers, and the signals, as those who steer.
struct Ashore<'a> {
    house: &'a mut House,
    ended: &'a dyn Fn() -> bool,
}

impl Crew for Ashore<'_> {
    fn hear(&mut self, event: Event) {
        self.house.tell(&event);
        self.house.turn();
    }

    fn wish(&mut self, paused: bool) -> Option<Command> {
        loop {
            if (self.ended)() {
                return Some(Command::Stop);
            }
            match self.house.wishes.pop_front() {
                None if paused => self.house.wait(),
                wish => return wish,
            }
        }
    }
}

impl House {
    fn tell(&mut self, event: &Event) {
        match (event, &mut self.hello) {
            (Event::Started(started), hello) => *hello = Some(Hello::of(started, &self.source)),
            (Event::Paused, Some(hello)) => hello.paused = true,
            (Event::Resumed, Some(hello)) => hello.paused = false,
            // A step: it goes on for one batch, and then is told to wait again.
            _ => {}
        }
        let Some(said) = Said::of(event) else { return };
        let line = said.line();
        let last = matches!(said, Said::Finished { .. } | Said::Failed(_));
        for watcher in self.watchers.iter_mut().filter(|watcher| !watcher.refused) {
            watcher.tell(&line, last);
        }
    }

    /// Hears who has left, lets in who waits at the door, and hands out what has not been read. Never waits.
    fn turn(&mut self) {
        self.attend();
        while let Ok((stream, _)) = self.listener.accept() {
            if stream.set_nonblocking(true).is_ok() && is_ours(&stream) {
                let mut watcher = Watcher::new(stream);
                if self.watchers.len() >= MOST_WATCHERS {
                    // Some of those who came just now may have left again.
                    self.attend();
                }
                if self.watchers.len() >= MOST_WATCHERS {
                    let why = format!("{MOST_WATCHERS} watch already, and more are not let in");
                    watcher.refuse(why);
                    // It has room in its socket for one sentence; who does not take it misses it.
                    let _ = watcher.write();
                    continue;
                }
                self.watchers.push(watcher);
            }
        }
        self.attend();
    }

    fn attend(&mut self) {
        let (hello, wishes) = (self.hello.as_ref(), &mut self.wishes);
        self.watchers
            .retain_mut(|watcher| watcher.turn(hello, wishes).is_ok());
    }

    /// Until somebody comes, asks, or can read on; or a nap.
    fn wait(&mut self) {
        let mut sockets = vec![PollFd::new(&self.listener, PollFlags::IN)];
        for watcher in &self.watchers {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::OUT, !watcher.unread.is_empty());
            // What a refused one still says is not read, and must not wake anybody.
            flags.set(PollFlags::IN, !watcher.refused);
            sockets.push(PollFd::new(&watcher.stream, flags));
        }
        // Interrupted by a signal or not: the caller looks.
        let _ = poll(&mut sockets, Some(&NAP));
        drop(sockets);
        self.turn();
    }

    /// Waits until all have read the last words, but not long.
    fn farewell(&mut self) {
        let until = Instant::now() + FAREWELL;
        let waiting = |watcher: &Watcher| !watcher.unread.is_empty();
        while self.watchers.iter().any(waiting) && Instant::now() < until {
            self.wait();
        }
    }
}

/// Whether whoever has connected is the same user. The permissions say so already; Linux says it once more.
#[cfg(target_os = "linux")]
fn is_ours(stream: &UnixStream) -> bool {
    let peer = rustix::net::sockopt::socket_peercred(stream);
    peer.is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

#[cfg(not(target_os = "linux"))]
fn is_ours(_: &UnixStream) -> bool {
    true
}
