use twinsight::backbone::Backbone;
use twinsight::data::{Dataset, Source};
use twinsight::units::{ImageId, PersonId};
use twinsight::vision::{Crop, Preparation, Rect};

#[test]
fn everybody_is_there_under_the_right_name() {
    let orl = Dataset::open(&Source::Orl, &Preparation::default()).unwrap();
    assert_eq!(
        (orl.people.len(), orl.images.len(), orl.refused.len()),
        (40, 400, 0)
    );
    let names: Vec<_> = orl
        .people
        .iter()
        .map(|person| person.name.as_str())
        .collect();
    assert_eq!((names[0], names[9], names[39]), ("s01", "s10", "s40"));
    for (index, picture) in orl.images.iter().enumerate() {
        assert_eq!(picture.person, PersonId(index / 10));
        assert_eq!(
            picture.label,
            format!("s{:02}/{}", index / 10 + 1, index % 10 + 1)
        );
        assert_eq!(
            orl.person(picture.person).images[index % 10],
            ImageId(index)
        );
        assert_eq!(picture.size, (92, 112));
    }
}

#[test]
fn a_face_is_its_photo_prepared() {
    let preparation = Preparation::of(Crop::Centre);
    let orl = Dataset::open(&Source::Orl, &preparation).unwrap();
    let image = ImageId(62);
    let photo = orl.photo(image).unwrap();
    assert_eq!(&preparation.prepare(&photo).face, orl.face(image));
    assert_eq!(
        orl.picture(image).area,
        Rect {
            x: 0,
            y: 10,
            width: 92,
            height: 92
        }
    );
    assert_eq!(orl.person(orl.person_of(image)).name, "s07");
}

#[test]
fn the_fingerprint_tells_preparations_apart_and_nothing_else() {
    let fingerprint = |crop| {
        Dataset::open(&Source::Orl, &Preparation::of(crop))
            .unwrap()
            .fingerprint()
    };
    assert_eq!(fingerprint(Crop::Whole), fingerprint(Crop::Whole));
    assert_ne!(fingerprint(Crop::Whole), fingerprint(Crop::Centre));
    assert_eq!(fingerprint(Crop::Whole).len(), 64);
}

#[test]
fn features_of_the_built_in_backbone_are_there_without_asking_it() {
    let preparation = Preparation::for_backbone(Backbone::built_in_id().hash);
    let mut fastest = std::time::Duration::MAX;
    for _ in 0..5 {
        let begun = std::time::Instant::now();
        let orl = Dataset::open(&Source::Orl, &preparation).unwrap();
        fastest = fastest.min(begun.elapsed());
        for picture in &orl.images {
            let features = picture.face.features().expect("features");
            let length: f32 = features.iter().map(|value| value * value).sum();
            assert!(features.len() == 128 && (length - 1.0).abs() < 1e-3);
            assert!(picture.face.colour().is_none() && picture.landmarks.is_some());
        }
    }
    println!("opened in {fastest:?}");
    // The networks would take seconds.
    assert!(fastest.as_millis() < 500, "{fastest:?}");
}

#[test]
fn a_face_that_was_cut_close_is_taken_whole() {
    let close = Preparation::of(Crop::Close);
    let faces = Dataset::open(&Source::Orl, &close).unwrap();
    let mut whole = 0;
    for picture in faces.images.iter().step_by(5) {
        assert!(!picture.fallback, "{}", picture.label);
        assert!(picture.area.width < 92 && picture.area.height < 112);
        let cut = picture.face.to_image();
        let again = close.prepare(&cut.clone().into());
        if (again.area.width, again.area.height) == (64, 64) && !again.fallback {
            assert_eq!(again.face.to_image(), cut);
            whole += 1;
        }
    }
    assert!(whole >= 79, "{whole} of 80");
}
