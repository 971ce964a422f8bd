"""What runs a network: engines by name, asked for in order, believed only as the session reports.

onnxruntime only, no torch.
"""

import hashlib
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.files import write_whole
from models.program import HIDDEN
from models.runtime import tensorrt_plan

# --engine name -> the providers to ask for; the engines from the best to the last.
ENGINES = {
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider"),
    "cuda": ("CUDAExecutionProvider",),
    "directml": ("DmlExecutionProvider",),
    "coreml": ("CoreMLExecutionProvider",),
    "cpu": ("CPUExecutionProvider",),
}
AUTO = tuple(ENGINES)
CHIP = "chip"  # draws puppets (models/puppet/chip); all others run networks
NEVER_RUN = frozenset({"tensorrt", "cuda", "directml", "coreml", CHIP})  # by whoever wrote this
BUILT = frozenset({"tensorrt"})  # builds an engine for the card at its first start: minutes
DEVICES = {"tensorrt": "cuda", "cuda": "cuda"}  # where values can stay between two runs
_PROCESSOR = "CPUExecutionProvider"
INSTALL_HINT = (
    "onnxruntime is not installed: run `pip install 'dancelive[cpu]'` "
    "(or [gpu] with an NVIDIA card, [directml] on Windows)."
)


class EngineError(Exception):
    """No session could be made, in one sentence for the performer."""


@dataclass(frozen=True)
class Engine:
    """What a session really runs on."""

    name: str  # as in ENGINES
    on_processor: int = 0  # operators that another engine left to the processor
    is_recorded: bool = False  # a whole run is replayed as one (CUDA graph)
    device: str = ""  # its name, where that is known

    def __str__(self) -> str:
        left = f" ({self.on_processor} operators on the processor)" if self.on_processor else ""
        return self.name + (f" ({self.device})" if self.device else left)


def offered(engine: str) -> tuple[str, ...]:
    """The engines to try for what was asked, best first: those this onnxruntime is built with.

    Whether they work only a session tells. Raises EngineError when there is none.
    """
    available = _onnxruntime().get_available_providers()
    wanted = AUTO if engine == "auto" else (engine,)
    found = tuple(
        name
        for name in wanted
        if ENGINES[name][0] in available or (name == "tensorrt" and tensorrt_plan.is_installed())
    )
    if not found:
        raise EngineError(
            f"The engine {engine} is not available here (onnxruntime offers: "
            f"{', '.join(available)}): use --engine auto or cpu."
        )
    return found


def open_session(network: bytes, engine: str = "cpu", threads: int = 1) -> tuple[Any, Engine]:
    """An onnxruntime session and the engine really obtained.

    Raises EngineError when onnxruntime is missing or a named engine cannot be had; "auto" takes the
    best that works.
    """
    names = offered(engine)
    for name in names:
        try:
            return _open(network, name, threads)
        except EngineError:
            if name == names[-1]:
                raise
    raise AssertionError("offered() gives at least one")


def is_built(network: bytes) -> bool:
    """Whether an engine was built before for this network and this card."""
    return any(build_folder().glob(f"{_mark(network)}*"))


@cache
def build_folder() -> Path:
    """Where built engines are kept: of this card and its driver alone."""
    from platformdirs import user_cache_path

    return user_cache_path("dancelive", False) / "engines" / _card()


def _card() -> str:
    """The NVIDIA card and its driver as a folder's name; "unknown" where none answers."""
    asked = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        said = subprocess.run(
            asked, capture_output=True, text=True, timeout=10, creationflags=HIDDEN, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    first = said.strip().splitlines()[0] if said.strip() else "unknown"
    return "".join(c if c.isalnum() or c in ".-" else "_" for c in first)


def _mark(network: bytes) -> str:
    return hashlib.sha256(network).hexdigest()[:16]


def _onnxruntime() -> Any:
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise EngineError(INSTALL_HINT) from error
    return ort


def _open(network: bytes, name: str, threads: int) -> tuple[Any, Engine]:
    """A session on exactly this engine. Raises EngineError."""
    ort = _onnxruntime()
    if ENGINES[name][0] not in ort.get_available_providers():
        return _open_plan(network), Engine(name)
    if DEVICES.get(name) and hasattr(ort, "preload_dlls"):
        ort.preload_dlls()  # NVIDIA's libraries out of wheels, if they came so
    # A recorded run saves the launching of some hundred kernels, where all of it is on the card.
    for is_recorded in (True, False) if name == "cuda" else (False,):
        providers = _providers(name, network, is_recorded)
        try:
            session = ort.InferenceSession(network, _options(ort, threads), providers=providers)
        except Exception as error:  # whatever a provider throws
            if is_recorded:
                continue
            said = str(error).splitlines()[0]
            raise EngineError(f"The engine {name} failed to start: {said}") from error
        # The list of available providers lies where the hardware is missing; the session does not.
        if session.get_providers()[0] != ENGINES[name][0]:
            break
        counts = _operators(session)
        if name != "cpu" and counts and set(counts) == {_PROCESSOR}:
            break
        left = 0 if name == "cpu" else counts[_PROCESSOR]
        return session, Engine(name, left, is_recorded)
    raise EngineError(
        f"The engine {name} does not work on this machine: use --engine auto or cpu, "
        "and see dancelive --check."
    )


def _open_plan(network: bytes) -> Any:
    """TensorRT by itself, built before or now. Raises EngineError."""
    folder = build_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_mark(network)}.plan"
    try:
        if not path.exists():
            plan = tensorrt_plan.build(network, folder / "timings.cache")
            with write_whole(path) as part:
                part.write_bytes(plan)
        return tensorrt_plan.PlanSession(path.read_bytes())
    except Exception as error:  # whatever a driver throws
        raise EngineError(f"The engine tensorrt failed to start: {error}") from error


def _options(ort: Any, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A spinning pool burns a core between two chunks for nothing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Numbers near nothing count as nothing: a convolution over them takes ten times as long.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    options.log_severity_level = 4
    return options


def _operators(session: Any) -> Counter[str]:
    """How many operators each provider runs; empty with an onnxruntime that does not tell."""
    counts: Counter[str] = Counter()
    if hasattr(session, "get_provider_graph_assignment_info"):
        for part in session.get_provider_graph_assignment_info():
            counts[part.ep_name] += len(part.get_nodes())
    return counts


def _providers(name: str, network: bytes, is_recorded: bool) -> list[Any]:
    """Providers with their options, as onnxruntime takes them."""
    cuda = {"cudnn_conv_algo_search": "HEURISTIC", "enable_cuda_graph": str(int(is_recorded))}
    if name == "tensorrt":
        folder = build_folder()
        folder.mkdir(parents=True, exist_ok=True)
        tensorrt = {
            "trt_fp16_enable": "1",
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(folder),
            "trt_engine_cache_prefix": _mark(network),
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": str(folder),
        }
        return [(ENGINES[name][0], tensorrt), (ENGINES[name][1], cuda | {"enable_cuda_graph": "0"})]
    return [(provider, cuda if name == "cuda" else {}) for provider in ENGINES[name]]
