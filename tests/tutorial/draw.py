#!/usr/bin/env python3
"""Draws the curves of the tutorial's network, trained here and in Keras on the same pairs, as an SVG.

    python draw.py RUN/metrics.csv keras.jsonl > .github/tutorial.svg

`keras_curves.py` makes the second file. Needs nothing but Python.
"""
import csv
import json
import sys

WIDTH, HEIGHT, GAP = 400, 240, 70
COLOURS = {"Twinsight": "#1f77b4", "Keras": "#d62728"}


def curves(metrics, keras):
    """{figure: {(program, part): [value of each epoch]}}"""
    ours = list(csv.DictReader(open(metrics)))
    theirs = [json.loads(line) for line in open(keras)]
    column = lambda rows, name: [float(row[name]) for row in rows]
    return {
        "loss": {
            ("Twinsight", "training"): column(ours, "train_loss"),
            ("Twinsight", "validation"): column(ours, "val_loss"),
            ("Keras", "training"): column(theirs, "loss"),
            ("Keras", "validation"): column(theirs, "val_loss"),
        },
        "accuracy": {
            ("Twinsight", "training"): column(ours, "train_accuracy"),
            ("Twinsight", "validation"): column(ours, "val_accuracy"),
            ("Keras", "training"): column(theirs, "accuracy"),
            ("Keras", "validation"): column(theirs, "val_accuracy"),
        },
    }


def chart(out, left, title, lines, low, high):
    longest = max(len(values) for values in lines.values())
    x = lambda epoch: left + WIDTH * (epoch - 1) / max(1, longest - 1)
    y = lambda value: 40 + HEIGHT * (high - min(max(value, low), high)) / (high - low)
    out.append(f'<text x="{left}" y="24" font-weight="bold">{title}</text>')
    out.append(f'<rect x="{left}" y="40" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>')
    for step in range(5):
        value = low + (high - low) * step / 4
        out.append(f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    for epoch in (1, longest // 2, longest):
        out.append(f'<text x="{x(epoch):.1f}" y="{HEIGHT + 58}" text-anchor="middle">{epoch}</text>')
    out.append(f'<text x="{left + WIDTH / 2}" y="{HEIGHT + 76}" text-anchor="middle">epoch</text>')
    for (program, part), values in lines.items():
        points = " ".join(f"{x(i + 1):.1f},{y(v):.1f}" for i, v in enumerate(values))
        dash = ' stroke-dasharray="5 3"' if part == "training" else ""
        out.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[program]}" stroke-width="1.5"{dash}/>')


def main():
    figures = curves(*sys.argv[1:])
    width = 2 * WIDTH + 3 * GAP
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + 110}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{HEIGHT + 110}" fill="white"/>',
    ]
    chart(out, GAP, "binary cross-entropy", figures["loss"], 0.2, 0.8)
    chart(out, 2 * GAP + WIDTH, "accuracy", figures["accuracy"], 0.4, 1.0)
    place = GAP
    for program, colour in COLOURS.items():
        for part, dash in (("training", "5 3"), ("validation", "none")):
            out.append(f'<line x1="{place}" x2="{place + 30}" y1="{HEIGHT + 96}" y2="{HEIGHT + 96}" stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dash}"/>')
            out.append(f'<text x="{place + 36}" y="{HEIGHT + 100}">{program}, {part}</text>')
            place += 190
    print("\n".join(out + ["</svg>"]))


if __name__ == "__main__":
    main()
