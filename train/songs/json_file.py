"""JSON of others: whatever is wrong with the file becomes one error."""

import json
from pathlib import Path
from typing import Any

from train.songs.song import DataError


def read_json(path: Path) -> Any:
    """Raises DataError when it is missing, damaged or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON ({error}).") from error
