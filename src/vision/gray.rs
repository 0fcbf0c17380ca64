//! Decodes photos, and converts them to grey.
//!
//! A photo can be any file, so [`decode`] is strict. It recognises formats by their content (`kind`), never by the file
//! name; it checks the dimensions in the header before it allocates memory; and it refuses files that would give a wrong
//! picture without an error: an incomplete JPEG (`jpeg`), a PGM whose line ends were converted. Of an animation it takes
//! the first picture.
//!
//! The conventions are those of OpenCV's `imread` followed by `cvtColor(…, COLOR_BGR2GRAY)`, so that results can be
//! compared:
//! - Colour becomes grey by ITU-R BT.601 luma, Y = 0.299 R + 0.587 G + 0.114 B, in OpenCV's 15-bit fixed point. The
//!   conversion of the `image` crate was rejected: it uses the BT.709 weights. (`imread(…, IMREAD_GRAYSCALE)` differs by 1
//!   in some pixels, because it leaves the conversion to the library of each format.)
//! - Transparency is ignored: the stored colour counts.
//! - Samples of 16 bits are rounded to 8 bits. The JPEG decoder converts CMYK to RGB.
//! - The EXIF orientation is applied, because phones store the pixels unrotated.

use std::error::Error as _;
use std::io::{Cursor, ErrorKind};
use std::path::Path;

use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, png::PngDecoder, pnm::PnmDecoder, tiff::TiffDecoder,
    webp::WebPDecoder,
};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, Limits, RgbImage};
use sha2::{Digest, Sha256};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::jpeg::{self, Extent};
use super::kind::{self, Group};
use crate::files::{self, FileReason};

/// The largest photo file that is read, in bytes. A camera of 100 megapixels writes about half as much.
pub const MAX_BYTES: u64 = 96 << 20;
/// The most pixels of a photo. Cameras of 2026 have up to 102 megapixels (medium format), phones 108; those that join four
/// shots have more.
pub const MAX_PIXELS: u64 = 120_000_000;
/// The smallest width and height of a photo, in pixels; a face is not recognisable below it.
pub const MIN_SIDE: u32 = 16;
/// Bytes that stand for what may be missing of a JPEG: those of a few blocks.
const PADDING: u32 = 4096;
/// The most memory that a decoder may allocate, in bytes: [`MAX_PIXELS`] with four bytes each. With the file and the
/// program itself it stays below 600 MiB.
pub(super) const MAX_ALLOC: u64 = 480_000_000;

/// Why a photo cannot be used. The message continues a sentence that begins with the file name.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The file cannot be read.
    #[error("{0}")]
    File(#[from] FileReason),
    /// The file has no bytes.
    #[error("it is empty; copy it again from where it came from")]
    Empty,
    /// A picture in an unsupported format.
    #[error("it is {0}; convert it to JPEG ({readable} are read)", readable = kind::readable("and"))]
    Format(String),
    /// No picture; what it is, if that is known.
    #[error("it is {}not a picture ({readable} are read)", .0.as_ref().map(|kind| format!("{kind}, ")).unwrap_or_default(), readable = kind::readable("and"))]
    NoPicture(Option<String>),
    /// Too many pixels.
    #[error(
        "it has {width} × {height} pixels, too many to read; make it smaller than {} megapixels",
        MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Too few pixels for a face.
    #[error(
        "it has {width} × {height} pixels, too few for a face; at least {MIN_SIDE} × {MIN_SIDE} are needed"
    )]
    TooSmall {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Too much memory to decode the pixels.
    #[error(
        "decoding its {width} × {height} pixels takes {} MB, more than {} MB; save it as a plain JPEG of 8 bits, or smaller",
        needed.div_ceil(1_000_000),
        MAX_ALLOC / 1_000_000
    )]
    TooDeep {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes that decoding takes.
        needed: u64,
    },
    /// The file ends before the end of the picture.
    #[error("it ends in the middle of the picture; copy it again from where it came from")]
    Truncated,
    /// Line ends were converted as in a text file.
    #[error(
        "its line ends were converted as in a text file, which damages the pixels; copy it again in binary mode"
    )]
    Converted,
    /// The decoder cannot decode the content.
    #[error("its content is damaged or of a rare kind ({0}); save it again with another program")]
    Damaged(String),
    /// The size of the picture on disk changed since it was first read.
    #[error("it has changed since it was read; load the data again")]
    Changed,
}

/// Reads a photo file of at most [`MAX_BYTES`] bytes and decodes it; see [`decode`].
///
/// # Errors
/// If the file cannot be read (see [`files::read_limited`]) or decoded (see [`decode`]).
pub fn open(path: &Path) -> Result<GrayImage, PhotoError> {
    let bytes = files::read_limited(path, MAX_BYTES).map_err(|error| error.reason)?;
    decode(&bytes)
}

/// Decodes a photo of any readable kind (JPEG, PNG, WebP, TIFF, BMP, GIF, PGM or another Netpbm picture) into an upright
/// grey picture.
///
/// ```
/// use twinsight::vision::gray::decode;
///
/// let mut pgm = b"P5 16 16 255\n".to_vec();
/// pgm.extend([200; 16 * 16]);
/// let picture = decode(&pgm)?;
/// assert_eq!(picture.dimensions(), (16, 16));
/// assert!(decode(&pgm[..100]).unwrap_err().to_string().starts_with("it ends in the middle"));
/// # Ok::<(), twinsight::vision::PhotoError>(())
/// ```
///
/// # Errors
/// See [`PhotoError`]. For any input less than 600 MiB are allocated, and only after the header has passed
/// the checks.
pub fn decode(bytes: &[u8]) -> Result<GrayImage, PhotoError> {
    let (picture, orientation) = decode_pixels(bytes)?;
    Ok(upright(to_gray(picture), orientation))
}

/// Decodes a photo as it is stored, and says how it must be turned to be upright.
pub(super) fn decode_pixels(bytes: &[u8]) -> Result<(DynamicImage, Orientation), PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    let reader = Cursor::new(bytes);
    let format = match kind::of(bytes) {
        Some(kind) => match kind.group {
            Group::Readable(format) => format,
            Group::Picture => return Err(PhotoError::Format(kind.one())),
            Group::Other => return Err(PhotoError::NoPicture(Some(kind.one()))),
        },
        None => return Err(PhotoError::NoPicture(None)),
    };
    match format {
        ImageFormat::Png => read(PngDecoder::with_limits(reader, limits()).map_err(damaged)?),
        ImageFormat::Jpeg => match jpeg::extent(bytes) {
            // What lies behind the picture, such as the film of a motion photo, is left out.
            Extent::Ended(length) => decode_jpeg(&bytes[..length]),
            Extent::WithoutEnd { one_scan: true } => decode_unended(bytes),
            Extent::WithoutEnd { one_scan: false } => Err(PhotoError::Truncated),
        },
        ImageFormat::WebP if is_short_riff(bytes) => Err(PhotoError::Truncated),
        ImageFormat::WebP => read(WebPDecoder::new(reader).map_err(damaged)?),
        ImageFormat::Tiff => read(TiffDecoder::new(reader).map_err(damaged)?),
        ImageFormat::Bmp => read(BmpDecoder::new(reader).map_err(damaged)?),
        ImageFormat::Gif => read(GifDecoder::new(reader).map_err(damaged)?),
        _ => {
            if bytes.get(2..4) == Some(b"\r\n") {
                return Err(PhotoError::Converted);
            }
            read(PnmDecoder::new(reader).map_err(damaged)?)
        }
    }
}

/// Whether a RIFF file (WebP) ends before the length in its header, which the decoder does not always notice. The last byte
/// may be padding.
fn is_short_riff(bytes: &[u8]) -> bool {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok());
    length.is_none_or(|length| (bytes.len() as u64) + 1 < u64::from(u32::from_le_bytes(length)) + 8)
}

/// Decodes a JPEG without the wrapper in `image`, which copies the whole file first.
fn decode_jpeg(bytes: &[u8]) -> Result<(DynamicImage, Orientation), PhotoError> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged_jpeg)?;
    let grey = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(grey));
    let size = decoder.dimensions().unwrap_or_default();
    let (width, height) = (size.0 as u32, size.1 as u32);
    let length = size.0 as u64 * size.1 as u64 * grey.num_components() as u64;
    check_size(width, height, length + jpeg::coefficients(bytes))?;
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif));
    let mut pixels = vec![0; length as usize];
    decoder.decode_into(&mut pixels).map_err(damaged_jpeg)?;
    let picture = match grey {
        ColorSpace::Luma => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        _ => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
    };
    let picture = picture.expect("the buffer has one value for each sample");
    Ok((picture, orientation.unwrap_or(Orientation::NoTransforms)))
}

fn damaged_jpeg(error: DecodeErrors) -> PhotoError {
    PhotoError::Damaged(one_line(&error.to_string()))
}

/// Decodes a JPEG without an end marker, if all its blocks are there.
///
/// The decoder fills missing blocks without an error. So the picture is decoded three times, with different bytes in place of
/// what may be missing: blocks that are complete do not depend on them.
fn decode_unended(bytes: &[u8]) -> Result<(DynamicImage, Orientation), PhotoError> {
    let (first, orientation) = decode_jpeg(&jpeg::ended(bytes, std::iter::empty()))?;
    // One picture at a time is in memory: of the others the checksum is enough.
    let pixels = checksum(&first);
    drop(first);
    let noise = (1_u32..=PADDING).map(|i| (i.wrapping_mul(2_654_435_761) >> 25) as u8);
    let noisy = decode_jpeg(&jpeg::ended(bytes, noise)).map_err(|_| PhotoError::Truncated)?;
    if checksum(&noisy.0) != pixels {
        return Err(PhotoError::Truncated);
    }
    drop(noisy);
    let zeros = (0..PADDING).map(|_| 0);
    let last = decode_jpeg(&jpeg::ended(bytes, zeros)).map_err(|_| PhotoError::Truncated)?;
    match checksum(&last.0) == pixels {
        true => Ok((last.0, orientation)),
        false => Err(PhotoError::Truncated),
    }
}

fn checksum(picture: &DynamicImage) -> [u8; 32] {
    Sha256::digest(picture.as_bytes()).into()
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

/// Checks the header, then decodes.
fn read(mut decoder: impl ImageDecoder) -> Result<(DynamicImage, Orientation), PhotoError> {
    let (width, height) = decoder.dimensions();
    let needed = decoder.total_bytes();
    check_size(width, height, needed)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    decoder.set_limits(limits()).map_err(damaged)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => PhotoError::TooDeep {
            width,
            height,
            needed: needed.max(MAX_ALLOC + 1),
        },
        other => damaged(other),
    })?;
    Ok((picture, orientation))
}

/// Whether a picture of this size may be decoded, for which the decoder needs so many bytes.
fn check_size(width: u32, height: u32, needed: u64) -> Result<(), PhotoError> {
    if width < MIN_SIDE || height < MIN_SIDE {
        Err(PhotoError::TooSmall { width, height })
    } else if u64::from(width) * u64::from(height) > MAX_PIXELS {
        Err(PhotoError::TooLarge { width, height })
    } else if needed > MAX_ALLOC {
        Err(PhotoError::TooDeep {
            width,
            height,
            needed,
        })
    } else {
        Ok(())
    }
}

/// Turns a grey picture upright.
pub(super) fn upright(picture: GrayImage, orientation: Orientation) -> GrayImage {
    let mut picture = DynamicImage::ImageLuma8(picture);
    picture.apply_orientation(orientation);
    picture.into_luma8()
}

fn damaged(error: ImageError) -> PhotoError {
    let is_end = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>();
        // The decoder of GIF says so in words only.
        io.is_some_and(|error| error.kind() == ErrorKind::UnexpectedEof)
            || cause
                .to_string()
                .eq_ignore_ascii_case("unexpected end of file")
    };
    // An error of input hands on its cause's cause, so it is looked at itself.
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match &error {
        ImageError::IoError(error) => Some(error),
        other => Some(other),
    };
    while let Some(this) = cause {
        if is_end(this) {
            return PhotoError::Truncated;
        }
        cause = this.source();
    }
    let why = match error {
        ImageError::Decoding(error) => error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string),
        other => other.to_string(),
    };
    PhotoError::Damaged(one_line(&why))
}

/// What a decoder says, which may be several lines.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    files::clean(&words.join(" "))
}

/// Converts to 8-bit grey by the conventions of the module; 8-bit grey pictures stay unchanged.
pub(super) fn to_gray(picture: DynamicImage) -> GrayImage {
    let (width, height) = (picture.width(), picture.height());
    let gray = match picture {
        DynamicImage::ImageLuma8(gray) => return gray,
        DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageLumaA16(_) => {
            return picture.to_luma8();
        }
        DynamicImage::ImageRgba8(pixels) => pixels.as_raw().chunks_exact(4).map(luma).collect(),
        other => return of_colours(&other.into_rgb8()),
    };
    GrayImage::from_raw(width, height, gray).expect("one value for each pixel of the picture")
}

/// A picture in colour as grey.
pub(super) fn of_colours(picture: &RgbImage) -> GrayImage {
    let grey = picture.as_raw().chunks_exact(3).map(luma).collect();
    GrayImage::from_raw(picture.width(), picture.height(), grey)
        .expect("one value for each pixel of the picture")
}

/// BT.601 luma of one pixel (red, green, blue, ignored rest) as OpenCV computes it for 8 bits: weights in units of 2⁻¹⁵,
/// rounded to the nearest (`RGB2Gray<uchar>` in OpenCV's `color_rgb.simd.hpp`).
fn luma(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((9_798 * red + 19_235 * green + 3_735 * blue + (1 << 14)) >> 15) as u8
}
