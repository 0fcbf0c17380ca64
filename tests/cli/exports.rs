//! `export`: what is written, where, for whom. What the files hold is checked by `tests/exports/check.py`.

use crate::harness::{Home, keys};

/// The header of an npy file.
fn header(bytes: &[u8]) -> String {
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    String::from_utf8_lossy(&bytes[10..128]).into_owned()
}

#[test]
fn the_former_words_still_work() {
    let home = Home::trained();
    let report = home
        .call("export safetensors out/w.safetensors --json")
        .succeeds()
        .json();
    assert_eq!(keys(&report), ["files"]);
    assert_eq!(report["files"][0], "out/w.safetensors");
    let bytes = std::fs::read(home.path("out/w.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert!(tensors.names().len() > 4);
    home.call("export safetensors out/w.safetensors")
        .fails("--force");
    let kept = std::fs::read(home.path("out/w.safetensors")).unwrap();
    assert_eq!(kept, bytes);
    home.call("export safetensors out/w.safetensors --force")
        .succeeds();

    home.call("export npy e.npy").succeeds();
    let bytes = std::fs::read(home.path("e.npy")).unwrap();
    let header = header(&bytes);
    assert!(
        header.contains("'descr': '<f4'") && header.contains("'shape': (400, 128"),
        "{header}"
    );
    let rows = std::fs::read_to_string(home.path("e.csv")).unwrap();
    let lines: Vec<&str> = rows.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[13]),
        (401, "row,person,picture", "12,s02,s02/3")
    );
    home.call("export npy e.npy").fails("--force");
    home.call("export npy e.csv --force").fails("labels");
}

#[test]
fn an_onnx_file_is_written_with_what_it_takes() {
    let home = Home::trained();
    home.call("export onnx --run 1 n.onnx").succeeds();
    let data = home.small_data();
    home.call_with("export inputs n.npy --run 1 --data", &[&data])
        .succeeds();
    let inputs = header(&std::fs::read(home.path("n.npy")).unwrap());
    assert!(inputs.contains("(32, 1, 64, 64"), "{inputs}");
    let said = home
        .call("export onnx h.onnx --run builtin")
        .succeeds()
        .errors();
    assert!(said.contains("takes the 128 features of SFace"), "{said}");
    home.call_with("export inputs h.npy --run builtin --data", &[&data])
        .succeeds();
    let features = header(&std::fs::read(home.path("h.npy")).unwrap());
    assert!(features.contains("(32, 128"), "{features}");
}

#[test]
fn the_gallery_is_exported_with_its_names() {
    let home = Home::new();
    home.call("export embeddings g.npy --gallery")
        .fails("nobody is enrolled");
    let photo = home.photo("anna.png", 7);
    home.call_with("enroll Anna", &[&photo]).succeeds();
    home.call("export embeddings g.npy --gallery").succeeds();
    let rows = std::fs::read_to_string(home.path("g.csv")).unwrap();
    assert_eq!(rows, "row,person,picture\n0,Anna,anna.png\n");
    let bytes = std::fs::read(home.path("g.npy")).unwrap();
    assert!(header(&bytes).contains("(1, 128"));
    home.call("export embeddings x.npy --gallery --data orl")
        .misused("cannot be used with");
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_half_file() {
    let home = Home::trained();
    let mut child = home
        .command()
        .args(["export", "embeddings", "out/e.npy"])
        .spawn()
        .unwrap();
    // The files are begun before the first face is embedded.
    let files = || std::fs::read_dir(home.path("out")).map_or(0, Iterator::count);
    while files() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it ended already");
        std::thread::yield_now();
    }
    let signal = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.ends_with("stopped; nothing was written\n"), "{told}");
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(files(), 0);
}

#[test]
fn figures_are_exported_in_the_format_of_the_ending() {
    let home = Home::trained();
    home.call("export metrics m.csv").succeeds();
    let text = std::fs::read_to_string(home.path("m.csv")).unwrap();
    let of_run = std::fs::read_to_string(home.path("data/runs/0001-compact/metrics.csv")).unwrap();
    let lines = text.lines().zip(of_run.lines());
    let mut rows = 0;
    for (exported, own) in lines {
        let (run, rest) = exported.split_once(',').unwrap();
        assert!(["run", "0001-compact"].contains(&run));
        assert_eq!(rest, own);
        rows += 1;
    }
    assert_eq!(rows, 2);
    home.call("export metrics m.svg --run 1 --run 1").succeeds();
    let svg = std::fs::read_to_string(home.path("m.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains(">Validation EER<"));
    let report = home.call("export metrics events --json").succeeds().json();
    let file = report["files"][0].as_str().unwrap();
    assert!(
        file.starts_with("events/0001-compact/events.out.tfevents."),
        "{file}"
    );
    home.call("export tensorboard events").fails("--force");
    home.call("export tensorboard twice --run 1 --run best")
        .misused("two of the runs have one name");
    home.call("export metrics m.txt").misused(".csv or .svg");
    home.call("export metrics m.txt --format csv").succeeds();
}

#[cfg(unix)]
#[test]
fn exports_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let home = Home::trained();
    for line in [
        "onnx x.onnx",
        "npy x.npy",
        "csv y.csv",
        "svg x.svg",
        "tensorboard t",
    ] {
        let report = home
            .call(&format!("export {line} --json"))
            .succeeds()
            .json();
        for file in report["files"].as_array().unwrap() {
            let mode = std::fs::metadata(home.path(file.as_str().unwrap()))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0, "{file}");
        }
    }
}
