//! Operations on the tape and a small network, compared with PyTorch (`tests/golden/make_network_golden.py`).
//!
//! The golden values were computed in double precision and rounded once. Ours have single precision: a sum of `n` products has an
//! error of about `√n · 2⁻²⁴` of its size, so 1e-5 of the largest value of an array is enough for every array here, with some
//! room for another order of sums.

// The lint spares test functions, but not the helpers that they call.
#![allow(clippy::unwrap_used)]

use safetensors::SafeTensors;
use std::sync::Arc;
use twinsight::model::{Comparison, loss};
use twinsight::nn::adam::Adam;
use twinsight::nn::network::Network;
use twinsight::nn::spec::{Extent, LayerSpec, NetworkSpec};
use twinsight::nn::tape::{Backward, Batch, Device, Var, apply};
use twinsight::nn::{batch_norm, dense, global_pool, max_pool, relu, unit_norm};
use twinsight::units::Seed;

const TOLERANCE: f32 = 1e-5;

struct Golden(Vec<u8>);

impl Golden {
    fn open() -> Self {
        Self(std::fs::read("tests/golden/network.safetensors").unwrap())
    }

    fn array(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        let view = tensors
            .tensor(name)
            .unwrap_or_else(|_| panic!("no golden array {name}"));
        let values = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        (view.shape().to_vec(), values)
    }

    fn values(&self, name: &str) -> Vec<f32> {
        self.array(name).1
    }

    /// The array with its first axis kept and the others flattened, or with `rows`.
    fn batch(&self, name: &str, rows: Option<usize>) -> Batch {
        let (shape, values) = self.array(name);
        let rows = rows.unwrap_or(shape[0]);
        let shape = (rows, values.len() / rows);
        Device::new().batch(values, shape).unwrap()
    }

    fn vector(&self, name: &str) -> Arc<[f32]> {
        self.values(name).into()
    }

    fn check(&self, name: &str, ours: &[f32]) {
        close(name, ours, &self.values(name), TOLERANCE);
    }

    /// Runs an operation on `{case}.{input}`, pushes `{case}.dy` back, checks output and gradients.
    fn case(
        &self,
        case: &str,
        input: &str,
        rows: Option<usize>,
        parameters: &[&str],
        operation: impl FnOnce(Var, &[Arc<[f32]>]) -> Var,
    ) {
        let x = self.batch(&format!("{case}.{input}"), rows);
        let vectors: Vec<Arc<[f32]>> = parameters
            .iter()
            .map(|p| self.vector(&format!("{case}.{p}")))
            .collect();
        let y = operation(x.clone().record(), &vectors);
        self.check(&format!("{case}.y"), &y.values());
        let dy = self.values(&format!("{case}.dy"));
        let mut grads = weighted_sum(y, dy).backward().unwrap();
        let dx = grads.take_batch(&x).unwrap();
        self.check(&format!("{case}.d{input}"), &dx);
        for (name, vector) in parameters.iter().zip(&vectors) {
            self.check(&format!("{case}.d{name}"), &grads.take(vector));
        }
    }
}

/// `Σ y·dy` → `[1, 1]`: its gradient by `y` is `dy`.
fn weighted_sum(y: Var, dy: Vec<f32>) -> Var {
    apply(y, &[], (1, 1), true, |y| {
        let sum = y.iter().zip(&dy).map(|(y, dy)| y * dy).sum();
        let backward = move |back: Backward<'_>| {
            let by_y = back.input.unwrap();
            by_y.iter_mut()
                .zip(dy)
                .for_each(|(to, dy)| *to += back.output[0] * dy);
        };
        (vec![sum], backward)
    })
    .unwrap()
}

fn close(name: &str, ours: &[f32], golden: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), golden.len(), "{name}: length");
    let size = golden
        .iter()
        .fold(0.0_f32, |size, g| size.max(g.abs()))
        .max(1e-3);
    for (i, (ours, golden)) in ours.iter().zip(golden).enumerate() {
        assert!(
            (ours - golden).abs() <= tolerance * size,
            "{name}[{i}]: {ours}, golden {golden}, size {size}"
        );
    }
}

#[test]
fn operations_agree_in_value_and_gradient() {
    let golden = Golden::open();
    for (case, rectified) in [("batch_norm", false), ("batch_norm_relu", true)] {
        golden.case(case, "x", Some(2), &["scale", "shift"], |x, p| {
            let (y, moments) = batch_norm::batch_norm(x, &p[0], &p[1], rectified).unwrap();
            golden.check(&format!("{case}.mean"), &moments.mean);
            golden.check(&format!("{case}.variance"), &moments.variance);
            y
        });
    }
    golden.case("dense", "x", None, &["w", "b"], |x, p| {
        dense::dense(x, &p[0], &p[1]).unwrap()
    });
    golden.case("unit_norm", "x", None, &[], |x, _| {
        unit_norm::unit_norm(x).unwrap()
    });
    golden.case("relu", "x", None, &[], |x, _| relu::relu(x).unwrap());
    let extent = |height, width, channels| Extent {
        height,
        width,
        channels,
    };
    golden.case("global_pool", "x", None, &[], |x, _| {
        global_pool::global_average_pool(x, extent(3, 4, 5)).unwrap()
    });
    golden.case("max_pool", "x", None, &[], |x, _| {
        max_pool::max_pool(x, extent(5, 6, 3)).unwrap()
    });
}

fn comparisons(pairs: &[(usize, usize)], same: &[bool], weights: &[f32]) -> Vec<Comparison> {
    let all = pairs.iter().zip(same).zip(weights);
    all.map(|((&(a, b), &same), &weight)| Comparison { a, b, same, weight })
        .collect()
}

#[test]
fn losses_agree_in_value_and_gradient() {
    let golden = Golden::open();
    let pairs = [(0, 1), (0, 2), (3, 3), (2, 4), (1, 4), (4, 0)];
    let same = [true, false, true, false, true, false];
    let comparisons = comparisons(&pairs, &same, &[0.1, 0.3, 0.2, 0.15, 0.05, 0.2]);
    golden.case("distance", "e", None, &[], |e, _| {
        loss::distances(e, &comparisons).unwrap()
    });
    golden.case("cross_entropy", "z", None, &[], |z, _| {
        loss::cross_entropy(z, &comparisons).unwrap()
    });
    let people = [0, 0, 1, 1, 1, 2, 3];
    golden.case("contrastive", "e", None, &[], |e, _| {
        loss::supervised_contrastive(e, &people, 0.1).unwrap()
    });
    golden.case("pair_contrastive", "e", None, &[], |e, _| {
        let distances = loss::distances(e, &comparisons).unwrap();
        loss::contrastive(distances, &comparisons, 1.2).unwrap()
    });
    golden.case("triplet", "e", None, &[], |e, _| {
        loss::batch_hard(e, &people, 0.3).unwrap()
    });
}

const TOWER: [LayerSpec; 12] = [
    LayerSpec::Conv {
        filters: 4,
        kernel: 5,
    },
    LayerSpec::Relu,
    LayerSpec::MaxPool,
    LayerSpec::Conv {
        filters: 6,
        kernel: 3,
    },
    LayerSpec::BatchNorm,
    LayerSpec::Relu,
    LayerSpec::MaxPool,
    LayerSpec::Conv {
        filters: 5,
        kernel: 3,
    },
    LayerSpec::Relu,
    LayerSpec::MaxPool,
    LayerSpec::GlobalAveragePool,
    LayerSpec::Dense { units: 8 },
];
/// The golden names of the tower's arrays, in the network's order; the head's two follow.
const NAMES: [&str; 12] = [
    "w1", "b1", "w2", "b2", "scale", "shift", "w3", "b3", "w4", "b4", "w5", "b5",
];
const HEAD: [&str; 2] = ["head_w", "head_b"];

#[test]
fn a_whole_tower_agrees_in_embeddings_gradients_and_a_step_of_adam() {
    let golden = Golden::open();
    let layers = TOWER
        .into_iter()
        .chain([LayerSpec::Dense { units: 4 }])
        .collect();
    let faces = Extent {
        height: 64,
        width: 64,
        channels: 1,
    };
    let mut network = Network::new(&NetworkSpec { layers }, faces, Seed(1)).unwrap();
    let mut names = NAMES.iter().map(|n| format!("tower.{n}"));
    let parameters = network.parameters().len();
    let mut seen = 0;
    network
        .replace(|_, shape| {
            seen += 1;
            // The buffers come last; they keep their first values.
            Ok::<_, ()>(if seen > parameters {
                vec![0.0; shape[0]]
            } else {
                golden.values(&names.next().unwrap())
            })
        })
        .unwrap();
    let mut head = HEAD.map(|n| twinsight::nn::network::Parameter {
        name: n.to_owned(),
        shape: vec![1],
        value: golden.vector(&format!("tower.{n}")),
    });
    let comparisons = comparisons(
        &[(0, 1), (2, 3), (1, 4)],
        &[true, false, false],
        &[1.0 / 3.0; 3],
    );
    let x = golden.batch("tower.faces", None).record();
    let embeddings = network.train(x, Seed(1), 0).unwrap();
    golden.check("tower.embeddings", &embeddings.values());
    let distances = loss::distances(embeddings, &comparisons).unwrap();
    let logits = dense::dense(distances, &head[0].value, &head[1].value).unwrap();
    let total = loss::cross_entropy(logits, &comparisons).unwrap();
    golden.check("tower.loss", &total.values());
    let mut grads = total.backward().unwrap();
    let arrays: Vec<Arc<[f32]>> = network
        .parameters()
        .iter()
        .chain(&head)
        .map(|p| p.value.clone())
        .collect();
    for (array, name) in arrays.iter().zip(NAMES.iter().chain(&HEAD)) {
        let mut ours = grads.clone().take(array);
        let mut theirs = golden.values(&format!("tower.d{name}"));
        if *name == "b2" {
            // A bias before batch normalisation: its gradient is a sum of thousands of terms that cancel to 0, so the rest
            // is compared with the size of the weights of the same layer.
            theirs.extend(golden.values("tower.dw2"));
            ours.extend(golden.values("tower.dw2"));
        }
        // Through five layers and a batch's moments: some bits more than a single operation.
        close(name, &ours, &theirs, 5.0 * TOLERANCE);
    }
    let mut adam = Adam::new(network.parameters().iter().chain(&head));
    let tower = network.parameters_mut().iter_mut();
    adam.step(tower.chain(&mut head).map(|p| (p, 1e-3)), &mut grads, 0.0);
    for (parameter, name) in network
        .parameters()
        .iter()
        .chain(&head)
        .zip(NAMES.iter().chain(&HEAD))
    {
        check_step(&golden, name, &parameter.value);
    }
}

/// Adam's first step is `rate · g/(|g| + ε)`: where `g` is not far above ε = 1e-7 its error decides the step, which may then be
/// anything up to the rate. A bias before batch normalisation, whose true gradient is 0, is such a case.
fn check_step(golden: &Golden, name: &str, ours: &[f32]) {
    let after = golden.values(&format!("tower.after.{name}"));
    let gradient = golden.values(&format!("tower.d{name}"));
    for i in 0..ours.len() {
        let allowed = if gradient[i].abs() < 1e-4 {
            2.1e-3
        } else {
            1e-5
        };
        assert!(
            (ours[i] - after[i]).abs() <= allowed,
            "{name}[{i}]: {} after the step, golden {}",
            ours[i],
            after[i]
        );
    }
}

/// The slope along a random direction, measured. The network has dropout, with a fixed mask, but no ReLU or max pooling: a step
/// across one of their kinks measures something else (the golden values cover them).
#[test]
fn gradients_agree_with_finite_differences() {
    let layers = vec![
        LayerSpec::Conv {
            filters: 3,
            kernel: 3,
        },
        LayerSpec::BatchNorm,
        LayerSpec::Dropout { rate: 0.3 },
        LayerSpec::Conv {
            filters: 4,
            kernel: 4,
        },
        LayerSpec::GlobalAveragePool,
        LayerSpec::Dense { units: 6 },
        LayerSpec::UnitNorm,
    ];
    let input = Extent {
        height: 9,
        width: 8,
        channels: 2,
    };
    let network = Network::new(&NetworkSpec { layers }, input, Seed(3)).unwrap();
    let mut stream = Seed(4).stream(twinsight::units::Purpose::Augment, 0);
    let mut random = |n: usize| -> Vec<f32> {
        (0..n)
            .map(|_| rand::RngExt::random_range(&mut stream, -1.0_f32..1.0))
            .collect()
    };
    let pictures = random(6 * input.features());
    let people = [0, 0, 1, 1, 2, 2];
    let run = |network: &Network| {
        let x = Device::new()
            .batch(pictures.clone(), (6, input.features()))
            .unwrap();
        let e = network.clone().train(x.record(), Seed(5), 7).unwrap();
        loss::supervised_contrastive(e, &people, 0.5).unwrap()
    };
    let mut grads = run(&network).backward().unwrap();
    for index in 0..network.parameters().len() {
        let parameter = &network.parameters()[index];
        let direction = random(parameter.len());
        let gradient = grads.take(&parameter.value);
        let slope: f32 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let along = |step: f32| {
            let mut moved = network.clone();
            let values: Arc<[f32]> = parameter
                .value
                .iter()
                .zip(&direction)
                .map(|(v, d)| v + step * d)
                .collect();
            moved.parameters_mut()[index].value = values;
            run(&moved).values()[0]
        };
        let step = 4e-3;
        let measured = (along(step) - along(-step)) / (2.0 * step);
        // The loss is near 1 in single precision: 1e-7 / 8e-3 of noise; the rest is curvature.
        let allowed = 1e-4 + 0.01 * slope.abs();
        assert!(
            (slope - measured).abs() < allowed,
            "{}: {slope} by the tape, {measured} measured",
            parameter.name
        );
    }
}
