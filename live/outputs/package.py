"""Whether a package that an output works with can be imported here."""

from importlib import import_module
from importlib.util import find_spec


def missing(module: str, package: str, extra: str) -> str:
    """Why not, and what to do, in one sentence; "" = it can."""
    if find_spec(module) is None:
        return f"{package} is not installed: run `pip install 'dancelive[{extra}]'`."
    try:
        import_module(module)
    except (ImportError, OSError) as error:
        return f"{package} does not load here: {error}."
    return ""
