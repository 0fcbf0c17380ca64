//! Short names of people that are still different: the letters of a map repeat, names do not.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

/// Names up to this length stay as they are.
const SHORT: usize = 4;
/// The fewest characters that are left of a longer name, so that it can be recognised.
const LEAST: usize = 3;
/// Longer beginnings lose their middle.
const MOST: usize = 8;

/// A short name for each of these, all different if the names are: without what all have in common at the beginning, and only
/// as long as needed. `Aaron_Eckhart` and `Aaron_Guiel` become `Aaron_E` and `Aaron_G`.
pub(crate) fn short_names(names: &[&str]) -> Vec<String> {
    if names
        .iter()
        .all(|name| name.graphemes(true).count() <= SHORT)
    {
        return names.iter().map(|name| (*name).to_owned()).collect();
    }
    let skipped = common_beginning(names);
    let rests: Vec<Vec<&str>> = names
        .iter()
        .map(|name| name[skipped..].graphemes(true).collect())
        .collect();
    let mut order: Vec<usize> = (0..rests.len()).collect();
    order.sort_by(|&a, &b| rests[a].cmp(&rests[b]));
    let mut lengths = vec![0; rests.len()];
    for pair in order.windows(2) {
        let both = rests[pair[0]].iter().zip(&rests[pair[1]]);
        let common = both.take_while(|(a, b)| a == b).count();
        for &at in pair {
            lengths[at] = lengths[at].max(common + 1);
        }
    }
    let beginnings: Vec<Vec<&str>> = rests
        .iter()
        .zip(&lengths)
        .map(|(rest, length)| rest[..rest.len().min((*length).max(LEAST))].to_vec())
        .collect();
    let cut: Vec<String> = beginnings.iter().map(|name| without_middle(name)).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for name in &cut {
        *seen.entry(name).or_default() += 1;
    }
    let unique = |(name, whole): (&String, &Vec<&str>)| match seen[&**name] {
        1 => name.clone(),
        _ => whole.concat(),
    };
    cut.iter().zip(&beginnings).map(unique).collect()
}

/// `Jo…Smith`, of a name that is too long.
fn without_middle(name: &[&str]) -> String {
    match name.len() > MOST {
        true => format!(
            "{}…{}",
            name[..2].concat(),
            name[name.len() - (MOST - 3)..].concat()
        ),
        false => name.concat(),
    }
}

/// How many bytes all names begin with that say nothing: up to a number, as in `person_07`, or up to a mark between words.
fn common_beginning(names: &[&str]) -> usize {
    let common = crate::app::popups::common_beginning(names.iter().copied());
    let common = common.filter(|_| names.len() > 1).unwrap_or_default();
    let word = common.trim_end_matches(|c: char| c.is_ascii_digit());
    let number_follows = |name: &&str| name[word.len()..].starts_with(|c: char| c.is_ascii_digit());
    if names.iter().all(number_follows) {
        return word.len();
    }
    let mark = common.rfind(|c: char| !c.is_alphanumeric());
    let end = mark.map_or(0, |at| {
        at + common[at..].chars().next().map_or(0, char::len_utf8)
    });
    match names.iter().all(|name| name.len() > end) {
        true => end,
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_different_and_recognisable() {
        let cases: [(&[&str], &[&str]); 8] = [
            (&["s01", "s02", "s40"], &["s01", "s02", "s40"]),
            (&["person_007", "person_011"], &["007", "011"]),
            (&["subject01", "subject10"], &["01", "10"]),
            (
                &["Aaron_Eckhart", "Aaron_Guiel", "Abba"],
                &["Aaron_E", "Aaron_G", "Abb"],
            ),
            (&["anna", "annalena", "bela"], &["anna", "annal", "bel"]),
            (&["class a/anna", "class a/bela"], &["ann", "bel"]),
            (
                &["小明小明小", "小明小红小", "王"],
                &["小明小明", "小明小红", "王"],
            ),
            (&["Annelise"], &["Ann"]),
        ];
        for (names, short) in cases {
            assert_eq!(short_names(names), short);
        }
        assert!(short_names(&[]).is_empty());
    }

    #[test]
    fn what_differs_late_loses_its_middle_but_not_its_difference() {
        let names = ["Maximilian Mustermann", "Maximilian Musterfrau", "Zoe"];
        assert_eq!(short_names(&names), ["Ma…sterm", "Ma…sterf", "Zoe"]);
        // The same ends: then nothing is left out.
        let names = [
            "Maria Anna Schmidt-A",
            "Maria Inna Schmidt-A",
            "Maria Inna Schmidt-B",
        ];
        let short = short_names(&names);
        let different: std::collections::BTreeSet<_> = short.iter().collect();
        assert_eq!(different.len(), 3, "{short:?}");
    }
}
