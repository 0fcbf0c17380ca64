//! The built-in model on Labeled Faces in the Wild, whose pictures are not in the tree.

use std::collections::HashSet;
use std::path::PathBuf;

use twinsight::data::{Dataset, Source};
use twinsight::evaluate::lfw;
use twinsight::metrics::{Scores, Tally};
use twinsight::model::pretrained;

/// The false match rate at which the false non-match rate is compared.
const FMR: f64 = 0.01;

/// Similarities close to 1 are rounded to one number; distances are not, so every rate can be told.
#[test]
#[ignore = "needs LFW with its pairs.txt: TWINSIGHT_LFW=DIR cargo test --release --test lfw -- --ignored"]
fn distances_of_lfw_are_all_distinct_and_give_every_rate() {
    let folder = PathBuf::from(std::env::var_os("TWINSIGHT_LFW").expect("the folder of LFW"));
    let model = pretrained().model;
    let dataset = Dataset::open(&Source::Folder(folder.clone()), model.preparation())
        .expect("pictures of LFW");
    let sets = lfw::read(&folder.join("pairs.txt"), &dataset).expect("pairs");
    let pairs = sets.concat();
    let embedded = model.embed_images(&dataset, pairs.iter().flat_map(|pair| [pair.a, pair.b]));
    let distance = |same: bool| -> Vec<f32> {
        let kind = pairs.iter().filter(|pair| pair.same == same);
        kind.map(|pair| embedded.distance(pair.a, pair.b).0)
            .collect()
    };
    let (mated, mut non_mated) = (distance(true), distance(false));
    let distinct: HashSet<u32> = mated
        .iter()
        .chain(&non_mated)
        .map(|d| d.to_bits())
        .collect();
    assert_eq!(distinct.len(), pairs.len(), "no two distances are equal");

    let nearness = |distances: &[f32]| distances.iter().map(|distance| -distance).collect();
    let tally = Tally::new(&Scores {
        mated: nearness(&mated),
        non_mated: nearness(&non_mated),
    });
    // By definition: as many of the nearest non-mated pairs as the rate allows, and nothing from the next one on.
    non_mated.sort_by(f32::total_cmp);
    let limit = non_mated[(FMR * non_mated.len() as f64) as usize];
    let missed = mated.iter().filter(|&&distance| distance >= limit).count();
    let wanted = missed as f64 / mated.len() as f64;
    let fnmr = tally.fnmr_at_fmr(FMR);
    println!(
        "{} pairs, FNMR at FMR 1 % {fnmr:.4}, EER {:.4}",
        pairs.len(),
        tally.eer().rate
    );
    assert!((fnmr - wanted).abs() < 1e-9, "{fnmr} {wanted}");
    assert!(fnmr < 0.05, "{fnmr}");
}
