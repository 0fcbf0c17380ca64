//! How pictures are drawn on this terminal, by its environment variables.
//!
//! The screens, `verify --show` and `doctor` all use this. It is in `config` because both `tui` and `cli` may import that.
//!
//! The environment may be wrong. Asking the terminal itself was rejected: its answer comes through standard input, between
//! the user's keys, and a terminal that does not answer would delay the first screen.

use super::Images;

/// Terminals with iTerm2's protocol, by a part of `TERM_PROGRAM` or `LC_TERMINAL` (the latter passes through SSH). VS Code is
/// not among them, because there it depends on a setting of VS Code; `--images iterm` uses it.
const ITERM: [&str; 5] = ["iterm", "wezterm", "mintty", "rio", "warp"];
/// Terminals with sixels, by a part of `TERM`.
const SIXEL: [&str; 5] = ["foot", "mlterm", "contour", "sixel", "yaft"];

impl Images {
    /// The way of drawing that this setting means on a terminal whose environment variables `get` reads; never
    /// [`Images::Auto`].
    ///
    /// Inside `tmux` or `screen` pictures are always blocks: the multiplexer removes sequences it does not know, and pictures
    /// sent around it do not move when a pane moves or scrolls.
    pub fn resolve(self, get: impl Fn(&str) -> Option<String>) -> Self {
        match self {
            Self::Off | Self::Blocks => self,
            _ if multiplexed(&get) => Self::Blocks,
            Self::Auto => of_environment(&get),
            asked => asked,
        }
    }
}

/// Whether the program runs inside tmux or screen.
pub fn multiplexed(get: impl Fn(&str) -> Option<String>) -> bool {
    get("TMUX").is_some_and(|value| !value.is_empty())
        || has(&get, "TERM", "screen")
        || has(&get, "TERM", "tmux")
}

fn has(get: impl Fn(&str) -> Option<String>, name: &str, part: &str) -> bool {
    get(name).is_some_and(|value| value.to_ascii_lowercase().contains(part))
}

fn of_environment(get: &impl Fn(&str) -> Option<String>) -> Images {
    let set = |name: &str| get(name).is_some_and(|value| !value.is_empty());
    let iterm = |name: &&str| has(get, "TERM_PROGRAM", name) || has(get, "LC_TERMINAL", name);
    match () {
        () if set("KITTY_WINDOW_ID")
            || has(get, "TERM", "kitty")
            || has(get, "TERM", "ghostty") =>
        {
            Images::Kitty
        }
        () if ITERM.iter().any(iterm) || set("KONSOLE_VERSION") => Images::Iterm,
        () if SIXEL.iter().any(|name| has(get, "TERM", name)) => Images::Sixel,
        () => Images::Blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(images: Images, variables: &[(&str, &str)]) -> Images {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        images.resolve(find)
    }

    #[test]
    fn terminals_are_known_by_what_they_set() {
        let auto = |variables: &[(&str, &str)]| resolve(Images::Auto, variables);
        assert_eq!(auto(&[("TERM", "xterm-256color")]), Images::Blocks);
        assert_eq!(auto(&[("TERM", "xterm-kitty")]), Images::Kitty);
        assert_eq!(auto(&[("TERM", "xterm-ghostty")]), Images::Kitty);
        assert_eq!(auto(&[("TERM", "foot")]), Images::Sixel);
        assert_eq!(auto(&[("LC_TERMINAL", "iTerm2")]), Images::Iterm);
        assert_eq!(auto(&[("TERM_PROGRAM", "vscode")]), Images::Blocks);
    }

    #[test]
    fn a_multiplexer_gets_blocks_and_elsewhere_the_setting_counts() {
        let tmux = [("TERM", "xterm-kitty"), ("TMUX", "/tmp/x,1,0")];
        assert_eq!(resolve(Images::Auto, &tmux), Images::Blocks);
        assert_eq!(resolve(Images::Kitty, &tmux), Images::Blocks);
        assert_eq!(resolve(Images::Off, &tmux), Images::Off);
        let plain = [("TERM", "xterm-256color")];
        assert_eq!(resolve(Images::Sixel, &plain), Images::Sixel);
        assert_eq!(
            resolve(Images::Blocks, &[("TERM", "xterm-kitty")]),
            Images::Blocks
        );
    }
}
