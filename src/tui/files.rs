//! The thread for files: data sets, photos, runs, marks.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::findings;
use super::message::{Message, NetworkFromDisk};
use super::models::{self, name_of};
use super::options::TuiOptions;
use super::photos;
use super::runs;
use super::task::Job;
use crate::app::data::Progress;
use crate::app::effect::{FileJob, RunChange};
use crate::app::error::TaskError;
use crate::app::event::Event;
use crate::app::message::Level;
use crate::app::model::{BUILT_IN, ModelInfo, SplitNames};
use crate::app::pending::Request;
use crate::app::train::{PastRun, Unfinished};
use crate::data::mislabelled::{self, Mark};
use crate::data::{Dataset, FaceCache, Loading, Sharpness, Source};
use crate::gallery::Gallery;
use crate::model::checkpoint::Saved;
use crate::model::pretrained;
use crate::recognition::{AnsweringModel, ModelOrigin, answering_model};
use crate::text::Pace;
use crate::train::run_dir::RunError;
use crate::train::{RunDir, run_dir};
use crate::vision::{Crop, Preparation};

/// Time between two reports of the progress while a data set is read.
const REPORT: Duration = Duration::from_millis(200);

/// Does file jobs.
pub(super) struct FileWorker {
    options: TuiOptions,
    out: Sender<Message>,
    sharpness: Option<(Arc<Dataset>, Sharpness)>,
    /// The network that answers about a source, until it is asked for.
    answering: Option<(Source, AnsweringModel)>,
}

impl FileWorker {
    /// A worker that has read nothing yet. A data set and a network go to `out` before the rest of an answer.
    pub(super) fn new(options: TuiOptions, out: Sender<Message>) -> Self {
        Self {
            options,
            out,
            sharpness: None,
            answering: None,
        }
    }

    /// Does a job.
    ///
    /// # Errors
    /// When a file cannot be read or written, or needs a data set and there is none.
    pub(super) fn work(&mut self, job: Job<FileJob>) -> Result<Vec<Event>, TaskError> {
        let Job { task, dataset, .. } = job;
        let loaded = dataset.as_ref().ok_or(TaskError::NoFaces);
        Ok(vec![match task {
            FileJob::Load(number, source, preparation) => {
                return self.load(number, &source, preparation);
            }
            FileJob::LoadModel => return self.load_model(loaded?),
            FileJob::ListModels(number) => {
                let runs = self.options.paths.runs_dir();
                Event::Models(number, models::choices(&runs, dataset.as_deref()))
            }
            FileJob::ListRuns(number) => {
                Event::Runs(number, runs::list(&self.options.paths.runs_dir()))
            }
            FileJob::RunIntervals(number, wanted) => {
                Event::RunIntervals(number, runs::intervals(wanted, dataset.as_deref()))
            }
            FileJob::RunCurves(number, wanted) => Event::RunCurves(number, runs::curves(&wanted)?),
            FileJob::ChangeRun(change) => self.change_run(change)?,
            FileJob::Check => {
                self.check(loaded?.clone())?;
                return Ok(Vec::new());
            }
            FileJob::UseModel(asked) => return self.use_model(asked),
            FileJob::KeepMarks(marks) => {
                mislabelled::write(&self.options.paths.mislabelled_dir(), loaded?, &marks)?;
                return Ok(Vec::new());
            }
            FileJob::ShowPhoto(number, image) => {
                let photo = photos::of_picture(loaded?, image)?;
                Event::Photo(number, image, photos::small(&photo))
            }
            FileJob::Prepare(number, source) => {
                // Of aligned faces the quality is measured.
                let plain = |d: &&Arc<Dataset>| d.preparation.crop != Crop::Aligned;
                let plain = dataset.as_ref().filter(plain);
                let sharpness = plain.map(|dataset| self.sharpness(dataset));
                let old_people = dataset.as_ref().is_some_and(|d| self.has_old_people(d));
                let faces = photos::Faces {
                    dataset: dataset.as_deref(),
                    sharpness,
                    old_people,
                };
                let view = photos::prepare(&source, &faces)?;
                Event::Probed(number, Box::new(view))
            }
            FileJob::List(number, path) => Event::Folder(number, photos::list(&path)?),
            FileJob::Complete(number, text) => {
                let completed = photos::complete(&text)?;
                Event::Completed(number, completed)
            }
            FileJob::Preview(number, path) => {
                Event::Preview(number, photos::small(&photos::open(&path)?))
            }
            FileJob::Test(number, run, people) => {
                let saved = RunDir::open(&run)?.best()?;
                Event::Tested(number, models::test(&saved, loaded?, &people))
            }
            FileJob::LoadPastRun(this) => Event::PastRun(self.past_run(this.as_deref())?),
        }])
    }

    /// Whether version 0.1.0 enrolled people, and the faces of this data set are not prepared as it did. A gallery that cannot
    /// be read has none; comparing says why.
    fn has_old_people(&self, dataset: &Dataset) -> bool {
        let gallery = || {
            Gallery::open(
                &self.options.paths.gallery_dir(),
                &Preparation::of(Crop::Haar),
            )
        };
        let people = |gallery: Gallery| !gallery.enrolled().is_empty();
        dataset.preparation.backbone.is_some() && gallery().is_ok_and(people)
    }

    /// How sharp the faces of a data set are. Measured once, because that reads all of them.
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

    /// Reads a data set; after it, the marks of its pairs, and a run over it that could be resumed.
    fn load(
        &mut self,
        number: Request,
        source: &str,
        preparation: Option<Preparation>,
    ) -> Result<Vec<Event>, TaskError> {
        let source: Source = source.parse()?;
        let preparation = preparation.unwrap_or_else(|| self.preparation(&source));
        let cache = FaceCache::at(&self.options.paths.face_cache_dir());
        let reported = Mutex::new((Instant::now(), Pace::default()));
        let report = |done, all| {
            let Ok(mut reported) = reported.lock() else {
                return;
            };
            let (at, pace) = &mut *reported;
            if done == 0 || at.elapsed() >= REPORT {
                *at = Instant::now();
                pace.add(*at, done);
                let pace = pace.text(done, all);
                let progress = Progress { done, all, pace };
                let _ = self
                    .out
                    .send(Message::App(Event::Reading(number, progress)));
            }
        };
        let listed = |preview| {
            let _ = self.out.send(Message::App(Event::Listed(number, preview)));
        };
        let loading = Loading {
            cache: Some(&cache),
            progress: &report,
            listed: Some(&listed),
            ..Loading::default()
        };
        let dataset = Arc::new(Dataset::open_with(&source, &preparation, &loading)?);
        let loaded = Event::Loaded(number, dataset.clone());
        let _ = self.out.send(Message::App(loaded));
        if let Some(why) = &dataset.not_cached {
            let notice = Event::Notice(Level::Error, why.clone());
            let _ = self.out.send(Message::App(notice));
        }
        let found = Arc::new(findings::known(&dataset));
        let _ = self
            .out
            .send(Message::App(Event::Checked(dataset.clone(), found)));
        let marks = mislabelled::read(&self.options.paths.mislabelled_dir(), &dataset);
        let marks = match marks {
            Ok(marks) => marks,
            // The data set itself was answered.
            Err(why) => return Ok(vec![Event::Notice(Level::Error, why.to_string())]),
        };
        let offer = self.unfinished(&dataset, &marks);
        let mut events = vec![Event::Marks(marks)];
        events.extend(offer.map(Event::Unfinished));
        if findings::is_small(&dataset) {
            self.check(dataset)?;
        }
        Ok(events)
    }

    /// Compares all photos with each other, in a thread of its own: other jobs must not wait for it.
    fn check(&self, dataset: Arc<Dataset>) -> Result<(), TaskError> {
        let out = self.out.clone();
        let check = move || {
            let found = Arc::new(findings::all(&dataset));
            let _ = out.send(Message::App(Event::Checked(dataset, found)));
        };
        let thread = thread::Builder::new().name("check".into());
        thread.spawn(check)?;
        Ok(())
    }

    /// How the faces of a source are prepared at the start: as for the run that was named, or as configured, or as the network
    /// takes them that answers about this source.
    fn preparation(&mut self, source: &Source) -> Preparation {
        let run = self.options.run.as_ref();
        // A run may have no network yet, for example while its first epoch is being trained.
        let recipe = run.and_then(|path| RunDir::open(path).ok()?.recipe().ok());
        let configured = self.options.config.asked_crop().map(Preparation::of);
        let known = recipe.map(|recipe| recipe.preparation).or(configured);
        known.unwrap_or_else(|| {
            let found = self.answering(source);
            let found = found.unwrap_or_else(|_| built_in());
            let preparation = *found.saved.model.preparation();
            self.answering = Some((source.clone(), found));
            preparation
        })
    }

    fn answering(&self, source: &Source) -> Result<AnsweringModel, RunError> {
        let runs = self.options.paths.runs_dir();
        let cache = FaceCache::at(&self.options.paths.face_cache_dir());
        let loading = Loading {
            cache: Some(&cache),
            ..Loading::default()
        };
        let run = self.options.run.as_deref();
        answering_model(&runs, run, Some((source, &loading)))
    }

    /// The newest run, if it stopped before its last epoch and can be resumed with these faces or, if it needs them prepared
    /// in another way, with those of the same people.
    fn unfinished(&self, all: &Dataset, marks: &[Mark]) -> Option<Unfinished> {
        let path = run_dir::list(&self.options.paths.runs_dir()).pop()?;
        let run = RunDir::open(&path).ok().filter(RunDir::has_checkpoint)?;
        let (recipe, epochs) = (run.recipe().ok()?, run.rows().ok()?);
        let done = epochs.last()?.epoch;
        if done.0 >= recipe.epochs {
            return None;
        }
        let metadata = run.resume_point().ok()??.saved.metadata;
        let suits = match recipe.preparation == all.preparation {
            true => {
                let faces = run.learns_from(all, marks).ok()?;
                metadata.fingerprint == faces.fingerprint()
            }
            false => {
                let parts = [&metadata.train, &metadata.validation, &metadata.test];
                let names: Vec<String> = parts.into_iter().flatten().cloned().collect();
                metadata.data == all.name && all.people_named(&names).len() == names.len()
            }
        };
        suits.then(|| Unfinished {
            name: name_of(&path),
            path,
            epoch: metadata.epoch,
            epochs: recipe.epochs,
        })
    }

    /// Reads the network that answers about these faces. A network for faces that were prepared in another way is left
    /// out, unless the user named its run.
    fn load_model(&mut self, faces: &Dataset) -> Result<Vec<Event>, TaskError> {
        let run = self.options.run.as_deref();
        let fits = |found: &AnsweringModel| *found.saved.model.preparation() == faces.preparation;
        let known = self.answering.take();
        let known = known.filter(|(source, _)| *source == faces.source);
        let found = known.map_or_else(|| self.answering(&faces.source), |(_, found)| Ok(found));
        let found = match found {
            Err(why) if run.is_some() => return Err(why.into()),
            Ok(found) if run.is_some() || fits(&found) => found,
            // The newest run may have no usable network, for example while its first epoch is being trained.
            _ => built_in(),
        };
        if run.is_none() && !fits(&found) {
            return Ok(Vec::new());
        }
        self.send(found);
        Ok(Vec::new())
    }

    /// Reads the network that the user chose, and answers by it from now on.
    fn use_model(&mut self, asked: PathBuf) -> Result<Vec<Event>, TaskError> {
        let found = answering_model(&self.options.paths.runs_dir(), Some(&asked), None)?;
        self.options.run = Some(asked);
        self.answering = None;
        self.send(found);
        Ok(Vec::new())
    }

    /// Changes a run. If it was named at the start or chosen to answer, it is known by its new place.
    fn change_run(&mut self, change: RunChange) -> Result<Event, TaskError> {
        let changed = runs::change(&self.options.paths, change)?;
        if let Event::RunChanged { from, to, .. } = &changed
            && self.options.run.as_ref() == Some(from)
        {
            self.options.run.clone_from(to);
        }
        Ok(changed)
    }

    fn send(&self, found: AnsweringModel) {
        let why = match found.explanations() {
            chosen if chosen.is_empty() => "it was chosen".to_owned(),
            reasons => reasons.join("; "),
        };
        let name = found.origin.name();
        let origin = found.origin.run().map_or(BUILT_IN.to_owned(), name_of);
        let Saved {
            model,
            metadata,
            scores,
            ..
        } = found.saved;
        let info = ModelInfo {
            epoch: metadata.epoch,
            origin,
            preparation: *model.preparation(),
            scores: Some(Arc::new(scores)),
            why,
        };
        let split = SplitNames {
            train: metadata.train,
            validation: metadata.validation,
            test: metadata.test,
        };
        let loaded = NetworkFromDisk {
            model,
            info,
            split,
            calibration: metadata.photographs.map(|photos| (photos, name)),
        };
        let _ = self.out.send(Message::Model(Box::new(loaded)));
    }

    /// The newest run with epochs, apart from `this` one, which is being trained.
    fn past_run(&self, this: Option<&Path>) -> Result<PastRun, TaskError> {
        let mut runs = run_dir::list(&self.options.paths.runs_dir());
        runs.retain(|path| Some(path.as_path()) != this);
        let with_epochs = |path: &PathBuf| {
            let epochs = RunDir::open(path).ok()?.rows().ok()?;
            let name = name_of(path);
            (!epochs.is_empty()).then_some(PastRun { name, epochs })
        };
        let newest = runs.iter().rev().find_map(with_epochs);
        newest.ok_or(TaskError::NoEarlierRun)
    }
}

fn built_in() -> AnsweringModel {
    AnsweringModel::new(pretrained(), ModelOrigin::NothingTrained)
}
