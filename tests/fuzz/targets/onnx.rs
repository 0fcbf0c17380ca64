//! Any bytes as an ONNX file: no panic, bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::internals::onnx::{Session, Wanted};

fuzz_target!(|bytes: &[u8]| {
    let wanted = Wanted {
        input: &[1, 3, 4, 4],
        output: &[1, 2],
    };
    let _ = Session::from_untrusted(bytes, &wanted);
});
