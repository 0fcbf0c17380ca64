"""Makes the two networks of this folder from their originals.

    pip install numpy onnx onnxruntime
    python data/models/convert.py FOLDER_WITH_THE_ORIGINALS

What it changes, and why:

- YuNet: its input is fixed to 640 x 640 pixels. Height and width become symbolic, so that a picture is searched at its own size.
  The weights stay as they are.
- SFace: its 174 weights are listed as graph inputs, and its batch is fixed to 1. Only the picture stays an input, and the
  batch becomes symbolic. Each batch normalisation that follows a convolution is folded into its weights, and the one
  that follows the last layer into that layer: w' = w * gamma / sqrt(variance + epsilon), and the bias accordingly. This
  is exact but for rounding. Dropout, which does nothing outside training, is removed. Then the weights of
  each 1 x 1 convolution and of the last layer are stored as int8 with one scale for each output channel (the largest
  magnitude becomes 127), and a DequantizeLinear (opset 13) in front of each makes them floating point again. The other
  convolutions have 9 or 27 weights for each output, 0.05 million of 9.6 together, and stay: with the first
  of them as int8, too, the cosine to the original falls to 0.964 for some faces.

The script compares the result with the original on random pictures and prints the SHA-256 of what it wrote.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

# Weights for each output channel up to which they stay floating point.
FEW = 27
ORIGINALS = {
    "face_detection_yunet_2023mar.onnx": "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    "face_recognition_sface_2021dec.onnx": "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
}


def read(folder: Path, name: str) -> onnx.ModelProto:
    """An original, checked."""
    data = (folder / name).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != ORIGINALS[name]:
        sys.exit(f"{name} has the SHA-256 {found}, not {ORIGINALS[name]}")
    return onnx.load_from_string(data)


def write(model: onnx.ModelProto, path: Path) -> None:
    """Without what the tools note about themselves."""
    del model.graph.value_info[:]
    model.producer_name, model.producer_version, model.doc_string = "", "", ""
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString(deterministic=True)
    path.write_bytes(data)
    print(f"{hashlib.sha256(data).hexdigest()}  {path.name}  {len(data):,} bytes")


def strip_inputs(graph: onnx.GraphProto) -> None:
    """Weights are no inputs."""
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    del graph.input[:]
    graph.input.extend(inputs)


def set_shape(value: onnx.ValueInfoProto, shape: list) -> None:
    """Sizes, and names of sizes."""
    del value.type.tensor_type.shape.dim[:]
    for size in shape:
        dim = value.type.tensor_type.shape.dim.add()
        if isinstance(size, str):
            dim.dim_param = size
        else:
            dim.dim_value = size


def yunet(model: onnx.ModelProto) -> onnx.ModelProto:
    """Height and width become symbolic."""
    graph = model.graph
    strip_inputs(graph)
    set_shape(graph.input[0], [1, 3, "height", "width"])
    for output in graph.output:
        last = output.type.tensor_type.shape.dim[-1].dim_value
        stride = output.name.split("_")[1]
        set_shape(output, [1, f"cells_{stride}", last])
    return model


def attribute(node: onnx.NodeProto, name: str):
    return next(helper.get_attribute_value(a) for a in node.attribute if a.name == name)


class SFace:
    """The network's nodes and weights while they are changed."""

    def __init__(self, model: onnx.ModelProto):
        self.model = model
        self.nodes = list(model.graph.node)
        self.weights = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in model.graph.initializer}

    def producer(self, name: str) -> onnx.NodeProto | None:
        return next((n for n in self.nodes if name in n.output), None)

    def replace(self, old: str, new: str) -> None:
        """Whoever reads `old` reads `new`."""
        for node in self.nodes:
            for index, name in enumerate(node.input):
                if name == old:
                    node.input[index] = new

    def fold(self) -> None:
        """Each batch normalisation into the convolution or the last layer before it."""
        for norm in [n for n in self.nodes if n.op_type == "BatchNormalization"]:
            before = self.producer(norm.input[0])
            if before is None or before.op_type not in ("Conv", "Gemm"):
                continue
            gamma, beta, mean, variance = (self.weights[name] for name in norm.input[1:])
            factor = gamma / np.sqrt(variance + attribute(norm, "epsilon"))
            weights = self.weights[before.input[1]]
            self.weights[before.input[1]] = weights * factor.reshape([-1] + [1] * (weights.ndim - 1))
            bias = self.weights[before.input[2]] if len(before.input) > 2 else 0.0
            name = before.name + "_bias"
            self.weights[name] = (bias - mean) * factor + beta
            inputs = [before.input[0], before.input[1], name]
            del before.input[:]
            before.input.extend(inputs)
            before.output[0] = norm.output[0]
            self.nodes.remove(norm)

    def drop(self) -> None:
        """Dropout only matters in training."""
        for node in [n for n in self.nodes if n.op_type == "Dropout"]:
            self.replace(node.output[0], node.input[0])
            self.nodes.remove(node)

    def quantise(self) -> list[onnx.TensorProto]:
        """Weights as int8 by output channel; everything else stays floating point."""
        tensors, nodes = [], []
        for node in self.nodes:
            if node.op_type == "BatchNormalization":
                # `spatial` and `momentum` are for training, and gone in later opsets.
                kept = [a for a in node.attribute if a.name == "epsilon"]
                del node.attribute[:]
                node.attribute.extend(kept)
            name = node.input[1] if node.op_type in ("Conv", "Gemm") else None
            if name and self.weights[name][0].size > FEW:
                weights = self.weights.pop(name)
                scale = np.abs(weights).reshape(len(weights), -1).max(axis=1) / 127.0
                scale = np.maximum(scale, np.finfo(np.float32).tiny).astype(np.float32)
                whole = np.rint(weights / scale.reshape([-1] + [1] * (weights.ndim - 1)))
                tensors.append(numpy_helper.from_array(np.clip(whole, -127, 127).astype(np.int8), name + "_int8"))
                tensors.append(numpy_helper.from_array(scale, name + "_scale"))
                tensors.append(numpy_helper.from_array(np.zeros(len(scale), np.int8), name + "_zero"))
                inputs = [name + "_int8", name + "_scale", name + "_zero"]
                nodes.append(helper.make_node("DequantizeLinear", inputs, [name], name=name + "_dequantize", axis=0))
            nodes.append(node)
        self.nodes = nodes
        used = {name for node in nodes for name in node.input}
        for name, value in self.weights.items():
            if name in used:
                tensors.append(numpy_helper.from_array(value.astype(np.float32), name))
        return tensors


def sface(model: onnx.ModelProto) -> onnx.ModelProto:
    network = SFace(model)
    network.fold()
    network.drop()
    tensors = network.quantise()
    graph = model.graph
    set_shape(graph.input[0], ["batch", 3, 112, 112])
    set_shape(graph.output[0], ["batch", 128])
    picture, embedding = graph.input[0], graph.output[0]
    new = helper.make_graph(network.nodes, "sface", [v for v in [picture] if v.name == "data"], [embedding], tensors)
    return helper.make_model(new, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


def session(model: bytes) -> onnxruntime.InferenceSession:
    """Without the warnings about what the original lists as inputs."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options)


def compare(original: bytes, changed: Path, pictures: np.ndarray) -> None:
    """Cosine between what the two answer."""
    first, second = session(original), session(changed.read_bytes())
    together = second.run(None, {"data": pictures})[0]
    cosines = []
    for picture, b in zip(pictures, together):
        a = first.run(None, {"data": picture[None]})[0][0]
        cosines.append(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    print(f"cosine to the original on {len(cosines)} random pictures: {min(cosines):.4f} at least")


def main() -> None:
    source, here = Path(sys.argv[1]), Path(__file__).parent
    names = list(ORIGINALS)
    write(yunet(read(source, names[0])), here / "yunet.onnx")
    write(sface(read(source, names[1])), here / "sface.onnx")
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (16, 3, 14, 14)).astype(np.float32)
    compare((source / names[1]).read_bytes(), here / "sface.onnx", coarse.repeat(8, 2).repeat(8, 3))


if __name__ == "__main__":
    main()
