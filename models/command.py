"""How every command ends: whatever stops it, one sentence and no traceback.

Ctrl-C, a kill and a closed terminal all stop it as KeyboardInterrupt, once; a reader of its output
that goes away (`| head`) does not stop it at all. To import this file is enough for what is missing
or interrupted while a command is still being imported; its `main` wears `command`.
"""

import errno
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, TextIO, TypeVar, cast

STOPPED = 130  # exit code, as a shell has it after Ctrl-C
STOPPING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # the last: Ctrl-Break of Windows
    if hasattr(signal, name)
)
_NOBODY_READS = (errno.EPIPE, errno.EIO, errno.EBADF)  # a pipe or terminal that was closed
_CLOSED_ON_WINDOWS = errno.EINVAL  # what Windows says instead of EPIPE
_EXTRAS = {"torch": "install torch, then `pip install 'dancelive[train,export]'`"}

Main = TypeVar("Main", bound=Callable[..., Any])


def command(name: str, then: str = "the same command goes on from here") -> Callable[[Main], Main]:
    """For a `main`: what stops it is said as "NAME: stopped; THEN." With `then` = "" silently.

    Exit code 130 when it was stopped (0 when silently), 1 for a disk, file or module that fails.
    """

    def worn(main: Main) -> Main:
        @functools.wraps(main)
        def ended(*args: Any, **kwargs: Any) -> Any:
            with _lasting_output() as lost:
                # Called without arguments it is the whole program: nothing may stop its very end.
                with stops_once(for_good=not args and not kwargs):
                    code = _in_words(name, then, functools.partial(main, *args, **kwargs))
                if sys.stdout:
                    sys.stdout.flush()
                if lost and not code:
                    print(f"{name}: what it said could not be written ({lost[0].strerror}).",
                          file=sys.stderr)  # fmt: skip
                    raise SystemExit(1)
                return code

        return cast("Main", ended)

    return worn


def _in_words(name: str, then: str, main: Callable[[], Any]) -> Any:
    try:
        return main()
    except KeyboardInterrupt:
        if not then:
            return 0
        print(f"\n{name}: stopped; {then}.", file=sys.stderr)
        raise SystemExit(STOPPED) from None
    except OSError as error:
        print(f"{name}: {os_error_in_words(error)}", file=sys.stderr)
    except ModuleNotFoundError as error:
        print(_missing(name, error), file=sys.stderr)
    raise SystemExit(1)


def os_error_in_words(error: OSError) -> str:
    """Which file or device, and what is wrong with it."""
    why = error.strerror or str(error) or type(error).__name__
    place = error.filename2 or error.filename
    return f"{place}: {why}." if place else f"{why}."


def _missing(name: str, error: ModuleNotFoundError) -> str:
    module = (error.name or str(error)).partition(".")[0]
    advice = _EXTRAS.get(module, f"install {module}, see the extras that the README names")
    return f"{name}: {module} is not installed: {advice}."


@contextmanager
def stops_once(for_good: bool = False) -> Iterator[None]:
    """Inside, the first signal that stops raises KeyboardInterrupt; later ones are not heard.

    So what was begun can be ended; `for_good`: nor are they behind it. Does nothing on other
    threads than the main one; a signal that is ignored (nohup, a job of a shell) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    owner = os.getpid()

    def stop(number: int, _: FrameType | None) -> None:
        if os.getpid() != owner:  # a forked worker of it: ends as it always did
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        hear_no_more()
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in STOPPING}
    heard = {number: was for number, was in before.items() if was != signal.SIG_IGN}
    _ours.append(stop)
    for number in heard:
        signal.signal(number, stop)
    try:
        yield
    finally:
        _ours.remove(stop)
        for number, was in heard.items():
            # Python gives its own handlers back while it ends; this one stays.
            signal.signal(number, signal.SIG_IGN if for_good else was)


def hear_no_more() -> None:
    """Inside `stops_once`, from here on: what was begun is being ended. Elsewhere nothing."""
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING:
            if signal.getsignal(number) in _ours:
                signal.signal(number, _deaf)  # not SIG_IGN, which programs it starts would inherit


_ours: list[Any] = []  # handlers of `stops_once` that are in force


def _deaf(*_: object) -> None:
    pass


class _Lasting:
    """stdout or stderr that goes on into nothing when nobody reads it any more.

    A letter that it does not have (a Windows console or pipe, LANG=C) is a question mark.
    """

    def __init__(self, stream: TextIO, lost: list[OSError]) -> None:
        self._stream, self._lost = stream, lost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except UnicodeEncodeError as error:
            known = text.encode(error.encoding, "replace").decode(error.encoding)
            return self._stream.write(known)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        if not is_closed(error):
            self._lost.append(error)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # else Python complains again when it ends
        os.close(nowhere)


def is_closed(error: OSError, system: str = os.name) -> bool:
    """Whether nobody reads any more, on a `system` as os.name has it; else something broke."""
    windows = system == "nt" and error.errno == _CLOSED_ON_WINDOWS
    return windows or error.errno in _NOBODY_READS


@contextmanager
def _lasting_output() -> Iterator[list[OSError]]:
    """Gives what went wrong in writing to stdout or stderr, other than that nobody reads."""
    lost: list[OSError] = []
    before = sys.stdout, sys.stderr
    lasting = [stream and _Lasting(stream, lost) for stream in before]  # None where closed
    sys.stdout, sys.stderr = (cast("TextIO", stream) for stream in lasting)
    try:
        yield lost
    finally:
        for stream in lasting:
            if stream:
                stream.flush()
        sys.stdout, sys.stderr = before


_before_ours = sys.excepthook


def _while_imported(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A command that is interrupted, or lacks a package, before its `main` is there."""
    if isinstance(error, KeyboardInterrupt):
        print("stopped before it began.", file=sys.stderr)
    elif isinstance(error, ModuleNotFoundError) and error.name:
        print(_missing(_name_of_command(), error), file=sys.stderr)
    else:
        _before_ours(kind, error, trace)


def _name_of_command() -> str:
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return spec.name.removesuffix(".__main__") if spec else "dancelive"


sys.excepthook = _while_imported
