//! What keys do.

use std::time::Duration;

use twinsight::internals::app::data::Focus;
use twinsight::internals::app::effect::{
    FileJob, GalleryChange, NetworkQuery, TerminalRequest, TrainingRequest,
};
use twinsight::internals::app::error::TaskError;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::message::Level;
use twinsight::internals::app::popups::{Listing, Overlay};
use twinsight::internals::app::verify::Compare;
use twinsight::internals::app::{Action, Context, Effect, Screen, update};
use twinsight::recognition::PhotoSource;
use twinsight::train::TrainingEvent;
use twinsight::units::{Epoch, ImageId};

use super::states::{
    STALE, empty, full, load_faces, loading, press, probe_view, text, training, type_text,
};

const SIZE: (u16, u16) = (80, 24);

#[test]
fn every_action_has_its_line_in_the_help() {
    let mut state = full((120, 200));
    press(&mut state, "?");
    let help = text(&state);
    for action in Action::ALL {
        assert!(
            help.contains(action.description()),
            "{action:?} is not in the help"
        );
    }
}

#[test]
fn the_footer_offers_only_keys_that_work() {
    for &screen in Screen::ALL {
        let mut state = full((200, 60));
        press(&mut state, &screen.digit().to_string());
        for &action in Action::ALL
            .iter()
            .filter(|a| a.context() == Context::Screen(screen) && state.offers(**a))
        {
            let key = state.keymap.keys(action)[0];
            assert_eq!(
                state.keymap.action(&state.contexts(), key),
                Some(action),
                "{action:?}"
            );
        }
    }
    assert!(Context::ALL.iter().all(|context| {
        Action::ALL
            .iter()
            .any(|action| action.context() == *context)
    }));
}

#[test]
fn digits_and_tab_change_the_screen() {
    let mut state = empty(SIZE);
    press(&mut state, "4");
    assert_eq!(state.screen, Screen::Verify);
    for _ in Screen::Verify.digit()..=Screen::ALL.len() {
        press(&mut state, "tab");
    }
    assert_eq!(state.screen, Screen::Data);
    press(&mut state, "backtab");
    assert_eq!(Some(&state.screen), Screen::ALL.last());
}

#[test]
fn training_is_started_from_anywhere_once_there_are_faces() {
    let mut early = loading(SIZE);
    assert_eq!(press(&mut early, "t"), []);
    assert!(early.message.is_some());
    let mut state = empty(SIZE);
    assert!(
        matches!(&press(&mut state, "3 t")[..], [Effect::Training(TrainingRequest::Start(settings))] if settings.preset == "compact")
    );
    assert_eq!(
        (state.screen, press(&mut state, "t")),
        (Screen::Train, vec![])
    );
}

#[test]
fn quitting_asks_while_training_and_only_then() {
    assert_eq!(press(&mut full(SIZE), "q"), [TerminalRequest::Quit.into()]);
    let mut state = training(SIZE);
    assert_eq!(press(&mut state, "q"), []);
    assert_eq!(state.overlay, Some(Overlay::Quit));
    assert_eq!(press(&mut state, "esc"), []);
    assert_eq!(state.overlay, None);
}

#[test]
fn leaving_can_keep_the_training_in_the_background() {
    let over = |stopped| {
        Event::Training(TrainingEvent::Finished {
            epoch: Epoch(12),
            stopped,
        })
    };
    // The training is stopped and saved first. A training that is finished is not handed over.
    let hand_over = Effect::from(TrainingRequest::HandOver);
    let quit = Effect::from(TerminalRequest::Quit);
    for (stopped, leave) in [(true, hand_over), (false, quit)] {
        let mut state = training(SIZE);
        let stop = TrainingRequest::Control(twinsight::train::TrainingCommand::Stop).into();
        assert_eq!(press(&mut state, "q b"), [stop]);
        assert_eq!(update(&mut state, over(stopped)).last(), Some(&leave));
    }
    // Outside that question the key does something else.
    let mut state = training(SIZE);
    assert_eq!(press(&mut state, "b"), []);
    assert!(!state.leaving);
}

#[test]
fn an_attached_training_is_left_alone_until_it_is_told_to_stop() {
    let mut state = training(SIZE);
    update(&mut state, Event::Attached);
    assert_eq!(press(&mut state, "q"), [TerminalRequest::Quit.into()]);
    assert_eq!(
        press(&mut state, "ctrl-c ctrl-c"),
        [TerminalRequest::Quit.into()]
    );
    let stop = TrainingRequest::Control(twinsight::train::TrainingCommand::Stop).into();
    assert_eq!(press(&mut state, "2 x"), [stop]);
}

#[test]
fn ctrl_c_stops_then_leaves_and_forgets_after_two_seconds() {
    let mut state = training(SIZE);
    assert_eq!(
        press(&mut state, "ctrl-c"),
        [TrainingRequest::Control(twinsight::train::TrainingCommand::Stop).into()]
    );
    update(&mut state, Event::Tick(Duration::from_millis(2100)));
    assert_ne!(press(&mut state, "ctrl-c"), [TerminalRequest::Quit.into()]);
    update(&mut state, Event::Tick(Duration::from_millis(3000)));
    assert_eq!(press(&mut state, "ctrl-c"), [TerminalRequest::Quit.into()]);
}

#[test]
fn ctrl_c_works_while_text_is_typed() {
    let mut state = empty(SIZE);
    press(&mut state, "1 / a");
    assert_eq!(
        press(&mut state, "ctrl-c ctrl-c"),
        [TerminalRequest::Quit.into()]
    );
}

#[test]
fn the_filter_narrows_and_escape_widens() {
    let mut state = empty(SIZE);
    press(&mut state, "/");
    type_text(&mut state, "S3");
    assert_eq!(state.data.shown.len(), 10, "s30 to s39");
    press(&mut state, "enter");
    assert!(!state.data.filtering && state.data.shown.len() == 10);
    press(&mut state, "esc");
    assert_eq!(state.data.shown.len(), 40);
}

#[test]
fn the_cursor_walks_through_all_pictures_and_stays_visible() {
    let mut state = empty(SIZE);
    press(&mut state, "right");
    assert_eq!(state.data.focus, Focus::Pictures);
    let mut seen = vec![state.data.current_image().expect("a picture")];
    for _ in 1..400 {
        press(&mut state, "right");
        seen.push(state.data.current_image().expect("a picture"));
        assert!(
            text(&state).contains('▲'),
            "{:?} is out of sight",
            seen.last()
        );
    }
    assert_eq!(seen, (0..400).map(ImageId).collect::<Vec<_>>());
    press(&mut state, "home");
    assert_eq!(state.data.current_image(), Some(ImageId(0)));
    for _ in 0..79 {
        press(&mut state, "down");
    }
    assert_eq!(
        state.data.current_image(),
        Some(ImageId(395)),
        "two rows of five for each of forty people"
    );
}

#[test]
fn pairs_are_filtered_ordered_and_followed_through_the_epochs() {
    let mut state = full(SIZE);
    press(&mut state, "3");
    let threshold = state.verify.threshold;
    assert_eq!(state.pairs.shown.len(), 800);
    let hardest = state.pairs.current().expect("a pair");
    assert_eq!(state.pairs.right(hardest, threshold), Some(false));
    press(&mut state, "f f f");
    assert_eq!(state.pairs.shown.len(), state.pairs.wrong);
    press(&mut state, "f f down down");
    let watched = state.pairs.current();
    let now = state.pairs.similarity(watched.expect("a pair"));
    press(&mut state, "left");
    assert_eq!(
        (state.pairs.epoch(), state.pairs.current()),
        (Some(Epoch(11)), watched)
    );
    assert_ne!(state.pairs.similarity(watched.expect("a pair")), now);
    press(&mut state, "right");
    assert_eq!(
        (state.pairs.at, state.pairs.epoch()),
        (None, Some(Epoch(12)))
    );
}

#[test]
fn new_pairs_follow_from_the_next_seed() {
    let mut state = full(SIZE);
    let before = state.pairs.pairs.clone();
    let effects = press(&mut state, "3 r");
    assert!(matches!(
        &effects[..],
        [Effect::Network(NetworkQuery::ScorePairs(..))]
    ));
    assert_ne!(state.pairs.pairs, before);
    assert_eq!(state.pairs.seed.0, 43);
}

#[test]
fn the_threshold_moves_and_everything_counts_anew() {
    let mut state = full(SIZE);
    press(&mut state, "4");
    let (accepted, wrong) = (state.verify.accepted(), state.pairs.wrong);
    press(&mut state, &["right"; 20].join(" "));
    assert!((state.verify.threshold.0 - 0.7).abs() < 1e-5);
    assert!(state.verify.accepted() < accepted);
    assert_ne!(state.pairs.wrong, wrong);
    press(&mut state, &["left"; 200].join(" "));
    assert_eq!(state.verify.threshold.0, 0.0);
}

#[test]
fn probes_come_from_the_data_set_or_a_file() {
    let mut state = full(SIZE);
    press(&mut state, "1 right");
    let effects = update(&mut state, Event::Key("v".parse().expect("a key")));
    assert_eq!(state.screen, Screen::Verify);
    let [Effect::Files(FileJob::Prepare(number, source))] = &effects[..] else {
        panic!("a face is compared once it is prepared: {effects:?}")
    };
    assert_eq!(*source, PhotoSource::Picture(ImageId(0)));
    let view = Box::new(probe_view(source));
    let effects = update(&mut state, Event::Probed(*number, view));
    let [Effect::Network(NetworkQuery::Compare(_, probe, Compare::One(_)))] = &effects[..] else {
        panic!("the face is not compared: {effects:?}")
    };
    let shown = state.verify.view.get().map(|view| &view.probe);
    assert_eq!(Some(probe), shown, "what is shown is what is scored");
    assert_eq!(probe.picture(), Some(ImageId(0)));
    press(&mut state, "p");
    assert_eq!(state.verify.probe, Some(PhotoSource::Picture(ImageId(399))));
    let effects = press(&mut state, "o");
    let [Effect::Files(FileJob::List(request, _))] = effects[..] else {
        panic!("no folder is asked for")
    };
    let entries = vec![
        ("..".into(), true),
        ("a.png".into(), false),
        ("b.png".into(), false),
    ];
    let listing = Listing {
        path: "/photos".into(),
        entries,
        file: None,
    };
    update(&mut state, Event::Folder(request, listing));
    type_text(&mut state, "b.");
    let effects = press(&mut state, "enter");
    let file = PhotoSource::File("/photos/b.png".into());
    assert!(matches!(
        &effects[..],
        [Effect::Files(FileJob::Prepare(_, source))] if *source == file
    ));
    press(&mut state, "n");
    assert_eq!(
        state.verify.probe,
        Some(PhotoSource::File("/photos/a.png".into())),
        "around the end, folders left out"
    );
}

#[test]
fn people_are_enrolled_renamed_and_forgotten() {
    let mut state = full(SIZE);
    press(&mut state, "4 +");
    type_text(&mut state, "anna");
    let shown = state.verify.view.get().expect("a probe").probe.clone();
    let enroll = GalleryChange::Enroll("anna".into(), shown);
    assert_eq!(
        press(&mut state, "enter"),
        [NetworkQuery::Change(enroll).into()],
        "what is shown is what is enrolled"
    );
    assert_eq!(
        press(&mut state, "d"),
        [],
        "people of the data set are not forgotten"
    );
    press(&mut state, "b");
    let anna = state
        .verify
        .candidates
        .iter()
        .position(|c| c.enrolled)
        .expect("an enrolled person");
    state.verify.selected = anna;
    press(&mut state, "d");
    let forget = GalleryChange::Forget("anna".into());
    assert_eq!(
        press(&mut state, "enter"),
        [NetworkQuery::Change(forget).into()]
    );
    press(&mut state, "R backspace backspace");
    let rename = GalleryChange::Rename {
        from: "anna".into(),
        to: "an".into(),
    };
    assert_eq!(
        press(&mut state, "enter"),
        [NetworkQuery::Change(rename).into()]
    );
}

#[test]
fn stale_answers_are_dropped() {
    let mut state = full(SIZE);
    let before = text(&state);
    update(
        &mut state,
        Event::Compared(STALE, Epoch(99), Vec::new(), None),
    );
    update(&mut state, Event::Failed(STALE, TaskError::NoFaces));
    update(
        &mut state,
        Event::PairScores(STALE, Epoch(99), Default::default()),
    );
    assert_eq!(text(&state), before);
}

#[test]
fn messages_go_away_and_mistakes_stay_until_a_key() {
    let mut state = empty(SIZE);
    update(&mut state, Event::Notice(Level::Info, "done".into()));
    let wake = state.wake_at().expect("it goes away by itself");
    update(&mut state, Event::Tick(wake));
    assert_eq!(state.message, None);
    update(
        &mut state,
        Event::Notice(
            Level::Error,
            "keys.ron:3:5: there is no action `quite`\u{1b}[2J".into(),
        ),
    );
    let later = state.now + Duration::from_secs(3600);
    update(&mut state, Event::Tick(later));
    assert!(text(&state).contains("✗ keys.ron:3:5: there is no action `quite`"));
    assert!(
        !text(&state).contains('\u{1b}'),
        "no control character reaches the screen"
    );
    press(&mut state, "down");
    assert_eq!(state.message, None);
}

#[test]
fn the_settings_are_checked_field_by_field() {
    let mut state = empty(SIZE);
    press(&mut state, "e right");
    let Some(Overlay::Settings(form)) = &state.overlay else {
        panic!("no form")
    };
    assert_eq!(
        form.lines[1].text, "100",
        "the other preset brings its epochs"
    );
    press(&mut state, "tab ctrl-u x enter");
    assert!(text(&state).contains("epochs must be a whole number"));
    press(&mut state, "ctrl-u 3 enter");
    assert_eq!(
        (
            state.train.settings.epochs,
            state.train.settings.preset.as_str()
        ),
        (3, "tutorial")
    );
    assert!(state.train.active());
}

#[test]
fn other_faces_are_loaded_before_anything_is_trained_on_them() {
    let mut state = empty(SIZE);
    press(&mut state, "e backtab ctrl-u");
    type_text(&mut state, "/faces");
    assert!(
        matches!(&press(&mut state, "enter")[..], [Effect::Files(FileJob::Load(_, source, _))] if source == "/faces")
    );
    assert!(!state.train.active() && state.data.dataset.is_none());
    load_faces(&mut state);
    assert!(text(&state).contains("ORL faces loaded; t starts the training"));
    assert!(matches!(
        &press(&mut state, "t")[..],
        [Effect::Training(TrainingRequest::Start(_))]
    ));
}

#[test]
fn below_the_smallest_size_only_leaving_works() {
    let mut state = training((60, 20));
    assert_eq!(press(&mut state, "4"), []);
    assert_eq!(state.screen, Screen::Data);
    assert_eq!(press(&mut state, "q"), [TerminalRequest::Quit.into()]);
}

#[test]
fn a_theme_is_tried_at_once_and_taken_back() {
    let mut state = empty(SIZE);
    press(&mut state, "T");
    assert_eq!(
        press(&mut state, "down"),
        [TerminalRequest::UseTheme("light".into()).into()]
    );
    assert_eq!(
        press(&mut state, "esc"),
        [TerminalRequest::UseTheme("dark".into()).into()]
    );
}

#[test]
fn a_crosshair_reads_epochs_and_copies_them() {
    let mut state = full(SIZE);
    press(&mut state, "2 c left left");
    assert_eq!(state.train.read_epoch().map(|p| p.epoch), Some(Epoch(10)));
    let effects = press(&mut state, "y");
    assert!(
        matches!(&effects[..], [Effect::Terminal(TerminalRequest::Copy(text))] if text.starts_with("epoch 10: train loss 0.2")),
        "{effects:?}"
    );
}
