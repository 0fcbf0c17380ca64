//! `twinsight pairs`.

use rand::seq::SliceRandom;
use serde::Serialize;

use super::Status;
use super::context::{Common, Context, DataFlag, RunFlag, explain};
use super::loading;
use super::output;
use crate::config::{Config, Overrides};
use crate::data::{Dataset, Pair, Split, pairs};
use crate::model::Siamese;
use crate::model::checkpoint::{CheckpointMetadata, Saved};
use crate::recognition::ModelOrigin;
use crate::units::{ImageId, PersonId, Purpose, Seed, Similarity};

/// List the pairs of pictures that training draws: for each picture one of the same person and one of another.
///
/// If a model was trained, its similarity is shown for each pair.
#[derive(Debug, clap::Args)]
pub struct Pairs {
    /// At most this many, drawn at random, half of each kind [default: all, in order]
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Which pictures are paired: another number gives other pairs
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Only pairs of the people for training, validation or testing [default: all people]
    #[arg(long, value_name = "PART")]
    split: Option<Part>,
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

/// A part of the people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Train,
    Val,
    Test,
}

#[derive(Serialize)]
struct PairsReport<'a> {
    pairs: Vec<PairRow<'a>>,
}

#[derive(Serialize)]
struct PairRow<'a> {
    a: &'a str,
    b: &'a str,
    same: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    similarity: Option<f32>,
}

impl Pairs {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let flags = Overrides {
            seed: self.seed.map(Seed),
            data: self.data.data.clone(),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        let saved = self.model(&context)?;
        let preparation = match &saved {
            Some(saved) => *saved.model.preparation(),
            None => context.config.preparation(),
        };
        let dataset = context.dataset(&preparation)?;
        let people = match self.split {
            None => dataset.everybody(),
            Some(part) => part.people(
                &dataset,
                &context.config,
                saved.as_ref().map(|s| &s.metadata),
            )?,
        };
        let all = pairs::tutorial(&dataset, &people, context.config.seed, 0);
        let chosen = choose(all, self.count, context.config.seed);
        let similarities = saved
            .map(|saved| similarities(&saved.model, &dataset, &chosen))
            .transpose()?;
        let label = |id: ImageId| dataset.picture(id).label.as_str();
        let row = |(index, pair): (usize, &Pair)| PairRow {
            a: label(pair.a),
            b: label(pair.b),
            same: pair.same,
            similarity: similarities.as_ref().map(|all| all[index]),
        };
        let report = PairsReport {
            pairs: chosen.iter().enumerate().map(row).collect(),
        };
        match self.common.json {
            true => output::json(&report)?,
            false => output::line(&text(&report))?,
        }
        Ok(Status::Done)
    }

    /// The model that answers, unless nothing was trained yet.
    fn model(&self, context: &Context) -> anyhow::Result<Option<Saved>> {
        let found = context.answering(&self.run)?;
        if found.origin == ModelOrigin::NothingTrained {
            return Ok(None);
        }
        explain(&found.explanations());
        Ok(Some(found.saved))
    }
}

impl Part {
    /// The people of this part: those of the model's training, if it used this data set; else those of the next training.
    fn people(
        self,
        dataset: &Dataset,
        config: &Config,
        metadata: Option<&CheckpointMetadata>,
    ) -> anyhow::Result<Vec<PersonId>> {
        // A model that was trained on nobody divides nobody.
        let divided = |metadata: &&CheckpointMetadata| {
            !metadata.train.is_empty() && dataset.made(&metadata.fingerprint)
        };
        if let Some(metadata) = metadata.filter(divided) {
            let names = match self {
                Self::Train => &metadata.train,
                Self::Val => &metadata.validation,
                Self::Test => &metadata.test,
            };
            return Ok(dataset.people_named(names));
        }
        let (validation, test) = Split::default_sizes(dataset);
        let (validation, test) = (
            config.validation.unwrap_or(validation),
            config.test.unwrap_or(test),
        );
        let split = Split::by_person(dataset, config.seed, validation, test)?;
        Ok(match self {
            Self::Train => split.train,
            Self::Val => split.validation,
            Self::Test => split.test,
        })
    }
}

/// `count` of the pairs, in couples of a mated and a non-mated one, as they come from [`pairs::tutorial`].
fn choose(all: Vec<Pair>, count: Option<usize>, seed: Seed) -> Vec<Pair> {
    let Some(count) = count else { return all };
    let mut couples: Vec<&[Pair]> = all.chunks(2).collect();
    couples.shuffle(&mut seed.stream(Purpose::Shuffle, 0));
    couples.into_iter().flatten().copied().take(count).collect()
}

fn similarities(model: &Siamese, dataset: &Dataset, pairs: &[Pair]) -> anyhow::Result<Vec<f32>> {
    let images = pairs.iter().flat_map(|pair| [pair.a, pair.b]);
    let embedded = loading::embed(model, dataset, images)?;
    let similarity = |pair: &Pair| model.similarity(embedded.distance(pair.a, pair.b)).0;
    Ok(pairs.iter().map(similarity).collect())
}

fn text(report: &PairsReport) -> String {
    let width = report
        .pairs
        .iter()
        .map(|row| row.a.chars().count())
        .max()
        .unwrap_or(0);
    let line = |row: &PairRow| {
        let kind = if row.same { "same" } else { "different" };
        let similarity = row
            .similarity
            .map(|s| output::similarity(Similarity(s)))
            .unwrap_or_default();
        format!("{:width$}  {kind:<9}  {similarity:>8}  {}", row.a, row.b)
    };
    report.pairs.iter().map(line).collect::<Vec<_>>().join("\n")
}
