#!/usr/bin/env python3
"""Writes small networks for the fuzz target `onnx` to the folder `onnx` beside this file. Needs the package onnx 1.23.

    python tests/fuzz/seeds/make_onnx.py

Each takes 1 x 3 x 4 x 4 numbers and gives 1 x 2, as the target asks, and together they use most of the operators that
shapes are computed for.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent / "onnx"
NUMBERS = np.random.default_rng(0)


def weights(name: str, *shape: int):
    return numpy_helper.from_array(NUMBERS.normal(size=shape).astype(np.float32), name)


def integers(name: str, *values: int):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def save(name: str, nodes: list, initializers: list) -> None:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 4, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])
    graph = helper.make_graph(nodes, "g", [x], [y], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    node = helper.make_node
    # PyTorch writes these too; the runtime of the program wants them.
    plain = {"strides": [1, 1], "dilations": [1, 1], "pads": [0, 0, 0, 0]}
    around = {**plain, "pads": [1, 1, 1, 1]}
    halved = {**around, "strides": [2, 2]}
    norm = [weights(name, 4) for name in ("scale", "shift", "mean")] + [numpy_helper.from_array(np.ones(4, np.float32), "var")]
    save(
        "convolutions",
        [
            node("Conv", ["x", "w"], ["a"], **around),
            node("BatchNormalization", ["a", "scale", "shift", "mean", "var"], ["b"]),
            node("PRelu", ["b", "slope"], ["c"]),
            node("Conv", ["c", "v"], ["d"], group=4, **halved),
            node("MaxPool", ["d"], ["e"], kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0]),
            node("Flatten", ["e"], ["f"]),
            node("Gemm", ["f", "g", "bias"], ["y"], transB=1),
        ],
        [weights("w", 4, 3, 3, 3), weights("v", 4, 1, 3, 3), weights("slope", 4, 1, 1), weights("g", 2, 4), weights("bias", 2), *norm],
    )
    save(
        "shapes",
        [
            node("Transpose", ["x"], ["a"], perm=[0, 2, 3, 1]),
            node("Reshape", ["a", "to"], ["b"]),
            node("MatMul", ["b", "w"], ["c"]),
            node("Squeeze", ["c", "axis"], ["d"]),
            node("Unsqueeze", ["d", "axis"], ["e"]),
            node("ReduceMean", ["e"], ["f"], axes=[1], keepdims=0),
            node("Concat", ["f", "f"], ["g"], axis=0),
            node("Shape", ["f"], ["h"]),
            node("Gather", ["g", "first"], ["i"], axis=0),
            node("Reshape", ["i", "h"], ["j"]),
            node("LpNormalization", ["j"], ["y"], axis=1),
        ],
        [integers("to", 1, 16, 3), integers("axis", 0), integers("first", 0), weights("w", 3, 2)],
    )
    numbers = numpy_helper.from_array(NUMBERS.integers(-127, 127, (2, 3, 1, 1)).astype(np.int8), "q")
    zeros = numpy_helper.from_array(np.zeros(2, np.int8), "zero")
    save(
        "eight_bits",
        [
            node("DequantizeLinear", ["q", "scale", "zero"], ["w"], axis=0),
            node("Sub", ["x", "half"], ["a"]),
            node("Conv", ["a", "w"], ["b"], **plain),
            node("Sigmoid", ["b"], ["c"]),
            node("Mul", ["b", "c"], ["d"]),
            node("GlobalAveragePool", ["d"], ["e"]),
            node("Flatten", ["e"], ["y"]),
        ],
        [numbers, zeros, weights("scale", 2), numpy_helper.from_array(np.float32(0.5), "half")],
    )


if __name__ == "__main__":
    main()
