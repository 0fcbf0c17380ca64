//! Draws the picture of the augmentations for the documentation.

use super::Augment;
use crate::data::{Dataset, Source};
use crate::units::{ImageId, Purpose, Seed};
use crate::vision::{Crop, Face, Preparation, SIDE};

#[test]
#[ignore = "draws data/augmentations.png: cargo test --release --lib draw_the_sheet -- --ignored"]
fn draw_the_sheet() {
    const COLUMNS: usize = 12;
    // Those of the recipe `compact`.
    let strong = Augment {
        shift: 4.0,
        turn: 12.0,
        scale: 0.12,
        light: 0.2,
        gradient: 0.2,
        gamma: 0.4,
        cut_out: 20.0,
        blur: 0.3,
    };
    let kinds: [fn(&mut Augment, &Augment); 8] = [
        |to, from| to.shift = from.shift,
        |to, from| to.turn = from.turn,
        |to, from| to.scale = from.scale,
        |to, from| to.light = from.light,
        |to, from| to.gradient = from.gradient,
        |to, from| to.gamma = from.gamma,
        |to, from| to.cut_out = from.cut_out,
        |to, from| to.blur = from.blur,
    ];
    let alone = kinds.map(|kind| {
        let mut augment = Augment::NONE;
        kind(&mut augment, &strong);
        augment
    });
    let rows: Vec<Augment> = alone.into_iter().chain([strong]).collect();
    let preparation = Preparation::of(Crop::Aligned);
    let dataset = Dataset::open(&Source::Orl, &preparation).unwrap();
    let mut sheet = image::GrayImage::new((COLUMNS * SIDE) as u32, (rows.len() * SIDE) as u32);
    for (row, augment) in rows.iter().enumerate() {
        let mut stream = Seed(1).stream(Purpose::Augment, row as u64);
        for column in 0..COLUMNS {
            let mut pixels = vec![0.0; SIDE * SIDE];
            let face = dataset.face(ImageId(30 * (column / 4)));
            let variation = augment.draw(&mut stream);
            variation.apply(face, false, 1.0, &mut pixels);
            let picture = Face::from_pixels(pixels).to_image();
            let (x, y) = ((column * SIDE) as i64, (row * SIDE) as i64);
            image::imageops::replace(&mut sheet, &picture, x, y);
        }
    }
    sheet.save("data/augmentations.png").unwrap();
}
