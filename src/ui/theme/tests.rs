use ratatui::style::Color;

use super::super::depth::contrast;
use super::*;

fn all(depth: Depth) -> Vec<Theme> {
    BUILT_IN
        .iter()
        .map(|(name, _)| Theme::built_in(name, depth))
        .collect()
}

/// Roles that are lines and marks, not text.
const NOT_TEXT: [&str; 4] = ["background", "border", "batch", "past"];

#[test]
fn text_stands_out_from_its_ground_in_every_theme() {
    for depth in [Depth::TrueColor, Depth::Indexed256] {
        for theme in all(depth).iter().filter(|theme| theme.name != "mono") {
            let ground = theme.background.bg.expect("a ground");
            for (role, style) in theme
                .roles()
                .into_iter()
                .filter(|(role, _)| !NOT_TEXT.contains(role))
            {
                let text = style.fg.or(theme.text.fg).expect("a colour");
                let ratio = contrast(text, style.bg.unwrap_or(ground));
                assert!(
                    ratio >= 4.5,
                    "{} {role} at {depth:?}: {ratio:.2}",
                    theme.name
                );
            }
        }
    }
}

#[test]
fn high_contrast_is_high() {
    let theme = Theme::built_in("high_contrast", Depth::TrueColor);
    let ground = theme.background.bg.expect("a ground");
    for (role, style) in theme
        .roles()
        .into_iter()
        .filter(|(role, _)| *role != "background")
    {
        let ratio = contrast(style.fg.expect("a colour"), style.bg.unwrap_or(ground));
        assert!(ratio >= 7.0, "{role}: {ratio:.2}");
    }
}

#[test]
fn mono_has_no_colour_and_still_tells_roles_apart() {
    let theme = Theme::built_in("mono", Depth::TrueColor);
    for (role, style) in theme.roles() {
        assert!(
            [style.fg, style.bg]
                .iter()
                .flatten()
                .all(|&c| c == Color::Reset),
            "{role}"
        );
    }
    assert_ne!(theme.accept, theme.reject);
    assert_ne!(theme.selection, theme.text);
    let none = Theme::built_in("dark", Depth::Mono);
    assert!(
        none.roles()
            .iter()
            .all(|(_, s)| [s.fg, s.bg].iter().flatten().all(|&c| c == Color::Reset))
    );
}

#[test]
fn what_must_be_told_apart_is_in_sixteen_colours_too() {
    for theme in all(Depth::Ansi16)
        .iter()
        .filter(|theme| theme.name != "mono")
    {
        for (one, other) in [
            (theme.train.fg, theme.valid.fg),
            (theme.accept.fg, theme.reject.fg),
            (theme.positive_pair.fg, theme.negative_pair.fg),
            (theme.text.fg, theme.background.bg),
            (theme.muted.fg, theme.background.bg),
        ] {
            assert_ne!(one, other, "{}", theme.name);
        }
    }
}

#[test]
fn a_file_overrides_only_what_it_names() {
    let text = "(base: \"light\", reject: \"#ff0000 bold\", valid: \"42\")";
    let theme = Theme::from_file("mine", text, "mine.ron", Depth::TrueColor).expect("a good file");
    let light = Theme::built_in("light", Depth::TrueColor);
    assert_eq!(
        theme.reject,
        Style::new()
            .fg(Color::Rgb(255, 0, 0))
            .add_modifier(Modifier::BOLD)
    );
    assert_eq!(theme.valid.fg, Some(Color::Indexed(42)));
    let changed: Vec<_> = theme
        .roles()
        .iter()
        .zip(light.roles())
        .filter(|(a, b)| **a != *b)
        .map(|(a, _)| a.0)
        .collect();
    assert_eq!(changed, ["valid", "reject"]);
    assert!(theme.light);
}

#[test]
fn mistakes_have_a_line_and_are_named() {
    let read = |text: &str| {
        Theme::from_file("mine", text, "mine.ron", Depth::TrueColor).expect_err("wrong")
    };
    let role = read("(\n  text: \"white\",\n  rejekt: \"red\",\n)").to_string();
    assert!(
        role.starts_with("mine.ron:3:") && role.contains("rejekt"),
        "{role}"
    );
    let color = read("(\n  text: \"whitish\",\n)").to_string();
    assert!(
        color.starts_with("mine.ron:2:") && color.contains("whitish"),
        "{color}"
    );
    let base = read("(\n  base: \"darkness\",\n)").to_string();
    assert!(
        base.starts_with("mine.ron:2:") && base.contains("darkness"),
        "{base}"
    );
}

#[test]
fn runs_in_the_charts_have_colours_of_their_own() {
    for theme in all(Depth::TrueColor)
        .iter()
        .filter(|theme| theme.name != "mono")
    {
        let drawn = [
            "train", "valid", "run_a", "run_b", "run_c", "run_d", "run_e", "run_f",
        ];
        let roles = theme.roles();
        let colour = |wanted: &&str| {
            let role = roles.iter().find(|(name, _)| name == wanted);
            role.and_then(|(_, style)| style.fg)
                .map(|colour| colour.to_string())
        };
        let colours: std::collections::BTreeSet<_> = drawn.iter().map(colour).collect();
        assert_eq!(colours.len(), drawn.len(), "{}", theme.name);
    }
}
