"""Writes test/fixtures/tflite-schema.json: the fields of every table of the .tflite schema, and the members of its enums.

They are read out of the classes that flatc generated from the official schema for TensorFlow's Python package; a test holds
Kiln's own table of the schema against them. Run with the virtual environment of `npm run oracle`.
"""

import inspect
import json
import re
import sys
from pathlib import Path

from tensorflow.lite.python import schema_py_generated as schema

FIELD = re.compile(
    r"def (\w+)\(self(?:, \w+)?\):\n\s+o = flatbuffers\.number_types\.UOffsetTFlags\.py_type\(self\._tab\.Offset\((\d+)\)\)"
    r"(.*?)(?=\n    # |\Z)",
    re.S,
)
DEFAULT = re.compile(r"return (-?[\d.]+|False|True|None)\s*$")


def kind(body):
    """How a field is stored: a scalar of some width, a vector of such, or something behind an offset."""
    scalar = re.search(r"number_types\.(\w+)Flags, (?:a|o) \+", body)
    vector = "self._tab.Vector(o)" in body or "VectorLen" in body
    if vector:
        return "vector of " + (scalar.group(1) if scalar else "offsets")
    return scalar.group(1) if scalar else "offset"


def fields(cls):
    """Name -> number, kind and default, in the order of the numbers. A vector has accessors of several names: the first counts."""
    found = {}
    for name, slot, body in FIELD.findall(inspect.getsource(cls)):
        if name.endswith(("AsNumpy", "Length", "IsNone")):
            continue
        default = DEFAULT.search(body.strip())
        found[name] = [(int(slot) - 4) // 2, kind(body), default.group(1) if default else None]
    return found


def members(cls):
    return {str(value): name for name, value in vars(cls).items() if not name.startswith("_") and isinstance(value, int)}


def main():
    classes = [cls for _, cls in sorted(inspect.getmembers(schema, inspect.isclass)) if cls.__module__ == schema.__name__]
    tables = {cls.__name__: fields(cls) for cls in classes if hasattr(cls, "GetRootAs")}
    enums = {cls.__name__: members(cls) for cls in classes if not hasattr(cls, "GetRootAs") and not cls.__name__.endswith("T")}
    target = Path(__file__).parent.parent / "fixtures" / "tflite-schema.json"
    text = json.dumps({"tables": tables, "enums": enums}, separators=(",", ":"), sort_keys=True)
    target.write_text(text + "\n", encoding="utf8")
    print(f"{len(tables)} tables, {len(enums)} enums, {len(text)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
