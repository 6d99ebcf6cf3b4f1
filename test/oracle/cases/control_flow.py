"""Variables, branches and loops: operators that run other subgraphs, and what outlives a run."""

import itertools

from case import case_of, draw, random_of
from cases.shapes import quantization
from model_writer import Model

RUNS = 6


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


def unassigned():
    """A variable that nothing starts: it begins with zeros."""
    for dtype in ("float32", "int8"):
        model = Model()
        same = quantization(dtype, 0.05, 7)
        x = model.input((1, 3), dtype, **same)
        place = handle(model, "sum")
        before, after = model.tensor((1, 3), dtype, **same), model.tensor((1, 3), dtype, **same)
        model.operator("READ_VARIABLE", [place], [before], "ReadVariableOptions")
        model.operator("ADD", [before, x], [after], "AddOptions")
        model.operator("ASSIGN_VARIABLE", [place, after], [], "AssignVariableOptions")
        model.output(after)
        bounds = (-30, 30) if dtype == "int8" else None
        yield case_of(f"variable-unassigned-{dtype}", "READ_VARIABLE", model, RUNS, bounds)


def variable_in_branch():
    """One branch adds to a variable, the other reads it."""
    model = Model()
    condition, x = model.input((1,), "bool"), model.input((1, 3), "float32")
    numbers = []
    for label in ("add", "read"):
        graph, number = model.subgraph(label)
        value = graph.input((1, 3), "float32")
        place = handle(graph, "sum")
        before = graph.tensor((1, 3), "float32")
        graph.operator("READ_VARIABLE", [place], [before], "ReadVariableOptions")
        after = graph.tensor((1, 3), "float32")
        operator, options = {"add": ("ADD", "AddOptions"), "read": ("MUL", "MulOptions")}[label]
        graph.operator(operator, [before, value], [after], options)
        if label == "add":
            graph.operator("ASSIGN_VARIABLE", [place, after], [], "AssignVariableOptions")
        graph.output(after)
        numbers.append(number)
    first = handle(model, "sum")
    start = model.tensor((1, 3), "float32")
    model.operator("READ_VARIABLE", [first], [start], "ReadVariableOptions")
    y = model.tensor((1, 3), "float32")
    fields = dict(thenSubgraphIndex=numbers[0], elseSubgraphIndex=numbers[1])
    model.operator("IF", [condition, x], [y], "IfOptions", **fields)
    kept = model.tensor((1, 3), "float32")
    model.operator("READ_VARIABLE", [first], [kept], "ReadVariableOptions")
    model.output(start, y, kept)
    yield case_of("if-variable", "IF", model, RUNS)


def memory_in_loop():
    """A filter with a memory as a loop's body: every turn is a step of it."""
    for dtype in ("float32", "int8"):
        name = f"while-svdf-{dtype}"
        model, rng = Model(), random_of(name)
        quantized = dtype == "int8"
        same = quantization(dtype, 0.05, 3)
        counter, x = model.input((1,), "int32"), model.input((1, 4), dtype, **same)
        test, first = model.subgraph("condition")
        count, _ = test.input((1,), "int32"), test.input((1, 4), dtype, **same)
        goes_on = test.tensor((1,), "bool")
        test.operator("LESS", [count, test.constant([3], "int32")], [goes_on], "LessOptions")
        test.output(goes_on)
        body, second = model.subgraph("body")
        count, value = body.input((1,), "int32"), body.input((1, 4), dtype, **same)
        more = body.tensor((1,), "int32")
        body.operator("ADD", [count, body.constant([1], "int32")], [more], "AddOptions")
        small = (-127, 127) if quantized else (-1.0, 1.0)
        state_type = "int16" if quantized else "float32"
        feature = body.constant(draw(rng, (4, 4), dtype, *small), dtype, 0.01 if quantized else None)
        bounds = (-30000, 30000) if quantized else small
        time = body.constant(draw(rng, (4, 3), state_type, *bounds), state_type, 0.00004 if quantized else None)
        kind = "int32" if quantized else "float32"
        limit = (-20000, 20000) if quantized else ()
        bias = body.constant(draw(rng, (4,), kind, *limit), kind, 0.00000002 if quantized else None)
        state = body.tensor((1, 12), state_type, 0.0005 if quantized else None, variable=True)
        y = body.tensor((1, 4), dtype, **same)
        body.operator("SVDF", [value, feature, time, bias, state], [y], "SVDFOptions", rank=1)
        body.output(more, y)
        results = [model.tensor((1,), "int32"), model.tensor((1, 4), dtype, **same)]
        fields = dict(condSubgraphIndex=first, bodySubgraphIndex=second)
        model.operator("WHILE", [counter, x], results, "WhileOptions", **fields)
        model.output(*results)
        yield case_of(name, "WHILE", model, RUNS, [(-1, 4), None])


def exchange_in_loop():
    """Two values of a loop change places at every turn, in a branch of which the other doubles one."""
    model = Model()
    counter, x, y = model.input((1,), "int32"), model.input((1, 3), "float32"), model.input((1, 3), "float32")
    test, first = model.subgraph("condition")
    count = test.input((1,), "int32")
    test.input((1, 3), "float32"), test.input((1, 3), "float32")
    goes_on = test.tensor((1,), "bool")
    test.operator("LESS", [count, test.constant([5], "int32")], [goes_on], "LessOptions")
    test.output(goes_on)
    swap, third = model.subgraph("swap")
    left, right = swap.input((1, 3), "float32"), swap.input((1, 3), "float32")
    swapped = [swap.tensor((1, 3), "float32") for _ in range(2)]
    one = swap.constant([[1.0]], "float32")
    swap.operator("MUL", [right, one], [swapped[0]], "MulOptions")
    swap.operator("MUL", [left, one], [swapped[1]], "MulOptions")
    swap.output(*swapped)
    double, fourth = model.subgraph("double")
    left, right = double.input((1, 3), "float32"), double.input((1, 3), "float32")
    doubled = [double.tensor((1, 3), "float32") for _ in range(2)]
    double.operator("ADD", [left, left], [doubled[0]], "AddOptions")
    double.operator("SUB", [right, left], [doubled[1]], "SubOptions")
    double.output(*doubled)
    body, second = model.subgraph("body")
    count, left, right = body.input((1,), "int32"), body.input((1, 3), "float32"), body.input((1, 3), "float32")
    more, is_low = body.tensor((1,), "int32"), body.tensor((1,), "bool")
    body.operator("ADD", [count, body.constant([1], "int32")], [more], "AddOptions")
    body.operator("LESS", [count, body.constant([3], "int32")], [is_low], "LessOptions")
    values = [body.tensor((1, 3), "float32") for _ in range(2)]
    body.operator("IF", [is_low, left, right], values, "IfOptions", thenSubgraphIndex=third, elseSubgraphIndex=fourth)
    body.output(more, *reversed(values))
    results = [model.tensor((1,), "int32")] + [model.tensor((1, 3), "float32") for _ in range(2)]
    model.operator("WHILE", [counter, x, y], results, "WhileOptions", condSubgraphIndex=first, bodySubgraphIndex=second)
    model.output(*results)
    yield case_of("while-if", "WHILE", model, RUNS, [(-3, 6), None, None])


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
    """Part of the family `memory`."""
    families = (variables, exchanged, unassigned, branches, loops)
    for family in (*families, variable_in_branch, memory_in_loop, exchange_in_loop):
        yield from family()
