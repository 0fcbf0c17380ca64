//! Colours have their meaning, and no meaning depends on colour alone.

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use twinsight::internals::ui::theme::BUILT_IN;
use twinsight::internals::ui::{Depth, Theme};

use super::states::{drawn, full, press};

/// The style of the first occurrence of `text`.
fn style_of(buffer: &Buffer, text: &str) -> Style {
    let wanted: Vec<String> = text.chars().map(String::from).collect();
    let cells = buffer.content();
    let starts_at = |at: &usize| {
        wanted
            .iter()
            .enumerate()
            .all(|(i, c)| cells.get(at + i).is_some_and(|x| x.symbol() == c))
    };
    let at = (0..cells.len())
        .find(starts_at)
        .unwrap_or_else(|| panic!("`{text}` is not on the screen"));
    cells[at].style()
}

fn looks(buffer: &Buffer, text: &str, role: Style) {
    let style = style_of(buffer, text);
    assert_eq!(
        (style.fg, role.add_modifier),
        (role.fg, style.add_modifier & role.add_modifier),
        "{text}"
    );
}

#[test]
fn roles_have_their_styles_in_every_theme() {
    for (name, _) in BUILT_IN {
        let theme = Theme::built_in(name, Depth::TrueColor);
        let mut state = full((120, 40));
        press(&mut state, "2");
        let train = drawn(&state, &theme);
        looks(&train, "── train", theme.train);
        looks(&train, "╌╌ valid", theme.valid);
        looks(&train, "◆ ", theme.best);
        looks(&train, "same", theme.positive_pair);
        press(&mut state, "4");
        let verify = drawn(&state, &theme);
        looks(&verify, "✗ 0.", theme.reject);
        looks(&verify, "threshold 0.50", theme.threshold);
        press(&mut state, "3 down");
        let pairs = drawn(&state, &theme);
        looks(&pairs, "different", theme.negative_pair);
        looks(&pairs, "✗ false", theme.error);
    }
}

#[test]
fn a_decision_is_said_by_a_mark_too() {
    let mut state = full((120, 40));
    press(&mut state, "4");
    let accepted = |state: &twinsight::internals::app::State| state.verify.accepted();
    let marks = |state: &twinsight::internals::app::State| {
        let screen = super::states::text(state);
        screen
            .lines()
            .map(|line| line.matches("✓ 0.").count())
            .sum::<usize>()
    };
    let before = (accepted(&state), marks(&state));
    assert_eq!(before.0, before.1);
    press(&mut state, &["right"; 30].join(" "));
    assert!(accepted(&state) < before.0);
    assert_eq!(accepted(&state), marks(&state));
}

#[test]
fn without_colours_nothing_has_one_and_faces_are_dots() {
    let mut state = full((80, 24));
    press(&mut state, "1");
    let plain = drawn(&state, &Theme::built_in("mono", Depth::Mono));
    let colours = plain.content().iter().flat_map(|cell| [cell.fg, cell.bg]);
    assert!(colours.clone().all(|c| c == ratatui::style::Color::Reset));
    let dots = plain.content().iter().filter(|c| {
        c.symbol()
            .starts_with(|c| ('\u{2801}'..='\u{28ff}').contains(&c))
    });
    assert!(dots.count() > 200);
}

#[test]
fn few_colours_mean_only_these_colours() {
    use ratatui::style::Color;
    let state = full((80, 24));
    let of = |depth| drawn(&state, &Theme::built_in("dark", depth));
    let all = |buffer: &Buffer, allowed: fn(Color) -> bool| {
        buffer
            .content()
            .iter()
            .all(|cell| allowed(cell.fg) && allowed(cell.bg))
    };
    assert!(all(&of(Depth::Indexed256), |c| matches!(
        c,
        Color::Reset | Color::Indexed(16..)
    )));
    assert!(all(&of(Depth::Ansi16), |c| !matches!(
        c,
        Color::Rgb(..) | Color::Indexed(_)
    )));
}

#[test]
fn what_is_written_can_be_read_on_every_screen_in_every_theme() {
    use twinsight::internals::ui::depth::contrast;
    for name in ["dark", "light", "high_contrast", "colour_blind"] {
        let theme = Theme::built_in(name, Depth::TrueColor);
        for keys in ["1 l", "2", "3", "4", "4 v", "5", "6", "2 e", "T", "f1", "?"] {
            let mut state = full((120, 40));
            press(&mut state, keys);
            press(&mut state, "m");
            for cell in drawn(&state, &theme).content() {
                let text = cell.symbol().chars().all(|c| c.is_ascii_alphanumeric());
                if text && !cell.modifier.contains(ratatui::style::Modifier::REVERSED) {
                    let ratio = contrast(cell.fg, cell.bg);
                    assert!(
                        ratio >= 4.5,
                        "{name}, {keys}: {:?} {ratio:.2}",
                        cell.symbol()
                    );
                }
            }
        }
    }
}
