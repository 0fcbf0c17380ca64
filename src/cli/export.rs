//! `twinsight export`.

use std::path::{Path, PathBuf};

use super::Status;
use super::context::{Common, Context, DataFlag, RunFlag, from_data};
use super::output;
use crate::data::Dataset;
use crate::files::{self, shown};
use crate::model::{Embedding, checkpoint};

/// Write weights or embeddings for other tools.
///
/// `safetensors` holds the weights by name, with the network in its metadata. `npy` holds the embeddings of all pictures
/// of the data set, float32 [N, E]; a file of the same name with the ending .csv lists the person and picture of each row.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// What to write
    #[arg(value_name = "FORMAT")]
    format: Format,
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Safetensors,
    Npy,
}

#[derive(serde::Serialize)]
struct ExportReport {
    files: Vec<PathBuf>,
}

impl Export {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let saved = context.model(&self.run)?.saved;
        self.check_free(&self.file)?;
        let files = match self.format {
            Format::Safetensors => {
                checkpoint::save(
                    &self.file,
                    &saved.model,
                    &saved.metadata,
                    &saved.validation_scores(),
                    None,
                )?;
                vec![self.file]
            }
            Format::Npy => {
                let labels = self.file.with_extension("csv");
                anyhow::ensure!(
                    labels != self.file,
                    "an .npy file cannot end in .csv, because its labels go into the .csv file; choose another ending"
                );
                self.check_free(&labels)?;
                let dataset = context.dataset(saved.model.preparation())?;
                let faces: Vec<_> = dataset
                    .images
                    .iter()
                    .map(|picture| picture.face.clone())
                    .collect();
                files::write_private(&self.file, &npy(&saved.model.embed(&faces)))?;
                files::write_private(&labels, &rows(&dataset)?)?;
                vec![self.file, labels]
            }
        };
        match self.common.json {
            true => output::json(&ExportReport { files })?,
            false => output::line(
                &files
                    .iter()
                    .map(|f| shown(f).to_string())
                    .collect::<Vec<_>>()
                    .join("\n"),
            )?,
        }
        Ok(Status::Done)
    }

    /// Refuses to replace a file without `--force`.
    fn check_free(&self, path: &Path) -> anyhow::Result<()> {
        let taken = path.symlink_metadata().is_ok() && !self.force;
        anyhow::ensure!(
            !taken,
            "{} exists already: choose another file, or replace it with --force",
            shown(path)
        );
        Ok(())
    }
}

/// Embeddings `[N, E]` in NumPy's format 1.0 (NEP 1): magic, version, length of the header, a Python dictionary padded
/// with spaces so that the numbers begin at a multiple of 64 bytes, and the numbers.
fn npy(embeddings: &[Embedding]) -> Vec<u8> {
    const PREFIX: usize = 10;
    let width = embeddings.first().map_or(0, |first| first.0.len());
    let shape = (embeddings.len(), width);
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape:?}, }}");
    let padded = (PREFIX + header.len() + 1).next_multiple_of(64);
    header += &" ".repeat(padded - PREFIX - header.len() - 1);
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a header of one line");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(
        embeddings
            .iter()
            .flat_map(|e| e.0.iter())
            .flat_map(|value| value.to_le_bytes()),
    );
    bytes
}

/// The labels as CSV: one row for each embedding.
fn rows(dataset: &Dataset) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["row", "person", "picture"])?;
    for (row, picture) in dataset.images.iter().enumerate() {
        writer.serialize((row, &dataset.person(picture.person).name, &picture.label))?;
    }
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npy_is_laid_out_as_numpy_reads_it() {
        let bytes = npy(&[
            Embedding([1.0, 2.0, 3.0].into()),
            Embedding([4.0, 5.0, 6.0].into()),
        ]);
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!(header % 64, 0);
        let text = std::str::from_utf8(&bytes[10..header]).unwrap();
        assert!(
            text.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"),
            "{text}"
        );
        assert!(text.ends_with(" \n"));
        let values: Vec<f32> = bytes[header..]
            .as_chunks()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        assert_eq!(values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }
}
