//! Any text as the user's configuration, theme or keys: it is refused with line and column, or accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::internals::app::keymap::Keymap;
use twinsight::internals::config::{Config, Overrides, parse_ron};
use twinsight::internals::ui::depth::Depth;
use twinsight::internals::ui::theme::Theme;

fuzz_target!(|text: &str| {
    if let Ok(overrides) = parse_ron::<Overrides>(text, "fuzz") {
        let _ = Config::default().with(overrides, "fuzz");
    }
    let _ = Theme::from_file("fuzz", text, "fuzz", Depth::TrueColor);
    let _ = Keymap::with_file(text, "fuzz");
});
