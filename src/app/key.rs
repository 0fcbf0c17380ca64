//! A key press, and how it is written: `q`, `ctrl-c`, `f1`, `pageup`.

use std::fmt;
use std::str::FromStr;

/// What was pressed, apart from modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character, with shift already applied.
    Char(char),
    /// F1 to F12.
    Function(u8),
    /// One of the named keys.
    Named(Named),
}

macro_rules! named_keys {
    ($($variant:ident $name:literal $shown:literal $spelled:literal)*) => {
        /// The keys without a character.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Named { $(#[doc = $name] $variant,)* }

        impl Named {
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn shown(self) -> &'static str {
                match self { $(Self::$variant => $shown,)* }
            }

            fn spelled(self) -> &'static str {
                match self { $(Self::$variant => $spelled,)* }
            }

            fn parse(text: &str) -> Option<Self> {
                match text { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

named_keys! {
    Enter "enter" "⏎" "Enter"
    Esc "esc" "Esc" "Esc"
    Tab "tab" "Tab" "Tab"
    BackTab "backtab" "⇧Tab" "Shift-Tab"
    Backspace "backspace" "⌫" "Backsp"
    Delete "delete" "Del" "Del"
    Insert "insert" "Ins" "Ins"
    Up "up" "↑" "Up"
    Down "down" "↓" "Down"
    Left "left" "←" "Left"
    Right "right" "→" "Right"
    Home "home" "Home" "Home"
    End "end" "End" "End"
    PageUp "pageup" "PgUp" "PgUp"
    PageDown "pagedown" "PgDn" "PgDn"
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What was pressed.
    pub code: Code,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

impl Key {
    /// A character alone.
    pub fn char(c: char) -> Self {
        Self {
            code: Code::Char(c),
            ctrl: false,
            alt: false,
        }
    }

    /// A named key alone.
    pub fn named(name: Named) -> Self {
        Self {
            code: Code::Named(name),
            ctrl: false,
            alt: false,
        }
    }

    /// The character that it types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Its short form in footer and help, such as `↑` or `^C`.
    pub fn shown(self) -> String {
        self.in_short("⌥", Named::shown)
    }

    /// The same in ASCII, such as `Up`.
    pub fn spelled(self) -> String {
        self.in_short("Alt-", Named::spelled)
    }

    fn in_short(self, alt: &str, named: fn(Named) -> &'static str) -> String {
        let modifiers = format!(
            "{}{}",
            if self.ctrl { "^" } else { "" },
            if self.alt { alt } else { "" }
        );
        match self.code {
            Code::Char(' ') => format!("{modifiers}space"),
            Code::Char(c) if self.ctrl => format!("{modifiers}{}", c.to_ascii_uppercase()),
            Code::Char(c) => format!("{modifiers}{c}"),
            Code::Function(n) => format!("{modifiers}F{n}"),
            Code::Named(name) => format!("{modifiers}{}", named(name)),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match self.code {
            Code::Char(' ') => f.write_str("space"),
            Code::Char(c) => write!(f, "{c}"),
            Code::Function(n) => write!(f, "f{n}"),
            Code::Named(name) => f.write_str(name.name()),
        }
    }
}

/// A text that is not the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key; write a character, or a name such as `space`, `ctrl-c`, `f1`, `pageup`")]
pub struct UnknownKey(String);

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let (mut rest, mut ctrl, mut alt) = (text, false, false);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|after| !after.is_empty()) {
                (rest, ctrl) = (after, true);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|after| !after.is_empty())
            {
                (rest, alt) = (after, true);
            } else {
                break;
            }
        }
        let code = code(rest).ok_or_else(|| UnknownKey(text.to_owned()))?;
        Ok(Self { code, ctrl, alt })
    }
}

fn code(text: &str) -> Option<Code> {
    let mut chars = text.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return (!c.is_control()).then_some(Code::Char(c));
    }
    if text == "space" {
        return Some(Code::Char(' '));
    }
    if let Some(number) = text.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return (1..=12).contains(&number).then_some(Code::Function(number));
    }
    Named::parse(text).map(Code::Named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in [
            "q",
            "Q",
            "ctrl-c",
            "alt-x",
            "ctrl-alt-f",
            "space",
            "f1",
            "f12",
            "pageup",
            "-",
            "ctrl--",
            "é",
            "?",
        ] {
            assert_eq!(
                text.parse::<Key>().map(|key| key.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn nonsense_is_no_key() {
        for text in ["", "ctrl-", "f13", "f0", "hyper-x", "enterr", "\u{7}"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
}
