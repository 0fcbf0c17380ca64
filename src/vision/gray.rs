//! Photographs into grey pictures, and grey pictures into the squares that a network sees.
//!
//! A photo comes from outside and may be anything, so [`decode`] is strict: it knows three formats by their content
//! (never by the name of the file), looks at the dimensions in the header before it asks for memory, and refuses what
//! would quietly yield a wrong picture - animations, a JPEG that breaks off, a PGM whose line ends were converted.
//!
//! Conventions, those of OpenCV's `imread` followed by `cvtColor(…, COLOR_BGR2GRAY)`, so that numbers can be compared:
//! - Colour becomes grey by ITU-R BT.601 luma, Y = 0.299 R + 0.587 G + 0.114 B, in OpenCV's 15-bit fixed point. The
//!   `image` crate's own conversion was rejected: it uses the BT.709 weights. (`imread(…, IMREAD_GRAYSCALE)` differs by 1
//!   here and there: it leaves the conversion to each format's library.)
//! - Transparency is ignored: the stored colour counts.
//! - 16 bits a sample become 8, rounded to the nearest. CMYK is converted to RGB by the JPEG decoder.
//! - The orientation noted by the camera (EXIF) is applied; the note alone is kept by many phones.

use std::error::Error as _;
use std::io::{Cursor, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder, pnm::PnmDecoder};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, Limits};

use crate::files::{self, FileReason};

/// Width and height of a [`Face`] in pixels: that of the Olivetti faces, and of the tutorial's network.
pub const SIDE: usize = 64;
/// The largest file that is read as a photo. Those of a 50-megapixel camera have about half of it.
pub const MAX_BYTES: u64 = 64 << 20;
/// The most pixels a photo may have: those of a 50-megapixel camera.
pub const MAX_PIXELS: u64 = 50_000_000;
/// The smallest width and height: nobody recognises a face in less.
pub const MIN_SIDE: u32 = 16;
/// The most memory that a decoder may ask for, in bytes: [`MAX_PIXELS`] with five bytes each.
const MAX_ALLOC: u64 = 250_000_000;

/// Why a photo cannot be used. The name of the file is left to whoever knows it.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The file could not be read at all.
    #[error("{0}")]
    File(#[from] FileReason),
    /// There are no bytes.
    #[error("it is empty")]
    Empty,
    /// Not a picture, or not one in a format that is read.
    #[error("it is {0}; PGM, PNG and JPEG are read, so convert it to one of these")]
    Format(String),
    /// More pixels or memory than a photo needs.
    #[error(
        "it has {width} × {height} pixels, too many to be read safely; make it smaller than {} megapixels",
        MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// Fewer pixels than a face needs.
    #[error(
        "it has {width} × {height} pixels, too few to show a face; at least {MIN_SIDE} × {MIN_SIDE} are needed"
    )]
    TooSmall {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// More than one picture in a file.
    #[error("it is an animation; save the one picture that is meant")]
    Animated,
    /// The file ends before its picture does.
    #[error("it breaks off in the middle of the picture; copy it again from where it came from")]
    Truncated,
    /// Line ends were converted as if the file were text.
    #[error(
        "its line ends were converted as if it were text, which damages the pixels; copy it again in binary mode"
    )]
    Converted,
    /// The decoder does not understand the content.
    #[error("its content is damaged or of a rare kind ({0}); save it again with another program")]
    Damaged(String),
    /// The picture on disk is not the one that was read before.
    #[error("it has changed since it was read; load the data again")]
    Changed,
}

/// A face as a network sees it: [`SIDE`] × [`SIDE`] values from 0 (black) to 1 (white), row after row from the top left.
/// Cloning copies a pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Face(Arc<[f32]>);

impl Face {
    /// Takes [`SIDE`]² values, row after row.
    ///
    /// # Panics
    /// On another number of values: that is a mistake of the program, never of its input.
    pub fn from_pixels(pixels: impl Into<Arc<[f32]>>) -> Self {
        let pixels = pixels.into();
        assert_eq!(
            pixels.len(),
            SIDE * SIDE,
            "a face has {SIDE} × {SIDE} values"
        );
        Self(pixels)
    }

    /// The values, row after row; [`SIDE`]² of them.
    pub fn pixels(&self) -> &[f32] {
        &self.0
    }

    /// The face as an 8-bit picture, to be looked at.
    pub fn to_image(&self) -> GrayImage {
        let byte = |x: u32, y: u32| {
            (self.0[y as usize * SIDE + x as usize].clamp(0.0, 1.0) * 255.0).round() as u8
        };
        GrayImage::from_fn(SIDE as u32, SIDE as u32, |x, y| image::Luma([byte(x, y)]))
    }
}

/// Reads a photo and makes it grey; see [`decode`].
///
/// # Errors
/// Everything that [`files::read_limited`] and [`decode`] refuse.
pub fn open(path: &Path) -> Result<GrayImage, PhotoError> {
    let bytes = files::read_limited(path, MAX_BYTES).map_err(|error| error.reason)?;
    decode(&bytes)
}

/// Decodes a PGM (or another Netpbm picture), PNG or JPEG and makes it grey and upright.
///
/// # Errors
/// See [`PhotoError`]. Whatever the bytes are, no more than a few hundred megabytes are asked for, and nothing before
/// the header has been found reasonable.
pub fn decode(bytes: &[u8]) -> Result<GrayImage, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    let reader = Cursor::new(bytes);
    match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(reader, limits()).map_err(damaged)?;
            if decoder.is_apng().map_err(damaged)? {
                return Err(PhotoError::Animated);
            }
            read(decoder)
        }
        Ok(ImageFormat::Jpeg) => {
            if breaks_off(bytes) {
                return Err(PhotoError::Truncated);
            }
            read(JpegDecoder::new(reader).map_err(damaged)?)
        }
        Ok(ImageFormat::Pnm) => {
            if bytes.get(2..4) == Some(b"\r\n") {
                return Err(PhotoError::Converted);
            }
            read(PnmDecoder::new(reader).map_err(damaged)?)
        }
        Ok(ImageFormat::Gif) => Err(PhotoError::Format("a GIF".into())),
        Ok(other) => Err(PhotoError::Format(format!(
            "a picture of the kind {other:?}"
        ))),
        Err(_) => Err(PhotoError::Format("not a picture".into())),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

/// Checks the header, then decodes, makes grey, and turns upright.
fn read(mut decoder: impl ImageDecoder) -> Result<GrayImage, PhotoError> {
    let (width, height) = decoder.dimensions();
    if width < MIN_SIDE || height < MIN_SIDE {
        return Err(PhotoError::TooSmall { width, height });
    }
    let mut limits = limits();
    let too_large = PhotoError::TooLarge { width, height };
    if u64::from(width) * u64::from(height) > MAX_PIXELS
        || limits.reserve(decoder.total_bytes()).is_err()
    {
        return Err(too_large);
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    decoder.set_limits(limits).map_err(damaged)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => too_large,
        other => damaged(other),
    })?;
    let mut upright = DynamicImage::ImageLuma8(to_gray(picture));
    upright.apply_orientation(orientation);
    Ok(upright.into_luma8())
}

fn damaged(error: ImageError) -> PhotoError {
    let why = match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            return PhotoError::Truncated;
        }
        ImageError::Decoding(error) => error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string),
        other => other.to_string(),
    };
    // Some decoders answer with several lines.
    let words: Vec<_> = why.split_whitespace().collect();
    PhotoError::Damaged(files::clean(&words.join(" ")))
}

/// Whether a JPEG lacks its end-of-image marker (ITU-T T.81, B.1.1.3), at all or behind the last start of a scan. The
/// decoder fills what is missing of a scan with grey and says nothing. Neither marker can occur within the data of a scan.
fn breaks_off(jpeg: &[u8]) -> bool {
    const START_OF_SCAN: [u8; 2] = [0xff, 0xda];
    const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
    let last = |marker: [u8; 2]| jpeg.windows(2).rposition(|pair| pair == marker);
    let end = last(END_OF_IMAGE);
    end.is_none() || end < last(START_OF_SCAN)
}

/// Grey without a change of what is grey already; see the conventions of the module.
fn to_gray(picture: DynamicImage) -> GrayImage {
    let (width, height) = (picture.width(), picture.height());
    let gray = match picture {
        DynamicImage::ImageLuma8(gray) => return gray,
        DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageLumaA16(_) => {
            return picture.to_luma8();
        }
        DynamicImage::ImageRgba8(pixels) => pixels.as_raw().chunks_exact(4).map(luma).collect(),
        other => other
            .into_rgb8()
            .as_raw()
            .chunks_exact(3)
            .map(luma)
            .collect(),
    };
    GrayImage::from_raw(width, height, gray).expect("one value for each pixel of the picture")
}

/// BT.601 luma of one pixel (red, green, blue, anything) as OpenCV computes it for 8 bits: weights in units of 2⁻¹⁵,
/// rounded to the nearest (`RGB2Gray<uchar>` in its `color_rgb.simd.hpp`).
fn luma(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((9_798 * red + 19_235 * green + 3_735 * blue + (1 << 14)) >> 15) as u8
}
