"""JSON of others: whatever is wrong with it becomes one error."""

import json
from pathlib import Path
from typing import Any


class JsonError(ValueError):
    """What cannot be read as JSON, in one sentence."""


def parse_json(content: bytes | str, where: object) -> Any:
    """JSON found at `where`. Raises JsonError when it is damaged or nested too deep."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise JsonError(f"{where} cannot be read as JSON ({error}).") from error


def read_json(path: Path) -> Any:
    """A whole file. Raises JsonError when it is missing, damaged or no JSON."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise JsonError(f"{path} cannot be read as JSON ({error}).") from error
    return parse_json(content, path)
