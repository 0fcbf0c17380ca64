//! Changes between two commands that train one run: its pictures, the marks on them, the clock.

use std::time::{Duration, SystemTime};

use twinsight::data::{Dataset, Source, mislabelled};
use twinsight::units::ImageId;
use twinsight::vision::Preparation;

use crate::harness::{Home, ended_well, errors, failed, rows};

#[test]
fn data_that_have_changed_are_noticed_before_anything_is_written() {
    let home = Home::new(2);
    home.train("run");
    let before = std::fs::read(home.path("run/checkpoint.safetensors")).unwrap();
    std::fs::remove_file(home.path("faces/p3/2.png")).unwrap();
    let told = failed(&home.training("run", "--epochs 3").output().unwrap());
    assert!(
        told.contains("is not what this run was trained on"),
        "{told}"
    );
    let after = std::fs::read(home.path("run/checkpoint.safetensors")).unwrap();
    assert_eq!(before, after);
}

/// A mark counts for the next training, and not for runs that began before it.
#[test]
fn a_run_keeps_to_the_marks_that_it_was_begun_with() {
    let home = Home::halved();
    let faces = Source::Folder(home.path("faces"));
    let faces = Dataset::open(&faces, &Preparation::default()).unwrap();
    let mark = |a, b| {
        let marks = [(ImageId(a), ImageId(b))];
        mislabelled::write(&home.path("data/mislabelled"), &faces, &marks).unwrap();
    };
    let later = "count from the next training on";
    mark(1, 6);
    let told = home.resumed();
    assert!(told.contains(later) && !told.contains("left out"), "{told}");

    let told = home.halve("marked");
    assert!(told.contains("2 pictures left out"), "{told}");
    // The same number of other pictures.
    mark(2, 9);
    let resumed = home.training("marked", "").output().unwrap();
    ended_well(&resumed);
    let told = errors(&resumed);
    assert!(
        told.contains("2 pictures left out") && told.contains(later),
        "{told}"
    );
    assert_ne!(rows(&home.path("marked")), rows(&home.path("whole")));
}

/// Runs and checkpoints are identified by number and content, not by time: all files may be from the future, the previous
/// checkpoint may be newer than the newest, and the log's last line may be later than the next one.
#[test]
fn a_clock_that_steps_back_changes_nothing() {
    let home = Home::halved();
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    for file in std::fs::read_dir(home.path("run")).unwrap() {
        let path = file.unwrap().path();
        let older = path.ends_with("previous.safetensors");
        let file = std::fs::File::options().append(true).open(path).unwrap();
        file.set_modified(tomorrow + Duration::from_secs(u64::from(older)))
            .unwrap();
    }
    let log = home.path("run/events.log");
    let lines = std::fs::read_to_string(&log).unwrap();
    let later = |line: &str| format!("2999-01-01T00:00:00Z {}\n", line.split_once(' ').unwrap().1);
    std::fs::write(&log, lines.lines().map(later).collect::<String>()).unwrap();

    assert_eq!(home.resumed(), "");
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(
        log.lines()
            .last()
            .unwrap()
            .contains("finished after epoch 4")
    );
}
