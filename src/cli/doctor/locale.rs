//! Which characters the terminal has, as far as the environment tells.

use serde::Serialize;

/// The locale and the characters that it lets expect.
#[derive(Serialize)]
pub(super) struct Locale {
    /// LC_ALL, or LC_CTYPE, or LANG, the first that is set; `C` if none is.
    pub(super) name: String,
    /// Whether it says UTF-8.
    pub(super) utf8: bool,
    pub(super) glyphs: Glyphs,
}

/// The characters for curves and pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Glyphs {
    /// Lines, blocks and Braille patterns.
    All,
    /// Lines and half blocks: the fonts of the Linux console have 512 glyphs at most, and Braille is not among them.
    Blocks,
    /// Letters only.
    Ascii,
}

impl Locale {
    /// By environment variables.
    pub(super) fn of(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(variable);
        let name = set.unwrap_or_else(|| "C".to_owned());
        let lower = name.to_ascii_lowercase();
        // Windows' terminals and macOS's show UTF-8 without a variable that says so.
        let always = cfg!(any(windows, target_os = "macos"));
        let utf8 = always || lower.contains("utf-8") || lower.contains("utf8");
        let glyphs = match variable("TERM").as_deref() {
            Some("dumb") => Glyphs::Ascii,
            _ if !utf8 => Glyphs::Ascii,
            Some("linux") => Glyphs::Blocks,
            _ => Glyphs::All,
        };
        Self { name, utf8, glyphs }
    }

    pub(super) fn text(&self) -> String {
        let utf8 = if self.utf8 { "UTF-8" } else { "not UTF-8" };
        format!("{} ({utf8})", self.name)
    }
}

impl Glyphs {
    /// What is there, and what can be done where something is missing.
    pub(super) fn text(self, utf8: bool) -> &'static str {
        match (self, utf8) {
            (Self::All, _) => "lines, blocks and Braille",
            (Self::Blocks, _) => {
                "lines and blocks, no Braille: curves may show as empty boxes in the Linux console"
            }
            (Self::Ascii, false) => {
                "by the locale ASCII only: pictures and curves may show as question marks; set LANG to a UTF-8 locale, such as \
                 C.UTF-8"
            }
            (Self::Ascii, true) => {
                "by TERM=dumb none that can be placed: use the commands, not the screens"
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn locale_and_terminal_tell_the_glyphs() {
        let of = |variables: &[(&str, &str)]| {
            let find = |name: &str| {
                variables
                    .iter()
                    .find(|v| v.0 == name)
                    .map(|v| v.1.to_owned())
            };
            let locale = Locale::of(&find);
            (locale.name, locale.utf8, locale.glyphs)
        };
        assert_eq!(of(&[]), ("C".into(), false, Glyphs::Ascii));
        assert_eq!(
            of(&[("LANG", "de_DE.UTF-8")]),
            ("de_DE.UTF-8".into(), true, Glyphs::All)
        );
        let overridden = [("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")];
        assert_eq!(of(&overridden), ("C".into(), false, Glyphs::Ascii));
        let console = [("LANG", "C.utf8"), ("TERM", "linux")];
        assert_eq!(of(&console), ("C.utf8".into(), true, Glyphs::Blocks));
        let dumb = [("LANG", "C.utf8"), ("TERM", "dumb")];
        assert_eq!(of(&dumb).2, Glyphs::Ascii);
    }
}
