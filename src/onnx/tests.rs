//! Networks made here, whole, damaged and hostile.

use super::{OnnxError, Session, Wanted};

const WANTED: Wanted<'_> = Wanted {
    input: &[1, 3, 4, 4],
    output: &[1, 2],
};

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn int(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

fn bytes(number: u64, content: &[u8]) -> Vec<u8> {
    [
        varint(number << 3 | 2),
        varint(content.len() as u64),
        content.to_vec(),
    ]
    .concat()
}

fn text(number: u64, content: &str) -> Vec<u8> {
    bytes(number, content.as_bytes())
}

/// A `TensorProto` of floats.
fn tensor(name: &str, shape: &[u64], values: &[f32]) -> Vec<u8> {
    let mut message: Vec<u8> = shape.iter().flat_map(|d| int(1, *d)).collect();
    message.extend(int(2, 1));
    message.extend(text(8, name));
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    message.extend(bytes(9, &raw));
    message
}

fn node(kind: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut message: Vec<u8> = inputs.iter().flat_map(|name| text(1, name)).collect();
    message.extend(text(2, output));
    message.extend(text(4, kind));
    for attribute in attributes {
        message.extend(bytes(5, attribute));
    }
    bytes(1, &message)
}

/// An `AttributeProto` of integers.
fn ints(name: &str, values: &[u64]) -> Vec<u8> {
    let values = values.iter().flat_map(|value| int(8, *value));
    [text(1, name), values.collect(), int(20, 7)].concat()
}

/// A `ValueInfoProto`; 0 stands for a free dimension.
fn port(name: &str, shape: &[u64]) -> Vec<u8> {
    let dim = |d: &u64| bytes(1, &if *d == 0 { text(2, "n") } else { int(1, *d) });
    let dims: Vec<u8> = shape.iter().flat_map(dim).collect();
    let tensor = [int(1, 1), bytes(2, &dims)].concat();
    [text(1, name), bytes(2, &bytes(1, &tensor))].concat()
}

/// A `ModelProto` with the input `x` and the output `y`.
fn model(nodes: &[Vec<u8>], weights: &[Vec<u8>], input: &[u64], output: &[u64]) -> Vec<u8> {
    let mut graph = nodes.concat();
    graph.extend(text(2, "graph"));
    graph.extend(weights.iter().flat_map(|w| bytes(5, w)));
    graph.extend(bytes(11, &port("x", input)));
    graph.extend(bytes(12, &port("y", output)));
    let opset = [text(1, ""), int(2, 13)].concat();
    [int(1, 7), bytes(7, &graph), bytes(8, &opset)].concat()
}

/// A 1 × 1 convolution from 3 channels to 2, the mean of each channel, and no more.
fn small() -> Vec<u8> {
    let nodes = [
        node(
            "Conv",
            &["x", "w"],
            "a",
            &[
                ints("strides", &[1, 1]),
                ints("dilations", &[1, 1]),
                ints("pads", &[0; 4]),
            ],
        ),
        node("GlobalAveragePool", &["a"], "b", &[]),
        node("Flatten", &["b"], "y", &[]),
    ];
    let weights = tensor("w", &[2, 3, 1, 1], &[1.0, 1.0, 1.0, 0.0, 2.0, 0.0]);
    model(&nodes, &[weights], &[0, 3, 4, 4], &[0, 2])
}

fn refused(file: &[u8]) -> String {
    match Session::from_untrusted(file, &WANTED) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn a_small_network_is_run() {
    let session = Session::from_untrusted(&small(), &WANTED).unwrap();
    let input: Vec<f32> = (0..48).map(|i| (i / 16) as f32).collect();
    let [output] = &session.run(WANTED.input, &input).unwrap()[..] else {
        panic!("one output")
    };
    assert_eq!(output.shape, [1, 2]);
    assert_eq!(output.values, [3.0, 2.0]);
    assert!(session.run(&[1, 3, 4, 4], &input[1..]).is_err());
    assert!(session.run(&[1, 2, 4, 4], &input[..32]).is_err());
}

#[test]
fn every_beginning_of_a_file_is_refused() {
    let file = small();
    for length in 0..file.len() {
        let result = Session::from_untrusted(&file[..length], &WANTED);
        // The last field is the version of the operators, which the runtime can do without.
        let whole = length >= file.len() - bytes(8, &[text(1, ""), int(2, 13)].concat()).len();
        assert!(result.is_err() || whole, "{length}");
    }
    assert_eq!(
        refused(&file[..100]),
        "it ends too early; copy or download it again"
    );
}

#[test]
fn no_changed_byte_ends_the_program() {
    let file = small();
    for at in 0..file.len() {
        for change in [1, 2, 0x10, 0x80, 0xff] {
            let mut changed = file.clone();
            changed[at] ^= change;
            // Whether it is refused depends on the byte; that it returns is the test.
            let _ = Session::from_untrusted(&changed, &WANTED);
        }
    }
}

#[test]
fn what_grows_without_end_is_refused() {
    let side = 8192;
    let ones = vec![1.0; side];
    let n = side as u64;
    let nodes = [
        node("Add", &["x", "a"], "p", &[]),
        node("Add", &["p", "b"], "y", &[]),
    ];
    let weights = [
        tensor("a", &[1, n, 1, 1, 1], &ones),
        tensor("b", &[n, 1, 1, 1, 1], &ones),
    ];
    let file = model(&nodes, &weights, &[0, 3, 4, 4], &[1, 2]);
    assert_eq!(refused(&file), "one run of it would take too much memory");
    let constants = [
        node("Mul", &["a", "b"], "p", &[]),
        node("Add", &["p", "x"], "y", &[]),
    ];
    let file = model(&constants, &weights, &[0, 3, 4, 4], &[1, 2]);
    assert_eq!(refused(&file), "one run of it would take too much memory");
}

#[test]
fn nesting_is_refused_however_deep() {
    let mut inner = node("Relu", &["x"], "y", &[]);
    for _ in 0..20_000 {
        let attribute = [text(1, "body"), bytes(6, &inner)].concat();
        inner = bytes(1, &bytes(5, &attribute));
        if inner.len() > 200_000 {
            break;
        }
    }
    let file = [int(1, 7), bytes(7, &inner)].concat();
    let outcome = refused(&file);
    assert!(outcome.starts_with("it uses graphs within operators"));
}

#[test]
fn contradictions_are_named() {
    let nodes = [node("Flatten", &["x"], "y", &[])];
    let with = |weights: Vec<u8>| refused(&model(&nodes, &[weights], &[0, 3, 4, 4], &[0, 2]));
    assert_eq!(
        with(tensor("w", &[2, 3], &[1.0; 5])),
        "the weights \"w\" do not have as many values as their shape says"
    );
    let huge = tensor("w", &[u64::MAX / 2, 4], &[]);
    assert!(with(huge).starts_with("the weights"));
    let elsewhere = [tensor("w", &[1], &[1.0]), int(14, 1)].concat();
    assert!(with(elsewhere).starts_with("it uses weights in other files"));
    let loops = model(
        &[node("Loop", &["x"], "y", &[])],
        &[],
        &[0, 3, 4, 4],
        &[0, 2],
    );
    assert!(refused(&loops).starts_with("it uses the operator Loop, which is not supported"));
    let wrong = model(
        &[node("Conv", &["x", "w"], "y", &[])],
        &[tensor("w", &[2, 5, 1, 1], &[1.0; 10])],
        &[0, 3, 4, 4],
        &[0, 2],
    );
    assert_eq!(
        refused(&wrong),
        "its operator Conv (y) is invalid: its weights do not fit its input"
    );
    let size = model(&nodes, &[], &[0, 3, 4, 4], &[0, 2]);
    assert_eq!(refused(&size), "its output has the shape 1 × 48, not 1 × 2");
    let picture = model(&nodes, &[], &[0, 3, 5, 5], &[0, 2]);
    assert_eq!(
        refused(&picture),
        "its input has the shape ? × 3 × 5 × 5, not 1 × 3 × 4 × 4"
    );
    assert_eq!(
        Session::from_untrusted(&[], &WANTED).unwrap_err(),
        OnnxError::NotOnnx
    );
}

/// What onnxruntime 1.23 makes of ones, with the networks of `tests/fuzz/seeds/make_onnx.py`.
#[test]
fn the_networks_that_fuzzing_begins_with_are_run() {
    let cases: [(&[u8], [f32; 2]); 3] = [
        (
            include_bytes!("../../tests/fuzz/seeds/onnx/convolutions.onnx"),
            [0.689_098, 5.087_148],
        ),
        (
            include_bytes!("../../tests/fuzz/seeds/onnx/shapes.onnx"),
            [0.994_778, 0.102_063],
        ),
        (
            include_bytes!("../../tests/fuzz/seeds/onnx/eight_bits.onnx"),
            [0.0, -2.316_193e-6],
        ),
    ];
    for (file, wanted) in cases {
        let session = Session::from_untrusted(file, &WANTED).unwrap();
        let [output] = &session.run(WANTED.input, &[1.0; 48]).unwrap()[..] else {
            panic!("one output")
        };
        for (found, wanted) in output.values.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-5, "{found} {wanted}");
        }
    }
}
