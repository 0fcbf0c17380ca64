//! The layer as PyTorch computes it: `tests/golden/make_conv_golden.py` made the numbers.

use super::super::plan::Method;
use super::super::{ConvShape, Fused, Kernels};
use super::{Case, assert_close, bounds};
use safetensors::SafeTensors;

fn tensor(file: &SafeTensors<'_>, name: &str) -> (Vec<usize>, Vec<f32>) {
    let tensor = file.tensor(name).unwrap();
    let bytes = tensor.data().chunks_exact(4);
    (
        tensor.shape().to_vec(),
        bytes
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect(),
    )
}

#[test]
fn every_kernel_agrees_with_pytorch() {
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/conv.safetensors"
    ))
    .unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names: Vec<&str> = file
        .names()
        .into_iter()
        .filter_map(|name| name.strip_suffix(".input"))
        .collect();
    names.sort_unstable();
    assert_eq!(names.len(), 6);
    for name in names {
        let get = |key: &str| tensor(&file, &format!("{name}.{key}"));
        let (input_shape, input) = get("input");
        let (weight_shape, weight) = get("weight");
        let (output_shape, output) = get("output");
        let shape = ConvShape {
            batch: input_shape[0],
            height: input_shape[1],
            width: input_shape[2],
            inputs: input_shape[3],
            outputs: weight_shape[3],
            kernel: weight_shape[0],
        };
        let fused = Fused {
            relu: name.contains("relu"),
            pool: name.contains("pool"),
        };
        assert_eq!(
            output_shape[1],
            if fused.pool {
                shape.height / 2
            } else {
                shape.height
            }
        );
        let case = Case {
            shape,
            fused,
            input,
            weight,
            bias: get("bias").1,
            direction: get("direction").1,
        };
        for kernels in Kernels::ALL
            .into_iter()
            .filter(|kernels| kernels.available())
        {
            for &method in Method::all(shape.kernel) {
                let bounds = bounds::bounds(method, &shape);
                let what = format!("{name} {kernels} {method:?}");
                let (got, argmax) = case.forward(kernels, method);
                assert_close(&what, &got, &output, bounds.output + 1e-7);
                // Gradients are added to 0.5, which rounds once more.
                let grads = case.backward(kernels, method, &argmax);
                let added = |key: &str| {
                    get(key)
                        .1
                        .iter()
                        .map(|value| value + 0.5)
                        .collect::<Vec<_>>()
                };
                assert_close(
                    &what,
                    &grads.input,
                    &added("grad_input"),
                    bounds.grad_input + 1e-6,
                );
                assert_close(
                    &what,
                    &grads.weight,
                    &added("grad_weight"),
                    bounds.grad_weight + 1e-6,
                );
                assert_close(
                    &what,
                    &grads.bias,
                    &added("grad_bias"),
                    bounds.grad_bias + 1e-6,
                );
            }
        }
    }
}
