"""Operators with a memory of earlier inferences, and operators that run other subgraphs."""

import itertools

from flatbuffers import flexbuffers

from case import case_of, draw, random_of
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


def lstms():
    for dtype, (index, spec) in itertools.product(("float32", "int8", "int16"), enumerate(LSTMS)):
        batch, steps, features, units, time_major, clip = spec
        name = f"lstm-{dtype}-{index}"
        model, rng = Model(), random_of(name)
        quantized = dtype != "float32"
        shape = (steps, batch) if time_major else (batch, steps)
        x_scale = {"int8": 0.03, "int16": 0.0002}.get(dtype)
        hidden = {"int8": (1 / 128, 0), "int16": (1 / 32768, 0)}.get(dtype, (None, 0))
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
        cell_state = model.tensor((batch, units), cell_type, 2.0**-11 if quantized else None, variable=True)
        between = [model.tensor((0,), dtype) for _ in range(4)] + [
            model.tensor((0,), dtype, **quantization(dtype, *hidden))
        ]
        y = model.tensor((*shape, units), dtype, **quantization(dtype, *hidden))
        operands = [
            x,
            *to_input,
            *recurrent,
            None,
            None,
            None,
            *biases,
            None,
            None,
            output_state,
            cell_state,
            *[None] * 4,
        ]
        fields = dict(fusedActivationFunction=4, cellClip=clip, timeMajor=time_major)
        options = "UnidirectionalSequenceLSTMOptions"
        model.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], options, between if quantized else (), **fields)
        model.output(y)
        yield case_of(name, "UNIDIRECTIONAL_SEQUENCE_LSTM", model, RUNS)


def handle(graph, name):
    made = graph.tensor((1,), "resource")
    graph.operator("VAR_HANDLE", [], [made], "VarHandleOptions", container=b"", sharedName=name.encode())
    return made


def variables():
    """A sum over all inferences: read, add, assign; what it starts with is assigned once by a subgraph of its own."""
    for dtype, (index, shape) in itertools.product(("float32", "int8", "int16", "int32"), enumerate([(1, 4), (2, 3)])):
        name = f"variable-{dtype}-{index}"
        model, rng = Model(), random_of(name)
        same = quantization(dtype, 0.05 if dtype == "int8" else 0.001, 2)
        x = model.input(shape, dtype, **same)
        first, number = model.subgraph("initialize")
        start = first.constant(draw(rng, shape, dtype, *(() if dtype != "int32" else (-99, 99))), dtype, **same)
        first.operator("ASSIGN_VARIABLE", [handle(first, "sum"), start], [], "AssignVariableOptions")
        model.operator("CALL_ONCE", [], [], "CallOnceOptions", initSubgraphIndex=number)
        place = handle(model, "sum")
        before, after = model.tensor(shape, dtype, **same), model.tensor(shape, dtype, **same)
        model.operator("READ_VARIABLE", [place], [before], "ReadVariableOptions")
        model.operator("ADD", [before, x], [after], "AddOptions")
        model.operator("ASSIGN_VARIABLE", [place, after], [], "AssignVariableOptions")
        model.output(after)
        bounds = {"int8": (-30, 30), "int16": (-9000, 9000), "int32": (-1000, 1000)}.get(dtype)
        yield case_of(name, "READ_VARIABLE", model, RUNS, bounds)


def exchanged():
    """Two variables that change places at every inference."""
    model = Model()
    x = model.input((1, 3), "float32")
    first, number = model.subgraph("initialize")
    for name, values in (("left", [[1, 2, 3]]), ("right", [[-4, 5, 0.5]])):
        first.operator(
            "ASSIGN_VARIABLE", [handle(first, name), first.constant(values, "float32")], [], "AssignVariableOptions"
        )
    model.operator("CALL_ONCE", [], [], "CallOnceOptions", initSubgraphIndex=number)
    places = [handle(model, "left"), handle(model, "right")]
    values = [model.tensor((1, 3), "float32") for _ in places]
    for place, value in zip(places, values):
        model.operator("READ_VARIABLE", [place], [value], "ReadVariableOptions")
    for place, value in zip(places, reversed(values)):
        model.operator("ASSIGN_VARIABLE", [place, value], [], "AssignVariableOptions")
    y = model.tensor((1, 3), "float32")
    model.operator("MUL", [values[0], x], [y], "MulOptions")
    model.output(y)
    yield case_of("variables-exchanged", "READ_VARIABLE", model, RUNS)


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


def branches():
    for dtype, (index, shape) in itertools.product(("float32", "int8", "int32"), enumerate([(1, 4), (2, 3)])):
        name = f"if-{dtype}-{index}"
        model = Model()
        same = quantization(dtype, 0.05, 2)
        condition = model.input((1,), "bool")
        operands = [model.input(shape, dtype, **same) for _ in range(2)]
        numbers = []
        for label, operator, options in (("sum", "ADD", "AddOptions"), ("product", "MUL", "MulOptions")):
            graph, number = model.subgraph(label)
            inner = [graph.input(shape, dtype, **same) for _ in range(2)]
            made = graph.tensor(shape, dtype, **same)
            graph.operator(operator, inner, [made], options)
            graph.output(made)
            numbers.append(number)
        y = model.tensor(shape, dtype, **same)
        fields = dict(thenSubgraphIndex=numbers[0], elseSubgraphIndex=numbers[1])
        model.operator("IF", [condition, *operands], [y], "IfOptions", **fields)
        model.output(y)
        small = (-1000, 1000) if dtype == "int32" else None
        yield case_of(name, "IF", model, RUNS, [None, small, small])


def loops():
    """Doubles a value as often as a counter has steps left; with a limit of 0 not at all."""
    for dtype, (index, limit) in itertools.product(("float32", "int32", "int8"), enumerate((3, 0, 1))):
        name = f"while-{dtype}-{index}"
        model = Model()
        same = quantization(dtype, 0.05, 2)
        counter, x = model.input((1,), "int32"), model.input((1, 3), dtype, **same)
        test, first = model.subgraph("condition")
        count, _ = test.input((1,), "int32"), test.input((1, 3), dtype, **same)
        goes_on = test.tensor((1,), "bool")
        test.operator("LESS", [count, test.constant([limit], "int32")], [goes_on], "LessOptions")
        test.output(goes_on)
        body, second = model.subgraph("body")
        count, value = body.input((1,), "int32"), body.input((1, 3), dtype, **same)
        more, twice = body.tensor((1,), "int32"), body.tensor((1, 3), dtype, **same)
        body.operator("ADD", [count, body.constant([1], "int32")], [more], "AddOptions")
        body.operator("ADD", [value, value], [twice], "AddOptions")
        body.output(more, twice)
        results = [model.tensor((1,), "int32"), model.tensor((1, 3), dtype, **same)]
        fields = dict(condSubgraphIndex=first, bodySubgraphIndex=second)
        model.operator("WHILE", [counter, x], results, "WhileOptions", **fields)
        model.output(*results)
        yield case_of(name, "WHILE", model, RUNS, [(-3, 4), (-1000, 1000) if dtype == "int32" else None])


def cases():
    for family in (svdfs, lstms, variables, exchanged, circular_buffers, branches, loops):
        yield from family()
