//! Folders, paths and files as people really have them.

use crate::harness::Home;

const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

#[test]
fn a_folder_of_one_person_is_called_so() {
    let home = Home::new();
    for picture in 0..3 {
        home.photo(&format!("one/anna/{picture}.png"), picture);
    }
    let why = "there is one person; two are needed to train";
    let one = home.path("one").to_str().unwrap().to_owned();
    let text = home.call_with("data check", &[&one]).succeeds().text();
    assert!(text.contains(why), "{text}");
    let report = home
        .call_with("data check --json", &[&one])
        .succeeds()
        .json();
    assert_eq!(report["warnings"][0]["kind"], "few_people");
    assert_eq!(report["warnings"][0]["why"], why);
    assert_eq!(report["counts"]["few_people"], 1);
    assert_eq!(report["kinds"]["PNG picture"], 3);
    home.call_with("train --epochs 1 --json --data", &[&one])
        .fails(why);
}

#[test]
fn what_lies_in_the_wrong_place_is_named() {
    let home = Home::new();
    home.file("loose/1.HEIC", HEIC);
    home.file("loose/2.HEIC", HEIC);
    home.file("loose/._2.HEIC", b"\0\x05\x16\x07");
    let loose = home.path("loose").to_str().unwrap().to_owned();
    home.call_with("data check", &[&loose])
        .fails("2 HEIC photos lie loose in it; put each person's pictures into a sub-folder");
    home.photo("set/train/anna/1.png", 0);
    home.photo("set/val/boris/1.png", 10);
    let set = home.path("set").to_str().unwrap().to_owned();
    home.call_with("train --epochs 1 --data", &[&set])
        .fails(&format!(
            "its people lie one folder deeper: name {set}/train or {set}/val"
        ));
    home.call_with("verify", &[&home.file("phone.heic", HEIC)])
        .fails("it is a HEIC photo; convert it to JPEG");
}

#[test]
fn paths_are_read_as_shells_and_terminals_write_them() {
    let home = Home::new();
    home.photo("my faces/anna/1.png", 0);
    home.photo("my faces/boris/1.png", 10);
    let folder = home.path("my faces").to_str().unwrap().to_owned();
    for path in [
        "~/my faces".to_owned(),
        format!("'{folder}'"),
        format!("file://{}", folder.replace(' ', "%20")),
    ] {
        let mut command = home.command();
        command
            .env("HOME", home.path(""))
            .args(["data", "check", "--json", &path]);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && text.contains("\"people\": 2"),
            "{path}: {text}"
        );
    }
    home.file("config/config.ron", b"\xef\xbb\xbf(data: \"~/my faces\")\n");
    let mut command = home.command();
    let output = command
        .env("HOME", home.path(""))
        .args(["data", "list", "--json"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && text.contains("\"people\": 42"),
        "{text}"
    );
}

#[test]
fn doctor_tells_what_terminal_and_file_system_have() {
    let home = Home::new();
    let mut command = home.command();
    let output = command
        .env("LC_ALL", "C")
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["locale"]["name"], "C");
    if cfg!(target_os = "linux") {
        assert_eq!(report["locale"]["glyphs"], "ascii");
    }
    for storage in report["storage"].as_array().unwrap() {
        assert_eq!(
            (&storage["locks"], &storage["fsync"]),
            (&true.into(), &true.into())
        );
    }
    let text = home.call("doctor").succeeds().text();
    for row in [
        "locale ",
        "glyphs ",
        "data folder ",
        "log folder ",
        "cache folder ",
    ] {
        assert!(text.contains(row), "{text}");
    }
}

/// Windows, macOS and network drives put files and folders beside the user's.
#[test]
fn what_systems_put_into_folders_is_nobody_and_no_picture() {
    let home = Home::new();
    for (person, image) in [("anna", 0), ("boris", 10)] {
        home.photo(&format!("set/{person}/1.png"), image);
        home.file(&format!("set/{person}/Thumbs.db"), b"\xd0\xcf\x11\xe0");
        home.file(&format!("set/{person}/desktop.ini"), b"[.ShellClassInfo]");
        home.file(&format!("set/{person}/.DS_Store"), b"\0\0\0\x01Bud1");
        home.photo(&format!("set/{person}/@eaDir/SYNO_THUMB.png"), image);
    }
    home.photo("set/@eaDir/anna/1.png", 0);
    home.file("set/__MACOSX/anna/._1.png", b"\0\x05\x16\x07");
    home.photo("set/$RECYCLE.BIN/1.png", 20);
    let checked = home.call("data check --json set").succeeds().json();
    assert_eq!(
        (&checked["people"], &checked["images"]),
        (&2.into(), &2.into())
    );
    assert_eq!(checked["refused"], serde_json::json!([]));
    let found = home.call("detect set/anna").succeeds();
    assert_eq!(found.errors(), "");
    let enrolled = home.call("enroll --from set --json").succeeds().json();
    assert_eq!(enrolled["enrolled"].as_array().unwrap().len(), 2);
    assert_eq!(enrolled["refused"], serde_json::json!([]));
}

#[test]
fn a_training_says_how_many_pictures_show_no_face() {
    let home = Home::new();
    let data = home.small_data();
    let mut grey = b"P5 90 90 255\n".to_vec();
    grey.extend([120; 90 * 90]);
    for number in 0..3 {
        home.file(&format!("small/p1/cup{number}.pgm"), &grey);
    }
    let told = "35 pictures, of these 3 without a face; `twinsight data check ";
    home.call_with("train --epochs 1 --json --data", &[&data])
        .succeeds()
        .says(told);
    let listed = home
        .call_with("data check --json", &[&data])
        .succeeds()
        .json();
    assert_eq!(listed["counts"]["no_face"], 3, "as it says");
}

#[cfg(unix)]
#[test]
fn files_of_any_name_and_with_a_second_picture_are_read() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    let jpeg = {
        let photo = crate::harness::orl()
            .photo(twinsight::units::ImageId(3))
            .unwrap();
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = photo.grey();
        picture
            .write_to(&mut bytes, image::ImageFormat::Jpeg)
            .unwrap();
        bytes.into_inner()
    };
    // As in the MPO files of cameras with two lenses; and one that a recovery filled up with zeros.
    let two = [&jpeg[..], &jpeg].concat();
    let padded = [&jpeg[..], &[0; 4096]].concat();
    let names: [(&[u8], &[u8]); 4] = [
        (b"two.mpo", &two),
        (b"padded.jpg", &padded),
        (b"line\nbreak.jpg", &jpeg),
        (b"caf\xe9.jpg", &jpeg),
    ];
    std::fs::create_dir(home.path("set")).unwrap();
    for (name, bytes) in names {
        let path = home.path("set").join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(&path, bytes).unwrap();
        let output = home
            .command()
            .arg("verify")
            .arg("--json")
            .arg(&path)
            .output()
            .unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["photos"][0]["best"], "s01", "{name:?}");
    }
    let text = home.call("detect set").succeeds().text();
    assert_eq!(
        text.lines().count(),
        8,
        "a line for each photo and for its face: {text}"
    );
    assert!(text.contains("set/line\u{fffd}break.jpg: 1 face"), "{text}");
}
