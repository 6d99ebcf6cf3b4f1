"""Functions of one number and conversions where it matters: all integers, other scales, numbers at the edges of float32."""

import itertools

import numpy as np

from case import case_of
from cases.shapes import TYPE
from model_writer import Model

GREATEST = np.finfo(np.float32).max
LEAST = np.finfo(np.float32).tiny
SMALL = [1e-45, 1e-40, float(LEAST), 1e-20, 1e-5]
POSITIVE = [*SMALL, 0.25, 0.5, 0.99999994, 1.0, 1.0000001, 2.0, 9.0, 1000.0, 16777216.0, 1e10, 1e20, float(GREATEST)]
SIGNED = [0.0, -0.0, *POSITIVE, *(-value for value in POSITIVE)]
HALVES = [value + half for value in (-9.0, -2.0, -1.0, 0.0, 1.0, 8.0, 8388606.0) for half in (-0.5, 0.25, 0.5, 0.75)]
# Whose results are numbers.
FLOATS = {
    "ABS": SIGNED,
    "NEG": SIGNED,
    "SQUARE": SIGNED,
    "SQRT": [0.0, *POSITIVE, np.inf],
    "RSQRT": [*POSITIVE, 0.0, np.inf],
    "EXP": [-np.inf, -200.0, -87.5, -87.0, -20.0, *HALVES[:24], 20.0, 88.7, 88.8, 500.0, np.inf],
    "LOG": [*POSITIVE, 0.0, np.inf],
    "SIN": [*SIGNED, *(value * np.pi / 2 for value in range(-9, 10)), 16367173.0 * 2.0**72],
    "COS": [*SIGNED, *(value * np.pi / 2 for value in range(-9, 10)), 16367173.0 * 2.0**72],
    "CEIL": [*SIGNED, *HALVES, -np.inf, np.inf],
    "FLOOR": [*SIGNED, *HALVES, -np.inf, np.inf],
    "ROUND": [*SIGNED, *HALVES, -np.inf, np.inf],
    "SIGN": [*SIGNED, -np.inf, np.inf],
}
OPTIONS = {name: f"{name.title()}Options" for name in ("ABS", "NEG", "SQUARE", "EXP", "COS", "SIGN")}
# Scale and zero point of input and output.
INT8_SCALES = [((0.05, -20), (0.06, -100)), ((0.002, -128), (0.9, 0)), ((3.0, -128), (0.001, 127)), ((0.25, 5), (0.25, 5))]
INT16_SCALES = [((0.001, 0), (0.0008, 0)), ((0.00002, 0), (0.02, 0)), ((0.5, 0), (0.0001, 0))]
# Operators of integers, and whether they take what stands for less than 0.
INTEGERS = {"ABS": True, "EXP": True, "LOG": True, "RSQRT": False, "SQRT": False}


def of(name, operator, values, x_type, y_type, options=None, deviation="", **fields):
    """A case of one inference on the given values."""
    model = Model()
    array = np.array([values], x_type.pop("values"))
    dtype = x_type.pop("dtype")
    x = model.input(array.shape, dtype, **x_type)
    y = model.tensor(array.shape, **y_type)
    model.operator(operator, [x], [y], options, **fields)
    model.output(y)
    made = case_of(name, operator, model, 1, deviation=deviation)
    made.runs = [[array]]
    return made


def typed(dtype, scale=None, zero=0):
    quantized = {} if scale is None else {"scale": scale, "zero": zero}
    return {"dtype": dtype, **quantized}


def valued(dtype, scale=None, zero=0):
    return {"values": np.dtype(dtype), **typed(dtype, scale, zero)}


def floats():
    for operator, values in FLOATS.items():
        name = f"{operator.lower()}-edges"
        yield of(name, operator, values, valued("float32"), typed("float32"), OPTIONS.get(operator))


def integers():
    for operator, takes_negative in INTEGERS.items():
        for dtype, scales in (("int8", INT8_SCALES), ("int16", INT16_SCALES)):
            for index, (x_type, y_type) in enumerate(scales):
                limits = np.iinfo(dtype)
                first = limits.min if takes_negative else x_type[1]
                values = range(first, limits.max + 1, 1 if dtype == "int8" else 61)
                name = f"{operator.lower()}-{dtype}-all-{index}"
                options = OPTIONS.get(operator)
                yield of(name, operator, values, valued(dtype, *x_type), typed(dtype, *y_type), options)
    yield of("abs-int16-plain", "ABS", [-32768, -32767, -1, 0, 1, 32767], valued("int16"), typed("int16"), OPTIONS["ABS"])
    for dtype in ("int8", "int16"):
        limits = np.iinfo(dtype)
        values = [limits.min, limits.min + 1, -1, 0, 1, limits.max]
        yield of(f"neg-{dtype}", "NEG", values, valued(dtype, 0.5), typed(dtype, 0.5), OPTIONS["NEG"])


def casts():
    """Floats beyond the integer's range, and what is no number: both judges saturate, and take the latter for 0."""
    values = [300.7, -300.7, 70000.5, -70000.5, 3e9, -3e9, 1e20, -1e20, np.nan, np.inf, -np.inf, -0.5, 255.5, -128.5]
    for target in ("int8", "uint8", "int16", "int32"):
        kinds = {"inDataType": TYPE.FLOAT32, "outDataType": getattr(TYPE, target.upper())}
        name = f"cast-beyond-{target}"
        yield of(name, "CAST", values, valued("float32"), typed(target), "CastOptions", **kinds)


CONVERSIONS = {
    "int8": ("int8", "uint8", "int16", "int32"),
    "uint8": ("int8", "uint8"),
    "int16": ("int8", "int16", "int32"),
    "int32": ("int8", "int16"),
}


def conversions():
    """Everything that one integer type may become, scales smaller and greater, results beyond the type."""
    for source, targets in CONVERSIONS.items():
        limits = np.iinfo(source if source != "int32" else "int16")
        values = range(limits.min, limits.max + 1, 1 if limits.bits == 8 else 257)
        middle = {"int8": -3, "uint8": 125}
        for target, (index, ratio) in itertools.product(targets, enumerate((1.0, 0.37, 19.0, 0.0001))):
            x_type = valued(source, 0.01 * ratio, middle.get(source, 0))
            y_type = typed(target, 0.01, middle.get(target, 0))
            yield of(f"requantize-{source}-to-{target}-{index}", "QUANTIZE", values, x_type, y_type, "QuantizeOptions")


def channels():
    """Weights with a scale for each channel as a constant that is dequantized."""
    for dtype, axis in (("int8", 0), ("int8", 2)):
        model = Model()
        x = model.input((3, 2, 4), "float32")
        size = x.shape[axis]
        rng = np.arange(24).reshape(x.shape) * 11 - 128
        weights = model.constant(rng, dtype, [0.5 / (1 + channel) for channel in range(size)], 0, axis)
        reals = model.tensor(x.shape, "float32")
        y = model.tensor(x.shape, "float32")
        model.operator("DEQUANTIZE", [weights], [reals], "DequantizeOptions")
        model.operator("ADD", [x, reals], [y], "AddOptions")
        model.output(y)
        name = f"dequantize-channels-{axis}"
        yield case_of(name, "DEQUANTIZE", model, 2, deviation="Micro takes the first channel's scale for all")


POWERS = {
    "float32": [(-2.0, 3.0), (-2.0, -2.0), (-0.5, 7.0), (0.0, 2.5), (0.0, 0.0), (2.0, -149.0), (2.0, 127.0), (1.5, 200.0)]
    + [(0.0, -1.0), (1.0000001, 1e7), (0.9999999, 1e8), (1e-40, 0.5), (1e38, -0.9), (10.0, -45.0), (3.0, 60.0)],
    "int32": [(2, 30), (-3, 19), (7, 0), (0, 0), (0, 5), (-1, 2147483647), (1, 1000000), (46340, 2), (-46340, 2)],
}


def powers():
    for dtype, pairs in POWERS.items():
        model = Model()
        operands = [model.input((1, len(pairs)), dtype) for _ in range(2)]
        y = model.tensor((1, len(pairs)), dtype)
        model.operator("POW", operands, [y], "PowOptions")
        model.output(y)
        made = case_of(f"pow-{dtype}-edges", "POW", model, 1)
        made.runs = [[np.array([column], dtype) for column in zip(*pairs)]]
        yield made


def cases():
    for family in (floats, integers, casts, conversions, channels, powers):
        yield from family()
