//! The progress of a command that takes long.

use super::harness::Session;

/// The numbers of the screen's lines that hold a text.
fn lines_with(screen: &str, text: &str) -> Vec<usize> {
    let numbered = screen.lines().enumerate();
    numbered
        .filter(|(_, line)| line.contains(text))
        .map(|(number, _)| number)
        .collect()
}

#[test]
fn a_bar_stays_below_the_lines_and_ctrl_c_ends_it() {
    let words = [
        "evaluate", "--folds", "4", "--preset", "compact", "--epochs", "6",
    ];
    let mut session = Session::start(110, 12, &words);
    session
        .see("training folds, epochs")
        .see(" a second, ")
        .wait_for("one bar, below the line of a fold", |screen| {
            let (folds, bars) = (
                lines_with(screen, "1/4  compact, "),
                lines_with(screen, "training folds"),
            );
            folds.len() == 1 && bars.len() == 1 && folds[0] < bars[0]
        })
        .press("\x03")
        .see("the same command continues with the missing folds");
    assert_eq!(session.end().exit_code(), 130);
}
