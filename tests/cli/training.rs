//! `train`: its output, its files, stopping and resuming.

use crate::harness::{Home, contents, keys};

#[test]
fn answers_as_the_contract_says_and_leaves_a_run() {
    let home = Home::new();
    let report = home
        .call("train --preset compact --epochs 1 --seed 42 --threads 2 --json")
        .succeeds()
        .json();
    assert_eq!(
        keys(&report),
        [
            "epochs",
            "final",
            "pairs_per_second",
            "parameters",
            "run",
            "seconds"
        ]
    );
    let last = [
        "train_accuracy",
        "train_loss",
        "val_accuracy",
        "val_auc",
        "val_eer",
        "val_loss",
    ];
    assert_eq!(keys(&report["final"]), last);
    assert_eq!(report["epochs"], 1);
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    assert!(report["pairs_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(report["run"], home.run().to_str().unwrap());

    let rows = std::fs::read_to_string(home.run().join("metrics.csv")).unwrap();
    assert_eq!(rows.lines().count(), 2, "a header and a row");
    for file in ["recipe.ron", "checkpoint.safetensors", "best.safetensors"] {
        assert!(home.run().join(file).is_file(), "{file}");
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let home = Home::new();
    let data = home.small_data();
    let train = |seed: &str| {
        let line = format!("train --epochs 2 --json --seed {seed} --data");
        home.call_with(&line, &[&data]).succeeds().json()["final"].clone()
    };
    let first = train("5");
    assert_eq!(first, train("5"));
    assert_ne!(first, train("6"));
}

#[test]
fn a_line_for_each_epoch_where_there_is_no_terminal() {
    let home = Home::new();
    let ended = home
        .call_with("train --epochs 2 --data", &[&home.small_data()])
        .succeeds();
    let text = ended.text();
    for start in [
        "epoch   1/2",
        "epoch   2/2",
        "done after epoch 2",
        "kept in ",
    ] {
        assert!(text.lines().any(|line| line.starts_with(start)), "{text}");
    }
    assert!(!text.contains('\u{1b}'), "no escape sequences");
    assert_eq!(
        ended.errors(),
        "8 people: enough to enroll, too few to judge a training, which holds 4 of them out; 10 held-out people tell more\n"
    );
}

#[test]
fn a_run_goes_on_and_is_never_overwritten() {
    let home = Home::new();
    let data = home.small_data();
    let run = home.path("mine");
    let run = run.to_str().unwrap();
    home.call_with(
        "train --preset compact --epochs 1 --run mine --data",
        &[&data],
    )
    .succeeds();
    let before = contents(run.as_ref());
    home.call_with(
        "train --preset compact --epochs 1 --run mine --data",
        &[&data],
    )
    .fails("already holds a run");
    home.call("train --epochs 3 --run mine --resume")
        .fails("start a new run");
    home.call_with(
        "train --epochs 3 --run mine --resume --seed 3 --data",
        &[&data],
    )
    .misused("--seed");
    assert_eq!(contents(run.as_ref()), before);

    let report = home
        .call_with(
            "train --epochs 3 --resume --json --run mine --data",
            &[&data],
        )
        .succeeds()
        .json();
    assert_eq!(
        (report["epochs"].as_u64(), report["run"].as_str()),
        (Some(3), Some("mine"))
    );
    let rows = std::fs::read_to_string(home.path("mine/metrics.csv")).unwrap();
    assert_eq!(rows.lines().count(), 4);
    let again = home
        .call_with(
            "train --epochs 3 --resume --json --run mine --data",
            &[&data],
        )
        .succeeds()
        .json();
    assert_eq!(again["final"], report["final"], "nothing is left to do");
}

#[test]
fn nothing_to_go_on_with() {
    let home = Home::new();
    home.call("train --resume")
        .fails("start one with `twinsight train`");
    home.call("train --resume --run nowhere")
        .fails("holds no run");
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves_and_the_run_can_go_on() {
    use std::io::{BufRead, BufReader, Read};

    let home = Home::new();
    let data = home.small_data();
    let mut training = home
        .command()
        .args(["train", "--preset", "compact", "--epochs", "100000"])
        .args(["--data", &data])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(training.stdout.take().unwrap()).lines();
    let first_epoch = lines
        .by_ref()
        .map(Result::unwrap)
        .find(|line| line.starts_with("epoch   1/"));
    assert!(first_epoch.is_some());
    let pid = training.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let mut errors = String::new();
    training
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .unwrap();
    assert_eq!(training.wait().unwrap().code(), Some(0), "{errors}");
    assert!(
        rest.iter()
            .any(|line| line.starts_with("stopped after epoch")),
        "{rest:?}"
    );
    assert!(
        errors.contains("go on with: twinsight train --resume --run"),
        "{errors}"
    );

    let rows = std::fs::read_to_string(home.run().join("metrics.csv")).unwrap();
    let done = rows.lines().count() - 1;
    let longer = format!("train --resume --json --epochs {} --data", done + 1);
    let report = home.call_with(&longer, &[&data]).succeeds().json();
    assert_eq!(report["epochs"], done + 1);
}

/// Two members of one epoch each, which see a face in different ways.
const TWO_MEMBERS: &str = "(
    network: (layers: [max_pool, max_pool, dense(units: 8)]),
    ensemble: (every: 1, members: [
        (network: (layers: [max_pool, dense(units: 4)]), input: (channels: [raw, local_contrast], zoom: 0.9)),
    ]),
    loss: contrastive(margin: 1.0),
    sampling: identities(people: 4, pictures: 2, mirrors: false),
    augment: (gamma: 0.2, gradient: 0.1, cut_out: 12, blur: 0.5),
    epochs: 2, learning_rate: 1e-3, schedule: constant, head_rate: 1.0, weight_decay: 0.0,
    preparation: (crop: centre),
)";

#[test]
fn a_recipe_says_what_each_member_sees() {
    let home = Home::new();
    let data = home.small_data();
    let recipe = home.file("two.ron", TWO_MEMBERS.as_bytes());
    let run = home.path("run").display().to_string();
    let line = "train --json --recipe";
    home.call_with(line, &[&recipe, "--data", &data, "--run", &run])
        .succeeds()
        .says("member 2 of 2 begins");
    let saved = twinsight::train::RunDir::open(run.as_ref()).unwrap();
    let checkpoint = saved.best().unwrap();
    let channels = checkpoint.model.members().iter();
    let channels: Vec<usize> = channels
        .map(|member| member.input().extent().channels)
        .collect();
    assert!([&[1][..], &[1, 2]].contains(&&channels[..]), "{channels:?}");

    home.call_with("bench step --runs 2 --json --recipe", &[&recipe])
        .succeeds();
    let line = "bench embed --faces 2 --runs 1 --json --recipe";
    home.call_with(line, &[&recipe]).succeeds();
    home.call_with("bench detect --recipe", &[&recipe])
        .misused("--recipe belongs to `bench step` and `bench embed`");
    let wrong = TWO_MEMBERS.replace("[raw, local_contrast]", "[]");
    let wrong = home.file("wrong.ron", wrong.as_bytes());
    home.call_with("bench step --recipe", &[&wrong])
        .fails("the number of channels is 0; it must lie between 1 and 4");
}

#[test]
fn pictures_marked_as_mislabelled_are_left_out_and_counted() {
    use twinsight::data::{Dataset, Source, mislabelled};
    use twinsight::units::ImageId;
    use twinsight::vision::{Crop, Preparation};
    let home = Home::new();
    // Marks belong to faces that are cut out in one way: those of the preset.
    let preparation = Preparation::of(Crop::Aligned);
    let faces = &Dataset::open(&Source::Orl, &preparation).expect("the built-in faces");
    let folder = home.path("data/mislabelled");
    let marks = [(ImageId(3), ImageId(55)), (ImageId(3), ImageId(4))];
    mislabelled::write(&folder, faces, &marks).expect("it is written");
    let all = home.call("train --epochs 1 --json").succeeds();
    let said = all.errors();
    assert!(
        said.contains("3 pictures left out, marked as mislabelled"),
        "{said}"
    );
    // The run stores which pictures it used, and resumes with these.
    mislabelled::write(&folder, faces, &[]).expect("it is written");
    home.call("train --resume --epochs 2 --json")
        .succeeds()
        .says("3 pictures left out, marked as mislabelled")
        .says("marks that changed since this run began count from the next training on");
    let without = home.call("train --epochs 1 --json").succeeds();
    assert!(!without.errors().contains("left out"));
    assert_ne!(without.json()["final"], all.json()["final"]);
}

#[test]
fn faces_of_ones_own_are_learned_on_the_backbone_from_epoch_0_on() {
    let home = Home::new();
    let report = home
        .call_with("train --epochs 1 --json --data", &[&home.small_data()])
        .succeeds()
        .json();
    let run = report["run"].as_str().unwrap();
    assert!(run.ends_with("0001-transfer"), "{run}");
    assert_eq!(report["parameters"], 128 * 128 + 2);
    let rows = std::fs::read_to_string(home.path("data/runs/0001-transfer/metrics.csv")).unwrap();
    let first: Vec<&str> = rows.lines().map(|line| &line[..2]).collect();
    assert_eq!(first, ["ep", "0,", "1,"]);
}

/// A network trained on other faces does not answer unless asked for, and a run on them says how to resume it.
#[test]
fn a_run_on_other_faces_is_not_taken_for_one_on_these() {
    let home = Home::new();
    let data = home.small_data();
    home.call_with("train --preset compact --epochs 1 --data", &[&data])
        .succeeds();
    home.call("train --resume --epochs 2")
        .fails("this run was trained on small, not on ORL faces: name those faces with --data");
    let photo = home.photo("1.png", 0);
    let told = "the newest run was trained on small and not on ORL faces";
    home.call_with("verify --json", &[&photo])
        .succeeds()
        .says(told);
    // What was given is not asked for again.
    let ones = home.faces("ones", 4);
    let answer = home.call_with("verify --json --data", &[&ones, &photo]);
    let errors = answer.succeeds().errors();
    let told = errors
        .lines()
        .find(|line| line.contains("trained on small"));
    assert!(
        told.is_some_and(|line| !line.contains("--data")),
        "{errors}"
    );
    let own = home.call_with("verify --json --data", &[&data, &photo]);
    own.succeeds()
        .says("too few to show that it is better")
        .says("the built-in model answers");
    let named = home.path("data/runs/0001-compact");
    let run = named.to_str().unwrap();
    let named = home.call_with("verify --json --run", &[run, &photo]);
    assert_eq!(named.succeeds().errors(), "");
}

#[test]
fn where_nobody_is_held_out_no_figure_is_given() {
    let home = Home::new();
    home.faces("few", 3);
    let train = home.call("train --epochs 1 --data few").succeeds();
    let said = train.text();
    assert!(said.contains("nobody is held out"), "{said}");
    assert!(!said.contains("EER") && !said.contains("50.0 %"), "{said}");
    let runs = home.call("runs").succeeds().text();
    assert!(runs.contains("1/1  n/a") && !runs.contains('%'), "{runs}");
}

/// A network that a learning rate of 10 throws far away at its first step: the loss rises and every distance becomes huge.
const DIVERGING: &str = "(
    network: (layers: [conv(filters: 4, kernel: 3), relu, max_pool, global_average_pool, dense(units: 4)]),
    loss: pair_cross_entropy,
    sampling: pairs(batch: 8),
    augment: (),
    epochs: 3,
    learning_rate: 10.0,
    schedule: constant,
    head_rate: 1.0,
    weight_decay: 0.0,
    seed: 1,
)";

#[test]
fn a_training_that_did_not_learn_is_never_the_best_and_does_not_answer() {
    let home = Home::new();
    let recipe = home.file("diverging.ron", DIVERGING.as_bytes());
    let data = home.small_data();
    let line = "train --recipe";
    let trained = home
        .call_with(line, &[&recipe, "--data", &data])
        .succeeds()
        .says("did not learn")
        .says("--learning-rate");
    assert!(!trained.text().contains("best"), "{}", trained.text());
    let runs = home.call("runs --json").succeeds().json();
    let run = &runs["runs"][0];
    assert!(
        run["best"].is_null() && run["not_learned"].is_string(),
        "{run}"
    );
    assert!(
        home.call("runs")
            .succeeds()
            .text()
            .contains("did not learn")
    );
    let photo = home.photo("photo.png", 3);
    let answer = home
        .call_with("verify --json", &[&photo, "--data", &data])
        .succeeds()
        .json();
    assert_eq!(answer["model"], "builtin");
    assert!(
        answer["why"].as_str().unwrap().contains("did not learn"),
        "{}",
        answer["why"]
    );
    home.call_with("verify --run best", &[&photo, "--data", &data])
        .fails("has a model that learned anything");
}
