"""SpoutGL 0.1.1 and syphon-python 0.2.0 as far as they are used: they refuse what those refuse.

Neither runs here. Names, arguments and what is refused are those of their sources; where those
would read beyond a buffer, leak, or use what belongs to another thread, these fail at once.
"""

import contextlib
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
import pytest

GL_RGBA, GL_BGRA_EXT, GL_RGB, GL_BGR_EXT = 0x1908, 0x80E1, 0x1907, 0x80E0
RGBA8 = 70  # MTLPixelFormatRGBA8Unorm


def module(patch: pytest.MonkeyPatch, name: str, **contents: Any) -> ModuleType:
    """In sys.modules, as if it were installed."""
    made = ModuleType(name)
    made.__spec__ = ModuleSpec(name, None)
    vars(made).update(contents)
    patch.setitem(__import__("sys").modules, name, made)
    return made


# Spout


def _whole(value: Any) -> int:
    """As pybind11 takes an int: no float."""
    if isinstance(value, float) or not hasattr(value, "__index__"):
        raise TypeError("incompatible function arguments")
    return value.__index__()


class MadeSpout:
    """A computer with Spout: `senders` are those made so far, `has_directx` whether it works."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.senders: list[Any] = []
        self.has_directx = self.has_opengl = True
        computer = self

        class SpoutSender:
            def __init__(self) -> None:
                self.name, self.pictures, self.listed = "python.exe", [], []
                self._context: threading.Thread | None = None
                computer.senders.append(self)

            def setSenderName(self, name: str, /) -> None:
                if not isinstance(name, str):
                    raise TypeError("incompatible function arguments")
                self.name = name

            def createOpenGL(self) -> bool:
                self._context = threading.current_thread() if computer.has_opengl else None
                return computer.has_opengl

            def closeOpenGL(self) -> bool:
                assert self._context in (None, threading.current_thread()), "of another thread"
                self._context = None
                return True

            def sendImage(self, pixels, width, height, gl_format, invert, fbo, /) -> bool:
                view = memoryview(pixels)
                width, height, gl_format, fbo = map(_whole, (width, height, gl_format, fbo))
                if not isinstance(invert, bool):
                    raise TypeError("incompatible function arguments")
                depth = {GL_RGBA: 4, GL_BGRA_EXT: 4, GL_RGB: 3, GL_BGR_EXT: 3}.get(gl_format)
                if depth is None:
                    raise ValueError("Unknown GL format")
                if view.nbytes < width * height * depth:
                    raise BufferError("Buffer not large enough")
                if not view.c_contiguous:
                    raise BufferError("Buffer must be contiguous")
                assert self._context in (None, threading.current_thread()), "of another thread"
                if not computer.has_directx or not width or not height:
                    return False
                if not self.listed:
                    self.listed = [self.name]
                flat = np.frombuffer(view.tobytes(), np.uint8)[: width * height * depth]
                rows = flat.reshape(height, width, depth)
                self.pictures.append(rows[::-1] if invert else rows)
                return True

            def getCPU(self) -> bool:
                return self._context is None

            def releaseSender(self) -> None:
                self.listed = []

        enums = module(
            patch, "SpoutGL.enums", GL_RGBA=GL_RGBA, GL_BGRA_EXT=GL_BGRA_EXT,
            GL_RGB=GL_RGB, GL_BGR_EXT=GL_BGR_EXT,
        )  # fmt: skip
        module(patch, "SpoutGL", SpoutSender=SpoutSender, enums=enums)


# Syphon


class _Texture:
    def __init__(self, device: object, width: int, height: int, pixel_format: int) -> None:
        self.device, self._width, self._height = device, width, height
        assert pixel_format == RGBA8
        self.pixels = np.zeros((height, width, 4), np.uint8)

    def width(self) -> int:
        return self._width

    def height(self) -> int:
        return self._height


class MadeSyphon:
    """A Mac: `servers` are those made so far, `has_metal` whether it has a graphics chip."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.servers: list[Any] = []
        self.has_metal = True
        self.n_looked = 0  # how often the run loop was run, for so short a time
        self._pools = threading.local()
        computer = self

        class SyphonMetalServer:
            def __init__(
                self, name: str, device: Any = None, command_queue: Any = None, *,
                is_private: bool = False,
            ) -> None:  # fmt: skip
                computer._in_pool()
                assert isinstance(name, str) and not is_private
                if not computer.has_metal:
                    raise RuntimeError("No Metal device is available")
                self.name, self.device = name, device or object()
                self.has_clients, self.pictures, self._stopped = False, [], False
                computer.servers.append(self)

            def publish_frame_texture(
                self, texture: Any, region: Any = None, size: Any = None,
                is_flipped: bool = False, command_buffer: Any = None, auto_commit: bool = True,
            ) -> None:  # fmt: skip
                computer._in_pool()
                assert not self._stopped and texture.device is self.device and auto_commit
                # As clients have it: row 0 at the bottom, unless it is said to be the other way.
                self.pictures.append(texture.pixels if is_flipped else texture.pixels[::-1])

            def stop(self) -> None:
                computer._in_pool()
                self._stopped = True

            @property
            def is_there(self) -> bool:
                return not self._stopped

        class SyphonServerDirectory:
            def __init__(self) -> None:
                self.run_loop_interval = 1.0

            def update_run_loop(self) -> None:
                assert threading.current_thread() is threading.main_thread()
                assert self.run_loop_interval < 0.1, "it waits so long"
                computer.n_looked += 1

        raw = module(
            patch, "syphon.utils.raw",
            create_mtl_texture=self._texture, copy_bytes_to_mtl_texture=self._copy,
        )  # fmt: skip
        utils = module(patch, "syphon.utils", raw=raw)
        module(
            patch, "syphon", utils=utils, SyphonMetalServer=SyphonMetalServer,
            SyphonServerDirectory=SyphonServerDirectory,
        )  # fmt: skip
        module(patch, "objc", autorelease_pool=self._pool)

    @contextlib.contextmanager
    def _pool(self):
        before = getattr(self._pools, "depth", 0)
        self._pools.depth = before + 1
        try:
            yield
        finally:
            self._pools.depth = before

    def _in_pool(self) -> None:
        assert getattr(self._pools, "depth", 0), "what it leaves behind would never be freed"

    def _texture(self, device: Any, width: int, height: int, pixel_format: int = RGBA8) -> _Texture:
        self._in_pool()
        return _Texture(device, width, height, pixel_format)

    def _copy(self, data: bytes, texture: _Texture) -> None:
        self._in_pool()
        assert isinstance(data, bytes) and len(data) == texture.pixels.nbytes, "reads beyond"
        # A new array: a client may still read the one before.
        texture.pixels = np.frombuffer(data, np.uint8).reshape(texture.pixels.shape)
