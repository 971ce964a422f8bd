"""TensorRT by itself, on a card that is made here: what is asked of it, and what comes back."""

import ctypes
import sys
from enum import IntEnum
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from models.runtime import engines, tensorrt_plan
from models.runtime.engines import EngineError
from models.runtime.tensorrt_plan import PlanSession, Tensor


class Code(IntEnum):
    success = 0
    out_of_memory = 2


class Card:
    """Memory by address; its network gives twice `sound`, and how many values `count` has."""

    # name -> shape, type, whether it is given
    IO = {  # noqa: RUF012
        "sound": ((1, 3), np.float32, True), "count": ((2,), np.int64, True),
        "twice": ((1, 3), np.float32, False), "nothing": ((0, 2), np.float32, False),
        "many": ((2,), np.int64, False),
    }  # fmt: skip

    def __init__(self):
        self.memory, self.asked, self.at = {}, [], {}
        self.fails, self.is_foreign, self.refuses = "", False, False
        self.parses, self.builds = True, True
        self.typed = True

    def answer(self, name, *values):
        self.asked.append(name)
        return (Code.out_of_memory if self.fails == name else Code.success, *values)

    # cuda.bindings.runtime

    def malloc(self, size):
        address = 1_000 + 100 * len(self.memory)
        self.memory[address] = bytearray(size)
        return self.answer("malloc", address)

    def memcpy(self, to, source, size, way):
        if way == "to card":
            assert size <= len(self.memory[to]), "beyond what was asked for"
            self.memory[to][:size] = ctypes.string_at(source, size)
        else:
            assert way == "back" and size <= len(self.memory[source])
            ctypes.memmove(to, bytes(self.memory[source][:size]), size)
        return self.answer(way)

    def synchronize(self, stream):
        assert stream == "stream"
        for name in ("sound", "count"):
            shape, kind, _ = self.IO[name]
            given = np.frombuffer(bytes(self.memory[self.at[name]]), kind).reshape(shape)
            made = self.memory[self.at[{"sound": "twice", "count": "many"}[name]]]
            made[:] = (2 * given).astype(kind).tobytes()
        return self.answer("synchronize")

    def cuda(self):
        kinds = SimpleNamespace(cudaMemcpyHostToDevice="to card", cudaMemcpyDeviceToHost="back")
        return SimpleNamespace(
            cudaStreamCreate=lambda: self.answer("stream", "stream"), cudaMalloc=self.malloc,
            cudaMemcpy=self.memcpy, cudaStreamSynchronize=self.synchronize, cudaMemcpyKind=kinds,
        )  # fmt: skip

    # tensorrt

    def tensorrt(self):
        mode = SimpleNamespace(INPUT="input", OUTPUT="output")
        context = SimpleNamespace(
            set_tensor_address=self.at.__setitem__,
            execute_async_v3=lambda stream: stream == "stream" and not self.refuses,
        )
        names = list(self.IO)
        engine = SimpleNamespace(
            num_io_tensors=len(names), get_tensor_name=names.__getitem__,
            get_tensor_shape=lambda name: list(self.IO[name][0]),
            get_tensor_dtype=lambda name: self.IO[name][1],
            get_tensor_mode=lambda name: mode.INPUT if self.IO[name][2] else mode.OUTPUT,
            create_execution_context=lambda: context,
        )  # fmt: skip

        def deserialize(plan):
            self.asked.append(plan)
            return None if self.is_foreign else engine

        flags = SimpleNamespace(STRONGLY_TYPED=4) if self.typed else SimpleNamespace()
        return SimpleNamespace(
            Logger=type("Logger", (), {"ERROR": 3, "__init__": lambda self, level: None}),
            Runtime=lambda logger: SimpleNamespace(deserialize_cuda_engine=deserialize),
            TensorIOMode=mode, nptype=lambda kind: kind, NetworkDefinitionCreationFlag=flags,
            Builder=self._builder, OnnxParser=self._parser,
        )  # fmt: skip

    def _builder(self, logger):
        def cache_of(known):
            self.asked.append(("known timings", known))
            return SimpleNamespace(serialize=lambda: bytearray(known + b"+"))

        config = SimpleNamespace(
            create_timing_cache=cache_of,
            set_timing_cache=lambda cache, is_any: self.asked.append(("timings", is_any)),
        )

        def definition(flags):
            self.asked.append(("definition", flags))
            return "definition"

        def build(made, wanted):
            assert (made, wanted) == ("definition", config)
            return bytearray(b"a plan") if self.builds else None

        return SimpleNamespace(
            create_network=definition, create_builder_config=lambda: config,
            build_serialized_network=build,
        )  # fmt: skip

    def _parser(self, definition, logger):
        def parse(network):
            self.asked.append(("network", network))
            return self.parses

        return SimpleNamespace(
            parse=parse, num_errors=2, get_error=lambda n: ("no such layer", "too old")[n]
        )


@pytest.fixture
def card(monkeypatch):
    made = Card()

    def use():
        bindings = ModuleType("cuda.bindings")
        bindings.runtime = made.cuda()
        monkeypatch.setitem(sys.modules, "cuda", ModuleType("cuda"))
        monkeypatch.setitem(sys.modules, "cuda.bindings", bindings)
        monkeypatch.setitem(sys.modules, "tensorrt", made.tensorrt())

    made.use = use
    use()
    return made


def test_a_plan_is_described_as_onnxruntime_does(card):
    session = PlanSession(b"a plan")
    assert card.asked[0] == b"a plan"
    assert session.get_inputs() == [
        Tensor("sound", (1, 3), "tensor(float)"), Tensor("count", (2,), "tensor(int64)"),
    ]  # fmt: skip
    assert session.get_outputs() == [
        Tensor("twice", (1, 3), "tensor(float)"), Tensor("nothing", (0, 2), "tensor(float)"),
        Tensor("many", (2,), "tensor(int64)"),
    ]  # fmt: skip
    assert session.get_providers() == ["TensorrtExecutionProvider"]
    sizes = {name: len(card.memory[at]) for name, at in card.at.items()}
    assert sizes == {"sound": 12, "count": 16, "twice": 12, "nothing": 1, "many": 16}
    assert len(set(card.at.values())) == 5


def test_a_run_gives_what_is_asked_for_in_that_order(card):
    session = PlanSession(b"a plan")
    backwards = np.float64([[3.0, 2.0, 1.0]])[:, ::-1]  # neither its type nor in one piece
    card.asked.clear()
    many, twice = session.run(["many", "twice"], {"sound": backwards, "count": [5, 1 << 40]})
    assert twice.tolist() == [[2.0, 4.0, 6.0]] and twice.dtype == np.float32
    assert many.tolist() == [10, 1 << 41] and many.dtype == np.int64
    assert card.asked == ["to card", "to card", "synchronize", "back", "back"]
    (nothing,) = session.run(["nothing"], {})
    assert nothing.shape == (0, 2)
    assert session.run(["twice"], {})[0].tolist() == [[2.0, 4.0, 6.0]], "as given before"


@pytest.mark.parametrize("step", ["stream", "malloc", "to card", "synchronize", "back"])
def test_what_cuda_refuses_is_said(card, step):
    card.fails = step
    with pytest.raises(RuntimeError, match=r"^CUDA failed: out_of_memory$"):
        PlanSession(b"a plan").run(["twice"], {"sound": np.zeros((1, 3))})


def test_a_run_that_fails_and_a_plan_of_another_card_are_said(card):
    session = PlanSession(b"a plan")
    card.refuses = True
    with pytest.raises(RuntimeError, match="TensorRT failed to run the network"):
        session.run(["twice"], {})
    card.is_foreign = True
    with pytest.raises(RuntimeError, match="built for another card or version"):
        PlanSession(b"a plan")


@pytest.mark.parametrize(("typed", "flags"), [(True, 1 << 4), (False, 0)])
def test_a_network_is_built_with_its_own_precisions(card, tmp_path, typed, flags):
    card.typed = typed
    card.use()
    timings = tmp_path / "timings.cache"
    assert tensorrt_plan.build(b"a network", timings) == b"a plan"
    assert card.asked == [
        ("definition", flags), ("network", b"a network"), ("known timings", b""), ("timings", False)
    ]  # fmt: skip
    assert timings.read_bytes() == b"+"
    tensorrt_plan.build(b"a network", timings)
    assert ("known timings", b"+") in card.asked and timings.read_bytes() == b"++"


def test_a_network_that_is_not_taken_or_not_built_is_said_and_leaves_nothing(card, tmp_path):
    timings = tmp_path / "timings.cache"
    card.builds = False
    with pytest.raises(RuntimeError, match="could not build the network for this card"):
        tensorrt_plan.build(b"a network", timings)
    card.parses = False
    with pytest.raises(RuntimeError, match=r"take the network: no such layer; too old$"):
        tensorrt_plan.build(b"a network", timings)
    assert not timings.exists()


@pytest.mark.parametrize(
    ("there", "is_installed"),
    [((), False), (("tensorrt",), False), (("cuda",), False), (("tensorrt", "cuda"), True)],
)
def test_both_packages_are_needed(monkeypatch, there, is_installed):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name in there or None)
    assert tensorrt_plan.is_installed() == is_installed


# as an engine of the stage


def ort_with(*providers):
    return SimpleNamespace(get_available_providers=lambda: list(providers))


def test_it_is_offered_beside_an_onnxruntime_that_has_no_such_provider(monkeypatch):
    monkeypatch.setattr(engines, "_onnxruntime", lambda: ort_with("CPUExecutionProvider"))
    monkeypatch.setattr(tensorrt_plan, "is_installed", lambda: True)
    assert engines.offered("auto") == ("tensorrt", "cpu")
    assert engines.offered("tensorrt") == ("tensorrt",)
    monkeypatch.setattr(tensorrt_plan, "is_installed", lambda: False)
    assert engines.offered("auto") == ("cpu",)
    with pytest.raises(EngineError, match="tensorrt is not available here"):
        engines.offered("tensorrt")
    ort = ort_with("TensorrtExecutionProvider", "CoreMLExecutionProvider")
    monkeypatch.setattr(engines, "_onnxruntime", lambda: ort)
    assert engines.offered("auto") == ("tensorrt", "coreml")


def test_a_plan_is_built_once_and_kept(card, tmp_path, monkeypatch):
    folder = tmp_path / "engines" / "a_card"
    monkeypatch.setattr(engines, "build_folder", lambda: folder)
    monkeypatch.setattr(engines, "_onnxruntime", lambda: ort_with("CPUExecutionProvider"))
    monkeypatch.setattr(tensorrt_plan, "is_installed", lambda: True)
    for _ in range(2):
        session, engine = engines.open_session(b"a network", "tensorrt")
        assert isinstance(session, PlanSession) and str(engine) == "tensorrt"
    assert sum(step == ("network", b"a network") for step in card.asked) == 1
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{engines._mark(b'a network')}.plan", "timings.cache"]
    assert engines.is_built(b"a network") and not engines.is_built(b"another")
    card.is_foreign = True
    with pytest.raises(EngineError, match="tensorrt failed to start: The plan was built for"):
        engines.open_session(b"a network", "tensorrt")


class Session:
    """As onnxruntime's, of some provider."""

    def __init__(self, ort, network, options, providers):
        ort.asked.append(providers)
        self._is_on, self._left = ort.is_on(providers), ort.left
        self.options = options

    def get_providers(self):
        return self._is_on

    def get_provider_graph_assignment_info(self):
        return [
            SimpleNamespace(ep_name=name, get_nodes=lambda n=n: [0] * n)
            for name, n in self._left.items()
        ]


CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


@pytest.fixture
def ort(monkeypatch, tmp_path):
    """An onnxruntime with a card."""
    import onnxruntime

    made = ort_with("TensorrtExecutionProvider", CUDA, "CoreMLExecutionProvider", CPU)
    made.asked, made.left, made.loaded = [], {CUDA: 5}, []
    made.is_on = lambda providers: [providers[0][0], CPU]
    made.SessionOptions = onnxruntime.SessionOptions
    made.InferenceSession = lambda network, options, providers: Session(
        made, network, options, providers
    )
    made.preload_dlls = lambda: made.loaded.append(1)
    monkeypatch.setattr(engines, "_onnxruntime", lambda: made)
    monkeypatch.setattr(engines, "build_folder", lambda: tmp_path / "built")
    return made


def test_a_card_records_its_runs_where_it_can(ort):
    _, engine = engines.open_session(b"it", "cuda")
    assert engine == engines.Engine("cuda", 0, True) and ort.loaded == [1]
    ((provider, options),) = ort.asked[0]
    assert (provider, options) == (
        CUDA, {"cudnn_conv_algo_search": "HEURISTIC", "enable_cuda_graph": "1"},
    )  # fmt: skip

    def refuse(providers):
        if providers[0][1].get("enable_cuda_graph") == "1":
            raise ValueError("no graph")
        return [CUDA]

    ort.is_on, ort.left = refuse, {CUDA: 5, CPU: 3}
    _, engine = engines.open_session(b"it", "cuda")
    assert engine == engines.Engine("cuda", 3, False)
    assert [asked[0][1]["enable_cuda_graph"] for asked in ort.asked[1:]] == ["1", "0"]


def test_an_engine_is_believed_only_as_its_session_reports(ort):
    ort.is_on = lambda providers: [CPU]  # the card is missing
    with pytest.raises(EngineError, match="cuda does not work on this machine"):
        engines.open_session(b"it", "cuda")
    assert len(ort.asked) == 1
    ort.is_on, ort.left = lambda providers: [providers[0][0]], {CPU: 9}
    with pytest.raises(EngineError, match="cuda does not work on this machine"):
        engines.open_session(b"it", "cuda")
    ort.left = {}
    assert engines.open_session(b"it", "cuda")[1] == engines.Engine("cuda", 0, True)
    ort.left = {CPU: 9}
    assert engines.open_session(b"it", "auto")[1] == engines.Engine("cpu", 0, False)
    assert [asked[0][0] for asked in ort.asked[3:]] == [
        "TensorrtExecutionProvider", CUDA, "CoreMLExecutionProvider", CPU
    ]  # fmt: skip
    del ort.preload_dlls
    ort.left = {CUDA: 1}
    assert engines.open_session(b"it", "cuda")[1].name == "cuda"


def test_what_tensorrt_of_onnxruntime_is_asked_for(ort, tmp_path):
    _, engine = engines.open_session(b"it", "tensorrt")
    assert engine == engines.Engine("tensorrt", 0, False)
    (first, options), behind = ort.asked[0]
    mark = engines._mark(b"it")
    folder = str(tmp_path / "built")
    assert first == "TensorrtExecutionProvider" and (tmp_path / "built").is_dir()
    assert options == {
        "trt_fp16_enable": "1", "trt_engine_cache_enable": "1", "trt_engine_cache_path": folder,
        "trt_engine_cache_prefix": mark, "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": folder,
    }  # fmt: skip
    assert behind == (
        CUDA, {"cudnn_conv_algo_search": "HEURISTIC", "enable_cuda_graph": "0"},
    )  # fmt: skip
    assert len(mark) == 16


def test_a_session_takes_its_threads_and_no_more(ort):
    session, _ = engines.open_session(b"it", "cpu", threads=3)
    options = session.options
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (3, 1)
    for name, value in (
        ("session.intra_op.allow_spinning", "0"), ("session.set_denormal_as_zero", "1"),
        ("session.record_ep_graph_assignment_info", "1"),
    ):  # fmt: skip
        assert options.get_session_config_entry(name) == value
    assert options.log_severity_level == 4
    session, engine = engines.open_session(b"it")
    assert engine.name == "cpu" and session.options.intra_op_num_threads == 1
