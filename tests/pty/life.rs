//! From the start to the end, in all ways to leave.

use super::harness::{Session, Setup};

#[test]
fn every_screen_while_training_then_leaving() {
    let mut session = Session::start(80, 24, &[]);
    session
        .see("400 pictures")
        .press("t")
        .see("batch ")
        .see("◆")
        .press("3");
    session
        .see("different")
        .press("4")
        .see("threshold 0.50")
        .see("✓")
        .press("5")
        .see("embeddings");
    session
        .press("6")
        .see("one tower, used twice")
        .press("1")
        .see("people (40)");
    session
        .press("?")
        .see("keys.ron")
        .press("\x1b")
        .wait_for("no help", |screen| !screen.contains("keys.ron"));
    session
        .resize(120, 40)
        .see("twinsight")
        .see("s35")
        .resize(40, 10)
        .see("80×24 needed")
        .resize(80, 24)
        .see("people (40)");
    session.press("q").see("A training is running").press("\r");
    assert!(session.end().success());
    session.assert_restored();
    assert_eq!(
        session.run_files("checkpoint.safetensors").len(),
        1,
        "the run is saved"
    );
}

#[test]
fn ctrl_c_once_stops_and_saves_twice_leaves() {
    let mut session = Session::start(80, 24, &[]);
    session
        .see("400 pictures")
        .press("t")
        .see("batch 2")
        .press("\x03")
        .see("stopped");
    assert_eq!(
        session.run_files("checkpoint.safetensors").len(),
        1,
        "the run is saved"
    );
    session.press("\x03\x03");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn termination_and_a_dropped_line_save_the_run() {
    for signal in ["TERM", "HUP"] {
        let mut session = Session::start(80, 24, &[]);
        session
            .see("400 pictures")
            .press("t")
            .see("batch 2")
            .signal(signal);
        session.end();
        session.assert_restored();
        assert_eq!(
            session.run_files("checkpoint.safetensors").len(),
            1,
            "{signal}: the run is saved"
        );
    }
}

#[test]
fn without_a_terminal_there_is_a_sentence_and_no_escape_code() {
    let program = env!("CARGO_BIN_EXE_twinsight");
    let output = std::process::Command::new(program)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it runs");
    assert!(!output.status.success() && output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("twinsight train") && !said.contains('\u{1b}'),
        "{said}"
    );
}

#[test]
fn a_missing_folder_is_said_and_the_program_lives_on() {
    let mut session = Session::start(80, 24, &["--data", "/nowhere/at/all"]);
    session
        .see("no faces")
        .see("/nowhere/at/all")
        .press("2")
        .see("Nothing is being trained")
        .press("q");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_returns_whole() {
    let mut session = Session::start(80, 24, &[]);
    session
        .see("400 pictures")
        .press("4")
        .see("one picture each")
        .press("\x1a");
    session.wait_until_stopped();
    session.assert_restored();
    session
        .signal("CONT")
        .see("one picture each")
        .press("1")
        .see("people (40)")
        .press("q");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn the_comparison_one_by_one_moves_by_itself_and_ends() {
    let mut session = Session::start(80, 24, &[]);
    session
        .see("400 pictures")
        .press("4")
        .see("✓")
        .press("....")
        .press("w")
        .see("one by one: 3")
        .see("one by one: 30")
        .wait_for("the end", |screen| !screen.contains("one by one: "));
    session.press("q");
    assert!(session.end().success());
}

#[test]
fn a_terminal_that_cannot_place_its_cursor_gets_one_sentence() {
    let setup = Setup {
        environment: &[("TERM", "dumb")],
        ..Setup::default()
    };
    let mut session = Session::with(setup);
    session.see("TERM is `dumb`");
    assert!(!session.end().success());
}
