//! A name for each model, so that a gallery knows which one computed its embeddings.

use sha2::{Digest, Sha256};

use crate::model::Siamese;
use crate::text::hex;

/// SHA-256, in hexadecimal, over everything that decides a model's embeddings: backbone, layers, weights, running
/// statistics, test-time augmentation and whitening.
pub fn fingerprint(model: &Siamese) -> String {
    let mut hash = Sha256::new();
    let mut add = |name: &str, values: &[f32]| {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        values
            .iter()
            .for_each(|value| hash.update(value.to_le_bytes()));
    };
    if let Some(backbone) = model.preparation().backbone {
        add(&format!("backbone {backbone}"), &[]);
    }
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
    hex(&hash.finalize())
}
