//! What is known of the files of one folder: a file that has not changed has the content it had.
//!
//! The file has 8 bytes `TWLIST1` and a zero, for each picture its path, stamp and content hash, and SHA-256 of all before
//! it.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Component, Path};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ContentHash;
use super::bytes::{sealed, unsealed};
use crate::files::clean;

const MAGIC: &[u8; 8] = b"TWLIST1\0";
/// A file that was changed so shortly before it was read may change again within the same tick of the file system's clock,
/// so its times do not prove that it has not.
const TICK: Duration = Duration::from_secs(2);

/// Size and times of a file. On Unix the time of the last change of its entry counts too, which a program cannot set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data) struct Stamp {
    bytes: u64,
    /// Nanoseconds since 1970.
    modified: i64,
    /// As `modified`; 0 where the system does not say.
    changed: i64,
}

impl Stamp {
    /// Of a file whose times prove nothing: no file has this stamp.
    pub(in crate::data) const UNPROVEN: Self = Self {
        bytes: u64::MAX,
        modified: i64::MIN,
        changed: i64::MIN,
    };

    /// The stamp of a file; `None` if its times do not prove anything.
    pub(in crate::data) fn of(file: &Metadata) -> Option<Self> {
        let modified = file.modified().ok()?;
        let settled = SystemTime::now().duration_since(modified).ok()? > TICK;
        let since = modified.duration_since(UNIX_EPOCH).ok()?;
        settled.then_some(Self {
            bytes: file.len(),
            modified: i64::try_from(since.as_nanos()).ok()?,
            changed: changed(file),
        })
    }
}

#[cfg(unix)]
fn changed(file: &Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    let seconds = file.ctime().saturating_mul(1_000_000_000);
    seconds.saturating_add(file.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> i64 {
    0
}

/// The files of a folder by their paths below it, as bytes of the system's encoding.
#[derive(Debug, Default, PartialEq)]
pub(in crate::data) struct FolderListing {
    files: HashMap<Vec<u8>, (Stamp, ContentHash)>,
}

impl FolderListing {
    /// The content of a file, if it has not changed.
    pub(in crate::data) fn content(&self, file: &Path, stamp: Stamp) -> Option<ContentHash> {
        let (known, content) = self.entry(file)?;
        (known == stamp).then_some(content)
    }

    /// What is known of a file, changed or not.
    pub(in crate::data) fn entry(&self, file: &Path) -> Option<(Stamp, ContentHash)> {
        let path = file.as_os_str().as_encoded_bytes();
        self.files.get(path).copied()
    }

    pub(in crate::data) fn insert(&mut self, file: &Path, stamp: Stamp, content: ContentHash) {
        let path = file.as_os_str().as_encoded_bytes().to_vec();
        self.files.insert(path, (stamp, content));
    }

    /// How many files are listed.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The contents of the files in the sub-folder that a person's name stands for.
    pub(super) fn contents_of(&self, name: &str) -> Vec<ContentHash> {
        let of = |path: &[u8]| {
            let path = String::from_utf8_lossy(path);
            let folder = Path::new(&*path).components().next();
            matches!(folder, Some(Component::Normal(folder)) if clean(&folder.to_string_lossy()) == name)
        };
        let own = self.files.iter().filter(|(path, _)| of(path));
        own.map(|(_, (_, content))| *content).collect()
    }

    /// Drops the files with these contents, and says whether there were any.
    pub(super) fn drop_contents(&mut self, contents: &[ContentHash]) -> bool {
        let before = self.files.len();
        self.files
            .retain(|_, (_, content)| !contents.contains(content));
        self.files.len() < before
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort_unstable_by_key(|(path, _)| *path);
        for (path, (stamp, content)) in files {
            bytes.extend_from_slice(&(path.len() as u32).to_le_bytes());
            bytes.extend_from_slice(path);
            bytes.extend_from_slice(&stamp.bytes.to_le_bytes());
            bytes.extend_from_slice(&stamp.modified.to_le_bytes());
            bytes.extend_from_slice(&stamp.changed.to_le_bytes());
            bytes.extend_from_slice(&content.0);
        }
        sealed(bytes)
    }

    /// The listing in these bytes; `None` if they are damaged.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = unsealed(bytes)?;
        if from.array()? != *MAGIC {
            return None;
        }
        let mut files = HashMap::new();
        while !from.is_empty() {
            let length = from.u32()? as usize;
            let path = from.take(length)?.to_vec();
            let stamp = Stamp {
                bytes: from.u64()?,
                modified: from.i64()?,
                changed: from.i64()?,
            };
            files.insert(path, (stamp, ContentHash(from.array()?)));
        }
        Some(Self { files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_comes_back_and_people_are_found_in_it() {
        let stamp = Stamp {
            bytes: 5,
            modified: 6,
            changed: 7,
        };
        let mut listing = FolderListing::default();
        let [a, b] = [b"a", b"b"].map(|bytes| ContentHash::of(bytes));
        listing.insert(Path::new("anna/1.png"), stamp, a);
        listing.insert(Path::new("boris/1.png"), stamp, b);
        let mut again = FolderListing::decode(&listing.encode()).unwrap();
        assert_eq!(again.content(Path::new("anna/1.png"), stamp), Some(a));
        let later = Stamp {
            modified: 8,
            ..stamp
        };
        assert_eq!(again.content(Path::new("anna/1.png"), later), None);
        assert_eq!(again.contents_of("boris"), [b]);
        assert!(again.drop_contents(&[a]) && !again.drop_contents(&[a]));
        assert_eq!(again.content(Path::new("anna/1.png"), stamp), None);
        let bytes = listing.encode();
        for cut in 0..bytes.len() {
            assert!(FolderListing::decode(&bytes[..cut]).is_none());
        }
    }

    #[test]
    fn a_file_that_was_just_changed_proves_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stamp = || Stamp::of(&file.as_file().metadata().unwrap());
        assert_eq!(stamp(), None);
        let before = SystemTime::now() - Duration::from_secs(60);
        file.as_file().set_modified(before).unwrap();
        assert!(stamp().is_some());
    }
}
