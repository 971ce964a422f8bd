"""Flags of what is kept of a show, and of what is done instead of one."""

from live.arguments.values import ALL, DEFAULTS, Group


def add_recording(group: Group) -> None:
    """What is kept of the show."""
    group.add_argument(
        "--record",
        default=DEFAULTS.record,
        metavar="OUT.mp4",
        help="film the stage, with the music; as OUT.mov (ProRes 4444), OUT.webm (VP9) or"
        " OUT/ (numbered PNGs and a WAV) the dancer alone on a transparent ground",
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


def add_memory(group: Group) -> None:
    """Shows by name, in a file of the user."""
    group.add_argument(
        "--save",
        metavar="NAME",
        help="keep the settings of this show by this name, also what is set while it runs",
    )
    loaded = group.add_mutually_exclusive_group()
    loaded.add_argument(
        "--load",
        default="",
        metavar="NAME",
        help="start with the settings of that name; flags beside it count more",
    )
    loaded.add_argument(
        "--resume", action="store_true", help="start with the settings of the last show as it ended"
    )
    group.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="SETTING",
        help="leave this setting of the show that is loaded out, such as out, remote or record; may"
        " be repeated",
    )


def add_instead(group: Group) -> None:
    """Commands that answer and end."""
    for name, text in (
        ("devices", "the sound inputs of this machine"),
        ("targets", "the people who can dance"),
        ("dances", "the dances they know"),
        ("shows", "the shows and scenes that are kept, and the file they are in"),
    ):
        group.add_argument(f"--list-{name}", action="store_true", help=text)
    group.add_argument(
        "--check", action="store_true", help="say what works on this machine and what to install"
    )
    group.add_argument(
        "--try-out",
        nargs="?",
        const=ALL,
        default="",
        metavar="KIND[:NAME][,option=...]",
        help="show a test picture through one --out for 30 s (or --duration) and say what worked;"
        " alone: try all there is for a moment, and print a report to send on (docs/first_run.md)",
    )
    group.add_argument(
        "--calibrate",
        action="store_true",
        help="measure how long sound takes from loudspeaker to microphone, set by eye and ear"
        " when the picture meets it, and keep both for these devices",
    )
