//! Losses, samplings, and values that are not finite.

use super::*;

#[test]
fn an_identical_pair_has_a_finite_similarity_and_breaks_nothing() {
    // All pictures are the same picture, so every pair is identical.
    let mut data = faces();
    let face = data.images[0].face.clone();
    data.images.iter_mut().for_each(|p| p.face = face.clone());
    let mut session = Session::new(
        &data,
        Recipe {
            seed: Seed(1),
            ..without_dropout(1)
        },
        None,
    )
    .unwrap();
    let mut losses = Vec::new();
    session
        .run(&mut |event| {
            if let Event::Batch(b) = event {
                losses.push(b.loss);
            }
            Answer::Continue
        })
        .unwrap();
    assert!(!losses.is_empty() && losses.iter().all(|l| l.is_finite()));
    let model = session.model();
    let e = model.embed(&[face.clone(), face]);
    assert_eq!(e[0].distance(&e[1]).0, 0.0);
    assert!((0.0..=1.0).contains(&model.similarity(e[0].distance(&e[1])).0));
}

#[test]
fn every_loss_and_sampling_learns() {
    for loss in [
        LossSpec::PairCrossEntropy,
        LossSpec::Contrastive { margin: 1.0 },
        LossSpec::Triplet { margin: 0.3 },
        LossSpec::SupervisedContrastive { temperature: 0.1 },
    ] {
        let mut recipe = without_dropout(6);
        recipe.network.layers.push(LayerSpec::UnitNorm);
        recipe.loss = loss;
        recipe.sampling = Sampling::Identities {
            people: 12,
            pictures: 4,
            mirrors: true,
        };
        recipe.learning_rate = 1e-2;
        let data = faces();
        let mut losses = Vec::new();
        let mut session = Session::new(&data, recipe, None).unwrap();
        session
            .run(&mut |event| {
                if let Event::Epoch(report) = event {
                    losses.push(report.metrics.train_loss);
                }
                Answer::Continue
            })
            .unwrap();
        assert!(losses[5] < 0.97 * losses[0], "{loss:?}: {losses:?}");
    }
}

#[test]
fn a_loss_that_is_no_number_ends_the_run_with_advice_and_keeps_what_was_saved() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let data = faces();
    let mut recipe = without_dropout(50);
    // Ten dense layers and the highest learning rate: the activations leave the range of f32 within a few steps.
    recipe
        .network
        .layers
        .extend([LayerSpec::Dense { units: 64 }; 10]);
    let recipe = recipe
        .with(&Overrides {
            learning_rate: Some(10.0),
            ..Overrides::default()
        })
        .unwrap();
    let run = RunDir::create(&dir, &recipe).unwrap();
    let error = Session::new(&data, recipe, Some(run))
        .unwrap()
        .run(&mut quiet)
        .unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
    assert!(
        error.to_string().contains("lower learning rate than 10"),
        "{error}"
    );
    assert!(dir.join("recipe.ron").exists());
}
