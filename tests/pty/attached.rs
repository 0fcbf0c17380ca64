//! Watching a training of another process, and handing a training over to one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use tempfile::TempDir;
use twinsight::train::{Event, RunDir, attach};

use super::harness::{Session, Setup};

/// A home folder. Its trainings in the background are killed when the test ends.
pub(super) struct Home(Arc<TempDir>);

impl Home {
    pub(super) fn new() -> Self {
        Self(Arc::new(tempfile::tempdir().expect("a folder")))
    }

    fn call(&self, line: &str) -> Output {
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_twinsight");
        // Limits, so that a training ends even if its test is killed.
        let limited = format!("ulimit -v 8000000; ulimit -t 900; exec '{program}' {line}");
        command
            .args(["-c", &limited])
            .env("TWINSIGHT_HOME", self.0.path());
        command.output().expect("the program runs")
    }

    pub(super) fn succeeds(&self, line: &str) {
        let output = self.call(line);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
    }

    pub(super) fn screens(&self, config: &str, arguments: &[&str]) -> Session {
        Session::with(Setup {
            home: Some(self.0.clone()),
            arguments,
            config,
            ..Setup::default()
        })
    }

    pub(super) fn runs(&self) -> Vec<PathBuf> {
        twinsight::train::run_dir::list(&self.0.path().join("data/runs"))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The process that trains in a run, if there is one.
    pub(super) fn trainer(&self, run: &Path) -> Option<u32> {
        RunDir::open(run).ok()?.owner()?.process
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A process that holds a lock in this folder was started by this test; usually there is none.
        for id in self.runs().iter().filter_map(|run| self.trainer(run)) {
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .status();
        }
    }
}

pub(super) const CONFIG: &str = "(epochs: 1000)";

#[test]
fn two_attach_see_and_steer_one_training_and_leaving_leaves_it() {
    let home = Home::new();
    home.succeeds("train --epochs 1000 --detach");
    let mut one = home.screens(CONFIG, &["attach", "1"]);
    one.see("attached to a training").see("batch ").see("◆");
    one.press("3").see("different");
    one.press("4").see("threshold 0.50").see("✓");
    one.press("2").press(" ").see("paused");

    let mut two = home.screens(CONFIG, &["attach"]);
    two.see("paused").press("w").see("saved epoch");
    two.press("t").see("a training is running");
    // Leaving asks nothing, because nothing ends. A second Ctrl-C leaves as well.
    two.press("q");
    assert!(two.end().success());
    two.assert_restored();
    one.press(" ")
        .wait_for("it goes on", |screen| !screen.contains("paused"));
    let mut three = home.screens(CONFIG, &["attach", "1"]);
    three
        .see("batch ")
        .press("\x03")
        .see("again within 2 s")
        .press("\x03");
    assert!(three.end().success());
    assert!(RunDir::open(&home.runs()[0]).expect("a run").is_held());

    one.press("x").see("stopped after epoch");
    one.press("q");
    assert!(one.end().success());
    let told = home.call("attach 1 --stop");
    let errors = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(errors.contains("nobody trains in"), "{errors}");
    assert_eq!(told.status.code(), Some(1));
    // Before anything is drawn.
    let mut late = home.screens(CONFIG, &["attach", "1"]);
    late.see("nobody trains in");
    assert_eq!(late.end().exit_code(), 1);
}

#[test]
fn a_training_that_is_killed_is_told_and_the_screens_live_on() {
    let home = Home::new();
    home.succeeds("train --epochs 1000 --detach");
    let mut session = home.screens(CONFIG, &["attach"]);
    session.see("batch ");
    let id = home.trainer(&home.runs()[0]).expect("it trains");
    let killed = Command::new("kill")
        .args(["-KILL", &id.to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    session
        .see("has ended without a word")
        .press("1")
        .see("people (40)")
        .press("q");
    assert!(session.end().success());
}

fn arrays(run: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(run.join("checkpoint.safetensors")).expect("a checkpoint");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("whole");
    let tensors = file.tensors().into_iter();
    let mut arrays: Vec<_> = tensors
        .map(|(name, tensor)| (name, tensor.data().to_vec()))
        .collect();
    arrays.sort();
    arrays
}

#[test]
fn handed_over_it_ends_as_if_nobody_had_left() {
    let home = Home::new();
    home.succeeds("train --epochs 20");
    let mut session = home.screens("(epochs: 20, threads: 1)", &[]);
    session.see("400 pictures").press("t").see("batch 2");
    session.press("2").press(" ").see("paused");
    // A mark that is made meanwhile applies to the next training.
    session
        .press("3")
        .see("hardest first")
        .press("m")
        .see("left out");
    session
        .press("q")
        .see("Keep training in the background?")
        .press("b");
    assert!(session.end().success());
    session.assert_restored();
    assert!(
        session
            .text()
            .contains("training in the background (process ")
    );

    let [whole, handed] = &home.runs()[..] else {
        panic!("two runs")
    };
    let run = RunDir::open(handed).expect("a run");
    if let Ok(attached) = attach(run.clone()) {
        let last = attached.trainer.events().iter().last();
        let finished = |event: &Event| matches!(event, Event::Finished { stopped: false, .. });
        assert!(last.as_ref().is_some_and(finished), "{last:?}");
    }
    assert_eq!(arrays(handed), arrays(whole));
    let log = std::fs::read_to_string(handed.join("events.log")).expect("a log");
    assert!(
        log.contains(" stopped after epoch ") && log.contains(" resumed: "),
        "{log}"
    );
    let next = home.call("train --epochs 1");
    let told = String::from_utf8_lossy(&next.stderr);
    assert!(told.contains("2 pictures left out"), "{told}");
}
