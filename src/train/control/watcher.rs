//! One who watches, as the training sees them: what they asked, and what they have yet to read.

use super::message::{Asked, Hello, Lines, MOST_UNREAD, ProtocolError, Said, banner};
use crate::train::events::Command;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// Wishes that wait at most; more than a finger can press during a batch. The rest are dropped.
const MOST_WISHES: usize = 64;

#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) stream: UnixStream,
    heard: Lines,
    pub(super) unread: Vec<u8>,
    /// Whether it has been told everything since its last greeting. If not, it is greeted when it has read all.
    current: bool,
    /// Whether it has only to read why it is sent away.
    pub(super) refused: bool,
}

/// Why a watcher is let go.
pub(super) struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl Watcher {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            heard: Lines::asked(),
            unread: banner(),
            current: false,
            refused: false,
        }
    }

    pub(super) fn refuse(&mut self, why: String) {
        self.refused = true;
        self.unread.extend(Said::Refused(why).line());
    }

    /// One line more to read, unless that is too much; the last words are always heard.
    pub(super) fn tell(&mut self, line: &[u8], last: bool) {
        self.current &= self.unread.len() + line.len() <= MOST_UNREAD;
        if self.current || (last && self.heard.is_welcome()) {
            self.unread.extend_from_slice(line);
        }
    }

    pub(super) fn turn(
        &mut self,
        hello: Option<&Hello>,
        wishes: &mut VecDeque<Command>,
    ) -> Result<(), Gone> {
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

    pub(super) fn write(&mut self) -> Result<(), Gone> {
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

/// Why nothing more is read from a watcher.
enum Fault {
    Gone,
    Said(ProtocolError),
}

impl From<ProtocolError> for Fault {
    fn from(why: ProtocolError) -> Self {
        Self::Said(why)
    }
}

fn is_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
