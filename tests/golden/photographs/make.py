"""What OpenCV's YuNet and SFace answer, for tests/photograph_golden.rs.

    pip install numpy scikit-image 'opencv-python-headless==4.14.0.94'
    python tests/golden/photographs/make.py FOLDER_WITH_THE_ORIGINAL_MODELS
    python tests/golden/photographs/make.py FOLDER_WITH_THE_ORIGINAL_MODELS LFW_FOLDER OUTPUT_FOLDER

The first form makes the files of this folder from pictures in the tree. The second makes the same for 200 pictures of
Labeled Faces in the Wild, which are not in the tree and must not be; the test reads them from OUTPUT_FOLDER (see there).

| file | what it is |
|---|---|
| `faces.tsv` | a line for each face: picture, box (x, y, width, height), five landmarks, score, all in pixels of the picture; a line with the name alone for a picture without a face |
| `aligned.png` | of each picture with a face the strongest one, by `FaceRecognizerSF.alignCrop`: tiles of 112 x 112 pixels, 10 a row, in the order of the pictures |
| `embeddings.f32` | 128 little-endian floats for each tile, by `FaceRecognizerSF.feature` |
| `astronaut.png` | Eileen Collins by NASA, public domain; from scikit-image, reduced to 256 x 256 pixels |

A search has the picture's own size, a score of at least 0.6, and suppression at 0.3. Names of pictures: `orl/N/double` is
picture N of data/orl.pgm with each pixel twice in each direction; `orl/N/tint` has the colours (v, 3v/4, v/2), rounded
down; `sheet/N` is three columns and two rows of the pictures from N on, every tenth; `file/NAME` is a file, and
`file/NAME/mirror` its mirror image.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
FACE = (112, 92)


def orl(index: int) -> np.ndarray:
    sheet = cv2.imread(str(ROOT / "data/orl.pgm"), cv2.IMREAD_GRAYSCALE)
    row, column = divmod(index, 10)
    return sheet[row * FACE[0] : (row + 1) * FACE[0], column * FACE[1] : (column + 1) * FACE[1]]


def picture(name: str) -> np.ndarray:
    """In OpenCV's order: blue, green, red."""
    kind, what, *how = name.split("/")
    if kind == "orl":
        face = orl(int(what))
        if how == ["double"]:
            return cv2.cvtColor(face.repeat(2, 0).repeat(2, 1), cv2.COLOR_GRAY2BGR)
        wide = face.astype(np.uint16)
        return np.dstack([wide // 2, wide * 3 // 4, wide]).astype(np.uint8)
    if kind == "sheet":
        faces = [orl(int(what) + 10 * k) for k in range(6)]
        rows = [np.hstack(faces[:3]), np.hstack(faces[3:])]
        return cv2.cvtColor(np.vstack(rows), cv2.COLOR_GRAY2BGR)
    path = HERE / f"{what}.png" if what == "astronaut" else ROOT / f"tests/golden/haar/photographs/{what}.png"
    read = cv2.imread(str(path))
    return cv2.flip(read, 1) if how == ["mirror"] else read


def names() -> list[str]:
    doubled = [f"orl/{10 * person + k}/double" for person in range(40) for k in (0, 5)]
    tinted = [f"orl/{10 * person + 3}/tint" for person in range(0, 40, 2)]
    sheets = [f"sheet/{start}" for start in (0, 61, 122, 183, 244)]
    files = ["file/astronaut", "file/astronaut/mirror", "file/hopper", "file/hopper/mirror", "file/chelsea", "file/coffee"]
    return doubled + tinted + sheets + files


def main() -> None:
    models = Path(sys.argv[1])
    detector = cv2.FaceDetectorYN.create(str(models / "face_detection_yunet_2023mar.onnx"), "", (32, 32), 0.6, 0.3, 5000)
    recognizer = cv2.FaceRecognizerSF.create(str(models / "face_recognition_sface_2021dec.onnx"), "")
    if len(sys.argv) > 2:
        paths = sorted(Path(sys.argv[2]).glob("*/*.jpg"))
        chosen = paths[:: len(paths) // 200][:200]
        output = Path(sys.argv[3])
        pictures = [(str(path), cv2.imread(str(path))) for path in chosen]
        # JPEG decoders differ by a grey level here and there; the test is about what comes after.
        for index, (_, read) in enumerate(pictures):
            cv2.imwrite(str(output / f"{index}.png"), read)
        pictures = [(f"file/{index}", read) for index, (_, read) in enumerate(pictures)]
    else:
        import skimage.data

        output = HERE
        astronaut = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
        small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(HERE / "astronaut.png"), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        pictures = [(name, picture(name)) for name in names()]

    lines, tiles, embeddings = [], [], []
    for name, read in pictures:
        detector.setInputSize((read.shape[1], read.shape[0]))
        faces = detector.detect(read)[1]
        if faces is None:
            lines.append(name)
            continue
        for face in faces:
            lines.append("\t".join([name] + [f"{value:.4f}" for value in face]))
        tiles.append(recognizer.alignCrop(read, faces[0]))
        embeddings.append(recognizer.feature(tiles[-1])[0].copy())
    while len(tiles) % 10:
        tiles.append(np.zeros_like(tiles[0]))
    (output / "faces.tsv").write_text("\n".join(lines) + "\n")
    sheet = np.vstack([np.hstack(tiles[row : row + 10]) for row in range(0, len(tiles), 10)])
    cv2.imwrite(str(output / "aligned.png"), sheet, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    (output / "embeddings.f32").write_bytes(np.asarray(embeddings, "<f4").tobytes())


if __name__ == "__main__":
    main()
