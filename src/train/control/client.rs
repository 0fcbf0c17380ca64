//! The connection of a process that watches.

use super::message::{ClientMessage, Hello, Lines, ServerMessage, banner};
use super::{ControlError, socket};
use crate::files::clean;
use crate::train::events::{TrainingCommand, TrainingEvent};
use crate::train::run_dir::RunDir;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long to wait for the greeting: longer than any batch or validation takes.
const GREETING_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait for the end after the last event: the server itself waits one second for slow clients.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends commands to a training.
#[derive(Debug)]
pub(in crate::train) struct CommandSender(UnixStream);

impl CommandSender {
    /// Sends a command; a training that has ended ignores it.
    pub(in crate::train) fn send(&self, command: TrainingCommand) {
        let _ = (&self.0).write_all(&ClientMessage(command).line());
    }

    /// Disconnects; the training continues.
    pub(in crate::train) fn disconnect(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A connection to a training in another process.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) run: RunDir,
    stream: UnixStream,
    lines: Lines,
    waiting: VecDeque<ServerMessage>,
}

impl Client {
    pub(super) fn connect(run: RunDir) -> Result<Self, ControlError> {
        let connected = socket::connect(run.path()).and_then(|mut stream| {
            stream.write_all(&banner())?;
            Ok(stream)
        });
        let stream = connected.map_err(|why| {
            let path = run.path().to_owned();
            match (why.kind(), run.owner()) {
                // A killed training leaves a socket without a listener.
                (ErrorKind::NotFound | ErrorKind::ConnectionRefused, None) => {
                    ControlError::NotRunning(path)
                }
                (ErrorKind::NotFound, Some(owner)) if !owner.background => {
                    ControlError::Foreground { run: path, owner }
                }
                _ => ControlError::Socket { run: path, why },
            }
        })?;
        Ok(Self {
            run,
            stream,
            lines: Lines::from_server(),
            waiting: VecDeque::new(),
        })
    }

    /// A sender of commands over this connection.
    pub(super) fn sender(&self) -> Result<CommandSender, ControlError> {
        let stream = self.stream.try_clone().map_err(|why| self.failed(why))?;
        Ok(CommandSender(stream))
    }

    /// Waits for the first greeting, at most [`GREETING_TIMEOUT`].
    pub(super) fn hello(&mut self) -> Result<Hello, ControlError> {
        let timeout = |stream: &UnixStream, time| stream.set_read_timeout(time);
        timeout(&self.stream, Some(GREETING_TIMEOUT)).map_err(|why| self.failed(why))?;
        loop {
            match self.next_message()? {
                Some(ServerMessage::Hello(hello)) => {
                    timeout(&self.stream, None).map_err(|why| self.failed(why))?;
                    return Ok(*hello);
                }
                Some(
                    ServerMessage::Refused(why) | ServerMessage::Event(TrainingEvent::Failed(why)),
                ) => {
                    return Err(ControlError::Refused(clean(&why)));
                }
                // The last event may come before any greeting.
                Some(_) => {}
                None => return Err(ControlError::NotRunning(self.run.path().to_owned())),
            }
        }
    }

    /// Waits for the next message; `None` when the training has closed the connection.
    pub(super) fn next_message(&mut self) -> Result<Option<ServerMessage>, ControlError> {
        while self.waiting.is_empty() {
            let mut bytes = [0; 16 << 10];
            let count = match self.stream.read(&mut bytes) {
                Ok(0) => return Ok(None),
                Ok(count) => count,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(ControlError::Silent(self.run.path().to_owned()));
                }
                Err(why) => return Err(self.failed(why)),
            };
            self.lines.push(&bytes[..count]);
            while let Some(line) = self.lines.next_line()? {
                self.waiting.push_back(ServerMessage::parse(&line)?);
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// Waits until the training has closed the connection, which it does once its run is free for others.
    pub(super) fn wait_for_close(&mut self) {
        let _ = self.stream.set_read_timeout(Some(CLOSE_TIMEOUT));
        while let Ok(Some(_)) = self.next_message() {}
    }

    /// Whether a later epoch has been received already, so that the weights of this one need not be read.
    pub(super) fn is_behind(&self) -> bool {
        let newer = |message: &ServerMessage| {
            matches!(
                message,
                ServerMessage::Event(TrainingEvent::Epoch(_)) | ServerMessage::Hello(_)
            )
        };
        self.waiting.iter().any(newer)
    }

    fn failed(&self, why: std::io::Error) -> ControlError {
        ControlError::Socket {
            run: self.run.path().to_owned(),
            why,
        }
    }
}
