//! Everything that takes time, on two threads: one for files, one for the network.
//!
//! A job carries all it needs, the data set and the weights among them, both shared and cheap to clone. Of several
//! waiting jobs of one kind only the newest is done: whoever holds a key down does not wait for every picture passed.

use std::mem::{Discriminant, discriminant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::ask::Asker;
use super::{Message, TuiOptions};
use crate::app::event::{Effect, Event, Level, Listing, ModelInfo, PastRun, Photo};
use crate::app::verify::{Probe, ProbeView};
use crate::data::{Dataset, Source, SourceError};
use crate::model::Siamese;
use crate::train::RunDir;
use crate::units::Epoch;
use crate::vision::{Preparation, Rect, gray};

/// The longest side of a photo that is kept to be drawn: more than any terminal has pixels in half blocks.
const PHOTO_SIDE: u32 = 320;

/// The network that answers.
#[derive(Clone)]
pub(super) struct Network {
    /// After which epoch.
    pub(super) epoch: Epoch,
    /// Which weights, counted: two trainings have the same epochs.
    pub(super) revision: u64,
    /// The weights.
    pub(super) model: Siamese,
}

/// What there is to do, and with what.
#[derive(Clone)]
pub(super) struct Job {
    /// The question.
    pub(super) what: What,
    /// People and pictures, if loaded.
    pub(super) dataset: Option<Arc<Dataset>>,
    /// The newest network, if any.
    pub(super) network: Option<Network>,
}

/// The question.
#[derive(Clone)]
pub(super) enum What {
    /// Of the state.
    Effect(Effect),
    /// A run to take the network from: this one, or the newest over these faces.
    Model(Option<PathBuf>),
}

/// The two threads.
pub(super) struct Workers {
    files: Sender<Job>,
    network: Sender<Job>,
}

impl Workers {
    /// Starts them; answers go to `out`.
    pub(super) fn start(options: &TuiOptions, out: &Sender<Message>) -> std::io::Result<Self> {
        let (files, jobs) = channel();
        let mut filer = Filer {
            options: options.clone(),
            out: out.clone(),
        };
        spawn("files", jobs, out.clone(), move |job| filer.work(job))?;
        let (network, jobs) = channel();
        let mut asker = Asker::new(&options.paths);
        spawn("network", jobs, out.clone(), move |job| asker.work(job))?;
        Ok(Self { files, network })
    }

    /// Hands a job on.
    pub(super) fn give(&self, job: Job) {
        let to = match &job.what {
            What::Effect(
                Effect::ScorePairs(..)
                | Effect::Compare(..)
                | Effect::Project(..)
                | Effect::LookInside(..)
                | Effect::Enrol(..)
                | Effect::Rename(..)
                | Effect::Forget(..),
            ) => &self.network,
            _ => &self.files,
        };
        // A worker lives as long as the program; one that is gone has said so.
        let _ = to.send(job);
    }
}

fn spawn(
    name: &'static str,
    jobs: Receiver<Job>,
    out: Sender<Message>,
    mut work: impl FnMut(Job) -> Vec<Event> + Send + 'static,
) -> std::io::Result<()> {
    let run = move || {
        while let Ok(first) = jobs.recv() {
            for job in newest(std::iter::once(first).chain(jobs.try_iter()).collect()) {
                let events = catch_unwind(AssertUnwindSafe(|| work(job))).unwrap_or_else(|_| {
                    let text =
                        format!("the {name} thread failed at a task; the log file says where");
                    vec![Event::Notice(Level::Error, text)]
                });
                for event in events {
                    if out.send(Message::App(event)).is_err() {
                        return;
                    }
                }
            }
        }
    };
    thread::Builder::new()
        .name(name.into())
        .spawn(run)
        .map(drop)
}

/// Of jobs of one kind the last, in their order. What changes something on disk is always done.
fn newest(jobs: Vec<Job>) -> Vec<Job> {
    let kind = |job: &Job| -> Option<Discriminant<Effect>> {
        match &job.what {
            What::Effect(Effect::Enrol(..) | Effect::Rename(..) | Effect::Forget(..))
            | What::Model(_) => None,
            What::Effect(effect) => Some(discriminant(effect)),
        }
    };
    let kinds: Vec<_> = jobs.iter().map(kind).collect();
    let superseded = |i: usize| kinds[i].is_some() && kinds[i + 1..].contains(&kinds[i]);
    jobs.into_iter()
        .enumerate()
        .filter(|(i, _)| !superseded(*i))
        .map(|(_, job)| job)
        .collect()
}

/// The thread for files.
struct Filer {
    options: TuiOptions,
    out: Sender<Message>,
}

impl Filer {
    fn work(&mut self, job: Job) -> Vec<Event> {
        let Job { what, dataset, .. } = job;
        let event = match what {
            What::Model(run) => return self.load_model(run, dataset),
            What::Effect(Effect::Load(request, source)) => {
                Event::Loaded(request, self.load(&source))
            }
            What::Effect(Effect::ShowPhoto(request, image)) => {
                match dataset.map(|dataset| dataset.photo(image)) {
                    Some(Ok(photo)) => Event::Photo(request, small(&photo)),
                    Some(Err(why)) => Event::Notice(Level::Warning, why.to_string()),
                    None => return Vec::new(),
                }
            }
            What::Effect(Effect::Prepare(request, probe)) => {
                Event::Probed(request, prepare(&probe, dataset.as_deref()).map(Box::new))
            }
            What::Effect(Effect::List(request, path)) => Event::Folder(request, list(&path)),
            What::Effect(Effect::PreviewFile(request, path)) => Event::Preview(
                request,
                gray::open(&path)
                    .map(|photo| small(&photo))
                    .map_err(|why| why.to_string()),
            ),
            What::Effect(Effect::LoadPastRun) => Event::PastRun(self.past_run()),
            What::Effect(_) => return Vec::new(),
        };
        vec![event]
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

    /// The best network of a run. Without a name: of the newest run over these faces, if there is one.
    fn load_model(&mut self, run: Option<PathBuf>, dataset: Option<Arc<Dataset>>) -> Vec<Event> {
        let named = run.is_some();
        let opened = match run {
            Some(path) => RunDir::open(&path),
            None => RunDir::newest(&self.options.paths.runs_dir()),
        };
        let saved = match opened.and_then(|run| Ok((run.best()?, run))) {
            Ok(found) => found,
            Err(why) if named => return vec![Event::Notice(Level::Error, why.to_string())],
            Err(_) => return Vec::new(),
        };
        let (saved, run) = saved;
        let fits = dataset.is_some_and(|d| d.fingerprint() == saved.facts.fingerprint);
        if !named && !fits {
            return Vec::new();
        }
        let origin = run
            .path()
            .file_name()
            .map_or(String::new(), |name| name.to_string_lossy().into_owned());
        let info = ModelInfo {
            epoch: saved.facts.epoch,
            origin,
            scores: Some(Arc::new(saved.scores)),
        };
        let facts = Box::new(saved.facts);
        let _ = self.out.send(Message::Model(saved.model, info, facts));
        Vec::new()
    }

    fn past_run(&self) -> Result<PastRun, String> {
        let runs = self.options.paths.runs_dir();
        let run = RunDir::newest(&runs).map_err(|why| why.to_string())?;
        let name = run
            .path()
            .file_name()
            .map_or(String::new(), |name| name.to_string_lossy().into_owned());
        let epochs = run.rows().map_err(|why| why.to_string())?;
        if epochs.is_empty() {
            Err(format!("{name} has no epochs yet"))
        } else {
            Ok(PastRun { name, epochs })
        }
    }
}

/// A probe with its photo, its face, and what was cut out.
fn prepare(probe: &Probe, dataset: Option<&Dataset>) -> Result<ProbeView, String> {
    match probe {
        Probe::Picture(image) => {
            let dataset = dataset.ok_or("no faces are loaded")?;
            let picture = dataset
                .images
                .get(image.0)
                .ok_or("this picture is not there any more")?;
            let photo = dataset.photo(*image).map_err(|why| why.to_string())?;
            Ok(ProbeView {
                label: picture.label.clone(),
                photo: small(&photo),
                area: picture.area,
                fallback: picture.fallback,
                face: picture.face.clone(),
            })
        }
        Probe::File(path) => {
            let photo =
                gray::open(path).map_err(|why| format!("{}: {why}", crate::files::shown(path)))?;
            let preparation = dataset.map_or_else(Preparation::default, |d| d.preparation);
            let prepared = preparation.prepare(&photo);
            let name = path
                .file_name()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned());
            Ok(ProbeView {
                label: crate::files::clean(&name),
                photo: small(&photo),
                area: prepared.area,
                fallback: prepared.fallback,
                face: prepared.face,
            })
        }
    }
}

/// A photo with at most [`PHOTO_SIDE`] pixels along its longer side, by area averages.
fn small(photo: &image::GrayImage) -> Photo {
    let original = photo.dimensions();
    let longest = original.0.max(original.1).max(1);
    let scaled = if longest > PHOTO_SIDE {
        let side =
            |n: u32| (u64::from(n) * u64::from(PHOTO_SIDE) / u64::from(longest)).max(1) as u32;
        image::imageops::thumbnail(photo, side(original.0), side(original.1))
    } else {
        photo.clone()
    };
    let pixels = scaled
        .pixels()
        .map(|pixel| f32::from(pixel.0[0]) / 255.0)
        .collect();
    Photo {
        width: scaled.width() as usize,
        height: scaled.height() as usize,
        pixels,
        original: whole(original),
    }
}

fn whole((width, height): (u32, u32)) -> (u32, u32) {
    let all = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    (all.width, all.height)
}

/// What a folder holds, hidden files left out; a path that is a file gives its folder and itself.
fn list(path: &Path) -> Result<Listing, String> {
    let path = expand(path)
        .canonicalize()
        .map_err(|why| format!("{}: {why}", crate::files::shown(path)))?;
    if path.is_file() {
        let folder = path.parent().unwrap_or(&path).to_path_buf();
        return Ok(Listing {
            file: Some(path),
            ..list(&folder)?
        });
    }
    let read =
        std::fs::read_dir(&path).map_err(|why| format!("{}: {why}", crate::files::shown(&path)))?;
    let mut entries: Vec<(String, bool)> = read
        .filter_map(Result::ok)
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path().is_dir(),
            )
        })
        .filter(|(name, folder)| !name.starts_with('.') && (*folder || is_picture(name)))
        .collect();
    entries.sort_by_key(|(name, folder)| (!folder, name.to_lowercase()));
    if path.parent().is_some() {
        entries.insert(0, ("..".into(), true));
    }
    Ok(Listing {
        path,
        entries,
        file: None,
    })
}

/// `~` is the user's home.
fn expand(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_path_buf(),
    }
}

fn is_picture(name: &str) -> bool {
    let ending = Path::new(name)
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| ["pgm", "ppm", "pnm", "png", "jpg", "jpeg"].contains(&e.as_str()))
}
