"""A graphics chip by wgpu (Vulkan, Metal, Direct3D 12), and a puppet drawn on it."""

from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from models.puppet.chip.memory import PIXELS, POSE, Plan, drawn_bytes
from models.puppet.coverage import LEAST_WEIGHT, LOGITS
from models.puppet.parts import N_PARTS
from models.types import Array

_BACKENDS = ("Vulkan", "Metal", "D3D12")
_TYPES = ("DiscreteGPU", "IntegratedGPU", "Unknown", "CPU")  # the best first
_SIDE = 8  # of a work group, see compose.wgsl


class ChipError(Exception):
    """There is no chip that can draw, in one sentence."""


class Found(NamedTuple):
    """What wgpu finds on this machine."""

    adapter: Any
    name: str
    backend: str
    is_software: bool  # the processor behaves as a chip would


def find_chip() -> Found:
    """The best there is. Raises ChipError."""
    import wgpu  # pyright: ignore[reportMissingImports]

    chips = [
        Found(found, info["device"], info["backend_type"], info["adapter_type"] == "CPU")
        for kind in _TYPES
        for found in wgpu.gpu.enumerate_adapters_sync()
        if (info := found.info)["adapter_type"] == kind and info["backend_type"] in _BACKENDS
    ]
    if not chips:
        raise ChipError("This machine has no graphics chip with Vulkan, Metal or Direct3D 12.")
    return chips[0]


class Chip:
    """The views of one person at one size on a chip."""

    def __init__(self, adapter: Any, plan: Plan, views: bytes, plate: bytes) -> None:
        """`views` and `plate` hold four bytes a texel: colours and coverage, or nothing."""
        import wgpu  # pyright: ignore[reportMissingImports]

        usage = wgpu.BufferUsage
        self._device = device = adapter.request_device_sync()
        source = files("models.puppet.chip").joinpath("compose.wgsl").read_text(encoding="utf-8")
        given = {"N_PARTS": f"{N_PARTS}u", "LOGITS": f"{LOGITS}", "LEAST_WEIGHT": f"{LEAST_WEIGHT}"}
        constants = "".join(f"const {name} = {value};\n" for name, value in given.items())
        self._pipeline = device.create_compute_pipeline(
            layout="auto",
            compute={
                "module": device.create_shader_module(code=constants + source),
                "entry_point": "compose",
            },
        )
        grids = N_PARTS * plan.grid[0] * plan.grid[1] * 16
        told = usage.STORAGE | usage.COPY_DST
        self._told = [
            device.create_buffer(size=size, usage=told)
            for size in (POSE.itemsize, grids, 4 * plan.cells**2)
        ]
        self._drawn = device.create_buffer(size=plan.n_drawn, usage=usage.STORAGE | usage.COPY_SRC)
        self._read = device.create_buffer(size=plan.n_drawn, usage=usage.MAP_READ | usage.COPY_DST)
        kept = [device.create_buffer_with_data(data=data, usage=told) for data in (views, plate)]
        self._group = device.create_bind_group(
            layout=self._pipeline.get_bind_group_layout(0),
            entries=[
                {"binding": number, "resource": _whole(buffer)}
                for number, buffer in enumerate([*self._told, *kept, self._drawn])
            ],
        )

    def draw(self, told: list[Array], drawn: Array) -> None:
        """As `Plan.told` says, into uint8 `drawn`. Raises whatever a driver does."""
        device = self._device
        for buffer, data in zip(self._told, told, strict=True):
            device.queue.write_buffer(buffer, 0, data)
        columns, rows = (int(n) for n in told[0]["extent"])
        n = drawn_bytes(rows, columns)
        commands = device.create_command_encoder()
        drawing = commands.begin_compute_pass()
        drawing.set_pipeline(self._pipeline)
        drawing.set_bind_group(0, self._group)
        drawing.dispatch_workgroups(-(-columns // (PIXELS * _SIDE)), -(-rows // _SIDE))
        drawing.end()
        commands.copy_buffer_to_buffer(self._drawn, 0, self._read, 0, n)
        device.queue.submit([commands.finish()])
        self._read.map_sync("READ", 0, n)
        drawn[:n] = np.frombuffer(self._read.read_mapped(0, n, copy=False), np.uint8)
        self._read.unmap()


def _whole(buffer: Any) -> dict[str, object]:
    return {"buffer": buffer, "offset": 0, "size": buffer.size}
