//! `twinsight export embeddings` and `export inputs`.

use super::target::{Target, report};
use crate::cli::Status;
use crate::cli::context::{Common, Context, DataFlag, RunFlag, from_data};
use crate::data::Dataset;
use crate::export::arrays::{self, Labels};
use crate::files::{self, shown};
use crate::gallery::Gallery;
use crate::model::Siamese;
use crate::vision::Face;

/// Which pictures, and where to write them. A file of the same name that ends in .csv lists the person and the picture of
/// each row.
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

/// What is written of each picture.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values {
    /// float32 `[N, D]`
    Embeddings,
    /// float32 `[N, 1, 64, 64]`, or the `[N, E]` features of a backbone
    Inputs,
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
        let (faces, table, dataset) = self.pictures(&context, &model)?;
        let array = match values {
            Values::Embeddings => arrays::embeddings(&model, &faces),
            Values::Inputs => arrays::inputs(&model, &faces),
        };
        if let Some(dataset) = dataset {
            dataset.intact()?;
        }
        files::write_private(file, &array)?;
        files::write_private(&labels, &table.into_bytes())?;
        report(vec![self.target.file, labels], self.common.json)
    }

    /// The faces, whose they are, and the data set they belong to, if it is not the gallery.
    fn pictures(
        &self,
        context: &Context,
        model: &Siamese,
    ) -> anyhow::Result<(Vec<Face>, Labels, Option<Dataset>)> {
        let mut labels = Labels::default();
        if !self.gallery {
            let dataset = context.dataset(model.preparation())?;
            for picture in &dataset.images {
                labels.push(&dataset.person(picture.person).name, &picture.label);
            }
            let faces = dataset.images.iter().map(|picture| picture.face.clone());
            return Ok((faces.collect(), labels, Some(dataset)));
        }
        let gallery = Gallery::open(&context.paths.gallery_dir(), model.preparation())?;
        let mut faces = Vec::new();
        for person in gallery.enrolled() {
            for photo in &person.photos {
                labels.push(&person.name, &photo.file);
                faces.push(photo.face()?);
            }
        }
        anyhow::ensure!(
            !faces.is_empty(),
            "nobody is enrolled in {} for this model: add people with `twinsight enroll NAME PHOTO`, or leave --gallery out",
            shown(gallery.path())
        );
        Ok((faces, labels, None))
    }
}
