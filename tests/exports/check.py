#!/usr/bin/env python3
"""Runs other programs' readers on Twinsight's exports: onnxruntime, ONNX's checker, scikit-learn, FAISS, TensorBoard.

    python3 -m venv venv && venv/bin/pip install numpy onnx onnxruntime scikit-learn faiss-cpu tensorboard
    cargo build --release
    venv/bin/python tests/exports/check.py target/release/twinsight

Everything is trained and written in a temporary folder; it takes about two minutes. The Python of the guide's page
(src/guide/exports.md) is run as it stands there.
"""

import csv
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent.parent / "src"
GUIDE = SOURCES / "guide/exports.md"
# What an embedding of an ONNX file may be off, in any of its numbers.
TOLERANCE = 1e-4
# What is trained: the options, and the shape of the input without N.
TRAININGS = {
    "ensemble": (["--recipe", str(HERE / "ensemble.ron")], [1, 64, 64]),
    "compact": (["--recipe", "compact.ron"], [1, 64, 64]),
    "tutorial": (["--preset", "tutorial", "--epochs", "1"], [1, 64, 64]),
    "transfer": (["--preset", "transfer", "--epochs", "2"], [128]),
}


def main():
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["TWINSIGHT_HOME"] = folder

        def twinsight(*words):
            done = subprocess.run([program, *words], check=True, capture_output=True, text=True)
            return done.stdout

        # All six members of the preset, each for one epoch instead of 50.
        recipe = (SOURCES / "train/presets/compact.ron").read_text()
        shorter = {"every: 50": "every: 1", "epochs: 300": "epochs: 6", "min_best_epoch: 300": "min_best_epoch: 6"}
        for epochs, fewer in shorter.items():
            assert epochs in recipe
            recipe = recipe.replace(epochs, fewer)
        Path("compact.ron").write_text(recipe)
        for name, (options, shape) in TRAININGS.items():
            twinsight("train", *options, "--run", f"runs/{name}")
            check_onnx(twinsight, name, f"runs/{name}", shape)
        check_onnx(twinsight, "built-in", "builtin", [128])
        check_guide(twinsight)
        check_tensorboard(twinsight)
    print("all exports are read as they should be")


def check_onnx(twinsight, name, run, shape):
    """The ONNX file is valid, and gives Twinsight's own embeddings for one face, for some, and for all."""
    twinsight("export", "onnx", f"{name}.onnx", "--run", run)
    for what in ["inputs", "embeddings"]:
        twinsight("export", what, f"{name}-{what}.npy", "--run", run)
    inputs, expected = (np.load(f"{name}-{what}.npy") for what in ["inputs", "embeddings"])
    assert inputs.dtype == np.float32 and list(inputs.shape[1:]) == shape, inputs.shape
    if len(shape) == 3:
        assert 0 <= inputs.min() and inputs.max() <= 1 and inputs.max() > 0.5

    model = onnx.load(f"{name}.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert model.opset_import[0].version >= 17
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    if len(shape) == 1:
        assert re.fullmatch("[0-9a-f]{64}", metadata["backbone_sha256"])

    session = onnxruntime.InferenceSession(f"{name}.onnx")
    assert session.get_inputs()[0].shape == ["N", *shape]
    off = 0.0
    for rows in [slice(0, 1), slice(3, 10), slice(None)]:
        found = session.run(None, {session.get_inputs()[0].name: inputs[rows]})[0]
        assert found.dtype == np.float32 and found.shape == expected[rows].shape
        off = max(off, float(np.abs(found - expected[rows]).max()))
    size = Path(f"{name}.onnx").stat().st_size / 1e6
    print(f"{name:9} {expected.shape[1]:4} numbers, {size:5.1f} MB, at most {off:.1e} off")
    assert off <= TOLERANCE, f"{name}: {off}"


def check_guide(twinsight):
    """The guide's commands and Python run as they stand, and find what they should."""
    # The part on large galleries is for gallery.py.
    text = re.sub(r"## A gallery that outgrows.*?(?=## Figures)", "", GUIDE.read_text(), flags=re.S)
    for line in re.search(r"```sh\n(.*?)```", text, re.S)[1].splitlines():
        words = line.split("#")[0].split()
        if words[:2] == ["twinsight", "export"]:
            twinsight(*words[1:], "--run", "runs/compact")
    found = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(compile(code, str(GUIDE), "exec"), found)
    # scikit-learn and FAISS, after so few epochs; by guessing it would be 0.025.
    assert found["sklearn_is_right"] > 0.6, found["sklearn_is_right"]
    assert abs(found["faiss_is_right"] - found["sklearn_is_right"]) < 1e-6
    assert np.abs(found["embeddings"] - found["by_onnxruntime"]).max() <= TOLERANCE
    assert len(found["epochs"]) == 6


def check_tensorboard(twinsight):
    """TensorBoard's own reader finds every figure of metrics.csv at its epoch."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for name in ["ensemble", "transfer"]:
        twinsight("export", "tensorboard", "events", "--run", f"runs/{name}")
        events = EventAccumulator(f"events/{name}", size_guidance={"scalars": 0}).Reload()
        found = {(tag, s.step): s.value for tag in events.Tags()["scalars"] for s in events.Scalars(tag)}
        twinsight("export", "metrics", f"{name}.csv", "--run", f"runs/{name}")
        rows = list(csv.DictReader(open(f"{name}.csv")))
        tags = {
            "loss/training": "train_loss",
            "accuracy/training": "train_accuracy",
            "loss/validation": "val_loss",
            "accuracy/validation": "val_accuracy",
            "eer/validation": "val_eer",
            "auc/validation": "val_auc",
            "learning_rate": "learning_rate",
            "seconds": "seconds",
        }
        assert set(events.Tags()["scalars"]) == set(tags)
        expected = {
            (tag, int(row["epoch"])): np.float32(row[column])
            for row in rows
            for tag, column in tags.items()
            if row[column]
        }
        assert found == expected, f"{name}: {set(found.items()) ^ set(expected.items())}"
        print(f"{name:9} {len(found)} scalars in TensorBoard")


if __name__ == "__main__":
    main()
