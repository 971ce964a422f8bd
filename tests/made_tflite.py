"""Networks as .tflite files, made for a test: one convolution with weights in 16 bits, one sum."""

import flatbuffers
import numpy as np

from models.types import Array
from train.readers.blazepose.tflite_file import MARK

FLOAT, HALF, WHOLE = 0, 1, 2
WEIGHTS = np.arange(18, dtype=np.float16).reshape(2, 3, 3, 1) / 8  # (out, H, W, in)
BIAS = np.array([1, -2], np.float16)


def _numbers(build: flatbuffers.Builder, values: list[int]) -> int:
    build.StartVector(4, len(values), 4)
    for value in reversed(values):
        build.PrependInt32(value)
    return build.EndVector()


def _tables(build: flatbuffers.Builder, tables: list[int]) -> int:
    build.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        build.PrependUOffsetTRelative(table)
    return build.EndVector()


def _tensor(build: flatbuffers.Builder, shape: tuple[int, ...], kind: int, buffer: int) -> int:
    dimensions = _numbers(build, list(shape))
    build.StartObject(8)
    build.PrependUOffsetTRelativeSlot(0, dimensions, 0)
    build.PrependInt8Slot(1, kind, 0)
    build.PrependUint32Slot(2, buffer, 0)
    return build.EndObject()


def _buffer(build: flatbuffers.Builder, values: Array | None) -> int:
    data = None if values is None else build.CreateByteVector(values.tobytes())
    build.StartObject(1)
    if data is not None:
        build.PrependUOffsetTRelativeSlot(0, data, 0)
    return build.EndObject()


def _step(build: flatbuffers.Builder, code: int, inputs: list[int], output: int, made: int) -> int:
    taken, given = _numbers(build, inputs), _numbers(build, [output])
    build.StartObject(5)
    build.PrependUint32Slot(0, code, 0)
    build.PrependUOffsetTRelativeSlot(1, taken, 0)
    build.PrependUOffsetTRelativeSlot(2, given, 0)
    build.PrependUOffsetTRelativeSlot(4, made, 0)
    return build.EndObject()


def _code(build: flatbuffers.Builder, number: int) -> int:
    build.StartObject(4)
    build.PrependInt8Slot(0, number, 0)
    return build.EndObject()


def convolution() -> bytes:
    """x (1, 5, 5, 1) -> relu6(convolved with WEIGHTS, steps of 2, "same") + itself."""
    build = flatbuffers.Builder(0)
    codes = _tables(build, [_code(build, number) for number in (6, 3, 0)])
    stored = [None, WEIGHTS, BIAS]
    buffers = _tables(build, [_buffer(build, values) for values in stored])
    tensors = _tables(
        build,
        [
            _tensor(build, (1, 5, 5, 1), FLOAT, 0),
            _tensor(build, WEIGHTS.shape, HALF, 1),
            _tensor(build, BIAS.shape, HALF, 2),
            _tensor(build, WEIGHTS.shape, FLOAT, 0),
            _tensor(build, BIAS.shape, FLOAT, 0),
            _tensor(build, (1, 3, 3, 2), FLOAT, 0),
            _tensor(build, (1, 3, 3, 2), FLOAT, 0),
        ],
    )
    build.StartObject(6)
    for place in (1, 2):
        build.PrependInt32Slot(place, 2, 0)  # the steps; the padding is the default, "same"
    build.PrependInt8Slot(3, 3, 0)
    convolved = build.EndObject()
    build.StartObject(1)
    summed = build.EndObject()
    steps = _tables(
        build,
        [
            _step(build, 0, [1], 3, 0),
            _step(build, 0, [2], 4, 0),
            _step(build, 1, [0, 3, 4], 5, convolved),
            _step(build, 2, [5, 5], 6, summed),
        ],
    )
    taken, given = _numbers(build, [0]), _numbers(build, [6])
    build.StartObject(5)
    for place, table in enumerate((tensors, taken, given, steps)):
        build.PrependUOffsetTRelativeSlot(place, table, 0)
    graphs = _tables(build, [build.EndObject()])
    build.StartObject(8)
    for place, table in ((1, codes), (2, graphs), (4, buffers)):
        build.PrependUOffsetTRelativeSlot(place, table, 0)
    build.Finish(build.EndObject(), MARK)
    return bytes(build.Output())
