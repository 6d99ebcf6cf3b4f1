"""Runs cases by TensorFlow Lite Micro or by TensorFlow Lite's reference kernels, in child processes that may crash.

    python judges.py micro|reference < cases.pickle > results.pickle

A case is (model bytes, runs); a result is ("outputs", [[array, ...] of each run]) or ("refused", reason). A child works
through the cases in order; when it dies, the case it died on is refused and the next child goes on behind it.
"""

import importlib
import os
import pickle
import re
import signal
import struct
import sys
import tempfile

import numpy as np

ARENA_BYTES = 1 << 18
# What malloc fills fresh memory with: a result that depends on it was read from memory that nobody wrote.
FILLS = (0x55, 0xAA)


def run_micro(model, runs):
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    outputs = count_outputs(model)
    results = []
    for arrays in runs:
        for index, array in enumerate(arrays):
            interpreter.set_input(array, index)
        interpreter.invoke()
        results.append([np.array(interpreter.get_output(index)) for index in range(outputs)])
    return results


def count_outputs(model):
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    return schema.Model.GetRootAsModel(model, 0).Subgraphs(0).OutputsLength()


def run_reference(model, runs):
    return run_lite(model, runs, "BUILTIN_REF")


def run_lite(model, runs, resolver):
    from tensorflow.lite.python import interpreter as lite

    kind = lite.OpResolverType[resolver]
    interpreter = lite.Interpreter(model_content=model, experimental_op_resolver_type=kind, num_threads=1)
    interpreter.allocate_tensors()
    results = []
    for arrays in runs:
        for details, array in zip(interpreter.get_input_details(), arrays):
            interpreter.set_tensor(details["index"], array)
        interpreter.invoke()
        results.append(
            [interpreter.get_tensor(details["index"]).copy() for details in interpreter.get_output_details()]
        )
    return results


RUNNERS = {"micro": run_micro, "reference": run_reference}
# Imported before the first child is made: it takes seconds.
MODULES = {"micro": "tflite_micro.python.tflite_micro.runtime", "reference": "tensorflow.lite.python.interpreter"}


def judge(cases, run):
    """The results of all cases, in order."""
    results = []
    while len(results) < len(cases):
        results.extend(judge_in_child(cases[len(results) :], run))
    return results


def judge_in_child(cases, run):
    """The results up to the end, or up to the case that ended the child."""
    read, write = os.pipe()
    log = tempfile.TemporaryFile()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(log.fileno(), 2)
        signal.alarm(60)
        with os.fdopen(write, "wb") as stream:
            for case in cases:
                stream.write(framed(result_of(case, run, log)))
                stream.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        results = list(unframed(stream))
    _, status = os.waitpid(child, 0)
    if len(results) < len(cases):
        ended = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit code {os.WEXITSTATUS(status)}"
        results.append(("refused", f"ends the process with {ended}: {last_message(log)}"))
    log.close()
    return results


def result_of(case, run, log):
    os.ftruncate(log.fileno(), 0)
    os.lseek(log.fileno(), 0, os.SEEK_SET)
    try:
        return ("outputs", run(*case))
    except Exception as error:  # whatever the judge raises is its answer
        said = "; ".join(line.strip() for line in str(error).splitlines()[:2])
        return ("refused", said if run is run_reference else last_message(log) or said)


def last_message(log):
    """What the judge said, on one line, without the places in its sources."""
    text = os.pread(log.fileno(), 4096, 0).decode("utf8", "replace")
    lines = [re.sub(r"^\S*?([\w.]+:)\d+ ", r"\1 ", line.strip()) for line in text.splitlines()]
    told = [line for line in lines if line and not line.startswith(("WARNING", "I0000", "INFO", "W0000"))]
    return re.sub(r"0x[0-9a-f]+|-?\d{4,}", "a number", "; ".join(told[:2]))[:200]


def framed(result):
    data = pickle.dumps(result)
    return struct.pack("<Q", len(data)) + data


def unframed(stream):
    while True:
        header = stream.read(8)
        if len(header) < 8:
            return
        data = stream.read(struct.unpack("<Q", header)[0])
        yield pickle.loads(data)


if __name__ == "__main__":
    importlib.import_module(MODULES[sys.argv[1]])
    pickle.dump(judge(pickle.load(sys.stdin.buffer), RUNNERS[sys.argv[1]]), sys.stdout.buffer)
