"""Activations, and the operators that normalise a row."""

import itertools

import numpy as np

from case import case_of, draw, random_of
from cases.shapes import quantization
from model_writer import Model

SHAPES = [(1, 9), (2, 3, 4), (1, 2, 3, 5)]
# Scale and zero point of input and output, one pair for each shape.
ONE = {"int8": [((0.05, 3), (0.05, 3))] * 3, "int16": [((0.001, 0), (0.001, 0))] * 3}
RESCALED = {
    "int8": [((0.05, 3), (0.04, -7)), ((0.1, -128), (0.2, 100)), ((0.013, 50), (0.0501, -128))],
    "int16": [((0.001, 0), (0.0008, 0)), ((0.0002, 0), (0.0011, 0)), ((0.004, 0), (0.001, 0))],
}
LOGISTIC = {
    "int8": [((scale, zero), (1 / 256, -128)) for scale, zero in ((0.05, 3), (0.1, -128), (0.02, 40))],
    "int16": [((scale, 0), (1 / 32768, 0)) for scale in (8 / 32768, 1 / 4096, 0.00037)],
}
TANH = {
    "int8": [((scale, zero), (1 / 128, 0)) for scale, zero in ((0.03, 3), (0.1, -128), (0.01, 40))],
    "int16": [((scale, 0), (1 / 32768, 0)) for scale in (8 / 32768, 1 / 4096, 0.00037)],
}
NORMAL = {"int8": [((0.05, 3), (1 / 128, 0))] * 3}
# Options, its fields, dtypes with scales.
OPERATORS = {
    "RELU": (None, {}, RESCALED),
    "RELU6": (None, {}, RESCALED),
    "RELU_N1_TO_1": (None, {}, ONE),
    "RELU_0_TO_1": (None, {}, ONE),
    "ELU": (None, {}, {"int8": RESCALED["int8"]}),
    "HARD_SWISH": ("HardSwishOptions", {}, {"int8": RESCALED["int8"]}),
    "LOGISTIC": (None, {}, LOGISTIC),
    "TANH": (None, {}, TANH),
    "LEAKY_RELU": ("LeakyReluOptions", {"alpha": 0.23}, RESCALED),
    "GELU": ("GeluOptions", {"approximate": False}, {"int8": RESCALED["int8"]}),
    "L2_NORMALIZATION": ("L2NormOptions", {}, NORMAL),
}
WRONG_SCALE = "Micro's own RELU6 ignores the output's scale"


def activations():
    for operator, (options, fields, scales) in OPERATORS.items():
        for dtype in ("float32", *scales):
            for index, shape in enumerate(SHAPES):
                x_type, y_type = scales[dtype][index] if dtype in scales else ((None, 0), (None, 0))
                model = Model()
                x = model.input(shape, dtype, **quantization(dtype, *x_type))
                y = model.tensor(shape, dtype, **quantization(dtype, *y_type))
                model.operator(operator, [x], [y], options, **fields)
                model.output(y)
                deviation = WRONG_SCALE if operator == "RELU6" and dtype != "float32" else ""
                bounds = (-9.0, 9.0) if dtype == "float32" else None
                name = f"{operator.lower().replace('_', '-')}-{dtype}-{index}"
                yield case_of(name, operator, model, 5, bounds, deviation)


def more_activations():
    """Attributes that the table above leaves out."""
    for index, (alpha, dtype) in enumerate(itertools.product((0.0, 0.01, 1.7, -0.5), ("float32", "int8", "int16"))):
        model = Model()
        x = model.input((2, 9), dtype, **quantization(dtype, 0.05 if dtype == "int8" else 0.001, -9))
        y = model.tensor((2, 9), dtype, **quantization(dtype, 0.06 if dtype == "int8" else 0.0013, 11))
        model.operator("LEAKY_RELU", [x], [y], "LeakyReluOptions", alpha=alpha)
        model.output(y)
        yield case_of(f"leaky-relu-alpha-{dtype}-{index}", "LEAKY_RELU", model)
    for dtype in ("float32", "int8"):
        model = Model()
        x = model.input((2, 9), dtype, **quantization(dtype, 0.05, -9))
        y = model.tensor((2, 9), dtype, **quantization(dtype, 0.05, -100))
        model.operator("GELU", [x], [y], "GeluOptions", approximate=True)
        model.output(y)
        yield case_of(f"gelu-approximate-{dtype}", "GELU", model)


# x's shape, alpha's shape, whether alpha is a constant
PRELUS = [
    ((1, 3, 2, 4), (4,), True),
    ((1, 3, 2, 4), (1, 1, 4), True),
    ((2, 6), (6,), True),
    ((1, 2, 2, 3), (2, 2, 3), True),
    ((1, 2, 2, 3), (1, 1, 3), False),
]


def prelus():
    kinds = (("float32", "float32"), ("int8", "int8"), ("int16", "int16"), ("int16", "int8"))
    for (dtype, slope_type), (index, (shape, alpha, constant)) in itertools.product(kinds, enumerate(PRELUS)):
        name = f"prelu-{dtype}-{index}" if dtype == slope_type else f"prelu-{dtype}-{slope_type}-{index}"
        model, rng = Model(), random_of(name)
        x = model.input(shape, dtype, **quantization(dtype, 0.05 if dtype == "int8" else 0.001, -9))
        slopes = quantization(slope_type, 0.01 if slope_type == "int8" else 0.0001, 12)
        a = (
            model.constant(draw(rng, alpha, slope_type), slope_type, **slopes)
            if constant
            else model.input(alpha, slope_type, **slopes)
        )
        y = model.tensor(shape, dtype, **quantization(dtype, 0.06 if dtype == "int8" else 0.0013, 11))
        model.operator("PRELU", [x, a], [y])
        model.output(y)
        yield case_of(name, "PRELU", model)


# shape, beta, scale of the input
ROWS = [
    ((1, 10), 1.0, 0.1),
    ((3, 4), 1.0, 0.02),
    ((2, 3, 5), 0.5, 0.7),
    ((1, 1), 1.0, 0.1),
    ((1, 2, 2, 6), 2.0, 0.05),
    ((1, 64), 1.0, 0.3),
]


def rows():
    for dtype, (index, (shape, beta, scale)) in itertools.product(
        ("float32", "int8", "int16", "int8-int16"), enumerate(ROWS)
    ):
        source, target = (dtype, dtype) if "-" not in dtype else dtype.split("-")
        model = Model()
        x = model.input(shape, source, **quantization(source, scale if source == "int8" else scale / 100, 7))
        out = {"int8": (1 / 256, -128), "int16": (1 / 32768, 0)}.get(target, (None, 0))
        if dtype == "int8-int16":
            out = (1 / 65536, -32768)
        y = model.tensor(shape, target, **({} if out[0] is None else {"scale": out[0], "zero": out[1]}))
        model.operator("SOFTMAX", [x], [y], "SoftmaxOptions", beta=beta)
        model.output(y)
        bounds = (-9.0, 9.0) if dtype == "float32" else None
        yield case_of(f"softmax-{dtype}-{index}", "SOFTMAX", model, bounds=bounds)
    for dtype, (index, (shape, _, scale)) in itertools.product(("float32", "int8"), enumerate(ROWS)):
        model = Model()
        x = model.input(shape, dtype, **quantization(dtype, scale, 7))
        y = model.tensor(shape, dtype, **quantization(dtype, 16 / 256, 127))
        model.operator("LOG_SOFTMAX", [x], [y], "LogSoftmaxOptions")
        model.output(y)
        yield case_of(f"log-softmax-{dtype}-{index}", "LOG_SOFTMAX", model)


HARD_SWISH = [((3.0, -3), (0.03, 5)), ((0.001, 127), (0.01, 0)), ((0.0001, 0), (1.0, 9)), ((0.05, 0), (0.02, -128))]
# Operator, dtype, pairs of scale and zero point for input and output; every int8 is among the inputs.
SCALES = [
    ("RELU", "uint8", [((0.05, 128), (0.04, 100)), ((0.05, 7), (0.05, 7))]),
    ("RELU6", "uint8", [((0.05, 128), (0.04, 0)), ((0.1, 30), (0.0235, 0))]),
    ("RELU_N1_TO_1", "uint8", [((0.05, 128), (0.008, 128))]),
    ("RELU_0_TO_1", "uint8", [((0.05, 128), (0.004, 0))]),
    ("RELU_N1_TO_1", "int8", [((0.05, 3), (0.008, -7)), ((0.003, -128), (0.02, 100))]),
    ("RELU_0_TO_1", "int8", [((0.05, 3), (0.004, -128)), ((0.003, -128), (0.02, 100))]),
    ("RELU6", "int8", [((0.05, 3), (0.05, 3)), ((0.0235, -128), (0.0235, -128))]),
    ("RELU", "int8", [((0.05, 3), (0.05, 3)), ((3.0, -20), (0.001, -128))]),
    ("LOGISTIC", "int8", [((scale, zero), (1 / 256, -128)) for scale, zero in ((9.0, 2), (0.5, -100), (1e-4, 0))]),
    ("TANH", "int8", [((scale, zero), (1 / 128, 0)) for scale, zero in ((9.0, 2), (0.5, -100), (1e-4, 0))]),
    ("LOGISTIC", "int16", [((scale, 0), (1 / 32768, 0)) for scale in (1 / 2048, 1e-6, 0.01, 2.6, 1 / 4097)]),
    ("TANH", "int16", [((scale, 0), (1 / 32768, 0)) for scale in (1 / 2048, 1 / 1024, 1e-6, 0.01, 2.6, 1 / 4097)]),
    ("ELU", "int8", [((0.02, -128), (0.5, 3)), ((1.5, 100), (0.02, 0))]),
    ("GELU", "int8", [((0.02, -128), (0.5, 3)), ((1.5, 100), (0.02, 0)), ((0.03, 20), (0.03, -100))]),
    ("HARD_SWISH", "int8", HARD_SWISH),
    ("L2_NORMALIZATION", "int8", [((0.05, -128), (1 / 128, 0)), ((0.05, 127), (1 / 128, 0))]),
]


def scales():
    for operator, dtype, pairs in SCALES:
        options, fields, _ = OPERATORS[operator]
        for index, (x_type, y_type) in enumerate(pairs):
            model = Model()
            x = model.input((4, 64), dtype, **quantization(dtype, *x_type))
            y = model.tensor((4, 64), dtype, **quantization(dtype, *y_type))
            model.operator(operator, [x], [y], options, **fields)
            model.output(y)
            deviation = WRONG_SCALE if operator == "RELU6" else ""
            name = f"{operator.lower().replace('_', '-')}-scales-{dtype}-{index}"
            made = case_of(name, operator, model, 2, None, deviation)
            if dtype in ("int8", "uint8"):
                made.runs[1] = [np.arange(256).astype(np.uint8).view(dtype).reshape(4, 64)]
            yield made


# dtypes, shape, beta, scale of the input
MORE_ROWS = [
    ("float32", (2, 3), 0.25, None),
    ("int8", (1, 1000), 1.0, 0.2),
    ("int8", (2, 9), 1.0, 20.0),
    ("int8", (2, 9), 1.0, 1e-5),
    ("int8", (1, 64), 0.75, 0.11),
    ("int8-int16", (1, 1000), 1.0, 0.02),
    ("int8-int16", (2, 9), 3.0, 0.5),
    ("int16", (1, 1000), 1.0, 0.0003),
    ("int16", (2, 9), 0.5, 1.0),
    ("int16", (2, 9), 1.0, 1e-6),
]


def more_rows():
    for index, (dtype, shape, beta, scale) in enumerate(MORE_ROWS):
        source, target = (dtype, dtype) if "-" not in dtype else dtype.split("-")
        model = Model()
        x = model.input(shape, source, **quantization(source, scale, -11))
        out = {"int8": (1 / 256, -128), "int16": (1 / 32768, 0), "int8-int16": (1 / 65536, -32768)}.get(dtype)
        y = model.tensor(shape, target, **({} if out is None else {"scale": out[0], "zero": out[1]}))
        model.operator("SOFTMAX", [x], [y], "SoftmaxOptions", beta=beta)
        model.output(y)
        yield case_of(f"softmax-more-{dtype}-{index}", "SOFTMAX", model, 3)
    for index, (shape, scale) in enumerate((((1, 1000), 0.02), ((2, 9), 20.0), ((2, 9), 1e-5), ((4, 64), 0.12))):
        model = Model()
        x = model.input(shape, "int8", scale, 7)
        y = model.tensor(shape, "int8", 16 / 256, 127)
        model.operator("LOG_SOFTMAX", [x], [y], "LogSoftmaxOptions")
        model.output(y)
        yield case_of(f"log-softmax-more-int8-{index}", "LOG_SOFTMAX", model, 3)


def small_rows():
    """Rows of zeros, and of a length that is hardly one."""
    model = Model()
    x = model.input((3, 4), "float32")
    y = model.tensor((3, 4), "float32")
    model.operator("L2_NORMALIZATION", [x], [y], "L2NormOptions")
    model.output(y)
    made = case_of("l2-normalization-small-float32", "L2_NORMALIZATION", model, 1)
    made.runs = [[np.array([[0, 0, 0, 0], [1e-7, 0, -1e-7, 0], [1e-3, 2e-3, 0, 0]], np.float32)]]
    yield made
    model = Model()
    x = model.input((3, 4), "int8", 0.05, 3)
    y = model.tensor((3, 4), "int8", 1 / 128, 0)
    model.operator("L2_NORMALIZATION", [x], [y], "L2NormOptions")
    model.output(y)
    made = case_of("l2-normalization-small-int8", "L2_NORMALIZATION", model, 1)
    made.runs = [[np.array([[3, 3, 3, 3], [4, 3, 3, 3], [2, 4, 3, 3]], np.int8)]]
    yield made


def cases():
    for family in (activations, more_activations, prelus, rows, scales, more_rows, small_rows):
        yield from family()
