"""Step an exported network: numpy in, numpy out, its state carried. onnxruntime only, no torch."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# --engine name -> the providers to ask for, best first.
ENGINES = {
    "cpu": ["CPUExecutionProvider"],
    "cuda": ["CUDAExecutionProvider"],
    "tensorrt": ["TensorrtExecutionProvider", "CUDAExecutionProvider"],
    "directml": ["DmlExecutionProvider"],
    "coreml": ["CoreMLExecutionProvider"],
}
AUTO = ("tensorrt", "cuda", "directml", "coreml", "cpu")
INSTALL_HINT = (
    "onnxruntime is not installed: run `pip install 'dancelive[cpu]'` "
    "(or [gpu] with an NVIDIA card, [directml] on Windows)."
)


class EngineError(Exception):
    """No session could be made, in one sentence for the performer."""


def open_session(network: bytes, engine: str = "cpu", threads: int = 1) -> tuple[Any, str]:
    """An onnxruntime session and the name of the engine really obtained.

    Raises EngineError when onnxruntime is missing or a named engine cannot be had; "auto" tries the
    engines in the order of AUTO and believes only what the session reports.
    """
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise EngineError(INSTALL_HINT) from error
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A spinning pool burns a core between two chunks for nothing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Numbers near nothing count as nothing: a convolution over them takes ten times as long.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.log_severity_level = 4
    offered = ort.get_available_providers()
    for name in AUTO if engine == "auto" else (engine,):
        wanted = [p for p in ENGINES[name] if p in offered]
        if not wanted:
            continue
        try:
            session = ort.InferenceSession(network, options, providers=wanted)
        except Exception as error:  # whatever a provider throws: try the next one
            if engine != "auto":
                raise EngineError(f"The engine {engine} failed to start: {error}") from error
            continue
        # The list of available providers lies where the hardware is missing; the session does not.
        if name == "cpu" or session.get_providers()[0] != "CPUExecutionProvider":
            obtained = session.get_providers()[0].removesuffix("ExecutionProvider").lower()
            return session, {"dml": "directml"}.get(obtained, obtained)
    raise EngineError(
        f"The engine {engine} is not available here (onnxruntime offers: {', '.join(offered)}): "
        "use --engine auto or cpu."
    )


class NetworkStepper:
    """One exported network with its named states; `step` runs it once and carries the states on.

    Graph inputs `state_X` are fed from outputs `next_X`. Reset is zeros unless `initial` says more.
    """

    def __init__(
        self,
        network: bytes,
        engine: str = "cpu",
        threads: int = 1,
        initial: dict[str, Array] | None = None,
    ) -> None:
        self._session, self.engine = open_session(network, engine, threads)
        self.input_shapes = {i.name: i.shape for i in self._session.get_inputs()}
        self._outputs = [o.name for o in self._session.get_outputs()]
        self._initial = {}
        for tensor in self._session.get_inputs():
            if tensor.name.startswith("state_"):
                field = tensor.name.removeprefix("state_")
                given = (initial or {}).get(field)
                kind = np.int64 if re.search("int64", tensor.type) else np.float32
                self._initial[tensor.name] = (
                    np.zeros(tensor.shape, kind)
                    if given is None
                    else np.ascontiguousarray(given, kind).reshape(tensor.shape)
                )
        self.reset()

    def reset(self) -> None:
        """Forget everything carried."""
        self._state = dict(self._initial)

    def carry(self, **fields: Array) -> None:
        """Carry these states on instead of the network's own, given by their fields' names."""
        for field, value in fields.items():
            name = f"state_{field}"
            before = self._initial[name]
            self._state[name] = np.ascontiguousarray(value, before.dtype).reshape(before.shape)

    def step(self, wanted: list[str] | None = None, /, **inputs: Array) -> dict[str, Array]:
        """Run once on the named inputs; returns the outputs that are not states, or those wanted.

        A state that is no longer finite is not carried on: the network starts afresh from it.
        """
        names = wanted or self._outputs
        values = self._session.run(names, {**inputs, **self._state})
        outputs: dict[str, Array] = {}
        state: dict[str, Array] = {}
        for name, value in zip(names, values, strict=True):
            if name.startswith("next_"):
                state["state_" + name.removeprefix("next_")] = value
            else:
                outputs[name] = value
        if all(np.isfinite(v).all() for v in state.values() if v.dtype.kind == "f"):
            self._state = state
        else:
            self.reset()
        return outputs
