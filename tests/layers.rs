//! Checks the structure of the sources: the order of the modules, and no cyclic imports within a folder.
//!
//! A module may name only those before it in [`LAYERS`], and two files of one folder may not import each other. The test
//! reads paths that begin with `crate::`, `super::` or `self::` from the text of the sources. Comments do not count, so
//! that documentation can link to any module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// From the foundation up.
const LAYERS: [&str; 24] = [
    "text",
    "units",
    "files",
    "onnx",
    "vision",
    "backbone",
    "data",
    "config",
    "metrics",
    "nn",
    "model",
    "train",
    "gallery",
    "recognition",
    "evaluate",
    "sweep",
    "export",
    "app",
    "ui",
    "tui",
    "cli",
    "entry",
    "guide",
    "internals",
];

/// `(what, where it may be named)`.
const CONFINED: [(&str, &[&str]); 5] = [
    ("ratatui", &["app", "ui", "tui"]),
    ("rten", &["onnx"]),
    ("rten_tensor", &["onnx"]),
    // Fast kernels, the signal handlers that give the terminal back, and a file as memory.
    ("unsafe", &["nn", "vision", "tui", "gallery"]),
    ("memmap2", &["gallery"]),
];

/// The one file of the gallery that may use `unsafe`.
const MAPPED: &str = "gallery/large/mapped.rs";

// The files that may name dfdx: the seam of the gradient tape, and the one layer that dfdx computes.
const DFDX: [&str; 3] = ["nn/tape.rs", "nn/tape/chain.rs", "nn/dense.rs"];

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
            Some(group) => {
                names.extend(entries(group).iter().map(|entry| word(entry.trim_start())))
            }
            None => names.push(word(after)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The entries of a brace group, up to its closing brace; `group` begins after the opening one.
fn entries(group: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0, 0);
    let mut found = Vec::new();
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found
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

/// A path of modules and items from the root of the crate: `["data", "pairs", "Pair"]`.
type ItemPath = Vec<String>;

/// The module of a source file. `data/mod.rs` is `["data"]`.
fn module_of(path: &Path) -> ItemPath {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inside = path.strip_prefix(root).expect("found below the root");
    let mut names: ItemPath = inside
        .with_extension("")
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

/// The code before the tests of a file: only there `super` is the folder.
fn without_tests(code: &str) -> &str {
    let starts_tests = |at: &usize| {
        let mut lines = code[*at..].lines().map(str::trim_end);
        let (attribute, module) = (lines.next(), lines.next());
        attribute.is_some_and(|line| line.contains("test"))
            && module.is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    let mut attributes = code.match_indices("#[cfg(").map(|(at, _)| at);
    &code[..attributes.find(starts_tests).unwrap_or(code.len())]
}

/// All paths in `code` that begin with `crate::`, `super::` or `self::`, as seen from `module`.
fn paths_in(code: &str, module: &[String]) -> Vec<ItemPath> {
    let mut found = Vec::new();
    for (at, start) in ["crate::", "super::", "self::"]
        .into_iter()
        .flat_map(|start| code.match_indices(start))
    {
        let inside_a_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        if code[..at].ends_with(inside_a_path) {
            continue;
        }
        let mut base = match start {
            "crate::" => Vec::new(),
            "self::" => module.to_vec(),
            _ => module[..module.len().saturating_sub(1)].to_vec(),
        };
        let mut rest = &code[at + start.len()..];
        while let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
        }
        expand(rest, &base, &mut found);
    }
    found
}

/// Appends the paths of a tree such as `data::{Dataset, pairs::Pair}` below `base` to `found`.
fn expand(tree: &str, base: &[String], found: &mut Vec<ItemPath>) {
    if let Some(group) = tree.strip_prefix('{') {
        for entry in entries(group) {
            expand(entry.trim_start(), base, found);
        }
        return;
    }
    let name = word(tree);
    let mut path = base.to_vec();
    let rest = &tree[name.len()..];
    if !name.is_empty() {
        path.push(name);
    }
    match rest.strip_prefix("::") {
        Some(below) => expand(below, &path, found),
        None => found.push(path),
    }
}

/// The items that each module re-exports from its own children: `(module, item) → child`.
fn re_exports(sources: &[Source]) -> BTreeMap<(ItemPath, String), String> {
    let mut children = BTreeMap::new();
    for source in sources {
        let module = module_of(&source.path);
        for (at, _) in source.code.match_indices("use ") {
            let line = source.code[..at].rsplit('\n').next().unwrap_or_default();
            if !line.starts_with("pub") {
                continue;
            }
            let tree = source.code[at + 4..].trim_start_matches("self::");
            let mut found = Vec::new();
            expand(tree, &[], &mut found);
            for path in found.iter().filter(|path| path.len() > 1) {
                let item = path[path.len() - 1].clone();
                children.insert((module.clone(), item), path[0].clone());
            }
        }
    }
    children
}

/// The file that `path` leads to: the last module in it, or the child that re-exports the item.
fn file_of(
    path: &[String],
    modules: &BTreeSet<ItemPath>,
    re_exported: &BTreeMap<(ItemPath, String), String>,
) -> ItemPath {
    let mut file = ItemPath::new();
    for name in path {
        let below = [&file[..], std::slice::from_ref(name)].concat();
        if modules.contains(&below) {
            file = below;
            continue;
        }
        if let Some(child) = re_exported.get(&(file.clone(), name.clone())) {
            file.push(child.clone());
        }
        break;
    }
    file
}

/// Which file of a folder imports which other file of the same folder.
fn imports_within_folders(sources: &[Source]) -> BTreeSet<(ItemPath, ItemPath)> {
    let modules: BTreeSet<ItemPath> = sources.iter().map(|s| module_of(&s.path)).collect();
    let re_exported = re_exports(sources);
    let mut imports = BTreeSet::new();
    for source in sources {
        let module = module_of(&source.path);
        for path in paths_in(without_tests(&source.code), &module) {
            let other = file_of(&path, &modules, &re_exported);
            let folder = &module[..module.len() - 1];
            if !folder.is_empty() && other.len() == module.len() && other.starts_with(folder) {
                imports.insert((module.clone(), other));
            }
        }
    }
    imports
}

#[test]
fn no_two_files_of_a_folder_import_each_other() {
    let imports = imports_within_folders(&sources());
    let mut faults = Vec::new();
    for (a, b) in imports.iter().filter(|(a, b)| a < b) {
        if imports.contains(&(b.clone(), a.clone())) {
            faults.push(format!("{} and {}", a.join("::"), b.join("::")));
        }
    }
    assert!(
        faults.is_empty(),
        "import each other:\n{}",
        faults.join("\n")
    );
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
fn only_one_file_of_the_gallery_is_unsafe() {
    let uses =
        |source: &Source| names_word(&source.code, "unsafe") || names_word(&source.code, "memmap2");
    let sources = sources();
    let gallery = sources
        .iter()
        .filter(|source| source.module == "gallery" && uses(source));
    let files: Vec<&PathBuf> = gallery.map(|source| &source.path).collect();
    assert!(files.len() == 1 && files[0].ends_with(MAPPED), "{files:?}");
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
    let module: ItemPath = ["data", "olivetti", "mat"].map(String::from).into();
    let code = "use super::{orl, pairs::{self, Pair}};\nuse super::super::split;\nuse crate::data::fetch::fetch as f;\nself::x::<u8>();";
    let paths: Vec<String> = paths_in(code, &module)
        .iter()
        .map(|p| p.join("::"))
        .collect();
    assert_eq!(
        paths,
        [
            "data::fetch::fetch",
            "data::olivetti::orl",
            "data::olivetti::pairs::self",
            "data::olivetti::pairs::Pair",
            "data::split",
            "data::olivetti::mat::x"
        ]
    );
    assert_eq!(
        without_tests("use a;\n#[cfg(test)]\nmod tests {\n}"),
        "use a;\n"
    );
    assert_eq!(
        without_tests("#[cfg(test)]\nmod tests;\nuse b;"),
        "#[cfg(test)]\nmod tests;\nuse b;"
    );
    let file = |name: &str, code: &str| Source {
        path: Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name),
        module: "m".into(),
        code: code.into(),
    };
    let three = [
        file("m/mod.rs", "pub use b::B;"),
        file("m/a.rs", "use super::B;"),
        file("m/b.rs", "use crate::m::a::A;"),
    ];
    let edges: Vec<String> = imports_within_folders(&three)
        .iter()
        .map(|(from, to)| format!("{} to {}", from.join("::"), to.join("::")))
        .collect();
    assert_eq!(
        edges,
        ["m::a to m::b", "m::b to m::a"],
        "an item that the folder re-exports counts as its file's"
    );
}
