"""Runs models that Kiln wrote in TensorFlow Lite Micro and in TensorFlow Lite, and compares the answers with those expected.

Usage: tflite.py FOLDER. The folder holds cases.json and the models that it names: see scripts/judge/tflite-cases.mjs.
Prints one JSON document a line: {"name", "difference"}; integers that are not equal are infinitely far apart.
"""

import importlib
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "oracle"))

import numpy as np
from judges import MODULES, RUNNERS, judge, run_lite

NAMES = {"micro": "TensorFlow Lite Micro", "reference": "TensorFlow Lite"}
FAR = 1e300

folder = sys.argv[1]
with open(os.path.join(folder, "cases.json")) as file:
    cases = json.load(file)


def prepared(case):
    with open(os.path.join(folder, case["file"]), "rb") as file:
        model = file.read()
    kinds = [(np.dtype(kind["dtype"]), kind["shape"]) for kind in case["inputs"]]
    runs = [
        [np.frombuffer(bytes.fromhex(text), dtype).reshape(shape) for text, (dtype, shape) in zip(run["inputs"], kinds)]
        for run in case["runs"]
    ]
    return model, runs


def distance(found, expected):
    """Between an array and the bytes of another."""
    if found.tobytes() == expected:
        return 0.0
    if found.dtype != np.float32 or found.nbytes != len(expected):
        return FAR
    wanted = np.frombuffer(expected, np.float32).reshape(found.shape)
    with np.errstate(all="ignore"):
        apart = np.abs(found - wanted) / np.maximum(1, np.abs(wanted))
    same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    apart = np.where(same, 0, apart)
    return float(apart.max()) if np.isfinite(apart).all() else FAR


def run_builtin(model, runs):
    """The reference kernels are registered for older versions of some operators than the others are."""
    return run_lite(model, runs, "BUILTIN_WITHOUT_DEFAULT_DELEGATES")


def difference(case, result):
    kind, answers = result
    if kind != "outputs":
        print(f"{case['name']}: {answers}", file=sys.stderr)
        return FAR
    return max(
        distance(np.asarray(found), bytes.fromhex(text))
        for run, answer in zip(case["runs"], answers)
        for text, found in zip(run["outputs"], answer)
    )


for who in RUNNERS:
    importlib.import_module(MODULES[who])
    own = [case for case in cases if case["judge"] == who]
    for case, result in zip(own, judge([prepared(case) for case in own], RUNNERS[who])):
        if who == "reference" and result[0] == "refused":
            (result,) = judge([prepared(case)], run_builtin)
        print(json.dumps({"name": f"tflite in {NAMES[who]}: {case['name']}", "difference": difference(case, result)}))
