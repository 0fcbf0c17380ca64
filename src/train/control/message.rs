//! What goes over the socket, and how bytes become it.

use crate::data::split::Split;
use crate::train::events::{BatchReport, Command, EpochMetrics};
use crate::units::Epoch;
use serde::{Deserialize, Serialize};

/// The first line of both sides. The number is the version of all that follows; both must be the same.
pub const BANNER: &str = "twinsight-control 1";
/// The longest line from a training. A greeting has a number for each person: this is room for a hundred thousand.
const LONGEST_SAID: usize = 1 << 20;
/// The longest line to a training: a word.
const LONGEST_ASKED: usize = 64;
/// What a training keeps for a client that does not read, in bytes; a batch takes 200.
pub const MOST_UNREAD: usize = 64 << 10;

/// What a training says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// First, to everybody who comes; and again to whoever has not listened for a while.
    Hello(Box<Hello>),
    /// A batch was learned from.
    Batch(BatchReport),
    /// An epoch is complete; its weights are on disk.
    Epoch {
        /// Its figures.
        metrics: EpochMetrics,
        /// Whether it is the best so far.
        best: bool,
    },
    /// It waits.
    Paused,
    /// It goes on.
    Resumed,
    /// A checkpoint is on disk.
    Saved(Epoch),
    /// It is over.
    Finished {
        /// The last epoch completed.
        epoch: Epoch,
        /// Whether it was told to stop.
        stopped: bool,
    },
    /// It broke.
    Failed(String),
    /// Nothing more will be said, for this reason; the training goes on.
    Refused(String),
}

/// What a training is, and how it stands. The rows of its epochs are in its directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The faces, as `--data` takes them, by their full path.
    pub source: String,
    /// Trained numbers.
    pub parameters: usize,
    /// How many epochs there shall be.
    pub epochs: u32,
    /// Batches an epoch.
    pub batches: usize,
    /// Who trains, validates, and is kept.
    pub split: Split,
    /// What the validation figures are about.
    pub validation: String,
    /// Whether it waits.
    pub paused: bool,
}

/// What a training is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked(pub Command);

impl Said {
    /// As a line.
    pub fn line(&self) -> Vec<u8> {
        line(self)
    }

    /// From a line without its end.
    ///
    /// # Errors
    /// [`ProtocolError`] if it is none.
    pub fn parse(line: &[u8]) -> Result<Self, ProtocolError> {
        parse(line)
    }
}

impl Asked {
    /// As a line.
    pub fn line(self) -> Vec<u8> {
        line(&self)
    }

    /// From a line without its end.
    ///
    /// # Errors
    /// [`ProtocolError`] if it is none.
    pub fn parse(line: &[u8]) -> Result<Self, ProtocolError> {
        parse(line)
    }
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// It does not end.
    #[error("a line is longer than {0} bytes")]
    TooLong(usize),
    /// It is no message.
    #[error("a line is no message ({0})")]
    Meaning(String),
    /// The other side is another version, or no training at all.
    #[error("the first line is not `{BANNER}`")]
    Language,
}

fn line(value: &impl Serialize) -> Vec<u8> {
    // Plain structs of numbers and text: there is nothing in them that JSON cannot hold.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, ProtocolError> {
    // Of a parser's complaint only the place and the kind: it may quote what came, which may act on a terminal.
    serde_json::from_slice(line).map_err(|e| {
        let kind = match e.classify() {
            serde_json::error::Category::Data => "a word or value that is not known",
            _ => "not JSON",
        };
        ProtocolError::Meaning(format!("{kind}, at byte {}", e.column()))
    })
}

/// Bytes as they come, cut into lines of bounded length; the first must be the [`BANNER`].
///
/// It holds what has come and no more: no length is read from the bytes.
#[derive(Debug)]
pub struct Lines {
    bytes: Vec<u8>,
    longest: usize,
    welcome: bool,
}

impl Lines {
    /// Of what a training says.
    pub fn said() -> Self {
        Self::of(LONGEST_SAID)
    }

    /// Of what it is asked.
    pub fn asked() -> Self {
        Self::of(LONGEST_ASKED)
    }

    fn of(longest: usize) -> Self {
        Self {
            bytes: Vec::new(),
            longest,
            welcome: false,
        }
    }

    /// Takes in what has come. The caller takes the lines out before there is more, so that this stays bounded.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line after the banner, without its end.
    ///
    /// # Errors
    /// [`ProtocolError::Language`] if the first line is not the banner, [`ProtocolError::TooLong`] as soon as a line is
    /// longer than allowed, whether it has ended or not.
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

    fn all(lines: &mut Lines) -> Vec<Asked> {
        let next = || lines.next_line().unwrap();
        std::iter::from_fn(next)
            .map(|line| Asked::parse(&line).unwrap())
            .collect()
    }

    #[test]
    fn lines_are_cut_wherever_the_bytes_are_cut() {
        let wishes = [Asked(Command::Pause), Asked(Command::Stop)];
        let banner = format!("{BANNER}\n");
        let text = [banner.as_bytes(), &wishes[0].line(), &wishes[1].line()].concat();
        assert!(text.ends_with(b"\"pause\"\n\"stop\"\n"));
        for cut in 0..text.len() {
            let mut lines = Lines::asked();
            let mut found = Vec::new();
            for part in [&text[..cut], &text[cut..]] {
                lines.push(part);
                found.extend(all(&mut lines));
            }
            assert_eq!(found, wishes);
        }
    }

    #[test]
    fn another_language_is_refused_at_its_first_line_or_before_that_ends() {
        for other in [
            "twinsight-control 2\n",
            "GET / HTTP/1.1\r\n",
            "\n",
            &"x".repeat(20),
        ] {
            let mut lines = Lines::asked();
            lines.push(other.as_bytes());
            assert_eq!(lines.next_line(), Err(ProtocolError::Language), "{other:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_refused_early() {
        let mut lines = Lines::asked();
        lines.push(format!("{BANNER}\n").as_bytes());
        lines.push(&[b'x'; LONGEST_ASKED]);
        assert_eq!(lines.next_line(), Ok(None));
        lines.push(b"x");
        let refused = lines.next_line();
        assert_eq!(refused, Err(ProtocolError::TooLong(LONGEST_ASKED)));
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
            let why = Asked::parse(nonsense).unwrap_err().to_string();
            assert!(why.starts_with("a line is no message ("), "{why}");
            assert!(!why.contains('\x1b') && !why.contains("format"), "{why}");
        }
    }
}
