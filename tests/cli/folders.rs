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
