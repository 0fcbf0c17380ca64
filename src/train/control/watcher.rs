//! One client as the training sees it: what it asked, and what it has not read yet.

use super::message::{
    ClientMessage, Hello, Lines, MOST_UNREAD, ProtocolError, ServerMessage, banner,
};
use crate::train::events::TrainingCommand;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// The most commands that wait; more than anybody can type during a batch. The rest is dropped.
const MOST_COMMANDS: usize = 64;

#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) stream: UnixStream,
    received: Lines,
    pub(super) unread: Vec<u8>,
    /// Whether it has been sent everything since its last greeting. If not, it is greeted again when it has read all.
    current: bool,
    /// Whether it only has to read why it is refused.
    pub(super) refused: bool,
}

/// The client has disconnected, or is to be disconnected.
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
            received: Lines::from_client(),
            unread: banner(),
            current: false,
            refused: false,
        }
    }

    pub(super) fn refuse(&mut self, why: String) {
        self.refused = true;
        self.unread.extend(ServerMessage::Refused(why).line());
    }

    /// Adds a line to read, unless too much is unread already; the last event is always added.
    pub(super) fn send(&mut self, line: &[u8], last: bool) {
        self.current &= self.unread.len() + line.len() <= MOST_UNREAD;
        if self.current || (last && self.received.is_welcome()) {
            self.unread.extend_from_slice(line);
        }
    }

    /// Writes, reads commands, and greets a client that has read everything.
    pub(super) fn serve(
        &mut self,
        hello: Option<&Hello>,
        commands: &mut VecDeque<TrainingCommand>,
    ) -> Result<(), Gone> {
        // A write error is returned after reading: the commands of a client that left at once still count.
        let written = self.write();
        if !self.refused {
            match self.read(commands) {
                Err(ReadError::Gone) => return Err(Gone),
                Err(ReadError::Protocol(why)) => self.refuse(why.to_string()),
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
            self.received.is_welcome(),
            self.current,
            self.unread.is_empty(),
            hello,
        ) {
            self.unread = ServerMessage::Hello(Box::new(hello.clone())).line();
            self.current = true;
            self.write()?;
        }
        Ok(())
    }

    fn read(&mut self, commands: &mut VecDeque<TrainingCommand>) -> Result<(), ReadError> {
        let mut bytes = [0; 1024];
        let count = match self.stream.read(&mut bytes) {
            Ok(0) => return Err(ReadError::Gone),
            Ok(count) => count,
            Err(e) if is_temporary(&e) => return Ok(()),
            Err(_) => return Err(ReadError::Gone),
        };
        self.received.push(&bytes[..count]);
        while let Some(line) = self.received.next_line()? {
            let ClientMessage(command) = ClientMessage::parse(&line)?;
            if commands.len() < MOST_COMMANDS {
                commands.push_back(command);
            }
        }
        Ok(())
    }

    pub(super) fn write(&mut self) -> Result<(), Gone> {
        while !self.unread.is_empty() {
            match self.stream.write(&self.unread) {
                Ok(0) => return Err(Gone),
                Ok(count) => drop(self.unread.drain(..count)),
                Err(e) if is_temporary(&e) => return Ok(()),
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

/// Why nothing more is read from a client.
enum ReadError {
    Gone,
    Protocol(ProtocolError),
}

impl From<ProtocolError> for ReadError {
    fn from(why: ProtocolError) -> Self {
        Self::Protocol(why)
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
