//! Any bytes at the socket of a training, cut into lines and read like both sides do: they are refused with an error, or
//! the message is written as it was read. Memory use follows the received bytes, not the lengths that they claim.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::train::control::{BANNER, ClientMessage, Lines, ProtocolError, ServerMessage};

/// All messages in `bytes`, which arrive in two parts, and the error that ended the reading.
fn read<T>(
    mut lines: Lines,
    pieces: [&[u8]; 2],
    parse: impl Fn(&[u8]) -> Result<T, ProtocolError>,
) -> Result<Vec<T>, ProtocolError> {
    let mut found = Vec::new();
    for piece in pieces {
        lines.push(piece);
        while let Some(line) = lines.next_line()? {
            found.push(parse(&line)?);
        }
    }
    Ok(found)
}

fn clean(refused: &ProtocolError) {
    let why = refused.to_string();
    assert!(!why.is_empty() && !why.contains(char::is_control), "{why}");
}

fuzz_target!(|input: (u16, &[u8])| {
    let (at, bytes) = input;
    let banner = format!("{BANNER}\n");
    // Once with the banner, so that most inputs get past it, and once as they are.
    for bytes in [bytes.to_vec(), [banner.as_bytes(), bytes].concat()] {
        let pieces = <[&[u8]; 2]>::from(bytes.split_at(usize::from(at) % (bytes.len() + 1)));
        match read(Lines::from_client(), pieces, ClientMessage::parse) {
            Ok(commands) => {
                for command in commands {
                    let line = command.line();
                    assert_eq!(ClientMessage::parse(&line[..line.len() - 1]), Ok(command));
                }
            }
            Err(refused) => clean(&refused),
        }
        match read(Lines::from_server(), pieces, ServerMessage::parse) {
            // Numbers may be rounded in their last place: only that it is a message again.
            Ok(messages) => {
                for message in messages {
                    let line = message.line();
                    assert!(line.ends_with(b"\n") && !line[..line.len() - 1].contains(&b'\n'));
                }
            }
            Err(refused) => clean(&refused),
        }
    }
});
