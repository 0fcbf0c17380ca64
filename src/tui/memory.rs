//! What is remembered from one start to the next, on disk; see [`Memory`].

use crate::app::memory::Memory;
use crate::config::{ConfigError, read_ron};
use crate::files::{self, FileError, FileReason, Paths};

/// What the screens looked like when they were left; nothing at the first start.
///
/// # Errors
/// A sentence about a file that cannot be understood: it is passed over, and written anew on leaving.
pub(super) fn recall(paths: &Paths) -> Result<Option<Memory>, String> {
    let path = paths.screen_file();
    match read_ron::<Memory>(&path) {
        Ok(mut memory) => {
            // A photo that is gone by now would be the first thing to fail.
            let photo = &mut memory.selection.photo;
            *photo = photo.take().filter(|path| path.is_file());
            Ok(Some(memory))
        }
        Err(ConfigError::File(FileError {
            reason: FileReason::NotFound,
            ..
        })) => Ok(None),
        Err(why) => Err(format!("what was remembered is not used: {why}")),
    }
}

/// Keeps it, for its owner alone: it names people.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn keep(paths: &Paths, memory: &Memory) -> Result<(), String> {
    let path = paths.screen_file();
    let text = ron::ser::to_string_pretty(memory, ron::ser::PrettyConfig::default())
        .map_err(|why| why.to_string())?;
    files::write_private(&path, text.as_bytes()).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Screen;

    #[test]
    fn what_is_kept_comes_back_and_a_broken_file_is_said() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::under(home.path());
        assert_eq!(recall(&paths), Ok(None));
        let mut memory = Memory {
            screen: Screen::Verify,
            theme: "light".into(),
            ..Memory::default()
        };
        memory.selection.person = "s07".into();
        memory.selection.photo = Some(home.path().join("gone.png"));
        keep(&paths, &memory).expect("it is written");
        memory.selection.photo = None;
        assert_eq!(recall(&paths), Ok(Some(memory)));
        std::fs::write(paths.screen_file(), "(screen: Kitchen)").expect("a file");
        let said = recall(&paths).expect_err("there is no such screen");
        assert!(
            said.contains("screen.ron:1:") && said.contains("Kitchen"),
            "{said}"
        );
    }
}
