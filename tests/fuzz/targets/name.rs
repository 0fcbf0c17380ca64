//! Any text as a person's name and as a path: it is refused, or it is safe to show and stays as it is when it is checked again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::internals::files::{clean, user_path};
use twinsight::gallery::checked_name;

fuzz_target!(|text: &str| {
    let shown = clean(text);
    assert_eq!(clean(&shown), shown);
    assert!(!shown.contains(char::is_control));
    if let Ok(name) = checked_name(text) {
        assert_eq!(checked_name(&name).as_deref(), Ok(name.as_str()));
        assert_eq!(clean(&name), name);
        let deceives = |c: char| matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}');
        assert!(!name.is_empty() && !name.contains(deceives));
    }
    let _ = user_path(text);
});
