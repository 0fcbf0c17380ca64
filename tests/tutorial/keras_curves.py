#!/usr/bin/env python3
"""Trains the tutorial's network in Keras on the pairs of a Twinsight run and prints loss and accuracy of each epoch as JSON lines.

    python keras_curves.py olivettifaces.mat pairs.json [--epochs 100] > keras.jsonl

`pairs.json` is `[training, validation]`, each a list of `[picture, picture, same]` with pictures counted from 0, as
`cargo test --release --test training tutorial_pairs -- --ignored` writes it. Any backend of Keras 3 will do
(KERAS_BACKEND=torch, jax or tensorflow). Needs: keras, numpy, scipy.
"""
import argparse
import json

import keras
import numpy as np
import scipy.io
from keras import layers


class Distance(layers.Layer):
    """Euclidean distance, [N, E] and [N, E] -> [N, 1]."""

    def call(self, pair):
        squares = keras.ops.sum(keras.ops.square(pair[0] - pair[1]), axis=1, keepdims=True)
        return keras.ops.sqrt(keras.ops.maximum(squares, 1e-7))


def tower():
    """[N, 64, 64, 1] -> [N, 128]."""
    x = inputs = keras.Input((64, 64, 1))
    for filters, kernel in ((96, 11), (256, 5), (384, 3)):
        x = layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)
        x = layers.Dropout(0.3)(layers.MaxPooling2D(2)(x))
    return keras.Model(inputs, layers.Dense(128)(layers.Dense(1024)(layers.GlobalAveragePooling2D()(x))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("faces")
    parser.add_argument("pairs")
    parser.add_argument("--epochs", type=int, default=100)
    asked = parser.parse_args()
    faces = scipy.io.loadmat(asked.faces)["faces"]
    images = (faces.T.reshape(400, 64, 64).transpose(0, 2, 1).astype("float32") / 255.0)[..., None]
    with open(asked.pairs) as file:
        train, validation = (np.array(part) for part in json.load(file))
    inputs = lambda pairs: [images[pairs[:, 0]], images[pairs[:, 1]]]
    labels = lambda pairs: pairs[:, 2:].astype("float32")

    keras.utils.set_random_seed(0)
    net, left, right = tower(), keras.Input((64, 64, 1)), keras.Input((64, 64, 1))
    same = layers.Dense(1, activation="sigmoid")(Distance()([net(left), net(right)]))
    model = keras.Model([left, right], same)
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    history = model.fit(
        inputs(train), labels(train), validation_data=(inputs(validation), labels(validation)),
        batch_size=64, epochs=asked.epochs, verbose=0,
    ).history
    for epoch in range(asked.epochs):
        print(json.dumps({"epoch": epoch + 1, **{key: round(float(values[epoch]), 5) for key, values in history.items()}}))


if __name__ == "__main__":
    main()
