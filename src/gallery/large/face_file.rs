//! The faces of a large gallery: one after another in a file that is appended to, and read one at a time.
//!
//! A face is its [`SIDE`]² grey values as f32, and if it is aligned its colours, `[112, 112, 3]` u8. Where each lies, and its
//! CRC-32, is in the list of people.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Crc;
use image::RgbImage;

use crate::files::{FileError, FileReason};
use crate::gallery::error::{GalleryError, StoreError};
use crate::vision::align::COLOUR_SIDE;
use crate::vision::{Face, SIDE};

/// Bytes of the grey values.
const GREY: usize = SIDE * SIDE * 4;
/// Bytes of the colours.
const COLOUR: usize = (COLOUR_SIDE * COLOUR_SIDE * 3) as usize;

/// Where a face lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gallery) struct FacePlace {
    /// Its first byte, which also names the photo: no byte is used twice.
    pub(in crate::gallery) offset: u64,
    pub(in crate::gallery) coloured: bool,
    pub(in crate::gallery) crc: u32,
}

impl FacePlace {
    pub(super) fn bytes(self) -> u64 {
        (GREY + if self.coloured { COLOUR } else { 0 }) as u64
    }

    pub(super) fn end(self) -> u64 {
        self.offset + self.bytes()
    }
}

/// A face in a file.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gallery) struct FaceInFile {
    pub(in crate::gallery) file: Arc<PathBuf>,
    pub(in crate::gallery) place: FacePlace,
}

impl FaceInFile {
    /// Reads it.
    pub(in crate::gallery) fn read(&self) -> Result<Face, GalleryError> {
        let mut bytes = vec![0; self.place.bytes() as usize];
        let mut read = || -> std::io::Result<()> {
            let mut file = File::open(&*self.file)?;
            file.seek(SeekFrom::Start(self.place.offset))?;
            file.read_exact(&mut bytes)
        };
        read().map_err(|error| FileReason::from(error).when("read", &self.file))?;
        face(&bytes)
            .filter(|_| crc(&bytes) == self.place.crc)
            .ok_or_else(|| GalleryError::Unreadable {
                path: self.file.to_path_buf(),
                why: StoreError::Tensor("faces"),
            })
    }
}

pub(super) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn encode(face: &Face) -> Vec<u8> {
    let mut bytes: Vec<u8> = face.pixels().iter().flat_map(|p| p.to_le_bytes()).collect();
    if let Some(colour) = face.colour() {
        bytes.extend_from_slice(colour.as_raw());
    }
    bytes
}

fn face(bytes: &[u8]) -> Option<Face> {
    let (grey, colour) = bytes.split_at_checked(GREY)?;
    let pixels: Vec<f32> = grey
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    let face = Face::from_pixels(pixels);
    match colour.is_empty() {
        true => Some(face),
        false => {
            let colour = RgbImage::from_raw(COLOUR_SIDE, COLOUR_SIDE, colour.to_vec())?;
            Some(face.with_colour(colour))
        }
    }
}

/// Opens a file to write in it, for its owner only; creates it if it does not exist.
pub(super) fn writable(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| FileReason::from(error).when("write", path))
}

/// Writes faces behind the byte `end`, in place of what an interrupted program left there, and waits until they are on disk.
pub(super) fn append<'a>(
    path: &Path,
    end: u64,
    faces: impl Iterator<Item = &'a Face>,
) -> Result<Vec<FacePlace>, FileError> {
    let mut file = std::io::BufWriter::new(writable(path)?);
    let write = || -> std::io::Result<Vec<FacePlace>> {
        let mut places = Vec::new();
        let mut offset = file.seek(SeekFrom::Start(end))?;
        for face in faces {
            let bytes = encode(face);
            file.write_all(&bytes)?;
            places.push(FacePlace {
                offset,
                coloured: face.colour().is_some(),
                crc: crc(&bytes),
            });
            offset += bytes.len() as u64;
        }
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok(places)
    };
    write().map_err(|error| FileReason::from(error).when("write", path))
}

/// Overwrites faces with zeros, and waits until that is on disk. It can be repeated.
pub(super) fn erase(path: &Path, ranges: &[(u64, u64)]) -> Result<(), FileError> {
    if ranges.is_empty() {
        return Ok(());
    }
    let mut file = writable(path)?;
    let mut write = || -> std::io::Result<()> {
        for &(offset, bytes) in ranges {
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(&vec![0; bytes as usize])?;
        }
        file.sync_all()
    };
    write().map_err(|error| FileReason::from(error).when("write", path))
}
