//! Pictures that are equal, or nearly equal: the same photo saved again, in another size or format, or a little brighter.
//!
//! Nearly equal is decided on small grey versions of the whole photos. The first step is a difference hash (N. Krawetz,
//! *Kind of Like That*, 2013) of 2 × 64 bits: in a grid of 9 × 8 means, whether each is darker than its right neighbour, and
//! in one of 8 × 9 the same for the one below. Photos on a plain background agree in most bits by chance, so the second step
//! compares 16 × 16 means by their correlation. Over ORL, whose ten pictures of a person were taken within minutes, no pair
//! passes: the nearest has 3 different bits and a correlation of 0.9925. Crates for perceptual hashes were rejected, because
//! they bring a Fourier transform, and the hash alone marks pairs of ORL.
//!
//! Each pair is compared: a second for 20,000 pictures, half a minute for 100,000.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{GrayImage, imageops};
use rayon::prelude::*;

use super::super::cache::ContentHash;
use super::super::dataset::Dataset;
use super::super::found::Origin;
use super::CheckWatch;
use crate::onnx::on_all_cores;
use crate::units::ImageId;
use crate::vision::Photo;

/// The most of the 128 bits in which nearly equal pictures differ.
const MAX_BITS: u32 = 12;
/// The least correlation of nearly equal pictures.
const MIN_CORRELATION: f32 = 0.997;
/// Side of the small pictures whose correlation is computed.
const SMALL: u32 = 16;
/// A picture whose grey values have a smaller standard deviation, of 255, shows nothing: half of what a face in fog has.
const BLANK: f32 = 2.0;

/// What is compared of a photo.
pub(super) struct Look {
    content: ContentHash,
    hash: u128,
    /// [`SMALL`]² grey values with mean 0 and length 1; `None` of a blank picture.
    small: Option<Vec<f32>>,
}

impl Look {
    fn of(content: ContentHash, photo: &GrayImage) -> Self {
        Self {
            content,
            hash: difference_hash(photo),
            small: normalised(photo),
        }
    }

    /// Whether there is almost no contrast.
    pub(super) fn is_blank(&self) -> bool {
        self.small.is_none()
    }

    fn is_nearly(&self, other: &Self) -> bool {
        if (self.hash ^ other.hash).count_ones() > MAX_BITS {
            return false;
        }
        let (Some(a), Some(b)) = (&self.small, &other.small) else {
            return false;
        };
        let correlation: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        correlation >= MIN_CORRELATION
    }
}

fn difference_hash(photo: &GrayImage) -> u128 {
    let across = imageops::thumbnail(photo, 9, 8);
    let down = imageops::thumbnail(photo, 8, 9);
    let grey = |picture: &GrayImage, x: u32, y: u32| picture.get_pixel(x, y).0[0];
    let mut hash = 0;
    for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
        let right = grey(&across, x, y) < grey(&across, x + 1, y);
        let below = grey(&down, x, y) < grey(&down, x, y + 1);
        hash = hash << 2 | u128::from(right) << 1 | u128::from(below);
    }
    hash
}

fn normalised(photo: &GrayImage) -> Option<Vec<f32>> {
    let small = imageops::thumbnail(photo, SMALL, SMALL);
    let count = (SMALL * SMALL) as f32;
    let values: Vec<f32> = small
        .as_raw()
        .iter()
        .map(|&value| f32::from(value))
        .collect();
    let mean = values.iter().sum::<f32>() / count;
    let values: Vec<f32> = values.into_iter().map(|value| value - mean).collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    (length / count.sqrt() >= BLANK)
        .then(|| values.into_iter().map(|value| value / length).collect())
}

/// Reads all photos of a data set again, on all cores; `None` within for one that cannot be read any more, and at all if it was
/// stopped.
pub(super) fn looks(dataset: &Dataset, watch: &CheckWatch<'_>) -> Option<Vec<Option<Look>>> {
    let images: Vec<ImageId> = (0..dataset.images.len()).map(ImageId).collect();
    let done = AtomicUsize::new(0);
    let looks = on_all_cores(&images, |&image| {
        if (watch.stop)() {
            return None;
        }
        let look = look_of(dataset, image);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        (watch.read)(done, images.len());
        Some(look)
    });
    looks.into_iter().collect()
}

fn look_of(dataset: &Dataset, image: ImageId) -> Option<Look> {
    match &dataset.picture(image).origin {
        Origin::File(path) => {
            let bytes = Photo::read(path).ok()?;
            let content = ContentHash::of(&bytes);
            Some(Look::of(content, Photo::decode(&bytes).ok()?.grey()))
        }
        _ => {
            let photo = dataset.photo(image).ok()?;
            let content = ContentHash::of(photo.grey().as_raw());
            Some(Look::of(content, photo.grey()))
        }
    }
}

/// Groups of pictures that are copies of each other.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Copies {
    /// Files with the same bytes.
    pub(super) equal: Vec<Vec<ImageId>>,
    /// Different files that show nearly the same.
    pub(super) nearly: Vec<Vec<ImageId>>,
}

/// The groups of two and more, each in order; `None` if it was stopped.
pub(super) fn find(looks: &[Option<Look>], watch: &CheckWatch<'_>) -> Option<Copies> {
    let known = || {
        looks
            .iter()
            .enumerate()
            .filter_map(|(at, look)| Some((at, look.as_ref()?)))
    };
    let mut contents: BTreeMap<[u8; 32], Vec<ImageId>> = BTreeMap::new();
    for (at, look) in known() {
        contents
            .entry(look.content.0)
            .or_default()
            .push(ImageId(at));
    }
    // One of each content stands for its equals.
    let mut first: Vec<usize> = contents.values().map(|equal| equal[0].0).collect();
    first.sort_unstable();
    let done = AtomicUsize::new(0);
    let nearly = |&a: &usize| {
        if (watch.stop)() {
            return None;
        }
        let look = looks[a].as_ref();
        let later = first[first.partition_point(|&b| b <= a)..].iter();
        let pairs = later
            .filter(|&&b| {
                look.zip(looks[b].as_ref())
                    .is_some_and(|(a, b)| a.is_nearly(b))
            })
            .map(|&b| (a, b))
            .collect::<Vec<_>>();
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        (watch.compared)(done, first.len());
        Some(pairs)
    };
    let pairs: Option<Vec<Vec<(usize, usize)>>> = first.par_iter().map(nearly).collect();
    let pairs = pairs?.concat();
    let mut equal: Vec<Vec<ImageId>> = contents
        .into_values()
        .filter(|group| group.len() > 1)
        .collect();
    equal.sort();
    Some(Copies {
        equal,
        nearly: joined(looks.len(), &pairs),
    })
}

/// The groups that pairs connect.
fn joined(count: usize, pairs: &[(usize, usize)]) -> Vec<Vec<ImageId>> {
    let mut group: Vec<usize> = (0..count).collect();
    let root = |group: &[usize], mut at: usize| {
        while group[at] != at {
            at = group[at];
        }
        at
    };
    for &(a, b) in pairs {
        let (a, b) = (root(&group, a), root(&group, b));
        group[a.max(b)] = a.min(b);
    }
    let mut groups: BTreeMap<usize, Vec<ImageId>> = BTreeMap::new();
    for at in 0..count {
        groups
            .entry(root(&group, at))
            .or_default()
            .push(ImageId(at));
    }
    groups
        .into_values()
        .filter(|group| group.len() > 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::vision::{Crop, Preparation};
    use image::Luma;

    fn look(photo: &GrayImage) -> Option<Look> {
        Some(Look::of(ContentHash::of(photo.as_raw()), photo))
    }

    fn found(looks: &[Option<Look>]) -> Copies {
        find(looks, &CheckWatch::default()).unwrap()
    }

    #[test]
    fn no_two_pictures_of_orl_are_copies() {
        let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).unwrap();
        assert_eq!(
            found(&looks(&orl, &CheckWatch::default()).unwrap()),
            Copies::default()
        );
    }

    #[test]
    fn a_photo_saved_again_is_a_copy() {
        let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).unwrap();
        let photo = |at| orl.photo(ImageId(at)).unwrap().grey().clone();
        let one = photo(12);
        let smaller = imageops::resize(&one, 70, 85, imageops::FilterType::Triangle);
        let brighter = GrayImage::from_fn(92, 112, |x, y| {
            Luma([one.get_pixel(x, y).0[0].saturating_add(12)])
        });
        let mut jpeg = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 60);
        one.write_with_encoder(encoder).unwrap();
        let jpeg = Photo::decode(&jpeg).unwrap().grey().clone();
        let all = [
            &one,
            &photo(13),
            &smaller,
            &one,
            &photo(100),
            &brighter,
            &jpeg,
        ];
        let copies = found(&all.map(look));
        assert_eq!(copies.equal, [[ImageId(0), ImageId(3)]]);
        assert_eq!(copies.nearly, [[0, 2, 5, 6].map(ImageId)]);
        let mirrored = imageops::flip_horizontal(&one);
        assert_eq!(found(&[look(&one), look(&mirrored)]), Copies::default());
    }

    #[test]
    fn blank_pictures_are_no_copies_of_each_other() {
        let grey = |value| GrayImage::from_fn(60, 60, move |x, _| Luma([value + (x % 2) as u8]));
        let looks = [look(&grey(10)), look(&grey(200))];
        assert!(looks.iter().flatten().all(Look::is_blank));
        assert_eq!(found(&looks), Copies::default());
    }

    #[test]
    fn a_check_that_is_stopped_has_no_result() {
        let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).unwrap();
        let (read, compared) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let asked = AtomicUsize::new(0);
        let count = |counter: &AtomicUsize, total: usize| {
            assert_eq!(total, 400);
            counter.fetch_add(1, Ordering::SeqCst);
        };
        let stopped_after = |most: usize| {
            asked.store(0, Ordering::SeqCst);
            let watch = CheckWatch {
                read: &|_, total| count(&read, total),
                compared: &|_, total| count(&compared, total),
                stop: &|| asked.fetch_add(1, Ordering::SeqCst) >= most,
            };
            looks(&orl, &watch).and_then(|looks| find(&looks, &watch))
        };
        assert_eq!(stopped_after(7), None);
        assert_eq!(read.swap(0, Ordering::SeqCst), 7);
        assert_eq!(stopped_after(400 + 5), None);
        assert_eq!(read.swap(0, Ordering::SeqCst), 400);
        assert_eq!(compared.swap(0, Ordering::SeqCst), 5);
        assert_eq!(stopped_after(800), Some(Copies::default()));
        assert_eq!(compared.into_inner(), 400);
    }
}
