//! Tests of embedding a gallery in parts, and of reading its embeddings one after another.

use std::cell::RefCell;
use std::ops::Range;

use crate::gallery::tests::{Home, embed, photo};
use crate::gallery::{Gallery, GalleryError};
use crate::model::Embedding;
use crate::vision::Face;

/// Anna with two photos and Bea with one, in one file or in several.
fn gallery(home: &Home, large: bool) -> Gallery {
    let mut gallery = home.open();
    if large {
        gallery.keep_in_one_file(1);
    }
    let mut add = |name: &str, shades: &[f32]| {
        let photos = shades
            .iter()
            .map(|&shade| photo(&format!("{shade}.png"), shade));
        gallery.add(name, photos.collect(), &home.dataset).unwrap();
    };
    add("Bea", &[0.75]);
    add("Anna", &[0.25, 0.5]);
    assert_eq!(gallery.is_large(), large);
    gallery
}

fn all(faces: &[Face], _: Range<usize>) -> Option<Vec<Embedding>> {
    Some(embed(faces))
}

fn nothing(_: &[Face], _: Range<usize>) -> Option<Vec<Embedding>> {
    panic!("every photo has an embedding")
}

/// Name, photo and first number of each embedding.
fn rows(
    gallery: &mut Gallery,
    embed: impl Fn(&[Face], Range<usize>) -> Option<Vec<Embedding>>,
) -> Result<Vec<(String, String, f32)>, GalleryError> {
    let mut rows = Vec::new();
    gallery.each_embedding("m", embed, |person, photo, embedding| {
        rows.push((person.name.clone(), photo.file.clone(), embedding.0[0]));
        Ok::<_, GalleryError>(())
    })?;
    Ok(rows)
}

#[test]
fn embeddings_come_one_after_another_and_are_made_once() {
    for large in [false, true] {
        let home = Home::new();
        let mut gallery = gallery(&home, large);
        let told = RefCell::new(Vec::new());
        let tell = |faces: &[Face], at: Range<usize>| {
            told.borrow_mut().push((faces.len(), at));
            all(faces, 0..0)
        };
        let found = rows(&mut gallery, tell).unwrap();
        let row = |name: &str, shade: f32| (name.to_owned(), format!("{shade}.png"), shade);
        assert_eq!(
            found,
            [row("Anna", 0.25), row("Anna", 0.5), row("Bea", 0.75)]
        );
        assert_eq!(told.into_inner(), [(3, 0..3)]);
        if large {
            // No face is read where every template is there.
            std::fs::remove_file(gallery.path().with_extension("faces")).unwrap();
        }
        assert_eq!(rows(&mut home.open(), nothing).unwrap(), found);
        home.open().embed_missing("m", nothing).unwrap();
    }
}

#[test]
fn stopping_keeps_the_gallery_as_it_is() {
    for large in [false, true] {
        let home = Home::new();
        let mut gallery = gallery(&home, large);
        let stopped = gallery.embed_missing("m", |_, _| None);
        assert!(matches!(stopped, Err(GalleryError::Stopped)));
        let stopped = rows(&mut gallery, |_, _| None);
        assert!(matches!(stopped, Err(GalleryError::Stopped)));
        assert_eq!(rows(&mut gallery, all).unwrap().len(), 3);
    }
}

#[test]
fn the_first_error_of_a_visit_ends_it() {
    for large in [false, true] {
        let home = Home::new();
        let mut visited = 0;
        let ended = gallery(&home, large).each_embedding("m", all, |_, _, _| {
            visited += 1;
            Err(GalleryError::NoPhotos)
        });
        assert!(matches!(ended, Err(GalleryError::NoPhotos)));
        assert_eq!(visited, 1);
    }
}

#[test]
fn a_damaged_template_is_computed_from_its_face() {
    let home = Home::new();
    let mut first = gallery(&home, true);
    let found = rows(&mut first, all).unwrap();
    drop(first);
    let file = std::fs::read_dir(home.dir()).unwrap();
    let file = file.map(|entry| entry.unwrap().path());
    let ends = |path: &std::path::PathBuf| path.extension().is_some_and(|e| e == "templates");
    let file = file.into_iter().find(ends).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    // In the values of the last row, before what fills the segment up to 64 bytes.
    let at = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let made = RefCell::new(0);
    let count = |faces: &[Face], at: Range<usize>| {
        *made.borrow_mut() += faces.len();
        all(faces, at)
    };
    assert_eq!(rows(&mut home.open(), count).unwrap(), found);
    assert!((1..=2).contains(&made.into_inner()), "those of one person");
}
