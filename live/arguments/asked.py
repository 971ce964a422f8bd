"""The settings that the flags ask for."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from live.arguments.values import DEFAULTS
from live.core.settings import FOLLOW, LINK, OutputSettings, Settings


def settings_of(args: argparse.Namespace) -> Settings:
    """What the flags ask for; they go before what is written in the file of --show.

    Raises OscError or OutputError for what is no receiver or output, ShowFileError for that file.
    """
    from live.osc.receivers import parse_receiver

    given = {
        name: getattr(args, name)
        for name in Settings.__dataclass_fields__
        if getattr(args, name, None) is not None
    }
    given["midi"], given["modulate"] = tuple(args.midi), tuple(args.modulate)
    if args.link == FOLLOW and args.beat_source == DEFAULTS.beat_source:
        given["beat_source"] = LINK
    given["osc"] = tuple(parse_receiver(text) for text in args.osc) or DEFAULTS.osc
    if args.no_osc:
        given["osc"] = ()
    if args.osc_in is not None:
        given["osc_in_host"], given["osc_in"] = args.osc_in
    if args.remote is not None:
        given["remote_host"], given["remote"] = args.remote
    return replace(DEFAULTS, **_written(args, given) | given | {"outs": _outs(args)})


def _written(args: argparse.Namespace, given: dict[str, Any]) -> dict[str, Any]:
    """What the file of --show says, but for what a flag says otherwise."""
    if not args.show:
        return {}
    from live.show.show_file import read_show

    written = read_show(Path(args.show), logging.getLogger(__name__).warning)
    settings = written.settings | {"cues": written.cues}
    if "input" in given:
        settings["then"] = ()
    for one, other in (("gap", "crossfade"), ("crossfade", "gap")):
        if one in given:
            settings.pop(other, None)
    return settings


def _outs(args: argparse.Namespace) -> tuple[OutputSettings, ...]:
    if not args.out:
        return ()
    from live.outputs.flag import parse_outputs

    return parse_outputs(args.out)
