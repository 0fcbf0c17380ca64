//! Any names and bytes as the files of a folder of people: it is read or refused in one line, and can be checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::data::{Dataset, Source, check};
use twinsight::vision::{Crop, Preparation};

fuzz_target!(|files: Vec<(String, Vec<u8>)>| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files.iter().take(8) {
        // Names stay inside the folder, and have three parts at most.
        let parts = name.split('/').filter(|part| !matches!(*part, "" | "." | "..") && !part.contains('\0'));
        let path = parts.take(3).fold(folder.path().to_path_buf(), |path, part| path.join(part));
        if path == folder.path() {
            continue;
        }
        let _ = path.parent().map(std::fs::create_dir_all);
        let _ = std::fs::write(&path, content);
    }
    let source = Source::Folder(folder.path().into());
    match Dataset::open(&source, &Preparation::of(Crop::Whole)) {
        Ok(faces) => {
            let known = check::known_warnings(&faces).into_iter().map(|warning| warning.why);
            let found = check::all_warnings(&faces).into_iter().map(|warning| warning.why);
            for why in known.chain(found) {
                assert!(!why.is_empty() && !why.contains('\n'), "{why}");
            }
        }
        Err(refused) => {
            let why = refused.to_string();
            assert!(!why.contains(char::is_control), "{why}");
        }
    }
});
