"""How commands end: real processes that are stopped, lack a package, or lose their reader."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

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
