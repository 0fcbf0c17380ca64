//! Any bytes as a photo: they are refused, or give a picture that can be prepared.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::vision::{Photo, gray};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = gray::decode(bytes) {
        assert!(picture.width() > 0 && picture.height() > 0);
        let photo = Photo::decode(bytes).expect("what can be decoded in grey can be decoded");
        assert_eq!(photo.dimensions(), picture.dimensions());
    }
});
