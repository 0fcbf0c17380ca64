//! Short texts for numbers, with their units.

use std::time::Duration;

/// `1312` as `1,312`.
pub(in crate::ui) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `2036930` as `2.04 M`.
pub(in crate::ui) fn short(n: f64) -> String {
    match n {
        n if n >= 1e9 => format!("{:.2} G", n / 1e9),
        n if n >= 1e6 => format!("{:.2} M", n / 1e6),
        n if n >= 1e3 => format!("{:.1} k", n / 1e3),
        n => format!("{n:.0}"),
    }
}

/// `1 picture`, `2 pictures`.
pub(in crate::ui) fn count(n: usize, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(n as u64),
        if n == 1 { one } else { many }
    )
}

/// A share (0 to 1) in per cent with one decimal; `–` if it is not finite.
pub(in crate::ui) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:.1} %", share * 100.0)
    } else {
        "–".into()
    }
}

/// A measured number with three decimals; `NaN` and `∞` are written as such.
pub(in crate::ui) fn plain(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".into(),
        v if v.is_infinite() => "∞".into(),
        v if v.abs() >= 100.0 => format!("{v:.0}"),
        v if v != 0.0 && v.abs() < 0.001 => format!("{v:.1e}"),
        v => format!("{v:.3}"),
    }
}

/// A number on an axis, with about three digits.
pub(in crate::ui) fn axis(value: f64) -> String {
    match value.abs() {
        v if v == 0.0 || v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 0.01 => format!("{value:.2}"),
        _ => format!("{value:.0e}"),
    }
}

/// A duration as `3:05` or `2:01:00`.
pub(in crate::ui) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 {
        format!("{h}:{m:02}:{s:02}")
    } else {
        format!("{m}:{s:02}")
    }
}

/// An arrow for a verdict that just changed: `↑` to accepted, `↓` to rejected.
pub(in crate::ui) fn arrow(turned: Option<bool>) -> &'static str {
    match turned {
        Some(true) => "↑",
        Some(false) => "↓",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_units() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
        assert_eq!(short(2_036_930.0), "2.04 M");
        assert_eq!(percent(0.079), "7.9 %");
        assert_eq!(percent(f64::NAN), "–");
        assert_eq!(plain(f64::NAN), "NaN");
        assert_eq!(plain(0.0004), "4.0e-4");
        assert_eq!(span(Duration::from_secs(3725)), "1:02:05");
        assert_eq!(count(1, "picture", "pictures"), "1 picture");
    }
}
