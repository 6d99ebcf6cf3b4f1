"""Writes ONNX networks of the operators that Kiln reads, inputs, and what onnxruntime answers.

Usage: onnx_networks.py FOLDER. Writes NAME.onnx, NAME.in0.npy ..., NAME.out0.npy ... for each network.
"""

import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization

folder = sys.argv[1]
random = np.random.default_rng(5)
options = onnxruntime.SessionOptions()
# Sums of products of 8 bits that saturate at 16 are no part of ONNX: see onnx_exports.py.
options.add_session_config_entry("session.x64quantprecision", "1")


def weights(*shape, scale=0.5):
    return (random.standard_normal(shape) * scale).astype(np.float32)


class Network:
    """Nodes one behind the other; what a node reads beside the last result are constants or names."""

    def __init__(self, shape, opset=17, dtype=TensorProto.FLOAT):
        self.nodes, self.constants, self.opset = [], [], opset
        self.inputs = [helper.make_tensor_value_info("x", dtype, shape)]
        self.last = "x"

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, op, *others, reads=None, outputs=1, **attributes):
        names = [other if isinstance(other, str) else self.constant(other) for other in others]
        results = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        read = [self.last] if reads is None else reads
        self.nodes.append(helper.make_node(op, [*read, *names], results, f"/layer{len(self.nodes)}/{op}", **attributes))
        self.last = results[0]
        return self

    def model(self, outputs=None):
        ports = [helper.make_empty_tensor_value_info(name) for name in outputs or [self.last]]
        graph = helper.make_graph(self.nodes, "network", self.inputs, ports, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        model = onnx.shape_inference.infer_shapes(model)
        onnx.checker.check_model(model)
        return model


IMAGE = [1, 3, 9, 8]


def convolutions(opset):
    network = Network(IMAGE, opset)
    network.add("Conv", weights(6, 3, 3, 3), weights(6), pads=[1, 1, 1, 1], kernel_shape=[3, 3])
    network.add("BatchNormalization", *(np.abs(weights(6)) + 0.1 for _ in range(4))).add("Relu")
    network.add("Conv", weights(12, 1, 3, 3), weights(12), group=6, strides=[2, 2], pads=[1, 1, 1, 1]).add("LeakyRelu")
    network.add("Conv", weights(8, 6, 3, 2), group=2, auto_pad="SAME_UPPER", strides=[1, 2]).add("Tanh")
    network.add("Conv", weights(4, 8, 3, 3), dilations=[2, 1], pads=[2, 1, 2, 1])
    network.add("Conv", weights(4, 4, 2, 2), auto_pad="SAME_LOWER")
    network.add("ConvTranspose", weights(4, 5, 3, 3), weights(5), strides=[2, 2], pads=[1, 1, 0, 1], output_padding=[1, 0])
    return network.add("Flatten").add("Gemm", weights(7, 5 * 11 * 3), weights(7), transB=1, alpha=0.5).model()


def perceptron(opset):
    network = Network(["batch", 10], opset).add("MatMul", weights(10, 8)).add("Add", weights(8)).add("Elu")
    network.add("Gemm", weights(8, 6), weights(1, 6), beta=2.0).add("Softmax")
    return network.model()


def pools():
    network = Network(IMAGE)
    network.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
    network.add("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1)
    network.add("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    network.add("AveragePool", kernel_shape=[2, 2], auto_pad="SAME_UPPER")
    return network.add("GlobalAveragePool").add("Squeeze", np.array([2, 3])).model()


def lines():
    network = Network([1, 4, 20]).add("Conv", weights(6, 4, 3), weights(6), pads=[2, 0], strides=[2]).add("Sigmoid")
    network.add("MaxPool", kernel_shape=[2], strides=[2]).add("Transpose", perm=[0, 2, 1]).add("MatMul", weights(6, 3))
    return network.add("LayerNormalization", weights(3), weights(3)).add("ReduceMax", axes=[1], keepdims=0).model()


def residual():
    network = Network(IMAGE).add("Conv", weights(3, 3, 3, 3), pads=[1, 1, 1, 1])
    network.add("Add", "x").add("Clip", np.float32(0), np.float32(6)).add("Mul", weights(3, 1, 1))
    network.add("Sub", weights(1, 3, 9, 8)).add("PRelu", weights(3, 1, 1)).add("HardSwish")
    before = network.last
    network.add("Concat", before, axis=1).add("InstanceNormalization", weights(6), weights(6))
    network.add("Softmax", axis=1).add("ReduceMean", axes=[2, 3], keepdims=0)
    return network.model([before, network.last])


def movement():
    network = Network(IMAGE).add("Pad", np.array([0, 0, 1, 2, 0, 1, 0, 1]), np.float32(0.5))
    network.add("Slice", np.array([1, -1]), np.array([9, -100]), np.array([2, 3]), np.array([2, -1]))
    network.add("Split", np.array([1, 3]), axis=1, outputs=2)
    network.add("Concat", reads=[network.nodes[-1].output[1], network.nodes[-1].output[0]], axis=1)
    network.add("Resize", "", np.array([1, 1, 2, 3], np.float32), mode="nearest")
    network.add("Resize", "", "", np.array([1, 4, 4, 33]), mode="linear")
    network.add("Gather", np.array([2, 0, -1]), axis=1)
    network.add("Resize", "", "", np.array([1, 3, 3, 20]), mode="nearest", nearest_mode="ceil")
    network.add("Reshape", np.array([0, -1, 4])).add("Transpose", perm=[0, 2, 1]).add("Unsqueeze", np.array([0]))
    return network.model()


def shapes():
    """A shape that is computed, as PyTorch writes `x.view(x.size(0), -1)`."""
    network = Network(["n", 3, 4, 4]).add("Conv", weights(2, 3, 1, 1))
    image = network.last
    network.add("Shape").add("Gather", np.array(0), axis=0).add("Unsqueeze", np.array([0]))
    network.add("Concat", np.array([-1]), axis=0)
    return network.add("Reshape", network.last, reads=[image]).add("ReduceL2", axes=[1]).model()


def activations(opset):
    network = Network([2, 5, 6], opset).add("Selu").add("HardSigmoid", alpha=0.3).add("Softplus").add("Softsign")
    network.add("Pow", np.float32(2)).add("Sqrt").add("Exp").add("Log").add("Abs").add("Neg").add("Reciprocal")
    network.add("Max", np.float32(-4), weights(6)).add("Min", weights(5, 6)).add("LogSoftmax", axis=1)
    return network.add("Elu", alpha=0.7).model()


def channels_last():
    """As tf2onnx writes: transposed in front and behind."""
    network = Network([1, 8, 8, 3]).add("Transpose", perm=[0, 3, 1, 2])
    network.add("Conv", weights(4, 3, 3, 3), strides=[2, 2], auto_pad="SAME_UPPER").add("Relu")
    return network.add("Transpose", perm=[0, 2, 3, 1]).add("Reshape", np.array([1, -1])).model()


def comparisons():
    network = Network([3, 4]).add("Greater", weights(4)).add("Where", "x", weights(3, 1)).add("CumSum", np.array(1))
    before = network.last
    return network.add("ArgMax", axis=1).model([before, network.last])


NETWORKS = {
    "convolutions_opset7": lambda: convolutions(7),
    "convolutions_opset17": lambda: convolutions(17),
    "perceptron_opset7": lambda: perceptron(7),
    "perceptron_opset21": lambda: perceptron(21),
    "pools": pools,
    "lines": lines,
    "residual": residual,
    "movement": movement,
    "shapes": shapes,
    "activations_opset12": lambda: activations(12),
    "activations_opset17": lambda: activations(17),
    "channels_last": channels_last,
    "comparisons": comparisons,
}


def save(name, model):
    path = os.path.join(folder, f"{name}.onnx")
    onnx.save(model, path)
    run(name, path)


def run(name, path):
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    inputs = {
        port.name: random.standard_normal([size if isinstance(size, int) else 1 for size in port.shape]).astype(np.float32)
        for port in session.get_inputs()
    }
    for i, value in enumerate(inputs.values()):
        np.save(os.path.join(folder, f"{name}.in{i}.npy"), value)
    for i, value in enumerate(session.run(None, inputs)):
        np.save(os.path.join(folder, f"{name}.out{i}.npy"), value.astype(np.int32) if value.dtype == np.int64 else value)


class Samples(quantization.CalibrationDataReader):
    def __init__(self, shape):
        self.samples = iter([{"x": random.standard_normal(shape).astype(np.float32)} for _ in range(32)])

    def get_next(self):
        return next(self.samples, None)


def small_network():
    network = Network(IMAGE, 13)
    network.add("Conv", weights(8, 3, 3, 3), weights(8), pads=[1, 1, 1, 1]).add("Relu")
    network.add("Conv", weights(8, 1, 3, 3), weights(8), group=8, strides=[2, 2], pads=[1, 1, 1, 1]).add("Relu")
    network.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).add("Flatten")
    return network.add("Gemm", weights(10, 32), weights(10), transB=1).add("Softmax").model()


def save_quantized():
    """By onnxruntime's own quantizer, as QDQ and as operators on integers."""
    for name, kind, activations in (
        ("qdq_int8", quantization.QuantFormat.QDQ, quantization.QuantType.QInt8),
        ("qdq_uint8", quantization.QuantFormat.QDQ, quantization.QuantType.QUInt8),
        ("qoperator", quantization.QuantFormat.QOperator, quantization.QuantType.QUInt8),
    ):
        path = os.path.join(folder, f"{name}.onnx")
        quantization.quantize_static(
            small_network(),
            path,
            Samples(IMAGE),
            quant_format=kind,
            per_channel=True,
            activation_type=activations,
            weight_type=quantization.QuantType.QInt8,
        )
        run(name, path)


for name, make in NETWORKS.items():
    save(name, make())
save_quantized()
