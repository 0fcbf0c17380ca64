//! The plan of a sweep in a folder, and the results of its tasks.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::SweepError;
use super::field;
use super::spec::{Combination, SweepSpec};
use crate::config::{Config, read_ron};
use crate::data::Source;
use crate::evaluate::{FoldId, FoldResult, Protocol, ProtocolError};
use crate::files::{self, user_path};
use crate::train::recipe::Overrides;
use crate::train::{Recipe, RecipeError};
use crate::units::Seed;

/// Version of the plan's format.
const VERSION: u32 = 1;
/// The most tasks of one sweep.
const MOST_TASKS: usize = 1_000_000;

/// What `plan.ron` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    version: u32,
    data: Source,
    protocol: Protocol,
    seeds: Vec<Seed>,
    /// What each recipe is called, in order.
    recipes: Vec<String>,
}

/// A planned sweep.
#[derive(Debug)]
pub struct Sweep {
    folder: PathBuf,
    plan: Plan,
    recipes: Vec<SweepRecipe>,
}

/// One of the recipes that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRecipe {
    /// The preset or file it comes from, and the values that were set.
    pub name: String,
    /// The recipe, with the seed 0.
    pub recipe: Recipe,
}

/// The tasks that are to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remaining {
    /// The numbers of the tasks without a complete result, in order.
    pub missing: Vec<usize>,
    /// Those of them whose result is there, but incomplete or something else.
    pub damaged: Vec<usize>,
}

/// A fold of a recipe with a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Index into [`Sweep::recipes`].
    pub recipe: usize,
    /// Seed of the training.
    pub seed: Seed,
    /// What is tested.
    pub fold: FoldId,
}

impl Sweep {
    /// Plans a sweep in a folder, which is created. A folder that holds the same plan already is opened, with its results.
    /// `base` is the folder that the specification's paths are relative to.
    ///
    /// # Errors
    /// [`SweepError`] if a recipe or a value is wrong, or the folder holds another sweep.
    pub fn create(folder: &Path, spec: &SweepSpec, base: &Path) -> Result<Self, SweepError> {
        let recipes = recipes(spec, base)?;
        let sweep = Self {
            plan: Plan {
                version: VERSION,
                data: beside(&spec.data, base),
                protocol: Protocol {
                    folds: spec.folds,
                    assignments: spec.assignments,
                    seed: spec.people_seed.0,
                },
                seeds: spec.seeds.clone(),
                recipes: recipes.iter().map(|recipe| recipe.name.clone()).collect(),
            },
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
            recipes,
        };
        match sweep.tasks() {
            0 => return Err(SweepError::Empty("assignments")),
            1..=MOST_TASKS => {}
            tasks => return Err(SweepError::TooMany(tasks, MOST_TASKS)),
        }
        if sweep.folder.join("plan.ron").exists() {
            let known = Self::open(folder)?;
            let same = known.plan == sweep.plan && known.recipes == sweep.recipes;
            return if same {
                Ok(known)
            } else {
                Err(SweepError::Other(folder.into()))
            };
        }
        sweep.write()?;
        Ok(sweep)
    }

    /// Opens the sweep in a folder.
    ///
    /// # Errors
    /// [`SweepError`] if there is none, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, SweepError> {
        let plan = folder.join("plan.ron");
        if !plan.exists() {
            return Err(SweepError::Missing(folder.into()));
        }
        let plan: Plan = read_ron(&plan)?;
        let read = |(number, name): (usize, &String)| {
            let path = folder.join(recipe_file(number));
            let recipe = Recipe::read(&path).map_err(|why| wrong(name, why))?;
            Ok(SweepRecipe {
                name: name.clone(),
                recipe,
            })
        };
        let recipes: Result<Vec<_>, SweepError> =
            plan.recipes.iter().enumerate().map(read).collect();
        Ok(Self {
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
            recipes: recipes?,
            plan,
        })
    }

    /// The plan is written last: a folder with a plan is complete.
    fn write(&self) -> Result<(), SweepError> {
        files::create_private_dir(&self.folder.join("recipes"))?;
        for (number, SweepRecipe { recipe, .. }) in self.recipes.iter().enumerate() {
            let path = self.folder.join(recipe_file(number));
            files::write_private(&path, pretty(recipe).as_bytes())?;
        }
        files::write_private(&self.folder.join("plan.ron"), pretty(&self.plan).as_bytes())?;
        Ok(())
    }

    /// The folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The faces.
    pub fn data(&self) -> &Source {
        &self.plan.data
    }

    /// How people are divided.
    pub fn protocol(&self) -> Protocol {
        self.plan.protocol
    }

    /// Seeds of the trainings.
    pub fn seeds(&self) -> &[Seed] {
        &self.plan.seeds
    }

    /// The recipes that are compared.
    pub fn recipes(&self) -> &[SweepRecipe] {
        &self.recipes
    }

    /// How many tasks there are, numbered from 0: recipe by recipe, in these seed by seed, in these fold by fold.
    pub fn tasks(&self) -> usize {
        self.recipes.len() * self.tasks_of_recipe()
    }

    fn tasks_of_recipe(&self) -> usize {
        self.plan.seeds.len() * self.folds()
    }

    fn folds(&self) -> usize {
        self.plan.protocol.folds * self.plan.protocol.assignments as usize
    }

    /// The task with a number.
    ///
    /// # Errors
    /// [`SweepError::NoTask`] if there are fewer.
    pub fn task(&self, number: usize) -> Result<Task, SweepError> {
        let none = |_: ProtocolError| SweepError::NoTask {
            asked: number,
            tasks: self.tasks(),
        };
        let recipe = number / self.tasks_of_recipe();
        let fold = self
            .plan
            .protocol
            .fold_id(number % self.folds())
            .map_err(none)?;
        match recipe < self.recipes.len() {
            true => Ok(Task {
                recipe,
                seed: self.plan.seeds[number / self.folds() % self.plan.seeds.len()],
                fold,
            }),
            false => Err(SweepError::NoTask {
                asked: number,
                tasks: self.tasks(),
            }),
        }
    }

    /// What a task trains.
    pub fn recipe(&self, task: Task) -> Recipe {
        Recipe {
            seed: task.seed,
            ..self.recipes[task.recipe].recipe.clone()
        }
    }

    /// Where the result of a task is kept.
    pub fn result_path(&self, Task { recipe, seed, fold }: Task) -> PathBuf {
        let folder = self
            .folder
            .join("results")
            .join(format!("{recipe:03}-s{seed}"));
        folder.join(format!("a{}-f{}.json", fold.assignment, fold.fold))
    }

    /// The result of a task; `None` if there is none yet.
    ///
    /// # Errors
    /// [`SweepError`] if it cannot be read.
    pub fn result(&self, task: Task) -> Result<Option<FoldResult>, SweepError> {
        let path = self.result_path(task);
        match path.exists() {
            true => Ok(FoldResult::read(&path)?.pop()),
            false => Ok(None),
        }
    }

    /// The tasks that are to be done. Only the beginning and the end of each result are read, because there may be a million of
    /// them.
    pub fn remaining(&self) -> Remaining {
        let mut remaining = Remaining::default();
        for number in 0..self.tasks() {
            let Ok(task) = self.task(number) else {
                continue;
            };
            let path = self.result_path(task);
            match path.exists() {
                true if FoldResult::is_complete(&path) => continue,
                true => remaining.damaged.push(number),
                false => {}
            }
            remaining.missing.push(number);
        }
        remaining
    }

    /// The numbers of the tasks without a complete result, in order.
    pub fn missing(&self) -> Vec<usize> {
        self.remaining().missing
    }
}

fn recipe_file(number: usize) -> String {
    format!("recipes/{number:03}.ron")
}

/// Every recipe with every combination of values.
fn recipes(spec: &SweepSpec, base: &Path) -> Result<Vec<SweepRecipe>, SweepError> {
    let combinations = spec.combinations()?;
    let data = beside(&spec.data, base);
    let mut all = Vec::new();
    for name in &spec.recipes {
        let read = match name.contains('.') {
            true => Recipe::read(&base.join(user_path(name))),
            false => preset(name, &data),
        };
        let recipe = read.map_err(|why| wrong(name, why))?;
        let recipe = Recipe {
            seed: Seed(0),
            ..recipe
        };
        let checked = recipe.with(&Overrides::default());
        let recipe = checked.map_err(|why| wrong(name, why))?;
        for combination in &combinations {
            all.push(SweepRecipe {
                name: label(name, combination),
                recipe: combination
                    .iter()
                    .try_fold(recipe.clone(), |recipe, (field, value)| {
                        field::with(&recipe, name, field, value)
                    })?,
            });
        }
    }
    Ok(all)
}

/// A preset, for these faces: how they are cut out depends on them.
fn preset(name: &str, data: &Source) -> Result<Recipe, RecipeError> {
    let preset = Recipe::preset(name)?;
    Recipe::of_config(&Config {
        preset: preset.preset.parse().ok(),
        data: data.clone(),
        ..Config::default()
    })
}

fn wrong(name: &str, why: RecipeError) -> SweepError {
    SweepError::Recipe {
        name: name.to_owned(),
        why: Box::new(why),
    }
}

/// `compact, learning_rate 0.001`.
fn label(name: &str, combination: &Combination) -> String {
    let values = combination
        .iter()
        .map(|(field, value)| match value.as_str() {
            Some(word) => format!(", {field} {word}"),
            None => format!(", {field} {value}"),
        });
    format!("{name}{}", values.collect::<String>())
}

/// A source relative to a folder.
fn beside(data: &Source, base: &Path) -> Source {
    match data {
        Source::Orl => Source::Orl,
        Source::Folder(path) => Source::Folder(base.join(path)),
        Source::Olivetti(path) => Source::Olivetti(base.join(path)),
    }
}

fn pretty(value: &impl Serialize) -> String {
    ron::ser::to_string_pretty(value, ron::ser::PrettyConfig::default())
        .expect("plain data can be written")
}

#[cfg(test)]
mod tests;
