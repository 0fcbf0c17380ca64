"""Makes what tests/haar_parity.rs compares with: boxes that OpenCV finds, and the photographs it finds them in.

    python -m venv .venv-haar
    .venv-haar/bin/pip install opencv-python-headless==4.14.0.94 scikit-image==0.26.0 numpy
    .venv-haar/bin/pip download --no-deps matplotlib==3.11.2
    .venv-haar/bin/python tests/golden/haar/make.py --cascades FOLDER --matplotlib FILE.whl

FOLDER holds haarcascade_frontalface_default.xml and haarcascade_frontalface_alt2.xml as in Debian's package opencv-data
(4.6.0); their SHA-256 are checked. The versions are pinned because OpenCV has changed its rules before (flat windows,
exact resizing), and version 5 has no cascades at all. The test itself needs none of this.

Writes photographs/*.png (grey, as OpenCV converts them); trees.xml, the first six stages of the second cascade, whose
trees have two comparisons each; and boxes.tsv and trees.tsv for the two cascades, one line a search:

    picture  scale factor  minimum  maximum  number of raw windows  their hash  boxes for 3 neighbours  for 5  raw windows

A picture is a base and operations on it, all in integers, so that the test makes the same pixels: see `picture` below.
Sizes are one side of a square, 0 for no limit. Boxes are sorted and written x,y,width,height,neighbours and separated
by semicolons. Raw windows (minNeighbors=0) are listed for the photographs and the first faces where they are under 300; the hash,
FNV-1a over x, y, width, height of the sorted windows as little-endian i32, stands for all of them everywhere.
"""

import argparse
import hashlib
import pathlib
import xml.etree.ElementTree as ElementTree
import zipfile

import cv2
import numpy as np
import skimage

HERE = pathlib.Path(__file__).resolve().parent
CASCADES = {
    "default": "0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0",
    "alt2": "7b0c967d9abbdfbde025eb9c786947d151b6426040d07a8f9562ed8fd90724b4",
}
FACES = HERE.parents[2] / "data" / "orl.pgm"
FIRST_FACES = {f"orl/{i}" for i in range(20)}
PHOTOGRAPHS = ["astronaut", "camera", "chelsea", "coffee", "coins"]


def noise(count):
    """A linear congruential generator (constants of Numerical Recipes); the highest five bits, centred."""
    out, state = np.empty(count, np.int32), 1
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = (state >> 27) - 16
    return out


NOISE = noise(1 << 20)


def apply(pixels, operation):
    name, *numbers = operation.replace(":", ",").split(",")
    numbers = [int(n) for n in numbers]
    if name == "double":  # every pixel four times
        return pixels.repeat(2, 0).repeat(2, 1)
    if name == "half":  # means of 2 x 2, halves rounded up; an odd last row or column is left out
        h, w = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
        p = pixels[:h, :w].astype(np.int32)
        return ((p[::2, ::2] + p[1::2, ::2] + p[::2, 1::2] + p[1::2, 1::2] + 2) // 4).astype(np.uint8)
    if name == "noise":
        p = pixels.astype(np.int32).ravel() + NOISE[: pixels.size]
        return p.clip(0, 255).astype(np.uint8).reshape(pixels.shape)
    if name == "dark":
        return pixels // 4
    if name == "negative":
        return 255 - pixels
    if name == "crop":
        x, y, w, h = numbers
        return np.ascontiguousarray(pixels[y : y + h, x : x + w])
    if name == "pad":  # the border repeated
        dx, dy = numbers
        return cv2.copyMakeBorder(pixels, dy, dy, dx, dx, cv2.BORDER_REPLICATE)
    raise ValueError(operation)


def picture(name, faces):
    """orl/N: one face. sheet/N,W,H: W x H faces from the N-th on, row by row. photo/NAME."""
    base, *operations = name.split("|")
    kind, what = base.split("/")
    if kind == "orl":
        pixels = faces[int(what)]
    elif kind == "sheet":
        first, columns, rows = (int(n) for n in what.split(","))
        tiles = faces[first : first + columns * rows]
        pixels = tiles.reshape(rows, columns, 112, 92).swapaxes(1, 2).reshape(rows * 112, columns * 92)
    else:
        pixels = cv2.imread(str(HERE / "photographs" / f"{what}.png"), cv2.IMREAD_UNCHANGED)
    for operation in operations:
        pixels = apply(pixels, operation)
    return np.ascontiguousarray(pixels)


def names():
    yield from (f"orl/{i}" for i in range(400))
    yield from (f"orl/{i}|pad:23,28" for i in range(400))
    yield from (f"sheet/{i * 20},5,4" for i in range(20))
    yield from (f"sheet/{i * 20},5,4|double" for i in range(0, 20, 4))
    yield from (f"sheet/{i * 20},5,4|half" for i in range(0, 20, 4))
    yield from (f"sheet/{i * 20},5,4|noise" for i in range(1, 20, 4))
    yield "sheet/0,20,20"
    for photo in PHOTOGRAPHS + ["hopper"]:
        for operations in ["", "|half", "|double", "|noise", "|dark", "|negative", "|noise|half", "|pad:100,90"]:
            yield f"photo/{photo}{operations}"
    # Sizes at which rounding, the last row and the last column matter.
    for x, y, w, h in [(150, 20, 24, 24), (150, 20, 25, 24), (150, 20, 24, 31), (140, 10, 87, 88), (140, 10, 87, 89)]:
        yield f"photo/astronaut|crop:{x},{y},{w},{h}"
    yield from (f"photo/astronaut|crop:{100 + i},{3 * i},{120 + 7 * i},{130 + i}" for i in range(37))


def names_for_trees():
    yield from (f"orl/{i}" for i in range(0, 400, 10))
    yield from (f"sheet/{i * 100},5,4" for i in range(4))
    yield from (f"photo/{photo}" for photo in PHOTOGRAPHS + ["hopper"])


def searches(name):
    yield 1.1, 0, 0
    if name.startswith("orl"):
        if "pad" not in name:
            yield 1.2, 0, 0
        return
    yield 1.2, 0, 0
    yield 1.05, 0, 0
    yield 1.1, 40, 0
    yield 1.1, 0, 60
    yield 1.3, 50, 50
    yield 1.1, 30, 90


def fnv(boxes):
    value = 0xCBF29CE484222325
    for byte in np.array(boxes, dtype="<i4").tobytes():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return f"{value:016x}"


def text(boxes, neighbours=None):
    rows = [tuple(int(n) for n in box) for box in boxes]
    if neighbours is not None:
        rows = [row + (int(n),) for row, n in zip(rows, neighbours)]
    return ";".join(",".join(map(str, row)) for row in sorted(rows))


def photographs(wheel):
    folder = HERE / "photographs"
    folder.mkdir(exist_ok=True)
    data = pathlib.Path(skimage.__file__).parent / "data"
    sources = {name: (data / f"{name}.png").read_bytes() for name in PHOTOGRAPHS}
    with zipfile.ZipFile(wheel) as archive:
        sources["hopper"] = archive.read("matplotlib/mpl-data/sample_data/grace_hopper.jpg")
    for name, content in sources.items():
        grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        cv2.imwrite(str(folder / f"{name}.png"), grey, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def checked(folder, name):
    path = pathlib.Path(folder) / f"haarcascade_frontalface_{name}.xml"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == CASCADES[name]
    return path


def cut(path, stages):
    """The first stages of a cascade, with the features they use and the notice of the file."""
    text = path.read_text()
    root = ElementTree.fromstring(text)
    stage_list, feature_list = root[0].find("stages"), root[0].find("features")
    for stage in list(stage_list)[stages:]:
        stage_list.remove(stage)
    root[0].find("stageNum").text = str(stages)
    nodes = [node.text.split() for node in stage_list.iter("internalNodes")]
    used = max(int(feature) for words in nodes for feature in words[2::4])
    for feature in list(feature_list)[used + 1 :]:
        feature_list.remove(feature)
    notice = text[: text.index("<opencv_storage>")]
    return notice + ElementTree.tostring(root, encoding="unicode") + "\n"


def search_all(cascade, names, faces):
    for name in names:
        pixels = picture(name, faces)
        for factor, smallest, largest in searches(name):
            sizes = {"minSize": (smallest, smallest), "maxSize": (largest, largest)}
            raw = sorted(tuple(map(int, box)) for box in cascade.detectMultiScale(pixels, factor, 0, **sizes))
            grouped = [text(*cascade.detectMultiScale2(pixels, factor, n, **sizes)) for n in (3, 5)]
            plain_photo = name.startswith("photo") and ("|" not in name or "crop" in name)
            listed = text(raw) if (plain_photo or name in FIRST_FACES) and len(raw) < 300 else "-"
            yield "\t".join(map(str, [name, factor, smallest, largest, len(raw), fnv(raw), *grouped, listed])) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cascades", required=True)
    parser.add_argument("--matplotlib", required=True)
    arguments = parser.parse_args()
    assert cv2.__version__ == "4.14.0", "another OpenCV may have other rules; see the top of this file"
    stumps, trees = (checked(arguments.cascades, name) for name in CASCADES)
    (HERE / "trees.xml").write_text(cut(trees, 6))
    photographs(arguments.matplotlib)
    sheet = cv2.imread(str(FACES), cv2.IMREAD_UNCHANGED)
    faces = sheet.reshape(40, 112, 10, 92).swapaxes(1, 2).reshape(400, 112, 92)
    for target, source, which in [("boxes", stumps, names()), ("trees", HERE / "trees.xml", names_for_trees())]:
        cascade = cv2.CascadeClassifier(str(source))
        assert not cascade.empty()
        (HERE / f"{target}.tsv").write_text("".join(search_all(cascade, which, faces)))


main()
