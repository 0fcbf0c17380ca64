//! What the Data screen lists: the people of a data set, or those of a folder that is being read.

use crate::data::{Dataset, Preview, PreviewFace};
use crate::units::{ImageId, PersonId};

/// People and their pictures.
#[derive(Debug, Clone, Copy)]
pub enum Listed<'a> {
    /// Those of the data set.
    Dataset(&'a Dataset),
    /// Those of the folder that is being read.
    Preview(&'a Preview),
}

/// A picture in the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListedPicture<'a> {
    /// The name of its file, without its person.
    pub name: &'a str,
    /// Its face, as far as it is known.
    pub face: PreviewFace<'a>,
    /// Which picture of the data set it is; `None` while it is read.
    pub image: Option<ImageId>,
}

impl<'a> Listed<'a> {
    /// The number of people.
    pub fn people(self) -> usize {
        match self {
            Self::Dataset(dataset) => dataset.people.len(),
            Self::Preview(preview) => preview.people(),
        }
    }

    /// The number of pictures.
    pub fn pictures(self) -> usize {
        match self {
            Self::Dataset(dataset) => dataset.images.len(),
            Self::Preview(preview) => preview.pictures(),
        }
    }

    /// The name of a person.
    ///
    /// # Panics
    /// If the index is not from this list, as do the next two methods.
    pub fn name(self, person: PersonId) -> &'a str {
        match self {
            Self::Dataset(dataset) => &dataset.person(person).name,
            Self::Preview(preview) => preview.name(person),
        }
    }

    /// The number of a person's pictures.
    pub fn pictures_of(self, person: PersonId) -> usize {
        match self {
            Self::Dataset(dataset) => dataset.person(person).images.len(),
            Self::Preview(preview) => preview.pictures_of(person),
        }
    }

    /// A picture of a person.
    pub fn picture(self, person: PersonId, number: usize) -> ListedPicture<'a> {
        match self {
            Self::Dataset(dataset) => {
                let image = dataset.person(person).images[number];
                let picture = dataset.picture(image);
                let label = &picture.label;
                ListedPicture {
                    name: label.rsplit('/').next().unwrap_or(label),
                    face: PreviewFace::Made(&picture.face),
                    image: Some(image),
                }
            }
            Self::Preview(preview) => ListedPicture {
                name: preview.file_name(person, number),
                face: preview.face(person, number),
                image: None,
            },
        }
    }
}
