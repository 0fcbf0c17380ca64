//! The colour depth of the terminal, and the nearest colour it can show.
//!
//! The backend sends true colour even to a terminal that does not understand it, so colours are reduced to 256 or 16
//! here. Distances are measured in OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020):
//! measured in RGB, the nearest colour to a muted blue is grey.

use std::sync::LazyLock;

use ratatui::style::{Color, Style};

use crate::config;

/// The colours that a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Depth {
    /// No colour at all: bold, reversed, underlined.
    Mono,
    /// The 16 ANSI colours, which the user of the terminal may have redefined.
    Ansi16,
    /// The 6×6×6 cube and 24 greys of xterm.
    Indexed256,
    /// 24 bits.
    #[default]
    TrueColor,
}

impl Depth {
    /// The depth that the configuration asks for or, with `auto`, the depth that the environment tells. `get` reads an
    /// environment variable.
    ///
    /// `NO_COLOR` (no-color.org: set and not empty) and `TERM=dumb` mean none; `COLORTERM` of `truecolor` or `24bit`,
    /// or a `TERM` that ends in `-direct`, means 24 bits; `256color` in `TERM` means 256; anything else 16. OpenSSH does
    /// not forward `COLORTERM`, so terminals known to have 24 bits are also recognised by `TERM`.
    pub fn resolve(asked: config::Color, get: impl Fn(&str) -> Option<String>) -> Self {
        match asked {
            config::Color::Auto => Self::of_environment(get),
            config::Color::Truecolor => Self::TrueColor,
            config::Color::Indexed => Self::Indexed256,
            config::Color::Ansi => Self::Ansi16,
            config::Color::None => Self::Mono,
        }
    }

    fn of_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        let term = get("TERM").unwrap_or_default();
        let set = |name: &str| get(name).is_some_and(|value| !value.is_empty());
        let true_color =
            get("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
        let known = ["kitty", "ghostty", "alacritty", "foot", "wezterm", "iterm2"];
        match () {
            () if set("NO_COLOR") || term == "dumb" || term.is_empty() => Self::Mono,
            () if true_color || term.ends_with("-direct") => Self::TrueColor,
            () if known.iter().any(|name| term.contains(name)) => Self::TrueColor,
            () if term.contains("256color") => Self::Indexed256,
            () => Self::Ansi16,
        }
    }
}

/// The sixteen ANSI colours with xterm's default values (`XTerm-col.ad`), as red, green, blue.
const XTERM16: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

const ANSI16: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The grey levels that a picture uses in 16 colours: black, dark grey, grey, white. Terminals differ in the middle
/// two; these values lie between those of xterm and of the Linux console.
pub const GREYS16: [u8; 4] = [0, 110, 200, 255];

impl Depth {
    /// The nearest colour to `color` at this depth.
    pub fn color(self, color: Color) -> Color {
        match (self, color) {
            (Self::TrueColor, _) | (_, Color::Reset) => color,
            (Self::Mono, _) => Color::Reset,
            (Self::Indexed256, Color::Rgb(..)) => Color::Indexed(nearest256(rgb(color))),
            (Self::Ansi16, Color::Rgb(..) | Color::Indexed(16..)) => nearest16(rgb(color)),
            (Self::Ansi16, Color::Indexed(index)) => ANSI16[usize::from(index & 15)],
            _ => color,
        }
    }

    /// `style` with the nearest colours at this depth.
    pub fn style(self, style: Style) -> Style {
        Style {
            fg: style.fg.map(|c| self.color(c)),
            bg: style.bg.map(|c| self.color(c)),
            ..style
        }
    }

    /// The nearest colour to a grey level from 0 (black) to 255 (white).
    pub fn grey(self, level: u8) -> Color {
        match self {
            Self::TrueColor => Color::Rgb(level, level, level),
            Self::Indexed256 => Color::Indexed(grey256(level)),
            Self::Ansi16 => match level {
                0..=54 => Color::Black,
                55..=154 => Color::DarkGray,
                155..=227 => Color::Gray,
                228.. => Color::White,
            },
            Self::Mono => Color::Reset,
        }
    }
}

/// The index of the nearest grey among the 256 colours: black (16), 24 steps from 8 to 238 (232 to 255), white (231).
fn grey256(level: u8) -> u8 {
    match level {
        0..=3 => 16,
        247.. => 231,
        _ => 232 + ((u16::from(level).saturating_sub(3)) / 10).min(23) as u8,
    }
}

/// Red, green and blue of a colour; the terminal's default colour counts as black.
pub fn rgb(color: Color) -> (u8, u8, u8) {
    match color {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(index) => rgb256(index),
        Color::Reset => (0, 0, 0),
        named => ANSI16
            .iter()
            .position(|&c| c == named)
            .map_or((0, 0, 0), |i| XTERM16[i]),
    }
}

fn rgb256(index: u8) -> (u8, u8, u8) {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..=15 => XTERM16[usize::from(index)],
        16..=231 => {
            let i = usize::from(index - 16);
            (STEPS[i / 36], STEPS[i / 6 % 6], STEPS[i % 6])
        }
        232.. => {
            let level = 8 + 10 * (index - 232);
            (level, level, level)
        }
    }
}

/// The OKLab values of the 256 colours without the first sixteen, which users redefine.
static OKLAB256: LazyLock<[[f64; 3]; 240]> =
    LazyLock::new(|| std::array::from_fn(|i| oklab(rgb256(i as u8 + 16))));

fn nearest256(wanted: (u8, u8, u8)) -> u8 {
    let wanted = oklab(wanted);
    let far = |index: &usize| squared(wanted, OKLAB256[*index]);
    let nearest = (0..OKLAB256.len()).min_by(|a, b| far(a).total_cmp(&far(b)));
    nearest.map_or(231, |index| index as u8 + 16)
}

/// The nearest of the sixteen colours. A grey becomes the nearest grey; another colour is compared by lightness and hue
/// only, so that pale blue becomes a blue even if a grey is nearer. Saturation is ignored because the sixteen colours
/// are all saturated.
fn nearest16(wanted: (u8, u8, u8)) -> Color {
    let wanted = oklab(wanted);
    let chroma = |lab: [f64; 3]| lab[1].hypot(lab[2]);
    let coloured = chroma(wanted) > COLOURED;
    let candidates = (0..16).filter(|&i| coloured == (chroma(oklab(XTERM16[i])) > COLOURED));
    let hue = |lab: [f64; 3]| lab[2].atan2(lab[1]);
    let far = |i: &usize| {
        let other = oklab(XTERM16[*i]);
        let turn = (hue(wanted) - hue(other)).abs();
        let turn = if coloured {
            turn.min(std::f64::consts::TAU - turn)
        } else {
            0.0
        };
        // Lightness counts double: dark blue on black is unreadable, even with the right hue.
        (2.0 * (wanted[0] - other[0])).powi(2) + turn.powi(2)
    };
    let index = candidates
        .min_by(|a, b| far(a).total_cmp(&far(b)))
        .unwrap_or(15);
    ANSI16[index]
}

/// The OKLab chroma above which a colour is not a tinted grey. The backgrounds and muted texts of the built-in themes lie
/// below it, their coloured roles above.
const COLOURED: f64 = 0.05;

fn squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}

/// sRGB's transfer function (IEC 61966-2-1) for each value of 8 bits.
static LINEAR: LazyLock<[f64; 256]> = LazyLock::new(|| {
    std::array::from_fn(|channel| {
        let c = channel as f64 / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    })
});

fn linear(channel: u8) -> f64 {
    LINEAR[usize::from(channel)]
}

fn oklab((r, g, b): (u8, u8, u8)) -> [f64; 3] {
    let (r, g, b) = (linear(r), linear(g), linear(b));
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

/// The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(a: Color, b: Color) -> f64 {
    let luminance = |color: Color| {
        let (r, g, b) = rgb(color);
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(choice: &str, variables: &[(&str, &str)]) -> Depth {
        let get = |name: &str| {
            variables
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Depth::resolve(choice.parse().expect("a choice"), get)
    }

    #[test]
    fn the_environment_decides_unless_told() {
        assert_eq!(
            depth("auto", &[("TERM", "xterm-256color")]),
            Depth::Indexed256
        );
        assert_eq!(
            depth(
                "auto",
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]
            ),
            Depth::TrueColor
        );
        assert_eq!(depth("auto", &[("TERM", "xterm-kitty")]), Depth::TrueColor);
        assert_eq!(depth("auto", &[("TERM", "linux")]), Depth::Ansi16);
        assert_eq!(
            depth("auto", &[("TERM", "dumb"), ("COLORTERM", "truecolor")]),
            Depth::Mono
        );
        assert_eq!(
            depth("auto", &[("TERM", "xterm"), ("NO_COLOR", "1")]),
            Depth::Mono
        );
        assert_eq!(
            depth("auto", &[("TERM", "xterm"), ("NO_COLOR", "")]),
            Depth::Ansi16
        );
        assert_eq!(depth("16", &[("NO_COLOR", "1")]), Depth::Ansi16);
    }

    #[test]
    fn colours_that_exist_stay_themselves() {
        for index in 16..=255 {
            assert_eq!(rgb256(nearest256(rgb256(index))), rgb256(index));
        }
        for (i, color) in ANSI16.iter().enumerate() {
            assert_eq!(nearest16(XTERM16[i]), *color);
        }
    }

    #[test]
    fn a_tinted_grey_becomes_a_grey_and_a_pale_colour_a_colour() {
        let at = |r, g, b| Depth::Ansi16.color(Color::Rgb(r, g, b));
        assert_eq!(
            (at(0x87, 0x93, 0xa8), at(0xd6, 0xde, 0xeb)),
            (Color::DarkGray, Color::Gray)
        );
        assert_eq!(at(0x7a, 0xa2, 0xf7), Color::LightBlue);
    }

    #[test]
    fn greys_are_near_what_was_meant() {
        for level in 0..=255_u8 {
            let (got, ..) = rgb(Depth::Indexed256.grey(level));
            assert!(got.abs_diff(level) <= 8, "{level} became {got}");
        }
        for level in GREYS16 {
            let steps: Vec<Color> = GREYS16.iter().map(|&l| Depth::Ansi16.grey(l)).collect();
            assert!(steps.contains(&Depth::Ansi16.grey(level)));
            assert_eq!(steps.len(), 4);
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!(
            (contrast(Color::Rgb(118, 118, 118), Color::Rgb(255, 255, 255)) - 4.54).abs() < 0.01
        );
    }
}
