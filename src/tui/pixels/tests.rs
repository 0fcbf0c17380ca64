use super::*;

/// A picture with a grey of its own at every pixel, in `whole` cells at `x`, `y`, of which `rows` from `above` are seen.
fn picture(x: u16, y: u16, whole: (u16, u16), (above, rows): (u16, u16), start: usize) -> Picture {
    let pixels = (0..64 * 64)
        .map(|i| [((i + start) % 251) as u8; 3])
        .collect();
    Picture {
        area: Rect::new(x, y, whole.0, rows),
        whole,
        above,
        raster: Raster {
            width: 64,
            height: 64,
            pixels,
        },
    }
}

fn frame(pixels: &mut Pixels, wanted: &[Picture]) -> String {
    let mut out = Vec::new();
    pixels.take_away(wanted, &mut out).expect("memory");
    pixels.print(wanted.to_vec(), &mut out).expect("memory");
    String::from_utf8(out).expect("all three protocols are text")
}

/// A sixel picture read back: its greys, 0 to 63, row by row; every pixel must be set exactly once.
fn read_sixel(text: &str) -> (usize, usize, Vec<u8>) {
    let body = text
        .strip_prefix("\x1bP0;1;0q\"1;1;")
        .and_then(|t| t.strip_suffix("\x1b\\"))
        .expect("a whole sequence");
    let sizes = body.find('#').expect("colours follow the size");
    let (width, height) = body[..sizes].split_once(';').expect("two numbers");
    let (width, height): (usize, usize) = (width.parse().unwrap(), height.parse().unwrap());
    let mut rows = vec![None; width * height];
    let (mut x, mut band, mut grey, mut count) = (0, 0, 0_u8, 1);
    let bytes = &body.as_bytes()[sizes..];
    let number = |at: &mut usize| {
        let digits = bytes[*at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let text = std::str::from_utf8(&bytes[*at..*at + digits]).unwrap();
        *at += digits;
        text.parse::<usize>().unwrap()
    };
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'#' => {
                grey = number(&mut at) as u8;
                if bytes[at] == b';' {
                    let parts = |at: &mut usize| {
                        *at += 1;
                        number(at)
                    };
                    let [kind, r, g, b] = std::array::from_fn(|_| parts(&mut at));
                    assert_eq!((kind, r, g), (2, g, b), "a grey in RGB");
                    assert_eq!(r, usize::from(grey) * 100 / 63);
                }
            }
            b'!' => count = number(&mut at),
            b'$' => x = 0,
            b'-' => (x, band) = (0, band + 1),
            b'?'..=b'~' => {
                for _ in 0..std::mem::replace(&mut count, 1) {
                    for row in (0..6).filter(|row| (byte - b'?') >> row & 1 == 1) {
                        let place = &mut rows[(band * 6 + row) * width + x];
                        assert_eq!(*place, None, "a pixel is set twice");
                        *place = Some(grey);
                    }
                    x += 1;
                }
            }
            other => panic!("{other} in a sixel"),
        }
    }
    let rows = rows.into_iter().map(|p| p.expect("every pixel is set"));
    (width, height, rows.collect())
}

#[test]
fn a_sixel_picture_has_every_pixel_of_its_cells_once() {
    let mut out = Vec::new();
    let shown = picture(3, 2, (4, 3), (0, 3), 0);
    let levels = exact(&shown, (9, 17));
    assert_eq!(
        (levels.width, levels.height),
        (36, 51),
        "no multiple of six"
    );
    encode::sixel(&levels, &mut out).expect("memory");
    let (width, height, greys) = read_sixel(std::str::from_utf8(&out).unwrap());
    assert_eq!((width, height), (36, 51));
    let wanted: Vec<u8> = levels.pixels.iter().map(|p| p[0] / 4).collect();
    assert_eq!(greys, wanted);
}

#[test]
fn sixels_stand_where_they_should_and_need_the_size_of_a_cell() {
    assert!(!Pixels::new(Images::Sixel, None).any());
    let mut pixels = Pixels::new(Images::Sixel, Some((8, 16)));
    let shown = picture(10, 4, (12, 6), (0, 6), 0);
    let text = frame(&mut pixels, std::slice::from_ref(&shown));
    let body = text
        .strip_prefix("\x1b7\x1b[5;11H")
        .and_then(|t| t.strip_suffix("\x1b8"))
        .expect("its corner, and the cursor as it was");
    let (width, height, _) = read_sixel(body);
    assert_eq!((width, height), (96, 96));
    assert_eq!(frame(&mut pixels, &[shown]), "", "once");
}

#[test]
fn iterm_gets_a_png_in_cells() {
    let mut pixels = Pixels::new(Images::Iterm, None);
    let text = frame(&mut pixels, &[picture(0, 1, (24, 12), (4, 8), 0)]);
    let (keys, data) = text
        .strip_prefix("\x1b7\x1b[2;1H\x1b]1337;File=")
        .and_then(|t| t.strip_suffix("\x07\x1b8"))
        .and_then(|t| t.split_once(':'))
        .expect("a whole sequence");
    let png = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).unwrap();
    let size = format!("size={}", png.len());
    for key in ["inline=1", "width=24", "height=8", &size] {
        assert!(keys.split(';').any(|k| k == key), "{key} in {keys}");
    }
    let decoded = image::load_from_memory(&png).expect("a PNG").to_luma8();
    // Of 64 rows in 12 cells, those of the last eight: 21 to 63.
    assert_eq!(decoded.dimensions(), (64, 43));
    assert_eq!(decoded.get_pixel(5, 0).0[0], ((21 * 64 + 5) % 251) as u8);
}

#[test]
fn kitty_sends_a_picture_once_places_it_and_takes_it_away() {
    let mut pixels = Pixels::new(Images::Kitty, None);
    let (here, there) = (
        picture(3, 2, (12, 6), (0, 6), 0),
        picture(20, 2, (12, 6), (0, 6), 0),
    );
    let first = frame(&mut pixels, std::slice::from_ref(&here));
    assert!(
        first.starts_with("\x1b_Ga=t,f=100,i=1,q=2,m="),
        "{first:.60}"
    );
    assert!(
        first.ends_with("\x1b\\\x1b7\x1b[3;4H\x1b_Ga=p,i=1,p=2,c=12,r=6,C=1,q=2\x1b\\\x1b8"),
        "{first:?}"
    );
    let chunks: Vec<&str> = first.matches("m=0;").collect();
    assert_eq!(chunks.len(), 1, "the last chunk says that it is the last");
    assert_eq!(
        frame(&mut pixels, &[there]),
        "\x1b_Ga=d,d=i,i=1,p=2,q=2\x1b\\\x1b7\x1b[3;21H\x1b_Ga=p,i=1,p=3,c=12,r=6,C=1,q=2\x1b\\\x1b8"
    );
    assert_eq!(frame(&mut pixels, &[]), "\x1b_Ga=d,d=i,i=1,p=3,q=2\x1b\\");
    let mut out = Vec::new();
    pixels.cleared(None, &mut out).expect("memory");
    assert_eq!(out, ERASE_ALL);
    assert!(frame(&mut pixels, &[here]).contains("a=t"), "sent again");
}

#[test]
fn kitty_keeps_a_bounded_number_of_pictures() {
    let mut pixels = Pixels::new(Images::Kitty, None);
    let (mut sent, mut freed) = (0, 0);
    for n in 0..300 {
        let mut shown = picture(0, 0, (14, 7), (0, 7), 0);
        shown.raster.pixels[..2].copy_from_slice(&[[(n % 256) as u8; 3], [(n / 256) as u8; 3]]);
        let text = frame(&mut pixels, &[shown]);
        sent += text.matches("a=t,").count();
        freed += text.matches("d=I,").count();
    }
    assert_eq!((sent, freed), (300, 300 - 256));
}

#[test]
fn no_more_pixels_are_sent_than_the_cells_have() {
    let large = Picture {
        raster: Raster {
            width: 320,
            height: 240,
            pixels: vec![[9; 3]; 320 * 240],
        },
        ..picture(0, 0, (8, 4), (0, 4), 0)
    };
    let wide = Picture {
        raster: large.raster.clone(),
        ..picture(0, 0, (16, 8), (0, 8), 0)
    };
    let sent = small(&wide, (10, 20));
    assert_eq!((sent.width, sent.height), (160, 160));
    assert_eq!(small(&wide, (100, 100)).width, 320);
    let thumbnail = small(&large, (10, 20));
    assert_eq!((thumbnail.width, thumbnail.height), (48, 48));
    assert_eq!(small(&large, (4, 8)).width, 32, "never enlarged");
}

/// A picture in soft colours, as faces have them, in `whole` cells.
fn coloured(whole: (u16, u16)) -> Picture {
    let wave = |at: usize, period: f32| ((at as f32 / period).sin() * 60.0 + 150.0) as u8;
    let pixel = |i: usize| {
        let (x, y) = (i % 112, i / 112);
        [wave(x + y, 17.0), wave(x + 40, 23.0), wave(y, 11.0)]
    };
    Picture {
        raster: Raster {
            width: 112,
            height: 112,
            pixels: (0..112 * 112).map(pixel).collect(),
        },
        ..picture(0, 0, whole, (0, whole.1), 0)
    }
}

#[test]
fn colours_are_sent_as_such_and_a_page_of_thumbnails_stays_small() {
    let shown = coloured((12, 6));
    let sent = small(&shown, (10, 20));
    assert!(!sent.is_grey() && (sent.width, sent.height) == (32, 32));
    let png = encode::png(&sent).expect("memory");
    let decoded = image::load_from_memory(&png).expect("a PNG");
    assert_eq!(decoded.color(), image::ColorType::Rgb8);
    assert_eq!(decoded.to_rgb8().get_pixel(3, 9).0, sent.pixels[9 * 32 + 3]);
    let mut pixels = Pixels::new(Images::Kitty, None);
    let bytes = frame(&mut pixels, &[shown]).len();
    assert!(15 * bytes <= 40 << 10, "{bytes} bytes for one of fifteen");
}

#[test]
fn a_sixel_picture_in_colour_has_few_registers_near_its_colours() {
    let raster = coloured((12, 6)).raster;
    let palette = palette::Palette::of(&raster);
    let registers: Vec<[u32; 3]> = palette.percents().collect();
    assert!(registers.len() <= 64);
    for pixel in &raster.pixels {
        let shown = registers[usize::from(palette.nearest(*pixel))];
        let off = pixel.iter().zip(shown);
        let off = off.map(|(&value, percent)| (u32::from(value) * 100 / 255).abs_diff(percent));
        assert!(off.max().unwrap_or(0) <= 15, "{pixel:?} became {shown:?}");
    }
    let mut out = Vec::new();
    encode::sixel(&raster, &mut out).expect("memory");
    let text = String::from_utf8(out).expect("text");
    let used = text.matches(";2;").count();
    assert!((2..=64).contains(&used), "{used} registers");
}
