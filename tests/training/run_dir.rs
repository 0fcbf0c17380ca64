//! The files of a run.

use super::*;

#[test]
fn a_run_directory_refuses_what_it_should() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    train(&dir, recipe(1), &mut quiet);
    let taken = RunDir::create(&dir, &recipe(1)).unwrap_err().to_string();
    assert!(
        taken.contains("already holds a run") && taken.contains("--resume"),
        "{taken}"
    );
    let missing = RunDir::open(home.path()).unwrap_err().to_string();
    assert!(missing.contains("holds no run"), "{missing}");
    // Other data than it was trained on.
    let mut other = faces();
    other.people[0].name = "somebody".to_owned();
    let run = RunDir::open(&dir).unwrap();
    let error = Session::resume(&other, recipe(2), run)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("is not what this run was trained on"),
        "{error}"
    );
    // A damaged model.
    let best = dir.join("best.safetensors");
    let bytes = std::fs::read(&best).unwrap();
    for (damage, why) in [
        (&bytes[..bytes.len() / 2], "not a usable model"),
        (&b"hello"[..], "not a usable model"),
    ] {
        std::fs::write(&best, damage).unwrap();
        let error = RunDir::open(&dir).unwrap().best().unwrap_err().to_string();
        assert!(
            error.contains(why) && error.contains("best.safetensors"),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_a_run_leaves_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    train(&dir, recipe(1), &mut quiet);
    let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
