//! What keys and answers change in the file picker.

use std::path::PathBuf;

use super::state::{FilePicker, Listing};
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, request};
use crate::app::error::TaskError;
use crate::app::pending::Request;
use crate::app::photo::Photo;
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::app::verify;
use crate::recognition::PhotoSource;

/// What an editing action does in the picker.
pub(in crate::app) fn act(
    state: &mut State,
    mut picker: Box<FilePicker>,
    action: Action,
) -> Vec<Effect> {
    let last = picker.matching().len().saturating_sub(1);
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm => return choose(state, picker),
        Action::Complete => return complete(state, picker),
        Action::NextField => picker.selected = (picker.selected + 1).min(last),
        Action::PreviousField => picker.selected = picker.selected.saturating_sub(1),
        Action::ChoiceLeft => {
            let parent = picker.listing.get().and_then(|l| l.path.parent());
            if let Some(parent) = parent.map(PathBuf::from) {
                return list(state, picker, parent);
            }
        }
        Action::ChoiceRight => {
            if let Some((folder, true)) = picker.current() {
                return list(state, picker, folder);
            }
        }
        _ => {
            if picker.line.edit(action) {
                picker.selected = 0;
            }
        }
    }
    state.overlay = Some(Overlay::Files(picker));
    preview(state)
}

fn list(state: &mut State, mut picker: Box<FilePicker>, folder: PathBuf) -> Vec<Effect> {
    let number = state.ask();
    picker.listing.ask(number);
    (picker.selected, picker.failure) = (0, None);
    picker.preview.clear();
    state.overlay = Some(Overlay::Files(picker));
    request(FileJob::List(number, folder))
}

/// Opens the folder or takes the file. Whether a typed path is a file or a folder, only the worker can tell.
fn choose(state: &mut State, picker: Box<FilePicker>) -> Vec<Effect> {
    if let Some(path) = picker.typed_path() {
        return list(state, picker, path);
    }
    match picker.current() {
        Some((folder, true)) => list(state, picker, folder),
        Some((file, false)) => take(state, picker.listing.get().cloned(), file),
        None => {
            state.overlay = Some(Overlay::Files(picker));
            Vec::new()
        }
    }
}

/// Completes what is typed: a name from the entries of the folder, a path by what its folder holds.
fn complete(state: &mut State, mut picker: Box<FilePicker>) -> Vec<Effect> {
    if picker.typed_path().is_some() {
        let number = state.ask();
        picker.completion.ask(number);
        let text = picker.line.text.clone();
        state.overlay = Some(Overlay::Files(picker));
        return request(FileJob::Complete(number, text));
    }
    if let Some(name) = picker.completed() {
        picker.line.text = name;
        picker.selected = 0;
    }
    state.overlay = Some(Overlay::Files(picker));
    preview(state)
}

/// Takes a path that was completed, unless something else was typed meanwhile.
pub(in crate::app) fn completed(state: &mut State, number: Request, text: String) -> Vec<Effect> {
    if let Some(picker) = picker(state)
        && picker.completion.settle(number)
        && text.starts_with(&picker.line.text)
    {
        picker.line.text = text;
    }
    preview(state)
}

/// Takes a file as the probe; the other files of its folder are the next and previous probes.
fn take(state: &mut State, listing: Option<Listing>, file: PathBuf) -> Vec<Effect> {
    if let Some(listing) = listing {
        let files = listing.entries.iter().filter(|(_, folder)| !folder);
        state.verify.siblings = files.map(|(name, _)| listing.path.join(name)).collect();
    }
    verify::update::take(state, PhotoSource::File(file))
}

/// Requests a small view of the file under the cursor.
pub(in crate::app) fn preview(state: &mut State) -> Vec<Effect> {
    let number = state.ask();
    let Some(picker) = picker(state) else {
        return Vec::new();
    };
    picker.preview.clear();
    match picker.current() {
        Some((file, false)) => {
            picker.preview.ask(number);
            request(FileJob::Preview(number, file))
        }
        _ => Vec::new(),
    }
}

/// Takes what a folder holds. If the path was a file, that file is taken.
pub(in crate::app) fn listed(
    state: &mut State,
    number: Request,
    mut listing: Listing,
) -> Vec<Effect> {
    let Some(picker) = picker(state) else {
        return Vec::new();
    };
    let file = listing.file.take();
    if !picker.listing.accept(number, listing.clone()) {
        return Vec::new();
    }
    // A path that could not be opened stays, to be corrected.
    picker.line.text.clear();
    match file {
        Some(file) => {
            state.overlay = None;
            take(state, Some(listing), file)
        }
        None => {
            picker.selected = 0;
            preview(state)
        }
    }
}

/// Takes the small view.
pub(in crate::app) fn previewed(state: &mut State, number: Request, photo: Photo) {
    if let Some(picker) = picker(state) {
        picker.preview.accept(number, photo);
    }
}

/// A request of the picker failed. A folder shows why; a file then has no preview.
pub(in crate::app) fn failed(state: &mut State, number: Request, why: &TaskError) {
    if let Some(picker) = picker(state)
        && !picker.preview.settle(number)
        && !picker.completion.settle(number)
        && picker.listing.settle(number)
    {
        picker.failure = Some(why.to_string());
    }
}

fn picker(state: &mut State) -> Option<&mut FilePicker> {
    match &mut state.overlay {
        Some(Overlay::Files(picker)) => Some(picker),
        _ => None,
    }
}
