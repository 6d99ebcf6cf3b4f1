"""Operators of two operands: arithmetic with fused activations, comparisons, logic; shapes broadcast."""

import itertools

import numpy as np

from case import case_of, draw, random_of
from cases.shapes import ACTIVATION, quantization
from model_writer import Model

# left shape, right shape, which operand is constant
BROADCASTS = [
    ((2, 3, 4), (2, 3, 4), None),
    ((2, 3, 4), (4,), None),
    ((1,), (2, 5), None),
    ((2, 1, 4), (1, 3, 1), None),
    ((1, 3, 2, 2), (1, 1, 1, 2), "right"),
    ((2, 3), (2, 3), "left"),
    ((3, 4), (), "right"),
    ((2, 3, 1, 2), (3, 2, 1), None),
]
ACTIVATIONS = ("none", "relu", "relu6", "relu_n1_to_1", "none", "none", "relu", "none")
# Scale and zero point of left, right and output: alike, unlike, and far apart.
SCALES = {
    "int8": [
        ((0.05, 3), (0.05, -4), (0.1, 0)),
        ((0.031, -128), (0.17, 127), (0.19, 20)),
        ((0.002, 5), (1.5, -9), (1.4, -2)),
    ],
    "uint8": [((0.05, 128), (0.05, 120), (0.1, 125)), ((0.031, 0), (0.17, 255), (0.19, 100))],
    "int16": [
        ((0.0005, 0), (0.0005, 0), (0.001, 0)),
        ((0.0003, 0), (0.0017, 0), (0.0019, 0)),
        ((0.00002, 0), (0.01, 0), (0.011, 0)),
    ],
}
ARITHMETIC = {
    "ADD": ("AddOptions", ("float32", "int8", "int16", "int32", "int64")),
    "SUB": ("SubOptions", ("float32", "int8", "int16", "int32", "int64")),
    "MUL": ("MulOptions", ("float32", "int8", "int16", "int32", "int64")),
    "DIV": ("DivOptions", ("float32", "int8", "int32")),
}
PLAIN = {
    "MAXIMUM": ("MaximumMinimumOptions", ("float32", "int8", "int16", "int32", "int64")),
    "MINIMUM": ("MaximumMinimumOptions", ("float32", "int8", "int16", "int32", "int64")),
    "SQUARED_DIFFERENCE": ("SquaredDifferenceOptions", ("float32", "int8", "int16", "int32")),
    "FLOOR_DIV": ("FloorDivOptions", ("float32", "int8", "int16", "int32")),
    "FLOOR_MOD": ("FloorModOptions", ("float32", "int8", "int16", "int32", "int64")),
    "POW": ("PowOptions", ("float32", "int32")),
}
COMPARISONS = {
    "EQUAL": ("EqualOptions", ("float32", "int8", "int16", "int32", "int64", "bool")),
    "NOT_EQUAL": ("NotEqualOptions", ("float32", "int8", "int16", "int32", "int64", "bool")),
    "LESS": ("LessOptions", ("float32", "int8", "int16", "int32", "int64")),
    "LESS_EQUAL": ("LessEqualOptions", ("float32", "int8", "int16", "int32", "int64")),
    "GREATER": ("GreaterOptions", ("float32", "int8", "int16", "int32", "int64")),
    "GREATER_EQUAL": ("GreaterEqualOptions", ("float32", "int8", "int16", "int32", "int64")),
}
LOGIC = {"LOGICAL_AND": "LogicalAndOptions", "LOGICAL_OR": "LogicalOrOptions"}
DIVIDES = ("DIV", "FLOOR_DIV", "FLOOR_MOD")
IGNORED = "Micro ignores the fused activation of an ADD of int32, though not of SUB and MUL"
ONE_SCALE = ("MAXIMUM", "MINIMUM")


def bounds_of(operator, dtype):
    """Ranges of left and right in which the operator is defined, and nothing overflows that wraps around."""
    signed = {"int32": (-30000, 30000), "int64": (-(2**30), 2**30)}.get(dtype)
    if operator in DIVIDES:
        divisor = {"float32": (0.5, 4.0), "int8": (20, 127), "int16": (5, 3000)}.get(dtype, (1, 50))
        return [signed, divisor]
    if operator == "POW":
        return [(0.1, 4.0), (-3.0, 3.0)] if dtype == "float32" else [(-6, 6), (0, 5)]
    return [signed, signed]


def scales_of(operator, dtype, index):
    pairs = SCALES.get(dtype)
    if pairs is None:
        return ((None, 0),) * 3
    left, right, out = pairs[index % len(pairs)]
    if operator in ONE_SCALE:
        return left, left, left
    if operator == "MUL":
        out = (left[0] * right[0] * (120 if dtype != "int16" else 30000), out[1])
    if operator == "DIV":
        out = (left[0] / right[0] / 20, out[1])
    if operator == "SQUARED_DIFFERENCE":
        out = ((left[0] ** 2 + right[0] ** 2) * (150 if dtype != "int16" else 40000), out[1])
    return left, right, out


def build(operator, options, dtype, index, activation="none"):
    left, right, constant = BROADCASTS[index]
    name = f"{operator.lower().replace('_', '-')}-{dtype}-{index}"
    model, rng = Model(), random_of(name)
    scales, bounds = scales_of(operator, dtype, index), bounds_of(operator, dtype)
    operands, free = [], []
    for side, shape, scale, bound in zip(("left", "right"), (left, right), scales, bounds):
        parameters = quantization(dtype, *scale)
        if side == constant:
            operands.append(model.constant(draw(rng, shape, dtype, *(bound or ())), dtype, **parameters))
        else:
            operands.append(model.input(shape, dtype, **parameters))
            free.append(bound)
    shape = np.broadcast_shapes(left, right)
    if operator in COMPARISONS or operator in LOGIC:
        y = model.tensor(shape, "bool")
    else:
        y = model.tensor(shape, dtype, **quantization(dtype, *scales[2]))
    fields = dict(fusedActivationFunction=ACTIVATION[activation]) if operator in ARITHMETIC else {}
    model.operator(operator, operands, [y], options, **fields)
    model.output(y)
    deviation = IGNORED if (operator, dtype) == ("ADD", "int32") and activation != "none" else ""
    return case_of(name, operator, model, bounds=free, deviation=deviation)


def cases():
    for table in (ARITHMETIC, PLAIN, COMPARISONS):
        for operator, (options, dtypes) in table.items():
            for dtype, index in itertools.product(dtypes, range(len(BROADCASTS))):
                few = table is not ARITHMETIC and dtype not in ("float32", "int8")
                if (few or dtype in ("int32", "int64")) and index % 3:
                    continue
                if table is COMPARISONS and index % 2:
                    continue
                yield build(operator, options, dtype, index, ACTIVATIONS[index])
    for operator, options in LOGIC.items():
        for index in range(len(BROADCASTS)):
            yield build(operator, options, "bool", index)
