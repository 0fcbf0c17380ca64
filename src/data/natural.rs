//! Natural order of names: numbers in them count by their value.
//!
//! Written by hand because the crate `natord` skips spaces and compares numbers with leading zeros digit by digit, like
//! fractions. Folders of people are often numbered with leading zeros.

use std::cmp::Ordering;

/// The order people expect of names: runs of digits by their value (2 before 10), the rest by characters, lower and
/// upper case alike. Names that only differ in case or leading zeros compare as equal.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (head_a, rest_a) = head(a);
        let (head_b, rest_b) = head(b);
        let order = match (number(head_a), number(head_b)) {
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => head_a.to_lowercase().cmp(&head_b.to_lowercase()),
        };
        if order.is_ne() || (rest_a.is_empty() && rest_b.is_empty()) {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The first run of digits, or else the first character; and what follows.
fn head(name: &str) -> (&str, &str) {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let first = name.chars().next().map_or(0, char::len_utf8);
    name.split_at(digits.max(first))
}

/// A run of digits without leading zeros, so that its length tells its size.
fn number(head: &str) -> Option<&str> {
    head.starts_with(|c: char| c.is_ascii_digit())
        .then(|| head.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_come_in_natural_order() {
        let mut names = [
            "s10", "s2", "S1", "s1b", "s01a", "b", "a10b2", "a10b10", "", "ä",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "", "a10b2", "a10b10", "b", "S1", "s01a", "s1b", "s2", "s10", "ä"
            ]
        );
    }

    proptest! {
        #[test]
        fn the_order_is_an_order(a in "[a0-3é]{0,5}", b in "[a0-3é]{0,5}", c in "[a0-3é]{0,5}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
