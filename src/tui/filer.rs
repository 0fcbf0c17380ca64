//! The thread for files: faces, photos, runs, marks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::photos::{list, prepare, small};
use super::work::{Job, What};
use super::{Message, TuiOptions};
use crate::app::event::{Effect, Event, Level, ModelInfo, PastRun, Request, Unfinished};
use crate::data::mislabelled::{self, Mark};
use crate::data::{Dataset, Sharpness, Source, SourceError};
use crate::model::checkpoint::Saved;
use crate::model::pretrained;
use crate::train::run_dir::RunError;
use crate::train::{RunDir, run_dir};
use crate::vision::{Preparation, gray};

/// The thread for files.
pub(super) struct Filer {
    options: TuiOptions,
    out: Sender<Message>,
    sharpness: Option<(Arc<Dataset>, Sharpness)>,
}

impl Filer {
    /// Nothing read yet; what cannot wait for the rest of an answer goes to `out`.
    pub(super) fn new(options: TuiOptions, out: Sender<Message>) -> Self {
        Self {
            options,
            out,
            sharpness: None,
        }
    }

    /// What is blurred among these faces; measured once, for that looks at all of them.
    fn sharpness(&mut self, dataset: &Arc<Dataset>) -> Sharpness {
        if let Some((of, known)) = &self.sharpness
            && Arc::ptr_eq(of, dataset)
        {
            return *known;
        }
        let measured = Sharpness::of(dataset);
        self.sharpness = Some((dataset.clone(), measured));
        measured
    }

    /// Does a job.
    pub(super) fn work(&mut self, job: Job) -> Vec<Event> {
        let Job { what, dataset, .. } = job;
        let event = match what {
            What::Model(run) => return self.load_model(run, dataset),
            What::Effect(Effect::Load(request, source)) => return self.open(request, &source),
            What::Effect(Effect::KeepMarks(marks)) => return self.keep_marks(&marks, dataset),
            What::Effect(Effect::ShowPhoto(request, image)) => {
                match dataset.map(|dataset| dataset.photo(image)) {
                    Some(Ok(photo)) => Event::Photo(request, small(&photo)),
                    Some(Err(why)) => Event::Notice(Level::Warning, why.to_string()),
                    None => return Vec::new(),
                }
            }
            What::Effect(Effect::Prepare(request, probe)) => {
                let limit = dataset.as_ref().map(|dataset| self.sharpness(dataset));
                let view = prepare(&probe, dataset.as_deref(), limit);
                Event::Probed(request, view.map(Box::new))
            }
            What::Effect(Effect::List(request, path)) => Event::Folder(request, list(&path)),
            What::Effect(Effect::PreviewFile(request, path)) => Event::Preview(
                request,
                gray::open(&path)
                    .map(|photo| small(&photo))
                    .map_err(|why| why.to_string()),
            ),
            What::Effect(Effect::LoadPastRun(this)) => {
                Event::PastRun(self.past_run(this.as_deref()))
            }
            What::Effect(_) => return Vec::new(),
        };
        vec![event]
    }

    /// Reads faces; at once after them, what is known of them from earlier.
    fn open(&self, request: Request, source: &str) -> Vec<Event> {
        let dataset = match self.load(source) {
            Ok(dataset) => dataset,
            Err(why) => return vec![Event::Loaded(request, Err(why))],
        };
        let loaded = Event::Loaded(request, Ok(dataset.clone()));
        let _ = self.out.send(Message::App(loaded));
        let marks = mislabelled::read(&self.options.paths.mislabelled_dir(), &dataset);
        let marks = match marks {
            Ok(marks) => marks,
            Err(why) => return vec![Event::Notice(Level::Error, why.to_string())],
        };
        let offer = self.unfinished(&dataset, &marks);
        let mut events = vec![Event::Marks(marks)];
        events.extend(offer.map(Event::Unfinished));
        events
    }

    fn keep_marks(&self, marks: &[Mark], dataset: Option<Arc<Dataset>>) -> Vec<Event> {
        let Some(dataset) = dataset else {
            return Vec::new();
        };
        let folder = self.options.paths.mislabelled_dir();
        match mislabelled::write(&folder, &dataset, marks) {
            Ok(()) => Vec::new(),
            Err(why) => vec![Event::Notice(Level::Error, why.to_string())],
        }
    }

    /// The newest run, if it stopped before its last epoch and can go on with these faces.
    fn unfinished(&self, all: &Dataset, marks: &[Mark]) -> Option<Unfinished> {
        let path = run_dir::list(&self.options.paths.runs_dir()).pop()?;
        let run = RunDir::open(&path).ok().filter(RunDir::has_checkpoint)?;
        let (recipe, epochs) = (run.recipe().ok()?, run.rows().ok()?);
        let done = epochs.last()?.epoch;
        if done.0 >= recipe.epochs || recipe.preparation != all.preparation {
            return None;
        }
        let saved = run.resume_point().ok()??.saved;
        let faces = run.learns_from(all, marks).ok()?;
        (saved.metadata.fingerprint == faces.fingerprint()).then(|| Unfinished {
            name: name_of(&path),
            path,
            epoch: saved.metadata.epoch,
            epochs: recipe.epochs,
        })
    }

    /// Reads faces, prepared as the run that was asked for has them, or as configured, or as is usual for their source.
    fn load(&self, source: &str) -> Result<Arc<Dataset>, String> {
        let source: Source = source.parse().map_err(|why: SourceError| why.to_string())?;
        let config = &self.options.config;
        let run = self
            .options
            .run
            .as_ref()
            .and_then(|path| RunDir::open(path).ok()?.recipe().ok());
        let usual = || Preparation::of(config.crop.unwrap_or(source.usual_crop()));
        let preparation = run.map_or_else(usual, |recipe| recipe.preparation);
        let dataset = Dataset::open(&source, &preparation).map_err(|why| why.to_string())?;
        Ok(Arc::new(dataset))
    }

    /// The best network of a run. Without a name: of the newest run over these faces, or else the one that comes with the
    /// program, if it looks at faces as these are prepared.
    fn load_model(&mut self, run: Option<PathBuf>, dataset: Option<Arc<Dataset>>) -> Vec<Event> {
        let best = |run: RunDir| -> Result<(Saved, String), RunError> {
            Ok((run.best()?, name_of(run.path())))
        };
        let found = match (run, dataset) {
            (Some(path), _) => match RunDir::open(&path).and_then(best) {
                Ok(found) => Some(found),
                Err(why) => return vec![Event::Notice(Level::Error, why.to_string())],
            },
            (None, None) => None,
            (None, Some(faces)) => {
                let newest = RunDir::newest(&self.options.paths.runs_dir())
                    .and_then(best)
                    .ok();
                let own = newest.filter(|(saved, _)| faces.made(&saved.metadata.fingerprint));
                let fits = |saved: &Saved| *saved.model.preparation() == faces.preparation;
                let brought = || Some(pretrained()).filter(fits);
                own.or_else(|| Some((brought()?, "the program".to_owned())))
            }
        };
        let Some((saved, origin)) = found else {
            return Vec::new();
        };
        let info = ModelInfo {
            epoch: saved.metadata.epoch,
            origin,
            scores: Some(Arc::new(saved.scores)),
        };
        let metadata = Box::new(saved.metadata);
        let _ = self.out.send(Message::Model(saved.model, info, metadata));
        Vec::new()
    }

    /// The newest run with epochs that is not `this` one, which is under way.
    fn past_run(&self, this: Option<&Path>) -> Result<PastRun, String> {
        let mut newest_first = run_dir::list(&self.options.paths.runs_dir())
            .into_iter()
            .rev()
            .filter(|path| Some(path.as_path()) != this);
        let with_epochs = newest_first.find_map(|path| {
            let epochs = RunDir::open(&path).ok()?.rows().ok()?;
            let name = name_of(&path);
            (!epochs.is_empty()).then_some(PastRun { name, epochs })
        });
        with_epochs.ok_or_else(|| "there is no earlier run with epochs yet".to_owned())
    }
}

fn name_of(run: &Path) -> String {
    run.file_name().map_or(String::new(), |name| {
        crate::files::clean(&name.to_string_lossy())
    })
}
