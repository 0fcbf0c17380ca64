//! Finds what is doubtful in a data set, as `twinsight data check` does.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::app::data::{Finding, FindingGroup, Findings, refused_group};
use crate::data::check::{self, DataWarning, WarningKind};
use crate::data::{Dataset, Source};
use crate::units::ImageId;

/// From this number of pictures on, photos are compared with each other only when the user opens the list: it reads all of
/// them again.
const MOST_UNASKED: usize = 2_000;

/// Whether the photos are compared without being asked.
pub(super) fn is_small(dataset: &Dataset) -> bool {
    matches!(dataset.source, Source::Folder(_)) && dataset.images.len() <= MOST_UNASKED
}

/// What is known without reading the photos again.
pub(super) fn known(dataset: &Dataset) -> Findings {
    findings(dataset, check::known_warnings(dataset), false)
}

/// Everything; reads all photos again.
pub(super) fn all(dataset: &Dataset) -> Findings {
    findings(dataset, check::all_warnings(dataset), true)
}

fn findings(dataset: &Dataset, warnings: Vec<DataWarning>, complete: bool) -> Findings {
    let places = Places::of(dataset);
    let groups = warnings.into_iter().map(|warning| group(warning, &places));
    let groups = refused_group(&dataset.refused).into_iter().chain(groups);
    Findings::new(groups.collect(), check::kinds(dataset), complete)
}

fn group(warning: DataWarning, places: &Places) -> FindingGroup {
    let DataWarning { kind, paths, why } = warning;
    let entry = |path: PathBuf| Finding {
        image: places.image(&path),
        path,
        why: why.clone(),
    };
    FindingGroup {
        kind: in_words(kind),
        entries: paths.into_iter().map(entry).collect(),
        why: why.clone(),
    }
}

/// `no face` for the kind that JSON calls `no_face`.
fn in_words(kind: WarningKind) -> String {
    let name = serde_json::to_value(kind).ok();
    let name = name.as_ref().and_then(|name| name.as_str());
    name.unwrap_or("warning").replace('_', " ")
}

/// Which picture is at a path, and which is the first one in a folder.
struct Places {
    images: HashMap<PathBuf, ImageId>,
}

impl Places {
    fn of(dataset: &Dataset) -> Self {
        let mut images = HashMap::new();
        for image in (0..dataset.images.len()).map(ImageId) {
            let path = check::path_of(dataset, image);
            if let Some(folder) = path.parent() {
                images.entry(folder.to_owned()).or_insert(image);
            }
            images.insert(path, image);
        }
        Self { images }
    }

    fn image(&self, path: &Path) -> Option<ImageId> {
        self.images.get(path).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::{Crop, Preparation};

    #[test]
    fn a_finding_leads_to_its_picture() {
        let folder = tempfile::tempdir().expect("a folder");
        let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).expect("built in");
        let save = |person: &str, name: &str, image: usize| {
            let place = folder.path().join(person);
            std::fs::create_dir_all(&place).expect("a folder");
            let photo = orl.photo(ImageId(image)).expect("built in");
            photo.grey().save(place.join(name)).expect("it is written");
        };
        save("anna", "1.png", 0);
        save("anna", "2.png", 0);
        save("anna", "3.png", 3);
        save("bela", "1.png", 10);
        std::fs::write(folder.path().join("anna/broken.png"), "no picture").expect("a file");
        let source = Source::Folder(folder.path().to_owned());
        let faces = Dataset::open(&source, &Preparation::of(Crop::Whole)).expect("a data set");
        assert!(is_small(&faces) && !is_small(&orl));

        let quick = known(&faces);
        assert!(!quick.complete);
        assert_eq!(quick.summary(), "1 refused · 1 one picture");
        let found = all(&faces);
        assert!(found.complete);
        assert_eq!(found.summary(), "1 refused · 1 one picture · 2 equal");
        let images: Vec<_> = found.entries().map(|entry| entry.image).collect();
        let expected = [None, Some(ImageId(3)), Some(ImageId(0)), Some(ImageId(1))];
        assert_eq!(images, expected);
        assert!(found.of(ImageId(0))[0].contains("count several times"));
        assert!(found.of(ImageId(2)).is_empty());
    }
}
