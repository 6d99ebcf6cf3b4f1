"""Sizes of what operators make, and the schema's numbers for attributes."""

import math

from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

PADDING = {"same": schema.Padding.SAME, "valid": schema.Padding.VALID}
ACTIVATION = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu_n1_to_1": schema.ActivationFunctionType.RELU_N1_TO_1,
    "relu6": schema.ActivationFunctionType.RELU6,
}
TYPE = schema.TensorType


def window_size(size, kernel, stride, padding, dilation=1):
    """Positions of a window along one dimension."""
    if padding == "same":
        return math.ceil(size / stride)
    return math.ceil((size - (kernel - 1) * dilation) / stride)


def quantization(dtype, scale, zero=0):
    """Scale and zero point for a tensor of that dtype: none for those that stand for themselves; 0 for int16."""
    if dtype in ("int8", "uint8"):
        return {"scale": scale, "zero": zero}
    return {"scale": scale, "zero": 0} if dtype == "int16" else {}
