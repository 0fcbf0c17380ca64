//! States of the program, made from the built-in faces and from events, without weights.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use twinsight::data::{Dataset, Source, Split};
use twinsight::internals::app::effect::{FileJob, NetworkQuery};
use twinsight::internals::app::event::Event;
use twinsight::internals::app::map::{Axes, MapKind, Projection};
use twinsight::internals::app::network::{Activations, LayerView};
use twinsight::internals::app::pending::Request;
use twinsight::internals::app::photo::Photo;
use twinsight::internals::app::train::Settings;
use twinsight::internals::app::verify::ProbeView;
use twinsight::internals::app::{Effect, Screen, State, update};
use twinsight::internals::ui::{self, Depth, Theme};
use twinsight::metrics::Scores;
use twinsight::recognition::{Candidate, PhotoSource, PreparedPhoto};
use twinsight::train::events::{
    BatchReport, EpochMetrics, EpochReport, Started, TrainingEvent, ValidationMetrics,
};
use twinsight::units::{Distance, Epoch, ImageId, PersonId, Similarity};
use twinsight::vision::{self, Preparation};

/// The built-in faces, read once.
pub(crate) fn faces() -> Arc<Dataset> {
    static FACES: OnceLock<Arc<Dataset>> = OnceLock::new();
    let open = || {
        Arc::new(Dataset::open(&Source::Orl, &Preparation::default()).expect("the built-in faces"))
    };
    FACES.get_or_init(open).clone()
}

pub(crate) fn settings() -> Settings {
    Settings {
        preset: "compact".into(),
        epochs: 40,
        batch: 120,
        learning_rate: 0.002,
        seed: 42,
        threads: 2,
        data: "orl".into(),
        by_pairs: false,
    }
}

/// Just started: the faces are being read.
pub(crate) fn loading(size: (u16, u16)) -> State {
    let tutorial = Settings {
        preset: "tutorial".into(),
        epochs: 100,
        batch: 64,
        learning_rate: 0.001,
        ..settings()
    };
    let mut state = State::new(settings(), vec![settings(), tutorial], size);
    state.themes = ["dark", "light", "mono"].map(String::from).to_vec();
    update(&mut state, Event::Begin);
    state
}

/// The faces are loaded, and nothing is trained.
pub(crate) fn empty(size: (u16, u16)) -> State {
    let mut state = loading(size);
    load_faces(&mut state);
    state
}

/// Answers the request for a data set with the built-in faces.
pub(crate) fn load_faces(state: &mut State) {
    let request = state.data.load.request();
    let request = request.expect("the faces are requested");
    let effects = update(state, Event::Loaded(request, faces()));
    answer(state, effects);
}

/// Twelve epochs and some batches of a training.
pub(crate) fn training(size: (u16, u16)) -> State {
    let mut state = empty(size);
    press(&mut state, "t");
    apply(&mut state, TrainingEvent::Started(started()));
    for epoch in 1..=12 {
        for n in 1..=5 {
            apply(&mut state, TrainingEvent::Batch(batch(epoch, n)));
        }
        let best = epoch == 11;
        let progress = epoch_event(metrics(epoch), best, Arc::new(scores(epoch)));
        apply(&mut state, progress);
    }
    apply(&mut state, TrainingEvent::Batch(batch(13, 2)));
    state.screen = Screen::Data;
    state.message = None;
    state
}

/// The training is finished.
pub(crate) fn full(size: (u16, u16)) -> State {
    let mut state = training(size);
    apply(
        &mut state,
        TrainingEvent::Finished {
            epoch: Epoch(12),
            stopped: false,
        },
    );
    state.message = None;
    state
}

/// The training failed before its first epoch.
pub(crate) fn failed(size: (u16, u16)) -> State {
    let mut state = empty(size);
    press(&mut state, "t");
    apply(
        &mut state,
        TrainingEvent::Failed("the loss is NaN in epoch 1; try a smaller learning rate".into()),
    );
    state.screen = Screen::Data;
    state
}

/// Updates the state by news of the training, and answers its requests.
pub(crate) fn apply(state: &mut State, news: TrainingEvent) -> Vec<Effect> {
    let effects = update(state, Event::Training(news));
    answer(state, effects.clone());
    effects
}

/// Presses keys, written as in `keys.ron` and separated by blanks, and answers the requests. Returns the last effects.
pub(crate) fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split(' ') {
        effects = update(state, Event::Key(key.parse().expect("a key")));
        answer(state, effects.clone());
    }
    effects
}

/// Types text.
pub(crate) fn type_text(state: &mut State, text: &str) {
    for c in text.chars() {
        update(state, Event::Key(twinsight::internals::app::Key::char(c)));
    }
}

/// Answers requests like the workers, with made-up numbers.
fn answer(state: &mut State, effects: Vec<Effect>) {
    let epoch = state.model.as_ref().map_or(Epoch(0), |model| model.epoch);
    for effect in effects {
        let event = match effect {
            Effect::Network(NetworkQuery::ScorePairs(request, pairs)) => {
                let score =
                    |(i, pair): (usize, &twinsight::data::Pair)| similarity(i, pair.same, epoch);
                Event::PairScores(
                    request,
                    epoch,
                    Arc::new(pairs.iter().enumerate().map(score).collect()),
                )
            }
            Effect::Files(FileJob::Prepare(request, source)) => {
                Event::Probed(request, Box::new(probe_view(&source)))
            }
            Effect::Network(NetworkQuery::Compare(request, ..)) => {
                Event::Compared(request, epoch, candidates(), None)
            }
            Effect::Files(FileJob::ShowPhoto(request, image)) => {
                Event::Photo(request, image, photo(image))
            }
            Effect::Network(NetworkQuery::Project(request, kind)) => {
                Event::Projected(request, Arc::new(projection(epoch, kind)))
            }
            Effect::Network(NetworkQuery::Activations(request, pair)) => {
                Event::Activations(request, Arc::new(activations(epoch, pair)))
            }
            _ => continue,
        };
        let more = update(state, event);
        answer(state, more);
    }
}

/// The screen as cells.
pub(crate) fn drawn(state: &State, theme: &Theme) -> Buffer {
    let (columns, rows) = state.size;
    let mut terminal =
        Terminal::new(TestBackend::new(columns, rows)).expect("a test has a terminal");
    terminal
        .draw(|frame| drop(ui::draw(frame, state, theme)))
        .expect("it can be drawn on");
    terminal.backend().buffer().clone()
}

/// The pictures over the cells, where the theme wants pixels.
pub(crate) fn hang(state: &State, theme: &Theme) -> Vec<ui::Picture> {
    let (columns, rows) = state.size;
    let mut terminal =
        Terminal::new(TestBackend::new(columns, rows)).expect("a test has a terminal");
    let mut hung = Vec::new();
    terminal
        .draw(|frame| hung = ui::draw(frame, state, theme))
        .expect("it can be drawn on");
    hung
}

/// The screen as text, in the dark theme.
pub(crate) fn text(state: &State) -> String {
    ui::export::text(&drawn(state, &Theme::built_in("dark", Depth::TrueColor)))
}

pub(crate) fn started() -> Started {
    let people: Vec<PersonId> = (0..40).map(PersonId).collect();
    Started {
        run: Some("/runs/0001-compact".into()),
        parameters: 585_040,
        epochs: 40,
        members: vec![0],
        best: None,
        batches: 5,
        history: Vec::new(),
        split: Split {
            train: people[..30].into(),
            validation: people[30..35].into(),
            test: people[35..].into(),
        },
        validation: "5 people never trained on".into(),
    }
}

pub(crate) fn batch(epoch: u32, number: usize) -> BatchReport {
    let at = epoch as f32 - 1.0 + number as f32 / 5.0;
    BatchReport {
        epoch: Epoch(epoch),
        batch: number,
        batches: 5,
        loss: 0.2 + 0.5 * (-at / 4.0).exp() + 0.02 * (7.0 * at).sin(),
        accuracy: 1.0 - 0.4 * (-at / 4.0).exp(),
        pairs_per_second: 1312.0,
        remaining: Duration::from_secs(41),
        learning_rate: 6.1e-4,
    }
}

pub(crate) fn epoch_event(metrics: EpochMetrics, best: bool, scores: Arc<Scores>) -> TrainingEvent {
    TrainingEvent::Epoch(Box::new(EpochReport {
        metrics,
        best,
        scores,
        model: (),
    }))
}

pub(crate) fn metrics(epoch: u32) -> EpochMetrics {
    let falls = (-(epoch as f32) / 4.0).exp();
    EpochMetrics {
        epoch: Epoch(epoch),
        train_loss: 0.2 + 0.5 * falls,
        train_accuracy: 1.0 - 0.4 * falls,
        validation: Some(ValidationMetrics {
            loss: 0.35 + 0.4 * falls,
            accuracy: 0.92 - 0.4 * falls,
            eer: f64::from(0.08 + 0.32 * falls),
            auc: f64::from(0.97 - 0.3 * falls),
        }),
        learning_rate: 6.1e-4,
        seconds: 2.5,
    }
}

fn scores(epoch: u32) -> Scores {
    let apart = 0.1 + 0.025 * epoch as f32;
    let spread = |i: usize| ((i * 37 % 101) as f32 / 101.0 - 0.5) * 0.5;
    Scores {
        mated: (0..225)
            .map(|i| (0.5 + apart + spread(i)).min(1.0))
            .collect(),
        non_mated: (0..1000)
            .map(|i| (0.5 - apart + spread(i)).max(0.0))
            .collect(),
    }
}

fn similarity(index: usize, same: bool, epoch: Epoch) -> f32 {
    let sure = 0.02 * epoch.0 as f32;
    let spread = ((index * 53 % 97) as f32 / 97.0 - 0.5) * 0.7;
    (0.5 + if same { sure } else { -sure } + spread).clamp(0.0, 1.0)
}

pub(crate) fn photo(image: ImageId) -> Photo {
    let picture = faces().photo(image).expect("a built-in photo");
    let pixels = picture
        .grey()
        .pixels()
        .map(|p| f32::from(p.0[0]) / 255.0)
        .collect();
    Photo {
        width: 92,
        height: 112,
        pixels,
        original: (92, 112),
    }
}

pub(crate) fn probe_view(source: &PhotoSource) -> ProbeView {
    let image = match source {
        PhotoSource::Picture(image) => *image,
        PhotoSource::File(_) => ImageId(0),
    };
    let part = faces().picture(image).area;
    let whole = faces().photo(image).expect("a built-in photo");
    let rgb = whole.rgb();
    let cut = image::imageops::crop_imm(&*rgb, part.x, part.y, part.width, part.height);
    let cut = Arc::new(cut.to_image());
    ProbeView {
        probe: Arc::new(PreparedPhoto::of_picture(&faces(), image)).probe(),
        photo: photo(image),
        cuts: vec![cut],
        blurred: vec![false],
    }
}

/// The first picture of each person, with falling similarities; one person is enrolled.
fn candidates() -> Vec<Candidate> {
    let dataset = faces();
    let of = |(i, person): (usize, &twinsight::data::Person)| {
        let picture = dataset.picture(person.images[0]);
        let similarity = 0.94 * (-(i as f32) / 6.0).exp();
        Candidate {
            by: twinsight::recognition::ComparedBy::Answering,
            person: if i == 2 { "anna" } else { &*person.name }.into(),
            enrolled: i == 2,
            picture: picture.label.as_str().into(),
            face: picture.face.clone(),
            similarity: Similarity(similarity),
            distance: Distance(1.5 - similarity),
        }
    };
    dataset.people.iter().enumerate().map(of).collect()
}

fn projection(epoch: Epoch, kind: MapKind) -> Projection {
    let point = |i: usize| {
        let (person, picture) = (i / 10, i % 10);
        let turn = person as f32 / 40.0 * std::f32::consts::TAU;
        let wobble = picture as f32 / 10.0;
        ((3.0 + wobble) * turn.cos(), (2.0 - wobble) * turn.sin())
    };
    let near = |i: usize| {
        (1..=4)
            .map(|step| (ImageId((i + step) % 400), 0.1 * step as f32))
            .collect()
    };
    Projection {
        epoch,
        points: (0..400).map(point).collect(),
        axes: match kind {
            MapKind::Components => Axes::Components {
                share: (0.41, 0.18),
            },
            MapKind::Neighbourhoods => Axes::Neighbourhoods {
                perplexity: 30.0,
                placed: 400,
            },
        },
        neighbours: (0..400).map(near).collect(),
    }
}

fn activations(epoch: Epoch, pair: twinsight::data::Pair) -> Activations {
    let map = |channel: usize| {
        (
            8,
            (0..64)
                .map(|i| ((i * (channel + 3)) % 17) as f32 / 16.0)
                .collect(),
        )
    };
    let layer = |name: &str, output, parameters, multiply_adds, maps: usize| LayerView {
        name: name.into(),
        output,
        parameters,
        frozen: None,
        multiply_adds,
        left: (0..maps).map(map).collect(),
        right: (0..maps).map(map).collect(),
    };
    Activations {
        epoch,
        pair,
        members: 1,
        layers: vec![
            layer("conv 16 @ 3×3", [32, 32, 16], 192, 600_000, 6),
            layer("conv 32 @ 3×3", [16, 16, 32], 4_704, 4_700_000, 6),
            layer("conv 64 @ 3×3", [8, 8, 64], 18_624, 4_700_000, 6),
            layer("dense 128", [1, 1, 128], 524_416, 524_288, 0),
            layer("unit length", [1, 1, 128], 0, 0, 0),
        ],
        left: (0..128).map(|i| (i as f32 * 0.7).sin()).collect(),
        right: (0..128).map(|i| (i as f32 * 0.7 + 0.3).sin()).collect(),
        distance: 0.31,
        similarity: 0.94,
        sigmoid: (0..50)
            .map(|i| f64::from(i) / 25.0)
            .map(|d| (d, 1.0 / (1.0 + (8.0 * (d - 0.65)).exp())))
            .collect(),
    }
}

/// A photograph in colour with two faces: the astronaut, and beside her the same in half the size.
pub(crate) fn two_faces() -> ProbeView {
    let path = "tests/golden/photographs/astronaut.png";
    let one = vision::Photo::open(path.as_ref()).expect("a photograph in the tree");
    let one = one.rgb();
    let (side, half) = (one.width(), one.width() / 2);
    let small = image::imageops::thumbnail(&*one, half, half);
    let mut both = image::RgbImage::from_pixel(side + half + 40, side, image::Rgb([90; 3]));
    image::imageops::replace(&mut both, &*one, 0, 0);
    image::imageops::replace(&mut both, &small, i64::from(side) + 20, 60);
    let photo = vision::Photo::from(both);
    let preparation = Preparation::of(vision::Crop::Aligned);
    let prepared = PreparedPhoto::from_image("two.png".as_ref(), &photo, &preparation);
    let colour = |face: &vision::PreparedFace| face.face.colour().expect("aligned in colour");
    let rgb = photo.rgb();
    let values = |c: usize| rgb.pixels().map(move |p| f32::from(p.0[c]) / 255.0);
    ProbeView {
        cuts: prepared.faces().iter().map(colour).collect(),
        blurred: vec![false; prepared.faces().len()],
        photo: Photo {
            width: rgb.width() as usize,
            height: rgb.height() as usize,
            pixels: (0..3).flat_map(values).collect(),
            original: rgb.dimensions(),
        },
        probe: Arc::new(prepared).probe(),
    }
}

/// A request that was never made.
pub(crate) const STALE: Request = Request(u64::MAX);
