//! Checkpoints that are incomplete, damaged or malicious, and names with escape sequences.

use std::path::Path;

use crate::harness::{Home, ended_well, failed, nothing_is_lost};

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_torn_checkpoint_falls_back_to_the_one_before_and_says_so() {
    let home = Home::halved();
    let newest = home.path("run/checkpoint.safetensors");
    let bytes = std::fs::read(&newest).unwrap();
    write(&newest, &bytes[..bytes.len() - 100]);
    nothing_is_lost(&home.path("run"));
    let told = home.resumed();
    assert!(told.contains("checkpoint.safetensors is damaged"), "{told}");
    assert!(
        told.contains("going on from the one before, after epoch"),
        "{told}"
    );
    assert!(home.path("run/damaged.safetensors").exists());
    let log = std::fs::read_to_string(home.path("run/events.log")).unwrap();
    assert!(
        log.contains("fault: checkpoint.safetensors is damaged"),
        "{log}"
    );
}

#[test]
fn one_flipped_bit_among_the_weights_is_noticed() {
    let home = Home::halved();
    let newest = home.path("run/checkpoint.safetensors");
    let mut bytes = std::fs::read(&newest).unwrap();
    // The lowest bit of one number: without a checksum training would continue with a wrong value.
    let at = bytes.len() - 400;
    bytes[at] ^= 1;
    write(&newest, &bytes);
    let told = home.resumed();
    assert!(told.contains("its checksum does not match"), "{told}");
}

#[test]
fn stopped_between_two_renames_nothing_is_lost() {
    let home = Home::halved();
    let newest = home.path("run/checkpoint.safetensors");
    std::fs::rename(&newest, home.path("run/previous.safetensors")).unwrap();
    assert_eq!(home.resumed(), "");
}

#[test]
fn hostile_checkpoints_are_refused_in_a_sentence() {
    let home = Home::new(2);
    home.train("run");
    let good = std::fs::read(home.path("run/checkpoint.safetensors")).unwrap();
    let length = u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let (header, data) = (
        std::str::from_utf8(&good[8..8 + length]).unwrap(),
        &good[8 + length..],
    );
    let file = |header: &str, data: &[u8]| {
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], header.as_bytes(), data].concat()
    };
    // Without its checksum, so that the later checks are reached.
    let at = header.find("sha256:Some(").unwrap();
    let end = at + header[at..].find("),").unwrap() + 2;
    let open = format!("{}{}", &header[..at], &header[end..]);
    let nan = {
        let mut data = data.to_vec();
        data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        data
    };
    let written = twinsight::model::checkpoint::version_of(&twinsight::Preparation::default(), &[]);
    let version = format!("version:{written}");
    assert!(open.contains(&version));
    let other_shape = open.replacen("[2]", "[1,2]", 1);
    let hostile: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "no safetensors file"),
        (good[..good.len() / 2].to_vec(), "no safetensors file"),
        (u64::MAX.to_le_bytes().to_vec(), "no safetensors file"),
        (
            [&(1u64 << 40).to_le_bytes()[..], b"{}"].concat(),
            "no safetensors file",
        ),
        (file("{}", b""), "not written by this program"),
        (file(&open, &nan), "NaN or infinite"),
        (file(&other_shape, data), "where F32"),
        (
            file(&open.replacen("filters:2", "filters:4000000000", 1), data),
            "filters",
        ),
        (
            file(&open.replacen(&version, "version:99", 1), data),
            "format 99",
        ),
        (
            file(&open.replacen("facts:", "\\u001b[2J:", 1), data),
            "its description does not parse",
        ),
    ];
    std::fs::remove_file(home.path("run/previous.safetensors")).unwrap();
    for (bytes, why) in hostile {
        for name in ["checkpoint", "best"] {
            write(&home.path(&format!("run/{name}.safetensors")), &bytes);
        }
        let told = failed(&home.training("run", "--epochs 3").output().unwrap());
        assert!(told.contains(why), "{why}: {told}");
        let told = failed(&home.command("export npy x.npy --run run").output().unwrap());
        assert!(told.contains(why), "{why}: {told}");
    }
}

#[test]
fn names_cannot_act_on_the_terminal_or_leave_their_folder() {
    let home = Home::new(1);
    // A recipe from another user, with its own name.
    let recipe = std::fs::read_to_string(home.path("tiny.ron")).unwrap();
    let evil = recipe.replace("\"tiny\"", "\"../../\\u{1b}[2Jout\"");
    write(&home.path("evil.ron"), evil.as_bytes());
    let output = home.command("train --recipe evil.ron --data faces --threads 1");
    let output = { output }.output().unwrap();
    ended_well(&output);
    assert!(!String::from_utf8_lossy(&output.stdout).contains('\u{1b}'));
    assert!(home.path("data/runs/0001-________2Jout").is_dir());

    let esc = "a\u{1b}[2Jb";
    failed(
        &home
            .command("train --resume --run")
            .arg(esc)
            .output()
            .unwrap(),
    );
    std::fs::create_dir_all(home.path(esc)).unwrap();
    for command in ["export npy x.npy --run", "runs compare 1"] {
        failed(&home.command(command).arg(esc).output().unwrap());
    }
    std::fs::rename(
        home.path("data/runs/0001-________2Jout"),
        home.path("data/runs/\u{1b}[2J"),
    )
    .unwrap();
    let output = home.command("runs").output().unwrap();
    ended_well(&output);
    assert!(!String::from_utf8_lossy(&output.stdout).contains('\u{1b}'));
}
