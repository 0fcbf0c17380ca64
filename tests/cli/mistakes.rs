//! Bad usage, bad files, and a closed output.

use std::path::Path;

use crate::harness::{Home, contents};

const COMMANDS: [&str; 17] = [
    "train",
    "evaluate",
    "pairs",
    "verify",
    "detect",
    "enroll",
    "forget",
    "people",
    "data",
    "export",
    "bench",
    "doctor",
    "licences",
    "runs",
    "config",
    "completions",
    "man",
];

#[test]
fn every_command_explains_itself() {
    let home = Home::new();
    let all = home.call("--help").succeeds().text();
    for command in COMMANDS {
        assert!(all.contains(command), "{command}");
        let help = home.call(&format!("{command} --help")).succeeds().text();
        assert!(help.contains("Usage: twinsight"), "{help}");
    }
    assert!(
        !home.path("state").exists(),
        "asking for help leaves nothing behind"
    );
}

#[test]
fn bad_usage_exits_with_2_and_quotes_the_flag() {
    let home = Home::new();
    let photo = home.photo("1.png", 0);
    let cases: [(&str, &[&str], &str); 18] = [
        ("fly", &[], "fly"),
        ("train --fast", &[], "--fast"),
        ("train --preset huge", &[], "compact, tutorial"),
        (
            "train --epochs 0",
            &[],
            "epochs is 0; allowed is a whole number from 1",
        ),
        ("train --epochs many", &[], "--epochs"),
        ("train --seed -1", &[], "-1"),
        ("train --threads 0", &[], "threads is 0"),
        ("pairs --split all", &[], "train, val, test"),
        ("verify", &[], "<PHOTO>"),
        ("verify --threshold 1.5", &[&photo], "a number from 0 to 1"),
        ("verify --threshold NaN", &[&photo], "a number from 0 to 1"),
        ("verify --fmr 1", &[&photo], "such as 1% or 0.01"),
        (
            "verify --fmr 1% --threshold 0.5",
            &[&photo],
            "cannot be used with",
        ),
        ("bench step --runs 0", &[], "--runs"),
        ("enroll Anna", &[], "<PHOTO>"),
        ("enroll Anna --from x", &[&photo], "cannot be used with"),
        ("verify --face 0", &[&photo], "--face"),
        (
            "verify --detector haar",
            &[&photo],
            "the model builtin was made for faces that YuNet finds",
        ),
    ];
    for (line, more, why) in cases {
        home.call_with(line, more).misused(why);
    }
}

#[test]
fn without_a_terminal_the_screens_name_the_commands() {
    Home::new().call("").fails("twinsight train");
}

#[test]
fn sources_that_are_none() {
    let home = Home::new();
    home.call("data check nowhere")
        .fails("nowhere")
        .says("no such file");
    home.call("data check nowhere.mat").fails("nowhere.mat");
    let mat = home.file("x.mat", b"MATLAB 5.0 MAT-file");
    home.call_with("train --data", &[&mat])
        .fails("does not hold the Olivetti faces");
    std::fs::create_dir(home.path("empty")).unwrap();
    home.call("train --data empty").fails("holds no people");
    let alone = home.photo("alone/p/1.png", 0);
    home.call_with("train --data", &[alone.trim_end_matches("/p/1.png")])
        .fails("error: ");
    assert!(
        !home.path("data/runs").exists(),
        "what cannot be trained leaves no run"
    );
}

/// Each gives one sentence and exit code 1.
#[test]
fn photos_that_are_none() {
    let home = Home::new();
    let fixture = |name| std::fs::read(Path::new("tests/data/fixtures").join(name)).unwrap();
    let jpeg = fixture("plain.jpg");
    std::fs::create_dir(home.path("folder")).unwrap();
    for (name, bytes, why) in [
        ("empty.png", b"".as_slice(), "it is empty"),
        ("x.gif", b"GIF89a", "it ends in the middle"),
        ("x.webp", b"RIFF\xff\0\0\0WEBPVP8L", "it ends in the middle"),
        ("letter.pdf", b"%PDF-1.4", "it is a PDF document"),
        (
            "page.jpg",
            b"<!DOCTYPE html><html></html>",
            "it is a web page",
        ),
        ("text.jpg", b"hello", "not a picture"),
        ("zero.pgm", b"P5 0 0 255\n", "it has 0 × 0 pixels, too few"),
        ("one.pgm", b"P5 1 1 255\nx", "it has 1 × 1 pixels, too few"),
        (
            "huge.pgm",
            b"P5 30000 30000 255\n",
            "it has 30000 × 30000 pixels, too many",
        ),
        ("torn.jpg", &jpeg[..jpeg.len() / 2], "it ends in the middle"),
    ] {
        refused(&home, &home.file(name, bytes), why);
    }
    refused(&home, "nowhere.png", "there is no such file");
    refused(
        &home,
        "folder",
        "a folder without JPEG, PNG, WebP, TIFF, BMP, GIF or PGM files",
    );
}

fn refused(home: &Home, photo: &str, why: &str) {
    let ended = home.call_with("verify --json", &[photo]).fails(why);
    let errors = ended.says(photo).errors();
    assert_eq!(errors.lines().count(), 1, "{errors}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let home = Home::new();
    let pipe = home.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    refused(&home, pipe.to_str().unwrap(), "a pipe");
}

#[test]
fn a_damaged_model_is_named_and_left_alone() {
    let home = Home::trained();
    let photo = home.photo("1.png", 0);
    let model = home.run().join("best.safetensors");
    let whole = std::fs::read(&model).unwrap();
    std::fs::write(&model, &whole[..whole.len() / 2]).unwrap();
    let before = contents(&home.path("data"));
    home.call_with("verify --json", &[&photo])
        .fails("best.safetensors is not a usable model");
    home.call("evaluate")
        .fails("best.safetensors is not a usable model");
    assert_eq!(contents(&home.path("data")), before);
    home.call_with("verify --run nowhere", &[&photo])
        .fails("holds no run");
}

#[test]
fn a_mistake_in_the_configuration_is_found_by_line_and_column() {
    let home = Home::new();
    home.file("config/config.ron", b"(\n    epoch: 3,\n)");
    home.call("people")
        .fails("config.ron:2:5: there is no setting \"epoch\"");
    home.file("config/config.ron", b"(seed: 9)");
    let configured = home.call("pairs --json").succeeds().json();
    assert_eq!(
        configured,
        home.call("pairs --json --seed 9").succeeds().json()
    );
    assert_ne!(
        configured,
        home.call("pairs --json --seed 0").succeeds().json(),
        "a flag overrides the file"
    );
}

#[test]
fn a_closed_output_is_no_failure() {
    let home = Home::new();
    let mut child = home.command().args(["pairs", "--json"]).spawn().unwrap();
    // The reading end of the pipe is closed.
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn kernels_are_chosen_by_the_environment_or_refused() {
    let home = Home::new();
    let doctor = |kernels: &str| {
        let mut command = home.command();
        let ended = command
            .args(["doctor", "--json"])
            .env("TWINSIGHT_KERNELS", kernels);
        ended.output().unwrap()
    };
    let told: serde_json::Value = serde_json::from_slice(&doctor("portable").stdout).unwrap();
    assert_eq!(told["kernels"], "portable");
    let refused = doctor("abacus");
    assert_eq!(refused.status.code(), Some(2));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(
        why.contains("unknown kernels `abacus` in TWINSIGHT_KERNELS: use auto"),
        "{why}"
    );
}
