#!/usr/bin/env python3
"""Golden values for the operations on the tape and for a small whole tower, made with PyTorch.

    python3 -m venv .venv && .venv/bin/pip install torch numpy safetensors
    .venv/bin/python tests/golden/make_network_golden.py

Writes tests/golden/network.safetensors. Activations and weights are stored as Twinsight lays them out: channels last,
[N, H, W, C] and [K, K, I, O]. Made in double precision and stored in single, so that the file is right to the last bit.
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

torch.manual_seed(20261124)
torch.set_default_dtype(torch.float64)
out = {}


def keep(name, tensor):
    out[name] = np.ascontiguousarray(tensor.detach().numpy().astype(np.float32))


def rand(*shape, low=-1.0, high=1.0):
    # Rounded to single precision first: both sides then start from the same numbers.
    values = torch.rand(*shape) * (high - low) + low
    return values.float().double().requires_grad_()


def single(name, function, inputs):
    """Runs y = function(*inputs), pushes a random gradient back, keeps everything."""
    y = function(*inputs.values())
    dy = rand(*y.shape)
    y.backward(dy.detach())
    keep(f"{name}.y", y)
    keep(f"{name}.dy", dy)
    for key, value in inputs.items():
        keep(f"{name}.{key}", value)
        keep(f"{name}.d{key}", value.grad)


def batch_norm(relu):
    def function(x, scale, shift):
        mean, var = x.mean(0), x.var(0, unbiased=False)
        y = (x - mean) / torch.sqrt(var + 1e-5) * scale + shift
        return F.relu(y) if relu else y
    return function


def distance(pairs):
    def function(e):
        a, b = e[[p[0] for p in pairs]], e[[p[1] for p in pairs]]
        return (a - b).square().sum(1, keepdim=True).clamp_min(1e-7).sqrt()
    return function


def supervised_contrastive(people, temperature):
    people = torch.tensor(people)
    n = len(people)

    def function(e):
        s = e @ e.T / temperature
        s = s.masked_fill(torch.eye(n, dtype=torch.bool), -torch.inf)
        log_p = s - torch.logsumexp(s, 1, keepdim=True)
        positive = (people[:, None] == people[None]) & ~torch.eye(n, dtype=torch.bool)
        rows = positive.any(1)
        per_row = -(log_p.masked_fill(~positive, 0.0).sum(1)[rows] / positive.sum(1)[rows])
        return per_row.mean().reshape(1, 1)
    return function


# 24 places with 5 channels, as [2, 12·5] on the Rust side.
for relu in (False, True):
    x, scale, shift = rand(24, 5), rand(5, low=0.5, high=1.5), rand(5)
    single("batch_norm_relu" if relu else "batch_norm", batch_norm(relu), {"x": x, "scale": scale, "shift": shift})
    keep(("batch_norm_relu" if relu else "batch_norm") + ".mean", x.mean(0))
    keep(("batch_norm_relu" if relu else "batch_norm") + ".variance", x.var(0, unbiased=False))
single("dense", lambda x, w, b: x @ w + b, {"x": rand(4, 6), "w": rand(6, 3), "b": rand(3)})
single("unit_norm", lambda x: x / x.norm(dim=1, keepdim=True), {"x": rand(5, 7)})
single("relu", F.relu, {"x": rand(3, 8)})
single("global_pool", lambda x: x.mean((1, 2)), {"x": rand(2, 3, 4, 5)})
single("max_pool", lambda x: F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1), {"x": rand(2, 5, 6, 3)})

PAIRS = [(0, 1), (0, 2), (3, 3), (2, 4), (1, 4), (4, 0)]
SAME = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]
WEIGHTS = [0.1, 0.3, 0.2, 0.15, 0.05, 0.2]
single("distance", distance(PAIRS), {"e": rand(5, 4)})
single("cross_entropy", lambda z: (F.binary_cross_entropy_with_logits(z, torch.tensor(SAME)[:, None], reduction="none")
                                   * torch.tensor(WEIGHTS)[:, None]).sum().reshape(1, 1), {"z": rand(6, 1, low=-6.0, high=6.0)})
# The last face has nobody of its person.
e = rand(7, 4)
e = (e / e.norm(dim=1, keepdim=True)).detach().float().double().requires_grad_()
single("contrastive", supervised_contrastive([0, 0, 1, 1, 1, 2, 3], 0.1), {"e": e})


# A whole tower with every kind of layer but dropout, on 64×64 faces; three pairs of five pictures; one step of Adam.
class Tower(torch.nn.Module):
    def __init__(self):
        super().__init__()
        def weight(*shape):
            fan = np.prod(shape[:-1])
            limit = float(np.sqrt(3.0 / fan))
            return torch.nn.Parameter(rand(*shape, low=-limit, high=limit).detach())
        self.w1, self.b1 = weight(5, 5, 1, 4), weight(1, 4)[0]
        self.w2, self.b2 = weight(3, 3, 4, 6), weight(1, 6)[0]
        self.scale, self.shift = torch.nn.Parameter(rand(6, low=0.5, high=1.5).detach()), weight(1, 6)[0]
        self.w3, self.b3 = weight(3, 3, 6, 5), weight(1, 5)[0]
        self.w4, self.b4 = weight(5, 8), weight(1, 8)[0]
        self.w5, self.b5 = weight(8, 4), weight(1, 4)[0]
        self.head_w, self.head_b = torch.nn.Parameter(torch.tensor([[-1.5]])), torch.nn.Parameter(torch.tensor([0.75]))
        for name in ("b1", "b2", "shift", "b3", "b4", "b5"):
            setattr(self, name, torch.nn.Parameter(getattr(self, name).detach()))

    def embed(self, x):
        conv = lambda x, w, b: F.conv2d(x, w.permute(3, 2, 0, 1), b, padding=w.shape[0] // 2)
        x = F.max_pool2d(F.relu(conv(x.permute(0, 3, 1, 2), self.w1, self.b1)), 2)
        x = conv(x, self.w2, self.b2)
        mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True, unbiased=False)
        x = (x - mean) / torch.sqrt(var + 1e-5) * self.scale[:, None, None] + self.shift[:, None, None]
        x = F.max_pool2d(F.relu(x), 2)
        x = F.max_pool2d(F.relu(conv(x, self.w3, self.b3)), 2)
        x = x.mean((2, 3)) @ self.w4 + self.b4
        return x @ self.w5 + self.b5


tower = Tower()
order = ["w1", "b1", "w2", "b2", "scale", "shift", "w3", "b3", "w4", "b4", "w5", "b5", "head_w", "head_b"]
faces = (torch.rand(5, 64, 64, 1) * 255).round() / 255
faces = faces.float().double()
embeddings = tower.embed(faces)
d = distance([(0, 1), (2, 3), (1, 4)])(embeddings)
logits = d @ tower.head_w + tower.head_b
loss = F.binary_cross_entropy_with_logits(logits, torch.tensor([[1.0], [0.0], [0.0]]))
loss.backward()
keep("tower.faces", faces)
keep("tower.embeddings", embeddings)
keep("tower.loss", loss.reshape(1))
for name in order:
    keep(f"tower.{name}", getattr(tower, name))
    keep(f"tower.d{name}", getattr(tower, name).grad)
# Adam with Keras' epsilon: 1e-7.
torch.optim.Adam(tower.parameters(), lr=1e-3, eps=1e-7).step()
for name in order:
    keep(f"tower.after.{name}", getattr(tower, name))

# Losses on embeddings that need not have length 1.
def contrastive(margin):
    def function(e):
        d = distance(PAIRS)(e)[:, 0]
        same, weights = torch.tensor(SAME), torch.tensor(WEIGHTS)
        each = same * d.square() / 2 + (1 - same) * (margin - d).clamp_min(0).square() / 2
        return (weights * each).sum().reshape(1, 1)
    return function


def batch_hard(people, margin):
    people = torch.tensor(people)
    n = len(people)

    def function(e):
        d = (e[:, None] - e[None]).square().sum(2).clamp_min(1e-7).sqrt()
        positive = (people[:, None] == people[None]) & ~torch.eye(n, dtype=torch.bool)
        negative = people[:, None] != people[None]
        rows = positive.any(1) & negative.any(1)
        farthest = d.masked_fill(~positive, -torch.inf).amax(1)[rows]
        nearest = d.masked_fill(~negative, torch.inf).amin(1)[rows]
        return (margin + farthest - nearest).clamp_min(0).mean().reshape(1, 1)
    return function


single("pair_contrastive", contrastive(1.2), {"e": rand(5, 4)})
single("triplet", batch_hard([0, 0, 1, 1, 1, 2, 3], 0.3), {"e": rand(7, 4)})

save_file(out, pathlib.Path(__file__).with_name("network.safetensors"))
print(f"{len(out)} arrays, {sum(a.nbytes for a in out.values()):,} bytes")
