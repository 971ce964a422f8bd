"""TensorRT without onnxruntime: the second way to it, where the provider is missing. Never run yet.

Needs the packages tensorrt and cuda-python. A network is built into a plan for this card once, for
minutes, and kept in the folder of built engines.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from models.types import Array


class Tensor(NamedTuple):
    """An input or output, described as onnxruntime does."""

    name: str
    shape: tuple[int, ...]
    type: str


def is_installed() -> bool:
    """Whether both packages are there; a card may still be missing."""
    from importlib.util import find_spec

    return bool(find_spec("tensorrt") and find_spec("cuda"))


def build(network: bytes, timings: Path) -> bytes:
    """ONNX -> a plan for this card; `timings` is read and written, so that the next is quicker.

    Raises RuntimeError when TensorRT does not take the network.
    """
    import tensorrt as trt  # pyright: ignore[reportMissingImports]

    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    # Precisions are those of the network: its drawing must stay in 32 bits.
    typed = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    definition = builder.create_network(0 if typed is None else 1 << int(typed))
    parser = trt.OnnxParser(definition, logger)
    if not parser.parse(network):
        said = "; ".join(str(parser.get_error(n)) for n in range(parser.num_errors))
        raise RuntimeError(f"TensorRT does not take the network: {said}")
    config = builder.create_builder_config()
    cache = config.create_timing_cache(timings.read_bytes() if timings.exists() else b"")
    config.set_timing_cache(cache, False)
    plan = builder.build_serialized_network(definition, config)
    if plan is None:
        raise RuntimeError("TensorRT could not build the network for this card.")
    timings.write_bytes(bytes(cache.serialize()))
    return bytes(plan)


class PlanSession:
    """A built plan with the methods of an onnxruntime session that the stage uses."""

    def __init__(self, plan: bytes) -> None:
        """Raises RuntimeError when the plan is of another card or version."""
        import tensorrt as trt  # pyright: ignore[reportMissingImports]

        # Without stubs, where it is installed at all.
        from cuda.bindings import runtime as cuda  # pyright: ignore

        self._cuda = cuda
        self._runtime = trt.Runtime(trt.Logger(trt.Logger.ERROR))
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            raise RuntimeError("The plan was built for another card or version of TensorRT.")
        self._context = self._engine.create_execution_context()
        self._stream = self._done(cuda.cudaStreamCreate())
        self._inputs, self._outputs = list[Tensor](), list[Tensor]()
        self._at: dict[str, int] = {}
        self._kinds: dict[str, np.dtype[Any]] = {}
        for number in range(self._engine.num_io_tensors):
            name = self._engine.get_tensor_name(number)
            shape = tuple(self._engine.get_tensor_shape(name))
            kind = np.dtype(trt.nptype(self._engine.get_tensor_dtype(name)))
            is_input = self._engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
            tensor = Tensor(name, shape, f"tensor({kind.name.replace('float32', 'float')})")
            (self._inputs if is_input else self._outputs).append(tensor)
            size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
            self._at[name] = int(self._done(cuda.cudaMalloc(max(1, size))))
            self._kinds[name] = kind
            self._context.set_tensor_address(name, self._at[name])

    def get_inputs(self) -> list[Tensor]:
        return self._inputs

    def get_outputs(self) -> list[Tensor]:
        return self._outputs

    def get_providers(self) -> list[str]:
        return ["TensorrtExecutionProvider"]

    def run(self, names: list[str], given: dict[str, Array]) -> list[Array]:
        """Once; only the outputs named come back."""
        cuda = self._cuda
        to_card = cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        back = cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        for name, value in given.items():
            value = np.ascontiguousarray(value, self._kinds[name])
            self._done(cuda.cudaMemcpy(self._at[name], value.ctypes.data, value.nbytes, to_card))
        if not self._context.execute_async_v3(self._stream):
            raise RuntimeError("TensorRT failed to run the network.")
        self._done(cuda.cudaStreamSynchronize(self._stream))
        shapes = {tensor.name: tensor.shape for tensor in self._outputs}
        found: list[Array] = []
        for name in names:
            value = np.empty(shapes[name], self._kinds[name])
            self._done(cuda.cudaMemcpy(value.ctypes.data, self._at[name], value.nbytes, back))
            found.append(value)
        return found

    @staticmethod
    def _done(answer: tuple[Any, ...]) -> Any:
        """The value behind an error code. Raises RuntimeError when it is one."""
        code, *values = answer
        if int(code):
            raise RuntimeError(f"CUDA failed: {code.name}")
        return values[0] if values else None
