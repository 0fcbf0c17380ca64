//! Evaluation over all pairs gives the figures of sorting a list of them, in bounded time and memory.

use twinsight::data::pairs::{self, Pair};
use twinsight::evaluate::{AllPairs, GALLERIES, Rates, Space};
use twinsight::metrics::{self, Comparison, Tally};
use twinsight::model::EmbeddedImages;
use twinsight::units::{ImageId, PersonId, Seed};
use twinsight::{Dataset, Embedding, Face, Preparation, Source};

fn orl() -> Dataset {
    Dataset::open(&Source::Orl, &Preparation::default()).expect("it is in the program")
}

fn all(dataset: &Dataset) -> impl Iterator<Item = ImageId> {
    (0..dataset.images.len()).map(ImageId)
}

/// Every eighth pixel of every eighth row.
fn pixels(faces: &[Face]) -> Vec<Embedding> {
    let embed = |face: &Face| {
        let pixels = face.pixels();
        let rows = pixels.chunks(64).step_by(8);
        let few = rows.flat_map(|row| row.iter().step_by(8).copied());
        Embedding(few.collect::<Vec<f32>>().into())
    };
    faces.iter().map(embed).collect()
}

#[test]
fn all_pairs_of_orl_have_the_figures_of_sorting() {
    let dataset = orl();
    let people = dataset.everybody();
    let embedded = EmbeddedImages::of(&dataset, all(&dataset), pixels);
    let space = Space {
        dataset: &dataset,
        embedded: &embedded,
    };
    let hits = space.hits(&people, &people, Seed(3));
    let compare = |pair: Pair| Comparison {
        a: dataset.person_of(pair.a),
        b: dataset.person_of(pair.b),
        similarity: -embedded.distance(pair.a, pair.b).0,
    };
    let listed: Vec<Comparison> = pairs::all(&dataset, &people)
        .into_iter()
        .map(compare)
        .collect();
    let rates = Rates::counted(&AllPairs::new(&dataset, &people, &embedded), &hits);
    assert_eq!(rates, Rates::of(&listed, &hits));

    let by_sorting = metrics::estimate(&listed, |tally: &Tally| {
        let [at_5, at_1] = [0.05, 0.01].map(|fmr| tally.fnmr_at_fmr(fmr));
        [tally.eer().rate, tally.auc(), at_5, at_1]
    });
    let Rates { eer, auc, .. } = rates;
    let [at_5, at_1] = [rates.fnmr_at_fmr_5, rates.fnmr_at_fmr_1];
    assert_eq!([eer, auc, at_5, at_1], by_sorting);
    assert!(eer.value.is_some_and(|eer| eer > 0.1 && eer < 0.4));
}

#[test]
fn hits_are_those_of_ranking_each_probe_alone() {
    let mut dataset = orl();
    // A person with a single picture is in no probe's gallery but those of others.
    dataset.people[7].images.truncate(1);
    let people = dataset.everybody();
    let embedded = EmbeddedImages::of(&dataset, all(&dataset), pixels);
    let space = Space {
        dataset: &dataset,
        embedded: &embedded,
    };
    let probes: Vec<PersonId> = (5..9).map(PersonId).collect();
    let mut expected = Vec::new();
    for index in 0..GALLERIES {
        for &person in &probes {
            for &probe in &dataset.person(person).images {
                let gallery = pairs::gallery(&dataset, &people, Seed(1), index, Some(probe));
                let row = gallery
                    .iter()
                    .map(|entry| -embedded.distance(probe, entry.1).0);
                let row: Vec<f32> = row.collect();
                let mate = gallery.iter().position(|entry| entry.0 == person);
                let first = mate.map(|mate| metrics::rank_of(&row, mate) == 1);
                expected.extend(first.map(|first| (person, f64::from(u8::from(first)))));
            }
        }
    }
    assert_eq!(space.hits(&probes, &people, Seed(1)), expected);
    assert!(expected.len() == 300 && expected.iter().any(|hit| hit.1 == 0.0));
}

/// The most memory that the process has had, in MiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.expect("a number of KiB") / 1024
}

/// As many pictures and people as Labeled Faces in the Wild, most of them with one picture, with seeded embeddings:
/// `cargo test --release --test evaluation -- --ignored --nocapture`.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "half a minute"]
fn thirteen_thousand_pictures_take_less_than_a_minute_and_500_mib() {
    use rand::RngExt;
    use twinsight::units::Purpose;

    const PEOPLE: usize = 5_749;
    const PICTURES: usize = 13_000;
    let mut dataset = orl();
    let picture = dataset.images[0].clone();
    let mut random = Seed(17).stream(Purpose::Pairs, 0);
    // One picture each; the others go to few people, as in the original.
    let mut persons: Vec<usize> = (0..PEOPLE).collect();
    let few = |share: f64| (share.powi(4) * PEOPLE as f64) as usize;
    persons.extend((PEOPLE..PICTURES).map(|_| few(random.random_range(0.0..1.0))));
    persons.sort_unstable();
    let person = dataset.people[0].clone();
    dataset.people = (0..PEOPLE).map(|_| person.clone()).collect();
    dataset
        .people
        .iter_mut()
        .for_each(|person| person.images.clear());
    dataset.images = vec![picture; PICTURES];
    for (index, &person) in persons.iter().enumerate() {
        dataset.images[index].person = PersonId(person);
        dataset.people[person].images.push(ImageId(index));
    }
    let mut normal = |scale: f32| -> Vec<f32> {
        let sum = |_| {
            (0..4)
                .map(|_| random.random_range(-1.0_f32..1.0))
                .sum::<f32>()
                * scale
        };
        (0..128).map(sum).collect()
    };
    let centres: Vec<Vec<f32>> = (0..PEOPLE).map(|_| normal(1.0)).collect();
    let mut embed = |person: usize| {
        let near = centres[person].iter().zip(normal(1.2));
        let values: Vec<f32> = near.map(|(centre, noise)| centre + noise).collect();
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        Embedding(
            values
                .iter()
                .map(|v| v / length)
                .collect::<Vec<f32>>()
                .into(),
        )
    };
    let embeddings: Vec<Embedding> = persons.iter().map(|&person| embed(person)).collect();
    let embedded = EmbeddedImages::of(&dataset, all(&dataset), |_| embeddings);

    let (people, before) = (dataset.everybody(), peak());
    let start = std::time::Instant::now();
    let space = Space {
        dataset: &dataset,
        embedded: &embedded,
    };
    let hits = space.hits(&people, &people, Seed(0));
    let ranked = start.elapsed();
    let rates = Rates::counted(&AllPairs::new(&dataset, &people, &embedded), &hits);
    let taken = start.elapsed();
    println!(
        "{} mated and {} non-mated comparisons, {} people with both: {:.1} s, of them {:.1} s ranks; peak {} MiB, before {before} MiB",
        rates.mated,
        rates.non_mated,
        rates.people,
        taken.as_secs_f64(),
        ranked.as_secs_f64(),
        peak(),
    );
    println!(
        "EER {:?}\nAUC {:?}\nrank 1 {:?}",
        rates.eer, rates.auc, rates.rank1
    );
    assert_eq!(rates.mated + rates.non_mated, PICTURES * (PICTURES - 1) / 2);
    assert!(peak() < 500);

    // A part of them can be sorted in a list.
    let few = &people[..700];
    let compare = |pair: Pair| Comparison {
        a: dataset.person_of(pair.a),
        b: dataset.person_of(pair.b),
        similarity: -embedded.distance(pair.a, pair.b).0,
    };
    let listed: Vec<Comparison> = pairs::all(&dataset, few).into_iter().map(compare).collect();
    let [eer, auc] = metrics::estimate(&listed, |tally| [tally.eer().rate, tally.auc()]);
    let rates = Rates::counted(&AllPairs::new(&dataset, few, &embedded), &[]);
    println!("{} comparisons sorted too", listed.len());
    assert_eq!([rates.eer, rates.auc], [eer, auc]);
}
