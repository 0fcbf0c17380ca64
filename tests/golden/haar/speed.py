"""The detector beside OpenCV, in one run on one machine: prints both, asserts nothing.

    pip install opencv-python-headless==4.14.0.94 numpy
    python tests/golden/haar/speed.py CASCADE.xml [THREADS]

CASCADE.xml is haarcascade_frontalface_default.xml as for make.py. The two photographs, of 640 x 480 and of 12 megapixels, are
made of NASA's portrait of an astronaut, from the middle and enlarged. Both programs get the same grey pixels, scale factor
1.1, 5 neighbours, windows from 30 pixels on, and the same number of threads; they take turns, three each.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import cv2

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SIZES = {"640x480": (640, 480), "12 megapixels": (4000, 3000)}
TURNS, RUNS = 3, 5


def photograph(size):
    picture = cv2.imread(str(HERE / "photographs" / "astronaut.png"), cv2.IMREAD_GRAYSCALE)
    side = picture.shape[0]
    middle = picture[: side * 3 // 4, :]
    return cv2.resize(middle, size, interpolation=cv2.INTER_CUBIC)


def opencv(cascade, picture):
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        found = cascade.detectMultiScale(picture, 1.1, 5, minSize=(30, 30))
        seconds.append(time.perf_counter() - begun)
    return len(found), min(seconds), statistics.median(seconds)


def ours(path, threads):
    environment = {
        **os.environ,
        "TWINSIGHT_PHOTOS": str(path),
        "TWINSIGHT_RUNS": str(RUNS),
        "RAYON_NUM_THREADS": str(threads),
    }
    command = "cargo test --release --locked --test haar_speed -- --ignored --nocapture".split()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("twinsight")]
    # twinsight PATH FACES min FASTEST ms median MEDIAN ms
    faces, _, fastest, _, _, median, _ = line.rsplit(" ", 7)[1:]
    return int(faces), float(fastest) / 1e3, float(median) / 1e3


def main():
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    cv2.setNumThreads(threads)
    cascade = cv2.CascadeClassifier(sys.argv[1])
    print(f"OpenCV {cv2.__version__}, {threads} threads; faces, fastest and median of {RUNS}")
    with tempfile.TemporaryDirectory() as folder:
        for name, size in SIZES.items():
            picture = photograph(size)
            path = pathlib.Path(folder) / f"{size[0]}.png"
            cv2.imwrite(str(path), picture)
            for turn in range(TURNS):
                for program, (faces, fastest, median) in [
                    ("OpenCV", opencv(cascade, picture)),
                    ("Twinsight", ours(path, threads)),
                ]:
                    print(f"{name:14} turn {turn + 1} {program:10} {faces} {1e3 * fastest:8.1f} ms {1e3 * median:8.1f} ms")


if __name__ == "__main__":
    main()
