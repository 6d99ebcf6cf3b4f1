"""What TensorFlow Lite Micro answers to float32 models, for inputs that anybody can make again. It takes no models whose
weights alone are integers ("dynamic range"): these are first rewritten with the reals that the integers stand for.

    python make_float_outputs.py MODEL.tflite [MODEL.tflite ...] > ../fixtures/float-outputs.json

Input i of a model is made by the generator below from seed i + 1: 24 bits each, as float32 in -1..1.
"""

import json
import os
import sys

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tflite_micro.python.tflite_micro import runtime

INPUTS = 2


def sequence(seed: int, count: int) -> np.ndarray:
    """x -> 1664525 x + 1013904223 mod 2^32; of each the upper 24 bits."""
    values = np.empty(count, np.float32)
    state = seed
    for i in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        values[i] = np.float32((state >> 8) / 2**23 - 1)
    return values


def with_real_weights(path: str) -> bytes:
    """The model with constants of int8 in float32, where it has them."""
    with open(path, "rb") as file:
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file.read()))
    for tensor in model.subgraphs[0].tensors:
        data = model.buffers[tensor.buffer].data
        if tensor.type != schema.TensorType.INT8 or data is None or len(data) == 0:
            continue
        shape = [-1 if axis == tensor.quantization.quantizedDimension else 1 for axis in range(len(tensor.shape))]
        scale = np.asarray(tensor.quantization.scale).reshape(shape if len(tensor.quantization.scale) > 1 else [])
        values = np.frombuffer(bytes(data), np.int8).reshape(tensor.shape) * scale.astype(np.float64)
        model.buffers[tensor.buffer].data = list(values.astype(np.float32).tobytes())
        tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
    builder = flatbuffers.Builder(2**20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def outputs_of(path: str) -> dict:
    interpreter = runtime.Interpreter.from_bytes(with_real_weights(path), arena_size=2**22)
    outputs = []
    for seed in range(1, INPUTS + 1):
        shape = interpreter.get_input_details(0)["shape"]
        interpreter.set_input(sequence(seed, int(np.prod(shape))).reshape(shape), 0)
        interpreter.invoke()
        outputs.append([float(value) for value in interpreter.get_output(0).ravel()])
    return {"judge": "micro", "outputs": outputs}


if __name__ == "__main__":
    names = {os.path.basename(path).removesuffix(".tflite"): outputs_of(path) for path in sys.argv[1:]}
    json.dump(names, sys.stdout)
    print()
