"""Writes networks of TensorFlow as SavedModels and frozen graphs, with inputs and what TensorFlow answers.

Usage: tensorflow_networks.py FOLDER [SAVED_MODEL ...]. For each network NAME it writes NAME.model (a folder or a file),
NAME.in0.npy, NAME.out0.npy and so on; of further SavedModels, which are there already, the arrays alone.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
import tf_keras

v1 = tf.compat.v1
folder, *others = sys.argv[1:]
random = np.random.default_rng(3)


def floats(*shape):
    return random.normal(size=shape).astype("float32")


def keep(name, kind, values):
    for index, value in enumerate(values):
        np.save(os.path.join(folder, f"{name}.{kind}{index}.npy"), np.asarray(value))


def at(name):
    return os.path.join(folder, f"{name}.model")


def layers(of, more):
    L = of.layers
    return [
        L.Conv2D(8, 3, use_bias=False, input_shape=(16, 12, 3)), L.BatchNormalization(), L.ReLU(),
        L.DepthwiseConv2D(3, padding="same"), L.BatchNormalization(), L.ReLU(6.0),
        L.Conv2D(6, 3, dilation_rate=2, padding="same", activation="elu"), L.ZeroPadding2D(1), L.MaxPooling2D(2),
        *more, L.Dropout(0.5), L.Flatten(), L.Dense(10, activation="gelu"), L.BatchNormalization(), L.Dense(4, activation="softmax"),
    ]


def randomise(model):
    for weight in model.weights:
        if weight.dtype == "float32":
            values = random.normal(size=weight.shape) * 0.4
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)


def exported(name, of):
    """With an object graph, functions in functions and a serving signature."""
    L = of.layers
    more = [L.Conv2DTranspose(5, 3, strides=2, padding="same"), L.AveragePooling2D(2), L.Dense(7, activation="tanh")]
    model = of.Sequential(layers(of, more))
    randomise(model)
    model.export(at(name))
    x = floats(1, 16, 12, 3)
    keep(name, "in", [x])
    signature = tf.saved_model.load(at(name)).signatures["serving_default"]
    keep(name, "out", list(signature(tf.constant(x)).values()))


def first_kind(x, phase, new):
    """Variables, a dilated convolution between SpaceToBatchND and BatchToSpaceND, and branches on Keras's learning phase."""
    y = v1.nn.conv2d(x, new("w0", 3, 3, 2, 4), strides=[1, 2, 1, 1], padding="VALID")
    y = v1.nn.bias_add(y, new("b0", 4))
    spread = tf.space_to_batch(y, [2, 2], [[2, 2], [2, 3]])
    y = tf.batch_to_space(v1.nn.conv2d(spread, new("w1", 3, 3, 4, 4), padding="VALID"), [2, 2], [[0, 0], [0, 1]])
    y = v1.cond(phase, lambda: v1.nn.dropout(y, rate=0.5), lambda: tf.identity(y))
    y = v1.nn.fused_batch_norm(y, new("g", 4), new("be", 4), new("m", 4), tf.abs(new("v", 4)) + 1.0, is_training=False)[0]
    y = tf.pad(v1.nn.leaky_relu(y), [[0, 0], [1, 0], [0, 1], [0, 0]])
    shape = tf.shape(y)
    y = tf.reshape(y, [shape[0], shape[1] * shape[2] * shape[3]])
    a, b = tf.split(y @ new("w2", 5 * 10 * 4, 6) + new("b2", 6), 2, axis=1)
    mean = tf.reduce_mean(a, axis=1, keepdims=True)
    a = (a - mean) * tf.math.rsqrt(tf.reduce_mean(tf.math.squared_difference(a, mean), axis=1, keepdims=True) + 1e-3)
    return tf.concat([tf.nn.sigmoid(a), tf.clip_by_value(b, -1.0, 1.0)], axis=1, name="y")


def with_session(name, resource, control_flow):
    with tf.Graph().as_default() as graph:
        (v1.enable_control_flow_v2 if control_flow == 2 else v1.disable_control_flow_v2)()
        x = v1.placeholder(tf.float32, [None, 10, 11, 2], name="x")
        phase = v1.placeholder_with_default(False, [], name="keras_learning_phase")
        new = lambda key, *shape: v1.get_variable(key, initializer=floats(*shape), use_resource=resource)
        y = first_kind(x, phase, new)
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            values = floats(1, 10, 11, 2)
            keep(name, "in", [values])
            keep(name, "out", [session.run(y, {x: values})])
            v1.saved_model.simple_save(session, at(name), {"x": x}, {"y": y})
            frozen = v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
    with open(at(f"{name}_frozen"), "wb") as file:
        file.write(frozen.SerializeToString())
    for kind in ("in", "out"):
        keep(f"{name}_frozen", kind, [np.load(os.path.join(folder, f"{name}.{kind}0.npy"))])


def existing(path):
    name = os.path.basename(path)
    signature = tf.saved_model.load(path).signatures["serving_default"]
    (given,) = signature.structured_input_signature[1].values()
    x = floats(1, *given.shape[1:])
    keep(name, "in", [x])
    keep(name, "out", list(signature(**{given.name: tf.constant(x)}).values()))


exported("keras_3", keras)
exported("keras_2", tf_keras)
with_session("references", False, 1)
with_session("resources", True, 2)
for path in others:
    existing(path)
