//! Which model made an embedding.

use sha2::{Digest, Sha256};

use crate::model::Siamese;

/// What tells a model from every other: SHA-256, in hexadecimal, over the numbers that decide its embeddings.
pub fn fingerprint(model: &Siamese) -> String {
    let mut hash = Sha256::new();
    let mut add = |name: &str, values: &[f32]| {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        values
            .iter()
            .for_each(|value| hash.update(value.to_le_bytes()));
    };
    for tower in model.members() {
        let network = tower.network();
        let layers = format!("{:?} {:?}", network.spec(), model.augmentation());
        add(&layers, &[]);
        network
            .parameters()
            .iter()
            .for_each(|p| add(&p.name, &p.value));
        network
            .buffers()
            .iter()
            .for_each(|b| add(&b.name, &b.value));
        if let Some(whitening) = tower.whitening() {
            let (mean, axes) = whitening.parts();
            add("whitening.mean", mean);
            add("whitening.axes", axes);
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
