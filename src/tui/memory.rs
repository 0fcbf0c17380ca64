//! What is remembered from one start to the next, on disk; see [`Memory`].

use super::error::MemoryError;
use crate::app::memory::Memory;
use crate::config::{ConfigError, read_ron};
use crate::files::{self, FileError, FileReason, Paths};

/// How the screens looked when the program was last left; `None` at the first start.
///
/// # Errors
/// When the file cannot be understood. The program then starts without it, and writes it again on leaving.
pub(super) fn recall(paths: &Paths) -> Result<Option<Memory>, MemoryError> {
    let path = paths.screen_file();
    match read_ron::<Memory>(&path) {
        Ok(mut memory) => {
            // A photo that was removed meanwhile is forgotten.
            let photo = &mut memory.selection.photo;
            *photo = photo.take().filter(|path| path.is_file());
            Ok(Some(memory))
        }
        Err(ConfigError::File(FileError {
            reason: FileReason::NotFound,
            ..
        })) => Ok(None),
        Err(why) => Err(why.into()),
    }
}

/// Writes it to a file that only its owner can read, because it names people.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn keep(paths: &Paths, memory: &Memory) -> Result<(), MemoryError> {
    let path = paths.screen_file();
    let text = ron::ser::to_string_pretty(memory, ron::ser::PrettyConfig::default())?;
    Ok(files::write_private(&path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Screen;

    #[test]
    fn what_is_kept_comes_back_and_a_broken_file_is_said() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::under(home.path());
        assert_eq!(recall(&paths).expect("no file"), None);
        let mut memory = Memory {
            screen: Screen::Verify,
            theme: "light".into(),
            ..Memory::default()
        };
        memory.selection.person = "s07".into();
        memory.selection.photo = Some(home.path().join("gone.png"));
        keep(&paths, &memory).expect("it is written");
        memory.selection.photo = None;
        assert_eq!(recall(&paths).expect("a file"), Some(memory));
        std::fs::write(paths.screen_file(), "(screen: Kitchen)").expect("a file");
        let said = recall(&paths)
            .expect_err("there is no such screen")
            .to_string();
        assert!(
            said.contains("screen.ron:1:") && said.contains("Kitchen"),
            "{said}"
        );
    }
}
