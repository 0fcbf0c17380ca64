//! The messages that go over the socket, and how bytes become messages.

use crate::train::events::{Started, TrainingCommand, TrainingEvent};
use serde::{Deserialize, Serialize};

/// The first line of both sides. The number is the version of all that follows; both sides must use the same.
pub const BANNER: &str = "twinsight-control 2";
/// The longest line from a training. A greeting has a number for each person: this is room for a hundred thousand.
const LONGEST_FROM_SERVER: usize = 1 << 20;
/// The longest line to a training: one word.
const LONGEST_FROM_CLIENT: usize = 64;
/// The most that a training keeps for a client that does not read, in bytes; a batch takes 200.
pub const MOST_UNREAD: usize = 64 << 10;

/// What a training sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// The greeting, first to each client, and again to a client that has not read for a while.
    Hello(Box<Hello>),
    /// Something happened. The weights of an epoch are on disk.
    Event(TrainingEvent),
    /// Nothing more is sent, for this reason; the training continues.
    Refused(String),
}

/// The training and its state. The rows of its epochs are in its directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The data set, as `--data` takes it, with its full path.
    pub source: String,
    /// How the training began.
    pub started: Started,
    /// Whether it is paused.
    pub paused: bool,
}

/// What a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMessage(pub TrainingCommand);

impl ServerMessage {
    /// Encodes it as a line.
    pub fn line(&self) -> Vec<u8> {
        line(self)
    }

    /// Reads it from a line without its line end.
    ///
    /// # Errors
    /// [`ProtocolError`] if the line is no such message.
    pub fn parse(line: &[u8]) -> Result<Self, ProtocolError> {
        parse(line)
    }
}

impl ClientMessage {
    /// Encodes it as a line.
    pub fn line(self) -> Vec<u8> {
        line(&self)
    }

    /// Reads it from a line without its line end.
    ///
    /// # Errors
    /// [`ProtocolError`] if the line is no such message.
    pub fn parse(line: &[u8]) -> Result<Self, ProtocolError> {
        parse(line)
    }
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A line is too long.
    #[error("a line is longer than {0} bytes")]
    TooLong(usize),
    /// A line is no message.
    #[error("a line is no message ({0})")]
    Meaning(String),
    /// The other side has another version, or is no training.
    #[error("the first line is not `{BANNER}`")]
    Language,
}

fn line(value: &impl Serialize) -> Vec<u8> {
    // These are plain structs of numbers and text, which JSON can always hold.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, ProtocolError> {
    // Only the place and kind of the parser's error: its text may quote bytes that act on a terminal.
    serde_json::from_slice(line).map_err(|e| {
        let kind = match e.classify() {
            serde_json::error::Category::Data => "a word or value that is not known",
            _ => "not JSON",
        };
        ProtocolError::Meaning(format!("{kind}, at byte {}", e.column()))
    })
}

/// Received bytes, cut into lines of bounded length; the first line must be the [`BANNER`].
///
/// It holds only what was received: no length is read from the bytes.
#[derive(Debug)]
pub struct Lines {
    bytes: Vec<u8>,
    longest: usize,
    welcome: bool,
}

impl Lines {
    /// Lines from a training.
    pub fn from_server() -> Self {
        Self::of(LONGEST_FROM_SERVER)
    }

    /// Lines from a client.
    pub fn from_client() -> Self {
        Self::of(LONGEST_FROM_CLIENT)
    }

    fn of(longest: usize) -> Self {
        Self {
            bytes: Vec::new(),
            longest,
            welcome: false,
        }
    }

    /// Adds received bytes. The caller takes the lines out before it adds more, so that this stays bounded.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line after the banner, without its end.
    ///
    /// # Errors
    /// [`ProtocolError::Language`] if the first line is not the banner, [`ProtocolError::TooLong`] as soon as a line is
    /// longer than allowed, even before it ends.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, ProtocolError> {
        if !self.welcome {
            match self.cut(BANNER.len())? {
                Some(first) if first == BANNER.as_bytes() => self.welcome = true,
                Some(_) => return Err(ProtocolError::Language),
                None => return Ok(None),
            }
        }
        self.cut(self.longest)
    }

    /// Whether the banner has been read.
    pub fn is_welcome(&self) -> bool {
        self.welcome
    }

    fn cut(&mut self, longest: usize) -> Result<Option<Vec<u8>>, ProtocolError> {
        let end = self
            .bytes
            .iter()
            .take(longest + 1)
            .position(|&b| b == b'\n');
        match end {
            Some(end) => {
                let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
                line.pop();
                Ok(Some(line))
            }
            None if self.bytes.len() <= longest => Ok(None),
            None if !self.welcome => Err(ProtocolError::Language),
            None => Err(ProtocolError::TooLong(longest)),
        }
    }
}

/// The banner as a line.
#[cfg(unix)]
pub(super) fn banner() -> Vec<u8> {
    format!("{BANNER}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Scores;
    use crate::train::{EpochMetrics, events::EpochReport};
    use crate::units::Epoch;
    use std::sync::Arc;

    fn all(lines: &mut Lines) -> Vec<ClientMessage> {
        let next = || lines.next_line().unwrap();
        std::iter::from_fn(next)
            .map(|line| ClientMessage::parse(&line).unwrap())
            .collect()
    }

    #[test]
    fn an_epoch_is_sent_with_its_row_and_without_weights_or_similarities() {
        let row = EpochMetrics {
            epoch: Epoch(3),
            train_loss: 0.5,
            train_accuracy: 0.75,
            validation: None,
            learning_rate: 0.25,
            seconds: 1.0,
        };
        let report = |scores| {
            ServerMessage::Event(TrainingEvent::Epoch(Box::new(EpochReport {
                metrics: row,
                best: true,
                scores: Arc::new(scores),
                model: (),
            })))
        };
        let scores = Scores {
            mated: vec![0.5; 1000],
            non_mated: Vec::new(),
        };
        let line = report(scores).line();
        assert!(line.len() < 300, "{}", line.len());
        let sent = ServerMessage::parse(&line[..line.len() - 1]).unwrap();
        assert_eq!(sent, report(Scores::default()));
    }

    #[test]
    fn lines_are_cut_wherever_the_bytes_are_cut() {
        let commands = [
            ClientMessage(TrainingCommand::Pause),
            ClientMessage(TrainingCommand::Stop),
        ];
        let banner = format!("{BANNER}\n");
        let text = [banner.as_bytes(), &commands[0].line(), &commands[1].line()].concat();
        assert!(text.ends_with(b"\"pause\"\n\"stop\"\n"));
        for cut in 0..text.len() {
            let mut lines = Lines::from_client();
            let mut found = Vec::new();
            for part in [&text[..cut], &text[cut..]] {
                lines.push(part);
                found.extend(all(&mut lines));
            }
            assert_eq!(found, commands);
        }
    }

    #[test]
    fn another_language_is_refused_at_its_first_line_or_before_that_ends() {
        for other in [
            "twinsight-control 1\n",
            "GET / HTTP/1.1\r\n",
            "\n",
            &"x".repeat(20),
        ] {
            let mut lines = Lines::from_client();
            lines.push(other.as_bytes());
            assert_eq!(lines.next_line(), Err(ProtocolError::Language), "{other:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_refused_early() {
        let mut lines = Lines::from_client();
        lines.push(format!("{BANNER}\n").as_bytes());
        lines.push(&[b'x'; LONGEST_FROM_CLIENT]);
        assert_eq!(lines.next_line(), Ok(None));
        lines.push(b"x");
        let refused = lines.next_line();
        assert_eq!(refused, Err(ProtocolError::TooLong(LONGEST_FROM_CLIENT)));
    }

    #[test]
    fn a_refusal_quotes_nothing_that_came() {
        for nonsense in [
            &b"\"\x1b[2Jformat\""[..],
            b"\xff\xfe",
            b"[[[[[[",
            b"{}",
            b"",
        ] {
            let why = ClientMessage::parse(nonsense).unwrap_err().to_string();
            assert!(why.starts_with("a line is no message ("), "{why}");
            assert!(!why.contains('\x1b') && !why.contains("format"), "{why}");
        }
    }
}
