"""Ctrl-C in the middle of a training, as a performer presses it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def ctrl_c_at(call: int, owner: Any, name: str) -> Iterator[None]:
    """The `call`-th use of `owner.name` is interrupted; the training inside must end by it."""
    true, calls = getattr(owner, name), 0

    def interrupted(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            signal.raise_signal(signal.SIGINT)
        return true(*arguments)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(owner, name, interrupted)
        yield
