//! Where the two joiners, U+200C (ZWNJ) and U+200D (ZWJ), belong into a name.
//!
//! They are invisible, but Persian, Malayalam, Sinhala and other names are misspelt without them, and many an emoji is several
//! in one by them. Elsewhere they change nothing, and make two names that look alike. The rules are those of UAX #31
//! (*Unicode Identifiers and Syntax*, version 16, section 2.3.1):
//!
//! - A1: between letters that would join (Arabic, Syriac and others);
//! - A2 and B: behind a virama that follows a letter, also at the end, where Malayalam's chillus stand;
//!
//! and besides: before a virama, as Bengali's র‍্য is written; between emoji (UTS #51, ED-16).

use unicode_joining_type::{JoiningType, get_joining_type};
use unicode_normalization::char::canonical_combining_class;

const ZWNJ: char = '\u{200c}';
const ZWJ: char = '\u{200d}';
/// The combining class of viramas.
const VIRAMA: u8 = 9;

/// Whether the character is one of the two.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, ZWNJ | ZWJ)
}

/// Whether the joiner at `at` is needed by what stands around it.
pub(super) fn is_needed(text: &[char], at: usize) -> bool {
    let (before, after) = (&text[..at], &text[at + 1..]);
    joins(before, after)
        || is_at_virama(before, after)
        || text[at] == ZWJ && (is_emoji(before, after) || is_before_virama(before, after))
}

/// A1: a letter that joins to its left side, which comes later, and one that joins to its right; marks may stand between.
fn joins(before: &[char], after: &[char]) -> bool {
    let mut before = before.iter().rev().map(|&c| get_joining_type(c));
    let mut after = after.iter().map(|&c| get_joining_type(c));
    let is_letter = |kind: &JoiningType| *kind != JoiningType::Transparent;
    let (left, right) = (before.find(is_letter), after.find(is_letter));
    matches!(
        left,
        Some(JoiningType::LeftJoining | JoiningType::DualJoining)
    ) && matches!(
        right,
        Some(JoiningType::RightJoining | JoiningType::DualJoining)
    )
}

/// A2 and B: behind a virama, and marks that may follow it; then a letter of any kind, or nothing.
fn is_at_virama(before: &[char], after: &[char]) -> bool {
    let mark = |c: &&char| !matches!(canonical_combining_class(**c), 0 | VIRAMA);
    let behind = before.len() - before.iter().rev().take_while(mark).count();
    let Some((&virama, base)) = before[..behind].split_last() else {
        return false;
    };
    let ends = after
        .first()
        .is_none_or(|&c| c.is_alphabetic() || c == ' ' || !c.is_alphanumeric());
    canonical_combining_class(virama) == VIRAMA
        && base.last().is_some_and(|&c| is_of_word(c))
        && ends
        && !after.first().is_some_and(|&c| is_joiner(c))
}

/// Between a letter and a virama that another letter follows.
fn is_before_virama(before: &[char], after: &[char]) -> bool {
    before.last().is_some_and(|&c| is_of_word(c))
        && matches!(after, [virama, next, ..]
            if canonical_combining_class(*virama) == VIRAMA && next.is_alphabetic())
}

/// A letter or a mark on one, such as Devanagari's nukta.
fn is_of_word(c: char) -> bool {
    c.is_alphabetic() || canonical_combining_class(c) != 0
}

/// Between two emoji, the first perhaps with a skin tone or the selector of its coloured form.
fn is_emoji(before: &[char], after: &[char]) -> bool {
    let base = before
        .iter()
        .rev()
        .find(|c| !matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'));
    base.is_some_and(|&c| is_pictograph(c)) && after.first().is_some_and(|&c| is_pictograph(c))
}

/// The characters of emoji sequences (Extended_Pictographic in Unicode's `emoji-data.txt`): its blocks, without skin tones,
/// letters for flags, and the few in blocks of other signs.
fn is_pictograph(c: char) -> bool {
    match c {
        '\u{1f3fb}'..='\u{1f3ff}' | '\u{1f1e6}'..='\u{1f1ff}' => false,
        '\u{2194}'..='\u{2199}' | '\u{231a}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' => true,
        '\u{2b05}'..='\u{2b55}' | '\u{1f000}'..='\u{1faff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_needed(name: &str) -> bool {
        let text: Vec<char> = name.chars().collect();
        let joiners = (0..text.len()).filter(|&at| is_joiner(text[at]));
        joiners.clone().count() > 0 && joiners.into_iter().all(|at| is_needed(&text, at))
    }

    #[test]
    fn joiners_belong_into_real_names() {
        for name in [
            "علی\u{200c}رضا", // Persian: Ali-Reza
            "مهدی\u{200c}پور",
            "നന്\u{200d}", // Malayalam: a chillu at the end
            "രാജന്\u{200d} നായര്\u{200d}",
            "ශ්\u{200d}රී", // Sinhala: Sri
            "ක්\u{200d}රිෂ්ණ",
            "র\u{200d}\u{9cd}যাচেল", // Bengali: Rachel
            "क्\u{200c}ष",           // Devanagari
            "👩\u{200d}🚀",
            "👩🏽\u{200d}💻",
            "🏳\u{fe0f}\u{200d}🌈",
            "🧑\u{200d}⚕\u{fe0f}",
        ] {
            assert!(all_needed(name), "{name:?}");
        }
    }

    #[test]
    fn elsewhere_they_only_make_names_that_look_alike() {
        for name in [
            "An\u{200d}na",
            "An\u{200c}na",
            "\u{200d}",
            "\u{200c}علی",
            "علی\u{200c}",
            "نا\u{200d}",
            "👩\u{200d}",
            "\u{200d}👩",
            "👩\u{200d}a",
            "👩\u{200c}🚀",
            "ശ\u{200d}",
            "小\u{200d}明",
            "1\u{200c}2",
            "\u{94d}\u{200d}",
            "ක්\u{200d}\u{200d}ර",
        ] {
            assert!(!all_needed(name), "{name:?}");
        }
    }
}
