//! How fast the screens are drawn: a training of a hundred epochs on the built-in faces, 120 columns by 40 rows.
//!
//! The time is measured from the state to the bytes: every cell of a frame, and the comparison with the frame before. The
//! terminal is in memory, so that its speed does not count.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::app::event::Event;
use crate::app::key::{Key, Named};
use crate::app::train::Settings;
use crate::app::{Screen, State, update};
use crate::data::{Dataset, Source, Split};
use crate::metrics::Scores;
use crate::train::events::{EpochMetrics, EpochReport, Started, TrainingEvent, ValidationMetrics};
use crate::ui::{self, Depth, Theme};
use crate::units::Epoch;
use crate::vision::Preparation;

/// Columns and rows.
const SIZE: (u16, u16) = (120, 40);
/// Epochs on the charts.
const EPOCHS: u32 = 100;

/// Draws `frames` frames, the screens in turn, after each was drawn once. Returns the seconds of each frame.
///
/// # Panics
/// Never: the built-in faces can be read, and drawing in memory does not fail.
pub fn measure(frames: u32) -> Vec<f64> {
    let mut state = busy();
    let theme = Theme::built_in("dark", Depth::TrueColor);
    let mut terminal =
        Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("memory can be drawn on");
    let mut seconds = Vec::new();
    for frame in 0..frames as usize + Screen::ALL.len() {
        update(&mut state, Event::Key(Key::named(Named::Tab)));
        let begun = Instant::now();
        let drawn = terminal.draw(|frame| drop(black_box(ui::draw(frame, &state, &theme))));
        black_box(drawn.expect("memory can be drawn on"));
        if frame >= Screen::ALL.len() {
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    seconds
}

fn busy() -> State {
    let settings = Settings {
        preset: "compact".into(),
        epochs: EPOCHS,
        batch: 120,
        learning_rate: 2e-3,
        seed: 0,
        threads: 1,
        data: "orl".into(),
        by_pairs: false,
    };
    let mut state = State::new(settings.clone(), vec![settings], SIZE);
    update(&mut state, Event::Begin);
    let faces = Dataset::open(&Source::Orl, &Preparation::default()).expect("the built-in faces");
    let split = Split {
        train: faces.everybody(),
        validation: Vec::new(),
        test: Vec::new(),
    };
    let request = state.data.load.request().expect("the faces are requested");
    update(&mut state, Event::Loaded(request, Arc::new(faces)));
    let started = Started {
        run: None,
        parameters: 0,
        epochs: EPOCHS,
        members: vec![0],
        best: None,
        batches: 5,
        history: Vec::new(),
        split,
        validation: "no people".into(),
    };
    update(&mut state, Event::Training(TrainingEvent::Started(started)));
    for epoch in 1..=EPOCHS {
        let report = Box::new(EpochReport {
            metrics: metrics(epoch),
            best: false,
            scores: Arc::new(scores()),
            model: (),
        });
        update(&mut state, Event::Training(TrainingEvent::Epoch(report)));
    }
    state
}

/// Falling and uneven numbers, like those of a training.
fn metrics(epoch: u32) -> EpochMetrics {
    let falling = (-(epoch as f32) / 30.0).exp() + 0.05 * (epoch as f32).sin();
    EpochMetrics {
        epoch: Epoch(epoch),
        train_loss: falling,
        train_accuracy: 1.0 - falling / 3.0,
        validation: Some(ValidationMetrics {
            loss: 0.3 + falling,
            accuracy: 0.9 - falling / 3.0,
            eer: f64::from(falling / 4.0).abs(),
            auc: 1.0 - f64::from(falling / 4.0).abs(),
        }),
        learning_rate: 2e-3,
        seconds: 1.0,
    }
}

/// As many comparisons as five people with ten pictures have.
fn scores() -> Scores {
    let spread = |count: usize, from: f32| {
        (0..count)
            .map(move |i| from + 0.4 * ((i * 37 % 101) as f32 / 101.0))
            .collect()
    };
    Scores {
        mated: spread(225, 0.6),
        non_mated: spread(1000, 0.0),
    }
}
