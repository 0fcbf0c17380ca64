//! Tests of exporting galleries, also one of a million templates.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::*;
use crate::data::{Dataset, Source};
use crate::gallery::{EnrolledPhoto, measure};
use crate::model::pretrained;
use crate::units::ImageId;

/// Exports a gallery, and returns the array and the labels.
fn export(gallery: Gallery, values: Values, folder: &Path) -> (Vec<u8>, String) {
    let model = pretrained().model;
    let (array, labels) = (folder.join("g.npy"), folder.join("g.csv"));
    let begin = |total: usize| {
        Ok(Export {
            values,
            model: &model,
            files: ArrayFiles::create(&array, &labels, &values.shape(&model, total))?,
            total,
            task: LongTask::begin(task_name(values), STOPPED)?,
        })
    };
    of_gallery(gallery, values, &model, begin).unwrap();
    let read = std::fs::read(&array).unwrap();
    (read, std::fs::read_to_string(&labels).unwrap())
}

#[test]
fn a_gallery_in_several_files_is_exported_like_one_in_one_file() {
    let model = pretrained().model;
    let faces = Dataset::open(&Source::Orl, model.preparation()).unwrap();
    let exported = [false, true].map(|large| {
        let home = tempfile::tempdir().unwrap();
        let mut gallery = Gallery::open(home.path(), model.preparation()).unwrap();
        if large {
            gallery.keep_in_one_file(1);
        }
        for (name, images) in [("Bea", 20..23), ("Anna", 3..4)] {
            let photo = |image: usize| {
                EnrolledPhoto::new(
                    format!("{image}.png").as_ref(),
                    faces.face(ImageId(image)).clone(),
                )
            };
            gallery
                .add(name, images.map(photo).collect(), &faces)
                .unwrap();
        }
        assert_eq!(gallery.is_large(), large);
        let out = tempfile::tempdir().unwrap();
        [Values::Embeddings, Values::Inputs]
            .map(|values| export(gallery.clone(), values, out.path()))
    });
    assert_eq!(exported[0], exported[1]);
    let [(array, labels), _] = &exported[0];
    assert_eq!(array.len(), 128 + 4 * 4 * 128);
    assert_eq!(
        labels,
        "row,person,picture\n0,Anna,3.png\n1,Bea,20.png\n2,Bea,21.png\n3,Bea,22.png\n"
    );
}

/// A line of `/proc/self/status`, in MiB.
#[cfg(target_os = "linux")]
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let line = lines.find_map(|found| found.strip_prefix(line)).unwrap();
    let kilobytes = line.split_whitespace().next().unwrap();
    kilobytes.parse::<u64>().unwrap() >> 10
}

/// How long the export of a gallery of `COUNT` templates (a million, if it is not given) takes, and how much memory. `MADE` names a
/// folder for the gallery and the files, which stay; as TWINSIGHT_HOME the program itself exports it.
///
/// ```text
/// cargo test --release --lib a_million -- --ignored --nocapture
/// ```
///
/// Nothing else may run in its process.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "measures; writes 1.8 GB"]
fn a_million_templates_are_exported_in_bounded_memory() {
    let count = std::env::var("COUNT").map_or(1_000_000, |count| count.parse().unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let home = std::env::var_os("MADE").map_or(scratch.path().to_path_buf(), PathBuf::from);
    let folder = home.join("data/gallery");
    let model = pretrained().model;
    if !folder.exists() {
        measure::make(&folder, model.preparation(), &fingerprint(&model), count).unwrap();
    }
    let begun = Instant::now();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let gallery = Gallery::open(&folder, model.preparation()).unwrap();
    println!(
        "opened in {:.2} s, {} MiB",
        begun.elapsed().as_secs_f64(),
        memory("VmHWM:")
    );
    let people = memory("RssAnon:");
    let (array, labels) = (home.join("g.npy"), home.join("g.csv"));
    let begin = |total: usize| {
        Ok(Export {
            values: Values::Embeddings,
            model: &model,
            files: ArrayFiles::create(&array, &labels, &[total, 128])?,
            total,
            task: LongTask::begin("writing embeddings", STOPPED)?,
        })
    };
    let begun = Instant::now();
    of_gallery(gallery, Values::Embeddings, &model, begin).unwrap();
    // What is read of the mapped file counts as memory, but the system takes it back when it needs it: ids, checks and values.
    let mapped = (count as u64 * (8 + 4 + 4 * 128)) >> 20;
    println!(
        "exported {count} templates in {:.2} s; peak {} MiB, of these {mapped} MiB of the mapped file and {people} MiB of people",
        begun.elapsed().as_secs_f64(),
        memory("VmHWM:"),
    );
    let own = memory("VmHWM:").saturating_sub(mapped + people);
    assert!(own < 128, "{own} MiB besides");
    assert_eq!(
        std::fs::metadata(&array).unwrap().len(),
        128 + 4 * 128 * count as u64
    );
}
