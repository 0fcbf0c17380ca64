//! Folds: made here or elsewhere, kept, put together, reported.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::{Evaluate, Rates, area, rate};
use crate::cli::context::Context;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{self, note, percent};
use crate::cli::{Status, train};
use crate::data::Dataset;
use crate::evaluate::{Difference, Figures, Method, OpenSet, Piece, Place, Protocol, piece, svg};
use crate::files;
use crate::metrics::{Scores, eer};

/// Threads that a training of the default recipe keeps busy; with more cores, folds run side by side.
const THREADS_A_FOLD: usize = 4;

/// The answer in JSON; all rates from 0 to 1. The keys of every evaluation hold the first method's figures.
#[derive(Serialize)]
struct Report {
    protocol: String,
    #[serde(flatten)]
    rates: Rates,
    /// All methods, the first one again.
    methods: Vec<Figures>,
    /// The first method less each of the others.
    differences: Vec<Difference>,
    /// Where a part was made, so that it can be merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<Piece>,
}

/// `--folds`.
pub(super) fn run(asked: &Evaluate, context: &Context, folds: usize) -> anyhow::Result<Status> {
    let recipe = train::recipe_of(asked.recipe.as_deref(), &context.config)?;
    let dataset = context.dataset(&recipe.preparation)?;
    let protocol = Protocol {
        folds,
        assignments: asked.assignments,
        seed: context.config.seed,
    };
    let places = match asked.fold {
        Some(number) => vec![protocol.place(number)?],
        None => protocol.places(),
    };
    // Before hours of work: that people can be divided so.
    protocol.split(&dataset.everybody(), places[0])?;
    let mut methods = vec![Method::Recipe(Box::new(recipe))];
    if asked.baselines {
        methods.extend(Method::BASELINES);
    }
    let work = Work {
        folder: context.paths.data_dir().join("evaluations"),
        dataset: &dataset,
        protocol,
        interrupt: Interrupt::watch()?,
        threads: context
            .config
            .threads
            .unwrap_or_else(rayon::current_num_threads),
        done: AtomicUsize::new(0),
        total: places.len() * methods.len(),
    };
    let mut made = Vec::new();
    for method in &methods {
        made.push(work.pieces(method, &places)?);
    }
    let keep = asked.fold.is_some();
    report(asked, &made, keep)
}

/// `--merge`.
pub(super) fn merge(asked: &Evaluate) -> anyhow::Result<Status> {
    let mut methods: Vec<Vec<Piece>> = Vec::new();
    for file in &asked.merge {
        for piece in Piece::read(file)? {
            let same = |pieces: &&mut Vec<Piece>| pieces[0].method == piece.method;
            match methods.iter_mut().find(same) {
                // A file given twice, or made on two machines, counts once.
                Some(pieces) if pieces.iter().any(|p| p.place == piece.place) => {}
                Some(pieces) => pieces.push(piece),
                None => methods.push(vec![piece]),
            }
        }
    }
    let first: Vec<Place> = places(&methods[0]);
    if let Some(other) = methods.iter().find(|pieces| places(pieces) != first) {
        anyhow::bail!(
            "the folds of {} are not those of {}: give the files of all folds of each method",
            other[0].method,
            methods[0][0].method
        );
    }
    report(asked, &methods, false)
}

fn places(pieces: &[Piece]) -> Vec<Place> {
    let mut places: Vec<Place> = pieces.iter().map(|piece| piece.place).collect();
    places.sort_unstable();
    places
}

/// What all pieces of one command share.
struct Work<'a> {
    /// Where pieces are kept, so that an evaluation can be interrupted.
    folder: PathBuf,
    dataset: &'a Dataset,
    protocol: Protocol,
    interrupt: Interrupt,
    threads: usize,
    done: AtomicUsize,
    total: usize,
}

impl Work<'_> {
    /// The pieces of a method: those that are kept already, and the others made now, side by side where there are cores.
    fn pieces(&self, method: &Method, places: &[Place]) -> anyhow::Result<Vec<Piece>> {
        let side_by_side = (self.threads / THREADS_A_FOLD).max(1).min(places.len());
        let each = self.threads / side_by_side;
        let piece = |number: usize| self.piece(method, places[number], each);
        crate::train::side_by_side(side_by_side, places.len(), piece)
            .into_iter()
            .collect()
    }

    fn piece(&self, method: &Method, place: Place, threads: usize) -> anyhow::Result<Piece> {
        let key = piece::key(method, self.dataset, self.protocol);
        let folder = self.folder.join(format!("{}-{key}", method.name()));
        let path = folder.join(format!("a{}-f{}.json", place.assignment, place.fold));
        if let Some(kept) = kept(&path, &key) {
            self.tell(&kept, "kept from before");
            return Ok(kept);
        }
        let pool = crate::train::pool(threads)?;
        let go_on = || !self.interrupt.asked();
        let at = (self.protocol, place);
        let piece = pool.install(|| Piece::make(method, self.dataset, at, &go_on))?;
        files::create_private_dir(&folder)?;
        piece.write(&path)?;
        self.tell(&piece, &format!("{:.0} s", piece.seconds));
        Ok(piece)
    }

    fn tell(&self, piece: &Piece, how: &str) {
        let own: Vec<_> = piece.comparisons().collect();
        note(&format!(
            "{}/{}  {}, assignment {}, fold {}: EER {} ({how})",
            self.done.fetch_add(1, Ordering::Relaxed) + 1,
            self.total,
            piece.method,
            piece.place.assignment,
            piece.place.fold,
            percent(eer(&Scores::of(&own)).rate),
        ));
    }
}

/// A piece from before; one that cannot be read is made again.
fn kept(path: &Path, key: &str) -> Option<Piece> {
    let piece = Piece::read(path).ok()?.pop()?;
    (piece.key == key).then_some(piece)
}

fn report(asked: &Evaluate, made: &[Vec<Piece>], keep: bool) -> anyhow::Result<Status> {
    let methods = made
        .iter()
        .map(|pieces| Figures::of(pieces))
        .collect::<Result<Vec<_>, _>>()?;
    let first = &methods[0];
    let report = Report {
        protocol: protocol(&made[0]),
        rates: Rates {
            mated: first.mated,
            non_mated: first.non_mated,
            eer: first.eer,
            auc: first.auc,
            fnmr_at_fmr_5: first.fnmr_at_fmr_5,
            fnmr_at_fmr_1: first.fnmr_at_fmr_1,
            rank1: first.rank1,
        },
        differences: made[1..]
            .iter()
            .map(|other| Difference::between(&made[0], other))
            .collect(),
        pieces: if keep { made.concat() } else { Vec::new() },
        methods,
    };
    let text = text(&report);
    if let Some(folder) = &asked.report {
        files::create_private_dir(folder)?;
        files::write_private(&folder.join("report.txt"), text.as_bytes())?;
        files::write_private(
            &folder.join("report.json"),
            &serde_json::to_vec_pretty(&report)?,
        )?;
        files::write_private(&folder.join("report.svg"), svg::draw(made).as_bytes())?;
        note(&format!("written to {}", folder.display()));
    }
    match asked.common.json {
        true => output::json(&report)?,
        false => output::line(&text)?,
    }
    Ok(Status::Done)
}

fn protocol(pieces: &[Piece]) -> String {
    let piece = &pieces[0];
    let [train, validation, test] = piece.people;
    // Kept pieces may be of an evaluation that was asked for more of them.
    let assignments: BTreeSet<u64> = pieces.iter().map(|piece| piece.place.assignment).collect();
    format!(
        "{}: {} folds in all, {} to an assignment, of {} assignments; each trains on about {train} people, is calibrated on {validation} \
         others and tested on {test} others; every unordered pair of the tested people's pictures, pooled; rank 1 against one \
         random picture of each person",
        piece.data,
        pieces.len(),
        piece.protocol.folds,
        assignments.len(),
    )
}

fn text(report: &Report) -> String {
    let blocks: Vec<String> = report.methods.iter().map(block).collect();
    let difference = |d: &Difference| {
        format!(
            "{} less {}: EER {}   AUC {}",
            d.of,
            d.from,
            rate(d.eer).trim(),
            area(d.auc).trim()
        )
    };
    let differences: Vec<String> = report.differences.iter().map(difference).collect();
    format!(
        "{}\n{} mated and {} non-mated comparisons\n\n{}\n{}",
        report.protocol,
        report.rates.mated,
        report.rates.non_mated,
        blocks.join("\n"),
        differences.join("\n")
    )
    .trim_end()
    .to_owned()
}

fn block(figures: &Figures) -> String {
    let Figures {
        gallery_sizes: [own, strangers, all],
        ..
    } = figures;
    let rows = [
        ("EER".to_owned(), rate(figures.eer)),
        (
            "EER, mean of folds".to_owned(),
            format!("{:>8}", percent(figures.eer_mean_of_folds)),
        ),
        ("AUC".to_owned(), area(figures.auc)),
        ("FNMR at FMR 5 %".to_owned(), rate(figures.fnmr_at_fmr_5)),
        ("FNMR at FMR 1 %".to_owned(), rate(figures.fnmr_at_fmr_1)),
        (format!("rank 1 of {own}"), rate(figures.rank1)),
        (
            format!("rank 1 of {strangers}"),
            rate(figures.rank1_among_strangers),
        ),
        (format!("rank 1 of {all}"), rate(figures.rank1_among_all)),
        (
            "FMR, threshold frozen at 1 %".to_owned(),
            rate(figures.frozen_fmr),
        ),
        ("FNMR there".to_owned(), rate(figures.frozen_fnmr)),
        (
            "calibration error (ECE)".to_owned(),
            format!("{:>8}", percent(figures.ece)),
        ),
        (
            "seconds a fold".to_owned(),
            format!("{:>8.1}", figures.seconds),
        ),
        ("epochs kept".to_owned(), format!("{:>8}", figures.epochs)),
    ];
    let OpenSet {
        named,
        misnamed,
        missed,
        unknown,
        mistaken,
    } = figures.open_set;
    let share = |part: usize, whole: usize| percent(part as f64 / whole.max(1) as f64);
    let enrolled = named + misnamed + missed;
    let open_set = format!(
        "  who is this, among {all} with one picture each: {} named, {} misnamed, {} called unknown;\n  \
         of those not enrolled {} called unknown\n",
        share(named, enrolled),
        share(misnamed, enrolled),
        share(missed, enrolled),
        share(unknown, unknown + mistaken),
    );
    let rows = rows.map(|(name, value)| format!("  {name:<30}{value}\n"));
    format!("{}\n{}{open_set}", figures.method, rows.concat())
}
