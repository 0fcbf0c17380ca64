//! A folder for one test, the program in it, and a network so small that an epoch takes milliseconds.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;
use twinsight::data::{Dataset, Source};
use twinsight::train::RunDir;
use twinsight::train::events::EpochMetrics;
use twinsight::units::ImageId;
use twinsight::vision::Preparation;

/// Two batches per epoch on [`Home::data`]: 16 pictures of four people, eight comparisons each.
pub(crate) const TINY: &str = r#"(
    preset: "tiny",
    network: (layers: [
        conv(filters: 2, kernel: 5), relu, max_pool,
        conv(filters: 3, kernel: 3), batch_norm, relu, max_pool,
        dropout(rate: 0.1), global_average_pool, dense(units: 4),
    ]),
    loss: pair_cross_entropy,
    sampling: pairs(batch: 8),
    augment: (shift: 2.0, turn: 4.0, scale: 0.05, light: 0.1),
    epochs: EPOCHS,
    learning_rate: 1e-3,
    schedule: cosine,
    head_rate: 10.0,
    weight_decay: 1e-4,
    seed: 7,
)"#;

/// The folder of one test; removed at its end.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A folder with a data set of eight people with four pictures each, and the recipe above for this many epochs.
    pub(crate) fn new(epochs: u32) -> Self {
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let orl = Dataset::open(&Source::Orl, &Preparation::default()).unwrap();
        for (person, picture) in (0..8).flat_map(|person| (0..4).map(move |p| (person, p))) {
            let path = home.path(&format!("faces/p{person}/{picture}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let photo = orl.photo(ImageId(person * 10 + picture)).unwrap();
            photo.grey().save(path).unwrap();
        }
        let recipe = TINY.replace("EPOCHS", &epochs.to_string());
        std::fs::write(home.path("tiny.ron"), recipe).unwrap();
        home
    }

    /// A folder with a training of four epochs in `whole`, and one in `run` that was stopped after two or in the third.
    pub(crate) fn halved() -> Self {
        let home = Self::new(4);
        home.train("whole");
        home.halve("run");
        home
    }

    /// Trains in `run` and stops after two epochs or in the third; returns standard error.
    pub(crate) fn halve(&self, run: &str) -> String {
        // The learning rate schedule depends on the planned epochs, so it is stopped and does not plan fewer.
        let mut training = self.training(run, "--save-every 0").spawn().unwrap();
        let lines = BufReader::new(training.stdout.take().unwrap());
        lines
            .lines()
            .map(Result::unwrap)
            .find(|line| line.starts_with("epoch   2/"));
        // It is asked and not killed: a kill may come between the two renames of a save, and then there is no newest file.
        signal(&training, "TERM");
        errors(&training.wait_with_output().unwrap())
    }

    /// Continues `run` to its end, which must be equal to that of `whole`; returns standard error.
    pub(crate) fn resumed(&self) -> String {
        let output = self.training("run", "").output().unwrap();
        ended_well(&output);
        let (run, whole) = (self.path("run"), self.path("whole"));
        assert_eq!(rows(&run), rows(&whole));
        for file in ["checkpoint.safetensors", "best.safetensors"] {
            assert_eq!(arrays(&run.join(file)), arrays(&whole.join(file)), "{file}");
        }
        errors(&output)
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// The program with the words of `line` as arguments, not yet started.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinsight"));
        command.args(line.split_whitespace());
        self.settle(&mut command);
        command
    }

    /// The same through a shell, which runs `before` first.
    pub(crate) fn after(&self, before: &str, line: &str) -> Command {
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_twinsight");
        command.args(["-c", &format!("{before}; exec '{program}' {line}")]);
        self.settle(&mut command);
        command
    }

    fn settle(&self, command: &mut Command) {
        command
            .env("TWINSIGHT_HOME", self.folder.path())
            .env_remove("TWINSIGHT_LOG")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }

    /// Starts the training in `run`, or continues it if it has begun.
    pub(crate) fn training(&self, run: &str, more: &str) -> Command {
        let begun = self.path(run).join("recipe.ron").exists();
        let how = if begun {
            "--resume"
        } else {
            "--recipe tiny.ron"
        };
        self.command(&format!(
            "train {how} --data faces --threads 1 --run {run} {more}"
        ))
    }

    /// A whole training in `run`.
    pub(crate) fn train(&self, run: &str) {
        ended_well(&self.training(run, "").output().unwrap());
    }
}

/// Exit code 0, and no panic.
#[track_caller]
pub(crate) fn ended_well(output: &Output) {
    assert!(output.status.success(), "{}", errors(output));
    assert!(!errors(output).contains("panicked"), "{}", errors(output));
}

/// Exit code 1, no panic, and standard error.
#[track_caller]
pub(crate) fn failed(output: &Output) -> String {
    let errors = errors(output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    assert!(
        !errors.contains('\u{1b}'),
        "escape sequences do not reach the terminal: {errors:?}"
    );
    errors
}

pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Sends a signal by name.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// The rows of a run without the seconds.
pub(crate) fn rows(run: &Path) -> Vec<String> {
    let rows = RunDir::open(run).unwrap().rows().unwrap();
    let timeless = |row: &EpochMetrics| EpochMetrics {
        seconds: 0.0,
        ..*row
    };
    rows.iter()
        .map(|row| format!("{:?}", timeless(row)))
        .collect()
}

/// Every array of a model by name, as a hash of its bytes, which is shorter in a failure message.
pub(crate) fn arrays(file: &Path) -> Vec<(String, u64)> {
    let bytes = std::fs::read(file).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let hash = |data: &[u8]| {
        let mut hasher = DefaultHasher::new();
        data.hash(&mut hasher);
        hasher.finish()
    };
    let mut arrays: Vec<_> = tensors
        .tensors()
        .into_iter()
        .map(|(name, tensor)| (name, hash(tensor.data())))
        .collect();
    arrays.sort();
    arrays
}

/// Checks what must hold at all times after the first save: a checkpoint to resume from, and rows that can be read.
#[track_caller]
pub(crate) fn nothing_is_lost(run: &Path) -> u32 {
    let run = RunDir::open(run).unwrap();
    let rows = run.rows().unwrap();
    let point = run.resume_point().unwrap().expect("a good checkpoint");
    let epoch = point.saved.metadata.epoch.0;
    assert!(
        rows.len() >= epoch as usize,
        "{} rows for {epoch} epochs",
        rows.len()
    );
    epoch
}
