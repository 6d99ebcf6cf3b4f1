"""Builds the cases, has them judged, and prints them as JSON for scripts/oracle.mjs.

    python generate.py --out FOLDER [--only TEXT] [--count N] [--seed N] [--no-converter]

Writes FOLDER/<family>.json: every case with its model, its inputs, the judge and the judge's outputs, in hexadecimal
digits; or with the reason why no judge could run it.
"""

import argparse
import importlib
import json
import os
import pickle
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from judges import FILLS
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

FAMILIES = "convolution product reduction binary unary function activation movement picture memory converted".split()
HERE = Path(__file__).parent


def ask(judge, cases, fill):
    """Has a child process judge the cases: crashes, threads and messages of the judge stay there."""
    environment = os.environ | {"MALLOC_PERTURB_": str(fill), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    request = pickle.dumps([(case.model, case.runs) for case in cases])
    command = [sys.executable, str(HERE / "judges.py"), judge]
    result = subprocess.run(command, input=request, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    if result.returncode != 0:
        raise SystemExit(f"the judge '{judge}' ended with {result.returncode}")
    return pickle.loads(result.stdout)


def answers(judge, cases):
    """Each case's answer; one that changes with the memory's old contents is none."""
    if not cases:
        return []
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda fill: ask(judge, cases, fill), FILLS))
    return [agreed(*pair) for pair in zip(*both)]


def agreed(first, second):
    if first[0] != "outputs" or second[0] != "outputs":
        return first if first[0] != "outputs" else second
    same = all(a.tobytes() == b.tobytes() for x, y in zip(first[1], second[1]) for a, b in zip(x, y))
    return first if same else ("refused", "answers from memory that it never wrote")


def judged(cases):
    """Cases as plain data, with the word of TensorFlow Lite Micro, else of the reference kernels."""
    asked = [case for case in cases if not case.deviation]
    micro = dict(zip((case.name for case in asked), answers("micro", asked)))
    micro |= {case.name: ("refused", case.deviation) for case in cases if case.deviation}
    rest = [case for case in cases if micro[case.name][0] != "outputs"]
    reference = dict(zip((case.name for case in rest), answers("reference", rest)))
    return [entry(case, micro[case.name], reference.get(case.name)) for case in cases]


def entry(case, micro, reference):
    data = {"name": case.name, "operators": operators_of(case.model)}
    if micro[0] == "outputs":
        data |= {"judge": "micro", "reason": ""}
        outputs = micro[1]
    elif reference[0] == "outputs":
        data |= {"judge": "reference", "reason": micro[1]}
        outputs = reference[1]
    else:
        data |= {"judge": "none", "reason": f"Micro: {micro[1]}; reference: {reference[1]}"}
        outputs = [[] for _ in case.runs]
    if any(array.dtype.kind == "f" and np.isnan(array).any() for run in outputs for array in run):
        data |= {"judge": "none", "reason": "not a number among the results"}
    data["types"] = [str(array.dtype) for array in outputs[0]]
    data["model"] = case.model.hex()
    data["runs"] = [
        {"inputs": [array.tobytes().hex() for array in arrays], "outputs": [array.tobytes().hex() for array in results]}
        for arrays, results in zip(case.runs, outputs)
    ]
    return data


def operators_of(model):
    """Names of the operators in the model: those of the schema, of custom ones their own."""
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    codes = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0)).operatorCodes
    return [code.customCode.decode() if code.customCode else names[code_of(code)] for code in codes]


def code_of(code):
    """Codes below 127 stand in another field of the file."""
    return max(code.builtinCode, code.deprecatedBuiltinCode)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-converter", action="store_true")
    options = parser.parse_args()
    chosen = []
    for family in FAMILIES:
        if (family == "converted" and options.no_converter) or (options.only in FAMILIES and family != options.only):
            continue
        module = importlib.import_module(f"cases.{family}")
        chosen += [(family, case) for case in module.cases() if options.only in f"{family}/{case.name}/{case.operator}"]
    if options.count is not None and options.count < len(chosen):
        picked = sorted(random.Random(options.seed).sample(range(len(chosen)), options.count))
        chosen = [chosen[index] for index in picked]
    names = [case.name for _, case in chosen]
    if len(set(names)) != len(names):
        raise SystemExit(f"two cases of one name: {sorted({name for name in names if names.count(name) > 1})}")
    entries = judged([case for _, case in chosen])
    options.out.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        own = [data for (owner, _), data in zip(chosen, entries) if owner == family]
        if own:
            text = "[\n" + ",\n".join(json.dumps(data, separators=(",", ":")) for data in own) + "\n]\n"
            (options.out / f"{family}.json").write_text(text)


if __name__ == "__main__":
    main()
