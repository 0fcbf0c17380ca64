//! What was found in the files of a data set: those that cannot be used, and doubtful pictures and people.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::data::Refusal;
use crate::units::ImageId;

/// Files, pictures or people with the same fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingGroup {
    /// The fault in a few words: `refused`, `no face`, `nearly equal`.
    pub kind: String,
    /// Those that have it; none if it is about the whole data set.
    pub entries: Vec<Finding>,
    /// The reason, if it is that of the whole data set.
    pub why: String,
}

/// One file, picture or person with a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, or the folder of the person.
    pub path: PathBuf,
    /// The reason, as a sentence without its full stop.
    pub why: String,
    /// The picture of the data set; of a person the first one. `None` for a file that cannot be used.
    pub image: Option<ImageId>,
}

/// All that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// In the order of the list.
    pub groups: Vec<FindingGroup>,
    /// How many files there are of each kind: `JPEG picture`.
    pub kinds: Vec<(&'static str, usize)>,
    /// Whether the photos were compared with each other, which takes time.
    pub complete: bool,
    /// The faults of each picture.
    faults: BTreeMap<ImageId, Vec<String>>,
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingLine<'a> {
    /// The heading of a group, with the number of its entries.
    Heading(&'a FindingGroup),
    /// An entry, with its index among all entries.
    Entry(usize, &'a Finding),
}

impl Findings {
    /// What these groups say.
    pub fn new(
        groups: Vec<FindingGroup>,
        kinds: Vec<(&'static str, usize)>,
        complete: bool,
    ) -> Self {
        let mut faults: BTreeMap<ImageId, Vec<String>> = BTreeMap::new();
        for entry in groups.iter().flat_map(|group| &group.entries) {
            if let Some(image) = entry.image {
                faults.entry(image).or_default().push(entry.why.clone());
            }
        }
        Self {
            groups,
            kinds,
            complete,
            faults,
        }
    }

    /// Only the files that cannot be used.
    pub fn of_refused(refused: &[Refusal]) -> Self {
        Self::new(
            refused_group(refused).into_iter().collect(),
            Vec::new(),
            false,
        )
    }

    /// All entries.
    pub fn entries(&self) -> impl Iterator<Item = &Finding> {
        self.groups.iter().flat_map(|group| &group.entries)
    }

    /// Headings and entries, in their order.
    pub fn lines(&self) -> Vec<FindingLine<'_>> {
        let mut lines = Vec::new();
        let mut index = 0;
        for group in &self.groups {
            lines.push(FindingLine::Heading(group));
            for entry in &group.entries {
                lines.push(FindingLine::Entry(index, entry));
                index += 1;
            }
        }
        lines
    }

    /// The faults of a picture.
    pub fn of(&self, image: ImageId) -> &[String] {
        self.faults.get(&image).map_or(&[], Vec::as_slice)
    }

    /// The number of each kind: `2 refused · 3 no face`; empty if nothing was found.
    pub fn summary(&self) -> String {
        let counts = self.groups.iter().filter(|group| !group.entries.is_empty());
        let mut summed: Vec<(&str, usize)> = Vec::new();
        for group in counts {
            match summed.iter_mut().find(|(kind, _)| *kind == group.kind) {
                Some((_, count)) => *count += group.entries.len(),
                None => summed.push((&group.kind, group.entries.len())),
            }
        }
        let words = summed.iter().map(|(kind, count)| format!("{count} {kind}"));
        words.collect::<Vec<_>>().join(" · ")
    }
}

/// The files that cannot be used, as a group; `None` if there are none.
pub fn refused_group(refused: &[Refusal]) -> Option<FindingGroup> {
    let entry = |refusal: &Refusal| Finding {
        path: refusal.path.clone(),
        why: refusal.why.clone(),
        image: None,
    };
    (!refused.is_empty()).then(|| FindingGroup {
        kind: "refused".to_owned(),
        entries: refused.iter().map(entry).collect(),
        why: "these files are not used".to_owned(),
    })
}
