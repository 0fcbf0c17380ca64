//! Tests of plans, and of what remains to be done.

use super::*;

fn spec(text: &str) -> Result<SweepSpec, String> {
    SweepSpec::parse(text, "spec.ron").map_err(|error| error.to_string())
}

fn created(folder: &Path, text: &str) -> Result<Sweep, String> {
    let spec = spec(text)?;
    Sweep::create(&folder.join("sweep"), &spec, folder).map_err(|error| error.to_string())
}

const GRID: &str = r#"(recipes: ["compact", "tutorial"], seeds: [3, 5], folds: 4, assignments: 2,
    vary: {"learning_rate": one_of([1e-3, 2e-3]), "epochs": one_of([1, 2, 3])})"#;

#[test]
fn a_grid_tries_every_combination_with_every_seed_and_fold() {
    let home = tempfile::tempdir().unwrap();
    let sweep = created(home.path(), GRID).unwrap();
    assert_eq!((sweep.recipes().len(), sweep.tasks()), (2 * 6, 12 * 2 * 8));
    let names: Vec<&str> = sweep.recipes().iter().map(|r| &*r.name).collect();
    assert_eq!(names[0], "compact, epochs 1, learning_rate 0.001");
    assert_eq!(names[11], "tutorial, epochs 3, learning_rate 0.002");
    let mut paths: Vec<PathBuf> = (0..sweep.tasks())
        .map(|number| sweep.result_path(sweep.task(number).unwrap()))
        .collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), sweep.tasks());
    let task = sweep.task(16 + 8 + 5).unwrap();
    assert_eq!((task.recipe, task.seed), (1, Seed(5)));
    assert_eq!((task.fold.assignment, task.fold.fold), (1, 1));
    let recipe = sweep.recipe(task);
    assert_eq!(
        (recipe.epochs, recipe.learning_rate, recipe.seed),
        (1, 2e-3, Seed(5))
    );
    assert_eq!(
        sweep.task(192).unwrap_err().to_string(),
        "there is no task 192: the tasks of this sweep are numbered 0 to 191"
    );
}

#[test]
fn the_same_plan_goes_on_and_another_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let sweep = created(home.path(), GRID).unwrap();
    let path = sweep.result_path(sweep.task(7).unwrap());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "{\"pieces\": []}\n").unwrap();
    let again = created(home.path(), GRID).unwrap();
    assert_eq!(again.missing().len(), 191);
    assert!(!again.missing().contains(&7));
    for damaged in ["", "{", "{\"pieces\": [{}", "[[0, 1]}"] {
        std::fs::write(&path, damaged).unwrap();
        let remaining = again.remaining();
        assert_eq!(remaining.missing.len(), 192, "{damaged}");
        assert_eq!(remaining.damaged, [7], "{damaged}");
    }
    let other = created(home.path(), &GRID.replace("5]", "6]")).unwrap_err();
    assert!(other.contains("holds another sweep"), "{other}");
    let none = Sweep::open(home.path()).unwrap_err().to_string();
    assert!(none.contains("there is no sweep in"), "{none}");
}

#[test]
fn a_random_search_repeats_and_stays_within_its_ranges() {
    let text = r#"(recipes: ["compact"], search: random(count: 20, seed: 1),
        vary: {"learning_rate": log_uniform(1e-4, 1e-2), "augment.shift": uniform(2.0, 6.0)})"#;
    let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, two] = [&homes[0], &homes[1]].map(|home| created(home.path(), text).unwrap());
    assert_eq!(one.recipes(), two.recipes());
    let rates: Vec<f32> = one
        .recipes()
        .iter()
        .map(|r| r.recipe.learning_rate)
        .collect();
    assert!(
        rates.iter().all(|rate| (1e-4..=1e-2).contains(rate)),
        "{rates:?}"
    );
    let low = rates.iter().filter(|rate| **rate < 1e-3).count();
    assert!((4..=16).contains(&low), "on a logarithmic scale: {rates:?}");
    let shifts = one.recipes().iter().map(|r| r.recipe.augment.shift);
    assert!(shifts.into_iter().all(|shift| (2.0..=6.0).contains(&shift)));
}

#[test]
fn mistakes_are_told() {
    let home = tempfile::tempdir().unwrap();
    for (text, why) in [
        ("(recipes: [])", "recipes is empty"),
        (r#"(recipes: ["compact"], seeds: [])"#, "seeds is empty"),
        (
            r#"(recipes: ["huge"])"#,
            "the recipe huge: there is no preset \"huge\"",
        ),
        (r#"(recipes: ["none.ron"])"#, "the recipe none.ron"),
        (
            r#"(recipes: ["compact"], vary: {"x": uniform(0.0, 1.0)})"#,
            "gives \"x\" a range",
        ),
        (
            r#"(recipes: ["compact"], vary: {"x": one_of([1])})"#,
            "vary names \"x\"",
        ),
        (
            r#"(recipes: ["compact"], vary: {"x": log_uniform(0.0, 1.0)})"#,
            "the range of \"x\" must go",
        ),
        (r#"(recipes: ["compact"], foldes: 3)"#, "spec.ron:1:"),
    ] {
        let error = created(home.path(), text).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}
