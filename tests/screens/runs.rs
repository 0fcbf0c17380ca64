//! The browser of runs, and runs that are drawn together in the charts.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use twinsight::internals::app::effect::{FileJob, RunChange};
use twinsight::internals::app::event::Event;
use twinsight::internals::app::mouse::{Mouse, MouseKind};
use twinsight::internals::app::popups::Overlay;
use twinsight::internals::app::train::{PastRun, Unfinished};
use twinsight::internals::app::{Effect, Screen, State, update};
use twinsight::internals::ui::{Depth, Theme};
use twinsight::metrics::Interval;
use twinsight::train::TrainingEvent;
use twinsight::train::run_dir::{self, BestEpoch, RunFigures, RunOverview};
use twinsight::units::Epoch;

use super::states::{
    apply, drawn, empty, faces, full, metrics, press, started, text, training, type_text,
};

const SIZE: (u16, u16) = (80, 24);

fn path(number: u32) -> PathBuf {
    format!("/runs/{number:04}-compact").into()
}

/// A finished run.
fn run(number: u32) -> RunOverview {
    RunOverview {
        path: path(number),
        name: format!("{number:04}-compact"),
        damaged: None,
        started: format!("2026-11-{:02}T10:31:07Z", 1 + number % 28),
        note: None,
        bytes: 4_100_000,
        figures: Some(RunFigures {
            preset: "compact".into(),
            data: Some(faces().name.clone()),
            state: run_dir::State::Finished,
            epochs: 30,
            planned: 30,
            seconds: 33.0,
            program: Some("0.2.0".into()),
            best: Some(BestEpoch {
                epoch: 24,
                val_eer: Some(0.042),
                val_auc: Some(0.989),
                people: Some(5),
                reason: None,
            }),
            not_learned: None,
            recipe: json!({"learning_rate": 0.001 * f64::from(number), "seed": 42}),
        }),
    }
}

fn with(number: u32, change: impl FnOnce(&mut RunFigures)) -> RunOverview {
    let mut run = run(number);
    change(run.figures.as_mut().expect("readable"));
    run
}

/// One of each kind, the newest first.
fn kinds() -> Vec<RunOverview> {
    let none = |figures: &mut RunFigures| (figures.best, figures.data) = (None, None);
    let mut noted = run(2);
    noted.note = Some("twice the light\nseems better".into());
    vec![
        with(6, |figures| {
            (figures.state, figures.epochs) = (run_dir::State::Training, 12);
        }),
        with(5, |figures| {
            none(figures);
            (figures.state, figures.epochs) = (run_dir::State::Unfinished, 0);
        }),
        with(4, |figures| {
            figures.best = None;
            figures.not_learned = Some("it did not learn: lower --learning-rate".into());
        }),
        RunOverview {
            damaged: Some("recipe.ron:1:2: expected `)`".into()),
            figures: None,
            ..run(3)
        },
        noted,
        run(1),
    ]
}

/// The browser, open over the Train screen, with these runs.
fn open_with(mut state: State, runs: Vec<RunOverview>) -> State {
    let asked = press(&mut state, "2 R");
    let [Effect::Files(FileJob::ListRuns(number))] = asked[..] else {
        panic!("no list is requested: {asked:?}")
    };
    update(&mut state, Event::Runs(number, runs));
    state
}

fn open(size: (u16, u16)) -> State {
    open_with(empty(size), kinds())
}

fn at(state: &State) -> &str {
    state.runs.current().map_or("", |run| &run.name)
}

/// What the workers answer to a request for epochs.
fn draw(state: &mut State, asked: &[Effect]) {
    let [Effect::Files(FileJob::RunCurves(number, wanted))] = asked else {
        panic!("no epochs are requested: {asked:?}")
    };
    let read = |(i, path): (usize, &PathBuf)| PastRun {
        name: path.file_name().expect("a name").to_string_lossy().into(),
        epochs: (1..=20 - i as u32).map(metrics).collect(),
    };
    let runs = wanted.iter().enumerate().map(read).collect();
    update(state, Event::RunCurves(*number, runs));
}

#[test]
fn all_runs_are_listed_with_what_is_known_of_them() {
    for size in [SIZE, (120, 40)] {
        let mut state = empty(size);
        press(&mut state, "2 R");
        assert!(text(&state).contains("reading the runs …"));
        press(&mut state, "esc");
        let state = open(size);
        insta::assert_snapshot!(format!("runs_{}x{}", size.0, size.1), text(&state));
        let shown = text(&state);
        for expected in [
            "0006-compact",
            "training",
            "did not learn",
            "0/30",
            "damaged: recipe.ron:1:2",
            "2026-11-0",
            "space mark",
        ] {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
    }
}

#[test]
fn the_run_under_the_cursor_is_described_with_its_note() {
    let mut state = open(SIZE);
    press(&mut state, "down down down down");
    let shown = text(&state);
    assert_eq!(at(&state), "0002-compact");
    assert!(shown.contains("twice the light seems better"), "{shown}");
    assert!(shown.contains("AUC 0.989 on 5 people, epoch 24"), "{shown}");
    press(&mut state, "up");
    assert!(text(&state).contains("0003-compact cannot be read: recipe.ron:1:2"));
    press(&mut state, "up");
    assert!(
        text(&state).contains("lower --learning-rate"),
        "{}",
        text(&state)
    );
}

#[test]
fn the_offer_to_resume_is_not_made_where_its_key_renames() {
    let mut state = empty(SIZE);
    let unfinished = Unfinished {
        path: path(5),
        name: "0005-compact".into(),
        epoch: Epoch(3),
        epochs: 30,
    };
    update(&mut state, Event::Unfinished(unfinished));
    assert!(text(&state).contains("r resumes it"));
    let mut state = open_with(state, kinds());
    assert!(!text(&state).contains("r resumes it"), "{}", text(&state));
    press(&mut state, "r");
    assert!(text(&state).contains("new name: compact▏"));
    press(&mut state, "esc esc");
    assert!(text(&state).contains("r resumes it"));
}

#[test]
fn without_runs_it_says_how_to_get_one() {
    let state = open_with(empty(SIZE), Vec::new());
    assert!(text(&state).contains("there is no run yet; t on the Train screen starts one"));
    for keys in [
        "space", "enter", "c", "r", "n", "d", "down", "end", "pagedown",
    ] {
        let mut state = state.clone();
        assert_eq!(press(&mut state, keys), [], "{keys}");
        text(&state);
    }
}

#[test]
fn hundreds_of_runs_scroll_and_the_cursor_stays_in_sight() {
    let all = || (1..=300).rev().map(run).collect();
    let mut state = open_with(empty(SIZE), all());
    for (keys, name) in [
        ("", "0300-compact"),
        ("end", "0001-compact"),
        ("pageup", "0015-compact"),
        ("home", "0300-compact"),
        ("pagedown", "0286-compact"),
        ("down down", "0284-compact"),
    ] {
        if !keys.is_empty() {
            press(&mut state, keys);
        }
        assert_eq!(at(&state), name, "{keys}");
        let marked = format!("▌  {name}");
        assert!(text(&state).contains(&marked), "{keys}: {}", text(&state));
    }
    // The cursor stays on its run when there is a newer one.
    let number = twinsight::internals::app::pending::Request(state.requests + 1);
    state.runs.list.ask(number);
    update(
        &mut state,
        Event::Runs(number, (1..=301).rev().map(run).collect()),
    );
    assert_eq!(at(&state), "0284-compact");
}

#[test]
fn a_filter_narrows_the_list_and_escape_widens_it() {
    let mut state = open(SIZE);
    press(&mut state, "/");
    type_text(&mut state, "not");
    assert!(text(&state).contains("filter: not▏") && text(&state).contains("runs · 1 of 6"));
    assert_eq!(at(&state), "0004-compact");
    press(&mut state, "enter");
    assert!(!state.runs.filtering);
    press(&mut state, "esc");
    assert_eq!((state.runs.shown().len(), at(&state)), (6, "0004-compact"));
    press(&mut state, "/");
    type_text(&mut state, "no such words");
    assert!(text(&state).contains("no run has these words"));
    press(&mut state, "esc esc");
    assert_eq!(state.overlay, None);
}

#[test]
fn marked_runs_are_drawn_together_and_one_key_removes_them() {
    let mut state = open_with(full((120, 40)), kinds());
    press(&mut state, "down down space down space");
    assert!(text(&state).contains("2 marked"));
    let asked = press(&mut state, "enter");
    assert_eq!(
        state.train.overlaid,
        [],
        "nothing is drawn before it is read"
    );
    let wanted = |effects: &[Effect]| match effects {
        [Effect::Files(FileJob::RunCurves(_, wanted))] => wanted.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(wanted(&asked), [path(4), path(2)]);
    draw(&mut state, &asked);
    assert_eq!(
        (state.overlay.is_none(), state.screen),
        (true, Screen::Train)
    );
    state.message = None;
    insta::assert_snapshot!("runs_drawn", text(&state));
    // Each has its letter, in its colour, in the legend and on its curve.
    let theme = Theme::built_in("dark", Depth::TrueColor);
    let buffer = drawn(&state, &theme);
    for (letter, style) in [("a", theme.run_a), ("b", theme.run_b)] {
        let of =
            |cell: &&ratatui::buffer::Cell| cell.symbol() == letter && Some(cell.fg) == style.fg;
        // Twice on each of the three curves over epochs, and in the legend.
        assert!(buffer.content().iter().filter(of).count() >= 5, "{letter}");
    }
    assert_ne!(theme.run_a, theme.run_b);
    let legend = |state: &State| {
        let shown = text(state);
        let line = shown
            .lines()
            .find(|line| line.contains("validation loss:"))
            .map(str::to_owned);
        line.expect("a legend")
    };
    assert!(
        legend(&state).contains("0004-compact 0.353") && legend(&state).contains("0002-compact")
    );
    press(&mut state, "c home");
    assert!(
        legend(&state).contains("0004-compact 0.662"),
        "{}",
        legend(&state)
    );
    // The axis is as long as the longest of them.
    assert_eq!(state.train.x_limits().1, 20.0);
    press(&mut state, "o");
    assert_eq!(state.train.overlaid, []);
    assert!(!text(&state).contains("0004-compact"));
}

#[test]
fn letters_and_patterns_tell_six_runs_apart_without_colours() {
    let mut state = open_with(full((120, 40)), (1..=8).rev().map(run).collect());
    press(&mut state, "space space space space space space space");
    let asked = press(&mut state, "enter");
    assert!(text(&state).contains("only the first 6 of the marked runs are drawn"));
    draw(&mut state, &asked);
    state.message = None;
    let mono = Theme::built_in("mono", Depth::Mono);
    let shown = twinsight::internals::ui::export::text(&drawn(&state, &mono));
    let legend: Vec<&str> = shown
        .lines()
        .filter(|line| line.contains("-compact"))
        .collect();
    let samples: std::collections::BTreeSet<String> = legend
        .iter()
        .flat_map(|line| line.split_whitespace())
        .filter(|word| word.chars().all(|c| ('\u{2800}'..='\u{28ff}').contains(&c)))
        .map(str::to_owned)
        .collect();
    assert_eq!(samples.len(), 6, "{legend:?}");
    for letter in ["a ", "b ", "c ", "d ", "e ", "f "] {
        assert!(legend.iter().any(|line| line.contains(letter)), "{letter}");
    }
}

#[test]
fn nothing_is_drawn_beside_a_training_unasked() {
    let mut state = full(SIZE);
    press(&mut state, "t");
    assert_eq!(state.train.overlaid, []);
    assert!(state.train.epochs.is_empty() && state.pairs.scored.is_empty());
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let mut state = open(SIZE);
    for (keys, said) in [
        ("down enter", "0005-compact has no complete epoch yet"),
        ("down down enter", "0003-compact cannot be read"),
    ] {
        assert_eq!(press(&mut state, keys), []);
        assert!(text(&state).contains(said), "{said}: {}", text(&state));
    }
    // The training of these screens is in the charts already.
    let mut own = run(1);
    own.path = started().run.expect("a folder");
    let mut state = open_with(training(SIZE), vec![own]);
    assert_eq!(press(&mut state, "enter"), []);
    assert!(text(&state).contains("is the training that the charts show already"));
}

#[test]
fn marked_runs_are_compared_side_by_side() {
    let mut state = open(SIZE);
    press(&mut state, "c");
    assert!(text(&state).contains("two runs are needed to compare: space marks them"));
    press(&mut state, "end space up space c");
    let shown = text(&state);
    insta::assert_snapshot!("runs_compared", shown);
    assert!(
        shown.contains("learning_rate") && !shown.contains("seed"),
        "{shown}"
    );
    assert!(shown.contains("1 field of the recipes differs"));
    press(&mut state, "esc");
    assert_eq!(
        (state.overlay.clone(), state.runs.compared),
        (Some(Overlay::Runs), None)
    );
    // More than fit are reached by the arrows.
    let mut state = open_with(empty(SIZE), (1..=8).rev().map(run).collect());
    press(
        &mut state,
        "space space space space space space space space c",
    );
    assert!(!text(&state).contains("0001-compact"));
    press(
        &mut state,
        "right right right right right right right right",
    );
    assert!(text(&state).contains("0001-compact"), "{}", text(&state));
}

#[test]
fn a_run_is_renamed_annotated_deleted_and_brought_back() {
    let mut state = open(SIZE);
    press(&mut state, "end r ctrl-u");
    type_text(&mut state, "more light");
    assert!(text(&state).contains("new name: more light▏"));
    let rename = RunChange::Rename(path(1), "more light".into());
    assert_eq!(
        press(&mut state, "enter"),
        [FileJob::ChangeRun(rename).into()]
    );
    press(&mut state, "space");
    let to = PathBuf::from("/runs/0001-more light");
    let renamed = |to: &PathBuf| Event::RunChanged {
        from: path(1),
        to: Some(to.clone()),
        said: "0001-compact is now called 0001-more light".into(),
    };
    let asked = update(&mut state, renamed(&to));
    let [Effect::Files(FileJob::ListRuns(number))] = asked[..] else {
        panic!("the list is not read again: {asked:?}")
    };
    assert_eq!(
        state.runs.marked,
        std::slice::from_ref(&to),
        "its mark follows it"
    );
    let mut now = kinds();
    let last = now.last_mut().expect("a run");
    (last.path, last.name) = (to, "0001-more light".into());
    update(&mut state, Event::Runs(number, now));
    assert_eq!(at(&state), "0001-more light");

    press(&mut state, "up n");
    assert!(text(&state).contains("note: twice the light ⏎ seems better▏"));
    press(&mut state, "ctrl-u x enter");
    press(&mut state, "n");
    assert_eq!(press(&mut state, "esc"), [], "nothing is changed");
    assert_eq!(state.overlay, Some(Overlay::Runs));

    let delete = FileJob::ChangeRun(RunChange::Delete(path(2)));
    assert_eq!(press(&mut state, "d"), [delete.into()]);
    let deleted = Event::RunChanged {
        from: path(2),
        to: None,
        said: "0002-compact is in the trash".into(),
    };
    update(&mut state, deleted);
    assert!(text(&state).contains("0002-compact is in the trash; u brings it back"));
    assert_eq!(
        press(&mut state, "u"),
        [FileJob::ChangeRun(RunChange::Restore).into()]
    );
}

#[test]
fn intervals_appear_as_they_are_measured() {
    let mut state = empty(SIZE);
    let asked = press(&mut state, "2 R");
    let [Effect::Files(FileJob::ListRuns(number))] = asked[..] else {
        panic!("no list is requested: {asked:?}")
    };
    let mut other = run(7);
    other.figures.as_mut().expect("readable").data = Some("other faces".into());
    let all = [other].into_iter().chain((1..=6).rev().map(run)).collect();
    let mut effects = update(&mut state, Event::Runs(number, all));
    assert!(text(&state).contains("4.2 % ") && !text(&state).contains("(1.1–9.8)"));
    let ends = Interval {
        low: 0.011,
        high: 0.098,
    };
    let mut measured = Vec::new();
    while let [Effect::Files(FileJob::RunIntervals(number, wanted))] = &effects[..] {
        assert!(wanted.len() <= 4, "other jobs have their turn");
        measured.extend(wanted.iter().map(|(path, _)| path.clone()));
        let found = wanted
            .iter()
            .map(|(path, epoch)| (path.clone(), *epoch, Some(ends)));
        let found = Event::RunIntervals(*number, found.collect());
        effects = update(&mut state, found);
    }
    assert_eq!(measured, (1..=6).rev().map(path).collect::<Vec<_>>());
    assert_eq!(
        text(&state).matches("4.2 % (1.1–9.8)").count(),
        6,
        "{}",
        text(&state)
    );
    // Once it is closed nothing is measured.
    press(&mut state, "esc");
    state.runs.intervals.clear();
    let number = twinsight::internals::app::pending::Request(state.requests + 1);
    state.runs.list.ask(number);
    assert_eq!(update(&mut state, Event::Runs(number, vec![run(1)])), []);
}

#[test]
fn the_list_is_read_again_while_a_training_runs_in_one() {
    let mut state = open(SIZE);
    let at = state.wake_at().expect("it grows old");
    assert!(at > state.now && at - state.now <= Duration::from_secs(2));
    assert!(matches!(
        update(&mut state, Event::Tick(at))[..],
        [Effect::Files(FileJob::ListRuns(_))]
    ));
    assert_eq!(state.wake_at(), None, "not before there is an answer");
    let mut state = open(SIZE);
    press(&mut state, "esc");
    assert_eq!(state.wake_at(), None);
    let state = open_with(empty(SIZE), vec![run(1)]);
    assert_eq!(state.wake_at(), None, "nothing changes by itself");
}

#[test]
fn the_training_of_these_screens_is_paused_in_the_list_too() {
    let mut state = training(SIZE);
    apply(&mut state, TrainingEvent::Paused);
    let mut own = with(1, |figures| figures.state = run_dir::State::Training);
    own.path = started().run.expect("a folder");
    let state = open_with(state, vec![own]);
    let row = text(&state)
        .lines()
        .find(|line| line.contains("▌"))
        .map(str::to_owned);
    assert!(row.expect("a row").contains("paused"), "{}", text(&state));
}

#[test]
fn a_click_chooses_a_run() {
    for size in [SIZE, (120, 40)] {
        let mut state = open(size);
        let shown = text(&state);
        let row = shown
            .lines()
            .position(|line| line.contains("0002-compact"))
            .expect("a row");
        let mouse = Mouse {
            column: 10,
            row: row as u16,
            kind: MouseKind::Press,
        };
        update(&mut state, Event::Mouse(mouse));
        assert_eq!(at(&state), "0002-compact");
        let wheel = Mouse {
            kind: MouseKind::WheelDown,
            ..mouse
        };
        update(&mut state, Event::Mouse(wheel));
        assert_eq!(at(&state), "0001-compact");
    }
}

#[test]
fn the_palette_and_the_footer_lead_to_it() {
    let mut state = full(SIZE);
    press(&mut state, "2");
    assert!(text(&state).contains("R runs"), "{}", text(&state));
    press(&mut state, "4 :");
    type_text(&mut state, "list runs");
    assert!(matches!(
        press(&mut state, "enter")[..],
        [Effect::Files(FileJob::ListRuns(_))]
    ));
    assert_eq!(
        (state.screen, state.overlay),
        (Screen::Train, Some(Overlay::Runs))
    );
}
