//! `evaluate --folds`, in one piece and in many, and `evaluate --lfw`.

use serde_json::Value;

use crate::harness::{Home, keys, orl};
use twinsight::units::ImageId;

/// One epoch on eight people in four folds of two.
const FOLDS: &str = "evaluate --folds 4 --preset compact --epochs 1 --json --data";

/// A report without its times.
fn timeless(mut report: Value) -> Value {
    for method in report["methods"].as_array_mut().unwrap() {
        method.as_object_mut().unwrap().remove("seconds");
    }
    report
}

#[test]
fn folds_are_resumed_divided_and_merged_to_the_same_figures() {
    let home = Home::new();
    let data = home.small_data();
    let whole = home.call_with(FOLDS, &[&data]).succeeds();
    let told = whole.errors();
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].starts_with("1/4  compact, ") && lines[0].ends_with(" left)"),
        "{told}"
    );
    assert!(
        lines[3].starts_with("4/4  compact, ") && lines[3].ends_with(" s)"),
        "{told}"
    );
    let report = whole.json();
    // Each fold tests two people with four pictures: 2·6 mated pairs and 16 of two people.
    assert_eq!(
        (report["mated"].as_u64(), report["non_mated"].as_u64()),
        (Some(48), Some(64))
    );
    assert!(report["eer"]["ci95"].is_array());
    assert!(
        !keys(&report).contains(&"pieces"),
        "only parts carry their pieces"
    );

    let again = home
        .call_with(FOLDS, &[&data])
        .succeeds()
        .says("kept from before");
    assert_eq!(again.json(), report, "nothing is trained twice");

    let elsewhere = Home::new();
    let files: Vec<String> = (0..4)
        .map(|fold| {
            let line = format!(
                "evaluate --fold {fold} --folds 4 --preset compact --epochs 1 --json --data"
            );
            let part = elsewhere.call_with(&line, &[&data]).succeeds();
            assert_eq!(part.json()["pieces"].as_array().unwrap().len(), 1);
            elsewhere.file(&format!("{fold}.json"), part.text().as_bytes())
        })
        .collect();
    let mut merged = vec![];
    merged.extend(files.iter().map(String::as_str));
    let merged = elsewhere
        .call_with("evaluate --json --merge", &merged)
        .succeeds();
    assert_eq!(
        timeless(merged.json()),
        timeless(report),
        "the same on another machine"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_folds_that_are_made() {
    use std::io::{BufRead, BufReader, Read};

    let home = Home::new();
    let data = home.small_data();
    let line = FOLDS.replace("--epochs 1", "--epochs 4");
    let mut child = home
        .command()
        .args(line.split_whitespace())
        .arg(&data)
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    told.read_line(&mut first).unwrap();
    assert!(first.starts_with("1/4  compact"), "{first}");
    let signal = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert!(
        rest.ends_with("the same command continues with the missing folds\n"),
        "{rest}"
    );
    assert!(!rest.contains("4/4"), "{rest}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let again = home.call_with(&line, &[&data]).succeeds();
    assert!(
        again
            .errors()
            .starts_with(first.split(" (").next().unwrap())
    );
    again.says("kept from before");
}

#[test]
fn baselines_stand_beside_on_the_same_folds() {
    let home = Home::new();
    let data = home.small_data();
    let folder = home.path("report");
    let more = [
        data.as_str(),
        "--baselines",
        "--report",
        folder.to_str().unwrap(),
    ];
    let report = home.call_with(FOLDS, &more).succeeds().json();
    let names: Vec<&str> = report["methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|method| method["method"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["compact", "pixels", "pca", "fisherfaces"]);
    for method in report["methods"].as_array().unwrap() {
        assert_eq!(method["pieces"], 4);
        assert_eq!(method["gallery_sizes"], serde_json::json!([2, 4, 8]));
        let auc = method["auc"]["value"].as_f64().unwrap();
        assert!(auc > 0.5, "{method}: better than chance");
    }
    assert_eq!(report["differences"].as_array().unwrap().len(), 3);
    let written = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(written("report.txt").contains("compact less fisherfaces"));
    assert_eq!(
        serde_json::from_str::<Value>(&written("report.json")).unwrap(),
        report
    );
    let picture = written("report.svg");
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    assert_eq!(picture.matches("<polyline").count(), 4, "DET curves");
    assert_eq!(picture.matches("<circle").count(), 1, "the only epoch");
}

#[test]
fn what_cannot_be_divided_or_merged_says_why() {
    let home = Home::new();
    let data = home.small_data();
    let divide = |line: &str, why: &str| {
        home.call_with(&format!("evaluate {line} --data"), &[&data])
            .fails(why);
    };
    divide("--folds 2", "ask for at least 3");
    divide("--folds 5", "ask for 2 to 4 folds");
    divide("--folds 4 --fold 4", "numbered 0 to 3");
    home.call("evaluate --fold 1").misused("--folds");
    home.call("evaluate --folds 4 --assignments 0")
        .misused("--assignments");
    let broken = home.file("broken.json", b"{\"pieces\": []}");
    home.call_with("evaluate --merge", &[&broken])
        .fails("its list is empty");
    let other = home.file("other.json", b"{}");
    home.call_with("evaluate --merge", &[&other])
        .fails("missing field `pieces`");
    let part = |seed: &str| {
        let line = format!(
            "evaluate --fold 0 --folds 4 --preset compact --epochs 1 --json --seed {seed} --data"
        );
        let part = home.call_with(&line, &[&data]).succeeds();
        home.file(&format!("seed{seed}.json"), part.text().as_bytes())
    };
    let (a, b) = (part("1"), part("2"));
    // The same fold twice: the second counts as a copy of the first. Another fold does not.
    let line = "evaluate --fold 1 --folds 4 --preset compact --epochs 1 --json --seed 2 --data";
    let c = home.call_with(line, &[&data]).succeeds();
    let c = home.file("c.json", c.text().as_bytes());
    home.call_with("evaluate --merge", &[&a, &b, &c])
        .fails("comes from another evaluation");
    home.call_with("evaluate --folds 4 --recipe", &[&broken])
        .fails("broken.json");
}

#[test]
fn a_recipe_of_ones_own_is_evaluated() {
    let home = Home::new();
    let data = home.small_data();
    let recipe = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/train/presets/compact.ron"
    ))
    .unwrap();
    let short = recipe.replace("epochs: 300", "epochs: 1");
    assert_ne!(short, recipe);
    let own = home.file("own.ron", short.as_bytes());
    let line = "evaluate --folds 4 --fold 2 --json --data";
    let report = home
        .call_with(line, &[&data, "--recipe", &own])
        .succeeds()
        .json();
    assert_eq!(report["methods"][0]["method"], "recipe");
    assert_eq!(report["methods"][0]["epochs"], 1);
}

#[test]
fn several_recipes_are_compared_on_the_same_folds() {
    let home = Home::new();
    let data = home.small_data();
    let line = "evaluate --folds 4 --preset transfer --preset compact --epochs 1 --baselines --json --data";
    let report = home.call_with(line, &[&data]).succeeds().json();
    let methods = report["methods"].as_array().unwrap();
    let names: Vec<_> = methods
        .iter()
        .map(|m| m["method"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "transfer",
            "compact",
            "backbone",
            "pixels",
            "pca",
            "fisherfaces"
        ]
    );
    let less = &report["differences"][0];
    assert_eq!([&less["of"], &less["from"]], ["transfer", "compact"]);
    let eer = |at: usize| methods[at]["eer"]["value"].as_f64().unwrap();
    let difference = less["eer"]["value"].as_f64().unwrap();
    assert!((difference - (eer(0) - eer(1))).abs() < 1e-12);
    assert!(eer(2) < eer(3), "the backbone is better than pixels");
    let twice = "evaluate --folds 4 --preset compact --preset compact --data";
    home.call_with(twice, &[&data])
        .misused("names one recipe twice");
}

#[test]
fn lfw_pairs_are_judged_set_by_set() {
    let home = Home::trained();
    for (person, name) in ["Ann", "Bob", "Cy"].into_iter().enumerate() {
        for number in 1..=3 {
            let file = home.file(&format!("lfw/{name}/{name}_{number:04}.png"), b"");
            let photo = orl().photo(ImageId(10 * person + number)).unwrap();
            photo.grey().save(file).unwrap();
        }
    }
    let data = home.path("lfw");
    let data = data.to_str().unwrap();
    let set = |a: &str, b: &str| format!("{a}\t1\t2\n{a}\t1\t3\n{a}\t1\t{b}\t1\n{a}\t2\t{b}\t3\n");
    let text = format!(
        "3\t2\n{}{}{}",
        set("Ann", "Bob"),
        set("Bob", "Cy"),
        set("Cy", "Ann")
    );
    // A byte order mark is skipped, as some editors write one.
    let text = format!("\u{feff}{text}");
    let pairs = home.file("pairs.txt", text.as_bytes());
    let report = home
        .call_with("evaluate --json --lfw", &[&pairs, "--data", data])
        .succeeds()
        .json();
    assert_eq!(
        (report["mated"].as_u64(), report["non_mated"].as_u64()),
        (Some(6), Some(6))
    );
    assert_eq!(report["accuracy"]["sets"].as_array().unwrap().len(), 3);
    let built_in = home
        .call_with(
            "evaluate --run builtin --json --lfw",
            &[&pairs, "--data", data],
        )
        .succeeds()
        .json();
    assert_eq!(built_in["eer"], 0.0, "{built_in}");
    assert_eq!(built_in["auc"], 1.0);
    let frozen = &built_in["frozen"];
    assert_eq!(frozen["validation_fmr"], 0.001);
    assert_eq!(
        (frozen["fmr"].as_f64(), frozen["fnmr"].as_f64()),
        (Some(0.0), Some(0.0))
    );
    let threshold = frozen["threshold"].as_f64().unwrap();
    assert!(threshold > 0.0 && threshold < 1.0, "{threshold}");
    let ece = built_in["ece"].as_f64().unwrap();
    assert!((0.0..0.1).contains(&ece), "{ece}");
    let own = home.run();
    let own = own.to_str().unwrap();
    let both = home
        .call_with(
            "evaluate --run builtin --against builtin --against",
            &[own, "--json", "--lfw", &pairs, "--data", data],
        )
        .succeeds()
        .json();
    assert_eq!(both["eer"], built_in["eer"]);
    let [same, other] = [0, 1].map(|i| &both["against"][i]);
    assert_eq!(same["difference"]["auc"]["value"], 0.0);
    assert_eq!(other["accuracy"], report["accuracy"]);
    let more = built_in["accuracy"]["mean"].as_f64().unwrap()
        - other["accuracy"]["mean"].as_f64().unwrap();
    let difference = &other["difference"];
    assert!(
        (difference["accuracy"].as_f64().unwrap() - more).abs() < 1e-12,
        "{difference}"
    );
    home.call_with("evaluate --lfw", &[&pairs])
        .misused("--lfw needs --data");
    let missing = home.file("missing.txt", b"2\t1\nAnn\t1\t9\n");
    home.call_with("evaluate --lfw", &[&missing, "--data", data])
        .fails("line 2: there is no picture Ann/Ann_0009");
}
