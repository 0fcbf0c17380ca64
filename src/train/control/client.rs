//! The side of those who watch.

use super::following::Following;
use super::message::{Asked, Hello, Lines, Said, banner};
use super::{Attached, ControlError, place};
use crate::files::clean;
use crate::train::Trainer;
use crate::train::events::Command;
use crate::train::run_dir::RunDir;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long a training may take for its first words: longer than any batch, or any validation.
const FIRST_WORDS: Duration = Duration::from_secs(60);
/// How long it may take to end after its last ones: longer than a second for those who do not listen.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// Watches the training that another process does in `run`.
///
/// # Errors
/// [`ControlError`] if there is none, or it does not let anybody in.
pub fn attach(run: RunDir) -> Result<Attached, ControlError> {
    let path = run.path().to_owned();
    let failed = |why| ControlError::Socket {
        run: path.clone(),
        why,
    };
    let mut client = Client::connect(run)?;
    let hello = client.hello()?;
    let source = hello.source.clone();
    let wishes = Wishes(client.stream.try_clone().map_err(failed)?);
    let following = Following::new(client, hello);
    let trainer = Trainer::follow(following, wishes).map_err(failed)?;
    Ok(Attached { trainer, source })
}

/// Says to a training what is wished.
#[derive(Debug)]
pub(in crate::train) struct Wishes(UnixStream);

impl Wishes {
    /// Asks for something; a training that has ended takes no notice.
    pub(in crate::train) fn send(&self, command: Command) {
        let _ = (&self.0).write_all(&Asked(command).line());
    }

    /// Lets go of the training, which goes on.
    pub(in crate::train) fn leave(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A connection to a training in another process.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) run: RunDir,
    stream: UnixStream,
    lines: Lines,
    waiting: VecDeque<Said>,
}

impl Client {
    fn connect(run: RunDir) -> Result<Self, ControlError> {
        let connected = place::connect(run.path()).and_then(|mut stream| {
            stream.write_all(&banner())?;
            Ok(stream)
        });
        let stream = connected.map_err(|why| {
            let path = run.path().to_owned();
            match (why.kind(), run.owner()) {
                // A socket without a listener is what a killed training leaves.
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
            lines: Lines::said(),
            waiting: VecDeque::new(),
        })
    }

    /// The first greeting; it is waited for no longer than [`FIRST_WORDS`].
    fn hello(&mut self) -> Result<Hello, ControlError> {
        let patience = |stream: &UnixStream, time| stream.set_read_timeout(time);
        patience(&self.stream, Some(FIRST_WORDS)).map_err(|why| self.failed(why))?;
        loop {
            match self.said()? {
                Some(Said::Hello(hello)) => {
                    patience(&self.stream, None).map_err(|why| self.failed(why))?;
                    return Ok(*hello);
                }
                Some(Said::Refused(why) | Said::Failed(why)) => {
                    return Err(ControlError::Refused(clean(&why)));
                }
                // The last words may come before any greeting.
                Some(_) => {}
                None => return Err(ControlError::NotRunning(self.run.path().to_owned())),
            }
        }
    }

    /// The next thing that is said; waits for it. `None` when the training has closed the line.
    pub(super) fn said(&mut self) -> Result<Option<Said>, ControlError> {
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
                self.waiting.push_back(Said::parse(&line)?);
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// Waits until the training has hung up, which it does when its run is free for others. Should it not, that is its
    /// own affair.
    pub(super) fn outlast(&mut self) {
        let _ = self.stream.set_read_timeout(Some(LAST_BREATH));
        while let Ok(Some(_)) = self.said() {}
    }

    /// Whether a later epoch has been said already, so that the weights of this one need not be fetched.
    pub(super) fn is_behind(&self) -> bool {
        let newer = |said: &Said| matches!(said, Said::Epoch { .. } | Said::Hello(_));
        self.waiting.iter().any(newer)
    }

    fn failed(&self, why: std::io::Error) -> ControlError {
        ControlError::Socket {
            run: self.run.path().to_owned(),
            why,
        }
    }
}
