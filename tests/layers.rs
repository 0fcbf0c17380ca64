//! Keeps the order of the modules that `src/lib.rs` draws: it reads the sources and checks the paths in them.
//!
//! A module may name only those before it in [`LAYERS`]. A text search is enough: every path within the crate is
//! written `crate::module`, and comments are left out so that documentation may link to whatever explains most.

use std::path::{Path, PathBuf};

/// From the foundation up.
const LAYERS: [&str; 16] = [
    "units",
    "files",
    "vision",
    "data",
    "config",
    "metrics",
    "nn",
    "model",
    "train",
    "gallery",
    "recognition",
    "evaluate",
    "app",
    "ui",
    "tui",
    "cli",
];

/// `(what, where it may be named)`.
const CONFINED: [(&str, &[&str]); 2] = [
    ("ratatui", &["app", "ui", "tui"]),
    // Fast kernels, and the signal handlers that give the terminal back.
    ("unsafe", &["nn", "vision", "tui"]),
];

/// The files that may name dfdx: the seam of the gradient tape, and the one layer that dfdx computes.
const DFDX: [&str; 2] = ["nn/tape.rs", "nn/dense.rs"];

struct Source {
    path: PathBuf,
    /// The module of the top level it belongs to; `lib` and `main` stand for themselves.
    module: String,
    /// Without comments.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are readable") {
            let path = entry.expect("the sources are readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inside = path.strip_prefix(&root).expect("found below the root");
                let first = inside.components().next().expect("not empty").as_os_str();
                let module = first.to_string_lossy().trim_end_matches(".rs").to_owned();
                let code = without_comments(&std::fs::read_to_string(&path).expect("UTF-8"));
                found.push(Source { path, module, code });
            }
        }
    }
    found
}

fn without_comments(text: &str) -> String {
    let code = |line: &str| match line.find("//") {
        // `://` is an address in a string.
        Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// The modules named by `crate::module` and `crate::{module, …}`.
fn named_modules(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let after = &code[at + "crate::".len()..];
        match after.strip_prefix('{') {
            Some(group) => names.extend(heads(group)),
            None => names.push(word(after)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The first word of each entry of a brace group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut entry = String::new();
    let mut entries = Vec::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => entries.push(std::mem::take(&mut entry)),
            _ => {}
        }
        if c != ',' || depth > 0 {
            entry.push(c);
        }
    }
    entries.push(entry);
    entries
        .iter()
        .map(|entry| word(entry.trim_start()))
        .collect()
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn names_word(code: &str, wanted: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|w| w == wanted)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|l| *l == module)
}

#[test]
fn modules_name_only_those_before_them() {
    let mut faults = Vec::new();
    for source in sources()
        .iter()
        .filter(|s| s.module != "lib" && s.module != "main")
    {
        let Some(own) = layer(&source.module) else {
            faults.push(format!(
                "{} is in no layer: add `{}`",
                source.path.display(),
                source.module
            ));
            continue;
        };
        for named in named_modules(&source.code) {
            let allowed = match layer(&named) {
                // An item re-exported by lib.rs: to be named by its own path instead.
                None => false,
                Some(_)
                    if source.module == "cli" && ["app", "ui", "tui"].contains(&named.as_str()) =>
                {
                    false
                }
                Some(other) => other <= own,
            };
            if !allowed {
                faults.push(format!("{} names crate::{named}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn libraries_and_unsafe_code_stay_where_they_belong() {
    let mut faults = Vec::new();
    for source in sources() {
        for (what, modules) in CONFINED {
            if names_word(&source.code, what) && !modules.contains(&source.module.as_str()) {
                faults.push(format!(
                    "{} uses {what}, which belongs to {modules:?}",
                    source.path.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn dfdx_stays_behind_its_seam() {
    let mut faults = Vec::new();
    for source in sources() {
        let seam = DFDX.iter().any(|file| source.path.ends_with(file));
        if names_word(&source.code, "dfdx") != seam {
            let verb = if seam { "no longer uses" } else { "uses" };
            faults.push(format!("{} {verb} dfdx", source.path.display()));
        }
        // A type of dfdx under another name would pass the seam unnoticed.
        for alias in [
            "pub use ",
            "pub type ",
            "pub(crate) use ",
            "pub(crate) type ",
        ] {
            if seam && source.code.contains(alias) {
                faults.push(format!("{} has a {alias}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn threads_start_only_in_the_worker_and_the_terminal() {
    let mut faults = Vec::new();
    for source in sources() {
        let starts = ["thread::spawn", "thread::Builder", "thread::scope"]
            .iter()
            .any(|s| source.code.contains(s));
        let allowed = source.path.ends_with("train/worker.rs") || source.module == "tui";
        if starts && !allowed {
            faults.push(source.path.display().to_string());
        }
    }
    assert!(faults.is_empty(), "threads start in {}", faults.join(", "));
}

#[test]
fn the_search_sees_what_it_should() {
    let code = "use crate::{data::{Dataset, split}, units::Seed};\nlet x = crate::model::f();";
    assert_eq!(named_modules(code), ["data", "units", "model"]);
    assert_eq!(named_modules("pub(crate) fn f() {}"), Vec::<String>::new());
    assert_eq!(
        without_comments("a // crate::tui\nlet u = \"http://x\";"),
        "a \nlet u = \"http://x\";"
    );
    assert!(
        names_word("unsafe { f() }", "unsafe") && !names_word("#![deny(unsafe_code)]", "unsafe")
    );
}
