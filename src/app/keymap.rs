//! Which key does what: the defaults of [`Action`], overridden by the user's `keys.ron`.
//!
//! ```ron
//! (
//!     quit: ["q", "ctrl-q"],
//!     pause: "space",
//!     copy: [],              // no key at all
//! )
//! ```

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::action::{Action, Context};
use super::key::{Key, Named};
use crate::config::{ConfigError, parse_ron};

/// The keys of each action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Action, Vec<Key>>,
    /// Whether keys are shown by words and not by symbols.
    spelled: bool,
}

impl Default for Keymap {
    fn default() -> Self {
        let parse = |text: &&str| text.parse().expect("a test parses every default key");
        let keys = Action::ALL
            .iter()
            .map(|&a| (a, a.default_keys().iter().map(parse).collect()))
            .collect();
        Self {
            keys,
            spelled: false,
        }
    }
}

impl Keymap {
    /// The defaults, with what `text` (a `keys.ron`) names replaced.
    ///
    /// A key that the file binds is removed from the action that has it by default in the same context.
    ///
    /// # Errors
    /// With line and column: text that is not RON, an unknown action, an unknown key, one key for two actions.
    pub fn with_file(text: &str, file: &str) -> Result<Self, ConfigError> {
        let changes: KeyFile = parse_ron(text, file)?;
        let mut keymap = Self::default();
        for (&action, keys) in &changes.0 {
            for (&other, theirs) in &mut keymap.keys {
                if other.context() == action.context() && !changes.0.contains_key(&other) {
                    theirs.retain(|key| !keys.contains(key));
                }
            }
            keymap.keys.insert(action, keys.clone());
        }
        match keymap.conflict() {
            None => Ok(keymap),
            Some((key, first, second)) => {
                let (line, column) = place_of(text, second.name());
                let why = format!(
                    "`{key}` is bound to both `{}` and `{}`",
                    first.name(),
                    second.name()
                );
                Err(ConfigError::Syntax {
                    file: file.to_owned(),
                    line,
                    column,
                    why,
                })
            }
        }
    }

    /// What `key` does where `contexts` are active; the first context that binds it decides.
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<Action> {
        contexts.iter().find_map(|&context| {
            self.keys
                .iter()
                .find(|(action, keys)| action.context() == context && keys.contains(&key))
                .map(|(&a, _)| a)
        })
    }

    /// The keys of `action`.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// Shows keys by words such as `Enter` from now on, for a terminal without the symbols.
    pub fn spell(&mut self, spelled: bool) {
        self.spelled = spelled;
    }

    fn show(&self, key: &Key) -> String {
        match self.spelled {
            true => key.spelled(),
            false => key.shown(),
        }
    }

    /// The keys of `action` as the help shows them, such as `↑ k`.
    pub fn shown(&self, action: Action) -> String {
        self.keys(action)
            .iter()
            .map(|key| self.show(key))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A `keys.ron` with the default keys of every action, and what each does.
    pub fn example() -> String {
        let mut text = String::from(
            "// Keys of Twinsight's screens. Each action has a list of keys; an empty list takes all of them away, and an action\n\
             // that is left out keeps its keys. A key is a letter, a name such as \"left\", \"space\" or \"f1\", or one with\n\
             // \"ctrl-\", \"alt-\" or \"shift-\" before it.\n(\n",
        );
        for &context in Context::ALL {
            let of_context = Action::ALL
                .iter()
                .filter(|action| action.context() == context);
            let mut lines = of_context.map(example_line).peekable();
            if lines.peek().is_some() {
                text += &format!("    // {}\n", context.title());
                lines.for_each(|line| text += &line);
            }
        }
        text + ")\n"
    }

    /// The first key of `action` as the footer shows it.
    pub fn first_shown(&self, action: Action) -> Option<String> {
        self.keys(action).first().map(|key| self.show(key))
    }

    /// An arrow key of `action`, or else its first key, as the footer shows it.
    pub fn arrow_shown(&self, action: Action) -> Option<String> {
        let arrows = [Named::Up, Named::Down, Named::Left, Named::Right].map(Key::named);
        let keys = self.keys(action);
        let arrow = keys.iter().find(|key| arrows.contains(key));
        arrow.or(keys.first()).map(|key| self.show(key))
    }

    /// A key that two actions of one context share, if there is one.
    pub fn conflict(&self) -> Option<(Key, Action, Action)> {
        let mut seen: BTreeMap<(Context, Key), Action> = BTreeMap::new();
        for (&action, keys) in &self.keys {
            for &key in keys {
                if let Some(first) = seen.insert((action.context(), key), action) {
                    return Some((key, first, action));
                }
            }
        }
        None
    }
}

/// `    quit: ["q", "ctrl-c"],   // close the program`
fn example_line(action: &Action) -> String {
    let keys: Vec<String> = action
        .default_keys()
        .iter()
        .map(|key| format!("{key:?}"))
        .collect();
    let setting = format!("{}: [{}],", action.name(), keys.join(", "));
    format!("    {setting:<40} // {}\n", action.description())
}

/// Line and column (from 1) of a field in a RON text.
fn place_of(text: &str, field: &str) -> (usize, usize) {
    let found = text
        .lines()
        .enumerate()
        .find_map(|(i, line)| line.find(field).map(|column| (i + 1, column + 1)));
    found.unwrap_or((1, 1))
}

/// `(action: "key", action: ["key", …])`.
struct KeyFile(BTreeMap<Action, Vec<Key>>);

impl<'de> Deserialize<'de> for KeyFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = KeyFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("actions with their keys, such as (quit: [\"q\"])")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeyFile, A::Error> {
                let mut keys = BTreeMap::new();
                while let Some(FieldName(action)) = map.next_key()? {
                    let KeyList(list) = map.next_value()?;
                    keys.insert(action, list);
                }
                Ok(KeyFile(keys))
            }
        }
        deserializer.deserialize_struct("Keys", Action::NAMES, Fields)
    }
}

struct FieldName(Action);

impl<'de> Deserialize<'de> for FieldName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = FieldName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an action")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<FieldName, E> {
                let unknown = |()| {
                    E::custom(format!(
                        "there is no action `{name}`; the help (`?`) lists them"
                    ))
                };
                name.parse().map(FieldName).map_err(unknown)
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}

struct KeyList(Vec<Key>);

impl<'de> Deserialize<'de> for KeyList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = KeyList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key such as \"q\", or a list of keys")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<KeyList, E> {
                Ok(KeyList(vec![text.parse().map_err(E::custom)?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<KeyList, A::Error> {
                let mut keys = Vec::new();
                while let Some(text) = items.next_element::<String>()? {
                    keys.push(text.parse().map_err(de::Error::custom)?);
                }
                Ok(KeyList(keys))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::screen::Screen;

    fn with(text: &str) -> Result<Keymap, ConfigError> {
        Keymap::with_file(text, "keys.ron")
    }

    fn key(text: &str) -> Key {
        text.parse().expect("a key")
    }

    #[test]
    fn no_key_has_two_meanings_in_one_context() {
        assert_eq!(Keymap::default().conflict(), None);
    }

    #[test]
    fn every_action_has_a_key_a_name_of_its_own_and_a_sentence() {
        let keymap = Keymap::default();
        for (i, &action) in Action::ALL.iter().enumerate() {
            assert!(
                !keymap.keys(action).is_empty(),
                "{action:?} cannot be reached"
            );
            assert!(!action.description().is_empty());
            assert_eq!(action.name().parse(), Ok(action));
            assert!(!Action::NAMES[..i].contains(&action.name()), "{action:?}");
            for &k in keymap.keys(action) {
                assert_eq!(keymap.action(&[action.context()], k), Some(action));
            }
        }
    }

    #[test]
    fn a_file_overrides_only_what_it_names() {
        let keymap = with(r#"(quit: ["Q", "ctrl-q"], pause: "p", copy: [])"#).expect("a good file");
        assert_eq!(
            keymap.action(&[Context::Global], key("Q")),
            Some(Action::Quit)
        );
        assert_eq!(keymap.action(&[Context::Global], key("q")), None);
        assert_eq!(
            keymap.action(&[Context::Screen(Screen::Train), Context::Global], key("p")),
            Some(Action::Pause)
        );
        assert_eq!(keymap.action(&[Context::Global], key("y")), None);
        assert_eq!(
            keymap.action(&[Context::Global], key("?")),
            Some(Action::Help)
        );
    }

    #[test]
    fn the_example_is_the_defaults_and_names_every_action() {
        let text = Keymap::example();
        assert_eq!(with(&text).expect("a good file"), Keymap::default());
        for name in Action::NAMES {
            assert!(text.contains(&format!("    {name}: [")), "{name}");
        }
        // Every line counts: another key in the file is another key on the screens.
        let other = text.replace(r#"quit: ["q""#, r#"quit: ["Q""#);
        assert_ne!(with(&other).expect("a good file"), Keymap::default());
    }

    #[test]
    fn the_names_of_version_0_1_0_are_still_known() {
        let text = include_str!("../../tests/fixtures/v0.1.0/config/keys.ron");
        assert_eq!(with(text).expect("every name is known"), Keymap::default());
        let keymap = with(r#"(enrol: "E")"#).expect("the former spelling");
        assert_eq!(keymap.keys(Action::Enroll), [key("E")]);
    }

    #[test]
    fn a_key_that_is_bound_again_is_taken_from_its_old_action() {
        let keymap = with(r#"(quit: "t")"#).expect("a good file");
        assert_eq!(
            keymap.action(&[Context::Global], key("t")),
            Some(Action::Quit)
        );
    }

    #[test]
    fn the_special_context_goes_first() {
        let keymap = Keymap::default();
        assert_eq!(
            keymap.action(
                &[Context::Screen(Screen::Verify), Context::Global],
                key("left")
            ),
            Some(Action::ThresholdDown)
        );
        assert_eq!(
            keymap.action(
                &[Context::Screen(Screen::Data), Context::Global],
                key("left")
            ),
            Some(Action::Left)
        );
    }

    #[test]
    fn mistakes_have_a_line_and_a_column() {
        let mistake = |text: &str| with(text).expect_err("a mistake").to_string();
        let unknown = mistake("(\n    quit: [\"q\"],\n    quite: [\"x\"],\n)");
        assert!(
            unknown.starts_with("keys.ron:3:") && unknown.contains("quite"),
            "{unknown}"
        );
        let no_key = mistake("(\n    quit: [\"q\", \"hyper-q\"],\n)");
        assert!(
            no_key.starts_with("keys.ron:2:") && no_key.contains("hyper-q"),
            "{no_key}"
        );
        let both = mistake("(\n  quit: \"z\",\n  help: \"z\",\n)");
        assert!(
            both.starts_with("keys.ron:2:3:") && both.contains("bound to both"),
            "{both}"
        );
    }
}
