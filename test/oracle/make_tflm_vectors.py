#!/usr/bin/env python3
"""Writes test/fixtures/tflm-vectors.json: small int8 models and what the real TensorFlow Lite Micro makes of them.

Needs a virtual environment with `pip install tensorflow-cpu tflite-micro`. Run from the repository's root:

    python test/oracle/make_tflm_vectors.py

Each model is one or two operators, written by hand through the schema, so that any scale and zero point can be had.
"""
import base64
import json
import sys
from importlib.metadata import version

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tflite_micro.python.tflite_micro import runtime

SEED = 20261123
INPUTS = 4
INT8, INT32, FLOAT32 = schema.TensorType.INT8, schema.TensorType.INT32, schema.TensorType.FLOAT32
OPS = schema.BuiltinOperator
rng = np.random.default_rng(SEED)


def tensor(name, shape, kind, scale=None, zero=None, axis=0, data=None):
    scales = None if scale is None else np.atleast_1d(np.asarray(scale, np.float32))
    zeros = None if zero is None else np.broadcast_to(np.atleast_1d(zero), scales.shape)
    return dict(name=name, shape=list(shape), kind=kind, scale=scales, zero=zeros, axis=axis, data=data)


def build(tensors, code, options_type, options, inputs):
    """One operator over `tensors`; the last is the output, the first the input."""
    model = schema.ModelT()
    model.version = 3
    model.description = b"kiln"
    model.buffers = [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.tensors = []
    for item in tensors:
        t = schema.TensorT()
        t.name = item["name"].encode()
        t.shape = np.array(item["shape"], np.int32)
        t.type = item["kind"]
        t.buffer = 0
        if item["data"] is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(item["data"].tobytes(), np.uint8)
            model.buffers.append(buffer)
            t.buffer = len(model.buffers) - 1
        if item["scale"] is not None:
            q = schema.QuantizationParametersT()
            q.scale = item["scale"]
            q.zeroPoint = np.asarray(item["zero"], np.int64)
            q.quantizedDimension = item["axis"]
            t.quantization = q
        graph.tensors.append(t)
    op = schema.OperatorT()
    op.opcodeIndex = 0
    op.inputs = np.array(inputs, np.int32)
    op.outputs = np.array([len(tensors) - 1], np.int32)
    op.builtinOptionsType = options_type
    op.builtinOptions = options
    graph.operators = [op]
    graph.inputs = np.array([0], np.int32)
    graph.outputs = np.array([len(tensors) - 1], np.int32)
    model.subgraphs = [graph]
    opcode = schema.OperatorCodeT()
    opcode.builtinCode = code
    opcode.deprecatedBuiltinCode = min(code, 127)
    opcode.version = 3 if code in (OPS.CONV_2D,) else 4 if code == OPS.FULLY_CONNECTED else 2
    model.operatorCodes = [opcode]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def values(shape, kind):
    count = int(np.prod(shape))
    if kind == FLOAT32:
        ties = (np.arange(count) - count / 2) * 0.25
        return [np.float32(x) for x in (ties, rng.normal(0, 3, count), rng.normal(0, 1e3, count), np.zeros(count))]
    edge = np.resize(np.array([-128, 127, 0, -1, 1], np.int8), count)
    return [edge, np.full(count, -128, np.int8), np.full(count, 127, np.int8)] + [
        rng.integers(-128, 128, count).astype(np.int8) for _ in range(INPUTS - 3)
    ]


def judge(flat, tensors):
    interpreter = runtime.Interpreter.from_bytes(flat)
    kind, shape = tensors[0]["kind"], tensors[0]["shape"]
    cases = []
    for x in values(shape, kind):
        interpreter.set_input(x.reshape(shape), 0)
        interpreter.invoke()
        cases.append((x, interpreter.get_output(0).reshape(-1)))
    return cases


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def record(op, attributes, tensors, cases):
    def describe(item):
        return dict(
            shape=item["shape"],
            dtype={INT8: "int8", INT32: "int32", FLOAT32: "float32"}[item["kind"]],
            scale=None if item["scale"] is None else [float(s) for s in item["scale"]],
            zeroPoint=None if item["zero"] is None else [int(z) for z in item["zero"]],
            data=None if item["data"] is None else encode(item["data"]),
        )

    return dict(
        op=op,
        attributes=attributes,
        input=describe(tensors[0]),
        constants=[describe(item) for item in tensors[1:-1]],
        output=describe(tensors[-1]),
        cases=[dict(input=encode(x), output=encode(y)) for x, y in cases],
    )


def scale_sets():
    """Input, weights, output: ordinary, coarse, a multiplier above one, one far below, zero points at the ends."""
    return [
        (0.05, 3, 0.01, 0.4, -7),
        (0.02, -128, 0.02, 0.3, 127),
        (0.9, 127, 0.7, 0.25, -128),
        (0.003, -1, 0.0004, 0.5, 0),
    ]


def weights(shape, base, input_scale):
    channels = shape[0]
    scales = np.float32(base * (0.25 + rng.random(channels)))
    w = rng.integers(-127, 128, shape).astype(np.int8)
    b = rng.integers(-20000, 20001, channels).astype(np.int32)
    return (
        tensor("w", shape, INT8, scales, 0, 0, w),
        tensor("b", [channels], INT32, scales * np.float32(input_scale), 0, 0, b),
    )


def conv_models():
    for (s_x, z_x, s_w, s_y, z_y) in scale_sets():
        for kernel, stride, dilation, padding, channels, filters, relu in [
            ((1, 1), (1, 1), (1, 1), "valid", 3, 4, True),
            ((3, 3), (1, 1), (1, 1), "same", 2, 3, False),
            ((3, 3), (2, 2), (1, 1), "same", 1, 5, True),
            ((2, 2), (3, 3), (1, 1), "valid", 4, 2, False),
            ((5, 2), (1, 2), (1, 1), "same", 2, 2, True),
            ((2, 3), (1, 1), (2, 2), "valid", 3, 2, False),
            ((3, 2), (1, 1), (2, 2), "same", 3, 3, True),
        ]:
            h, w = 7, 6
            reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
            if padding == "same":
                out = [-(-n // s) for n, s in zip((h, w), stride)]
            else:
                out = [-(-(n - r + 1) // s) for n, r, s in zip((h, w), reach, stride)]
            options = schema.Conv2DOptionsT()
            options.padding = 0 if padding == "same" else 1
            options.strideH, options.strideW = stride
            options.dilationHFactor, options.dilationWFactor = dilation
            options.fusedActivationFunction = 1 if relu else 0
            wt, bt = weights((filters, *kernel, channels), s_w, s_x)
            items = [
                tensor("x", (1, h, w, channels), INT8, s_x, z_x),
                wt,
                bt,
                tensor("y", (1, *out, filters), INT8, s_y, z_y),
            ]
            attributes = dict(
                strides=stride, dilations=dilation, padding=padding, activation="relu" if relu else "none"
            )
            flat = build(items, OPS.CONV_2D, schema.BuiltinOptions.Conv2DOptions, options, [0, 1, 2])
            yield record("conv2d", attributes, items, judge(flat, items))


def dense_models():
    for (s_x, z_x, s_w, s_y, z_y) in scale_sets():
        for features, units, relu in [(1, 1, False), (7, 5, True), (40, 3, False), (96, 6, True)]:
            options = schema.FullyConnectedOptionsT()
            options.fusedActivationFunction = 1 if relu else 0
            wt, bt = weights((units, features), s_w, s_x)
            # Per-tensor scale, which every version of the kernel has.
            wt["scale"], wt["zero"] = wt["scale"][:1], wt["zero"][:1]
            bt["scale"], bt["zero"] = bt["scale"][:1], bt["zero"][:1]
            items = [
                tensor("x", (1, features), INT8, s_x, z_x),
                wt,
                bt,
                tensor("y", (1, units), INT8, s_y, z_y),
            ]
            flat = build(
                items, OPS.FULLY_CONNECTED, schema.BuiltinOptions.FullyConnectedOptions, options, [0, 1, 2]
            )
            yield record("dense", dict(activation="relu" if relu else "none"), items, judge(flat, items))


def pool_models():
    for window, stride, padding in [((2, 2), (2, 2), "valid"), ((3, 3), (1, 1), "same"), ((2, 3), (3, 2), "same")]:
        h, w, c = 7, 6, 3
        if padding == "same":
            out = [-(-n // s) for n, s in zip((h, w), stride)]
        else:
            out = [-(-(n - k + 1) // s) for n, k, s in zip((h, w), window, stride)]
        options = schema.Pool2DOptionsT()
        options.padding = 0 if padding == "same" else 1
        options.filterHeight, options.filterWidth = window
        options.strideH, options.strideW = stride
        items = [tensor("x", (1, h, w, c), INT8, 0.1, -5), tensor("y", (1, *out, c), INT8, 0.1, -5)]
        flat = build(items, OPS.MAX_POOL_2D, schema.BuiltinOptions.Pool2DOptions, options, [0])
        attributes = dict(window=window, strides=stride, padding=padding, activation="none")
        yield record("maxPool2d", attributes, items, judge(flat, items))


def softmax_models():
    for classes in (2, 3, 10, 100):
        for scale in (1e-4, 1 / 256, 0.06, 0.3, 1.0, 7.0):
            options = schema.SoftmaxOptionsT()
            options.beta = 1.0
            items = [
                tensor("x", (1, classes), INT8, scale, -3),
                tensor("y", (1, classes), INT8, 1 / 256, -128),
            ]
            flat = build(items, OPS.SOFTMAX, schema.BuiltinOptions.SoftmaxOptions, options, [0])
            yield record("softmax", dict(beta=1), items, judge(flat, items))


def quantize_models():
    for scale in (0.5, 0.1, 30.0):
        for zero in (-128, 0, 127):
            x = tensor("x", (1, 64), FLOAT32)
            q = tensor("q", (1, 64), INT8, scale, zero)
            options = schema.QuantizeOptionsT()
            flat = build([x, q], OPS.QUANTIZE, schema.BuiltinOptions.QuantizeOptions, options, [0])
            yield record("quantize", {}, [x, q], judge(flat, [x, q]))
            y = tensor("y", (1, 64), FLOAT32)
            options = schema.DequantizeOptionsT()
            flat = build([q, y], OPS.DEQUANTIZE, schema.BuiltinOptions.DequantizeOptions, options, [0])
            yield record("dequantize", {}, [q, y], judge(flat, [q, y]))


def main():
    makers = (conv_models, dense_models, pool_models, softmax_models, quantize_models)
    models = [model for make in makers for model in make()]
    document = dict(
        source="TensorFlow Lite Micro, reference kernels of the package tflite-micro",
        versions={name: version(name) for name in ("tflite-micro", "tensorflow-cpu", "numpy")},
        seed=SEED,
        models=models,
    )
    with open("test/fixtures/tflm-vectors.json", "w") as file:
        json.dump(document, file, separators=(",", ":"))
        file.write("\n")
    print(len(models), "models", sum(len(model["cases"]) for model in models), "inputs", file=sys.stderr)


if __name__ == "__main__":
    main()
