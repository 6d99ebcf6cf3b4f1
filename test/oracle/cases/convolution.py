"""Convolutions and products of matrices: float32, int8, and int16 with weights of int8."""
import itertools

import numpy as np

from case import case_of, draw, random_of
from cases.shapes import ACTIVATION, PADDING, quantization, window_size
from model_writer import Model

DTYPES = ("float32", "int8", "int16")
X_SCALE, X_ZERO, Y_ZERO = {"int8": 0.047, "int16": 0.00031}, 7, -13
# Typical size of an input, and of what the output should span, in steps.
SPREAD = {"int8": (74, 60), "int16": (18900, 16000)}


class Weighted:
    """The pieces that all operators with weights share: input, weights with scales, bias, output."""

    def __init__(self, name, dtype, x_shape):
        self.name, self.dtype, self.rng = name, dtype, random_of(name)
        self.model = Model()
        self.x = self.model.input(x_shape, dtype, **quantization(dtype, X_SCALE.get(dtype), X_ZERO))

    def weights(self, shape, channels, axis, per_channel=True, kind="int8"):
        self.channels = channels
        if self.dtype == "float32":
            return self.model.constant(draw(self.rng, shape, "float32", -1, 1), "float32")
        count = channels if per_channel else 1
        self.scales = (0.004 + 0.03 * self.rng.random(count)).astype(np.float32)
        self.scales[0] *= 0.05 if count > 1 else 1
        values = draw(self.rng, shape, "int8", *((-127, 127) if kind == "int8" else (-7, 7)))
        return self.model.constant(values, kind, scale=self.scales, axis=axis if per_channel else 0)

    def bias(self, fan_in, dtype=None):
        if self.dtype == "float32":
            return self.model.constant(draw(self.rng, (self.channels,), "float32"), "float32")
        dtype = dtype or {"int8": "int32", "int16": "int64"}[self.dtype]
        bound = int(SPREAD[self.dtype][0] * 74 * max(fan_in, 1) ** 0.5)
        scale = np.float32(X_SCALE[self.dtype]) * self.scales
        return self.model.constant(draw(self.rng, (self.channels,), dtype, -bound, bound), dtype, scale=scale)

    def output(self, shape, fan_in):
        scale = None
        if self.dtype != "float32":
            spread, span = SPREAD[self.dtype]
            scale = float(X_SCALE[self.dtype] * np.mean(self.scales) * spread * 74 * max(fan_in, 1) ** 0.5 / span)
        y = self.model.tensor(shape, self.dtype, **quantization(self.dtype, scale, Y_ZERO))
        self.model.output(y)
        return y

    def case(self, operator):
        return case_of(self.name, operator, self.model)


# height, width, input channels, output channels, kernel, stride, dilation, padding, activation, extra
CONVOLUTIONS = [
    (5, 6, 3, 4, (3, 3), (1, 1), (1, 1), "same", "none", {}),
    (5, 6, 3, 4, (3, 3), (1, 1), (1, 1), "valid", "relu", {}),
    (6, 5, 2, 3, (3, 2), (2, 1), (1, 1), "same", "relu6", {}),
    (6, 7, 2, 3, (2, 3), (2, 3), (1, 1), "valid", "relu_n1_to_1", {}),
    (7, 7, 2, 2, (3, 3), (1, 1), (2, 2), "same", "none", {}),
    (7, 8, 1, 2, (2, 3), (1, 1), (3, 2), "valid", "none", {}),
    (4, 4, 8, 5, (1, 1), (1, 1), (1, 1), "valid", "relu", {}),
    (4, 4, 3, 2, (1, 1), (2, 2), (1, 1), "same", "none", {}),
    (3, 3, 2, 3, (5, 5), (1, 1), (1, 1), "same", "none", {}),
    (2, 5, 2, 3, (2, 5), (1, 1), (1, 1), "valid", "none", {}),
    (4, 5, 4, 6, (3, 3), (1, 1), (1, 1), "same", "none", {"groups": 2}),
    (3, 3, 6, 6, (2, 2), (1, 1), (1, 1), "valid", "relu", {"groups": 3}),
    (4, 4, 2, 3, (3, 3), (1, 1), (1, 1), "same", "none", {"bias": False}),
    (4, 4, 2, 3, (3, 3), (1, 1), (1, 1), "same", "none", {"per_channel": False}),
    (3, 4, 2, 3, (2, 2), (1, 1), (1, 1), "same", "none", {"batch": 2}),
    (1, 9, 1, 4, (1, 4), (1, 2), (1, 1), "same", "relu", {}),
    (4, 3, 1, 2, (3, 3), (3, 3), (1, 1), "same", "none", {"bias_dtype": "int32"}),
]


def convolutions():
    for dtype, (index, spec) in itertools.product(DTYPES, enumerate(CONVOLUTIONS)):
        height, width, deep, out, kernel, stride, dilation, padding, activation, extra = spec
        made = Weighted(f"conv2d-{dtype}-{index}", dtype, (extra.get("batch", 1), height, width, deep))
        groups = extra.get("groups", 1)
        fan_in = kernel[0] * kernel[1] * deep // groups
        weights = made.weights((out, *kernel, deep // groups), out, 0, extra.get("per_channel", True))
        bias = made.bias(fan_in, extra.get("bias_dtype")) if extra.get("bias", True) else None
        size = [window_size(n, k, s, padding, d) for n, k, s, d in zip((height, width), kernel, stride, dilation)]
        y = made.output((extra.get("batch", 1), *size, out), fan_in)
        fields = dict(padding=PADDING[padding], fusedActivationFunction=ACTIVATION[activation])
        fields |= dict(strideH=stride[0], strideW=stride[1], dilationHFactor=dilation[0], dilationWFactor=dilation[1])
        made.model.operator("CONV_2D", [made.x, weights, bias], [y], "Conv2DOptions", **fields)
        yield made.case("CONV_2D")


def operands(x, weights, bias):
    """Without a bias there are two inputs: Micro crashes on a depthwise convolution whose third is -1."""
    return [x, weights] if bias is None else [x, weights, bias]


# height, width, channels, multiplier, kernel, stride, dilation, padding, activation, extra
DEPTHWISE = [
    (5, 6, 3, 1, (3, 3), (1, 1), (1, 1), "same", "none", {}),
    (5, 6, 3, 1, (3, 3), (1, 1), (1, 1), "valid", "relu", {}),
    (5, 5, 2, 2, (3, 3), (1, 1), (1, 1), "same", "none", {}),
    (5, 5, 1, 4, (3, 2), (1, 1), (1, 1), "valid", "relu6", {}),
    (6, 7, 3, 1, (3, 3), (2, 2), (1, 1), "same", "none", {}),
    (7, 6, 2, 3, (2, 3), (2, 2), (1, 1), "valid", "relu_n1_to_1", {}),
    (7, 7, 2, 1, (3, 3), (1, 1), (2, 2), "same", "none", {}),
    (8, 7, 2, 2, (2, 3), (1, 1), (3, 2), "valid", "none", {}),
    (3, 3, 4, 1, (1, 1), (1, 1), (1, 1), "valid", "relu", {}),
    (2, 2, 4, 1, (5, 5), (1, 1), (1, 1), "same", "none", {}),
    (4, 4, 3, 1, (3, 3), (1, 1), (1, 1), "same", "none", {"bias": False}),
    (4, 4, 3, 1, (3, 3), (1, 1), (1, 1), "same", "none", {"batch": 2}),
    (4, 4, 3, 1, (4, 4), (1, 1), (1, 1), "valid", "none", {}),
    (8, 5, 2, 1, (3, 3), (3, 3), (1, 1), "same", "none", {}),
]


def depthwise():
    for dtype, (index, spec) in itertools.product(DTYPES, enumerate(DEPTHWISE)):
        height, width, deep, multiplier, kernel, stride, dilation, padding, activation, extra = spec
        batch, out = extra.get("batch", 1), deep * multiplier
        made = Weighted(f"depthwise-conv2d-{dtype}-{index}", dtype, (batch, height, width, deep))
        fan_in = kernel[0] * kernel[1]
        weights = made.weights((1, *kernel, out), out, 3)
        bias = made.bias(fan_in) if extra.get("bias", True) else None
        size = [window_size(n, k, s, padding, d) for n, k, s, d in zip((height, width), kernel, stride, dilation)]
        y = made.output((batch, *size, out), fan_in)
        fields = dict(padding=PADDING[padding], fusedActivationFunction=ACTIVATION[activation])
        fields |= dict(strideH=stride[0], strideW=stride[1], dilationHFactor=dilation[0], dilationWFactor=dilation[1])
        fields["depthMultiplier"] = multiplier
        made.model.operator("DEPTHWISE_CONV_2D", operands(made.x, weights, bias), [y], "DepthwiseConv2DOptions", **fields)
        yield made.case("DEPTHWISE_CONV_2D")


# input height, width, channels, output channels, kernel, stride, padding, activation, bias
TRANSPOSED = [
    (3, 4, 2, 3, (3, 3), (1, 1), "same", "none", True),
    (3, 4, 2, 3, (3, 3), (2, 2), "same", "none", True),
    (3, 3, 2, 2, (2, 2), (2, 2), "valid", "none", True),
    (3, 2, 3, 2, (3, 2), (2, 1), "valid", "none", False),
    (2, 3, 1, 3, (4, 4), (2, 2), "same", "none", True),
    (2, 2, 2, 2, (1, 1), (3, 3), "same", "none", True),
    (1, 5, 2, 4, (1, 3), (1, 2), "same", "none", False),
    (3, 3, 4, 1, (2, 3), (3, 2), "valid", "none", True),
    (3, 3, 2, 2, (3, 3), (1, 1), "valid", "relu", True),
    (2, 3, 2, 3, (3, 3), (2, 2), "same", "relu6", True),
]


def transposed():
    for dtype, (index, spec) in itertools.product(DTYPES, enumerate(TRANSPOSED)):
        height, width, deep, out, kernel, stride, padding, activation, has_bias = spec
        made = Weighted(f"transpose-conv-{dtype}-{index}", dtype, (1, height, width, deep))
        extra = [0 if padding == "same" else max(k - s, 0) for k, s in zip(kernel, stride)]
        size = [n * s + e for n, s, e in zip((height, width), stride, extra)]
        shape = made.model.constant([1, *size, out], "int32")
        fan_in = max(1, kernel[0] * kernel[1] * deep // (stride[0] * stride[1]))
        weights = made.weights((out, *kernel, deep), out, 0)
        inputs = [shape, weights, made.x] + ([made.bias(fan_in)] if has_bias else [])
        fields = dict(padding=PADDING[padding], strideH=stride[0], strideW=stride[1])
        fields["fusedActivationFunction"] = ACTIVATION[activation]
        y = made.output((1, *size, out), fan_in)
        made.model.operator("TRANSPOSE_CONV", inputs, [y], "TransposeConvOptions", **fields)
        yield made.case("TRANSPOSE_CONV")


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
    for family in (convolutions, depthwise, transposed, connected, products, narrow):
        yield from family()
