#!/usr/bin/env python3
"""Convolution layers by PyTorch, in double precision, for the tests of the kernels.

    python3 -m venv .venv && .venv/bin/pip install torch numpy safetensors
    .venv/bin/python tests/golden/make_conv_golden.py

Writes tests/golden/conv.safetensors. Each case is a convolution with Keras' 'same' padding, its bias, ReLU and 2x2 max
pooling where named, and the gradients of sum(output * direction). Activations are channels last, weights
[kernel, kernel, inputs, outputs].
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CASES = {
    # name: (batch, height, width, inputs, outputs, kernel, relu, pool)
    "plain_3": (2, 6, 7, 3, 5, 3, False, False),
    "relu_pool_3": (2, 9, 8, 4, 17, 3, True, True),
    "relu_pool_5": (2, 8, 11, 3, 18, 5, True, True),
    "relu_4": (2, 5, 6, 2, 3, 4, True, False),
    "relu_pool_11": (3, 12, 12, 1, 6, 11, True, True),
    "pool_1": (1, 6, 6, 5, 4, 1, False, True),
}


def uniform(*shape):
    # Rounded to single precision first: both sides then start from the same numbers.
    return (torch.rand(*shape) * 2 - 1).double()


def main():
    torch.manual_seed(1)
    tensors = {}
    for name, (batch, height, width, inputs, outputs, kernel, relu, pool) in CASES.items():
        x = uniform(batch, height, width, inputs).requires_grad_()
        w = uniform(kernel, kernel, inputs, outputs).requires_grad_()
        b = uniform(outputs).requires_grad_()
        before, after = (kernel - 1) // 2, kernel // 2
        y = F.conv2d(F.pad(x.permute(0, 3, 1, 2), (before, after, before, after)), w.permute(3, 2, 0, 1), b)
        y = F.relu(y) if relu else y
        y = F.max_pool2d(y, 2) if pool else y
        y = y.permute(0, 2, 3, 1)
        direction = uniform(*y.shape)
        (y * direction).sum().backward()
        layer = {"input": x, "weight": w, "bias": b, "direction": direction, "output": y}
        grads = {"grad_input": x.grad, "grad_weight": w.grad, "grad_bias": b.grad}
        for key, tensor in (layer | grads).items():
            tensors[f"{name}.{key}"] = tensor.detach().float().contiguous()
    save_file(tensors, pathlib.Path(__file__).with_name("conv.safetensors"))


main()
