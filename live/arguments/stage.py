"""Flags of the stage screen."""

import argparse

from live.arguments.values import DEFAULTS, RATES_HZ, Group, background, modulation, size
from live.core.settings import (
    DELAYS_MS,
    FADES_S,
    MODULATED,
    PERIODS,
    SCALES,
    SHAPES,
    SHIFTS,
    WAITED_FOR,
)
from models.arguments import number, whole

SIZES_PX = (16, 4096)  # of the painted picture


def add_screen(group: Group) -> None:
    """Size, place and what is behind the dancer."""
    group.add_argument(
        "--output",
        type=size,
        default=DEFAULTS.output,
        metavar="WxH",
        help="size of the stage picture (default: in fullscreen that of the screen, up to as many"
        " pixels as 1920x1080; else the target's own, of a small one twice that)",
    )
    group.add_argument(
        "--fit",
        choices=("contain", "cover"),
        default=DEFAULTS.fit,
        help="extend the background, or crop the picture, to fill the output",
    )
    group.add_argument(
        "--background",
        type=background,
        default=DEFAULTS.background,
        metavar="target|black|green|FILE",
        help="what is behind the dancer: the target's own place, the dancer alone on black or on"
        " green to be keyed, or a picture file (default: %(default)s)",
    )
    group.add_argument(
        "--shadow",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.shadow,
        help="the dancer's shadow in their own place and on a picture; never on black or green"
        " (default: yes)",
    )
    group.add_argument(
        "--fullscreen",
        nargs="?",
        const="",
        default=DEFAULTS.fullscreen,
        metavar="SCREEN",
        help="start fullscreen, on the screen of this name or number (default: the second where"
        " there are two); the controls are then on another screen",
    )
    group.add_argument(
        "--control",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.control,
        help="the controls in a window of their own, beside the stage in a window (default: no)",
    )


def add_place(group: Group) -> None:
    """Where the dancer is on it, and how it changes."""
    group.add_argument(
        "--scale",
        type=number(*SCALES),
        default=DEFAULTS.scale,
        help="how large the dancer is on the stage picture (default: %(default)g)",
    )
    for name, way in (("x", "to the right, of its width"), ("y", "down, of its height")):
        group.add_argument(
            f"--{name}",
            type=number(*SHIFTS),
            default=getattr(DEFAULTS, name),
            help=f"how far from the middle the dancer is {way}, {SHIFTS[0]:g} to {SHIFTS[1]:g}",
        )
    group.add_argument(
        "--fade",
        type=number(*FADES_S),
        default=DEFAULTS.fade,
        metavar="S",
        help="how long black, another person and another background take to come",
    )
    group.add_argument(
        "--modulate",
        action="append",
        type=modulation,
        default=[],
        metavar='"NUMBER SHAPE DEPTH RATE"',
        help="a number that moves with the beat, as in --modulate 'scale sine 0.1 bar'; may be"
        f" repeated. Numbers: {', '.join(MODULATED)}; shapes: {', '.join(SHAPES[1:])}; rates:"
        f" {', '.join(PERIODS)}",
    )
    group.add_argument(
        "--quantise",
        choices=tuple(WAITED_FOR),
        default=DEFAULTS.quantise,
        help="what changes of person, background, style and the like wait for (default: nothing)",
    )


def add_painting(group: Group) -> None:
    """How often, how large and by what it is painted."""
    group.add_argument(
        "--fps",
        type=number(*RATES_HZ),
        default=DEFAULTS.fps,
        help="pictures a second (default: %(default)g)",
    )
    group.add_argument(
        "--adapt",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.adapt,
        help="smaller or fewer pictures while this machine is too busy (default: yes)",
    )
    group.add_argument(
        "--size",
        type=whole(*SIZES_PX),
        default=DEFAULTS.size,
        metavar="N",
        help="px of the painted picture (default: the target's own, for a puppet as many as it has"
        " on the stage screen)",
    )
    group.add_argument(
        "--delay-ms",
        type=number(*DELAYS_MS),
        default=None,
        metavar="MS",
        help="show the picture later (+) or earlier (-) against the sound,"
        f" {DELAYS_MS[0]:g} to {DELAYS_MS[1]:g} (default: as calibrated, else as the devices say)",
    )
    group.add_argument("--headless", action="store_true", help="no window")
    group.add_argument(
        "--engine",
        default=DEFAULTS.engine,
        choices=("auto", "cpu", "cuda", "tensorrt", "directml", "coreml", "chip"),
        help="what paints: chip is for puppets, the cards are for networks (default: %(default)s)",
    )
