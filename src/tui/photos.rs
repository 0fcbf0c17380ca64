//! Photos and folders, read for the screens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{RgbImage, imageops};

use crate::app::error::TaskError;
use crate::app::photo::Photo;
use crate::app::popups::{Listing, common_beginning};
use crate::app::verify::ProbeView;
use crate::data::pictures::Pictures;
use crate::data::{Dataset, Sharpness};
use crate::files::{FileReason, user_path};
use crate::recognition::{PhotoSource, PreparedPhoto};
use crate::units::ImageId;
use crate::vision::align::{COLOUR_SIDE, Template};
use crate::vision::yunet::Landmarks;
use crate::vision::{self, Preparation, PreparedFace};

/// The longest side of a photo that is kept to be drawn: more than any terminal has pixels in half blocks.
const PHOTO_SIDE: u32 = 320;

/// The faces with which a probe will be compared.
pub(super) struct Faces<'a> {
    /// The data set.
    pub(super) dataset: Option<&'a Dataset>,
    /// How sharp its faces are.
    pub(super) sharpness: Option<Sharpness>,
    /// Whether there are people whom version 0.1.0 enrolled.
    pub(super) old_people: bool,
}

/// Reads a photo, and finds and prepares its faces; those that are not as sharp as the faces of the data set are marked as
/// blurred.
pub(super) fn prepare(source: &PhotoSource, faces: &Faces<'_>) -> Result<ProbeView, TaskError> {
    let dataset = faces.dataset;
    let (photo, prepared) = match source {
        PhotoSource::Picture(image) => {
            let dataset = dataset.ok_or(TaskError::NoFaces)?;
            let photo = of_picture(dataset, *image)?;
            (photo, PreparedPhoto::of_picture(dataset, *image))
        }
        PhotoSource::File(path) => {
            let photo = open(path)?;
            let preparation = dataset.map_or_else(Preparation::default, |d| d.preparation);
            let prepared = PreparedPhoto::from_image(path, &photo, &preparation);
            (photo, prepared)
        }
    };
    let prepared = match faces.old_people {
        true => prepared.with_haar_faces(&photo),
        false => prepared,
    };
    let sharpness = faces.sharpness;
    let faces = prepared.faces().iter();
    let blurred = |face: &PreparedFace| {
        let measured = sharpness.filter(|_| face.quality.is_none());
        measured.is_some_and(|sharpness| sharpness.is_missed_by(&face.face))
    };
    Ok(ProbeView {
        cuts: faces.clone().map(|face| cut(&photo, face)).collect(),
        blurred: faces.map(blurred).collect(),
        photo: small(&photo),
        probe: Arc::new(prepared).probe(),
    })
}

/// The part of the photo that a face is made from, in colour: aligned by its landmarks or, without any, cut out.
fn cut(photo: &vision::Photo, face: &PreparedFace) -> Arc<RgbImage> {
    if let Some(colour) = face.face.colour() {
        return colour;
    }
    let rgb = photo.rgb();
    let aligned = face.landmarks.as_ref();
    // The kept pixels of a very large photo are fewer than those in which faces are placed.
    let [across, down] = photo.scale().map(f32::recip);
    let kept = |points: &Landmarks| points.map(|[x, y]| [x * across, y * down]);
    let aligned = aligned.and_then(|points| Template::ARCFACE.colour(&rgb, &kept(points)));
    Arc::new(aligned.unwrap_or_else(|| {
        let vision::Rect {
            x,
            y,
            width,
            height,
        } = face.area.scaled([across, down]);
        let part = imageops::crop_imm(&*rgb, x, y, width, height).to_image();
        let longest = width.max(height).max(1);
        let side = |n: u32| (n * COLOUR_SIDE / longest).max(1);
        let filter = imageops::FilterType::Triangle;
        match longest > COLOUR_SIDE {
            true => imageops::resize(&part, side(width), side(height), filter),
            false => part,
        }
    }))
}

/// The photo behind a picture of the data set.
pub(super) fn of_picture(dataset: &Dataset, image: ImageId) -> Result<vision::Photo, TaskError> {
    let picture = dataset.images.get(image.0).ok_or(TaskError::NoPicture)?;
    dataset.photo(image).map_err(|why| TaskError::Picture {
        label: picture.label.clone(),
        why: Arc::new(why),
    })
}

/// A photo file, upright.
pub(super) fn open(path: &Path) -> Result<vision::Photo, TaskError> {
    vision::Photo::open(path).map_err(|why| TaskError::Photo {
        path: path.to_owned(),
        why: Arc::new(why),
    })
}

/// A photo with at most [`PHOTO_SIDE`] pixels along its longer side, by area averages.
pub(super) fn small(photo: &vision::Photo) -> Photo {
    let original = photo.dimensions();
    let longest = original.0.max(original.1).max(PHOTO_SIDE);
    let side = |n: u32| (u64::from(n) * u64::from(PHOTO_SIDE) / u64::from(longest)).max(1) as u32;
    let (width, height) = (side(original.0), side(original.1));
    let value = |value: u8| f32::from(value) / 255.0;
    let pixels = match photo.is_coloured() {
        true => {
            let scaled = imageops::thumbnail(&*photo.rgb(), width, height);
            let plane = |c: usize| scaled.pixels().map(move |pixel| value(pixel.0[c]));
            (0..3).flat_map(plane).collect()
        }
        false => {
            let scaled = imageops::thumbnail(photo.grey(), width, height);
            scaled.pixels().map(|pixel| value(pixel.0[0])).collect()
        }
    };
    Photo {
        width: width as usize,
        height: height as usize,
        pixels,
        original,
    }
}

/// A typed path with as much of the last name as all folders and pictures that begin so have in common; a single folder with
/// a `/` at its end.
pub(super) fn complete(typed: &str) -> Result<String, TaskError> {
    let (folder, begun) = typed.rsplit_once('/').unwrap_or(("", typed));
    let path = user_path(Path::new(&format!("{folder}/")));
    let found = Pictures::in_folder(&path).map_err(|why| TaskError::Folder {
        path: path.clone(),
        why: Arc::new(why),
    })?;
    let name = |path: &PathBuf, end: &str| {
        let name = path.file_name().unwrap_or_default();
        format!("{}{end}", name.to_string_lossy())
    };
    let folders = found.folders.iter().map(|path| name(path, "/"));
    let names: Vec<String> = folders
        .chain(found.pictures.iter().map(|path| name(path, "")))
        .filter(|name| name.starts_with(begun))
        .collect();
    let common = common_beginning(names.iter().map(String::as_str));
    Ok(format!("{folder}/{}", common.as_deref().unwrap_or(begun)))
}

/// What a folder holds, without hidden files; for the path of a file, its folder and the file itself.
pub(super) fn list(path: &Path) -> Result<Listing, TaskError> {
    let failed = |path: &Path, why: FileReason| TaskError::Folder {
        path: path.to_owned(),
        why: Arc::new(why),
    };
    let path = user_path(path)
        .canonicalize()
        .map_err(|why| failed(path, why.into()))?;
    if path.is_file() {
        let folder = path.parent().unwrap_or(&path).to_path_buf();
        return Ok(Listing {
            file: Some(path),
            ..list(&folder)?
        });
    }
    let found = Pictures::in_folder(&path).map_err(|why| failed(&path, why))?;
    let name = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let up = path.parent().map(|_| "..".to_owned());
    let folders = up.into_iter().chain(found.folders.iter().map(name));
    let pictures = found.pictures.iter().map(name);
    Ok(Listing {
        entries: folders
            .map(|name| (name, true))
            .chain(pictures.map(|name| (name, false)))
            .collect(),
        path,
        file: None,
    })
}
