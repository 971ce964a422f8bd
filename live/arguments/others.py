"""Flags of what other programs and devices hear and say."""

from live.arguments.values import DEFAULTS, RATES_HZ, REMOTE_PORT, Group, listened, pin, remote
from live.core.settings import BEAT_SOURCES, FOLLOW, LEAD
from models.arguments import number


def add_osc(group: Group) -> None:
    """What is sent and heard over the network."""
    sent = group.add_mutually_exclusive_group()
    sent.add_argument(
        "--osc",
        action="append",
        default=[],
        metavar="HOST:PORT[/DIALECT][,timetags]",
        help="send the skeleton there; may be repeated (default: 127.0.0.1:9100). DIALECT is"
        " osceleton, poseosc or ni-mate, for patches made for these; with timetags each bundle says"
        " when it is to be seen",
    )
    sent.add_argument("--no-osc", action="store_true", help="send nothing over OSC")
    group.add_argument(
        "--osc-rate",
        type=number(*RATES_HZ),
        default=DEFAULTS.osc_rate,
        metavar="HZ",
        help="bundles a second (default: %(default)g)",
    )
    group.add_argument(
        "--osc-in",
        type=listened,
        default=None,
        metavar="[HOST:]PORT",
        help="listen for control messages on this port (9101 is usual; default: off), to this"
        " computer only; with the address of this computer in a network, or 0.0.0.0 for all its"
        " networks, to everybody there",
    )
    group.add_argument(
        "--osc-query",
        action="store_true",
        help="answer programs that ask which addresses there are (OSCQuery: HTTP on the port of"
        " --osc-in)",
    )
    group.add_argument(
        "--announce",
        action="store_true",
        help="let programs in the network find the port of --osc-in by themselves (zeroconf)",
    )
    group.add_argument(
        "--osc-root", default=DEFAULTS.osc_root, help="address prefix (default: %(default)s)"
    )
    group.add_argument("--osc-flip-y", action="store_true", help="y up instead of down")
    group.add_argument("--osc-pixels", action="store_true", help="pixels instead of 0..1")


def add_remote(group: Group) -> None:
    """The page that commands the show from another device."""
    group.add_argument(
        "--remote",
        nargs="?",
        type=remote,
        const=(DEFAULTS.remote_host, REMOTE_PORT),
        default=None,
        metavar="[HOST:]PORT",
        help=f"a page that commands the show (port {REMOTE_PORT} without another), on this computer"
        " only; with the address of this computer in a network, or 0.0.0.0 for all its networks,"
        " for phones and tablets there, which are asked for a PIN",
    )
    group.add_argument(
        "--remote-pin",
        type=pin,
        default=None,
        metavar="NNNNNN",
        help="six digits for that page (default: new ones at each start)",
    )


def add_midi(group: Group) -> None:
    """Knobs, keys and clocks."""
    group.add_argument(
        "--midi",
        action="append",
        nargs="?",
        const="",
        default=[],
        metavar="DEVICE",
        help="let knobs and keys of this MIDI device set controls, by its name or a part of it; may"
        " be repeated (without a name: all devices); more in docs/midi.md",
    )
    group.add_argument(
        "--midi-clock",
        default=DEFAULTS.midi_clock,
        metavar="DEVICE",
        help="send this MIDI device a clock on the beat as it is heard",
    )


def add_beat(group: Group) -> None:
    """By ear, by hand, or another machine's."""
    group.add_argument(
        "--beat-source",
        choices=BEAT_SOURCES,
        default=DEFAULTS.beat_source,
        help="follow the music, the tempo held by hand, a MIDI clock (with --midi) or a Link"
        " session; where that tells no beat the music counts (default: %(default)s, with --link"
        " link)",
    )
    group.add_argument(
        "--link",
        nargs="?",
        const=FOLLOW,
        choices=(FOLLOW, LEAD),
        default=DEFAULTS.link,
        help="join an Ableton Link session in the network and follow its tempo, beat and bar, or"
        " lead: give it ours",
    )


def add_outputs(group: Group) -> None:
    """The picture for other programs."""
    group.add_argument(
        "--out",
        action="append",
        default=[],
        metavar="KIND[:NAME][,option=...]",
        help="give the dancer on a transparent ground to other software; may be repeated."
        " web is a page on this computer for OBS, TouchDesigner and any browser, ndi a"
        " source for vMix, Resolume and others, also over the network, spout and syphon senders on"
        " Windows and macOS; rtmp://HOST/APP/KEY, srt://HOST:PORT or FILE.m3u8 streams the stage"
        " with its sound. Options of all kinds: size=1920x1080, fps=60, alpha=off for the picture"
        " as on the stage; more in docs/outputs.md",
    )
