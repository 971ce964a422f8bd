"""The flags of the command line, with the defaults of Settings, and the Settings they ask for."""

import argparse
import re
from dataclasses import replace
from importlib.metadata import version

from live.core.keys import help_text
from live.core.settings import BPM_RANGE, DELAYS_MS, Settings
from models.arguments import any_seed, number, whole

DEFAULTS = Settings()
RATES_HZ = (1, 240)  # of pictures and of OSC
DURATIONS_S = (0.01, 1e7)
SIZES_PX = (16, 4096)  # of the painted picture
SCREENS_PX = (64, 8192)  # a side
MOST_SCREENS = 63
MOST_PORT = 65535
EXAMPLES = """examples:
  dancelive --input demo --target alice          no microphone needed
  dancelive --input mic --target alice --fullscreen
  dancelive --input song.mp3 --target alice --offline --record song.mp4"""


def parser() -> argparse.ArgumentParser:
    """All flags."""
    p = argparse.ArgumentParser(
        prog="dancelive",
        description="Listens to music and lets a trained person dance to it, live.",
        epilog=f"{EXAMPLES}\n{help_text()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--version", action="version", version=f"dancelive {version('dancelive')}")
    _add_show(p.add_argument_group("the show"))
    screen = p.add_argument_group("the stage screen")
    _add_screen(screen)
    _add_painting(screen)
    _add_osc(p.add_argument_group("OSC"))
    _add_recording(p.add_argument_group("recording"))
    _add_instead(p.add_argument_group("instead of a show"))
    p.add_argument("--verbose", action="store_true", help=argparse.SUPPRESS)
    return p


def settings_of(args: argparse.Namespace) -> Settings:
    """What the flags ask for; raises OscError for a receiver that is none."""
    from live.osc.address import parse_receiver

    given = {
        name: getattr(args, name)
        for name in Settings.__dataclass_fields__
        if getattr(args, name, None) is not None
    }
    receivers = tuple(parse_receiver(text) for text in args.osc)
    return replace(DEFAULTS, **given | {"osc": receivers or DEFAULTS.osc})


Group = argparse._ArgumentGroup  # argparse has no public name for it


def _add_show(group: Group) -> None:
    """What is heard, who dances, and how."""
    group.add_argument(
        "--input",
        default=DEFAULTS.input,
        metavar="mic|demo|FILE|POSES.npz|DEVICE",
        help="what to listen to: the default microphone, a device by its name, a music"
        " file, the built-in band, or a pose file to play (default: %(default)s)",
    )
    group.add_argument(
        "--target",
        default=DEFAULTS.target,
        metavar="NAME|PATH",
        help="who dances; `skeleton` needs no network (default: %(default)s)",
    )
    group.add_argument(
        "--dance",
        default=DEFAULTS.dance,
        metavar="NAME|PATH",
        help="how it is danced (default: %(default)s)",
    )
    group.add_argument(
        "--style",
        default=DEFAULTS.style,
        metavar="auto|3|4|NAME",
        help="a style of the dance by its name (--list-dances shows them), or the beats in a bar, 3"
        " or 4; auto chooses what fits the music: its tempo, and 4 beats in a bar unless 3 are"
        " clearly heard (default: %(default)s)",
    )
    group.add_argument(
        "--bpm",
        type=number(*BPM_RANGE),
        default=DEFAULTS.bpm,
        help="hold the tempo at so many beats a minute (default: as heard)",
    )
    group.add_argument(
        "--phase-lock",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.phase_lock,
        help="play the dance up to 8%% faster or slower, so that its movements end on the beat,"
        " and slow down on each (default: yes)",
    )
    group.add_argument(
        "--seed",
        type=any_seed,
        default=DEFAULTS.seed,
        help="the same seed and music give the same dance (default: %(default)s)",
    )
    group.add_argument(
        "--duration",
        type=number(*DURATIONS_S),
        default=0.0,
        metavar="S",
        help="end after S seconds",
    )
    group.add_argument("--mute", action="store_true", help="do not play a file or the demo aloud")
    group.add_argument(
        "--guard",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.guard,
        help="watch over the show, and start it again as it was when it crashes (default: no)",
    )
    group.add_argument("--resume", nargs=3, help=argparse.SUPPRESS)  # what --guard tells its show


def _add_screen(group: Group) -> None:
    """Size, place and what is behind the dancer."""
    group.add_argument(
        "--output",
        type=_size,
        default=DEFAULTS.output,
        metavar="WxH",
        help="size of the stage picture (default: twice the target's own)",
    )
    group.add_argument(
        "--fit",
        choices=("contain", "cover"),
        default=DEFAULTS.fit,
        help="extend the background, or crop the picture, to fill the output",
    )
    group.add_argument(
        "--background",
        type=_background,
        default=DEFAULTS.background,
        metavar="target|black|green|FILE",
        help="what is behind the dancer: the target's own place, the dancer alone on black or on"
        " green to be keyed, or a picture file (default: %(default)s)",
    )
    group.add_argument(
        "--fullscreen",
        nargs="?",
        type=whole(0, MOST_SCREENS),
        const=0,
        default=DEFAULTS.fullscreen,
        metavar="SCREEN",
        help="start fullscreen, on screen number SCREEN",
    )


def _add_painting(group: Group) -> None:
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
        help="px of the painted picture (default: the target's own)",
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


def _add_osc(group: Group) -> None:
    """What is sent and heard over the network."""
    group.add_argument(
        "--osc",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="send the skeleton there; may be repeated (default: 127.0.0.1:9100)",
    )
    group.add_argument(
        "--osc-rate",
        type=number(*RATES_HZ),
        default=DEFAULTS.osc_rate,
        metavar="HZ",
        help="bundles a second (default: %(default)g)",
    )
    group.add_argument(
        "--osc-in",
        type=whole(0, MOST_PORT),
        default=DEFAULTS.osc_in,
        metavar="PORT",
        help="listen for control messages on this port (9101 is usual; default: off)",
    )
    group.add_argument(
        "--osc-root", default=DEFAULTS.osc_root, help="address prefix (default: %(default)s)"
    )
    group.add_argument("--osc-flip-y", action="store_true", help="y up instead of down")
    group.add_argument("--osc-pixels", action="store_true", help="pixels instead of 0..1")


def _add_recording(group: Group) -> None:
    """What is kept of the show."""
    group.add_argument(
        "--record",
        default=DEFAULTS.record,
        metavar="OUT.mp4",
        help="film the stage, with the music",
    )
    group.add_argument(
        "--record-poses",
        default=DEFAULTS.record_poses,
        metavar="OUT.npz",
        help="save the poses as shown; can be played again as --input",
    )
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="replace a recording of the same name (without: the next one is called OUT-2)",
    )
    group.add_argument(
        "--offline",
        action="store_true",
        help="render a file as fast as this machine can (with --record)",
    )
    group.add_argument(
        "--stats",
        default=DEFAULTS.stats,
        metavar="OUT.json",
        help="write counts and times of the show",
    )


def _add_instead(group: Group) -> None:
    """Commands that answer and end."""
    for name, text in (
        ("devices", "the sound inputs of this machine"),
        ("targets", "the people who can dance"),
        ("dances", "the dances they know"),
    ):
        group.add_argument(f"--list-{name}", action="store_true", help=text)
    group.add_argument(
        "--check", action="store_true", help="say what works on this machine and what to install"
    )
    group.add_argument(
        "--calibrate",
        action="store_true",
        help="measure how long sound takes from loudspeaker to microphone, set by eye and ear"
        " when the picture meets it, and keep both for these devices",
    )


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)[xX×](\d+)", text)
    low, high = SCREENS_PX
    if not found or not all(low <= int(n) <= high for n in found.groups()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1920x1080 ({low} to {high})")
    return int(found[1]), int(found[2])


def _background(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("name target, black, green or a picture file")
    return text
