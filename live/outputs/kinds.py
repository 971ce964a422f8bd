"""The kinds of outputs by the word after --out, one line each; imported when asked for."""

import importlib

from live.outputs.kind import Kind

KINDS = {
    "web": "live.outputs.web.output",
    "ndi": "live.outputs.ndi.output",
    "spout": "live.outputs.spout_sender",
    "syphon": "live.outputs.syphon_server",
    "stream": "live.outputs.stream.output",
    "camera": "live.outputs.camera",
}


def kind_of(name: str) -> Kind:
    """Raises KeyError for a name that is none of KINDS."""
    return importlib.import_module(KINDS[name]).KIND
