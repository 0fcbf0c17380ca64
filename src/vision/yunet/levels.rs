//! Several searches of one photo: sizes, and ways up.
//!
//! What the limits stand on: the score of the best face of 300 pictures of LFW and 200 of ORL, each searched at 320 pixels.
//!
//! | picture | least | 1 in 100 below | median |
//! |---|---|---|---|
//! | LFW, as it is | 0.87 | 0.89 | 0.92 |
//! | ORL, as it is | 0.92 | 0.92 | 0.93 |
//! | LFW, lying on its side | 0 | 0 | 0 (greatest 0.84) |
//! | LFW, upside down | 0 | 0 | 0.81 (greatest 0.91) |

use image::RgbImage;
use image::imageops::{self, FilterType};

use super::decode::suppress;
use super::{Detection, MAX_OVERLAP, MIN_SCORE, Orientation, YuNet};

/// From this score on a face is certainly one, and seen the right way up.
pub const CLEAR: f32 = 0.88;
/// The longer side of the photo in each search, in pixels; a larger one follows only where it may find more.
const SIDES: [u32; 3] = [320, 640, 1280];
/// Where the smallest face of a search is smaller than this, in pixels of the search, there may be others that are too small
/// for it.
const SMALL: f32 = 32.0;
/// By how much a photo is enlarged at most: ORL's pictures of 92 × 112 need about 3.
const MOST_ENLARGED: u32 = 4;
/// A turned photo must show a face that scores so much more than any upright one.
const BETTER: f32 = 0.02;

/// See [`YuNet::detect`].
pub(super) fn detect(yunet: &YuNet, photo: &RgbImage) -> Vec<Detection> {
    let longest = photo.width().max(photo.height());
    if longest == 0 {
        return Vec::new();
    }
    let most = longest.saturating_mul(MOST_ENLARGED);
    let mut found = Vec::new();
    let mut turned = false;
    for (level, side) in SIDES.into_iter().enumerate() {
        // Enlarging more than in the first search shows nothing new.
        if level > 0 && longest <= SIDES[level - 1] {
            break;
        }
        let side = if level == 0 {
            side.min(most)
        } else {
            side.min(longest)
        };
        let (small, ratio) = resized(photo, side);
        let here = yunet.search(&small, MIN_SCORE);
        let smallest = here
            .iter()
            .map(Detection::size)
            .fold(f32::INFINITY, f32::min);
        found.extend(here.into_iter().map(|face| face.scaled(ratio)));
        if best(&found) < CLEAR {
            turned |= try_turned(yunet, &small, ratio, &mut found);
        }
        if turned || (best(&found) >= CLEAR && smallest >= SMALL) {
            break;
        }
    }
    suppress(found, MAX_OVERLAP)
}

fn best(found: &[Detection]) -> f32 {
    found.iter().map(|face| face.score).fold(0.0, f32::max)
}

/// Searches the photo in the three other ways up, and keeps only what is found in the best of them if that is better than
/// what was found upright; answers whether it is.
fn try_turned(
    yunet: &YuNet,
    small: &RgbImage,
    ratio: [f32; 2],
    found: &mut Vec<Detection>,
) -> bool {
    let size = [small.width() as f32, small.height() as f32];
    let mut better = false;
    for orientation in &Orientation::ALL[1..] {
        let picture = match orientation {
            Orientation::Clockwise => imageops::rotate90(small),
            Orientation::UpsideDown => imageops::rotate180(small),
            _ => imageops::rotate270(small),
        };
        let faces = yunet.search(&picture, MIN_SCORE);
        if best(&faces) > best(found) + BETTER {
            let back = |face: Detection| face.turned_back(*orientation, size).scaled(ratio);
            *found = faces.into_iter().map(back).collect();
            better = true;
        }
    }
    better
}

/// The photo with its longer side at so many pixels, and how many times as large the photo is in each direction.
fn resized(photo: &RgbImage, side: u32) -> (RgbImage, [f32; 2]) {
    let (width, height) = photo.dimensions();
    let longest = width.max(height);
    let part = |length: u32| {
        let scaled = u64::from(length) * u64::from(side) + u64::from(longest) / 2;
        ((scaled / u64::from(longest)) as u32).max(1)
    };
    let (w, h) = (part(width), part(height));
    let small = match longest {
        _ if longest == side => photo.clone(),
        // Means of whole pixels: a tenth of the time, and as good when there are several for each.
        _ if longest >= 2 * side => imageops::thumbnail(photo, w, h),
        _ => imageops::resize(photo, w, h, FilterType::Triangle),
    };
    let ratio = [width as f32 / w as f32, height as f32 / h as f32];
    (small, ratio)
}
