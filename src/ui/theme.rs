//! Themes: a style for each role, read from RON.
//!
//! Panes ask for a role (`theme.valid`, `theme.reject`), never for a colour. A theme file names the roles it changes
//! and its base theme; all other roles are those of the base. A style is a quoted string: a foreground, `on` a
//! background, and any of `bold`, `dim`, `italic`, `underlined`, `reversed`, such as `"#e5c07b on #202020 bold"`,
//! `"light-blue"`, `"42"`, `"default reversed"`.

mod spec;

use ratatui::style::{Modifier, Style};

use super::canvas::Pictures;
use super::depth::Depth;
use crate::config::{ConfigError, Glyphs, parse_ron};
use spec::Spec;

/// The built-in themes: name and RON text.
pub const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../themes/dark.ron")),
    ("light", include_str!("../../themes/light.ron")),
    (
        "high_contrast",
        include_str!("../../themes/high_contrast.ron"),
    ),
    (
        "colour_blind",
        include_str!("../../themes/colour_blind.ron"),
    ),
    ("mono", include_str!("../../themes/mono.ron")),
];

macro_rules! roles {
    ($($role:ident $text:literal;)*) => {
        /// One style per role; see the module.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Theme {
            /// Its name in the theme picker.
            pub name: String,
            /// Whether text is dark on light; dots and Braille pictures are inverted then.
            pub light: bool,
            /// The colours that the terminal can show.
            pub depth: Depth,
            /// How pictures are drawn.
            pub pictures: Pictures,
            /// The characters that the terminal has.
            pub glyphs: Glyphs,
            $(#[doc = $text] pub $role: Style,)*
        }

        /// A theme file.
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct ThemeFile {
            base: Option<String>,
            light: Option<bool>,
            $($role: Option<Spec>,)*
        }

        impl Theme {
            fn plain(name: &str, depth: Depth) -> Self {
                Self { name: name.to_owned(), light: false, depth, pictures: Pictures::default(), glyphs: Glyphs::Full, $($role: Style::new(),)* }
            }

            fn overlay(&mut self, file: &ThemeFile) {
                self.light = file.light.unwrap_or(self.light);
                $(if let Some(spec) = file.$role { self.$role = self.depth.style(spec.0); })*
            }

            /// All roles with their names and styles.
            pub fn roles(&self) -> Vec<(&'static str, Style)> {
                vec![$((stringify!($role), self.$role),)*]
            }
        }
    };
}

roles! {
    background "The background of the screen.";
    text "Normal text.";
    muted "Secondary text: units, axes, explanations.";
    border "The frame of a pane.";
    focus "The frame of the focused pane.";
    title "The title of a pane.";
    accent "The program's name, the state of the training, the epoch.";
    selection "The row or picture under the cursor.";
    key "A key in the footer and the help.";
    train "A curve of the training people.";
    valid "A curve of the validation people.";
    past "A curve of an earlier run.";
    run_a "A run that is drawn beside the training.";
    run_b "A second one.";
    run_c "A third one.";
    run_d "A fourth one.";
    run_e "A fifth one.";
    run_f "A sixth one.";
    batch "Single batches, behind the curve of their mean.";
    best "The best epoch.";
    positive_pair "A pair of pictures of one person.";
    negative_pair "A pair of pictures of two people.";
    accept "A pair or a person that is accepted.";
    reject "A pair or a person that is rejected.";
    threshold "The threshold.";
    warning "A warning.";
    error "An error.";
}

impl Theme {
    /// The built-in theme `name` at a colour depth; the dark one if there is none of that name.
    pub fn built_in(name: &str, depth: Depth) -> Self {
        let find = |wanted: &str| BUILT_IN.iter().find(|(known, _)| *known == wanted);
        let (name, text) = find(name)
            .or_else(|| find("dark"))
            .copied()
            .unwrap_or(("dark", "()"));
        let mut theme = Self::plain(name, depth);
        let file: ThemeFile = parse_ron(text, name).expect("a test parses every built-in theme");
        theme.overlay(&file);
        theme
    }

    /// The theme `name` from the `text` of a theme file, over its `base` theme (`dark` if it names none). `file` is
    /// the file's name for error messages.
    ///
    /// # Errors
    /// Invalid RON, an unknown role, colour or base theme, each with line and column.
    pub fn from_file(
        name: &str,
        text: &str,
        file: &str,
        depth: Depth,
    ) -> Result<Self, ConfigError> {
        let parsed: ThemeFile = parse_ron(text, file)?;
        let base = parsed.base.as_deref().unwrap_or("dark");
        if !BUILT_IN.iter().any(|(known, _)| *known == base) {
            let line = text
                .lines()
                .position(|line| line.contains("base"))
                .map_or(1, |i| i + 1);
            let why = format!(
                "there is no base theme `{base}`; use dark, light, high_contrast, colour_blind or mono"
            );
            return Err(ConfigError::Syntax {
                file: file.to_owned(),
                line,
                column: 1,
                why,
            });
        }
        let mut theme = Self::built_in(base, depth);
        theme.name = name.to_owned();
        theme.overlay(&parsed);
        Ok(theme)
    }

    /// The frame of a pane.
    pub fn frame(&self, focused: bool) -> Style {
        if focused { self.focus } else { self.border }
    }

    /// The style of a verdict that the last move of the threshold changed: reversed, so that it is visible without
    /// colours too.
    pub fn turned(&self, accepted: bool) -> Style {
        self.verdict(accepted).add_modifier(Modifier::REVERSED)
    }

    /// The style of a pair by its label.
    pub fn pair(&self, same: bool) -> Style {
        if same {
            self.positive_pair
        } else {
            self.negative_pair
        }
    }

    /// The style of a decision: accepted or rejected.
    pub fn verdict(&self, accepted: bool) -> Style {
        if accepted { self.accept } else { self.reject }
    }
}

#[cfg(test)]
mod tests;
