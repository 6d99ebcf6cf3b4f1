"""Operators with a memory of earlier inferences; with `control_flow`, operators that run other subgraphs."""

import itertools

from flatbuffers import flexbuffers

from case import case_of, draw, random_of
from cases import control_flow
from cases.shapes import ACTIVATION, quantization
from model_writer import Model

RUNS = 6


# batch, features in, filters, memory, rank, activation, bias
SVDFS = [
    (1, 3, 4, 5, 1, "none", True),
    (2, 4, 4, 3, 2, "relu", True),
    (1, 2, 6, 2, 3, "none", False),
    (1, 5, 2, 8, 1, "relu6", True),
]


def svdfs():
    for kind, (index, spec) in itertools.product(("float32", "int8", "int8-int8"), enumerate(SVDFS)):
        batch, features, filters, memory, rank, activation, has_bias = spec
        name = f"svdf-{kind}-{index}"
        model, rng = Model(), random_of(name)
        x_type = "float32" if kind == "float32" else "int8"
        state_type = {"float32": "float32", "int8": "int16", "int8-int8": "int8"}[kind]
        quantized = kind != "float32"
        x = model.input((batch, features), x_type, **quantization(x_type, 0.04, 5))
        small = (-1.0, 1.0) if not quantized else (-127, 127)
        feature = model.constant(draw(rng, (filters, features), x_type, *small), x_type, 0.01 if quantized else None)
        wide = {"int16": (-30000, 30000)}.get(state_type, small)
        time_scale = {"int16": 0.00004, "int8": 0.01}.get(state_type)
        time = model.constant(draw(rng, (filters, memory), state_type, *wide), state_type, time_scale)
        state_scale = {"int16": 0.0005, "int8": 0.08}.get(state_type)
        units = filters // rank
        bias = None
        if quantized:  # Micro crashes without one
            bias = model.constant(draw(rng, (units,), "int32", -20000, 20000), "int32", state_scale * time_scale)
        elif has_bias:
            bias = model.constant(draw(rng, (units,), "float32"), "float32")
        state = model.tensor((batch, filters * memory), state_type, state_scale, variable=True)
        y = model.tensor((batch, units), x_type, **quantization(x_type, 0.07, -9))
        fields = dict(rank=rank, fusedActivationFunction=ACTIVATION[activation])
        model.operator("SVDF", [x, feature, time, bias, state], [y], "SVDFOptions", **fields)
        model.output(y)
        yield case_of(name, "SVDF", model, RUNS)


# batch, steps, features, units, time-major, cell clip
LSTMS = [
    (1, 3, 2, 3, False, 0.0),
    (2, 3, 3, 2, False, 0.0),
    (2, 3, 2, 2, True, 0.0),
    (1, 1, 4, 5, False, 0.0),
    (1, 4, 2, 3, False, 1.5),
]


def lstm(name, dtype, spec, cell_power=-11, hidden=None):
    """`cell_power`: the cell state's scale is that power of two. `hidden`: scale and zero point of the hidden state."""
    batch, steps, features, units, time_major, clip = spec
    model, rng = Model(), random_of(name)
    quantized = dtype != "float32"
    shape = (steps, batch) if time_major else (batch, steps)
    x_scale = {"int8": 0.03, "int16": 0.0002}.get(dtype)
    hidden = hidden or {"int8": (1 / 128, 0), "int16": (1 / 32768, 0)}.get(dtype, (None, 0))
    x = model.input((*shape, features), dtype, **quantization(dtype, x_scale, -7))

    def weights(columns, scale):
        if not quantized:
            return model.constant(draw(rng, (units, columns), "float32", -1, 1), "float32")
        return model.constant(draw(rng, (units, columns), "int8", -127, 127), "int8", scale)

    scales = [0.006 + 0.001 * gate for gate in range(4)]
    to_input = [weights(features, scale) for scale in scales]
    recurrent = [weights(units, scale) for scale in scales]
    biases = []
    for scale in scales:
        if quantized:
            kind = "int32" if dtype == "int8" else "int64"
            bound = int(1 / (scale * x_scale))
            biases.append(model.constant(draw(rng, (units,), kind, -bound, bound), kind, scale * x_scale))
        else:
            biases.append(model.constant(draw(rng, (units,), "float32", -1, 1), "float32"))
    output_state = model.tensor((batch, units), dtype, **quantization(dtype, *hidden), variable=True)
    cell_type = "int16" if quantized else "float32"
    cell_state = model.tensor((batch, units), cell_type, 2.0**cell_power if quantized else None, variable=True)
    between = [model.tensor((0,), dtype) for _ in range(4)] + [
        model.tensor((0,), dtype, **quantization(dtype, *hidden))
    ]
    y = model.tensor((*shape, units), dtype, **quantization(dtype, *hidden))
    operands = [x, *to_input, *recurrent, *[None] * 3, *biases, *[None] * 2, output_state, cell_state, *[None] * 4]
    fields = dict(fusedActivationFunction=4, cellClip=clip, timeMajor=time_major)
    options = "UnidirectionalSequenceLSTMOptions"
    model.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], options, between if quantized else (), **fields)
    model.output(y)
    return case_of(name, "UNIDIRECTIONAL_SEQUENCE_LSTM", model, RUNS)


def lstms():
    for dtype, (index, spec) in itertools.product(("float32", "int8", "int16"), enumerate(LSTMS)):
        yield lstm(f"lstm-{dtype}-{index}", dtype, spec)
    for dtype, power in itertools.product(("int8", "int16"), (-9, -12, -14, -15)):
        hidden = (1 / 100, 9) if dtype == "int8" else (1 / 30000, 0)
        yield lstm(f"lstm-{dtype}-cell{power}", dtype, (1, 4, 3, 2, False, 0.4 if power == -14 else 0.0), power, hidden)


def circular_buffers():
    for index, (slots, channels) in enumerate([(3, 4), (5, 2), (2, 1)]):
        model = Model()
        x = model.input((1, 1, 1, channels), "int8", 0.05, 3)
        y = model.tensor((1, slots, 1, channels), "int8", 0.05, 3, variable=True)
        options = flexbuffers.Builder()
        options.MapFromElements({"cycles_max": 1})
        model.operator("CIRCULAR_BUFFER", [x], [y], custom=bytes(options.Finish()))
        model.output(y)
        yield case_of(f"circular-buffer-{index}", "CIRCULAR_BUFFER", model, slots + 3)


def periodic_buffers():
    """A second output says in which runs the buffer is full: with it Micro goes on in all others too."""
    for index, (slots, period) in enumerate([(3, 2), (4, 3)]):
        model = Model()
        x = model.input((1, 1, 2, 3), "int8", 0.05, -4)
        y = model.tensor((1, slots, 2, 3), "int8", 0.05, -4, variable=True)
        valid = model.tensor((1,), "bool")
        options = flexbuffers.Builder()
        options.MapFromElements({"cycles_max": period})
        model.operator("CIRCULAR_BUFFER", [x], [y, valid], custom=bytes(options.Finish()))
        model.output(y, valid)
        yield case_of(f"circular-buffer-period-{index}", "CIRCULAR_BUFFER", model, 2 * period + 2)


def cases():
    for family in (svdfs, lstms, circular_buffers, periodic_buffers, control_flow.cases):
        yield from family()
