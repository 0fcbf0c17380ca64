//! What colours mean: roles, read from RON.
//!
//! Panes ask for a role (`theme.valid`, `theme.reject`), never for a colour. A theme file names the roles it changes
//! and the theme it starts from; every other role stays as that theme has it. A style is a quoted string: a foreground,
//! `on` a background, and any of `bold`, `dim`, `italic`, `underlined`, `reversed`, in any number, such as
//! `"#e5c07b on #202020 bold"`, `"light-blue"`, `"42"`, `"default reversed"`.

use std::fmt;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::canvas::Pictures;
use super::depth::Depth;
use crate::config::{ConfigError, parse_ron};

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

/// A style as it is written.
#[derive(Debug, Clone, Copy)]
struct Spec(Style);

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut style, mut ground) = (Style::new(), false);
        for word in text.split_whitespace() {
            match word {
                "on" => ground = true,
                "bold" => style = style.add_modifier(Modifier::BOLD),
                "dim" => style = style.add_modifier(Modifier::DIM),
                "italic" => style = style.add_modifier(Modifier::ITALIC),
                "underlined" => style = style.add_modifier(Modifier::UNDERLINED),
                "reversed" => style = style.add_modifier(Modifier::REVERSED),
                name => {
                    let color = color(name).ok_or_else(|| unknown_color(name))?;
                    style = if ground {
                        style.bg(color)
                    } else {
                        style.fg(color)
                    };
                }
            }
        }
        Ok(Self(style))
    }
}

fn color(name: &str) -> Option<Color> {
    if name == "default" {
        Some(Color::Reset)
    } else {
        Color::from_str(name).ok()
    }
}

fn unknown_color(name: &str) -> String {
    format!("`{name}` is no colour; write \"#rrggbb\", \"light-blue\", \"42\" or \"default\"")
}

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Spec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a style in quotes, such as \"#e5c07b bold\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Spec, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::depth::contrast;
    use super::*;

    fn all(depth: Depth) -> Vec<Theme> {
        BUILT_IN
            .iter()
            .map(|(name, _)| Theme::built_in(name, depth))
            .collect()
    }

    /// Roles that are lines and marks, not text.
    const NOT_TEXT: [&str; 4] = ["background", "border", "batch", "past"];

    #[test]
    fn text_stands_out_from_its_ground_in_every_theme() {
        for depth in [Depth::TrueColor, Depth::Indexed256] {
            for theme in all(depth).iter().filter(|theme| theme.name != "mono") {
                let ground = theme.background.bg.expect("a ground");
                for (role, style) in theme
                    .roles()
                    .into_iter()
                    .filter(|(role, _)| !NOT_TEXT.contains(role))
                {
                    let text = style.fg.or(theme.text.fg).expect("a colour");
                    let ratio = contrast(text, style.bg.unwrap_or(ground));
                    assert!(
                        ratio >= 4.5,
                        "{} {role} at {depth:?}: {ratio:.2}",
                        theme.name
                    );
                }
            }
        }
    }

    #[test]
    fn high_contrast_is_high() {
        let theme = Theme::built_in("high_contrast", Depth::TrueColor);
        let ground = theme.background.bg.expect("a ground");
        for (role, style) in theme
            .roles()
            .into_iter()
            .filter(|(role, _)| *role != "background")
        {
            let ratio = contrast(style.fg.expect("a colour"), style.bg.unwrap_or(ground));
            assert!(ratio >= 7.0, "{role}: {ratio:.2}");
        }
    }

    #[test]
    fn mono_has_no_colour_and_still_tells_roles_apart() {
        let theme = Theme::built_in("mono", Depth::TrueColor);
        for (role, style) in theme.roles() {
            assert!(
                [style.fg, style.bg]
                    .iter()
                    .flatten()
                    .all(|&c| c == Color::Reset),
                "{role}"
            );
        }
        assert_ne!(theme.accept, theme.reject);
        assert_ne!(theme.selection, theme.text);
        let none = Theme::built_in("dark", Depth::Mono);
        assert!(
            none.roles()
                .iter()
                .all(|(_, s)| [s.fg, s.bg].iter().flatten().all(|&c| c == Color::Reset))
        );
    }

    #[test]
    fn what_must_be_told_apart_is_in_sixteen_colours_too() {
        for theme in all(Depth::Ansi16)
            .iter()
            .filter(|theme| theme.name != "mono")
        {
            for (one, other) in [
                (theme.train.fg, theme.valid.fg),
                (theme.accept.fg, theme.reject.fg),
                (theme.positive_pair.fg, theme.negative_pair.fg),
                (theme.text.fg, theme.background.bg),
                (theme.muted.fg, theme.background.bg),
            ] {
                assert_ne!(one, other, "{}", theme.name);
            }
        }
    }

    #[test]
    fn a_file_overrides_only_what_it_names() {
        let text = "(base: \"light\", reject: \"#ff0000 bold\", valid: \"42\")";
        let theme =
            Theme::from_file("mine", text, "mine.ron", Depth::TrueColor).expect("a good file");
        let light = Theme::built_in("light", Depth::TrueColor);
        assert_eq!(
            theme.reject,
            Style::new()
                .fg(Color::Rgb(255, 0, 0))
                .add_modifier(Modifier::BOLD)
        );
        assert_eq!(theme.valid.fg, Some(Color::Indexed(42)));
        let changed: Vec<_> = theme
            .roles()
            .iter()
            .zip(light.roles())
            .filter(|(a, b)| **a != *b)
            .map(|(a, _)| a.0)
            .collect();
        assert_eq!(changed, ["valid", "reject"]);
        assert!(theme.light);
    }

    #[test]
    fn mistakes_have_a_line_and_are_named() {
        let read = |text: &str| {
            Theme::from_file("mine", text, "mine.ron", Depth::TrueColor).expect_err("wrong")
        };
        let role = read("(\n  text: \"white\",\n  rejekt: \"red\",\n)").to_string();
        assert!(
            role.starts_with("mine.ron:3:") && role.contains("rejekt"),
            "{role}"
        );
        let color = read("(\n  text: \"whitish\",\n)").to_string();
        assert!(
            color.starts_with("mine.ron:2:") && color.contains("whitish"),
            "{color}"
        );
        let base = read("(\n  base: \"darkness\",\n)").to_string();
        assert!(
            base.starts_with("mine.ron:2:") && base.contains("darkness"),
            "{base}"
        );
    }
}
