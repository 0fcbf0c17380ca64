//! `twinsight export embeddings` and `export inputs`.

use super::target::{Target, report};
use crate::cli::Status;
use crate::cli::context::{Common, Context, DataFlag, RunFlag, from_data};
use crate::cli::long_task::LongTask;
use crate::data::Dataset;
use crate::export::arrays::{self, ArrayFiles, Values};
use crate::files::shown;
use crate::gallery::{EnrolledPerson, Gallery, GalleryError, fingerprint};
use crate::model::Siamese;
use crate::vision::Face;

/// Inputs that are written together, and embeddings between two steps of the progress.
const TOGETHER: usize = 64;
/// What is said after Ctrl-C.
const STOPPED: &str = "stopped; nothing was written";

/// Which pictures, and where to write them. A file of the same name that ends in .csv lists the person and the picture of
/// each row. A large gallery is written as it is read, so that millions of people need little memory.
#[derive(Debug, clap::Args)]
pub(super) struct Arrays {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    /// The enrolled people instead of a data set
    #[arg(long, conflicts_with = "data")]
    gallery: bool,
    #[command(flatten)]
    common: Common,
}

/// Where the pictures go.
struct Export<'a> {
    values: Values,
    model: &'a Siamese,
    files: ArrayFiles,
    total: usize,
    task: LongTask,
}

/// A picture that is exported.
struct Labelled<'a> {
    person: &'a str,
    picture: &'a str,
    face: Face,
}

impl Arrays {
    pub(super) fn run(self, values: Values) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let model = context.model(&self.run)?.saved.model;
        let file = &self.target.file;
        let labels = file.with_extension("csv");
        anyhow::ensure!(
            labels != *file,
            "an .npy file cannot end in .csv, because its labels go into the .csv file; choose another ending"
        );
        self.target.check_free(file)?;
        self.target.check_free(&labels)?;
        let begin = |total: usize| {
            // Before the files, which Ctrl-C would leave otherwise.
            let task = LongTask::begin(task_name(values), STOPPED)?;
            let files = ArrayFiles::create(file, &labels, &values.shape(&model, total))?;
            anyhow::Ok(Export {
                values,
                model: &model,
                files,
                total,
                task,
            })
        };
        match self.gallery {
            false => of_dataset(&context.dataset(model.preparation())?, begin)?,
            true => {
                let folder = context.paths.gallery_dir();
                of_gallery(
                    Gallery::open(&folder, model.preparation())?,
                    values,
                    &model,
                    begin,
                )?;
            }
        }
        report(vec![self.target.file, labels], self.common.json)
    }
}

fn task_name(values: Values) -> &'static str {
    match values {
        Values::Embeddings => "writing embeddings",
        Values::Inputs => "writing inputs",
    }
}

fn of_dataset<'a>(
    dataset: &Dataset,
    begin: impl FnOnce(usize) -> anyhow::Result<Export<'a>>,
) -> anyhow::Result<()> {
    let pictures = dataset.images.iter().map(|image| {
        Ok(Labelled {
            person: &dataset.person(image.person).name,
            picture: &image.label,
            face: image.face.clone(),
        })
    });
    let mut export = begin(dataset.images.len())?;
    export.of_faces(pictures)?;
    dataset.intact()?;
    export.keep()
}

fn of_gallery<'a>(
    mut gallery: Gallery,
    values: Values,
    model: &Siamese,
    begin: impl FnOnce(usize) -> anyhow::Result<Export<'a>>,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        !gallery.enrolled().is_empty(),
        "nobody is enrolled in {} for this model: add people with `twinsight enroll NAME PHOTO`, or leave --gallery out",
        shown(gallery.path())
    );
    let photos = |people: &[EnrolledPerson]| people.iter().map(|p| p.photos.len()).sum();
    if values == Values::Embeddings {
        embed_missing(&mut gallery, model)?;
        let mut export = begin(photos(gallery.enrolled()))?;
        export.of_templates(&mut gallery)?;
        return export.keep();
    }
    let pictures = gallery.enrolled().iter().flat_map(|person| {
        person.photos.iter().map(|photo| {
            Ok(Labelled {
                person: &person.name,
                picture: &photo.file,
                face: photo.face()?,
            })
        })
    });
    let mut export = begin(photos(gallery.enrolled()))?;
    export.of_faces(pictures)?;
    export.keep()
}

/// Embeds the photos of a gallery that the model has not embedded yet. Those that were embedded when Ctrl-C ends it are kept.
fn embed_missing(gallery: &mut Gallery, model: &Siamese) -> anyhow::Result<()> {
    let task = LongTask::begin("embedding enrolled photos", STOPPED)?;
    let embedded = gallery.embed_missing(&fingerprint(model), |faces, at| {
        model.embed_watched(faces, |done| task.step(at.start + done, at.end))
    });
    task.check()?;
    Ok(embedded?)
}

impl Export<'_> {
    /// Writes what the model takes of faces, or its embeddings of them, in parts that fit the memory.
    fn of_faces<'a>(
        &mut self,
        pictures: impl Iterator<Item = Result<Labelled<'a>, GalleryError>>,
    ) -> anyhow::Result<()> {
        let mut pictures = pictures.peekable();
        let mut done = 0;
        while pictures.peek().is_some() {
            let part = pictures.by_ref().take(self.together());
            let part: Vec<Labelled<'_>> = part.collect::<Result<_, _>>()?;
            let faces: Vec<Face> = part.iter().map(|picture| picture.face.clone()).collect();
            let rows = self.rows(&faces, done).ok_or_else(|| self.task.stopped())?;
            for (of, row) in part.iter().zip(&rows) {
                self.files.push(of.person, of.picture, row)?;
            }
            done += part.len();
        }
        Ok(())
    }

    /// How many faces are computed together: of embeddings as many as give the same bits as all at once.
    fn together(&self) -> usize {
        match self.values {
            Values::Embeddings => self.model.part(),
            Values::Inputs => TOGETHER,
        }
    }

    /// The rows of some faces, with `done` before them; `None` if it was stopped.
    fn rows(&self, faces: &[Face], done: usize) -> Option<Vec<Vec<f32>>> {
        let step = |more: usize| self.task.step(done + more, self.total);
        match self.values {
            Values::Embeddings => {
                let embeddings = self.model.embed_watched(faces, step)?.into_iter();
                Some(embeddings.map(|embedding| embedding.0.to_vec()).collect())
            }
            Values::Inputs => step(0)
                .is_continue()
                .then(|| arrays::inputs(self.model, faces)),
        }
    }

    /// Writes the embeddings of a gallery as they are read.
    fn of_templates(&mut self, gallery: &mut Gallery) -> anyhow::Result<()> {
        let mut done = 0;
        let model = self.model;
        gallery.each_embedding(
            &fingerprint(model),
            |faces, _| Some(model.embed(faces)),
            |person, photo, embedding| {
                if done % TOGETHER == 0 && self.task.step(done, self.total).is_break() {
                    return Err(anyhow::Error::from(self.task.stopped()));
                }
                done += 1;
                Ok(self.files.push(&person.name, &photo.file, &embedding.0)?)
            },
        )
    }

    /// Gives the files their names, unless Ctrl-C was pressed.
    fn keep(self) -> anyhow::Result<()> {
        self.task.check()?;
        Ok(self.files.keep()?)
    }
}

#[cfg(test)]
mod tests;
