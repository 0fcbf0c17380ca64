//! The training's side.

use super::ControlError;
use super::message::{Asked, Hello, Lines, MOST_UNREAD, ProtocolError, Said, banner};
use super::place::Place;
use crate::train::events::{Answer, Command, Event};
use crate::train::helm::{Crew, Helm};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// Who may watch at once.
const MOST_CLIENTS: usize = 16;
/// Wishes that wait at most; more than a finger can press during a batch. The rest are dropped.
const MOST_WISHES: usize = 64;
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
    clients: Vec<Client>,
    wishes: VecDeque<Command>,
    hello: Option<Hello>,
}

#[derive(Debug)]
struct Client {
    stream: UnixStream,
    heard: Lines,
    unread: Vec<u8>,
    /// Whether it has been told everything since its last greeting. If not, it is greeted when it has read all.
    current: bool,
    /// Whether it has only to read why it is sent away.
    refused: bool,
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
                clients: Vec::new(),
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
        let clients = self.house.clients.into_iter();
        clients.map(|client| client.stream).collect()
    }
}

/// The clients, and the signals, as those who steer.
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
        for client in self.clients.iter_mut().filter(|client| !client.refused) {
            client.tell(&line, last);
        }
    }

    /// Hears who has left, lets in who waits at the door, and hands out what has not been read. Never waits.
    fn turn(&mut self) {
        self.attend();
        while let Ok((stream, _)) = self.listener.accept() {
            if stream.set_nonblocking(true).is_ok() && is_ours(&stream) {
                let mut client = Client::new(stream);
                if self.clients.len() >= MOST_CLIENTS {
                    // Some of those who came just now may have left again.
                    self.attend();
                }
                if self.clients.len() >= MOST_CLIENTS {
                    let why = format!("{MOST_CLIENTS} watch already, and more are not let in");
                    client.refuse(why);
                    // It has room in its socket for one sentence; who does not take it misses it.
                    let _ = client.write();
                    continue;
                }
                self.clients.push(client);
            }
        }
        self.attend();
    }

    fn attend(&mut self) {
        let (hello, wishes) = (self.hello.as_ref(), &mut self.wishes);
        self.clients
            .retain_mut(|client| client.turn(hello, wishes).is_ok());
    }

    /// Until somebody comes, asks, or can read on; or a nap.
    fn wait(&mut self) {
        let mut sockets = vec![PollFd::new(&self.listener, PollFlags::IN)];
        for client in &self.clients {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::OUT, !client.unread.is_empty());
            // What a refused one still says is not read, and must not wake anybody.
            flags.set(PollFlags::IN, !client.refused);
            sockets.push(PollFd::new(&client.stream, flags));
        }
        // Interrupted by a signal or not: the caller looks.
        let _ = poll(&mut sockets, Some(&NAP));
        drop(sockets);
        self.turn();
    }

    /// Waits until all have read the last words, but not long.
    fn farewell(&mut self) {
        let until = Instant::now() + FAREWELL;
        let waiting = |client: &Client| !client.unread.is_empty();
        while self.clients.iter().any(waiting) && Instant::now() < until {
            self.wait();
        }
    }
}

/// Why a client is let go.
struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl Client {
    fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            heard: Lines::asked(),
            unread: banner(),
            current: false,
            refused: false,
        }
    }

    fn refuse(&mut self, why: String) {
        self.refused = true;
        self.unread.extend(Said::Refused(why).line());
    }

    /// One line more to read, unless that is too much; the last words are always heard.
    fn tell(&mut self, line: &[u8], last: bool) {
        self.current &= self.unread.len() + line.len() <= MOST_UNREAD;
        if self.current || (last && self.heard.is_welcome()) {
            self.unread.extend_from_slice(line);
        }
    }

    fn turn(&mut self, hello: Option<&Hello>, wishes: &mut VecDeque<Command>) -> Result<(), Gone> {
        // Written before it is judged: one that asked and left at once is still heard.
        let written = self.write();
        if !self.refused {
            match self.read(wishes) {
                Err(Fault::Gone) => return Err(Gone),
                Err(Fault::Said(why)) => self.refuse(why.to_string()),
                Ok(()) => {}
            }
        }
        written?;
        if self.refused {
            self.write()?;
            return if self.unread.is_empty() {
                Err(Gone)
            } else {
                Ok(())
            };
        }
        if let (true, false, true, Some(hello)) = (
            self.heard.is_welcome(),
            self.current,
            self.unread.is_empty(),
            hello,
        ) {
            self.unread = Said::Hello(Box::new(hello.clone())).line();
            self.current = true;
            self.write()?;
        }
        Ok(())
    }

    fn read(&mut self, wishes: &mut VecDeque<Command>) -> Result<(), Fault> {
        let mut bytes = [0; 1024];
        let count = match self.stream.read(&mut bytes) {
            Ok(0) => return Err(Fault::Gone),
            Ok(count) => count,
            Err(e) if is_later(&e) => return Ok(()),
            Err(_) => return Err(Fault::Gone),
        };
        self.heard.push(&bytes[..count]);
        while let Some(line) = self.heard.next_line()? {
            let Asked(wish) = Asked::parse(&line)?;
            if wishes.len() < MOST_WISHES {
                wishes.push_back(wish);
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Gone> {
        while !self.unread.is_empty() {
            match self.stream.write(&self.unread) {
                Ok(0) => return Err(Gone),
                Ok(count) => drop(self.unread.drain(..count)),
                Err(e) if is_later(&e) => return Ok(()),
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

/// Why nothing more is read from a client.
enum Fault {
    Gone,
    Said(ProtocolError),
}

impl From<ProtocolError> for Fault {
    fn from(why: ProtocolError) -> Self {
        Self::Said(why)
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

fn is_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
