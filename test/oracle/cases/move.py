"""A model of one operator that moves elements."""

from case import case_of, draw, random_of
from cases.shapes import quantization
from model_writer import Model

ALL = ("float32", "int8", "int16", "int32", "int64", "uint8", "bool")
SOME = ("float32", "int8", "int16", "int32")


class Move:
    """A model of one operator whose elements all have one type."""

    def __init__(self, name, dtype):
        self.name, self.dtype, self.model, self.rng = name, dtype, Model(), random_of(name)
        self.type = quantization(dtype, 0.05 if dtype != "int16" else 0.001, 3)

    def x(self, *shape):
        return self.model.input(shape, self.dtype, **self.type)

    def constant(self, shape):
        return self.model.constant(draw(self.rng, shape, self.dtype), self.dtype, **self.type)

    def y(self, *shape, dtype=None):
        made = self.model.tensor(shape, self.dtype, **self.type) if dtype is None else self.model.tensor(shape, dtype)
        self.model.output(made)
        return made

    def indices(self, values, dtype="int32"):
        return self.model.constant(values, dtype)

    def case(self, operator, inputs, outputs, options=None, bounds=None, **fields):
        self.model.operator(operator, inputs, outputs, options, **fields)
        return case_of(self.name, operator, self.model, 3, bounds)
