"""Convolutions: float32, int8, and int16 with weights of int8."""

import itertools

from cases.shapes import ACTIVATION, PADDING, window_size
from cases.weighted import DTYPES, Weighted

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
        made.model.operator(
            "DEPTHWISE_CONV_2D", operands(made.x, weights, bias), [y], "DepthwiseConv2DOptions", **fields
        )
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


def cases():
    for family in (convolutions, depthwise, transposed):
        yield from family()
