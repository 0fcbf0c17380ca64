//! Which characters the terminal has, as far as the environment tells.

use serde::Serialize;

use crate::config::{self, Glyphs};

/// The locale and the characters that it lets expect.
#[derive(Serialize)]
pub(super) struct Locale {
    /// LC_ALL, or LC_CTYPE, or LANG, the first that is set; `C` if none is.
    pub(super) name: String,
    /// Whether it says UTF-8.
    pub(super) utf8: bool,
    /// What the screens draw with, unless `--glyphs` says otherwise.
    pub(super) glyphs: Glyphs,
    /// Whether the cursor can be placed, which the screens need.
    #[serde(skip)]
    pub(super) placed: bool,
}

impl Locale {
    /// By environment variables.
    pub(super) fn of(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let name = config::locale(variable);
        Self {
            utf8: config::is_utf8(&name),
            name,
            glyphs: Glyphs::Auto.resolve(variable),
            placed: variable("TERM").as_deref() != Some("dumb"),
        }
    }

    pub(super) fn text(&self) -> String {
        let utf8 = if self.utf8 { "UTF-8" } else { "not UTF-8" };
        format!("{} ({utf8})", self.name)
    }

    /// What is drawn with, and what can be done where something is missing.
    pub(super) fn glyphs_text(&self) -> &'static str {
        match self.glyphs {
            _ if !self.placed => {
                "by TERM=dumb none that can be placed: use the commands, not the screens"
            }
            Glyphs::Auto | Glyphs::Full => "lines, blocks and Braille",
            Glyphs::Linux => "those of the Linux console: lines and blocks, no Braille",
            Glyphs::Ascii => {
                "ASCII, by the locale: set LANG to a UTF-8 locale, such as C.UTF-8, or choose others with --glyphs"
            }
        }
    }
}
