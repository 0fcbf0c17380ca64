//! Keys with what they do, in one line, from the key table.

use crate::app::{Action, Keymap};

/// `⏎ accept   Esc cancel`: a key of each action before each word, an arrow if it has one. What has no key is left out.
pub(in crate::ui) fn hints(keymap: &Keymap, offered: &[(&[Action], &str)]) -> String {
    let shown = offered.iter().filter_map(|(actions, word)| {
        let keys = actions.iter().filter_map(|&a| keymap.arrow_shown(a));
        let keys = keys.collect::<Vec<_>>().join(" ");
        (!keys.is_empty()).then(|| format!("{keys} {word}"))
    });
    shown.collect::<Vec<_>>().join("   ")
}
