//! Any bytes as a MATLAB file: they are refused, or give 400 pictures.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::data::olivetti;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pictures) = olivetti::decode(bytes) {
        assert_eq!(pictures.len(), 400);
    }
});
