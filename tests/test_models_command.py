"""How commands end: real processes that are stopped, lack a package, or lose their reader."""

import errno
import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from models import command as ending
from models.command import STOPPED, command, hear_no_more, stops_once

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and pipes are POSIX's")
COMMANDS = sorted(
    f"train.{path.stem}" for path in (Path(__file__).parents[1] / "train").glob("[a-z]*.py")
)


def started(body: str, *ignored: int) -> subprocess.Popen[str]:
    """A command of its own, whose `main` has these lines; RUNS says that it does."""
    body = textwrap.dedent(body).replace("RUNS", "print('running', flush=True)")
    code = textwrap.dedent("""
        import os, sys, time
        from models.command import command
        @command("me", "it goes on")
        def main():
        {body}
        if __name__ == "__main__":
            sys.exit(main())
    """).format(body=textwrap.indent(body, "    "))

    def as_in_a_terminal() -> None:
        for number in ending.STOPPING:
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=as_in_a_terminal,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "running\n"
    return process


@pytest.mark.parametrize("number", ending.STOPPING)
def test_what_stops_a_command_is_one_sentence_however_often_it_comes(number):
    process = started("""
        try:
            RUNS
            time.sleep(20)
        finally:
            time.sleep(0.3)
            print("kept")
    """)
    for _ in range(3):
        process.send_signal(number)
        time.sleep(0.05)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (STOPPED, "kept\n")
    assert err == "\nme: stopped; it goes on.\n"


def test_what_was_to_be_ignored_stays_ignored():
    process = started("RUNS; time.sleep(0.5)", signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("open('/nowhere/at/all')", "me: /nowhere/at/all: No such file or directory.\n"),
        ("raise OSError(28, 'No space left on device')", "me: No space left on device.\n"),
        ("import torch_of_nobody", "me: torch_of_nobody is not installed: "),
    ],
)
def test_a_disk_or_package_that_fails_is_one_sentence(body, told):
    process = started(f"RUNS; {body}")
    err = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert err.startswith(told) and err.count("\n") == 1


def test_a_reader_that_goes_away_stops_nothing():
    process = started("""
        RUNS
        time.sleep(0.3)
        print("x" * 100_000)
        print("said", file=sys.stderr)
    """)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == "said\n"
    assert process.wait(20) == 0


def test_inside_another_program_signals_are_given_back():
    before = [signal.getsignal(number) for number in ending.STOPPING]

    @command("me")
    def main(words: list[str]) -> int:
        hear_no_more()
        return len(words)

    assert main(["a", "b"]) == 2
    hear_no_more()  # of nobody
    assert [signal.getsignal(number) for number in ending.STOPPING] == before
    with pytest.raises(KeyboardInterrupt), stops_once():
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(number) for number in ending.STOPPING] == before


@pytest.mark.parametrize("module", [*COMMANDS, "export"])
def test_without_torch_a_command_says_so_or_does_without(module, tmp_path):
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module', name='torch')")
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])
    words = ["x"] if module == "export" else ["--help"]
    done = subprocess.run(
        [sys.executable, "-m", module, *words], capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONPATH": paths}, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert done.stderr.startswith(f"{module}: torch is not installed: install torch")
        assert done.stderr.count("\n") == 1


def run(main, then="it goes on", *args):
    """A command in this process: its exit code, or what it gives."""
    try:
        return command("me", then)(main)(*args, unused=None)
    except SystemExit as end:
        return end


def raising(error):
    def main(*_, unused=None):
        raise error

    return main


def test_how_each_end_is_said(capsys):
    for error, said in (
        (OSError(errno.ENOSPC, "No space left on device", "a.txt"),
         "me: a.txt: No space left on device."),
        (OSError(errno.EXDEV, "Invalid link", "a", None, "b"), "me: b: Invalid link."),
        (OSError("odd"), "me: odd."), (TimeoutError(), "me: TimeoutError."),
        (ModuleNotFoundError("no", name="torch.nn"), "me: torch is not installed: install torch, "
         "then `pip install 'dancelive[train,export]'`."),
        (ModuleNotFoundError("no", name="mediapipe"), "me: mediapipe is not installed: install "
         "mediapipe, see the extras that the README names."),
    ):  # fmt: skip
        assert run(raising(error)).code == 1
        assert capsys.readouterr() == ("", said + "\n")
    assert run(raising(KeyboardInterrupt())).code == 130
    assert capsys.readouterr().err == "\nme: stopped; it goes on.\n"
    assert run(raising(KeyboardInterrupt()), "") == 0
    assert capsys.readouterr() == ("", "")
    with pytest.raises(ValueError, match="a bug"):
        run(raising(ValueError("a bug")))
    assert run(lambda **_: 7) == 7
    assert run(lambda *given, **_: given, "", 1, 2) == (1, 2)


def test_the_first_signal_stops_and_no_other(capsys):
    before = {number: signal.getsignal(number) for number in ending.STOPPING}
    heard = []
    with pytest.raises(KeyboardInterrupt), stops_once():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            for number in ending.STOPPING:
                signal.raise_signal(number)
            heard.append("nothing more")
            raise
    assert heard == ["nothing more"]
    assert {number: signal.getsignal(number) for number in ending.STOPPING} == before
    assert ending._ours == []


def test_what_a_shell_lets_be_ignored_stays_so_and_the_end_may_be_deaf():
    before = {number: signal.getsignal(number) for number in ending.STOPPING}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with stops_once(for_good=True):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) in ending._ours
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    hear_no_more()  # outside it nothing
    assert {number: signal.getsignal(number) for number in ending.STOPPING} == before


def test_other_threads_are_left_alone():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with stops_once():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert seen == [before]


class Broken(io.StringIO):
    """A stream to where nothing can be written, with a place of its own."""

    def __init__(self, path, number):
        super().__init__()
        self.file, self.number = path.open("w"), number

    def write(self, text):
        raise OSError(self.number, os.strerror(self.number))

    def fileno(self):
        return self.file.fileno()


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EPIPE, 0), (errno.EIO, 0), (errno.EBADF, 0), (errno.ENOSPC, 1)]
)
def test_who_does_not_read_stops_nothing_but_a_full_disk_is_said(
    monkeypatch, tmp_path, number, code, capsys
):
    stream = Broken(tmp_path / "out", number)
    monkeypatch.setattr(sys, "stdout", stream)

    def main(unused=None):
        print("much")
        print("more")
        return 0

    ended = run(main)
    assert (ended.code if code else ended) == code
    said = capsys.readouterr().err
    assert said == (
        f"me: what it said could not be written ({os.strerror(number)}).\n" if code else ""
    )
    assert os.readlink(f"/proc/self/fd/{stream.fileno()}") == os.devnull or sys.platform != "linux"
    assert sys.stdout is stream
    failed = run(lambda unused=None: print("x") or 5)
    assert failed == 5, "what already failed keeps its own code"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "stopped before it began.\n"),
        (ModuleNotFoundError("no", name="torch.nn"),
         "train.dance: torch is not installed: install torch, then "
         "`pip install 'dancelive[train,export]'`.\n"),
        (ModuleNotFoundError("of no name"), ""), (ImportError("no", name="torch"), ""),
    ],
)  # fmt: skip
def test_what_ends_a_command_while_it_is_imported_is_one_sentence(monkeypatch, capsys, error, said):
    others = []
    monkeypatch.setattr(ending, "_before_ours", lambda *told: others.append(told))
    spec = SimpleNamespace(name="train.dance.__main__")
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", spec, raising=False)
    ending._while_imported(type(error), error, None)
    assert capsys.readouterr() == ("", said)
    assert others == ([] if said else [(type(error), error, None)])


def test_a_program_that_is_no_module_has_the_projects_name(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None, raising=False)
    assert ending._name_of_command() == "dancelive"


def test_a_forked_worker_ends_by_the_signal_as_it_always_did(monkeypatch):
    done = []
    with stops_once():
        stop = signal.getsignal(signal.SIGTERM)
        owner = os.getpid()
        monkeypatch.setattr(ending.os, "getpid", lambda: owner + 1)
        monkeypatch.setattr(ending.os, "kill", lambda *told: done.append(told))
        monkeypatch.setattr(ending.signal, "signal", lambda *told: done.append(told))
        stop(signal.SIGTERM, None)
        monkeypatch.undo()
    assert done == [(signal.SIGTERM, signal.SIG_DFL), (owner + 1, signal.SIGTERM)]


def test_what_was_said_is_flushed_at_the_end_and_the_streams_given_back(monkeypatch):
    class Kept(io.StringIO):
        n_flushed = 0

        def flush(self):
            self.n_flushed += 1

    out, err = Kept(), Kept()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with ending._lasting_output() as lost:
        print("said")
        assert sys.stdout is not out and not out.n_flushed
    assert (out.n_flushed, err.n_flushed, lost) == (1, 1, [])
    assert (sys.stdout, sys.stderr, out.getvalue()) == (out, err, "said\n")
    monkeypatch.setattr(sys, "stderr", None)  # closed: a window without a terminal
    with ending._lasting_output():
        assert sys.stderr is None
    assert sys.stderr is None and out.n_flushed == 2


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii"])
def test_a_letter_that_a_terminal_does_not_have_ends_nothing(encoding):
    code = (
        "import sys\nfrom models.command import command\n@command('me')\ndef main():\n"
        "    print('\u65e5\u672c · → ok')\n    print('ü? \u2713', file=sys.stderr)\n"
        "sys.exit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code], capture_output=True, check=False,
        env=os.environ | {"PYTHONIOENCODING": f"{encoding}:strict"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.decode(encoding)
    assert told.startswith("??") and told.endswith("ok\n")
    assert ended.stderr


def test_ctrl_break_of_windows_stops_as_ctrl_c_does():
    code = (
        "import os, signal, sys, time\nsignal.SIGBREAK = signal.SIGUSR1\n"
        "from models.command import command\n@command('me', 'it goes on')\ndef main():\n"
        "    os.kill(os.getpid(), signal.SIGUSR1)\n    time.sleep(20)\nsys.exit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (STOPPED, "\nme: stopped; it goes on.\n")


def test_windows_says_of_a_closed_pipe_that_an_argument_is_wrong():
    wrong, gone, full = (OSError(n, "") for n in (errno.EINVAL, errno.EPIPE, errno.ENOSPC))
    assert [ending.is_closed(error, "nt") for error in (wrong, gone, full)] == [True, True, False]
    assert [ending.is_closed(error, "posix") for error in (wrong, gone, full)] == [
        False,
        True,
        False,
    ]
