//! The characters that the terminal's font has.
//!
//! Panes draw with the characters of the full set. As the last step of a frame, [`fit`] replaces what the terminal does not
//! have, cell by cell, so that no pane can forget it, and names of people from outside are treated too. Passing a table of
//! symbols to every widget was rejected for that reason. What cannot be replaced cell by cell, pictures, asks
//! [`Theme::glyphs`](super::Theme) how to draw.

use ratatui::buffer::Buffer;
use unicode_normalization::UnicodeNormalization;

use crate::config::Glyphs;

/// The 256 characters of code page 437, which every font of the Linux console has, without ASCII; from the kernel's table
/// `drivers/tty/vt/cp437.uni`.
const CP437: &str = "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼⌂\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»\
    ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■";

/// What stands for a character of the full set: in the font of the Linux console, and in ASCII.
const STANDS_FOR: [(&str, char, char); 27] = [
    ("╭┌", '┌', '+'),
    ("╮┐", '┐', '+'),
    ("╰└", '└', '+'),
    ("╯┘", '┘', '+'),
    ("┏", '╔', '+'),
    ("┓", '╗', '+'),
    ("┗", '╚', '+'),
    ("┛", '╝', '+'),
    ("━╸", '═', '='),
    ("┃", '║', '|'),
    ("─", '─', '-'),
    ("│", '│', '|'),
    ("╌┄", '-', '.'),
    ("┊", ':', ':'),
    ("╷", '│', '\''),
    ("▌", '▌', '>'),
    ("▏", '▌', '_'),
    ("▸▶→", '►', '>'),
    ("◀←", '◄', '<'),
    ("▲↑", '▲', '^'),
    ("▼↓", '▼', 'v'),
    ("✓", '√', '+'),
    ("✗×", 'x', 'x'),
    ("◆★", '♦', '*'),
    ("☆○●°", '○', 'o'),
    ("•", '•', '*'),
    ("‖", '║', '"'),
];

/// The same for characters that only look a little like what stands for them.
const SIMILAR: [(&str, char, char); 14] = [
    ("·", '·', '.'),
    ("■", '■', '#'),
    ("⊘", '¬', '-'),
    ("–—−", '-', '-'),
    ("≤", '≤', '<'),
    ("≥", '≥', '>'),
    ("≈", '≈', '~'),
    ("±", '±', '~'),
    ("²", '²', '2'),
    ("∞", '∞', '8'),
    ("◐", '(', '('),
    ("◑", ')', ')'),
    ("“”", '"', '"'),
    ("‘’", '\'', '\''),
];

/// Blocks, from the lowest eighth to the full one, and the quarters.
const BLOCKS: [(&str, char, char); 9] = [
    ("▁▂", '_', '_'),
    ("▃▄▖▗", '▄', ':'),
    ("▅▆", '▄', '|'),
    ("▇█▙▟▛▜", '█', '#'),
    ("▀▘▝", '▀', '\''),
    ("▐", '▐', '|'),
    ("░", '░', '.'),
    ("▒▚▞", '▒', ':'),
    ("▓", '▓', '%'),
];

/// Replaces every character that the terminal does not have.
pub(super) fn fit(buffer: &mut Buffer, glyphs: Glyphs) {
    if has_all(glyphs) {
        return;
    }
    let cells = &mut buffer.content;
    for at in 0..cells.len() {
        let symbol = cells[at].symbol();
        if symbol.is_ascii() {
            continue;
        }
        let blank = |offset: usize| cells.get(at + offset).is_some_and(|c| c.symbol() == " ");
        if symbol == "…" && blank(1) && blank(2) {
            for cell in &mut cells[at..at + 3] {
                cell.set_symbol(".");
            }
            continue;
        }
        let fitting = symbol.chars().next().map_or(' ', |c| stand_in(c, glyphs));
        cells[at].set_char(fitting);
    }
}

/// Whether the terminal has every character that the panes draw with.
pub(super) fn has_all(glyphs: Glyphs) -> bool {
    matches!(glyphs, Glyphs::Auto | Glyphs::Full)
}

/// What stands for a character outside ASCII.
fn stand_in(c: char, glyphs: Glyphs) -> char {
    let console = glyphs == Glyphs::Linux;
    if console && CP437.contains(c) {
        return c;
    }
    if let Some(pattern) = u32::from(c).checked_sub(0x2800).filter(|p| *p < 256) {
        return dots(pattern as u8, console);
    }
    let tables = STANDS_FOR.iter().chain(&SIMILAR).chain(&BLOCKS);
    let known = tables.clone().find(|(these, ..)| these.contains(c));
    match known {
        Some(&(_, on_console, ascii)) => [ascii, on_console][usize::from(console)],
        None if c == '…' => '~',
        // A letter without its accents, or nothing better.
        None => c.nfd().next().filter(char::is_ascii).unwrap_or('?'),
    }
}

/// A Braille pattern as half blocks, or as a character at about its height. Bits 0 to 2 are the upper three dots on the left,
/// 3 to 5 those on the right, 6 and 7 the lowest ones (Unicode, "Braille Patterns").
fn dots(pattern: u8, console: bool) -> char {
    let rows = [0b0000_1001, 0b0001_0010, 0b0010_0100, 0b1100_0000].map(|row| pattern & row != 0);
    let (upper, lower) = (rows[0] || rows[1], rows[2] || rows[3]);
    match (console, upper, lower) {
        (_, false, false) => ' ',
        (true, true, true) => '█',
        (true, true, false) => '▀',
        (true, false, true) => '▄',
        (false, ..) => match rows {
            [false, _, _, false] => '-',
            [true, true, true, true] | [true, _, _, true] => '|',
            [true, ..] => '\'',
            [_, _, _, true] => '.',
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_character_is_in_the_set() {
        let tables = || STANDS_FOR.iter().chain(&SIMILAR).chain(&BLOCKS);
        for &(these, console, ascii) in tables() {
            assert!(console.is_ascii() || CP437.contains(console), "{these}");
            assert!(ascii.is_ascii(), "{these}");
        }
        let all: String = tables().map(|(these, ..)| *these).collect();
        assert!(all.chars().all(|c| all.matches(c).count() == 1), "{all}");
        assert_eq!(
            CP437.chars().count(),
            256 - 95 - 1 - 1,
            "NUL and the hard blank"
        );
    }

    #[test]
    fn curves_and_names_stay_readable() {
        let fitted = |text: &str, glyphs| -> String {
            text.chars()
                .map(|c| if c.is_ascii() { c } else { stand_in(c, glyphs) })
                .collect()
        };
        assert_eq!(fitted("⠁⠒⣀⡇⣿⠀", Glyphs::Linux), "▀▀▄██ ");
        assert_eq!(fitted("⠉⠒⣀⡇ ✓ José 小", Glyphs::Ascii), "'-.| + Jose ?");
    }

    #[test]
    fn an_ellipsis_has_three_points_where_there_is_room() {
        let mut buffer = Buffer::with_lines(["ab …   x", "abcdefg…"]);
        fit(&mut buffer, Glyphs::Ascii);
        assert_eq!(buffer, Buffer::with_lines(["ab ... x", "abcdefg~"]));
    }
}
