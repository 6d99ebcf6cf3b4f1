"""Pooling, reductions along axes, arguments of the greatest and least, running sums."""

import itertools

import numpy as np

from case import case_of
from cases.shapes import ACTIVATION, PADDING, TYPE, quantization, window_size
from model_writer import Model

# height, width, channels, window, stride, padding, activation, batch
POOLS = [
    (4, 4, 3, (2, 2), (2, 2), "valid", "none", 1),
    (5, 4, 2, (3, 3), (1, 1), "same", "relu", 1),
    (5, 6, 2, (3, 2), (2, 1), "same", "none", 2),
    (6, 5, 1, (2, 3), (3, 2), "valid", "relu6", 1),
    (3, 3, 4, (3, 3), (1, 1), "valid", "none", 1),
    (3, 2, 2, (5, 5), (1, 1), "same", "relu_n1_to_1", 1),
    (4, 4, 2, (1, 1), (1, 1), "valid", "none", 1),
    (1, 7, 2, (1, 3), (1, 2), "same", "none", 1),
    (5, 5, 1, (2, 2), (3, 3), "valid", "none", 1),
]


def pools():
    kinds = {"AVERAGE_POOL_2D": ("float32", "int8", "int16"), "MAX_POOL_2D": ("float32", "int8", "int16")}
    kinds |= {"L2_POOL_2D": ("float32",)}
    for operator, dtypes in kinds.items():
        for dtype, (index, spec) in itertools.product(dtypes, enumerate(POOLS)):
            height, width, channels, window, stride, padding, activation, batch = spec
            name = f"{operator.lower().replace('_', '-')}-{dtype}-{index}"
            model = Model()
            same = quantization(dtype, 0.05 if dtype == "int8" else 0.0004, -5)
            x = model.input((batch, height, width, channels), dtype, **same)
            size = [window_size(n, k, s, padding) for n, k, s in zip((height, width), window, stride)]
            y = model.tensor((batch, *size, channels), dtype, **same)
            fields = dict(padding=PADDING[padding], fusedActivationFunction=ACTIVATION[activation])
            fields |= dict(strideH=stride[0], strideW=stride[1], filterHeight=window[0], filterWidth=window[1])
            model.operator(operator, [x], [y], "Pool2DOptions", **fields)
            model.output(y)
            yield case_of(name, operator, model)


# shape, axes, whether reduced dimensions stay
REDUCTIONS = [
    ((2, 3, 4), (2,), False),
    ((2, 3, 4), (1,), True),
    ((2, 3, 4), (0,), False),
    ((2, 3, 4), (0, 2), True),
    ((2, 3, 4), (-1,), False),
    ((1, 4, 3, 2), (1, 2), True),
    ((1, 4, 3, 2), (1, 2), False),
    ((2, 2, 3, 2), (0, 3), False),
    ((2, 3, 2, 2), (0, 1, 2, 3), False),
    ((7,), (0,), True),
    ((1, 5), (0,), False),
]
# Scale and zero point of input and output: equal ones, and ones that must be rescaled.
SCALES = {
    "int8": [((0.04, -3), (0.04, -3)), ((0.04, 9), (0.025, -20))],
    "int16": [((0.003, 0), (0.003, 0)), ((0.003, 0), (0.002, 0))],
}


def reductions():
    numeric = ("float32", "int8", "int16", "int32", "int64")
    kinds = {
        "MEAN": numeric,
        "SUM": ("float32", "int8", "int16", "int32"),
        "REDUCE_MAX": numeric,
        "REDUCE_MIN": numeric,
        "REDUCE_PROD": ("float32", "int32", "int8"),
        "REDUCE_ALL": ("bool",),
        "REDUCE_ANY": ("bool",),
    }
    for operator, dtypes in kinds.items():
        for dtype, (index, (shape, axes, keep)) in itertools.product(dtypes, enumerate(REDUCTIONS)):
            if dtype in ("int32", "int64") and index % 3:
                continue
            name = f"{operator.lower().replace('_', '-')}-{dtype}-{index}"
            model = Model()
            pairs = SCALES.get(dtype, [((None, 0), (None, 0))])
            (x_scale, x_zero), (y_scale, y_zero) = pairs[index % len(pairs)]
            if operator in ("REDUCE_MAX", "REDUCE_MIN"):
                y_scale, y_zero = x_scale, x_zero
            if operator == "SUM" and y_scale:
                y_scale *= int(np.prod([shape[axis] for axis in axes])) ** 0.5
            if operator == "REDUCE_PROD" and x_scale:
                x_scale, y_scale = 0.02, 0.05
            x = model.input(shape, dtype, **quantization(dtype, x_scale, x_zero))
            axis = model.constant(list(axes), "int32")
            result = np.empty(shape).sum(axis=tuple(axes), keepdims=keep).shape
            y = model.tensor(result, dtype, **quantization(dtype, y_scale, y_zero))
            model.operator(operator, [x, axis], [y], "ReducerOptions", keepDims=keep)
            model.output(y)
            bounds = {"int32": (-1000, 1000), "int64": (-1000, 1000)}.get(dtype)
            yield case_of(name, operator, model, bounds=bounds)


# shape, axis
ARGUMENTS = [((6,), 0), ((3, 5), 1), ((3, 5), 0), ((2, 3, 4), -2), ((1, 2, 2, 3), 3), ((2, 1, 3), 1)]


def arguments():
    for operator, dtype in itertools.product(("ARG_MAX", "ARG_MIN"), ("float32", "int8", "uint8", "int32")):
        for index, (shape, axis) in enumerate(ARGUMENTS):
            model = Model()
            x = model.input(shape, dtype, **quantization(dtype, 0.1, 4))
            place = model.constant(axis, "int32")
            wide = index == 5
            y = model.tensor(np.empty(shape).sum(axis=axis).shape, "int64" if wide else "int32")
            kind = TYPE.INT64 if wide else TYPE.INT32
            options = "ArgMaxOptions" if operator == "ARG_MAX" else "ArgMinOptions"
            model.operator(operator, [x, place], [y], options, outputType=kind)
            model.output(y)
            # Few values, so that some are equal: the first of them counts.
            bounds = None if index % 2 else {"float32": (-1.0, 1.0), "uint8": (0, 3)}.get(dtype, (-2, 2))
            yield case_of(f"{operator.lower().replace('_', '-')}-{dtype}-{index}", operator, model, bounds=bounds)


# shape, axis, exclusive, reverse
RUNNING = [
    ((6,), 0, False, False),
    ((2, 5), 1, True, False),
    ((4, 3), 0, False, True),
    ((2, 3, 4), -1, True, True),
    ((2, 3, 4), 1, False, False),
]


def running_sums():
    for dtype, (index, (shape, axis, exclusive, reverse)) in itertools.product(
        ("float32", "int8", "int32", "int64"), enumerate(RUNNING)
    ):
        model = Model()
        x = model.input(shape, dtype, **quantization(dtype, 0.05, 6))
        y = model.tensor(shape, dtype, **quantization(dtype, 0.11, -8))
        place = model.constant(axis, "int32")
        model.operator("CUMSUM", [x, place], [y], "CumsumOptions", exclusive=exclusive, reverse=reverse)
        model.output(y)
        bounds = (-1000, 1000) if dtype in ("int32", "int64") else None
        yield case_of(f"cumsum-{dtype}-{index}", "CUMSUM", model, bounds=bounds)


def cases():
    for family in (pools, reductions, arguments, running_sums):
        yield from family()
