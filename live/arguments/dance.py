"""Flags of what is heard and who dances to it."""

import argparse

from live.arguments.values import DEFAULTS, Group, Inputs, others, places
from live.core.settings import (
    BPM_RANGE,
    CANON_BEATS,
    COMPANIES,
    CROSSFADES_S,
    ENERGIES,
    GAINS_DB,
    GAPS_S,
    MOST_DANCERS,
    NUDGES_MS,
)
from models.arguments import any_seed, number, whole

DURATIONS_S = (0.01, 1e7)


def add_show(group: Group) -> None:
    """What is heard, who dances, and how."""
    group.add_argument(
        "--input",
        action=Inputs,
        nargs="+",
        metavar=("mic|demo|FILE|FOLDER|LIST.m3u|POSES.npz|DEVICE", "FILE"),
        help="what to listen to: the default microphone, a device by its name, music files, folders"
        " and M3U lists, one after another, the built-in band, or a pose file to play (default:"
        f" {DEFAULTS.input})",
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
    for name, ends, text in (
        ("energy", ENERGIES, "calmer (-1) or livelier (+1) than the music asks for"),
        ("gain", GAINS_DB, "dB on the sound that is heard, before everything else"),
        ("nudge", NUDGES_MS, "ms by which all beats are moved, + is later"),
    ):
        group.add_argument(
            f"--{name}", type=number(*ends), default=getattr(DEFAULTS, name), help=text
        )
    group.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.mirror,
        help="exchange left and right",
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
    group.add_argument("--going-on", nargs=3, help=argparse.SUPPRESS)  # what --guard tells its show


def add_songs(group: Group) -> None:
    """How the songs of --input follow one another, and what is set on the way."""
    between = group.add_mutually_exclusive_group()
    between.add_argument(
        "--gap", type=number(*GAPS_S), metavar="S", help="silence between two songs (default: none)"
    )
    between.add_argument(
        "--crossfade",
        type=number(*CROSSFADES_S),
        metavar="S",
        help="fade each song into the next (default: no)",
    )
    group.add_argument(
        "--loop",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="play the songs again and again (default: no)",
    )
    group.add_argument(
        "--show",
        default="",
        metavar="FILE.toml",
        help="an evening that is written down: songs, and what is set when (docs/evening.md); other"
        " flags go before it",
    )


def add_company(group: Group) -> None:
    """How many dance, and how those beside the first do."""
    group.add_argument(
        "--dancers",
        type=whole(1, MOST_DANCERS),
        default=DEFAULTS.dancers,
        metavar="N",
        help=f"how many dance at once, 1 to {MOST_DANCERS} (default: %(default)s)",
    )
    group.add_argument(
        "--others",
        type=others,
        default=DEFAULTS.others,
        metavar="same|NAME[,NAME]",
        help="who dances beside the first: the same person, another, or several in turn (default:"
        " %(default)s)",
    )
    group.add_argument(
        "--places",
        type=places,
        default=DEFAULTS.places,
        metavar='"N:X,Y,SIZE ..."',
        help="where those stand who are not in the row: the number of the dancer (0 is the first),"
        " x and y as --x and --y, from where one alone stands, and size against one alone, as in"
        " --places '1:0.3,-0.1,0.8 2:-0.4'; what is left out is as in the row",
    )
    group.add_argument(
        "--company",
        choices=COMPANIES,
        default=DEFAULTS.company,
        help="how the others dance: as the first, every second one in the mirror, each later than"
        " the one before, or each by their own choice (default: %(default)s)",
    )
    group.add_argument(
        "--canon",
        type=number(*CANON_BEATS),
        default=DEFAULTS.canon,
        metavar="BEATS",
        help="by how much each of a canon comes later (default: %(default)g)",
    )
