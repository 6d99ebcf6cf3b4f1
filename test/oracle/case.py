"""A case: a small model, inputs for a few inferences, and who is to judge it."""

import zlib
from dataclasses import dataclass

import numpy as np

from model_writer import TYPES

RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (-(2**31), 2**31 - 1)}


@dataclass
class Case:
    """`runs` are inferences one after another on one interpreter: for each, an array for every input of the model."""

    name: str
    operator: str
    model: bytes
    runs: list
    # Why TensorFlow Lite Micro is not asked, where it is known to be wrong: the reference kernels then judge.
    deviation: str = ""


def random_of(*key):
    """A generator whose numbers depend on the key alone."""
    return np.random.Generator(np.random.PCG64(zlib.crc32(repr(key).encode())))


def draw(rng, shape, dtype, low=None, high=None):
    """Values over the whole range of the type, floats in -4..4, unless bounds are given (both included)."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(np.bool_)
    if dtype == "float32":
        low, high = (-4.0, 4.0) if low is None else (low, high)
        return (low + (high - low) * rng.random(shape)).astype(np.float32)
    least, most = RANGES.get(dtype, (-(2**40), 2**40))
    return rng.integers(least if low is None else low, (most if high is None else high) + 1, shape).astype(
        TYPES[dtype][1]
    )


def inputs_for(tensors, key, runs=4, bounds=None):
    """Least, greatest and zero values, then random ones. `bounds` (least, greatest) may differ from input to input."""
    rng = random_of("inputs", key)
    if not tensors:
        return [[]]
    limits = bounds if isinstance(bounds, list) else [bounds] * len(tensors)
    made = []
    for run in range(runs):
        arrays = []
        for tensor, limit in zip(tensors, limits):
            values = draw(rng, tensor.shape, tensor.dtype, *(limit or ()))
            arrays.append(np.array(edge_values(values, tensor, limit, run), dtype=values.dtype, ndmin=values.ndim))
        made.append(arrays)
    return made


def edge_values(values, tensor, limit, run):
    """The first two runs have edges among their values: in the first many, in the second one of each."""
    if tensor.dtype == "bool" or values.size == 0 or run > 1:
        return values
    if tensor.dtype == "float32":
        low, high = limit or (-4.0, 4.0)
        edges = [low, high, min(max(0.0, low), high)]
    else:
        low, high = limit or RANGES.get(tensor.dtype, (-(2**40), 2**40))
        zero = tensor.zero if tensor.scale is not None else 0
        edges = [low, high, min(max(int(np.max(zero)), low), high)]
    flat = values.reshape(-1).copy()
    if run == 0:
        flat = np.resize(np.array(edges, flat.dtype), flat.size)
    else:
        flat[: len(edges)] = np.array(edges, flat.dtype)[: flat.size]
    return flat.reshape(values.shape)


def case_of(name, operator, model, runs=4, bounds=None, deviation=""):
    """A case of a model whose inputs are drawn by the case's name."""
    return Case(name, operator, model.finish(), inputs_for(model.inputs, name, runs, bounds), deviation)
