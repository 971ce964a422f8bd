"""A network of TensorFlow Lite -> the same in ONNX, for onnxruntime.

Pictures are (B, H, W, C) there and (B, C, H, W) here, so they go in and come out as the latter.
"""

from typing import Any

import numpy as np

from models.types import Array
from train.readers.blazepose.tflite_file import Graph, Operator, TfliteError

OPSET = 17
_TO_CHANNELS_FIRST, _TO_CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
_VALID = 1
_RELU6 = 3


def network(graph: Graph) -> bytes:
    """The bytes of the ONNX file; its inputs and outputs are named in_0, out_0 ...

    Raises TfliteError for what cannot be said in ONNX; ImportError without the package onnx.
    """
    from onnx import TensorProto, helper

    made = _Made(graph)
    try:
        for operator in graph.operators:
            made.add(operator)
    except (IndexError, KeyError, ValueError, ZeroDivisionError) as error:
        raise TfliteError(f"it is damaged ({error}).") from error

    def told(name: str, number: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, made.shape(number))

    for i, number in enumerate(graph.outputs):
        made.node("Identity", [made.name(number)], f"out_{i}")
    whole = helper.make_graph(
        made.nodes,
        "blazepose",
        [told(made.name(number), number) for number in graph.inputs],
        [told(f"out_{i}", number) for i, number in enumerate(graph.outputs)],
        made.constants,
    )
    # The version of the form is held down: an older onnxruntime reads it, too.
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    return model.SerializeToString()


class _Made:
    """What of the ONNX graph is made."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def name(self, tensor: int) -> str:
        inputs = self._graph.inputs
        return f"in_{inputs.index(tensor)}" if tensor in inputs else f"t{tensor}"

    def shape(self, tensor: int) -> tuple[int, ...]:
        """As it is here: channels first."""
        shape = self._graph.shapes[tensor]
        return tuple(shape[i] for i in _TO_CHANNELS_FIRST) if len(shape) == 4 else shape

    def node(self, kind: str, inputs: list[str], output: str, **options: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **options))
        return output

    def add(self, operator: Operator) -> None:
        """The nodes of one operator, its activation behind it."""
        made = getattr(self, f"_{operator.kind.lower()}")(operator)
        output = self.name(operator.outputs[0])
        activation = operator.options.get("activation", 0)
        if activation == 0:
            self.node("Identity", [made], output)
        elif activation == _RELU6:
            bounds = [self._constant(np.array(v, np.float32)) for v in (0, 6)]
            self.node("Clip", [made, *bounds], output)
        elif activation == 1:
            self.node("Relu", [made], output)
        else:
            raise TfliteError(f"it holds an activation that is not known here ({activation}).")

    def _new(self) -> str:
        return f"made_{len(self.nodes)}"

    def _constant(self, values: Array) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _known(self, tensor: int) -> Array:
        found = self._graph.constants.get(tensor)
        if found is None:
            raise TfliteError("it computes what should be constant.")
        return found

    def _conv_2d(self, operator: Operator) -> str:
        weights = self._known(operator.inputs[1])  # (out, H, W, in)
        return self._convolve(operator, weights.transpose(_TO_CHANNELS_FIRST), 1)

    def _depthwise_conv_2d(self, operator: Operator) -> str:
        weights = self._known(operator.inputs[1])  # (1, H, W, out)
        groups = self.shape(operator.inputs[0])[1]
        return self._convolve(operator, weights.transpose(3, 0, 1, 2), groups)

    def _convolve(self, operator: Operator, weights: Array, groups: int) -> str:
        options = operator.options
        dilations = (options["dilation_h"], options["dilation_w"])
        inputs = [self.name(operator.inputs[0]), self._constant(weights)]
        inputs += [self._constant(self._known(number)) for number in operator.inputs[2:]]
        return self.node(
            "Conv", inputs, self._new(),
            group=groups, dilations=dilations, strides=(options["stride_h"], options["stride_w"]),
            pads=self._pads(operator, weights.shape[2:], dilations),
        )  # fmt: skip

    def _max_pool_2d(self, operator: Operator) -> str:
        options = operator.options
        kernel = (options["filter_h"], options["filter_w"])
        return self.node(
            "MaxPool", [self.name(operator.inputs[0])], self._new(),
            kernel_shape=kernel, strides=(options["stride_h"], options["stride_w"]),
            pads=self._pads(operator, kernel, (1, 1)),
        )  # fmt: skip

    def _pads(
        self, operator: Operator, kernel: tuple[int, ...], dilations: tuple[int, int]
    ) -> list[int]:
        """Top, left, bottom, right, as "same" is meant there: what is odd goes to the end."""
        if operator.options["padding"] == _VALID:
            return [0, 0, 0, 0]
        sizes = self.shape(operator.inputs[0])[2:]
        strides = (operator.options["stride_h"], operator.options["stride_w"])
        wanted = [
            max(0, (-(-size // stride) - 1) * stride + (k - 1) * dilation + 1 - size)
            for size, stride, k, dilation in zip(sizes, strides, kernel, dilations, strict=True)
        ]
        return [all_ // 2 for all_ in wanted] + [all_ - all_ // 2 for all_ in wanted]

    def _add(self, operator: Operator) -> str:
        shapes = {self.shape(number) for number in operator.inputs}
        if len(shapes) != 1 or any(n in self._graph.constants for n in operator.inputs):
            raise TfliteError("it adds what is not of one shape.")
        return self.node("Add", [self.name(n) for n in operator.inputs], self._new())

    def _logistic(self, operator: Operator) -> str:
        return self.node("Sigmoid", [self.name(operator.inputs[0])], self._new())

    def _pad(self, operator: Operator) -> str:
        before, after = self._known(operator.inputs[1])[list(_TO_CHANNELS_FIRST)].T
        pads = self._constant(np.concatenate([before, after]).astype(np.int64))
        return self.node("Pad", [self.name(operator.inputs[0]), pads], self._new())

    def _depth_to_space(self, operator: Operator) -> str:
        block = operator.options["block"]
        inputs = [self.name(operator.inputs[0])]
        return self.node("DepthToSpace", inputs, self._new(), blocksize=block, mode="DCR")

    def _resize_bilinear(self, operator: Operator) -> str:
        if not operator.options["half_pixel"]:
            raise TfliteError("it enlarges pictures in a way that is not known here.")
        sizes = self._constant(np.array(self.shape(operator.outputs[0]), np.int64))
        return self.node(
            "Resize", [self.name(operator.inputs[0]), "", "", sizes], self._new(),
            mode="linear", coordinate_transformation_mode="half_pixel",
        )  # fmt: skip

    def _reshape(self, operator: Operator) -> str:
        made, shape = self.name(operator.inputs[0]), self._graph.shapes[operator.outputs[0]]
        if len(shape) == 4:
            raise TfliteError("it makes a picture of a row of numbers.")
        if len(self._graph.shapes[operator.inputs[0]]) == 4:
            made = self.node("Transpose", [made], self._new(), perm=_TO_CHANNELS_LAST)
        return self.node("Reshape", [made, self._constant(np.array(shape, np.int64))], self._new())

    def _concatenation(self, operator: Operator) -> str:
        axis = operator.options["axis"]
        if len(self.shape(operator.outputs[0])) == 4:
            axis = _TO_CHANNELS_FIRST.index(axis % 4)
        return self.node("Concat", [self.name(n) for n in operator.inputs], self._new(), axis=axis)
