"""Counts how the program does on ordinary photographs that it was not trained on. Not a test.

    pip install numpy pillow scikit-image
    python tests/photographs/count.py target/release/twinsight

It takes photographs from two packages of PyPI rather than from the tree, because they show people: portraits of two
presidents by the White House's photographers (in the tests of face_recognition 1.3.0), NASA's portrait of an astronaut, and
the hundred faces of scikit-image's subset of Labeled Faces in the Wild, 25 pixels wide. One picture of one president is
enrolled, beside the built-in 40 people; everything happens in a folder that is deleted. It uses the built-in model and its
default threshold, and counts the main face of each photograph.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

PACKAGE = "face_recognition==1.3.0"
ENROLLED = "obama.jpg"
MATED = ["obama2.jpg", "obama3.jpg", "obama_partial_face.jpg", "obama_partial_face2.jpg"]
STRANGER = "biden.jpg"


def photographs(folder: Path) -> Path:
    """Downloads the package's source and returns the folder of its photographs."""
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", PACKAGE]
    subprocess.run([*download, "-d", folder], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return next(folder.glob("*/tests/test_images"))


def strangers(folder: Path, first: Path) -> list[Path]:
    """Photographs of people who are not enrolled, one person each."""
    package = Path(skimage.__file__).parent / "data"
    paths = [first, package / "astronaut.png"]
    # The second hundred of the subset are no faces.
    for index, face in enumerate(np.load(package / "lfw_subset.npy")[:100]):
        picture = Image.fromarray((face * 255).astype("uint8")).resize((100, 100), Image.Resampling.BICUBIC)
        paths.append(folder / f"lfw{index:03}.png")
        picture.save(paths[-1])
    return paths


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = {**os.environ, "TWINSIGHT_HOME": str(folder / "home")}

        def twinsight(*arguments: object) -> str:
            command = [program, *map(str, arguments)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            return done.stdout or done.stderr

        images = photographs(folder)
        print(twinsight("enroll", "Enrolled", images / ENROLLED).strip())

        def answers(paths: list[Path]) -> list[tuple[str, str | None, float, bool, list[str]]]:
            """For the main face of each photograph: file, who was named, highest similarity, face found, doubts."""
            document = json.loads(twinsight("verify", "--whole", "--json", *paths))
            rows = []
            for probe in document["photos"]:
                if probe["face"] and probe["face"]["number"] > 1:
                    continue
                name = probe["best"] if probe["accepted"] else None
                best = probe["scores"][0]["similarity"] if probe["scores"] else 0.0
                quality = probe.get("quality")
                doubts = quality["doubts"] if quality else []
                rows.append((Path(probe["path"]).name, name, best, quality is not None, doubts))
            print(f"(threshold {document['threshold']:.4f}, FMR {document['fmr']:.2e}, {document['people']} people)")
            return rows

        print("\none person, enrolled from one picture, in others:")
        mated = answers([images / name for name in MATED])
        for name, who, similarity, _, doubts in mated:
            print(f"  {name:28} {who or 'no match':10} {100 * similarity:6.2f} %  {' '.join(doubts)}")
        print("\npeople who are not enrolled:")
        others = answers(strangers(folder, images / STRANGER))
        taken = [row for row in others if row[1]]
        for name, who, similarity, _, doubts in [*taken, others[0]]:
            print(f"  {name:28} {who or 'no match':10} {100 * similarity:6.2f} %  {' '.join(doubts)}")
        found = sum(row[3] for row in others)
        doubtful = sum(bool(row[4]) for row in others)
        print(f"\nfound again {sum(row[1] == 'Enrolled' for row in mated)} of {len(mated)}; ", end="")
        print(f"people who are not enrolled, no match: {len(others) - len(taken)} of {len(others)} ", end="")
        print(f"(a face was detected in {found}, {doubtful} are said to be doubtful)")
        other = "no match" if others[0][1] is None else others[0][1]
        print(f"the other president: {other}")


if __name__ == "__main__":
    main()
