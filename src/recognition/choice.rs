//! Which pictures stand for the known people.

use rand::RngExt;

use super::Templates;
use crate::data::{Dataset, pairs};
use crate::gallery::Enrolled;
use crate::model::Embedding;
use crate::units::{ImageId, PersonId, Purpose, Seed};

/// How many pictures stand for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PerPerson {
    /// One, drawn at random: the tutorial's test.
    #[default]
    One,
    /// Every one; the person's distance is the mean of theirs.
    All,
}

/// What is drawn, and from which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// One picture of each person, or all.
    pub per_person: PerPerson,
    /// Of the draw.
    pub seed: Seed,
    /// Which draw.
    pub index: u64,
    /// A picture of the data set that is the probe itself, and must not be compared with itself.
    pub exclude: Option<ImageId>,
}

/// The streams that draw enrolled people's photos: apart from those of the data set's, so that enrolling somebody
/// changes nothing for the others.
const ENROLLED: u64 = 1 << 63;

/// The templates that a choice makes of the data set's people and the enrolled ones.
///
/// `embed` is asked once, for the pictures of the data set that were chosen; `enrolled` are the embeddings of the
/// enrolled people's photos, as [`Gallery::embeddings`](crate::gallery::Gallery::embeddings) returns them.
pub fn choose(
    dataset: &Dataset,
    people: &[Enrolled],
    enrolled: &[Vec<Embedding>],
    choice: &Choice,
    embed: impl FnOnce(&[ImageId]) -> Vec<Embedding>,
) -> Templates {
    let chosen = chosen_pictures(dataset, choice);
    let ids: Vec<ImageId> = chosen.iter().map(|(_, image)| *image).collect();
    let mut templates = Templates::default();
    for ((person, image), embedding) in chosen.iter().zip(embed(&ids)) {
        templates.push(
            &dataset.person(*person).name,
            &dataset.picture(*image).label,
            &embedding,
        );
    }
    let mut random = choice
        .seed
        .stream(Purpose::Gallery, choice.index | ENROLLED);
    for (person, embeddings) in people.iter().zip(enrolled) {
        let all: Vec<(&str, &Embedding)> = person
            .photos
            .iter()
            .map(|photo| photo.file.as_str())
            .zip(embeddings)
            .collect();
        let drawn = match (choice.per_person, all.len()) {
            (PerPerson::One, count @ 1..) => {
                let index = random.random_range(0..count);
                &all[index..=index]
            }
            _ => &all[..],
        };
        for (file, embedding) in drawn {
            templates.push(&person.name, file, embedding);
        }
    }
    templates
}

fn chosen_pictures(dataset: &Dataset, choice: &Choice) -> Vec<(PersonId, ImageId)> {
    let everybody = dataset.everybody();
    match choice.per_person {
        PerPerson::One => pairs::gallery(
            dataset,
            &everybody,
            choice.seed,
            choice.index,
            choice.exclude,
        ),
        PerPerson::All => {
            let of = |&person: &PersonId| {
                dataset
                    .person(person)
                    .images
                    .iter()
                    .map(move |&image| (person, image))
            };
            everybody
                .iter()
                .flat_map(of)
                .filter(|(_, image)| Some(*image) != choice.exclude)
                .collect()
        }
    }
}
