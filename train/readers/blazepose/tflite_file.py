"""A .tflite file -> its operators, tensors and constants, after the schema of TensorFlow Lite.

Only what the BlazePose networks hold is known: float networks, weights in 16 bits or sparse.
"""

import math
import struct
from dataclasses import dataclass, field

import numpy as np

from models.types import Array
from train.readers.blazepose.flat_buffer import Table

MARK = b"TFL3"  # at bytes 4 to 8 of every such file
MOST_VALUES = 2**24  # of a sparse tensor; the largest of BlazePose's has 250 000
_DTYPES = {0: "f4", 1: "f2", 2: "i4"}
# Of each operator: its options by the number of their field, as (name, kind, default).
_Options = dict[int, tuple[str, str, int]]
_STEPS: _Options = {0: ("padding", "b", 0), 1: ("stride_w", "i", 0), 2: ("stride_h", "i", 0)}


def _activation(field: int) -> _Options:
    return {field: ("activation", "b", 0)}


def _dilations(field: int) -> _Options:
    return {field: ("dilation_w", "i", 1), field + 1: ("dilation_h", "i", 1)}


_FILTER: _Options = {3: ("filter_w", "i", 0), 4: ("filter_h", "i", 0)}
_OPERATORS: dict[int, tuple[str, _Options]] = {
    0: ("ADD", _activation(0)),
    2: ("CONCATENATION", {0: ("axis", "i", 0)} | _activation(1)),
    3: ("CONV_2D", _STEPS | _activation(3) | _dilations(4)),
    4: ("DEPTHWISE_CONV_2D", _STEPS | _activation(4) | _dilations(5)),
    5: ("DEPTH_TO_SPACE", {0: ("block", "i", 0)}),
    6: ("DEQUANTIZE", {}),
    14: ("LOGISTIC", {}),
    17: ("MAX_POOL_2D", _STEPS | _FILTER | _activation(5)),
    22: ("RESHAPE", {}),
    23: ("RESIZE_BILINEAR", {2: ("align_corners", "b", 0), 3: ("half_pixel", "b", 0)}),
    34: ("PAD", {}),
    124: ("DENSIFY", {}),
}


class TfliteError(Exception):
    """A file that is no such network, in one sentence."""


@dataclass(frozen=True)
class Operator:
    """One step of a network; numbers of tensors go in and out."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Graph:
    """A network: pictures are (B, H, W, C)."""

    shapes: tuple[tuple[int, ...], ...]  # of all tensors
    constants: dict[int, Array]  # float32 or int32
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read(data: bytes) -> Graph:
    """The network in the bytes of a file, its constants widened to 32 bits. Raises TfliteError."""
    if data[4:8] != MARK:
        raise TfliteError("it is no .tflite file.")
    try:
        return _read(Table.root(data))
    except (struct.error, ArithmeticError, LookupError, MemoryError, ValueError) as error:
        raise TfliteError(f"it is damaged or of another kind ({error}).") from error


def _read(model: Table) -> Graph:
    # Numbers below 127 stood in the first field before the schema had room for more.
    codes = [max(c.number(0, "b"), c.number(3, "i")) for c in model.tables(1)]
    buffers = [buffer.array(0, "u1") for buffer in model.tables(4)]
    graph = model.tables(2)[0]
    tensors = graph.tables(0)
    constants = {
        number: _constant(tensor, stored)
        for number, tensor in enumerate(tensors)
        if len(stored := buffers[tensor.number(2, "I")])
    }
    operators: list[Operator] = []
    for step in graph.tables(3):
        code = codes[step.number(0, "I")]
        if code not in _OPERATORS:
            raise TfliteError(f"it holds an operator that is not known here (number {code}).")
        operator = _operator(step, *_OPERATORS[code])
        if operator.kind in ("DEQUANTIZE", "DENSIFY"):  # the constant was widened when it was read
            constants[operator.outputs[0]] = constants[operator.inputs[0]]
        else:
            operators.append(operator)
    inputs, outputs = (tuple(map(int, graph.array(place, "i4"))) for place in (1, 2))
    named = {*inputs, *outputs, *(n for o in operators for n in (*o.inputs, *o.outputs))}
    if not named <= set(range(len(tensors))):
        raise ValueError("a tensor that is not there")
    return Graph(
        shapes=tuple(tuple(map(int, tensor.array(0, "i4"))) for tensor in tensors),
        constants=constants,
        operators=tuple(operators),
        inputs=inputs,
        outputs=outputs,
    )


def _operator(step: Table, kind: str, known: _Options) -> Operator:
    stored = step.table(4)
    options = {
        name: stored.number(place, letter, default) if stored else default
        for place, (name, letter, default) in known.items()
    }
    inputs, outputs = (tuple(map(int, step.array(place, "i4"))) for place in (1, 2))
    return Operator(kind, inputs, outputs, options)


def _constant(tensor: Table, stored: Array) -> Array:
    shape = tuple(map(int, tensor.array(0, "i4")))
    values = stored.view(np.dtype(_DTYPES[tensor.number(1, "b")]).newbyteorder("<"))
    sparsity = tensor.table(6)
    if sparsity is not None:
        values = dense(values, shape, *_levels(sparsity))
    wide = np.int32 if values.dtype.kind == "i" else np.float32
    return values.reshape(shape).astype(wide)


@dataclass(frozen=True)
class Level:
    """One axis of a sparse tensor as it is walked: all of it, or the places that are stored."""

    size: int = 0  # of a whole axis
    segments: Array | None = None  # (parents + 1,): where the places of each parent begin
    places: Array | None = None


def _levels(sparsity: Table) -> tuple[Array, Array, list[Level]]:
    order, blocks = sparsity.array(0, "i4"), sparsity.array(1, "i4")
    levels = [
        Level(segments=_indices(each, 2), places=_indices(each, 4))
        if each.number(0, "b")
        else Level(each.number(1, "i"))
        for each in sparsity.tables(2)
    ]
    return order, blocks, levels


def _indices(level: Table, place: int) -> Array:
    kind = {1: "i4", 2: "u2", 3: "u1"}[level.number(place, "B")]
    stored = level.table(place + 1)
    if stored is None:
        raise ValueError("a sparse tensor without its places")
    return stored.array(0, kind).astype(np.int64)


def dense(
    values: Array, shape: tuple[int, ...], order: Array, blocks: Array, levels: list[Level]
) -> Array:
    """A sparse tensor with all of its zeros.

    `order` names the axis of each level, from the outermost; numbers from len(shape) on are places
    inside a block, whose axis `blocks` names.
    """
    most = math.prod(shape)
    if not 0 < most <= MOST_VALUES:
        raise ValueError(f"a tensor of {most} numbers")
    walked = np.zeros((1, 0), np.int64)  # (nodes, levels so far): the place along each level
    for level in levels:
        segments, places = level.segments, level.places
        if segments is None or places is None:
            _must_fit(len(walked) * level.size, most)
            parents = np.repeat(np.arange(len(walked)), level.size)
            places = np.tile(np.arange(level.size), len(walked))
        else:
            counts = np.diff(segments)
            _must_fit(int(counts.sum()), most)
            parents = np.repeat(np.arange(len(walked)), counts)
        walked = np.concatenate([walked[parents], places[:, None]], 1)
    where = np.zeros((len(shape), len(walked)), np.int64)
    for axis, places in zip(order, walked.T, strict=True):
        if axis < len(shape):
            inside = [levels[list(order).index(len(shape) + i)].size
                      for i, blocked in enumerate(blocks) if blocked == axis]  # fmt: skip
            where[axis] += places * int(np.prod(inside))
        else:
            where[blocks[axis - len(shape)]] += places
    whole = np.zeros(shape, values.dtype)
    whole[tuple(where)] = values
    return whole


def _must_fit(n_places: int, most: int) -> None:
    """Before the memory is taken for them."""
    if not 0 <= n_places <= most:
        raise ValueError("a sparse tensor with more places than numbers")
