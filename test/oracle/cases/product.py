"""Products of matrices, and weights of fewer bits: float32, int8, and int16 with weights of int8."""

import itertools

import numpy as np

from case import case_of, draw, random_of
from cases.shapes import ACTIVATION, PADDING, quantization
from cases.weighted import DTYPES, SPREAD, Weighted
from model_writer import Model

# input shape, units, features, activation, extra
CONNECTED = [
    ((1, 8), 5, 8, "none", {}),
    ((1, 8), 5, 8, "relu", {"per_channel": False}),
    ((3, 5), 4, 5, "relu6", {"per_channel": False}),
    ((2, 7), 3, 7, "relu_n1_to_1", {}),
    ((1, 2, 3, 2), 4, 12, "none", {}),
    ((2, 3, 4), 5, 4, "none", {"keep": True}),
    ((1, 6), 1, 6, "none", {"bias": False}),
    ((1, 1), 3, 1, "none", {}),
    ((1, 33), 2, 33, "none", {"per_channel": False}),
    ((2, 4), 3, 4, "none", {"bias": False, "per_channel": False}),
    ((1, 9), 4, 9, "none", {"bias_dtype": "int32"}),
    ((1, 64), 10, 64, "relu", {}),
]


def connected():
    for dtype, (index, (shape, units, features, activation, extra)) in itertools.product(DTYPES, enumerate(CONNECTED)):
        made = Weighted(f"fully-connected-{dtype}-{index}", dtype, shape)
        weights = made.weights((units, features), units, 0, extra.get("per_channel", True))
        bias = made.bias(features, extra.get("bias_dtype")) if extra.get("bias", True) else None
        keep = extra.get("keep", False)
        rows = int(np.prod(shape)) // features
        y = made.output((*shape[:-1], units) if keep else (rows, units), features)
        fields = dict(fusedActivationFunction=ACTIVATION[activation], keepNumDims=keep)
        made.model.operator("FULLY_CONNECTED", [made.x, weights, bias], [y], "FullyConnectedOptions", **fields)
        yield made.case("FULLY_CONNECTED")


# left shape, right shape, left transposed, right transposed, constant operand
PRODUCTS = [
    ((2, 3), (3, 4), False, False, None),
    ((2, 3), (4, 3), False, True, None),
    ((3, 2), (3, 4), True, False, None),
    ((3, 2), (4, 3), True, True, None),
    ((2, 2, 3), (2, 3, 4), False, False, None),
    ((2, 2, 3), (1, 3, 4), False, False, None),
    ((1, 2, 3), (2, 4, 3), False, True, None),
    ((2, 1, 2, 3), (1, 3, 3, 2), False, False, None),
    ((2, 3), (3, 4), False, False, "right"),
    ((2, 2, 3), (2, 4, 3), False, True, "right"),
    ((1, 1), (1, 5), False, False, None),
]


def products():
    for dtype, (index, (left, right, adj_x, adj_y, constant)) in itertools.product(DTYPES, enumerate(PRODUCTS)):
        name = f"batch-matmul-{dtype}-{index}"
        model, rng = Model(), random_of(name)
        a = model.input(left, dtype, **quantization(dtype, 0.03, 5))
        other = quantization(dtype, 0.011, -9)
        b = model.constant(draw(rng, right, dtype), dtype, **other) if constant else model.input(right, dtype, **other)
        rows, inner = (left[-1], left[-2]) if adj_x else left[-2:]
        batches = np.broadcast_shapes(left[:-2], right[:-2])
        spread, span = SPREAD.get(dtype, (1, 1))
        scale = 0.03 * 0.011 * spread * spread * inner**0.5 / span
        y = model.tensor((*batches, rows, right[-2] if adj_y else right[-1]), dtype, **quantization(dtype, scale, 3))
        model.operator("BATCH_MATMUL", [a, b], [y], "BatchMatMulOptions", adjX=adj_x, adjY=adj_y)
        model.output(y)
        yield case_of(name, "BATCH_MATMUL", model)


def narrow():
    """Weights of int4, two in a byte, an odd number of them; and of float16, widened by a DEQUANTIZE."""
    made = Weighted("conv2d-int8-int4", "int8", (1, 4, 4, 3))
    weights, bias = made.weights((3, 3, 1, 3), 3, 0, kind="int4"), made.bias(1)
    y = made.output((1, 2, 4, 3), 1)
    fields = dict(padding=PADDING["valid"], strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1)
    made.model.operator("CONV_2D", [made.x, weights, bias], [y], "Conv2DOptions", **fields)
    yield made.case("CONV_2D")
    made = Weighted("depthwise-conv2d-int8-int4", "int8", (1, 4, 4, 3))
    weights, bias = made.weights((1, 3, 3, 3), 3, 3, kind="int4"), made.bias(1)
    y = made.output((1, 2, 2, 3), 1)
    fields["depthMultiplier"] = 1
    made.model.operator("DEPTHWISE_CONV_2D", [made.x, weights, bias], [y], "DepthwiseConv2DOptions", **fields)
    yield made.case("DEPTHWISE_CONV_2D")
    made = Weighted("fully-connected-int8-int4", "int8", (2, 5))
    weights, bias = made.weights((3, 5), 3, 0, False, "int4"), made.bias(1)
    y = made.output((2, 3), 1)
    made.model.operator("FULLY_CONNECTED", [made.x, weights, bias], [y], "FullyConnectedOptions")
    yield made.case("FULLY_CONNECTED")
    made = Weighted("fully-connected-float16", "float32", (2, 5))
    small = made.model.constant(draw(made.rng, (3, 5), "float32", -1, 1), "float16")
    weights = made.model.tensor((3, 5), "float32")
    made.model.operator("DEQUANTIZE", [small], [weights], "DequantizeOptions")
    y = made.output((2, 3), 1)
    made.model.operator("FULLY_CONNECTED", [made.x, weights, None], [y], "FullyConnectedOptions")
    yield made.case("FULLY_CONNECTED")


def cases():
    for family in (connected, products, narrow):
        yield from family()
