//! What colours mean: roles, read from RON.
//!
//! Panes ask for a role (`theme.valid`, `theme.reject`), never for a colour. A theme file names the roles it changes
//! and the theme it starts from; every other role stays as that theme has it. A style is a quoted string: a foreground,
//! `on` a background, and any of `bold`, `dim`, `italic`, `underlined`, `reversed`, in any number, such as
//! `"#e5c07b on #202020 bold"`, `"light-blue"`, `"42"`, `"default reversed"`.

mod spec;

use ratatui::style::{Modifier, Style};

use super::canvas::Pictures;
use super::depth::Depth;
use crate::config::{ConfigError, parse_ron};
use spec::Spec;

/// The themes inside the program: name, text.
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
            /// How the picker calls it.
            pub name: String,
            /// Whether text is dark on light: pictures in mono need to know.
            pub light: bool,
            /// What the terminal can show.
            pub depth: Depth,
            /// How pictures are drawn.
            pub pictures: Pictures,
            $(#[doc = $text] pub $role: Style,)*
        }

        /// A theme as its file has it.
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct ThemeFile {
            base: Option<String>,
            light: Option<bool>,
            $($role: Option<Spec>,)*
        }

        impl Theme {
            fn plain(name: &str, depth: Depth) -> Self {
                Self { name: name.to_owned(), light: false, depth, pictures: Pictures::default(), $($role: Style::new(),)* }
            }

            fn overlay(&mut self, file: &ThemeFile) {
                self.light = file.light.unwrap_or(self.light);
                $(if let Some(spec) = file.$role { self.$role = self.depth.style(spec.0); })*
            }

            /// All roles with their names, for tests and for the picker.
            pub fn roles(&self) -> Vec<(&'static str, Style)> {
                vec![$((stringify!($role), self.$role),)*]
            }
        }
    };
}

roles! {
    background "What is behind everything.";
    text "What is read.";
    muted "What is read when one looks for it: units, axes, explanations.";
    border "The frame of a pane.";
    focus "The frame of the pane that has the keys.";
    title "What a pane is called.";
    accent "What belongs to the program: its name, the running state.";
    selection "The row or picture under the cursor.";
    key "A key in the footer and the help.";
    train "A curve over the training people.";
    valid "A curve over people never trained on.";
    past "An earlier run.";
    batch "Single batches, behind the curve of their mean.";
    best "The best epoch.";
    positive_pair "Two pictures of one person.";
    negative_pair "Pictures of two people.";
    accept "Taken for the same person.";
    reject "Not taken for the same person.";
    threshold "Where accepting begins.";
    warning "What should be looked at.";
    error "What went wrong.";
}

impl Theme {
    /// A theme of the program, at `depth`; the dark one if there is no such name.
    pub fn built_in(name: &str, depth: Depth) -> Self {
        let find = |wanted: &str| BUILT_IN.iter().find(|(known, _)| *known == wanted);
        let (name, text) = find(name)
            .or_else(|| find("dark"))
            .copied()
            .unwrap_or(("dark", "()"));
        let mut theme = Self::plain(name, depth);
        let file: ThemeFile =
            parse_ron(text, name).expect("a test parses every theme of the program");
        theme.overlay(&file);
        theme
    }

    /// A theme from a file's text, over the theme it names as its `base` (`dark` if none).
    ///
    /// # Errors
    /// With line and column: text that is no RON, a role or a colour there is not.
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
                "there is no theme `{base}` to start from; use dark, light, high_contrast, colour_blind or mono"
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

    /// A verdict that the threshold has just turned: reversed, so that it is seen without colours too.
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

    /// The style of a decision.
    pub fn verdict(&self, accepted: bool) -> Style {
        if accepted { self.accept } else { self.reject }
    }
}

#[cfg(test)]
mod tests;
