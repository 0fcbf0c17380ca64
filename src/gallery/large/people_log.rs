//! The list of people of a large gallery: a log that is appended to.
//!
//! ```text
//! "TWSPEOP1"
//! block: length u32, CRC-32 u32, bytes        the first one: preparation and other settings, as RON
//! block …                                     one for each enrolment: the photos that were added
//! photo: name, file name (length u16, UTF-8), offset of the face u64, coloured u8, CRC-32 of the face u32
//! ```
//!
//! All numbers are little-endian. An enrolment is one block, so after a crash it is there or not: a last block that is incomplete
//! is no block, and the next one is written over it. Renaming and forgetting write the whole file anew and rename it, so that
//! nothing of a forgotten person stays in it.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::face_file::{FacePlace, crc, writable};
use crate::files::{FileError, FileReason};
use crate::gallery::error::StoreError;
use crate::vision::Preparation;

const MAGIC: &[u8; 8] = b"TWSPEOP1";

/// What the first block says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::gallery) struct Head {
    pub(in crate::gallery) preparation: Preparation,
    /// Faces are written from this byte on, or behind the last one of the list.
    pub(super) faces_end: u64,
    /// Faces of forgotten people, offset and length, which must be overwritten unless that was done already.
    pub(super) erase: Vec<(u64, u64)>,
}

/// A photo in the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LoggedPhoto {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) place: FacePlace,
}

/// The list as it is on disk.
#[derive(Debug)]
pub(super) struct PeopleLog {
    pub(super) head: Head,
    pub(super) photos: Vec<LoggedPhoto>,
    /// Behind its last block.
    pub(super) end: u64,
}

fn block(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a list of people below 4 GB");
    [
        &length.to_le_bytes()[..],
        &crc(payload).to_le_bytes(),
        payload,
    ]
    .concat()
}

fn records<'a>(photos: impl Iterator<Item = (&'a str, &'a str, FacePlace)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, file, place) in photos {
        for text in [name, file] {
            // Names are at most 64 characters long, names of files 120.
            bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(&place.offset.to_le_bytes());
        bytes.push(u8::from(place.coloured));
        bytes.extend_from_slice(&place.crc.to_le_bytes());
    }
    bytes
}

/// The whole file.
pub(super) fn encode<'a>(
    head: &Head,
    photos: impl Iterator<Item = (&'a str, &'a str, FacePlace)>,
) -> Vec<u8> {
    let head = ron::to_string(head).expect("plain values always have a RON form");
    let mut bytes = [&MAGIC[..], &block(head.as_bytes())].concat();
    let photos = records(photos);
    if !photos.is_empty() {
        bytes.extend_from_slice(&block(&photos));
    }
    bytes
}

/// Appends photos in one block behind the byte `end`, and waits until it is on disk. Returns the new end.
pub(super) fn append<'a>(
    path: &Path,
    end: u64,
    photos: impl Iterator<Item = (&'a str, &'a str, FacePlace)>,
) -> Result<u64, FileError> {
    let mut file = writable(path)?;
    let bytes = block(&records(photos));
    let mut write = || -> std::io::Result<u64> {
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        Ok(end + bytes.len() as u64)
    };
    write().map_err(|error| FileReason::from(error).when("write", path))
}

pub(super) fn decode(bytes: &[u8]) -> Result<PeopleLog, StoreError> {
    let damaged = || StoreError::Index("a block".to_owned());
    let mut rest = bytes.strip_prefix(MAGIC).ok_or(StoreError::Foreign)?;
    let head = next_block(&mut rest)?.ok_or_else(damaged)?;
    let head = std::str::from_utf8(head)
        .ok()
        .and_then(|text| ron::from_str(text).ok());
    let head = head.ok_or_else(damaged)?;
    let mut photos = Vec::new();
    while let Some(mut block) = next_block(&mut rest)? {
        while !block.is_empty() {
            photos.push(photo(&mut block).ok_or_else(damaged)?);
        }
    }
    Ok(PeopleLog {
        head,
        photos,
        end: (bytes.len() - rest.len()) as u64,
    })
}

/// Takes the next block; `None` at the end, or before a block that was not written completely.
fn next_block<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, StoreError> {
    let mut after = *rest;
    let (Some(length), Some(sum)) = (number::<4>(&mut after), number::<4>(&mut after)) else {
        return Ok(None);
    };
    let (length, sum) = (u32::from_le_bytes(length) as usize, u32::from_le_bytes(sum));
    let Some((payload, after)) = after.split_at_checked(length) else {
        return Ok(None);
    };
    match crc(payload) == sum {
        // A file that was longer before its bytes were written ends in zeros.
        true if length == 0 => Ok(None),
        true => {
            *rest = after;
            Ok(Some(payload))
        }
        false if after.iter().all(|byte| *byte == 0) => Ok(None),
        false => Err(StoreError::Index("a block has another checksum".to_owned())),
    }
}

fn number<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    let length = u16::from_le_bytes(number(bytes)?);
    let (text, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    Some(std::str::from_utf8(text).ok()?.to_owned())
}

fn photo(bytes: &mut &[u8]) -> Option<LoggedPhoto> {
    let (name, file) = (text(bytes)?, text(bytes)?);
    let offset = u64::from_le_bytes(number(bytes)?);
    let [coloured] = number(bytes)?;
    let crc = u32::from_le_bytes(number(bytes)?);
    Some(LoggedPhoto {
        name,
        file,
        place: FacePlace {
            offset,
            coloured: coloured != 0,
            crc,
        },
    })
}
