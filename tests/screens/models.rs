//! The model picker.

use std::path::PathBuf;

use twinsight::internals::app::effect::FileJob;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::model::{BUILT_IN, ModelChoice, ModelInfo, ModelResult, SplitNames};
use twinsight::internals::app::popups::Overlay;
use twinsight::internals::app::{Effect, State, update};
use twinsight::metrics::Interval;
use twinsight::train::TrainingEvent;
use twinsight::units::Epoch;
use twinsight::vision::{BackboneHash, Preparation};

use super::states::{apply, empty, faces, load_faces, press, text, training};

const SIZE: (u16, u16) = (80, 24);

fn choice(number: u32, preset: &str, people: usize, result: ModelResult) -> ModelChoice {
    let name = format!("{number:04}-{preset}");
    ModelChoice {
        asked: PathBuf::from("/runs").join(&name),
        number: Some(number),
        name,
        preset: preset.into(),
        people,
        result,
    }
}

fn choices() -> Vec<ModelChoice> {
    let eer = |rate, interval| ModelResult::Eer { rate, interval };
    let ends = Interval {
        low: 0.004,
        high: 0.021,
    };
    vec![
        ModelChoice {
            asked: "builtin".into(),
            number: None,
            name: BUILT_IN.into(),
            ..choice(0, "transfer", 40, eer(0.011, Some(ends)))
        },
        choice(
            4,
            "compact",
            0,
            ModelResult::Unusable("no epoch is complete yet".into()),
        ),
        choice(3, "tutorial", 5, ModelResult::NotLearned),
        choice(2, "compact", 0, ModelResult::NotValidated),
        choice(1, "compact", 5, eer(0.081, None)),
    ]
}

fn model(origin: &str, preparation: Preparation) -> ModelInfo {
    ModelInfo {
        epoch: Epoch(30),
        origin: origin.into(),
        preparation,
        scores: None,
        why: "no model was trained here yet, so the built-in model answers".into(),
    }
}

/// The picker, open and filled.
fn open() -> State {
    let mut state = empty(SIZE);
    let info = model(BUILT_IN, faces().preparation);
    update(&mut state, Event::ModelLoaded(info, SplitNames::default()));
    let asked = press(&mut state, "4 M");
    let [Effect::Files(FileJob::ListModels(number))] = asked[..] else {
        panic!("no list is requested: {asked:?}")
    };
    update(&mut state, Event::Models(number, choices()));
    state
}

#[test]
fn all_models_are_listed_with_what_is_known_of_them() {
    let state = open();
    insta::assert_snapshot!("models", text(&state));
    let shown = text(&state);
    for expected in [
        "1.1 % (0.4–2.1 %)",
        "8.1 % (n/a)",
        "did not learn",
        "nobody held out",
        "no epoch is complete yet",
        "✓     built-in model",
        "so the built-in model answers",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}

#[test]
fn the_one_that_is_chosen_is_requested_and_one_that_cannot_answer_is_not() {
    let mut state = open();
    assert_eq!(press(&mut state, "down enter"), []);
    assert!(text(&state).contains("0004-compact cannot answer: no epoch is complete yet"));
    assert!(matches!(state.overlay, Some(Overlay::Models(_))));
    let wanted = FileJob::UseModel("/runs/0003-tutorial".into());
    assert_eq!(press(&mut state, "down enter"), [wanted.into()]);
    assert_eq!(state.overlay, None);
}

#[test]
fn a_model_that_needs_other_faces_answers_when_they_are_there() {
    let mut state = open();
    press(&mut state, "esc");
    let other = Preparation::for_backbone(BackboneHash([7; 32]));
    let chosen = Event::ModelLoaded(model("0003-transfer", other), SplitNames::default());
    let effects = update(&mut state, chosen);
    let loads = |effect: &Effect| matches!(effect, Effect::Files(FileJob::Load(_, _, Some(p))) if *p == other);
    assert!(
        effects.iter().all(loads) && effects.len() == 1,
        "{effects:?}"
    );
    assert_eq!(state.model, None, "no answer by faces of the other kind");
    load_faces(&mut state);
    let origin = state.model.as_ref().map(|model| &*model.origin);
    assert_eq!(origin, Some("0003-transfer"));
    assert!(state.verify.answered, "it was asked");
}

#[test]
fn the_training_of_this_session_answers_and_is_not_left_while_it_runs() {
    let mut state = training(SIZE);
    assert_eq!(press(&mut state, "4 M"), []);
    assert!(state.overlay.is_none() && text(&state).contains("the training that runs answers"));
    let over = TrainingEvent::Finished {
        epoch: Epoch(12),
        stopped: false,
    };
    apply(&mut state, over);
    let asked = press(&mut state, "M");
    let [Effect::Files(FileJob::ListModels(number))] = asked[..] else {
        panic!("no list is requested: {asked:?}")
    };
    update(&mut state, Event::Models(number, choices()));
    assert!(text(&state).contains("the training in these screens answers"));
}
