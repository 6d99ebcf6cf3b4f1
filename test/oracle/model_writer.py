"""Writes small .tflite models by the schema, operator by operator: any attribute, scale and zero point can be had."""

import flatbuffers
import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

TYPES = {
    "float32": (schema.TensorType.FLOAT32, np.float32),
    "int8": (schema.TensorType.INT8, np.int8),
    "uint8": (schema.TensorType.UINT8, np.uint8),
    "int16": (schema.TensorType.INT16, np.int16),
    "int32": (schema.TensorType.INT32, np.int32),
    "int64": (schema.TensorType.INT64, np.int64),
    "bool": (schema.TensorType.BOOL, np.bool_),
    "int4": (schema.TensorType.INT4, np.int8),
    "float16": (schema.TensorType.FLOAT16, np.float16),
    "resource": (schema.TensorType.RESOURCE, np.int32),
}


def packed(values, dtype):
    """As the file holds them: of int4 two in a byte, the first in the low bits."""
    if dtype != "int4":
        return values
    pairs = np.append(values.reshape(-1), np.zeros(values.size % 2, np.int8)).reshape(-1, 2) & 15
    return (pairs[:, 0] | pairs[:, 1] << 4).astype(np.uint8)


class Tensor:
    """A tensor of a model under construction. `index` counts within its subgraph."""

    def __init__(self, index, shape, dtype, scale, zero, data):
        self.index, self.shape, self.dtype = index, tuple(int(size) for size in shape), dtype
        self.scale, self.zero, self.data = scale, zero, data


class Subgraph:
    """One graph of a model: tensors and operators in the order in which they are added."""

    def __init__(self, model, name):
        self.model, self.name = model, name
        self.tensors, self.items, self.operators, self.inputs, self.outputs = [], [], [], [], []

    def tensor(self, shape, dtype, scale=None, zero=0, axis=0, data=None, variable=False, name=None):
        """A tensor; `scale` may be a list, one for each channel along `axis`. With `data` it is a constant."""
        item = schema.TensorT()
        item.name = (name or f"t{len(self.items)}").encode()
        item.shape = np.array(shape, np.int32)
        item.type = TYPES[dtype][0]
        item.isVariable = variable
        item.buffer = 0 if data is None else self.model.buffer(packed(np.asarray(data, TYPES[dtype][1]), dtype))
        if scale is not None:
            parameters = schema.QuantizationParametersT()
            parameters.scale = np.atleast_1d(np.asarray(scale, np.float32))
            parameters.zeroPoint = np.broadcast_to(np.asarray(zero, np.int64), parameters.scale.shape).copy()
            parameters.quantizedDimension = axis
            item.quantization = parameters
        self.items.append(item)
        self.tensors.append(Tensor(len(self.tensors), shape, dtype, scale, zero, data))
        return self.tensors[-1]

    def input(self, shape, dtype, scale=None, zero=0):
        added = self.tensor(shape, dtype, scale, zero)
        self.inputs.append(added)
        return added

    def constant(self, data, dtype, scale=None, zero=0, axis=0):
        values = np.asarray(data, TYPES[dtype][1])
        return self.tensor(values.shape, dtype, scale, zero, axis, values)

    def operator(self, name, inputs, outputs, options=None, intermediates=(), custom=None, **fields):
        """An operator by its name in the schema, a custom one by its own; None is an input that is left out."""
        item = schema.OperatorT()
        item.opcodeIndex = self.model.code(name)
        item.inputs = np.array([-1 if tensor is None else tensor.index for tensor in inputs], np.int32)
        item.outputs = np.array([tensor.index for tensor in outputs], np.int32)
        if intermediates:
            item.intermediates = np.array([tensor.index for tensor in intermediates], np.int32)
        if custom is not None:
            item.customOptions = np.frombuffer(custom, np.uint8)
        if options is not None:
            values = getattr(schema, options + "T")()
            for key, value in fields.items():
                if not hasattr(values, key):
                    raise AttributeError(f"{options} has no field {key}, expected one of {vars(values)}")
                setattr(values, key, value)
            item.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            item.builtinOptions = values
        self.operators.append(item)

    def output(self, *tensors):
        self.outputs.extend(tensors)

    def pack(self):
        graph = schema.SubGraphT()
        graph.name = self.name.encode()
        graph.tensors, graph.operators = self.items, self.operators
        graph.inputs = np.array([tensor.index for tensor in self.inputs], np.int32)
        graph.outputs = np.array([tensor.index for tensor in self.outputs], np.int32)
        return graph


class Model(Subgraph):
    """A model; it is its own first subgraph."""

    def __init__(self):
        super().__init__(self, "main")
        self.subgraphs, self.buffers, self.codes = [self], [schema.BufferT()], []

    def subgraph(self, name):
        """Another graph, and its index."""
        self.subgraphs.append(Subgraph(self, name))
        return self.subgraphs[-1], len(self.subgraphs) - 1

    def buffer(self, values):
        item = schema.BufferT()
        item.data = np.frombuffer(values.tobytes(), np.uint8)
        self.buffers.append(item)
        return len(self.buffers) - 1

    def code(self, name):
        if name not in self.codes:
            self.codes.append(name)
        return self.codes.index(name)

    def finish(self):
        """The bytes of the file: the same for the same calls."""
        model = schema.ModelT()
        model.version = 3
        model.description = "oracle"
        model.buffers = self.buffers
        model.subgraphs = [graph.pack() for graph in self.subgraphs]
        model.operatorCodes = []
        for name in self.codes:
            code = schema.OperatorCodeT()
            code.builtinCode = getattr(schema.BuiltinOperator, name, schema.BuiltinOperator.CUSTOM)
            if code.builtinCode == schema.BuiltinOperator.CUSTOM:
                code.customCode = name.encode()
            code.deprecatedBuiltinCode = min(code.builtinCode, 127)
            code.version = 1
            model.operatorCodes.append(code)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
