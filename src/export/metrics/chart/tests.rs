use super::*;
use crate::train::ValidationMetrics;
use crate::units::Epoch;
use std::time::UNIX_EPOCH;

fn run(name: &str, same_loss: bool) -> RunMetrics {
    let row = |epoch: u32| EpochMetrics {
        epoch: Epoch(epoch),
        train_loss: 2.0 / epoch as f32,
        train_accuracy: 0.9,
        validation: epoch.is_multiple_of(5).then_some(ValidationMetrics {
            loss: 0.3,
            accuracy: 0.8,
            eer: 0.125,
            auc: 0.9,
        }),
        learning_rate: 1e-3,
        seconds: 1.0,
    };
    RunMetrics {
        name: name.to_owned(),
        started: UNIX_EPOCH,
        rows: (1..=20).map(row).collect(),
        best: Some(Epoch(20)),
        members_begin: vec![10],
        same_loss,
    }
}

#[test]
fn losses_share_an_axis_only_if_they_are_the_same() {
    let same = draw(&[run("a", true)]);
    assert!(same.contains(">Loss<") && !same.contains(">Training loss<"));
    let different = draw(&[run("a", true), run("b", false)]);
    assert!(different.contains(">Training loss<") && different.contains(">Validation loss<"));
}

#[test]
fn axes_and_lines_have_names() {
    let svg = draw(&[run("0003-a<b&c>", false)]);
    for text in [
        "epoch",
        "equal error rate",
        "100 %",
        "15 %",
        "training",
        "member 2",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(svg.contains("0003-a&lt;b&amp;c&gt; (dot: epoch 20, whose network is kept)"));
    assert_eq!(svg.matches("<circle").count(), 1);
    // Of four charts: two losses, two accuracies, one EER; and the line of the member in each chart.
    assert_eq!(svg.matches("<polyline").count(), 5 + 4);
    let tree = roxmltree::Document::parse(&svg).expect("XML");
    assert!(tree.descendants().count() > 50);
}

#[test]
fn a_single_epoch_is_seen() {
    let mut short = run("a", true);
    short.rows.truncate(1);
    short.best = None;
    let svg = draw(&[short]);
    assert_eq!(
        svg.matches("<circle").count(),
        2,
        "training loss and accuracy"
    );
}

#[test]
fn several_runs_have_a_colour_each() {
    let svg = draw(&[run("a", false), run("b", false)]);
    assert!(svg.contains(COLOURS[0]) && svg.contains(COLOURS[1]));
    assert!(!svg.contains("<circle") && !svg.contains("member 2"));
}

#[test]
fn a_run_without_figures_is_drawn() {
    let mut empty = run("a", false);
    empty.rows.clear();
    empty.best = None;
    let mut lost = run("b", false);
    lost.rows.iter_mut().for_each(|row| {
        row.train_loss = f32::NAN;
        row.validation = None;
    });
    for runs in [vec![empty.clone()], vec![lost], vec![empty.clone(), empty]] {
        let svg = draw(&runs);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

#[test]
fn steps_are_round() {
    assert!((above(0.125) - 0.15).abs() < 1e-9 && (above(4.0) - 4.0).abs() < 1e-9);

    let steps = [0.03, 0.2, 0.9, 1.0, 14.0, 60.0].map(round_step);
    for (found, expected) in steps.into_iter().zip([0.05, 0.2, 1.0, 1.0, 20.0, 100.0]) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
}
