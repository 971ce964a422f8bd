"""Weights kept in 16 bits in a file, and computed with in 32: half the bytes, as fast."""

import numpy as np

LEAST = 1024  # numbers; smaller tensors stay as they are


def with_half_weights(onnx: bytes) -> bytes:
    """The same graph; onnxruntime makes its weights 32 bits wide once, when it is opened."""
    from onnx import TensorProto, helper, load_from_string, numpy_helper

    model = load_from_string(onnx)
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= LEAST:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}/half"))
            casts.append(helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model.SerializeToString()
