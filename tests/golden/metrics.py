"""Golden values for `src/metrics`, by definition and by brute force, with numpy alone.

    python tests/golden/metrics.py

writes tests/golden/metrics.json. Nothing here follows the Rust code: rates are counted at every threshold, the area is
counted over all pairs of comparisons, the crossing is searched on straight lines, the logistic is fitted by plain
gradient descent with many steps.
"""

import json
import pathlib

import numpy as np


def rates(mated, non_mated, threshold):
    return np.mean(non_mated >= threshold), np.mean(mated < threshold)


def thresholds(mated, non_mated):
    values = np.unique(np.concatenate([mated, non_mated]))
    return np.append(values, np.nextafter(values[-1], np.float32(np.inf), dtype=np.float32))


def auc(mated, non_mated):
    wins = mated[:, None] > non_mated[None, :]
    ties = mated[:, None] == non_mated[None, :]
    return float(np.mean(wins + 0.5 * ties))


def eer(mated, non_mated):
    """The crossing of the polyline (FMR, FNMR) with the diagonal, found segment by segment."""
    points = [rates(mated, non_mated, t) for t in thresholds(mated, non_mated)]
    for (f0, n0), (f1, n1) in zip(points, points[1:]):
        if f0 >= n0 and f1 <= n1:
            # Solve f0 + s (f1 - f0) = n0 + s (n1 - n0).
            s = (f0 - n0) / ((f0 - n0) + (n1 - f1)) if (f0 - n0) + (n1 - f1) else 0.0
            return float(f0 + s * (f1 - f0))
    raise AssertionError("no crossing")


def fnmr_at_fmr(mated, non_mated, fmr):
    for t in thresholds(mated, non_mated):
        f, n = rates(mated, non_mated, t)
        if f <= fmr + 1e-12:
            return float(n)
    raise AssertionError("no threshold")


def ece(mated, non_mated, bins, even):
    scores = np.concatenate([mated, non_mated]).astype(np.float64)
    truth = np.concatenate([np.ones(len(mated)), np.zeros(len(non_mated))])
    weight = np.ones(len(scores))
    if even:
        weight = np.where(truth == 1, 0.5 / len(mated), 0.5 / len(non_mated))
    weight = weight / weight.sum()
    total = 0.0
    for b in range(bins):
        low, high = b / bins, (b + 1) / bins
        inside = (scores >= low) & ((scores < high) if b + 1 < bins else (scores <= high))
        share = weight[inside].sum()
        if share > 0:
            confidence = (weight[inside] * scores[inside]).sum() / share
            frequency = (weight[inside] * truth[inside]).sum() / share
            total += share * abs(confidence - frequency)
    return float(total)


def platt(mated, non_mated, even):
    """Platt's targets, cross-entropy, gradient descent on standardised distances until nothing moves."""
    x = np.concatenate([mated, non_mated]).astype(np.float64)
    mean, spread = x.mean(), x.std()
    z = (x - mean) / spread
    positives, negatives = len(mated), len(non_mated)
    target = np.concatenate([
        np.full(positives, (positives + 1) / (positives + 2)),
        np.full(negatives, 1 / (negatives + 2)),
    ])
    weight = np.ones(len(x))
    if even:
        weight = np.concatenate([np.full(positives, 0.5 / positives), np.full(negatives, 0.5 / negatives)])
    weight = weight / weight.sum()
    w = b = 0.0
    for _ in range(400_000):
        p = 1 / (1 + np.exp(-(w * z + b)))
        gw, gb = (weight * (p - target) * z).sum(), (weight * (p - target)).sum()
        w, b = w - 2.0 * gw, b - 2.0 * gb
        if max(abs(gw), abs(gb)) < 1e-14:
            break
    return {"weight": float(w / spread), "bias": float(b - w * mean / spread)}


def case(name, mated, non_mated, distances):
    mated, non_mated = mated.astype(np.float32), non_mated.astype(np.float32)
    near, far = (d.astype(np.float32) for d in distances)
    return {
        "name": name,
        "mated": [float(s) for s in mated],
        "non_mated": [float(s) for s in non_mated],
        "auc": auc(mated, non_mated),
        "eer": eer(mated, non_mated),
        "fnmr_at_fmr_5": fnmr_at_fmr(mated, non_mated, 0.05),
        "fnmr_at_fmr_1": fnmr_at_fmr(mated, non_mated, 0.01),
        "ece_counted": ece(mated, non_mated, 15, even=False),
        "ece_even": ece(mated, non_mated, 15, even=True),
        "near": [float(d) for d in near],
        "far": [float(d) for d in far],
        "platt_counted": platt(near, far, even=False),
        "platt_even": platt(near, far, even=True),
    }


def main():
    random = np.random.default_rng(20240229)
    squash = lambda x: 1 / (1 + np.exp(-x))
    distances = lambda n, m: (random.gamma(4, 0.1, n), random.gamma(9, 0.12, m))
    steps = lambda x: np.round(x * 16) / 16
    cases = [
        case("smooth", squash(random.normal(1.0, 1, 45)), squash(random.normal(-1.0, 1, 200)), distances(45, 200)),
        case("many ties", steps(random.beta(4, 2, 60)), steps(random.beta(2, 4, 150)), distances(60, 150)),
        case("worse than chance", random.beta(2, 4, 30), random.beta(4, 2, 70), distances(30, 70)),
        case("separable", random.uniform(0.7, 0.9, 20), random.uniform(0.1, 0.4, 30),
             (random.uniform(0.0, 0.4, 20), random.uniform(0.9, 1.5, 30))),
        case("one value", np.full(5, 0.5), np.full(7, 0.5), distances(5, 7)),
    ]
    target = pathlib.Path(__file__).with_name("metrics.json")
    target.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
