"""Step an exported network: numpy in, numpy out, its state carried. onnxruntime only, no torch."""

import re
from typing import Any

import numpy as np

from models.runtime.engines import DEVICES, EngineError, open_session
from models.types import Array


class NetworkStepper:
    """One exported network with its named states; `step` runs it once and carries the states on.

    Graph inputs `state_X` are fed from outputs `next_X`. Reset is zeros unless `initial` says more.
    On a graphics card the states stay there from step to step.
    """

    def __init__(
        self,
        network: bytes,
        engine: str = "cpu",
        threads: int = 1,
        initial: dict[str, Array] | None = None,
        device: str = "",
    ) -> None:
        """`device` holds inputs, outputs and states between steps: by default the engine's own.

        Raises EngineError.
        """
        session, self.engine = open_session(network, engine, threads)
        self.input_shapes = {i.name: i.shape for i in session.get_inputs()}
        try:
            self._initial = self._start(session, initial or {})
        except (TypeError, ValueError, MemoryError) as error:
            raise EngineError(f"This network has other states than expected ({error}).") from error
        if not device and hasattr(session, "io_binding"):
            device = DEVICES.get(self.engine.name, "")
        self._runs = _OnDevice(session, device) if device else _InMemory(session)
        self.reset()

    @staticmethod
    def _start(session: Any, initial: dict[str, Array]) -> dict[str, Array]:
        """The states before the first step."""
        states: dict[str, Array] = {}
        for tensor in session.get_inputs():
            if tensor.name.startswith("state_"):
                given = initial.get(tensor.name.removeprefix("state_"))
                kind = np.int64 if re.search("int64", tensor.type) else np.float32
                states[tensor.name] = (
                    np.zeros(tensor.shape, kind)
                    if given is None
                    else np.ascontiguousarray(given, kind).reshape(tensor.shape)
                )
        return states

    def reset(self) -> None:
        """Forget everything carried."""
        self._runs.carry(self._initial)

    def carry(self, **fields: Array) -> None:
        """Carry these states on instead of the network's own, given by their fields' names."""
        named = {f"state_{field}": value for field, value in fields.items()}
        self._runs.carry({
            name: np.ascontiguousarray(value, self._initial[name].dtype).reshape(
                self._initial[name].shape
            )
            for name, value in named.items()
        })  # fmt: skip

    def carried(self, field: str) -> Array:
        """What is carried on under this name."""
        return self._runs.carried(f"state_{field}")

    def step(self, wanted: list[str] | None = None, /, **inputs: Array) -> dict[str, Array]:
        """Run once on the named inputs; returns the outputs that are not states, or those wanted.

        A state that is no longer finite is not carried on: the network starts afresh from it.
        """
        outputs, is_finite = self._runs.run(inputs, wanted)
        if not is_finite:
            self.reset()
        return outputs


def _is_finite(value: Array) -> bool:
    return value.dtype.kind != "f" or bool(np.isfinite(value).all())


class _InMemory:
    """A session whose values are numpy's."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._outputs = [o.name for o in session.get_outputs()]
        self._next = [name for name in self._outputs if name.startswith("next_")]
        self._state: dict[str, Array] = {}

    def carry(self, state: dict[str, Array]) -> None:
        self._state = {**self._state, **state}

    def carried(self, name: str) -> Array:
        return self._state[name]

    def run(
        self, inputs: dict[str, Array], wanted: list[str] | None
    ) -> tuple[dict[str, Array], bool]:
        """Outputs, and whether the new state is finite."""
        names = self._outputs if wanted is None else [*wanted, *self._next]
        values = self._session.run(names, {**inputs, **self._state})
        found = dict(zip(names, values, strict=True))
        state = {f"state_{name[5:]}": found.pop(name) for name in self._next}
        self._state |= state
        return found, all(map(_is_finite, state.values()))


class _OnDevice:
    """A session whose values stay on its device; only what is wanted comes back.

    Two sets of states take turns: what one run writes the next reads, and no address ever changes,
    so that a run can be recorded and replayed.
    """

    def __init__(self, session: Any, device: str) -> None:
        import onnxruntime as ort

        self._session, self._ort = session, ort
        self._is_view = device == "cpu"  # where what is read back would change with the next run
        self._outputs = [o.name for o in session.get_outputs()]
        self._now = 0  # which set is read next
        inputs, outputs = session.get_inputs(), session.get_outputs()

        def room(tensor: Any) -> Any:
            kind = _KINDS[tensor.type]
            return ort.OrtValue.ortvalue_from_shape_and_type(tensor.shape, kind, device, 0)

        states = [t for t in inputs if t.name.startswith("state_")]
        self._states = [{t.name: room(t) for t in states} for _ in range(1 + bool(states))]
        self._given = {t.name: room(t) for t in inputs if not t.name.startswith("state_")}
        self._found = {t.name: room(t) for t in outputs if not t.name.startswith("next_")}
        self._bindings = [self._bind(turn) for turn in range(len(self._states))]

    def _bind(self, turn: int) -> Any:
        binding = self._session.io_binding()
        for name, value in {**self._given, **self._states[turn]}.items():
            binding.bind_ortvalue_input(name, value)
        after = self._states[(turn + 1) % len(self._states)]
        for name in self._outputs:
            if name.startswith("next_"):
                binding.bind_ortvalue_output(name, after["state_" + name[5:]])
            else:
                binding.bind_ortvalue_output(name, self._found[name])
        options = self._ort.RunOptions()
        options.add_run_config_entry("gpu_graph_id", str(turn + 1))
        return binding, options

    def carry(self, state: dict[str, Array]) -> None:
        for name, value in state.items():
            self._states[self._now][name].update_inplace(value)

    def carried(self, name: str) -> Array:
        return self._states[self._now][name].numpy()

    def run(
        self, inputs: dict[str, Array], wanted: list[str] | None
    ) -> tuple[dict[str, Array], bool]:
        """Outputs, and whether they are finite: to look at the state itself would copy it."""
        for name, value in inputs.items():
            self._given[name].update_inplace(np.ascontiguousarray(value))
        binding, options = self._bindings[self._now]
        self._session.run_with_iobinding(binding, options)
        self._now = (self._now + 1) % len(self._states)
        names = self._found if wanted is None else wanted
        outputs = {name: self._found[name].numpy() for name in names}
        if self._is_view:
            outputs = {name: value.copy() for name, value in outputs.items()}
        return outputs, all(map(_is_finite, outputs.values()))


_KINDS = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
}
