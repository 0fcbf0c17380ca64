//! Which characters the terminal has, as far as its environment tells.
//!
//! A terminal cannot be asked for its font. The locale says whether bytes are read as UTF-8, and the Linux console, which has
//! at most 512 characters, is known by its name.

use super::Glyphs;

impl Glyphs {
    /// The characters that this setting means on a terminal whose environment variables `get` reads; never [`Glyphs::Auto`].
    pub fn resolve(self, get: impl Fn(&str) -> Option<String>) -> Self {
        match self {
            Self::Auto if get("TERM").as_deref() == Some("dumb") => Self::Ascii,
            Self::Auto if !is_utf8(&locale(&get)) => Self::Ascii,
            Self::Auto if get("TERM").as_deref() == Some("linux") => Self::Linux,
            Self::Auto => Self::Full,
            asked => asked,
        }
    }
}

/// The locale of characters: `LC_ALL`, or `LC_CTYPE`, or `LANG`, the first that is set; `C` if none is.
pub fn locale(get: impl Fn(&str) -> Option<String>) -> String {
    let set = |name: &str| get(name).filter(|value| !value.is_empty());
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    set.unwrap_or_else(|| "C".to_owned())
}

/// Whether a locale says that text is UTF-8.
pub fn is_utf8(locale: &str) -> bool {
    let lower = locale.to_ascii_lowercase();
    // Windows' terminals and macOS's show UTF-8 without a variable that says so.
    let always = cfg!(any(windows, target_os = "macos"));
    always || lower.contains("utf-8") || lower.contains("utf8")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn resolve(glyphs: Glyphs, variables: &[(&str, &str)]) -> Glyphs {
        glyphs.resolve(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn locale_and_terminal_tell_the_characters() {
        let auto = |variables: &[(&str, &str)]| resolve(Glyphs::Auto, variables);
        assert_eq!(auto(&[]), Glyphs::Ascii);
        assert_eq!(auto(&[("LANG", "de_DE.UTF-8")]), Glyphs::Full);
        assert_eq!(
            auto(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]),
            Glyphs::Ascii
        );
        assert_eq!(auto(&[("LANG", "C.utf8"), ("LC_ALL", "")]), Glyphs::Full);
        assert_eq!(
            auto(&[("LANG", "C.utf8"), ("TERM", "linux")]),
            Glyphs::Linux
        );
        assert_eq!(auto(&[("LANG", "C"), ("TERM", "linux")]), Glyphs::Ascii);
        assert_eq!(auto(&[("LANG", "C.utf8"), ("TERM", "dumb")]), Glyphs::Ascii);
    }

    #[test]
    fn what_was_chosen_counts() {
        assert_eq!(resolve(Glyphs::Full, &[("LANG", "C")]), Glyphs::Full);
        assert_eq!(resolve(Glyphs::Ascii, &[("LANG", "C.utf8")]), Glyphs::Ascii);
    }
}
