"""--guard: a process that does nothing but wait for the show, and starts it again when it crashed.

It imports nothing that could crash itself. A show that hangs is not its matter: it waits.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from live.core.back_off import BackOff, in_words
from models.command import STOPPING

CRASHED = 70  # exit code of a show that ends by what nobody foresaw; EX_SOFTWARE of sysexits.h
SOON_S, MOST_SOON = 10.0, 5  # so many crashes in a row, each so soon after its start, are the end
NAP_S = 0.05
# A show ends by itself with 0, 1 (a sentence) or 2 (wrong arguments), or because it was stopped,
# which also a process that does not run Python yet may be. All else is a crash.
OVER = ".over"  # of the state file's name, where a show that is over leaves its exit code
_ENDINGS = (0, 1, 2, 130, *(-number for number in STOPPING), 0xC000013A)  # the last: Windows' ^C


def guard(words: Sequence[str] | None, duration: float) -> int:
    """Run the show of these arguments (None: of this process) until it ends; gives its exit code.

    `duration` s from now on no crash is waited for any more; 0 = for ever.
    """
    with tempfile.TemporaryDirectory(prefix="dancelive-", ignore_cleanup_errors=True) as folder:
        return Guard(_program(words), Path(folder) / "state.json", duration).run()


def _program(words: Sequence[str] | None) -> list[str]:
    """The command of a show; this process' own, with the options of its interpreter."""
    if words is not None:
        return [sys.executable, "-m", "live.cli", *words, "--no-guard"]
    return [sys.executable, *sys.orig_argv[1:], "--no-guard"]


class Guard:
    """One show, as often as it must be started."""

    def __init__(
        self,
        program: Sequence[str],
        state: Path,
        duration: float = 0.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`state` is where the show keeps what it needs to go on; its clock is `time.monotonic`."""
        self._program, self._state = program, state
        self._now, self._sleep = now, sleep
        self._over_at = now() + duration if duration else float("inf")
        self._show: subprocess.Popen[bytes] | None = None
        self._stopped_by = 0  # the first signal that stops

    def run(self) -> int:
        """Exit code of the show that ended, 1 when it crashes again and again."""
        handled = {
            number: signal.signal(number, self._stop)
            for number in STOPPING
            if signal.getsignal(number) != signal.SIG_IGN
        }
        try:
            return self._run()
        finally:
            for number, handler in handled.items():
                signal.signal(number, handler)

    def _run(self) -> int:
        back_off = BackOff()
        n_crashes = n_soon = 0
        crashed_at = 0.0
        while True:
            began = self._now()
            code = self._perform(crashed_at, n_crashes)
            crashed_at, ran = self._now(), self._now() - began
            if self._stopped_by or code in _ENDINGS:
                return code if code >= 0 else 128 - code
            over = self._state.with_suffix(OVER)
            if over.exists():  # a library that crashes while the process ends
                return int(over.read_text())
            n_crashes += 1
            n_soon = n_soon + 1 if ran < SOON_S else 0
            crashed = f"dancelive: the show crashed ({_in_words(code)})"
            if n_soon == MOST_SOON:
                print(f"{crashed} {MOST_SOON} times within {SOON_S:g} s of its start, so it is not "
                      "started again: try it without --guard.", file=sys.stderr)  # fmt: skip
                return 1
            pause = back_off.pause_after(ran)
            print(f"{crashed}, {in_words(pause)}", file=sys.stderr, flush=True)
            self._rest(min(crashed_at + pause, self._over_at))
            if self._stopped_by:
                return 0

    def _perform(self, crashed_at: float, n_crashes: int) -> int:
        resume = ["--going-on", str(self._state), repr(crashed_at), str(n_crashes)]
        self._show = subprocess.Popen([*self._program, *resume])
        if self._stopped_by:  # while it was started
            self._pass_on()
        return self._show.wait()

    def _rest(self, until: float) -> None:
        """A signal cuts it short."""
        while not self._stopped_by and (left := until - self._now()) > 0:
            self._sleep(min(left, NAP_S))

    def _stop(self, number: int, _: FrameType | None) -> None:
        """Passed on once; the show then ends as it always does, and the guard with it."""
        if not self._stopped_by:
            self._stopped_by = number
            self._pass_on()

    def _pass_on(self) -> None:
        # Windows tells the show itself of Ctrl-C, and knows no signal to another process.
        if self._show is not None and os.name == "posix":
            self._show.send_signal(self._stopped_by)


def _in_words(code: int) -> str:
    if code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:  # a real-time signal
            return f"signal {-code}"
    return f"exit code {code if code < 2**31 else hex(code)}"
