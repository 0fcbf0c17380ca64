//! Whether photographs differ from those that a threshold was set on: one rule and one sentence for the command line and the
//! screens.
//!
//! Photographs differ if at least half of them are outside in some trait (see [`CalibrationPhotos`]), or if they are a data set
//! of five people and more, of whose pictures the middle one is not where most of the calibration's are. It is a note and never
//! a refusal: nobody can know without mated pictures whether the threshold still fits.

use serde::Serialize;

use crate::files::{as_argument, clean};
use crate::metrics::{LEAST_PEOPLE, median};
use crate::model::photographs::{CalibrationPhotos, Difference, FaceTraits, Trait};

/// How photographs differ from those of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unlike {
    /// How many photographs are outside.
    pub outside: usize,
    /// How many photographs there are.
    pub photographs: usize,
    /// The data set of the calibration.
    pub calibrated_on: String,
    /// In what they differ.
    pub traits: Vec<Difference>,
    /// The same as a sentence without its full stop.
    pub note: String,
}

impl Unlike {
    /// Judges photographs by one face of each; `None` if they do not differ. `people` is how many people they show, if that is
    /// known; `model` is how `--run` names the model.
    pub fn of(
        calibration: &CalibrationPhotos,
        photographs: &[FaceTraits],
        people: Option<usize>,
        model: &str,
    ) -> Option<Self> {
        let each: Vec<Vec<Difference>> = photographs
            .iter()
            .map(|face| calibration.outside(face))
            .collect();
        let outside = each.iter().filter(|traits| !traits.is_empty()).count();
        let shifted = match people {
            Some(LEAST_PEOPLE..) => calibration.shifted(photographs),
            _ => Vec::new(),
        };
        let traits = match outside > 0 && 2 * outside >= photographs.len() {
            true => joined(&each, outside),
            false => shifted,
        };
        (!traits.is_empty()).then(|| {
            let calibrated_on = clean(&calibration.data);
            Self {
                note: format!(
                    "{} from those that the threshold was set on ({calibrated_on}): {}. How often such answers are wrong is not \
                     known; `twinsight calibrate --run {} --data DIR` sets the threshold on people of your own",
                    differ(outside, photographs.len()),
                    traits.iter().map(in_words).collect::<Vec<_>>().join(", "),
                    as_argument(model.as_ref()),
                ),
                outside,
                photographs: photographs.len(),
                calibrated_on,
                traits,
            }
        })
    }
}

/// The traits in which at least a third of the photographs that are outside are so, the most frequent first; at least one.
fn joined(each: &[Vec<Difference>], outside: usize) -> Vec<Difference> {
    let mut found: Vec<(usize, Difference)> = Vec::new();
    for difference in each.iter().flatten() {
        let of = difference.range.of;
        if found.iter().any(|(_, known)| known.range.of == of) {
            continue;
        }
        let values = each.iter().flatten().filter(|other| other.range.of == of);
        let values: Vec<f32> = values.map(|other| other.value).collect();
        let value = median(values.clone()).unwrap_or(difference.value);
        found.push((
            values.len(),
            Difference {
                value,
                ..*difference
            },
        ));
    }
    found.sort_by_key(|&(count, difference)| (std::cmp::Reverse(count), difference.range.of));
    let most = found.first().map_or(0, |&(count, _)| count);
    let often = |&(count, _): &(usize, Difference)| count == most || 3 * count >= outside;
    found
        .into_iter()
        .filter(often)
        .map(|(_, difference)| difference)
        .collect()
}

/// The beginning of the sentence.
fn differ(outside: usize, photographs: usize) -> String {
    match photographs {
        1 => "this photograph differs".to_owned(),
        all if outside == all => "these photographs differ".to_owned(),
        all if 2 * outside >= all => format!("{outside} of these {all} photographs differ"),
        _ => "these photographs, taken together, differ".to_owned(),
    }
}

/// `larger faces (112 pixels; there 75 to 94)`.
fn in_words(difference: &Difference) -> String {
    let Difference { range, value } = *difference;
    let (of, low, high) = (range.of, range.low, range.high);
    let more = value > high;
    let what = match (of, more) {
        (Trait::Size, true) => "larger faces",
        (Trait::Size, false) => "smaller faces",
        (Trait::Sharpness, true) => "sharper faces",
        (Trait::Sharpness, false) => "less sharp faces",
        (Trait::Score, _) => "faces that the detector is less sure of",
        (Trait::Brightness, true) => "brighter faces",
        (Trait::Brightness, false) => "darker faces",
        (Trait::Contrast, true) => "more contrast",
        (Trait::Contrast, false) => "less contrast",
        (Trait::Turned, _) => "faces turned further away",
        (Trait::Distance, _) => "faces farther from everybody's",
    };
    let numbers = match of {
        Trait::Size => format!("{value:.0} pixels; there {low:.0} to {high:.0}"),
        Trait::Turned => format!("{value:.0}°; there up to {high:.0}°"),
        Trait::Distance => format!("distance {value:.2}; there up to {high:.2}"),
        _ => format!("{value:.2}; there {low:.2} to {high:.2}"),
    };
    format!("{what} ({numbers})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Source};
    use crate::model::pretrained;
    use crate::units::{ImageId, PersonId};

    /// The built-in faces, what is known of the people of `calibration`, and the traits of the others' pictures.
    fn split(
        dataset: &Dataset,
        calibration: impl Fn(usize) -> bool,
    ) -> (CalibrationPhotos, Vec<(PersonId, FaceTraits)>) {
        let all = || (0..dataset.images.len()).map(ImageId);
        let embedded = pretrained().model.embed_images(dataset, all());
        let (known, others): (Vec<ImageId>, Vec<ImageId>) =
            all().partition(|&image| calibration(dataset.person_of(image).0));
        let photos = CalibrationPhotos::of(dataset, &known, Some(&embedded)).unwrap();
        let traits = others.into_iter().map(|image| {
            let face = FaceTraits::of_picture(dataset.picture(image));
            let face = photos.measure(face, Some(embedded.embedding(image)));
            (dataset.person_of(image), face)
        });
        let traits = traits.collect();
        (photos, traits)
    }

    fn orl() -> Dataset {
        Dataset::open(&Source::Orl, pretrained().model.preparation()).unwrap()
    }

    #[test]
    fn people_of_the_same_camera_are_rarely_called_different() {
        let dataset = orl();
        let (mut called, mut all) = (0, 0);
        for fold in 0..8 {
            let (photos, others) = split(&dataset, |person| person % 8 != fold);
            for (_, face) in &others {
                called += usize::from(
                    Unlike::of(&photos, std::slice::from_ref(face), None, "builtin").is_some(),
                );
                all += 1;
            }
            let faces: Vec<FaceTraits> = others.iter().map(|(_, face)| face.clone()).collect();
            assert_eq!(
                Unlike::of(&photos, &faces, Some(5), "builtin"),
                None,
                "fold {fold}"
            );
        }
        assert!(all == 400 && called <= 12, "{called} of {all}");
    }

    #[test]
    fn what_differs_is_named_with_its_numbers() {
        let dataset = orl();
        let (photos, _) = split(&dataset, |_| true);
        let mut picture = dataset.picture(ImageId(3)).clone();
        assert_eq!(photos.outside(&FaceTraits::of_picture(&picture)), []);
        let quality = picture.quality.as_mut().unwrap();
        (quality.size, quality.pose.yaw) = (240.0, -70.0);
        let face = FaceTraits::of_picture(&picture);
        let found = Unlike::of(&photos, std::slice::from_ref(&face), None, "my run").unwrap();
        assert!(
            found.note.starts_with(
                "this photograph differs from those that the threshold was set on (ORL faces): larger faces (112 pixels; \
                 there 75 to 94), faces turned further away (70°; there up to "
            ),
            "{}",
            found.note
        );
        assert!(found.note.contains("calibrate --run 'my run' --data DIR`"));
        let usual = FaceTraits::of_picture(dataset.picture(ImageId(3)));
        let three = [usual.clone(), face, usual];
        assert_eq!(
            Unlike::of(&photos, &three, None, "builtin"),
            None,
            "one of three"
        );
        assert!(Unlike::of(&photos, &three[..2], None, "builtin").is_some());
    }

    #[test]
    fn too_few_photographs_say_nothing_of_others() {
        let dataset = orl();
        let images: Vec<ImageId> = (0..40).map(ImageId).collect();
        assert_eq!(CalibrationPhotos::of(&dataset, &images, None), None);
        let more: Vec<ImageId> = (0..50).map(ImageId).collect();
        assert!(CalibrationPhotos::of(&dataset, &more, None).is_some());
    }
}
