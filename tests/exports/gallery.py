#!/usr/bin/env python3
"""Puts an exported gallery into FAISS and Milvus, and compares their answers with Twinsight's own.

    python3 -m venv venv && venv/bin/pip install numpy faiss-cpu pymilvus milvus-lite
    cargo build --release
    venv/bin/python tests/exports/gallery.py target/release/twinsight

Forty people are enrolled from pictures of the built-in faces, with three pictures each, in a temporary folder. The commands and
the Python are those of the guide's page (src/guide/exports.md, "A gallery that outgrows one machine"), as they stand there. It
takes half a minute.

With the files of a large gallery it also measures them. `MADE` names a folder for both:

    MADE=… cargo test --release --lib a_million -- --ignored --nocapture
    venv/bin/python tests/exports/gallery.py target/release/twinsight …/g.npy
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GUIDE = ROOT / "src/guide/exports.md"
# What a distance may be off.
TOLERANCE = 1e-4
# Pictures of each person that are enrolled, and those that are asked about.
ENROLLED, ASKED = range(3), range(3, 5)
SIDES = (92, 112)


def main():
    program = Path(sys.argv[1]).resolve()
    large = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["TWINSIGHT_HOME"] = folder
        # The commands of the guide say `twinsight`.
        os.environ["PATH"] = f"{folder}/bin:{os.environ['PATH']}"
        Path("bin").mkdir()
        Path("bin/twinsight").symlink_to(program)
        make_pictures()
        check_guide()
        if large:
            measure(np.load(large, mmap_mode="r"))


def make_pictures():
    """The first ORL pictures of each person, from the program's own file: those to enroll, to ask about, and one other person."""
    data = (ROOT / "data/orl.pgm").read_bytes()
    header = re.match(rb"P5\s+(?:#[^\n]*\n)*(\d+)\s+(\d+)\s+255\s", data)
    width, height = int(header[1]), int(header[2])
    sheet = np.frombuffer(data, np.uint8, offset=header.end()).reshape(height, width)
    columns = width // SIDES[0]

    def picture(number):
        y, x = number // columns * SIDES[1], number % columns * SIDES[0]
        return sheet[y : y + SIDES[1], x : x + SIDES[0]]

    for person in range(40):
        for number in range(10):
            folder = "enrolled" if number in ENROLLED else "asked" if number in ASKED else None
            # The data set that is named beside the gallery needs a person.
            folder = "others" if person == 0 and number == 9 else folder
            if folder:
                path = Path(folder, f"person {person:02}", f"{number}.pgm")
                path.parent.mkdir(parents=True, exist_ok=True)
                grey = picture(10 * person + number)
                path.write_bytes(b"P5 %d %d 255\n" % SIDES + grey.tobytes())
    Path("others/person 00").rename("others/another person")


def check_guide():
    """Runs what the guide says, and compares the answers of FAISS, of Milvus and of Twinsight."""
    section = re.search(r"## A gallery that outgrows one machine\n(.*?)\n## ", GUIDE.read_text(), re.S)[1]
    for code in re.findall(r"```sh\n(.*?)```", section, re.S):
        print(code.strip())
        subprocess.run(["sh", "-e", "-c", code], check=True, stdout=subprocess.DEVNULL)
    found = {}
    for code in re.findall(r"```python\n(.*?)```", section, re.S):
        exec(compile(code, str(GUIDE), "exec"), found)
    own = program_answers()
    assert len(own) == 40 * len(ASKED), len(own)
    for name in ["faiss", "milvus"]:
        off = 0.0
        for path, answer in own.items():
            theirs = found[f"by_{name}"][path]
            assert [person for person, _ in theirs] == [person for person, _ in answer], (name, path, theirs, answer)
            off = max(off, max(abs(a - b) for (_, a), (_, b) in zip(theirs, answer)))
        print(f"{name:6} {len(own)} probes, the ten best people of each the same and in the same order; distances {off:.1e} off")
        assert off <= TOLERANCE, (name, off)


def program_answers():
    """The ten best enrolled people for each picture, with their distances."""
    photos = sorted(str(path) for path in Path("asked").rglob("*.pgm"))
    done = subprocess.run(
        ["twinsight", "verify", "--run", "builtin", "--data", "others", "--json", *photos],
        capture_output=True, text=True, check=True,
    )
    answers = {}
    for photo in json.loads(done.stdout)["photos"]:
        enrolled = [(s["person"], s["distance"]) for s in photo["scores"] if s["person"] != "another person"]
        name = Path(photo["path"]).relative_to("asked").as_posix()
        answers[name] = enrolled[:10]
    return answers


def measure(embeddings):
    """Times of a large gallery."""
    import faiss
    from pymilvus import DataType, MilvusClient

    count, length = embeddings.shape
    probes = np.array(embeddings[::max(1, count // 20)][:20]) + 0.01
    print(f"{count} templates of {length} numbers, {peak()} MiB before")

    begun = time.monotonic()
    index = faiss.IndexFlatL2(length)
    for start in range(0, count, 100_000):
        index.add(np.ascontiguousarray(embeddings[start : start + 100_000]))
    took = time.monotonic() - begun
    times = []
    for probe in probes:
        begun = time.monotonic()
        index.search(probe[None], 10)
        times.append(time.monotonic() - begun)
    print(f"FAISS  filled in {took:.1f} s; ten best of one probe in {1e3 * np.median(times):.1f} ms, at best {1e3 * min(times):.1f}; {peak()} MiB")
    exact = index.search(probes, 10)[1]
    del index

    client = MilvusClient("large.db")
    schema = client.create_schema()
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=length)
    flat = client.prepare_index_params()
    flat.add_index("embedding", index_type="FLAT", metric_type="L2")
    client.create_collection("gallery", schema=schema, index_params=flat)
    begun = time.monotonic()
    for start in range(0, count, 10_000):
        rows = np.array(embeddings[start : start + 10_000])
        client.insert("gallery", [{"row": start + at, "embedding": row} for at, row in enumerate(rows)])
        if start % 200_000 == 0:
            print(f"       {start + len(rows)} of {count} in Milvus after {time.monotonic() - begun:.0f} s", flush=True)
    client.flush("gallery")
    took = time.monotonic() - begun
    times, right = [], 0
    for probe, wanted in zip(probes, exact):
        begun = time.monotonic()
        hits = client.search("gallery", [probe.tolist()], limit=10)[0]
        times.append(time.monotonic() - begun)
        right += len({hit["row"] for hit in hits} & set(wanted.tolist()))
    first, rest = times[0], times[1:]
    size = sum(file.stat().st_size for file in Path("large.db").rglob("*") if file.is_file()) >> 20
    print(f"Milvus filled in {took:.1f} s, {size} MiB on disk; ten best of the first probe in {1e3 * first:.0f} ms, then in "
          f"{1e3 * np.median(rest):.1f} ms, at best {1e3 * min(rest):.1f}; {right} of {10 * len(probes)} as in FAISS; {peak()} MiB")
    client.close()


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
