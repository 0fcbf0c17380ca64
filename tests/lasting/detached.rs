//! A training in the background, watched and controlled by other processes: its results, who may connect, what it leaves.
//!
//! Each test waits for events of the training, never for a clock. A training that a failed test leaves is killed
//! ([`Detached`]). Each has a memory limit, which a leak would reach, and a time limit, so that it ends even if the tests are
//! killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use twinsight::model::Siamese;
use twinsight::train::control::{BANNER, ClientMessage, Lines, ServerMessage};
use twinsight::train::events::EpochReport;
use twinsight::train::{Attached, Event, RunDir, Trainer, TrainingCommand as Ask, attach};

use crate::harness::{Home, arrays, ended_well, errors, failed, nothing_is_lost, rows, signal};

/// Epochs of a training that must still run at the end of the test.
const ENDLESS: u32 = 100_000;

/// A training in the background, killed at the end of its test.
pub(crate) struct Detached {
    pub(crate) run: PathBuf,
}

impl Detached {
    /// Starts the training in `run`, or continues it.
    pub(crate) fn start(home: &Home, run: &str) -> Self {
        let detached = Self {
            run: home.path(run),
        };
        let how = match detached.run.join("recipe.ron").exists() {
            true => "--resume",
            false => "--recipe tiny.ron",
        };
        let line = format!("train {how} --data faces --threads 1 --run {run} --detach --json");
        let output = home
            .after("ulimit -v 4000000; ulimit -t 900", &line)
            .output()
            .unwrap();
        ended_well(&output);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["run"], detached.run.to_str().unwrap());
        assert_eq!(told["process"], detached.process());
        detached
    }

    fn dir(&self) -> RunDir {
        RunDir::open(&self.run).unwrap()
    }

    /// The process that holds the lock.
    pub(crate) fn process(&self) -> u32 {
        let owner = self.dir().owner().expect("somebody trains there");
        assert!(owner.background);
        owner.process.unwrap()
    }

    pub(crate) fn attach(&self) -> Trainer {
        let Attached { trainer, source } = attach(self.dir()).unwrap();
        assert!(source.ends_with("/faces") && Path::new(&source).is_absolute());
        trainer
    }

    fn signal(&self, name: &str) {
        let id = self.process().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// A raw connection.
    fn socket(&self) -> UnixStream {
        UnixStream::connect(self.run.join("control/socket")).unwrap()
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        // If a process holds the lock, this test has started it.
        let owner = RunDir::open(&self.run).ok().and_then(|run| run.owner());
        if let Some(id) = owner.and_then(|owner| owner.process) {
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .status();
        }
    }
}

/// The next event that `pick` wants.
#[track_caller]
pub(crate) fn wait<T>(trainer: &Trainer, mut meant: impl FnMut(Event) -> Option<T>) -> T {
    let found = trainer.events().iter().find_map(|event| {
        if let Event::Failed(message) = &event {
            panic!("{message}");
        }
        meant(event)
    });
    found.expect("it is said before the end")
}

pub(crate) fn epoch(event: Event) -> Option<EpochReport<Siamese>> {
    match event {
        Event::Epoch(report) => Some(*report),
        _ => None,
    }
}

fn paused(event: Event) -> Option<()> {
    matches!(event, Event::Paused).then_some(())
}

/// Whether the training was stopped.
pub(crate) fn finished(event: Event) -> Option<bool> {
    match event {
        Event::Finished { stopped, .. } => Some(stopped),
        _ => None,
    }
}

#[track_caller]
fn assert_same(run: &Path, whole: &Path) {
    assert_eq!(rows(run), rows(whole));
    for file in ["checkpoint.safetensors", "best.safetensors"] {
        assert_eq!(arrays(&run.join(file)), arrays(&whole.join(file)), "{file}");
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn killed_and_gone_on_with_it_ends_as_in_the_foreground() {
    const EPOCHS: u32 = 150;
    let home = Home::new(EPOCHS);
    home.train("whole");
    let first = Detached::start(&home, "run");
    let watching = first.attach();
    // In the middle of an epoch.
    for _ in 0..3 {
        watching.send(Ask::Step);
        wait(&watching, paused);
    }
    watching.send(Ask::Save);
    wait(&watching, paused);
    first.signal("KILL");
    let last = watching.events().iter().last().unwrap();
    let Event::Failed(message) = last else {
        panic!("{last:?}")
    };
    assert!(message.contains("has ended without a word"), "{message}");
    assert!(
        first.run.join("control/socket").exists(),
        "it is left behind"
    );
    let told = failed(&home.command("attach run --stop").output().unwrap());
    assert!(
        told.contains("nobody trains in run now: go on with"),
        "{told}"
    );

    // The next training finds the socket of the killed one and replaces it.
    let second = Detached::start(&home, "run");
    let watching = second.attach();
    let Event::Started(started) = watching.events().recv().unwrap() else {
        panic!("first the start")
    };
    let (mut epochs, mut stopped) = (started.history.len() as u32, None);
    for event in watching.events() {
        match event {
            Event::Epoch(report) => {
                epochs += 1;
                assert_eq!(
                    report.metrics.epoch.0, epochs,
                    "no epoch twice, none left out"
                );
            }
            Event::Started(again) => epochs = again.history.len() as u32,
            other => stopped = stopped.or(finished(other)),
        }
    }
    assert_eq!((epochs, stopped), (EPOCHS, Some(false)));
    assert_same(&home.path("run"), &home.path("whole"));
    assert!(!second.run.join("control").exists());
}

#[test]
fn several_watch_come_and_go_and_any_may_steer() {
    let home = Home::new(ENDLESS);
    let detached = Detached::start(&home, "run");
    let control = detached.run.join("control");
    assert_eq!(
        (mode(&control), mode(&control.join("socket"))),
        (0o700, 0o600)
    );
    let (one, two) = (detached.attach(), detached.attach());
    wait(&two, epoch);
    // The weights are those on disk.
    one.send(Ask::Pause);
    wait(&one, paused);
    one.send(Ask::Save);
    wait(&one, paused);
    drop(one);
    wait(&two, paused);

    // A client that connects while it is paused gets everything: every epoch, the newest weights, and the pause.
    let three = detached.attach();
    let Event::Started(started) = three.events().recv().unwrap() else {
        panic!("first the start")
    };
    assert_eq!((started.epochs, started.batches), (ENDLESS, 4));
    let Event::Epoch(newest) = three.events().recv().unwrap() else {
        panic!("then the newest epoch")
    };
    let done: Vec<_> = started
        .history
        .iter()
        .chain([&newest.metrics])
        .copied()
        .collect();
    assert_eq!(done, detached.dir().rows().unwrap());
    let saved = detached.dir().resume_point().unwrap().unwrap().saved;
    assert_eq!(newest.model.head(), saved.model.head());
    assert_eq!(*newest.scores, saved.scores);
    paused(three.events().recv().unwrap()).expect("and that it waits");

    two.send(Ask::Resume);
    wait(&three, |event| {
        matches!(event, Event::Resumed).then_some(())
    });
    wait(&three, epoch);
    let told = home.command("attach run --stop").output().unwrap();
    ended_well(&told);
    assert!(String::from_utf8_lossy(&told.stdout).starts_with("stopped after epoch "));
    assert!(wait(&two, finished) && wait(&three, finished));
    assert!(
        two.events().recv().is_err(),
        "nothing is said after the end"
    );
    nothing_is_lost(&detached.run);
}

#[test]
fn the_line_may_drop_and_a_polite_end_saves() {
    let home = Home::new(ENDLESS);
    let detached = Detached::start(&home, "run");
    let watching = detached.attach();
    wait(&watching, epoch);
    for _ in 0..3 {
        detached.signal("HUP");
        for _ in 0..3 {
            wait(&watching, epoch);
        }
    }
    detached.signal("TERM");
    assert!(wait(&watching, finished));
    nothing_is_lost(&detached.run);
    let log = std::fs::read_to_string(detached.run.join("events.log")).unwrap();
    assert!(
        log.lines()
            .last()
            .unwrap()
            .contains(" stopped after epoch "),
        "{log}"
    );
    // A paused training ends in the same way.
    let detached = Detached::start(&home, "run");
    let watching = detached.attach();
    watching.send(Ask::Pause);
    wait(&watching, paused);
    detached.signal("TERM");
    assert!(wait(&watching, finished));
}

/// All messages until the training closes the connection.
fn answer(detached: &Detached, words: &[u8]) -> Vec<ServerMessage> {
    let mut stream = detached.socket();
    // The training may close the connection before all is written.
    let _ = stream.write_all(words);
    let mut lines = Lines::from_server();
    let mut bytes = [0; 4096];
    let mut said = Vec::new();
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        lines.push(&bytes[..count]);
        while let Some(line) = lines.next_line().unwrap() {
            said.push(ServerMessage::parse(&line).unwrap());
        }
    }
    said
}

#[test]
fn nonsense_is_answered_with_the_reason_and_changes_nothing() {
    let home = Home::new(ENDLESS);
    let detached = Detached::start(&home, "run");
    let welcome = |words: &[u8]| [format!("{BANNER}\n").as_bytes(), words].concat();
    for (words, why) in [
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "the first line is not"),
        (
            b"twinsight-control 99\n\"stop\"\n".to_vec(),
            "the first line is not",
        ),
        (vec![b'x'; 100_000], "the first line is not"),
        (welcome(&[b'x'; 100_000]), "longer than 64 bytes"),
        (
            welcome(b"\"format\"\n"),
            "a word or value that is not known",
        ),
        (welcome(b"\0\xff\n"), "not JSON"),
        (welcome(b"[[[[[[[[[[\n"), "a line is no message"),
        (welcome(b"\n"), "not JSON"),
    ] {
        let said = answer(&detached, &words);
        let Some(ServerMessage::Refused(reason)) = said.last() else {
            panic!("{said:?}")
        };
        assert!(reason.contains(why), "{reason}");
    }
    let watching = detached.attach();
    wait(&watching, epoch);
    // Nothing of this was taken as a command.
    assert!(detached.dir().is_held());
}

#[test]
fn no_more_than_sixteen_are_let_in_and_one_may_come_when_one_has_left() {
    let home = Home::new(ENDLESS);
    let detached = Detached::start(&home, "run");
    let mut crowd: Vec<Trainer> = (0..16).map(|_| detached.attach()).collect();
    let refused = attach(detached.dir()).unwrap_err().to_string();
    assert!(refused.contains("16 watch already"), "{refused}");
    drop(crowd.pop());
    crowd.push(detached.attach());
    crowd[0].send(Ask::Stop);
    for trainer in &crowd {
        assert!(wait(trainer, finished));
    }
}

/// Counts greetings until there are `enough`.
fn greetings(stream: &mut UnixStream, enough: usize) -> usize {
    let mut lines = Lines::from_server();
    let mut bytes = [0; 4096];
    let (mut found, mut read) = (0, 0);
    while found < enough {
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "hung up after {found}");
        // Far more than may be kept for a client, so it has been read all the time.
        read += count;
        assert!(read < 2_000_000, "{found} of {enough} in {read} bytes");
        lines.push(&bytes[..count]);
        while let Some(line) = lines.next_line().unwrap() {
            found += usize::from(matches!(
                ServerMessage::parse(&line).unwrap(),
                ServerMessage::Hello(_)
            ));
        }
    }
    found
}

#[test]
fn one_who_does_not_listen_holds_nothing_up_and_is_greeted_anew() {
    let home = Home::new(ENDLESS);
    let detached = Detached::start(&home, "run");
    let mut deaf = detached.socket();
    deaf.write_all(format!("{BANNER}\n").as_bytes()).unwrap();
    // A trainer whose events are not received: its thread stops reading when 256 events wait.
    let forgotten = detached.attach();
    let watching = detached.attach();
    // More than sockets, the server and the waiting events hold for one client, at over a kilobyte per epoch; a fast training
    // sends few events between its epochs.
    for _ in 0..800 {
        wait(&watching, epoch);
    }
    assert_eq!(greetings(&mut deaf, 2), 2);
    // Its commands still work.
    deaf.write_all(&ClientMessage(Ask::Pause).line()).unwrap();
    wait(&watching, paused);
    drop(deaf);
    let mut started = 0;
    let mut known = 0;
    wait(&forgotten, |event| {
        match &event {
            Event::Started(again) => {
                started += 1;
                known = again.history.len();
            }
            Event::Epoch(report) => {
                known += 1;
                assert_eq!(report.metrics.epoch.0 as usize, known);
            }
            _ => {}
        }
        (started > 1).then_some(paused(event)).flatten()
    });
    assert_eq!(known, detached.dir().rows().unwrap().len());
    watching.send(Ask::Stop);
    assert!(wait(&watching, finished) && wait(&forgotten, finished));
}

#[test]
fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let home = Home::new(ENDLESS);
    let long = "long".repeat(40);
    let detached = Detached::start(&home, &long);
    assert_eq!(mode(&detached.run.join("control/socket")), 0o600);
    wait(&detached.attach(), epoch);
    ended_well(
        &home
            .command(&format!("attach {long} --stop"))
            .output()
            .unwrap(),
    );
    nothing_is_lost(&detached.run);
}

#[test]
fn what_cannot_begin_is_told_where_it_was_asked_for_and_leaves_nothing() {
    let home = Home::new(2);
    let call = |line: &str| home.command(line).output().unwrap();
    let told = failed(&call("train --recipe none.ron --data faces --detach"));
    assert!(told.contains("none.ron"), "{told}");
    let told = failed(&call("train --recipe tiny.ron --data nowhere --detach"));
    assert!(told.contains("nowhere"), "{told}");
    let bad = call("train --recipe tiny.ron --data faces --epochs 0 --detach");
    assert!(!bad.status.success() && !errors(&bad).is_empty());
    assert!(twinsight::train::run_dir::list(&home.path("data/runs")).is_empty());
    home.train("run");
    // The socket's folder cannot be made: only the process in the background finds out.
    std::fs::write(home.path("run/control"), "in the way").unwrap();
    let more = "train --resume --data faces --run run --epochs 9 --detach";
    let told = failed(&call(more));
    assert!(told.contains("control: it is not a folder"), "{told}");
    std::fs::remove_file(home.path("run/control")).unwrap();
    for file in ["checkpoint", "previous"] {
        std::fs::write(home.path(&format!("run/{file}.safetensors")), "x").unwrap();
    }
    let told = failed(&call(more));
    assert!(told.contains("is not a usable model"), "{told}");
    let told = failed(&call("attach --stop"));
    assert!(
        told.contains("no training is under way in the background"),
        "{told}"
    );
    assert_eq!(call("train --detach --background").status.code(), Some(2));
}

#[test]
fn who_trains_in_the_background_is_listed_and_found_and_who_does_not_lets_nobody_in() {
    let home = Home::new(ENDLESS);
    let detached = Detached::start(&home, "data/runs/0001-tiny");
    let mut training = home.training("data/runs/0002-tiny", "").spawn().unwrap();
    let mut lines = BufReader::new(training.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("epoch   1/")));
    let drained = std::thread::spawn(move || lines.count());
    let states = || {
        let listed = home.command("runs --json").output().unwrap();
        ended_well(&listed);
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        [0, 1].map(|number| listed["runs"][number]["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(states(), ["background", "training"]);
    let told = failed(&home.command("attach 2 --stop").output().unwrap());
    let owner = format!("by process {}, but not in the background", training.id());
    assert!(told.contains(&owner), "{told}");
    // Without a name, the newest training in the background is used.
    ended_well(&home.command("attach --stop").output().unwrap());
    assert_eq!(states(), ["unfinished", "training"]);
    signal(&training, "TERM");
    assert!(training.wait().unwrap().success());
    drained.join().unwrap();
    drop(detached);
}
