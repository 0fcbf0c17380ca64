//! What the file picker does, and the answers it asked for.

use super::open;
use crate::app::action::Action;
use crate::app::event::{Effect, Event, Listing};
use crate::app::overlay::{FilePicker, Overlay};
use crate::app::screens;
use crate::app::state::State;
use crate::app::verify::Probe;

pub(super) fn in_files(
    state: &mut State,
    mut picker: Box<FilePicker>,
    action: Action,
) -> Vec<Effect> {
    let last = picker.matching().len().saturating_sub(1);
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm => return choose_file(state, picker),
        Action::NextField => picker.selected = (picker.selected + 1).min(last),
        Action::PreviousField => picker.selected = picker.selected.saturating_sub(1),
        Action::ChoiceLeft => {
            let parent = picker
                .listing
                .as_ref()
                .and_then(|l| l.path.parent())
                .map(std::path::Path::to_path_buf);
            if let Some(parent) = parent {
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

fn list(state: &mut State, mut picker: Box<FilePicker>, folder: std::path::PathBuf) -> Vec<Effect> {
    picker.list_request = state.ask();
    let request = picker.list_request;
    picker.line.text.clear();
    (picker.selected, picker.preview, picker.failure) = (0, None, None);
    state.overlay = Some(Overlay::Files(picker));
    vec![Effect::List(request, folder)]
}

/// A typed path is asked about as it is: it may be a file or a folder, which only the outside knows.
fn choose_file(state: &mut State, picker: Box<FilePicker>) -> Vec<Effect> {
    if let Some(path) = picker.typed_path() {
        return list(state, picker, path);
    }
    match picker.current() {
        Some((folder, true)) => list(state, picker, folder),
        Some((file, false)) => take_file(state, &picker, file),
        None => open(state, Overlay::Files(picker)),
    }
}

fn take_file(state: &mut State, picker: &FilePicker, file: std::path::PathBuf) -> Vec<Effect> {
    if let Some(listing) = &picker.listing {
        let files = listing.entries.iter().filter(|(_, folder)| !folder);
        state.verify.siblings = files.map(|(name, _)| listing.path.join(name)).collect();
    }
    screens::probe(state, Probe::File(file))
}

/// Asks for a small view of the file under the cursor.
pub(super) fn preview(state: &mut State) -> Vec<Effect> {
    let request = state.ask();
    let Some(Overlay::Files(picker)) = &mut state.overlay else {
        return Vec::new();
    };
    picker.preview = None;
    match picker.current() {
        Some((file, false)) => {
            picker.preview_request = request;
            vec![Effect::PreviewFile(request, file)]
        }
        _ => Vec::new(),
    }
}

/// Takes in an answer for the file picker.
pub(in crate::app) fn answer(state: &mut State, event: Event) -> Vec<Effect> {
    let Some(Overlay::Files(picker)) = &mut state.overlay else {
        return Vec::new();
    };
    match event {
        Event::Folder(request, result) if request == picker.list_request => match result {
            Ok(Listing {
                path,
                file: Some(file),
                entries,
            }) => {
                picker.listing = Some(Listing {
                    path,
                    file: None,
                    entries,
                });
                let picker = picker.clone();
                state.overlay = None;
                return take_file(state, &picker, file);
            }
            Ok(listing) => {
                picker.listing = Some(listing);
                picker.selected = 0;
                return preview(state);
            }
            Err(why) => picker.failure = Some(why),
        },
        Event::Preview(request, result) if request == picker.preview_request => {
            picker.preview = result.ok()
        }
        _ => {}
    }
    Vec::new()
}
