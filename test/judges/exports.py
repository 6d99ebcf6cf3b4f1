"""Loads what `kiln export` wrote in the libraries that it was written for, and says how far their answers are from Kiln's.

Usage: exports.py FOLDER. The folder holds inputs.npy, expected.npy, model.h5, model.keras, saved_model and frozen.pb.
Prints one JSON document a line: {"name", "difference"}.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
import tf_keras

folder = sys.argv[1]
inputs = np.load(os.path.join(folder, "inputs.npy"))
expected = np.load(os.path.join(folder, "expected.npy")).reshape(len(inputs), -1)


def at(name):
    return os.path.join(folder, name)


def frozen_graph():
    definition = tf.compat.v1.GraphDef()
    with open(at("frozen.pb"), "rb") as file:
        definition.ParseFromString(file.read())
    with tf.Graph().as_default() as graph:
        tf.compat.v1.import_graph_def(definition, name="")
        placeholder = next(op for op in graph.get_operations() if op.type == "Placeholder")
        with tf.compat.v1.Session(graph=graph) as session:
            return session.run("output:0", {placeholder.outputs[0]: inputs})


def saved_model():
    loaded = tf.saved_model.load(at("saved_model"))
    signature = loaded.signatures["serving_default"]
    (name,) = signature.structured_input_signature[1]
    assert len(loaded.variables) > 0, "no variables were restored"
    return signature(**{name: tf.constant(inputs)})["output"].numpy()


def one_tensor():
    """The variable is compared with the same weights in the whole network: here by its bytes."""
    loaded = tf.saved_model.load(at("one_tensor"))
    (variable,) = loaded.variables
    value = loaded.signatures["serving_default"]()["value"].numpy()
    return np.abs(value - variable.numpy()).max() + np.abs(value - np.load(at("tensor.npy"))).max()


JUDGES = {
    "h5 in Keras 3": lambda: keras.models.load_model(at("model.h5"), compile=False)(inputs),
    "h5 in Keras 2": lambda: tf_keras.models.load_model(at("model.h5"), compile=False)(inputs),
    "keras in Keras 3": lambda: keras.models.load_model(at("model.keras"), compile=False)(inputs),
    "saved-model in TensorFlow": saved_model,
    "frozen-graph in TensorFlow": frozen_graph,
}

for name, judge in JUDGES.items():
    found = np.asarray(judge()).reshape(expected.shape)
    print(json.dumps({"name": name, "difference": float(np.abs(found - expected).max())}))
print(json.dumps({"name": "saved-model of one tensor in TensorFlow", "difference": float(one_tensor())}))
