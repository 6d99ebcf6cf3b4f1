"""Has ONNX's checker and onnxruntime take the networks that Kiln wrote as ONNX, and compares the answers with Kiln's.

Usage: onnx_exports.py FOLDER. The folder holds cases.json and the models that it names: see scripts/judge/onnx-cases.mjs.
Leaves in results.json what the cases say of themselves, with `difference`, of floats the greatest as a share of the greatest value
above 1, of integers in steps of the output, and `found`, the share of runs whose greatest output is the same.

onnxruntime's kernels for x86-64 without VNNI add pairs of products of 8 bits in 16 bits, which saturate, unless they are asked for
more precision. Source: onnxruntime, session option session.x64quantprecision.
"""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime

FAR = 1e300

folder = sys.argv[1]
with open(os.path.join(folder, "cases.json")) as file:
    cases = json.load(file)

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 3
options.add_session_config_entry("session.x64quantprecision", "1")


def distance(found, expected, step):
    """Numbers that are no numbers, and infinite ones, have to stand in the same places."""
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    finite = np.abs(expected[np.isfinite(expected)])
    unit = step or max(1, finite.max(initial=0))
    with np.errstate(all="ignore"):
        apart = np.where(same, 0, np.abs(found - expected)) / unit
    return float(apart.max(initial=0)) if np.isfinite(apart).all() else FAR


def result(case):
    path = os.path.join(folder, case["file"])
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [port.name for port in session.get_inputs()]
    differences, same = [0.0], []
    for run in case["runs"]:
        inputs = {
            name: np.frombuffer(bytes.fromhex(text), kind["dtype"]).reshape(kind["shape"])
            for name, text, kind in zip(names, run["inputs"], case["inputs"])
        }
        for found, text in zip(session.run(None, inputs), run["outputs"]):
            expected = np.frombuffer(bytes.fromhex(text), found.dtype)
            differences.append(distance(found.ravel(), expected, case["step"]))
            same.append(bool(found.argmax() == expected.argmax()))
    return {"difference": max(differences), "found": float(np.mean(same))}


results = []
for case in cases:
    try:
        found = result(case)
    except Exception as error:
        print(f"{case['name']}: {error}", file=sys.stderr)
        found = {"difference": FAR, "found": 0.0}
    kept = {key: case[key] for key in ("name", "step", "limit", "same")}
    results.append({**kept, **found})
with open(os.path.join(folder, "results.json"), "w") as file:
    json.dump(results, file)
