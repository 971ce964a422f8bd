"""What all tests share."""

import os
import sys
import tempfile
from pathlib import Path

import pytest
from seeds import seed_of

from benchmarks.night.terminal import as_in_a_terminal

# One thread each, so that sums are the same on every machine; torch reads it when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

as_in_a_terminal()  # wherever the tests run

# No test's show is anybody's last show.
os.environ["DANCELIVE_SETTINGS"] = tempfile.mkdtemp(prefix="dancelive-settings-")

# librosa's compiled functions are kept by numba; two processes that compile the same one into one
# folder at a time crash, so that each has its own.
_worker = os.environ.get("PYTEST_XDIST_WORKER")
if _worker:
    os.environ["NUMBA_CACHE_DIR"] = str(Path(".pytest_cache").resolve() / f"numba-{_worker}")


def _begin() -> None:
    """Torch's own generator as it is at the start, for whoever sets no seed."""
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed_of())


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup() -> None:
    _begin()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call() -> None:
    """No test draws otherwise when another one ran before it."""
    _begin()


@pytest.fixture
def pose_networks() -> None:
    """Skips the test, with the reason, where a person cannot be found in pictures."""
    from train.readers.blazepose import networks

    try:
        networks.need()
    except networks.NetworksError as error:
        pytest.skip(str(error))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With DANCELIVE_NO_SKIP a skipped test has failed: where all is installed all must run."""
    report = (yield).get_result()
    if report.skipped and os.environ.get("DANCELIVE_NO_SKIP"):
        report.outcome, report.longrepr = "failed", f"skipped: {report.longrepr}"
