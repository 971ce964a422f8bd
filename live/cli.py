"""The command line: flags -> Settings -> Show. Alone reads argv; imports the rest lazily."""

import argparse
import contextlib
import logging
import re
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from live.core.settings import BPM_RANGE, Settings

if TYPE_CHECKING:
    from live.dance.motion import PoseFileMotion
    from live.sound.open import Source

STARTED_AT = time.perf_counter()
log = logging.getLogger("dancelive")

EPILOG = """examples:
  dancelive --input demo --target alice          no microphone needed
  dancelive --input mic --target alice --fullscreen
  dancelive --input song.mp3 --target alice --offline --record song.mp4
keys: F fullscreen, B blackout, space freeze, M mirror, R reset, I info, Esc leaves fullscreen,
      T tap the tempo, left and right move the beat by 10 ms, 0 tempo by ear again"""


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)[xX×](\d+)", text)
    if not found or not all(64 <= int(n) <= 8192 for n in found.groups()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1920x1080 (64 to 8192)")
    return int(found[1]), int(found[2])


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _bpm(text: str) -> float:
    value = _positive(text)
    low, high = BPM_RANGE
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not between {low:g} and {high:g} a minute")
    return value


def _rate(text: str) -> float:
    value = _positive(text)
    if not 1 <= value <= 240:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 and 240 a second")
    return value


def _background(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("name target, black, green or a picture file")
    return text


def parser() -> argparse.ArgumentParser:
    """All flags, with the defaults of Settings."""
    d = Settings()
    p = argparse.ArgumentParser(
        prog="dancelive",
        description="Listens to music and lets a trained person dance to it, live.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--version", action="version", version=f"dancelive {version('dancelive')}")
    show = p.add_argument_group("the show")
    show.add_argument(
        "--input",
        default=d.input,
        metavar="mic|demo|FILE|POSES.npz|DEVICE",
        help="what to listen to: the default microphone, a device by its name, a music"
        " file, the built-in band, or a pose file to play (default: %(default)s)",
    )
    show.add_argument(
        "--target",
        default=d.target,
        metavar="NAME|PATH",
        help="who dances; `skeleton` needs no network (default: %(default)s)",
    )
    show.add_argument(
        "--dance",
        default=d.dance,
        metavar="NAME|PATH",
        help="how it is danced (default: %(default)s)",
    )
    show.add_argument(
        "--style",
        default=d.style,
        metavar="auto|3|4|NAME",
        help="a style of the dance (--list-dances names them), or 3 or 4 beats a bar; auto goes"
        " by metre and tempo, in four unless three is clearly heard (default: %(default)s)",
    )
    show.add_argument(
        "--bpm",
        type=_bpm,
        default=d.bpm,
        help="hold the tempo at so many beats a minute (default: by ear)",
    )
    show.add_argument(
        "--phase-lock",
        action=argparse.BooleanOptionalAction,
        default=d.phase_lock,
        help="let the dance run up to 8%% faster or slower to rest on the beat (default: yes)",
    )
    show.add_argument(
        "--seed",
        type=int,
        default=d.seed,
        help="the same seed and music give the same dance (default: %(default)s)",
    )
    show.add_argument(
        "--duration", type=_positive, default=0.0, metavar="S", help="end after S seconds"
    )
    show.add_argument("--mute", action="store_true", help="do not play a file or the demo aloud")
    screen = p.add_argument_group("the stage screen")
    screen.add_argument(
        "--output",
        type=_size,
        default=d.output,
        metavar="WxH",
        help="size of the stage picture (default: twice the target's own)",
    )
    screen.add_argument(
        "--fit",
        choices=("contain", "cover"),
        default=d.fit,
        help="extend the background, or crop the picture, to fill the output",
    )
    screen.add_argument(
        "--background",
        type=_background,
        default=d.background,
        metavar="target|black|green|FILE",
        help="what is behind the dancer: the target's own place, the dancer alone on black or on"
        " green to be keyed, or a picture file (default: %(default)s)",
    )
    screen.add_argument(
        "--fullscreen",
        nargs="?",
        type=int,
        const=0,
        default=d.fullscreen,
        metavar="SCREEN",
        help="start fullscreen, on screen number SCREEN",
    )
    screen.add_argument(
        "--fps", type=_rate, default=d.fps, help="pictures a second (default: %(default)g)"
    )
    screen.add_argument(
        "--adapt",
        action=argparse.BooleanOptionalAction,
        default=d.adapt,
        help="smaller or fewer pictures while this machine is too busy (default: yes)",
    )
    screen.add_argument(
        "--size",
        type=int,
        default=d.size,
        metavar="N",
        help="px of the painted picture (default: the target's own)",
    )
    screen.add_argument(
        "--delay-ms",
        type=float,
        default=None,
        metavar="MS",
        help="show the picture later (+) or earlier (-) against the sound"
        " (default: as calibrated, else as the devices say)",
    )
    screen.add_argument("--headless", action="store_true", help="no window")
    screen.add_argument(
        "--engine",
        default=d.engine,
        choices=("auto", "cpu", "cuda", "tensorrt", "directml", "coreml"),
        help="what runs the renderer (default: %(default)s)",
    )
    osc = p.add_argument_group("OSC")
    osc.add_argument(
        "--osc",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="send the skeleton there; may be repeated (default: 127.0.0.1:9100)",
    )
    osc.add_argument(
        "--osc-rate",
        type=_rate,
        default=d.osc_rate,
        metavar="HZ",
        help="bundles a second (default: %(default)g)",
    )
    osc.add_argument(
        "--osc-in",
        type=int,
        default=d.osc_in,
        metavar="PORT",
        help="listen for control messages on this port (9101 is usual; default: off)",
    )
    osc.add_argument("--osc-root", default=d.osc_root, help="address prefix (default: %(default)s)")
    osc.add_argument("--osc-flip-y", action="store_true", help="y up instead of down")
    osc.add_argument("--osc-pixels", action="store_true", help="pixels instead of 0..1")
    record = p.add_argument_group("recording")
    record.add_argument(
        "--record", default=d.record, metavar="OUT.mp4", help="film the stage, with the music"
    )
    record.add_argument(
        "--record-poses",
        default=d.record_poses,
        metavar="OUT.npz",
        help="save the poses as shown; can be played again as --input",
    )
    record.add_argument(
        "--offline",
        action="store_true",
        help="render a file as fast as this machine can (with --record)",
    )
    record.add_argument(
        "--stats", default=d.stats, metavar="OUT.json", help="write counts and times of the show"
    )
    tell = p.add_argument_group("instead of a show")
    for name, text in (
        ("devices", "the sound inputs of this machine"),
        ("targets", "the people who can dance"),
        ("dances", "the dances they know"),
    ):
        tell.add_argument(f"--list-{name}", action="store_true", help=text)
    tell.add_argument(
        "--check", action="store_true", help="say what works on this machine and what to install"
    )
    tell.add_argument(
        "--calibrate",
        action="store_true",
        help="measure how long sound takes from loudspeaker to microphone, set by eye and ear"
        " when the picture meets it, and keep both for these devices",
    )
    p.add_argument("--verbose", action="store_true", help=argparse.SUPPRESS)
    return p


def main(argv: list[str] | None = None) -> int:
    """0 after a show, 1 with one sentence for what can be fixed, 2 for wrong arguments."""
    args = parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.WARNING,
        format="%(message)s",
        stream=sys.stderr,
    )
    # What the user can fix is raised as one of these, each with one sentence.
    from models.bundle import BundleError
    from models.runtime.engines import EngineError

    try:
        if args.list_devices or args.list_targets or args.list_dances or args.check:
            return _tell(args)
        if args.calibrate:
            from live.calibration.calibrate import calibrate

            with contextlib.suppress(KeyboardInterrupt):
                return calibrate(_settings(args), print)
            return 1
        return _perform(_settings(args), is_delay_given=args.delay_ms is not None)
    except (BundleError, EngineError) as error:
        return _sorry(error)
    except _user_errors() as error:
        return _sorry(error)


def _user_errors() -> tuple[type[Exception], ...]:
    from live.dance.dancer import StyleError
    from live.osc.address import OscError
    from live.picture.picture_file import PictureFileError
    from live.recording.part_file import RecorderError
    from live.sound.open import SourceError
    from models.pose_file import PoseFileError

    return OscError, PictureFileError, PoseFileError, RecorderError, SourceError, StyleError


def _sorry(error: Exception) -> int:
    print(f"dancelive: {error}", file=sys.stderr)
    return 1


def _settings(args: argparse.Namespace) -> Settings:
    from live.osc.address import parse_receiver

    given = {
        name: getattr(args, name)
        for name in Settings.__dataclass_fields__
        if getattr(args, name, None) is not None
    }
    receivers = tuple(parse_receiver(text) for text in args.osc)
    return replace(Settings(), **given | {"osc": receivers or Settings().osc})


def _tell(args: argparse.Namespace) -> int:
    from live import check

    if args.check:
        return check.report(print)
    if args.list_devices:
        check.list_devices(print)
    if args.list_targets:
        check.list_bundles("target", print)
    if args.list_dances:
        check.list_bundles("dance", print)
    return 0


def _perform(settings: Settings, is_delay_given: bool) -> int:
    from live.core.stats import write_report
    from live.sound.open import SilentSource, SourceError, open_source

    if settings.offline:
        settings = replace(settings, headless=True)
        if not (settings.record or settings.record_poses):
            raise SourceError(
                "--offline needs --record OUT.mp4 or --record-poses OUT.npz to write to."
            )
    poses = _pose_file(settings)
    aloud = not (settings.mute or settings.offline)
    source = SilentSource() if poses else open_source(settings.input, aloud, settings.duration)
    if settings.stats and not Path(settings.stats).absolute().parent.is_dir():
        raise SourceError(f"The folder of --stats {settings.stats} does not exist.")
    if settings.offline:
        from live.show.offline import OfflineShow

        report = OfflineShow(settings, source, poses).run()
    else:
        if not is_delay_given:
            settings = _calibrated(settings, source)
        settings = _display(settings)
        report = _live(settings, source, poses)
    if settings.stats:
        write_report(Path(settings.stats), report)
    error = str(report.get("error") or "")
    if error:
        print(f"dancelive: {error}", file=sys.stderr)
    return 1 if error else 0


def _pose_file(settings: Settings) -> "PoseFileMotion | None":
    if Path(settings.input).suffix.lower() != ".npz":
        return None
    from live.dance.motion import PoseFileMotion
    from models.pose_playback import PoseFile

    return PoseFileMotion(PoseFile(Path(settings.input)))


def _display(settings: Settings) -> Settings:
    if settings.headless:
        return settings
    from live.window.display import has_display

    works, reason = has_display()
    if works:
        return settings
    print(f"dancelive: no window: {reason} The show goes on without one.", file=sys.stderr)
    return replace(settings, headless=True)


def _calibrated(settings: Settings, source: "Source") -> Settings:
    """With the delay that --calibrate kept for the device of this show."""
    from live.calibration.delays import in_words, read_delays

    delays = read_delays()
    delay = delays.of(source.microphone, source.loudspeaker) if delays else None
    if delay is None:
        return settings
    print(f"dancelive: the picture {in_words(delay)}, as calibrated", file=sys.stderr)
    return replace(settings, delay_ms=delay * 1e3)


def _live(
    settings: Settings, source: "Source", poses: "PoseFileMotion | None"
) -> dict[str, object]:
    from live.show.show import Show

    show = Show(settings, source, STARTED_AT)
    show.prepare(poses)
    print(_credits(settings, poses is not None), file=sys.stderr)
    show.start()
    with contextlib.suppress(KeyboardInterrupt):
        show.run()
    report = show.finish()
    if show.error:
        report["error"] = show.error
    return report


def _credits(settings: Settings, is_pose_file: bool) -> str:
    """One line that says who dances what, and under which licence."""
    from models import bundle

    wanted = [] if settings.target == "skeleton" else [("target", settings.target)]
    wanted += [] if is_pose_file else [("dance", settings.dance)]
    said = [
        f"{kind} {found.manifest.name} ({found.manifest.licence})"
        for kind, name in wanted
        for found in [bundle.find(kind, name)]
    ]
    return "dancelive: " + ", ".join(said or ["skeleton"])


if __name__ == "__main__":
    sys.exit(main())
