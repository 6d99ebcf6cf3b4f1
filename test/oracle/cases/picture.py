"""Operators that move elements around or between rows and columns: padding, blocks, other sizes."""

import itertools

from case import draw
from cases.move import ALL, Move


def pads():
    amounts = [((2, 3), [[1, 0], [0, 2]]), ((1, 2, 3, 2), [[0, 0], [1, 1], [2, 0], [0, 1]]), ((4,), [[2, 3]])]
    for dtype, (index, (shape, amount)) in itertools.product(ALL, enumerate(amounts)):
        out = [n + a + b for n, (a, b) in zip(shape, amount)]
        m = Move(f"pad-{dtype}-{index}", dtype)
        yield m.case("PAD", [m.x(*shape), m.indices(amount)], [m.y(*out)], "PadOptions")
        m = Move(f"padv2-{dtype}-{index}", dtype)
        value = m.model.constant(draw(m.rng, (), dtype), dtype, **m.type)
        yield m.case("PADV2", [m.x(*shape), m.indices(amount), value], [m.y(*out)], "PadV2Options")
    for dtype, mode in itertools.product(ALL, (0, 1)):
        m = Move(f"mirror-pad-{dtype}-{mode}", dtype)
        yield m.case("MIRROR_PAD", [m.x(3, 4), m.indices([[2, 1], [0, 3]])], [m.y(6, 7)], "MirrorPadOptions", mode=mode)


def blocks():
    """SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND."""
    for dtype in ALL:
        m = Move(f"space-to-depth-{dtype}", dtype)
        yield m.case("SPACE_TO_DEPTH", [m.x(1, 4, 6, 2)], [m.y(1, 2, 3, 8)], "SpaceToDepthOptions", blockSize=2)
        m = Move(f"depth-to-space-{dtype}", dtype)
        yield m.case("DEPTH_TO_SPACE", [m.x(1, 2, 3, 8)], [m.y(1, 4, 6, 2)], "DepthToSpaceOptions", blockSize=2)
        for index, amount in enumerate(([[0, 0], [0, 0]], [[1, 1], [0, 2]])):
            m = Move(f"space-to-batch-{dtype}-{index}", dtype)
            places = [m.indices([2, 2]), m.indices(amount)]
            size = [(4 + sum(pair)) // 2 for pair in amount]
            # TensorFlow Lite Micro leaves the padding unwritten.
            made = m.case("SPACE_TO_BATCH_ND", [m.x(1, 4, 4, 2), *places], [m.y(4, *size, 2)], "SpaceToBatchNDOptions")
            made.deviation = "Micro leaves the padding unwritten" if index else ""
            yield made
        for index, amount in enumerate(([[0, 0], [0, 0]], [[1, 0], [0, 2]])):
            m = Move(f"batch-to-space-{dtype}-{index}", dtype)
            places = [m.indices([2, 2]), m.indices(amount)]
            size = [2 * n - sum(pair) for n, pair in zip((2, 3), amount)]
            yield m.case("BATCH_TO_SPACE_ND", [m.x(4, 2, 3, 2), *places], [m.y(1, *size, 2)], "BatchToSpaceNDOptions")


# input and output size, align_corners, half_pixel_centers
RESIZES = [
    ((3, 4), (6, 8), False, False),
    ((3, 4), (5, 7), True, False),
    ((3, 4), (5, 7), False, True),
    ((6, 5), (3, 2), False, False),
    ((6, 5), (4, 3), False, True),
    ((2, 2), (1, 1), False, False),
    ((1, 3), (4, 9), True, False),
]


def resizes():
    for dtype, (index, (source, target, align, half)) in itertools.product(
        ALL[:3] + ("uint8", "int32"), enumerate(RESIZES)
    ):
        fields = dict(alignCorners=align, halfPixelCenters=half)
        if dtype != "int32":
            m = Move(f"resize-bilinear-{dtype}-{index}", dtype)
            parts = [m.x(1, *source, 2), m.indices(list(target))]
            yield m.case("RESIZE_BILINEAR", parts, [m.y(1, *target, 2)], "ResizeBilinearOptions", **fields)
        m = Move(f"resize-nearest-{dtype}-{index}", dtype)
        parts = [m.x(1, *source, 2), m.indices(list(target))]
        yield m.case("RESIZE_NEAREST_NEIGHBOR", parts, [m.y(1, *target, 2)], "ResizeNearestNeighborOptions", **fields)


def cases():
    for family in (pads, blocks, resizes):
        yield from family()
