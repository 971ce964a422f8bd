"""What goes wrong with one recording is a reason in its report; the other recordings go on."""

import traceback
from collections.abc import Callable
from typing import Any

from train.readers.blazepose.networks import NetworksError
from train.readers.video import VideoError
from train.songs.song import DataError

Report = dict[str, Any]


def left_out(name: str, reason: str) -> Report:
    """The report of a recording of which nothing is used. It is tried again the next time."""
    return {"name": name, "songs": [], "reasons": [reason], "failed": True}


def reported(name: str, make: Callable[[], Report]) -> Report:
    """The report that `make` gives, or one that says why there is none."""
    try:
        return make()
    except (DataError, VideoError, NetworksError, OSError) as error:
        return left_out(name, str(error))
    except ImportError as error:
        return left_out(name, f"{error}: pip install 'dancelive[cpu,train]'")
    except Exception as error:  # noqa: BLE001 - files of others: nobody knows what they hold
        what = f"{type(error).__name__}: {error}".strip(": ")
        trace = traceback.format_exception(error)
        return left_out(name, f"a fault of the program, please report it ({what})") | {
            "fault": "".join(trace).splitlines()
        }
