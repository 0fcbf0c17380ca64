use std::fs;
use std::path::Path;

use twinsight::internals::files::{FileReason, create_private_dir, read_limited, write_private};

use crate::scratch;

#[test]
fn what_is_written_is_read() {
    let folder = scratch();
    let path = folder.path().join("a/b/c.bin");
    write_private(&path, b"first").unwrap();
    write_private(&path, b"second").unwrap();
    assert_eq!(read_limited(&path, 6).unwrap(), b"second");
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing temporary stays behind");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = scratch();
    let path = folder.path().join("private/file");
    write_private(&path, b"x").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    // Also where a file existed that others could read.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    write_private(&path, b"y").unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_failed_write_leaves_everything_as_it_was() {
    let folder = scratch();
    let path = folder.path().join("taken");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("inside"), "kept").unwrap();
    let error = write_private(&path, b"x").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("taken: it is a folder, not a file"),
        "{error}"
    );
    assert_eq!(fs::read(path.join("inside")).unwrap(), b"kept");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    for error in [
        write_private(&file.join("below"), b"x").unwrap_err(),
        create_private_dir(&file).unwrap_err(),
    ] {
        assert!(matches!(error.reason, FileReason::NotFolder), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"kept");
}

#[test]
fn only_files_of_reasonable_size_are_read() {
    let folder = scratch();
    let path = folder.path().join("file");
    fs::write(&path, [0; 100]).unwrap();
    assert_eq!(read_limited(&path, 100).unwrap().len(), 100);
    let message = |path: &Path, limit| read_limited(path, limit).unwrap_err().to_string();
    assert!(
        message(&path, 99)
            .ends_with("file: it is larger than 99 bytes, the most that is read here")
    );
    assert!(message(folder.path(), 99).ends_with("it is a folder, not a file"));
    assert!(
        message(&folder.path().join("nothing"), 99).ends_with("nothing: there is no such file")
    );
    assert!(message(&path.join("below"), 99).ends_with("it is not a folder"));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_not_waited_for() {
    let folder = scratch();
    let path = folder.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    for path in [&path, Path::new("/dev/zero")] {
        let error = read_limited(path, 99).unwrap_err();
        assert!(matches!(error.reason, FileReason::Special), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_forbidden_file_is_told_as_such() {
    use std::os::unix::fs::PermissionsExt;
    let folder = scratch();
    let path = folder.path().join("secret");
    fs::write(&path, "x").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    match read_limited(&path, 99) {
        Err(error) => assert!(
            error.to_string().ends_with("secret: permission denied"),
            "{error}"
        ),
        // The superuser can read every file.
        Ok(bytes) => assert_eq!(bytes, b"x"),
    }
}
