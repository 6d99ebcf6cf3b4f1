"""Operators that move elements, in every dtype that a judge carries."""

import itertools

import numpy as np

from cases.move import ALL, SOME, Move


def shapes():
    """RESHAPE, SQUEEZE, EXPAND_DIMS, SHAPE, RANK."""
    for dtype in ALL:
        m = Move(f"reshape-{dtype}", dtype)
        yield m.case(
            "RESHAPE",
            [m.x(2, 3, 4), m.indices([4, 6])],
            [m.y(4, 6)],
            "ReshapeOptions",
            newShape=np.array([4, 6], np.int32),
        )
        m = Move(f"squeeze-{dtype}", dtype)
        yield m.case(
            "SQUEEZE", [m.x(1, 3, 1, 2)], [m.y(3, 2)], "SqueezeOptions", squeezeDims=np.array([0, 2], np.int32)
        )
        m = Move(f"expand-dims-{dtype}", dtype)
        yield m.case("EXPAND_DIMS", [m.x(2, 3), m.indices([-1])], [m.y(2, 3, 1)], "ExpandDimsOptions")
    for dtype in SOME:
        m = Move(f"shape-{dtype}", dtype)
        yield m.case("SHAPE", [m.x(2, 3, 4)], [m.y(3, dtype="int32")], "ShapeOptions", outType=2)
        m = Move(f"rank-{dtype}", dtype)
        yield m.case("RANK", [m.x(2, 3, 4)], [m.y(dtype="int32")], "RankOptions")


def transposes():
    orders = [
        ((2, 3), (1, 0)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3, 2, 4), (0, 3, 1, 2)),
        ((1, 3, 2, 2, 2), (4, 2, 0, 1, 3)),
    ]
    for dtype, (index, (shape, order)) in itertools.product(ALL, enumerate(orders)):
        m = Move(f"transpose-{dtype}-{index}", dtype)
        out = [shape[d] for d in order]
        yield m.case("TRANSPOSE", [m.x(*shape), m.indices(list(order))], [m.y(*out)], "TransposeOptions")


def joints():
    """CONCATENATION, PACK, UNPACK, SPLIT, SPLIT_V."""
    for dtype in ALL:
        for index, (parts, axis) in enumerate([([2, 1], 1), ([1, 3, 2], -1), ([2, 2], 0)]):
            m = Move(f"concatenation-{dtype}-{index}", dtype)
            sizes = [[n if d == axis % 3 else 2 for d in range(3)] for n in parts]
            out = [sum(parts) if d == axis % 3 else 2 for d in range(3)]
            yield m.case(
                "CONCATENATION", [m.x(*size) for size in sizes], [m.y(*out)], "ConcatenationOptions", axis=axis
            )
        m = Move(f"concatenation-constant-{dtype}", dtype)
        pieces = [m.x(1, 3), m.constant((1, 2))]
        yield m.case("CONCATENATION", pieces, [m.y(1, 5)], "ConcatenationOptions", axis=1)
        for index, axis in enumerate((0, 1, -1)):
            m = Move(f"pack-{dtype}-{index}", dtype)
            shape = list(np.stack([np.empty((2, 3))] * 3, axis).shape)
            yield m.case("PACK", [m.x(2, 3) for _ in range(3)], [m.y(*shape)], "PackOptions", valuesCount=3, axis=axis)
            m = Move(f"unpack-{dtype}-{index}", dtype)
            whole, shape = [2, 3, 2], [n for d, n in enumerate((2, 3, 2)) if d != axis % 3]
            x, count = m.x(*whole), whole[axis]
            results = [m.y(*shape) for _ in range(count)]
            yield m.case("UNPACK", [x], results, "UnpackOptions", num=count, axis=axis)
        for index, (shape, axis, count) in enumerate([((2, 4), 1, 2), ((3, 2, 2), 0, 3), ((2, 2, 6), -1, 3)]):
            m = Move(f"split-{dtype}-{index}", dtype)
            out = [n // count if d == axis % len(shape) else n for d, n in enumerate(shape)]
            x, place = m.x(*shape), m.indices(axis)
            yield m.case("SPLIT", [place, x], [m.y(*out) for _ in range(count)], "SplitOptions", numSplits=count)
        m = Move(f"split-v-{dtype}", dtype)
        x, sizes, place = m.x(2, 6), m.indices([1, 3, 2]), m.indices(1)
        results = [m.y(2, n) for n in (1, 3, 2)]
        yield m.case("SPLIT_V", [x, sizes, place], results, "SplitVOptions", numSplits=3)


# shape, begin, end, strides, masks
STRIDED = [
    ((3, 4), (0, 1), (2, 4), (1, 2), {}),
    ((3, 4), (2, 3), (-4, -5), (-1, -2), {}),
    ((2, 3, 4), (0, 1, 0), (0, 3, 0), (1, 1, 1), {"beginMask": 1, "endMask": 5}),
    ((2, 3, 4), (1, 0, 1), (2, 3, 3), (1, 1, 1), {"shrinkAxisMask": 1}),
    ((2, 3, 4), (-1, 0, -2), (-2, 2, -1), (1, 1, 1), {"shrinkAxisMask": 5}),
    ((2, 3, 4), (0, 1), (0, 3), (1, 1), {"ellipsisMask": 1}),
    ((4, 3), (0, 0, 1), (0, 2, 3), (1, 1, 1), {"newAxisMask": 1}),
    ((5,), (-3,), (100,), (1,), {}),
    ((2, 3, 4), (0, 2, 0), (2, -10, 4), (1, -1, 3), {"endMask": 2}),
]


def strided(shape, begin, end, strides, masks):
    """The result's shape, by NumPy."""
    index = []
    for i, (first, last, step) in enumerate(zip(begin, end, strides)):
        bit = 1 << i
        if masks.get("ellipsisMask", 0) & bit:
            index.append(Ellipsis)
        elif masks.get("newAxisMask", 0) & bit:
            index.append(None)
        elif masks.get("shrinkAxisMask", 0) & bit:
            index.append(first)
        else:
            low = None if masks.get("beginMask", 0) & bit else first
            high = None if masks.get("endMask", 0) & bit else last
            index.append(slice(low, high, step))
    return np.empty(shape)[tuple(index)].shape


def slices():
    for dtype in ALL:
        for index, (begin, size) in enumerate(
            [((0, 1, 2), (2, 2, 1)), ((1, 0, 0), (-1, 3, -1)), ((0, 2, 3), (1, 1, 1))]
        ):
            m = Move(f"slice-{dtype}-{index}", dtype)
            whole = (2, 3, 4)
            out = [n - b if s == -1 else s for n, b, s in zip(whole, begin, size)]
            places = [m.indices(list(begin)), m.indices(list(size))]
            yield m.case("SLICE", [m.x(*whole), *places], [m.y(*out)], "SliceOptions")
        for index, (shape, begin, end, strides, masks) in enumerate(STRIDED):
            if dtype not in SOME and index % 3:
                continue
            m = Move(f"strided-slice-{dtype}-{index}", dtype)
            places = [m.indices(list(values)) for values in (begin, end, strides)]
            out = strided(shape, begin, end, strides, masks)
            yield m.case("STRIDED_SLICE", [m.x(*shape), *places], [m.y(*out)], "StridedSliceOptions", **masks)


# x's shape, indices' shape, axis, batch dimensions
GATHERS = [
    ((5, 3), (4,), 0, 0),
    ((2, 5), (3,), 1, 0),
    ((2, 4, 3), (2, 2), 1, 0),
    ((2, 5, 3), (2, 2), 1, 1),
    ((6,), (), 0, 0),
]


def gathers():
    for dtype in ALL:
        for index, (shape, places, axis, batch) in enumerate(GATHERS):
            m = Move(f"gather-{dtype}-{index}", dtype)
            x, where = m.x(*shape), m.model.input(places, "int32")
            out = shape[:axis] + places[batch:] + shape[axis + 1 :]
            bounds = [None, (0, shape[axis] - 1)]
            yield m.case("GATHER", [x, where], [m.y(*out)], "GatherOptions", bounds, axis=axis, batchDims=batch)
        for index, (shape, places) in enumerate([((3, 4), (2, 2)), ((3, 4, 2), (3, 2)), ((3, 4), (2, 3, 1))]):
            m = Move(f"gather-nd-{dtype}-{index}", dtype)
            x, where = m.x(*shape), m.model.input(places, "int32")
            out = places[:-1] + shape[places[-1] :]
            bounds = [None, (0, min(shape[: places[-1]]) - 1)]
            yield m.case("GATHER_ND", [x, where], [m.y(*out)], "GatherNdOptions", bounds)
    for dtype in ("float32", "int8"):
        m = Move(f"embedding-lookup-{dtype}", dtype)
        where, table = m.model.input((3,), "int32"), m.constant((5, 4))
        yield m.case("EMBEDDING_LOOKUP", [where, table], [m.y(3, 4)], bounds=(0, 4))
    for dtype, axis in itertools.product(("float32", "int8", "int32", "int64", "bool"), (-1, 0, 1)):
        m = Move(f"one-hot-{dtype}-{axis % 3}", dtype)
        where, depth = m.model.input((2, 3), "int32"), m.indices(4)
        on, off = (m.model.constant(value, dtype, **m.type) for value in (1, 0))
        out = list(np.expand_dims(np.empty((2, 3)), axis).shape)
        out[axis] = 4
        yield m.case("ONE_HOT", [where, depth, on, off], [m.y(*out)], "OneHotOptions", (-1, 5), axis=axis)


def repeats():
    """TILE, BROADCAST_TO, BROADCAST_ARGS, FILL, RANGE, REVERSE_V2, WHERE."""
    for dtype in ALL:
        m = Move(f"tile-{dtype}", dtype)
        yield m.case("TILE", [m.x(2, 3), m.indices([2, 3])], [m.y(4, 9)], "TileOptions")
        for index, (source, target) in enumerate([((1, 3), (2, 3)), ((3,), (2, 2, 3)), ((2, 1, 3), (2, 4, 3))]):
            m = Move(f"broadcast-to-{dtype}-{index}", dtype)
            yield m.case("BROADCAST_TO", [m.x(*source), m.indices(list(target))], [m.y(*target)], "BroadcastToOptions")
        m = Move(f"fill-{dtype}", dtype)
        yield m.case("FILL", [m.indices([2, 3]), m.x()], [m.y(2, 3)], "FillOptions")
        for index, axes in enumerate(([0], [1], [2])):
            m = Move(f"reverse-v2-{dtype}-{index}", dtype)
            yield m.case("REVERSE_V2", [m.x(2, 3, 4), m.indices(axes)], [m.y(2, 3, 4)], "ReverseV2Options")
        m = Move(f"dynamic-update-slice-{dtype}", dtype)
        x, update, start = m.x(3, 4), m.x(2, 2), m.model.input((2,), "int32")
        yield m.case(
            "DYNAMIC_UPDATE_SLICE", [x, update, start], [m.y(3, 4)], "DynamicUpdateSliceOptions", [None, None, (-2, 5)]
        )
    m = Move("reverse-v2-two-axes", "float32")
    yield m.case("REVERSE_V2", [m.x(2, 3, 4), m.indices([1, 2])], [m.y(2, 3, 4)], "ReverseV2Options")


def constants():
    """What is known when the model is compiled; an ADD makes an input of it."""
    for dtype in ("int32", "float32"):
        m = Move(f"range-{dtype}", dtype)
        parts = [m.model.constant(value, dtype) for value in (2, 12, 3)]
        made = m.model.tensor((4,), dtype)
        m.model.operator("RANGE", parts, [made], "RangeOptions")
        yield m.case("ADD", [m.x(4), made], [m.y(4)], "AddOptions", (-1000, 1000) if dtype == "int32" else None)
    m = Move("broadcast-args", "int32")
    made = m.model.tensor((3,), "int32")
    m.model.operator("BROADCAST_ARGS", [m.indices([2, 1, 3]), m.indices([4, 1])], [made])
    yield m.case("ADD", [m.x(3), made], [m.y(3)], "AddOptions", (-1000, 1000))
    m = Move("where", "int64")
    made = m.model.tensor((3, 2), "int64")
    m.model.operator("WHERE", [m.model.constant([[True, False], [True, True]], "bool")], [made], "WhereOptions")
    yield m.case("ADD", [m.x(3, 2), made], [m.y(3, 2)], "AddOptions", (-1000, 1000))


def cases():
    for family in (shapes, transposes, joints, slices, gathers, repeats, constants):
        yield from family()
