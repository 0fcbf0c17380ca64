use super::*;
use proptest::prelude::*;

fn grey(width: usize, pixels: &[f32]) -> Grey<'_> {
    Grey::new(width, pixels.len() / width, pixels).expect("the sizes agree")
}

#[test]
fn a_cell_holds_two_square_pixels() {
    let pixels = [0.0, 1.0, 0.2, 0.6];
    let got = pair_rows(&scale(grey(2, &pixels), 2, 2));
    assert_eq!(
        got,
        [
            Cell { top: 0, bottom: 51 },
            Cell {
                top: 255,
                bottom: 153
            }
        ]
    );
}

#[test]
fn shrinking_averages_over_the_exact_area() {
    // Three pixels onto two: the middle one counts half for each.
    let row = [0.0, 0.6, 0.9];
    let levels = scale(grey(3, &row), 2, 1);
    assert_eq!(levels.pixels, [51, 204]); // (0 + 0.3) / 1.5 = 0.2; (0.3 + 0.9) / 1.5 = 0.8
}

#[test]
fn wrong_sizes_are_refused() {
    assert!(Grey::new(3, 2, &[0.0; 5]).is_none());
    assert!(Grey::new(0, 0, &[]).is_none());
}

#[test]
fn dots_light_where_the_picture_is_light() {
    let left_light: Vec<f32> = (0..8 * 8)
        .map(|i| if i % 8 < 4 { 1.0 } else { 0.0 })
        .collect();
    assert_eq!(dots(grey(8, &left_light), 2, 1, false), [0xff, 0x00]);
    assert_eq!(dots(grey(8, &left_light), 2, 1, true), [0x00, 0xff]);
}

proptest! {
    #[test]
    fn an_even_picture_stays_even(width in 1_usize..40, height in 1_usize..40, level in 0.0_f32..1.0,
                                  to_width in 1_usize..60, to_height in 1_usize..60) {
        let pixels = vec![level; width * height];
        let scaled = scale(grey(width, &pixels), to_width, to_height);
        let wanted = (level * 255.0).round();
        prop_assert!(scaled.pixels.iter().all(|&p| (f32::from(p) - wanted).abs() <= 1.0));
    }

    #[test]
    fn shrinking_keeps_the_mean(pixels in proptest::collection::vec(0.0_f32..1.0, 24 * 18),
                                width in 1_usize..=24, height in 1_usize..=18) {
        let mean = pixels.iter().sum::<f32>() / pixels.len() as f32;
        let scaled = scale(grey(24, &pixels), width, height);
        let got = scaled.pixels.iter().map(|&p| f32::from(p)).sum::<f32>() / scaled.pixels.len() as f32 / 255.0;
        prop_assert!((got - mean).abs() < 0.004, "{got} is not {mean}");
    }

    #[test]
    fn dithering_keeps_the_mean_and_the_palette(level in 0_u8..=255) {
        let mut levels = Levels { width: 16, height: 16, pixels: vec![level; 256] };
        dither(&mut levels, &[0, 85, 170, 255]);
        let mean = levels.pixels.iter().map(|&p| f32::from(p)).sum::<f32>() / 256.0;
        prop_assert!((mean - f32::from(level)).abs() < 12.0);
        prop_assert!(levels.pixels.iter().all(|p| [0, 85, 170, 255].contains(p)));
    }
}

#[test]
fn quadrants_keep_an_edge_that_half_blocks_lose() {
    // A cell whose left half is dark, one with a dark corner, and an even one.
    let pixels = [0, 200, 10, 100, 7, 7, 0, 200, 100, 100, 7, 7];
    let corner = Quadrants {
        symbol: '▘',
        front: [10],
        back: [100],
    };
    let got = quadrants(&pixels.map(|level| [level]), 6);
    assert_eq!(
        (got[0].symbol, got[0].front, got[0].back),
        ('▐', [200], [0])
    );
    assert_eq!(got[1], corner);
    assert_eq!((got[2].symbol, got[2].back), (' ', [7]));
    // Grey in three channels gives the same cells.
    let coloured = quadrants(&pixels.map(|level| [level; 3]), 6);
    let same = |(a, b): (&Quadrants<1>, &Quadrants<3>)| {
        a.symbol == b.symbol && [a.front[0]; 3] == b.front && [a.back[0]; 3] == b.back
    };
    assert!(got.iter().zip(&coloured).all(same));
}

#[test]
fn quadrants_see_an_edge_between_colours_of_one_lightness() {
    let (red, green) = ([150, 0, 0], [0, 150, 0]);
    let got = quadrants(&[red, green, red, green], 2);
    assert_eq!(
        got,
        [Quadrants {
            symbol: '▐',
            front: green,
            back: red
        }]
    );
}
