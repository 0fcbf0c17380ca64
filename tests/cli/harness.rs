//! `home.call("people --json").succeeds().json()`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;
use twinsight::data::{Dataset, Source};
use twinsight::units::ImageId;
use twinsight::vision::Preparation;

/// A folder for everything the program stores; removed when dropped.
pub(crate) struct Home {
    folder: TempDir,
}

/// The exit code and output of a call.
pub(crate) struct Ended {
    what: String,
    output: Output,
}

/// Keys whose value may be null, because it can be missing.
const NULLABLE: [&str; 5] = ["best", "face", "term", "program", "size"];

impl Home {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// One with a compact network that was trained for one epoch on the built-in faces.
    pub(crate) fn trained() -> Self {
        static TRAINED: OnceLock<Home> = OnceLock::new();
        let trained = TRAINED.get_or_init(|| {
            let home = Self::new();
            home.call("train --epochs 1 --seed 42 --json").succeeds();
            home
        });
        let home = Self::new();
        copy(trained.folder.path(), home.folder.path());
        home
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// The trained model's run.
    pub(crate) fn run(&self) -> PathBuf {
        self.path("data/runs/0001-compact")
    }

    /// `--run` with the trained model's run, as an argument.
    pub(crate) fn run_flag(&self) -> String {
        format!("--run={}", self.run().to_str().unwrap())
    }

    /// Writes a file and returns its path, as an argument.
    pub(crate) fn file(&self, inside: &str, bytes: &[u8]) -> String {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Writes a built-in picture as a PNG file.
    pub(crate) fn photo(&self, inside: &str, image: usize) -> String {
        let file = self.file(inside, b"");
        orl()
            .photo(ImageId(image))
            .unwrap()
            .grey()
            .save(&file)
            .unwrap();
        file
    }

    /// A data set of eight people with four pictures each.
    pub(crate) fn small_data(&self) -> String {
        self.faces("small", 8)
    }

    /// A data set of this many people with four pictures each.
    pub(crate) fn faces(&self, folder: &str, people: usize) -> String {
        for (person, picture) in (0..people).flat_map(|person| (0..4).map(move |p| (person, p))) {
            let file = format!("{folder}/p{person}/{picture}.png");
            self.photo(&file, person * 10 + picture);
        }
        self.path(folder).to_str().unwrap().to_owned()
    }

    /// The program, not yet started, with the same environment on every machine.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinsight"));
        command
            .env("TWINSIGHT_HOME", self.folder.path())
            .current_dir(self.folder.path());
        command
            .env_remove("TWINSIGHT_LOG")
            .env("TERM", "xterm-256color");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Calls the program with the words of `line`.
    pub(crate) fn call(&self, line: &str) -> Ended {
        self.call_with(line, &[])
    }

    /// The same, with further arguments that may hold spaces.
    pub(crate) fn call_with(&self, line: &str, more: &[&str]) -> Ended {
        let output = self
            .command()
            .args(line.split_whitespace())
            .args(more)
            .output()
            .unwrap();
        Ended {
            what: format!("twinsight {line} {}", more.join(" ")),
            output,
        }
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Exits with 1, says `why` on standard error, and writes nothing to standard output.
    #[track_caller]
    pub(crate) fn fails(self, why: &str) -> Self {
        let ended = self.exits(1).says(why);
        assert_eq!(
            ended.text(),
            "",
            "{}: a failure prints nothing to standard output",
            ended.what
        );
        ended
    }

    /// Exits with 2: bad usage.
    #[track_caller]
    pub(crate) fn misused(self, why: &str) -> Self {
        self.exits(2).says(why)
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.output.status.code(),
            Some(code),
            "{}\n{}",
            self.what,
            self.errors()
        );
        assert!(
            !self.errors().contains("panicked"),
            "{}\n{}",
            self.what,
            self.errors()
        );
        self
    }

    #[track_caller]
    pub(crate) fn says(self, why: &str) -> Self {
        assert!(
            self.errors().contains(why),
            "{}\nsays: {}\nnot: {why}",
            self.what,
            self.errors()
        );
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub(crate) fn errors(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// Standard output, which must be one JSON document without missing numbers.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document: Value = serde_json::from_slice(&self.output.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.what, self.text()));
        // JSON has no NaN: it is written as null.
        assert_no_nulls(&document, "", &self.what);
        document
    }
}

#[track_caller]
fn assert_no_nulls(value: &Value, key: &str, what: &str) {
    match value {
        Value::Null => assert!(NULLABLE.contains(&key), "{what}: {key} is null"),
        Value::Array(items) => items
            .iter()
            .for_each(|item| assert_no_nulls(item, key, what)),
        Value::Object(fields) => fields
            .iter()
            // A figure that cannot be told is null, with the reason beside it.
            .filter(|(_, item)| !(item.is_null() && fields.contains_key("reason")))
            .for_each(|(key, item)| assert_no_nulls(item, key, what)),
        _ => {}
    }
}

/// The keys of an object, sorted.
#[track_caller]
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

pub(crate) fn orl() -> &'static Dataset {
    static ORL: OnceLock<Dataset> = OnceLock::new();
    ORL.get_or_init(|| Dataset::open(&Source::Orl, &Preparation::default()).unwrap())
}

/// All files below a folder with their bytes, to check that nothing has changed.
pub(crate) fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push((path.clone(), std::fs::read(path).unwrap())),
            }
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in contents(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
}
