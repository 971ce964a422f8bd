"""What a puppet costs, counted in the bundle that ships: products, operators, bytes. Needs onnx."""

from collections.abc import Mapping
from math import prod
from pathlib import Path

import onnx

from models import bundle
from models.puppet.puppet import Puppet

PRODUCTS = ("MatMul", "Gemm", "Conv")
FREE = (*PRODUCTS, "Constant", "Cast", "Reshape", "Identity")  # counted as products, or no work

Shapes = Mapping[str, tuple[int, ...]]


def counts(found: bundle.Bundle) -> dict[str, float]:
    """Of one picture; the textures are those that are kept in memory at the size of the film."""
    network = onnx.load_from_string(found.network("fp32")[0])
    nodes, shapes = network.graph.node, shapes_in(network)
    products = sum(multiplications(node, shapes) for node in nodes if node.op_type in PRODUCTS)
    return {
        "GMAC": round(products / 1e9, 4),
        "other operators": sum(node.op_type not in FREE for node in nodes),
        "texture MB": round(sum(views.nbytes for views in Puppet(found).views) / 1e6, 1),
        "bundle MB": round(_bytes(found.path) / 1e6, 1),
    }


def shapes_in(network: onnx.ModelProto) -> Shapes:
    """Of all that flows in a network whose inputs have one size."""
    graph = onnx.shape_inference.infer_shapes(network, strict_mode=True, data_prop=True).graph
    shapes = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*graph.value_info, *graph.input, *graph.output)
    }
    return shapes | {weights.name: tuple(weights.dims) for weights in graph.initializer}


def multiplications(node: onnx.NodeProto, shapes: Shapes) -> int:
    """Of one of PRODUCTS: how many numbers come out, times how many each is the sum of."""
    first, second = (shapes[name] for name in node.input[:2])
    came = prod(shapes[node.output[0]])
    if node.op_type == "Conv":
        return came * prod(second[1:])
    is_turned = any(fact.name == "transA" and fact.i for fact in node.attribute)
    return came * first[0 if is_turned else -1]


def _bytes(path: Path) -> int:
    """Of a file, or of all in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
