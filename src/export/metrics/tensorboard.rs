//! The figures as an event file of TensorBoard.
//!
//! Such a file is a list of records, each of which holds an `Event` message of protocol buffers
//! (`tensorflow/core/util/event.proto`, `tensorflow/core/framework/summary.proto`). A record is framed as in TFRecord files
//! (`tensorflow/core/lib/io/record_writer.h`):
//!
//! ```text
//! length u64 | masked CRC-32C of these 8 bytes u32 | message | masked CRC-32C of the message u32     all little-endian
//! masked(c) = ((c >> 15) | (c << 17)) + 0xa282ead8
//! ```

use std::time::UNIX_EPOCH;

use prost::Message;

use super::RunMetrics;
use crate::train::EpochMetrics;

/// `Event`
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    /// Only in the first event of a file.
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

/// `Summary`
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

/// `Summary.Value`
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// The version that every event file begins with.
const VERSION: &str = "brain.Event:2";

/// The name of a run's event file; TensorBoard looks for `tfevents`, and shows a run under the name of the file's folder.
pub fn file_name(run: &RunMetrics) -> String {
    let seconds = run.started.duration_since(UNIX_EPOCH);
    let seconds = seconds.map_or(0, |time| time.as_secs());
    format!("events.out.tfevents.{seconds:010}.twinsight")
}

/// The event file of a run: scalars by epoch, at the time when the epoch was done as far as the seconds of all epochs tell.
pub fn events(run: &RunMetrics) -> Vec<u8> {
    let since = run.started.duration_since(UNIX_EPOCH);
    let mut wall_time = since.map_or(0.0, |time| time.as_secs_f64());
    let mut file = Vec::new();
    let version = Event {
        wall_time,
        file_version: Some(VERSION.to_owned()),
        ..Event::default()
    };
    append(&mut file, &version);
    for row in &run.rows {
        wall_time += row.seconds;
        let event = Event {
            wall_time,
            step: i64::from(row.epoch.0),
            file_version: None,
            summary: Some(Summary {
                value: scalars(row),
            }),
        };
        append(&mut file, &event);
    }
    file
}

fn scalars(row: &EpochMetrics) -> Vec<Value> {
    let scalar = |tag: &str, value: f32| Value {
        tag: tag.to_owned(),
        simple_value: Some(value),
    };
    let mut scalars = vec![
        scalar("loss/training", row.train_loss),
        scalar("accuracy/training", row.train_accuracy),
        scalar("learning_rate", row.learning_rate),
        scalar("seconds", row.seconds as f32),
    ];
    if let Some(validation) = row.validation {
        scalars.extend([
            scalar("loss/validation", validation.loss),
            scalar("accuracy/validation", validation.accuracy),
            scalar("eer/validation", validation.eer as f32),
            scalar("auc/validation", validation.auc as f32),
        ]);
    }
    scalars
}

fn append(file: &mut Vec<u8>, event: &Event) {
    let message = event.encode_to_vec();
    let length = (message.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked_crc(&length).to_le_bytes());
    file.extend(&message);
    file.extend(masked_crc(&message).to_le_bytes());
}

fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (RFC 3720, appendix B.4), bit by bit: files are small.
fn crc32c(bytes: &[u8]) -> u32 {
    /// Castagnoli's polynomial, lowest bit first.
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let step = |crc: u32, _| (crc >> 1) ^ (POLYNOMIAL & (crc & 1).wrapping_neg());
    let byte = |crc: u32, &byte: &u8| (0..8).fold(crc ^ u32::from(byte), step);
    !bytes.iter().fold(!0, byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 3720, and the usual check value.
    #[test]
    fn the_checksum_is_crc_32c() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }

    #[test]
    fn records_are_framed() {
        let mut file = Vec::new();
        let event = Event {
            wall_time: 1.0,
            step: 3,
            ..Event::default()
        };
        append(&mut file, &event);
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        assert_eq!(file.len(), 8 + 4 + length + 4);
        assert_eq!(Event::decode(&file[12..12 + length]).unwrap(), event);
        assert_eq!(file[8..12], masked_crc(&file[..8]).to_le_bytes());
        assert_eq!(
            file[12 + length..],
            masked_crc(&file[12..12 + length]).to_le_bytes()
        );
    }
}
