"""Counts how the program does in an office of a hundred people, on pictures of Labeled Faces in the Wild. Not a test.

    python tests/photographs/office.py target/release/twinsight FOLDER_OF_LFW [SEED]

A hundred people with at least two pictures are enrolled from one picture each, by `enroll --from`. Their other pictures,
and one picture each of 500 people who are not enrolled, are verified by `verify DIR --csv`, with the built-in model and its
default threshold, beside the 40 built-in people. Of each picture the face nearest to the middle counts, where this data set
has its person. Everything happens in a folder that is deleted.
"""

import csv
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEOPLE = 100
STRANGERS = 500
MIDDLE = 125


def central(rows: list[dict]) -> dict:
    """The face nearest to the middle of a picture of 250 x 250 pixels."""

    def away(row: dict) -> float:
        if not row["width"]:
            return 0.0
        x, y, width, height = (int(row[key]) for key in ("x", "y", "width", "height"))
        return (x + width / 2 - MIDDLE) ** 2 + (y + height / 2 - MIDDLE) ** 2

    return min(rows, key=away)


def main() -> None:
    program, lfw = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    pictures = {folder.name: sorted(folder.glob("*.jpg")) for folder in sorted(lfw.iterdir()) if folder.is_dir()}
    several = [name for name, files in pictures.items() if len(files) >= 2]
    enrolled = draw.sample(several, PEOPLE)
    others = draw.sample([name for name in pictures if name not in set(enrolled)], STRANGERS)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = {**os.environ, "TWINSIGHT_HOME": str(folder / "home")}

        def twinsight(*arguments: object) -> str:
            start = time.monotonic()
            command = [program, *map(str, arguments)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            print(f"twinsight {arguments[0]}: {time.monotonic() - start:.1f} s, exit code {done.returncode}")
            if done.returncode not in (0, 1, 3):
                raise SystemExit(done.stderr)
            return done.stdout

        for place in ("office", "known", "unknown"):
            (folder / place).mkdir()
        truth = {}
        for name in enrolled:
            first, *rest = pictures[name]
            shutil.copy(first, folder / "office" / f"{name}.jpg")
            for picture in rest:
                shutil.copy(picture, folder / "known" / picture.name)
                truth[picture.name] = name
        for name in others:
            shutil.copy(pictures[name][0], folder / "unknown" / pictures[name][0].name)

        report = twinsight("enroll", "--from", folder / "office")
        print("  " + report.strip().splitlines()[-1])
        print("  remarks: " + str(sum(line.startswith("  ! ") for line in report.splitlines())))

        def answers(place: str) -> dict[str, dict]:
            rows: dict[str, list[dict]] = {}
            for row in csv.DictReader(io.StringIO(twinsight("verify", folder / place, "--csv"))):
                rows.setdefault(Path(row["path"]).name, []).append(row)
            return {name: central(faces) for name, faces in rows.items()}

        known, unknown = answers("known"), answers("unknown")
        first = [row["best"] == truth[name] for name, row in known.items()]
        named = [row["best"] == truth[name] and row["accepted"] == "true" for name, row in known.items()]
        wrong = [name for name, row in known.items() if row["accepted"] == "true" and row["best"] != truth[name]]
        taken = [(name, row["best"], row["similarity"], row["doubts"]) for name, row in unknown.items() if row["accepted"] == "true"]
        print(f"other pictures of the enrolled: {len(known)}")
        print(f"  rank 1: {100 * sum(first) / len(first):.1f} %, rightly named {100 * sum(named) / len(named):.1f} %")
        for name, row in known.items():
            if row["best"] != truth[name] or row["accepted"] != "true":
                print(f"    {name}: {row['best']} {row['similarity']} accepted {row['accepted']}; {row['doubts']}")
        print(f"  named as somebody else: {len(wrong)}")
        print(f"people who are not enrolled: {len(unknown)}, named {len(taken)} ({100 * len(taken) / len(unknown):.1f} %)")
        for row in taken:
            print("    " + "  ".join(row))


if __name__ == "__main__":
    main()
