use super::*;

fn overrides(text: &str) -> Result<Overrides, String> {
    parse_ron(text, "config.ron").map_err(|error| error.to_string())
}

fn config(text: &str) -> Result<Config, String> {
    Config::default()
        .with(overrides(text)?, "config.ron")
        .map_err(|error| error.to_string())
}

#[test]
fn a_file_overrides_only_what_it_names() {
    assert_eq!(config("()"), Ok(Config::default()));
    let expected = Config {
        crop: Some(Crop::Centre),
        epochs: Some(7),
        ..Config::default()
    };
    assert_eq!(config("(crop: centre, epochs: 7) // mine"), Ok(expected));
}

#[test]
fn words_may_be_quoted() {
    let bare =
        config("(crop: centre, preset: tutorial, images: sixel, color: 256, data: orl)").unwrap();
    let quoted =
        r#"(crop: "centre", preset: "tutorial", images: "sixel", color: "256", data: "orl")"#;
    assert_eq!(config(quoted).as_ref(), Ok(&bare));
    assert_eq!(
        (bare.crop, bare.color),
        (Some(Crop::Centre), Color::Indexed)
    );
    assert_eq!(
        config(r#"(data: "a\u{62}c")"#).unwrap().data,
        Source::Folder("abc".into())
    );
}

#[test]
fn every_setting_can_be_set() {
    let text = r#"(data: "x.mat", crop: whole, detector: haar, preset: compact, seed: 3, threshold: 0.25, theme: "light",
        images: off, color: none, glyphs: ascii, calm: true, mouse: true, bell: false, margin: 0.8, epochs: 1, batch: 2, learning_rate: 0.5, threads: 4, validation: 0,
        test: 5)"#;
    let expected = Config {
        data: Source::Olivetti("x.mat".into()),
        crop: Some(Crop::Whole),
        detector: Some(Detector::Haar),
        preset: Some(Preset::Compact),
        seed: Seed(3),
        threshold: Some(Threshold(0.25)),
        theme: "light".into(),
        images: Images::Off,
        color: Color::None,
        glyphs: Glyphs::Ascii,
        calm: true,
        mouse: true,
        bell: false,
        margin: Some(0.8),
        epochs: Some(1),
        batch: Some(2),
        learning_rate: Some(0.5),
        threads: Some(4),
        validation: Some(0),
        test: Some(5),
    };
    assert_eq!(config(text), Ok(expected));
}

#[test]
fn mistakes_are_told_with_their_place() {
    let known = "data, seed, theme, images, color, glyphs, calm, mouse, bell, threshold, preset, crop, detector, margin, epochs, batch, learning_rate, \
                 threads, validation, test";
    let cases = [
        ("(\n  epoch: 3,\n)", format!("config.ron:2:3: there is no setting \"epoch\"; there are: {known}")),
        ("(crop: haal)", "config.ron:1:12: no crop is called \"haal\"; there are: haar, whole, centre, aligned, close".into()),
        ("(color: blue)", "config.ron:1:13: \"blue\" is not known here; there are: auto, truecolor, 256, 16, none".into()),
        ("(seed: 1, seed: 2)", "config.ron:1:11: \"seed\" is set twice; remove one".into()),
        ("(epochs: 0)", "config.ron: epochs is 0; allowed is a whole number from 1 to 1000000".into()),
        ("(margin: 0.1)", "config.ron: margin is 0.1; allowed is a number from 0.6 to 4".into()),
        ("(learning_rate: 20)", "config.ron: learning_rate is 20.0; allowed is a number above 0, at most 10".into()),
        ("(learning_rate: NaN)", "config.ron: learning_rate is NaN; allowed is a number above 0, at most 10".into()),
        ("(threshold: -0.5)", "config.ron: threshold is -0.5; allowed is a number from 0 to 1".into()),
        ("(validation: 1)", "config.ron: validation is 1; allowed is 0, or a whole number from 2".into()),
        ("(theme: \"../x\")", "config.ron: theme is \"../x\"; allowed is a name of letters, digits, - and _".into()),
    ];
    for (text, expected) in cases {
        assert_eq!(config(text), Err(expected), "{text}");
    }
    for text in [
        "(epochs: -1)",
        "(epochs: many)",
        "(epochs: 99999999999)",
        "(epochs: 3",
        "",
        "\u{0}",
        "epochs: 3",
    ] {
        let error = config(text).unwrap_err();
        assert!(error.starts_with("config.ron:1:"), "{text:?}: {error}");
    }
}

#[test]
fn faces_are_aligned_for_all_networks_but_the_tutorials() {
    let crop = |text: &str| config(text).unwrap().preparation().crop;
    assert_eq!(crop("()"), Crop::Aligned);
    assert_eq!(crop("(preset: compact, data: \"x\")"), Crop::Aligned);
    assert_eq!(crop("(preset: tutorial)"), Crop::Haar);
    assert_eq!(crop("(preset: compact, detector: haar)"), Crop::Haar);
    // These pictures are faces already.
    assert_eq!(crop("(preset: tutorial, data: \"x.mat\")"), Crop::Close);
    assert_eq!(crop("(preset: compact, data: \"x.mat\")"), Crop::Aligned);
}

#[test]
fn a_margin_is_taken_where_a_face_is_searched_for() {
    let margin = |text: &str| config(text).unwrap().preparation().margin;
    assert_eq!(margin("()"), 1.2);
    assert_eq!(margin("(margin: 0.8)"), 0.8);
    assert_eq!(margin("(margin: 0.8, detector: haar)"), 0.8);
    // These pictures are cut close to the face already.
    assert_eq!(margin("(data: \"x.mat\", preset: compact)"), 0.8);
    assert_eq!(margin("(data: \"x.mat\", preset: transfer)"), 1.2);
    assert_eq!(margin("(data: \"x.mat\", detector: haar)"), 1.2);
}

#[test]
fn a_detector_stands_for_its_crop() {
    let crop = |text: &str| config(text).unwrap().asked_crop();
    assert_eq!(crop("()"), None);
    assert_eq!(crop("(detector: yunet)"), Some(Crop::Aligned));
    assert_eq!(crop("(detector: haar)"), Some(Crop::Haar));
    assert_eq!(crop("(detector: haar, crop: whole)"), Some(Crop::Whole));
    let folder = |text: &str| config(text).unwrap();
    let haar = folder("(data: \"x\", detector: haar)");
    assert_eq!(
        (haar.preset(), haar.preparation().crop),
        (Preset::Compact, Crop::Haar)
    );
}

#[test]
fn the_example_is_the_defaults() {
    assert_eq!(config(EXAMPLE), Ok(Config::default()));
}

#[test]
fn the_example_has_every_setting() {
    let set = |line: &str| {
        let setting = line.trim().strip_prefix("// ")?.to_owned();
        let (name, _) = setting.split_once(": ")?;
        NAMES.contains(&name).then_some(setting)
    };
    let lines = EXAMPLE
        .lines()
        .map(|line| set(line).unwrap_or_else(|| line.to_owned()));
    let text: Vec<String> = lines.collect();
    let text = text.join("\n");
    assert!(!text.contains("    // epochs"));
    let all = overrides(&text).unwrap();
    assert_eq!(
        (all.epochs, all.threads, all.test),
        (Some(40), Some(4), Some(5))
    );
    config(&text).unwrap();
    for name in NAMES {
        let line = format!("{name}: ");
        let named = text.lines().filter(|text| text.trim().starts_with(&line));
        assert_eq!(named.count(), 1, "{name}");
    }
}
