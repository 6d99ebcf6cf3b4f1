"""The pieces that all operators with weights share."""

import numpy as np

from case import case_of, draw, random_of
from cases.shapes import quantization
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
