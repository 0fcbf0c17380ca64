//! Small helpers for text that people read.
//!
//! Most are written by hand because each is shorter than the line that would import a crate for it.

mod pace;
mod utc;

use std::fmt::Write;

pub(crate) use pace::Pace;
pub(crate) use utc::{from_utc, utc};

use unicode_normalization::UnicodeNormalization;

/// A number with its noun in the right form: `1 photo`, `2 photos`, `5 people`.
///
/// Knows regular English nouns and `person`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "person") => format!("{count} people"),
        _ => format!("{count} {noun}s"),
    }
}

/// A rate from 0 to 1 in per cent with one decimal: `4.2 %`.
pub(crate) fn percent(rate: f64) -> String {
    let shown = format!("{:.1} %", 100.0 * rate);
    // A difference that is rounded to nothing has no sign.
    match shown == "-0.0 %" {
        true => "0.0 %".to_owned(),
        false => shown,
    }
}

/// Which columns of a table, of these widths and with `gap` between two, fit into `room`. Those with the highest number are
/// left out first; those with 0 never.
pub(crate) fn fitting_columns(
    widths: &[usize],
    dispensable: impl Fn(usize) -> u8,
    gap: usize,
    room: usize,
) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..widths.len()).collect();
    let fits = |shown: &[usize]| {
        let texts: usize = shown.iter().map(|&at| widths[at]).sum();
        texts + gap * shown.len().saturating_sub(1) <= room
    };
    while !fits(&shown) {
        let last = shown.iter().copied().max_by_key(|&at| dispensable(at));
        match last.filter(|&at| dispensable(at) > 0) {
            Some(last) => shown.retain(|&at| at != last),
            None => break,
        }
    }
    shown
}

/// A name as it is compared with others: in compatibility form (NFKC) and without regard to case. `Zoë` and `zoë` are equal, and
/// so are `é` and `e` with a combining accent, `Ａｎｎａ` in full width and `Anna`. Spaces and full stops at the end do not count,
/// because Windows takes them off the names of folders; several spaces count as one.
///
/// Case folding is to capital letters and back, which also makes `ß` and `SS` equal, as Unicode's full case folding does.
pub(crate) fn folded(name: &str) -> String {
    let capital = name.nfkd().flat_map(char::to_uppercase);
    let folded: String = capital.flat_map(char::to_lowercase).nfkc().collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    let joined = words.join(" ");
    let kept = joined.trim_end_matches([' ', '.']);
    match kept.is_empty() {
        true => joined,
        false => kept.to_owned(),
    }
}

/// A time as people say it: `0.4 s`, `99 s`, `2 min`, `2 h 05 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match seconds {
        ..9.95 => format!("{seconds:.1} s"),
        ..99.5 => format!("{seconds:.0} s"),
        ..5970.0 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// A time that is left, as people say it: `5 s`, `99 s`, `2 min`, `2 h 05 min`. Tenths of a second would only flicker.
pub(crate) fn time_left(seconds: f64) -> String {
    match seconds.ceil() {
        whole @ ..100.0 => format!("{whole:.0} s"),
        whole => duration(whole),
    }
}

/// Bytes as lower-case hexadecimal digits, two for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("writing to a string cannot fail");
    }
    digits
}

/// The bytes of hexadecimal digits; `None` if they are not pairs of digits.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        [a, b] => {
            let digit = |c: u8| char::from(c).to_digit(16);
            Some((digit(*a)? * 16 + digit(*b)?) as u8)
        }
        _ => None,
    };
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_suits_them() {
        let shown = [0.4, 99.4, 100.0, 5_960.0, 7_500.0].map(duration);
        assert_eq!(shown, ["0.4 s", "99 s", "2 min", "99 min", "2 h 05 min"]);
        let shown = [0.0, 4.2, 98.3, 99.2, 7_500.0].map(time_left);
        assert_eq!(shown, ["0 s", "5 s", "99 s", "2 min", "2 h 05 min"]);
    }

    #[test]
    fn names_that_look_alike_are_folded_alike() {
        let alike = [
            ("José", "Jose\u{301}"),
            ("Zoë", "zoë"),
            ("STRASSE", "straße"),
            ("Åsa", "\u{212b}sa"),
            ("ΣΑΣ", "σας"),
            ("Ａｎｎａ", "anna"),
            ("ﬁona", "Fiona"),
            ("Zoe.", "Zoe"),
            ("Zoe ", " zoe"),
            ("Ana  Lu", "ana\u{a0}lu"),
        ];
        for (a, b) in alike {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        for (a, b) in [("Jose", "José"), ("Anna", "Ana"), ("o", "0"), ("...", "..")] {
            assert_ne!(folded(a), folded(b), "{a} {b}");
        }
    }

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(counted(0, "photo"), "0 photos");
        assert_eq!(counted(1, "photo"), "1 photo");
        assert_eq!(counted(1, "person"), "1 person");
        assert_eq!(counted(5, "person"), "5 people");
    }

    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        assert_eq!(hex(&[]), "");
        assert_eq!(unhex("000Aff"), Some(vec![0, 10, 255]));
        assert_eq!((unhex("abc"), unhex("xx"), unhex("é")), (None, None, None));
    }
}
