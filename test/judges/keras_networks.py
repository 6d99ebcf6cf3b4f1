"""Writes networks of Keras 3, of every layer that Kiln reads, with inputs and what Keras answers.

Usage: keras_networks.py FOLDER. For each network NAME it writes NAME.keras, NAME.h5, NAME.in0.npy, NAME.out0.npy and so on.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers as L

folder = sys.argv[1]
random = np.random.default_rng(1)


def chain(name, shape, *layers):
    return keras.Sequential([L.Input(shape), *layers], name=name)


def activations():
    names = "silu softplus softsign hard_sigmoid gelu sigmoid exponential hard_silu leaky_relu log_softmax relu6 tanh elu"
    for name in names.split():
        yield L.Dense(7, activation=name)
        yield L.Rescaling(0.2, 0.1)


def several():
    a, b = keras.Input((6, 6, 2), name="a"), keras.Input((6, 6, 2), name="b")
    shared = L.Conv2D(4, 3, name="shared")
    x, y = shared(a), shared(b)
    merges = [L.Add(), L.Multiply(), L.Subtract(), L.Maximum(), L.Minimum(), L.Average()]
    z = L.Concatenate()([merge([x, y]) for merge in merges])
    outputs = [L.GlobalAveragePooling2D(name="o1")(z), L.Dense(3, name="o2")(L.Flatten()(z))]
    return keras.Model([a, b], outputs, name="several")


def nested():
    first = chain("first", (8, 8, 2), L.Conv2D(3, 3, name="conv"), L.BatchNormalization(name="bn"), L.ReLU(name="r"))
    inner = keras.Input((4, 4, 2))
    second = keras.Model(inner, L.Dense(4, name="d")(L.Flatten(name="f")(inner)), name="second")
    outer = keras.Input((8, 8, 2), name="i")
    return keras.Model(outer, second(L.Conv2D(2, 3, name="conv")(first(outer))), name="nested")


def shared_batch_normalisation():
    """The convolution is read by others too: its weights must stay as they are."""
    i = keras.Input((6, 6, 2), name="i")
    x = L.Conv2D(3, 3, name="conv")(i)
    return keras.Model(i, L.Add()([x, L.BatchNormalization()(x)]), name="shared_bn")


def bytes_in():
    i = keras.Input((6, 6, 2), dtype="uint8", name="raw")
    return keras.Model(i, L.Dense(2)(L.Flatten()(L.Rescaling(1 / 255.0)(i))), name="bytes_in")


def adapted():
    layer = L.Normalization(axis=-1)
    layer.adapt(random.normal(size=(50, 6, 6, 3)) * 3 + 2)
    return chain("adapted", (6, 6, 3), layer, L.Conv2D(4, 3, strides=2, padding="same"), L.Flatten(), L.Dense(2))


def networks():
    yield chain(
        "planes", (12, 12, 3),
        L.Conv2D(8, 3, use_bias=False), L.BatchNormalization(), L.ReLU(),
        L.DepthwiseConv2D(3, padding="same", depth_multiplier=2), L.BatchNormalization(), L.ReLU(6.0),
        L.Conv2D(8, 3, groups=4, dilation_rate=2, padding="same"), L.MaxPooling2D(2),
        L.SeparableConv2D(6, 3, padding="same", activation="elu"), L.Dropout(0.5),
        L.GlobalAveragePooling2D(), L.Dense(5, activation="softmax"),
    )
    yield chain(
        "lines", (32, 4),
        L.Conv1D(8, 5, activation="relu", padding="causal"), L.MaxPooling1D(2), L.Conv1D(6, 3, strides=2, padding="same"),
        L.BatchNormalization(), L.LeakyReLU(negative_slope=0.1), L.ZeroPadding1D((1, 2)), L.AveragePooling1D(2),
        L.GlobalMaxPooling1D(), L.Dense(3),
    )
    yield chain(
        "growing", (4, 4, 6),
        L.Conv2DTranspose(5, 3, strides=2, padding="same", activation="relu"), L.UpSampling2D(2),
        L.Cropping2D(((1, 0), (2, 1))), L.Conv2DTranspose(3, 3, strides=2), L.ZeroPadding2D(((0, 1), (1, 0))),
        L.UpSampling2D((2, 2), interpolation="bilinear"), L.AveragePooling2D(3, 2, "same"), L.Flatten(),
        L.Dense(4),
    )
    yield chain("activations", (10,), *activations())
    yield chain(
        "rows", (5, 6),
        L.Dense(4, activation="relu"), L.LayerNormalization(), L.Permute((2, 1)), L.Reshape((2, 10)), L.Flatten(),
        L.RepeatVector(3), L.PReLU(), L.UpSampling1D(2), L.GlobalAveragePooling1D(), L.Softmax(),
    )
    yield chain("channels_first", (6, 6, 4), L.MaxPooling2D(2, data_format="channels_first"), L.Flatten(), L.Dense(3))
    yield from (several(), nested(), shared_batch_normalisation(), bytes_in(), adapted())


def randomise(network):
    for weight in network.weights:
        is_adapted = weight.path.startswith("normalization/")
        if is_adapted or weight.dtype != "float32":
            continue
        values = random.normal(size=weight.shape) * 0.5
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)


def example(tensor):
    shape = (1, *tensor.shape[1:])
    if tensor.dtype == "uint8":
        return random.integers(0, 256, size=shape).astype("uint8")
    return random.normal(size=shape).astype("float32")


for network in networks():
    randomise(network)
    inputs = [example(tensor) for tensor in network.inputs]
    outputs = network(inputs if len(inputs) > 1 else inputs[0])
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    for extension in ("keras", "h5"):
        network.save(os.path.join(folder, f"{network.name}.{extension}"))
    for kind, values in (("in", inputs), ("out", outputs)):
        for index, value in enumerate(values):
            np.save(os.path.join(folder, f"{network.name}.{kind}{index}.npy"), np.asarray(value))
