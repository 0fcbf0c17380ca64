//! Full disks, folders that are read-only or vanish, learning rates that are too high: there is always a good checkpoint and
//! a readable CSV, and every error is a sentence.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::harness::{Home, arrays, ended_well, errors, failed, nothing_is_lost, rows, signal};

/// Runs as `nobody` if the tests run as root, for whom permissions do not count.
fn as_nobody(home: &Home, command: &mut Command) {
    const NOBODY: u32 = 65_534;
    let root = home.path("");
    // The owner of `/proc/self` is the user of this process.
    if std::fs::metadata("/proc/self").map_or(1, |us| us.uid()) != 0 {
        return;
    }
    let mut folders = vec![root];
    while let Some(path) = folders.pop() {
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        if path.is_dir() {
            folders.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        }
    }
    command.uid(NOBODY).gid(NOBODY);
}

/// A copy of the program that every user can run.
fn program(home: &Home) -> std::path::PathBuf {
    let copy = home.path("twinsight");
    if !copy.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_twinsight"), &copy).unwrap();
    }
    copy
}

fn resumed_as_nobody(home: &Home) -> Command {
    let mut command = Command::new(program(home));
    command
        .args("train --resume --data faces --threads 1 --run run --epochs 8".split(' '))
        .env("TWINSIGHT_HOME", home.path(""))
        .current_dir(home.path(""));
    as_nobody(home, &mut command);
    command
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// A limit on file size simulates a full disk: both fail in the middle of a write.
#[test]
fn whatever_the_size_at_which_the_disk_is_full() {
    let home = Home::new(4);
    home.train("whole");
    let rows_of_whole = rows(&home.path("whole"));
    let size = |file: &str| {
        std::fs::metadata(home.path("whole").join(file))
            .unwrap()
            .len()
    };
    let (model, csv) = (size("best.safetensors"), size("metrics.csv"));
    assert!(csv < 1_024 && 1_024 < model, "{csv} {model}");
    let state = size("checkpoint.safetensors");
    assert!(model.div_ceil(512) < state.div_ceil(512));
    let interrupted = home.path("run");
    // Limits in blocks of 512 bytes: too small for the recipe; for a model; for a checkpoint.
    for blocks in [0, 1, 3, model.div_ceil(512)] {
        let begun = interrupted.join("recipe.ron").exists();
        let how = if begun {
            "--resume"
        } else {
            "--recipe tiny.ron"
        };
        let line = format!("train {how} --data faces --threads 1 --run run");
        let output = home.after(&format!("ulimit -f {blocks}"), &line).output();
        let errors = failed(&output.unwrap());
        assert!(errors.contains("cannot write"), "{blocks}: {errors}");
        assert!(errors.contains("File too large"), "{blocks}: {errors}");
    }
    // With a good checkpoint before: it is still there afterwards.
    let mut training = home.training("run", "--save-every 0").spawn().unwrap();
    let lines = BufReader::new(training.stdout.take().unwrap()).lines();
    lines
        .map(Result::unwrap)
        .find(|l| l.starts_with("epoch   2/"));
    signal(&training, "KILL");
    training.wait().unwrap();
    let before = nothing_is_lost(&interrupted);
    for blocks in [0, 1, 3, model.div_ceil(512)] {
        let line = "train --resume --data faces --threads 1 --run run --epochs 4";
        let output = home.after(&format!("ulimit -f {blocks}"), line).output();
        let output = output.unwrap();
        if output.status.success() {
            // The training ended before the signal: nothing was left to write.
            break;
        }
        failed(&output);
        assert_eq!(nothing_is_lost(&interrupted), before, "{blocks}");
    }
    ended_well(&home.training("run", "").output().unwrap());
    assert_eq!(rows(&interrupted), rows_of_whole);
    assert_eq!(
        arrays(&interrupted.join("checkpoint.safetensors")),
        arrays(&home.path("whole/checkpoint.safetensors"))
    );
}

/// A file system of this many pages that fills during a training, and then grows.
///
/// `cargo test --release --test lasting -- --ignored file_system_that_fills`
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs unshare(1), and a system that lets it mount"]
fn a_file_system_that_fills_loses_nothing_and_is_gone_on_with_when_there_is_room() {
    const SCRIPT: &str = r#"
        mkdir -p full end
        mount -t tmpfs -o size="$1" none full
        code=0
        "$2" train --recipe tiny.ron --data faces --threads 1 --run full/run --save-every 0 || code=$?
        cp -a full/run end/cut 2>/dev/null || true
        mount -o remount,size=4m full
        how=--resume
        [ -e full/run/recipe.ron ] || how='--recipe tiny.ron'
        "$2" train $how --data faces --threads 1 --run full/run >/dev/null
        cp -a full/run end/whole
        exit "$code"
    "#;
    let home = Home::new(4);
    home.train("whole");
    let (mut failures, mut rescued) = (0, 0);
    for pages in 0.. {
        let _ = std::fs::remove_dir_all(home.path("end"));
        let size = ((pages + 1) * 4_096).to_string();
        let mut command = Command::new("unshare");
        command
            .args(["--map-root-user", "--mount", "sh", "-ec", SCRIPT, "sh"])
            .args([&size, env!("CARGO_BIN_EXE_twinsight")])
            .env("TWINSIGHT_HOME", home.path(""))
            .current_dir(home.path(""));
        let output = command.output().unwrap();
        assert_eq!(
            rows(&home.path("end/whole")),
            rows(&home.path("whole")),
            "{size}: {}",
            errors(&output)
        );
        let file = "checkpoint.safetensors";
        let of = |run: &str| arrays(&home.path(run).join(file));
        assert_eq!(of("end/whole"), of("whole"), "{size}");
        if output.status.success() {
            break;
        }
        failures += 1;
        let told = failed(&output);
        assert!(told.to_lowercase().contains("no space"), "{size}: {told}");
        let cut = home.path("end/cut");
        if cut.join(file).exists() || cut.join("previous.safetensors").exists() {
            nothing_is_lost(&cut);
            rescued += 1;
        }
    }
    println!("{failures} sizes were too small, of which {rescued} held a checkpoint");
    assert!(rescued > 3 && failures > rescued);
}

#[test]
fn a_folder_that_may_not_be_written_to_keeps_what_it_has() {
    let home = Home::new(4);
    home.train("run");
    let run = home.path("run");
    program(&home);
    // The rows cannot be written.
    permit(&run.join("metrics.csv"), 0o400);
    let refused = failed(&resumed_as_nobody(&home).output().unwrap());
    assert!(
        refused.contains("metrics.csv: permission denied"),
        "{refused}"
    );
    assert_eq!(nothing_is_lost(&run), 4);
    permit(&run.join("metrics.csv"), 0o600);
    // No file can be made in it; its files can grow.
    permit(&run, 0o500);
    let refused = failed(&resumed_as_nobody(&home).output().unwrap());
    assert!(refused.contains("permission denied"), "{refused}");
    assert_eq!(nothing_is_lost(&run), 4);
    permit(&run, 0o700);
    // A new run in a folder that cannot be made.
    permit(&run, 0o500);
    let mut command = Command::new(program(&home));
    command
        .args("train --recipe tiny.ron --data faces --run run/inner".split(' '))
        .env("TWINSIGHT_HOME", home.path(""))
        .current_dir(home.path(""));
    as_nobody(&home, &mut command);
    let refused = failed(&command.output().unwrap());
    assert!(
        refused.contains("cannot create the folder run/inner: permission denied"),
        "{refused}"
    );
    permit(&run, 0o700);
    ended_well(&resumed_as_nobody(&home).output().unwrap());
    assert_eq!(nothing_is_lost(&run), 8);
}

#[test]
fn a_folder_that_vanishes_ends_the_training_with_a_sentence() {
    let home = Home::new(100_000);
    let mut training = home.training("run", "--save-every 0").spawn().unwrap();
    let mut lines = BufReader::new(training.stdout.take().unwrap()).lines();
    assert!(
        lines
            .by_ref()
            .map(Result::unwrap)
            .any(|l| l.starts_with("epoch   2/"))
    );
    std::fs::rename(home.path("run"), home.path("elsewhere")).unwrap();
    // A closed output must not stop the training.
    let rest = std::thread::spawn(move || lines.count());
    let output = training.wait_with_output().unwrap();
    rest.join().unwrap();
    let told = failed(&output);
    assert!(told.contains("run was removed or renamed"), "{told}");
    assert!(!home.path("run").exists(), "it is not made again");
    assert!(nothing_is_lost(&home.path("elsewhere")) >= 1);
}

#[test]
fn a_rate_that_is_too_high_stops_at_the_last_good_state_and_names_the_flag() {
    let home = Home::new(50);
    // Twenty dense layers and the highest learning rate: within a few epochs the values are not finite.
    let recipe = std::fs::read_to_string(home.path("tiny.ron")).unwrap();
    let deep = format!("dense(units: 4), {}", "dense(units: 64), ".repeat(20));
    let recipe = recipe
        .replace("dense(units: 4),", &deep)
        .replace("1e-3", "10.0");
    std::fs::write(home.path("tiny.ron"), recipe.replace("cosine", "constant")).unwrap();
    let told = failed(&home.training("run", "--save-every 0").output().unwrap());
    assert!(told.contains("Training stopped;"), "{told}");
    assert!(told.contains("such as --learning-rate 2e0"), "{told}");
    let run = home.path("run");
    for file in ["checkpoint.safetensors", "previous.safetensors"] {
        if run.join(file).exists() {
            twinsight::model::checkpoint::load(&run.join(file)).unwrap();
        }
    }
    let log = std::fs::read_to_string(run.join("events.log")).unwrap();
    assert!(log.contains("fault: the loss of epoch"), "{log}");
    // The advice works as it is written.
    let line = "train --recipe tiny.ron --data faces --run other --epochs 1 --learning-rate 1e-3";
    ended_well(&home.command(line).output().unwrap());
}

#[test]
fn two_trainers_in_one_folder_are_one_too_many() {
    let home = Home::new(100_000);
    let mut training = home.training("run", "").spawn().unwrap();
    let mut lines = BufReader::new(training.stdout.take().unwrap()).lines();
    assert!(
        lines
            .by_ref()
            .map(Result::unwrap)
            .any(|l| l.starts_with("epoch   1/"))
    );
    let told = failed(&home.training("run", "").output().unwrap());
    let owner = format!("run is being trained by process {}", training.id());
    assert!(told.contains(&owner), "{told}");
    let list = home.command("runs --json").output().unwrap();
    ended_well(&list);
    // The lock of a killed process disappears with it.
    signal(&training, "KILL");
    training.wait().unwrap();
    drop(lines);
    let epochs = nothing_is_lost(&home.path("run")) + 1;
    let line = format!("--epochs {epochs}");
    ended_well(&home.training("run", &line).output().unwrap());
}

#[test]
fn the_log_names_no_people_and_no_folders() {
    let home = Home::new(2);
    home.train("run");
    let log = std::fs::read_to_string(home.path("run/events.log")).unwrap();
    let told: Vec<&str> = log.lines().map(|l| l.split_once(' ').unwrap().1).collect();
    let started = format!(
        "started: twinsight {}, seed 7, 2 epochs",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(
        told,
        [
            &started[..],
            "epoch 1 saved",
            "epoch 2 saved",
            "finished after epoch 2"
        ]
    );
    let output = home.training("run", "--epochs 3").output().unwrap();
    assert_eq!(
        errors(&output),
        "",
        "an ordinary resume has nothing to note"
    );
    let log = std::fs::read_to_string(home.path("run/events.log")).unwrap();
    assert!(log.contains("resumed: twinsight"), "{log}");
}
