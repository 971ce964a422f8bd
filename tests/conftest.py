"""What all tests share."""

import os
from pathlib import Path

# librosa's compiled functions are kept by numba; two processes that compile the same one into one
# folder at a time crash, so that each has its own.
_worker = os.environ.get("PYTEST_XDIST_WORKER")
if _worker:
    os.environ["NUMBA_CACHE_DIR"] = str(Path(".pytest_cache").resolve() / f"numba-{_worker}")
