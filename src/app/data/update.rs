//! What keys and answers change on the Data screen.

use std::sync::Arc;

use super::state::{Focus, Phase};
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, TerminalRequest, TrainingRequest, request};
use crate::app::error::TaskError;
use crate::app::geometry;
use crate::app::message::Level;
use crate::app::model::ModelInfo;
use crate::app::pending::Request;
use crate::app::photo::Photo;
use crate::app::popups::Overlay;
use crate::app::state::{Reload, State};
use crate::app::{pairs, popups, train, verify};
use crate::data::{Dataset, check};
use crate::recognition::PhotoSource;
use crate::text::counted;
use crate::train::TrainingEvent;
use crate::units::ImageId;
use crate::vision::Preparation;

pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let room = state.room();
    let data = &mut state.data;
    match action {
        Action::Filter => data.filtering = true,
        Action::ShowRefused => return show_findings(state),
        Action::AskWho => {
            let image = data.current_image();
            return image.map_or_else(Vec::new, |image| verify::update::identify(state, image));
        }
        Action::Copy => {
            let picture = data.dataset.as_ref().zip(data.current_image());
            return picture.map_or_else(Vec::new, |(dataset, image)| {
                request(TerminalRequest::Copy(dataset.picture(image).label.clone()))
            });
        }
        Action::Select if data.focus == Focus::Pictures => {
            data.enlarged = !data.enlarged && data.dataset.is_some();
        }
        Action::Back if data.enlarged => data.enlarged = false,
        Action::Back if data.focus == Focus::Pictures => data.focus = Focus::People,
        Action::Back if !data.filter.text.is_empty() => {
            data.filter.text.clear();
            data.apply_filter();
        }
        _ => {
            data.move_cursor(action, geometry::data_grid(room), geometry::list_rows(room));
        }
    }
    show_photo(state)
}

/// Lists what was found in the files. Photos are compared with each other first, if that was not done yet.
fn show_findings(state: &mut State) -> Vec<Effect> {
    state.overlay = Some(Overlay::Check { selected: 0 });
    let data = &mut state.data;
    if data.dataset.is_none() || data.findings.complete || data.checking {
        return Vec::new();
    }
    data.checking = true;
    request(FileJob::Check)
}

/// Goes to a picture, whatever the filter says.
pub(in crate::app) fn go_to(state: &mut State, image: ImageId) -> Vec<Effect> {
    let grid = geometry::data_grid(state.room());
    let data = &mut state.data;
    let Some(dataset) = data.dataset.clone() else {
        return Vec::new();
    };
    let person = dataset.person_of(image);
    if !data.shown.contains(&person) {
        data.filter.text.clear();
        data.apply_filter();
    }
    let place = |images: &[ImageId]| images.iter().position(|&i| i == image);
    data.person = data.shown.iter().position(|&p| p == person).unwrap_or(0);
    data.picture = place(&dataset.person(person).images).unwrap_or(0);
    data.focus = Focus::Pictures;
    data.keep_visible(grid);
    show_photo(state)
}

pub(in crate::app) fn refresh(_: &mut State) -> Vec<Effect> {
    Vec::new()
}

/// Requests the photo behind the enlarged picture, unless it is there.
pub(in crate::app) fn show_photo(state: &mut State) -> Vec<Effect> {
    let Some(image) = state.data.current_image().filter(|_| state.data.enlarged) else {
        return Vec::new();
    };
    let shown = |(shown, _): &(ImageId, Photo)| *shown == image;
    if state.data.photo.get().is_some_and(shown) {
        return Vec::new();
    }
    let number = state.ask();
    state.data.photo.ask(number);
    request(FileJob::ShowPhoto(number, image))
}

/// Requests the data set of the source, with the faces prepared as the network takes them that is in use or, without one,
/// as that takes them which will answer.
pub(in crate::app) fn load(state: &mut State) -> Vec<Effect> {
    let model = state.model.as_ref();
    let preparation = model.map(|model| model.preparation);
    load_prepared(state, preparation)
}

fn load_prepared(state: &mut State, preparation: Option<Preparation>) -> Vec<Effect> {
    let number = state.ask();
    state.data.load.ask(number);
    request(FileJob::Load(
        number,
        state.data.source.clone(),
        preparation,
    ))
}

/// Requests the faces of the same pictures, prepared for a training that is requested again when they are there. Until its
/// first epoch no network answers, because the one before takes other faces.
pub(in crate::app) fn prepare_again(
    state: &mut State,
    preparation: Preparation,
    then: TrainingRequest,
) -> Vec<Effect> {
    state.reload = Some(Reload {
        then: Some(then),
        before: state.model.take(),
    });
    let crop = preparation.crop;
    let text = format!("cutting out the faces for this training ({crop})");
    state.say(Level::Info, text);
    forget_faces(state);
    load_prepared(state, Some(preparation))
}

/// Takes a network that needs the faces of the same pictures prepared in another way, and requests them. It answers when they
/// are there.
pub(in crate::app) fn prepare_for(state: &mut State, model: ModelInfo) -> Vec<Effect> {
    let preparation = model.preparation;
    state.model = None;
    state.reload = Some(Reload {
        then: None,
        before: Some(model),
    });
    forget_faces(state);
    load_prepared(state, Some(preparation))
}

/// A training whose faces were prepared again ended before its first epoch: the faces and the network before it return.
pub(in crate::app) fn restore(state: &mut State) -> Vec<Effect> {
    let Some(reload) = &mut state.reload else {
        return Vec::new();
    };
    reload.then = None;
    let Some(before) = &reload.before else {
        state.reload = None;
        return Vec::new();
    };
    let preparation = before.preparation;
    forget_faces(state);
    load_prepared(state, Some(preparation))
}

/// Forgets everything that was made from the faces of the data set.
fn forget_faces(state: &mut State) {
    state.data.phase = Phase::Loading;
    state.pairs.forget_scores();
    state.map.projection.clear();
    state.network.activations.clear();
    let verify = &mut state.verify;
    verify.view.clear();
    verify.comparison.clear();
    verify.candidates.clear();
}

/// Takes the same pictures with other faces. Everything selected stays so, unless the files have changed meanwhile.
fn loaded_again(state: &mut State, before: &Dataset, dataset: Arc<Dataset>) -> Vec<Effect> {
    let labels = |dataset: &Dataset| -> Vec<String> {
        let labels = dataset.images.iter().map(|picture| &picture.label);
        labels.cloned().collect()
    };
    let same = labels(before) == labels(&dataset);
    let (picture, scroll) = (state.data.picture, state.data.scroll);
    let pair = state.pairs.current();
    state.data.loaded(dataset.clone());
    state.pairs.draw(&dataset, state.verify.threshold);
    if same {
        (state.data.picture, state.data.scroll) = (picture, scroll);
        let listed = state.pairs.shown.iter().position(|&i| Some(i) == pair);
        state.pairs.selected = listed.unwrap_or(0);
    } else {
        state.pairs.marks.clear();
        state.pairs.left_out.clear();
    }
    let probe = state.verify.probe.clone();
    let file = |probe: &PhotoSource| matches!(probe, PhotoSource::File(_));
    let probe = probe.filter(|probe| same || file(probe));
    let mut effects = verify::update::first_probe(state, probe);
    match state.reload.as_mut().and_then(|reload| reload.then.take()) {
        Some(training) if same => effects.push(training.into()),
        Some(_) => {
            let why = "the pictures have changed on disk: look at them, then start again";
            let failed = TrainingEvent::Failed(why.to_owned());
            state.reload = None;
            effects.extend(train::update::news(state, failed));
        }
        None => {
            let reload = state.reload.take();
            state.model = reload
                .and_then(|reload| reload.before)
                .or(state.model.take());
            verify::update::use_usual_threshold(state);
            effects.extend(pairs::update::score(state));
        }
    }
    effects
}

/// Takes the data set, draws pairs, selects what was selected before, and prepares a probe.
pub(in crate::app) fn loaded(
    state: &mut State,
    number: Request,
    dataset: Arc<Dataset>,
) -> Vec<Effect> {
    if !state.data.load.settle(number) {
        return Vec::new();
    }
    if state.data_before.take().is_some() {
        let text = format!("{} loaded; t starts the training", dataset.name);
        state.say(Level::Info, text);
    }
    if !dataset.refused.is_empty() && !state.has_unread(Level::Error) {
        let files = counted(dataset.refused.len(), "file");
        let key = state.keymap.first_shown(Action::ShowRefused);
        let key = key.unwrap_or_default();
        let text = format!("{files} cannot be used; {key} on the Data screen says why");
        state.say(Level::Warning, text);
    } else if let Some(few) = check::too_few(&dataset)
        && !state.has_unread(Level::Warning)
    {
        state.say(Level::Info, few);
    }
    if let Some(before) = state.data.dataset.clone() {
        return loaded_again(state, &before, dataset);
    }
    state.data.loaded(dataset.clone());
    state.data.keep_visible(geometry::data_grid(state.room()));
    state.pairs.marks.clear();
    state.pairs.left_out.clear();
    state.pairs.draw(&dataset, state.verify.threshold);
    let probe = state.recall_selection(&dataset);
    let mut effects = verify::update::first_probe(state, probe);
    effects.extend(pairs::update::score(state));
    // An attached training brings newer weights.
    if !std::mem::replace(&mut state.model_requested, true) && !state.train.attached {
        effects.push(FileJob::LoadModel.into());
    }
    effects
}

/// The data set cannot be loaded: the one before it, if there is one, returns.
pub(in crate::app) fn load_failed(state: &mut State, why: &TaskError) -> Vec<Effect> {
    state.say(Level::Error, why.to_string());
    if let Some(reload) = state.reload.take() {
        // The faces before are still there.
        state.data.phase = Phase::Ready;
        state.model = reload.before;
        state.train.phase = train::Phase::Failed(why.to_string());
        return compare_again(state);
    }
    match state.data_before.take() {
        Some(before) => {
            let typed = state.train.settings.clone();
            state.train.settings.data.clone_from(&before.source);
            state.data = *before;
            popups::update::correct_data(state, &typed, why.to_string());
        }
        None => state.data.failed(why.to_string()),
    }
    Vec::new()
}

/// Prepares the probe and asks the network again.
fn compare_again(state: &mut State) -> Vec<Effect> {
    let probe = state.verify.probe.clone();
    let mut effects = verify::update::first_probe(state, probe);
    effects.extend(pairs::update::score(state));
    effects
}
