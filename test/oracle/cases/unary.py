"""Operators of one operand that compute, choices between two, sums of many, casts and changes of scale."""

import itertools

import numpy as np

from case import case_of
from cases.shapes import TYPE, quantization
from model_writer import Model

SHAPES = [(2, 3, 4), (1, 7), (1, 2, 3, 2)]
# Options, and for each dtype the inputs that are defined.
UNARY = {
    "ABS": ("AbsOptions", {"float32": None, "int8": None, "int16": None, "int32": (-(2**31) + 1, 2**31 - 1)}),
    "NEG": ("NegOptions", {"float32": None, "int32": (-(2**31) + 1, 2**31 - 1), "int64": None}),
    "SQUARE": ("SquareOptions", {"float32": None, "int32": (-40000, 40000)}),
    "SQRT": (None, {"float32": (0.0, 9.0)}),
    "RSQRT": (None, {"float32": (0.01, 9.0), "int8": (-20, 127), "int16": (1, 32767)}),
    "EXP": ("ExpOptions", {"float32": None, "int8": None, "int16": None}),
    "LOG": (None, {"float32": (0.001, 50.0), "int8": (-20, 127), "int16": (1, 32767)}),
    "SIN": (None, {"float32": (-12.0, 12.0)}),
    "COS": ("CosOptions", {"float32": (-12.0, 12.0)}),
    "CEIL": (None, {"float32": None}),
    "FLOOR": (None, {"float32": None}),
    "ROUND": (None, {"float32": None}),
    "SIGN": ("SignOptions", {"float32": None, "int32": None}),
    "LOGICAL_NOT": ("LogicalNotOptions", {"bool": None}),
    "ZEROS_LIKE": ("ZerosLikeOptions", {"float32": None, "int8": None, "int32": None, "int64": None}),
}
# Scale and zero point of input and output.
SCALES = {
    ("ABS", "int8"): ((0.05, -20), (0.06, -100)),
    ("ABS", "int16"): ((0.001, 0), (0.0008, 0)),
    ("RSQRT", "int8"): ((0.03, -21), (0.02, -100)),
    ("RSQRT", "int16"): ((0.001, 0), (0.001, 0)),
    ("EXP", "int8"): ((0.02, 5), (0.08, -120)),
    ("EXP", "int16"): ((0.0001, 0), (0.001, 0)),
    ("LOG", "int8"): ((0.03, -21), (0.03, 10)),
    ("LOG", "int16"): ((0.001, 0), (0.0003, 0)),
    ("ZEROS_LIKE", "int8"): ((0.03, 7), (0.03, 7)),
}


def elementwise():
    for operator, (options, dtypes) in UNARY.items():
        for dtype, bounds in dtypes.items():
            for index, shape in enumerate(SHAPES):
                x_type, y_type = SCALES.get((operator, dtype), ((None, 0), (None, 0)))
                model = Model()
                x = model.input(shape, dtype, **quantization(dtype, *x_type))
                y = model.tensor(shape, dtype, **quantization(dtype, *y_type))
                model.operator(operator, [x], [y], options)
                model.output(y)
                yield case_of(f"{operator.lower().replace('_', '-')}-{dtype}-{index}", operator, model, 5, bounds)


def halves():
    """ROUND of what lies between two integers: to the even one."""
    model = Model()
    x = model.input((1, 9), "float32")
    y = model.tensor((1, 9), "float32")
    model.operator("ROUND", [x], [y])
    model.output(y)
    made = case_of("round-halves", "ROUND", model, 1)
    made.runs = [[np.array([[-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, -0.4999, 8388609.0]], np.float32)]]
    yield made


PLAIN_TYPES = ("float32", "int8", "int16", "int32", "int64", "uint8", "bool")


def casts():
    for source, target in itertools.product(PLAIN_TYPES, PLAIN_TYPES):
        if source == target:
            continue
        model = Model()
        x = model.input((2, 5), source)
        y = model.tensor((2, 5), target)
        kinds = dict(inDataType=getattr(TYPE, source.upper()), outDataType=getattr(TYPE, target.upper()))
        model.operator("CAST", [x], [y], "CastOptions", **kinds)
        model.output(y)
        # What a float holds beyond the integer's range is not defined in C.
        least, most = {"uint8": (0, 250), "int8": (-100, 100)}.get(target, (-1000, 1000))
        bounds = (float(least), float(most)) if source == "float32" else None
        yield case_of(f"cast-{source}-to-{target}", "CAST", model, bounds=bounds)


# Input and output: dtype, scale, zero point.
REQUANTIZATIONS = [
    (("float32", None, 0), ("int8", 0.05, 3)),
    (("float32", None, 0), ("int16", 0.0002, 0)),
    (("float32", None, 0), ("uint8", 0.05, 128)),
    (("float32", None, 0), ("int32", 0.001, 0)),
    (("int8", 0.05, 3), ("int8", 0.02, -7)),
    (("int8", 0.01, -128), ("int8", 0.004, 20)),
    (("int8", 0.05, 3), ("int16", 0.0003, 0)),
    (("int8", 0.05, 3), ("uint8", 0.05, 131)),
    (("int8", 0.05, 3), ("int32", 0.001, 0)),
    (("uint8", 0.05, 128), ("int8", 0.05, 0)),
    (("uint8", 0.04, 12), ("int8", 0.05, -3)),
    (("int16", 0.0003, 0), ("int16", 0.0005, 0)),
    (("int16", 0.0003, 0), ("int8", 0.05, 5)),
    (("int16", 0.0003, 0), ("int32", 0.00001, 0)),
    (("int32", 0.00001, 0), ("int8", 0.05, 5)),
    (("int32", 0.00001, 0), ("int16", 0.0003, 0)),
]


def quantizations():
    for index, (source, target) in enumerate(REQUANTIZATIONS):
        model = Model()
        x = model.input((2, 3, 5), source[0], **scaled(source))
        y = model.tensor((2, 3, 5), target[0], **scaled(target))
        model.operator("QUANTIZE", [x], [y], "QuantizeOptions")
        model.output(y)
        bounds = {"float32": (-9.0, 9.0), "int32": (-(2**20), 2**20)}.get(source[0])
        yield case_of(f"quantize-{source[0]}-to-{target[0]}-{index}", "QUANTIZE", model, bounds=bounds)
    for dtype, scale, zero in (("int8", 0.037, -11), ("uint8", 0.037, 111), ("int16", 0.00037, 0), ("int32", 1e-7, 0)):
        model = Model()
        x = model.input((2, 3, 5), dtype, scale, zero)
        y = model.tensor((2, 3, 5), "float32")
        model.operator("DEQUANTIZE", [x], [y], "DequantizeOptions")
        model.output(y)
        yield case_of(f"dequantize-{dtype}", "DEQUANTIZE", model)


def scaled(kind):
    return {} if kind[1] is None else {"scale": kind[1], "zero": kind[2]}


def sums():
    for dtype, count in itertools.product(("float32", "int8", "int32"), (2, 3, 4)):
        model = Model()
        operands = [model.input((2, 5), dtype, **quantization(dtype, 0.05, 4)) for _ in range(count)]
        y = model.tensor((2, 5), dtype, **quantization(dtype, 0.1, -3))
        model.operator("ADD_N", operands, [y], "AddNOptions")
        model.output(y)
        bounds = (-(2**28), 2**28) if dtype == "int32" else None
        yield case_of(f"add-n-{dtype}-{count}", "ADD_N", model, bounds=bounds)


# condition, left and right
CHOICES = {
    "SELECT": [((2, 3), (2, 3), (2, 3)), ((3,), (3, 4), (3, 4))],
    "SELECT_V2": [((2, 3), (2, 3), (2, 3)), ((2, 1), (2, 3), (1, 3)), ((4,), (2, 3, 4), (1,)), ((2, 3, 1), (3, 2), ())],
}


def choices():
    for operator, shapes in CHOICES.items():
        for dtype, (index, (condition, left, right)) in itertools.product(PLAIN_TYPES, enumerate(shapes)):
            model = Model()
            same = quantization(dtype, 0.05, 2)
            operands = [
                model.input(condition, "bool"),
                model.input(left, dtype, **same),
                model.input(right, dtype, **same),
            ]
            shape = (
                np.broadcast_shapes(left, right)
                if operator == "SELECT"
                else np.broadcast_shapes(condition, left, right)
            )
            y = model.tensor(shape, dtype, **same)
            model.operator(operator, operands, [y], "SelectOptions" if operator == "SELECT" else "SelectV2Options")
            model.output(y)
            yield case_of(f"{operator.lower().replace('_', '-')}-{dtype}-{index}", operator, model)


def cases():
    for family in (elementwise, halves, casts, quantizations, sums, choices):
        yield from family()
