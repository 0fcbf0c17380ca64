//! The text form of a style in a theme file.

use std::fmt;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// A parsed style.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spec(pub(super) Style);

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
    format!("`{name}` is not a colour; write \"#rrggbb\", \"light-blue\", \"42\" or \"default\"")
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
