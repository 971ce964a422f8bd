"""The command line: flags -> Settings -> Show. Alone reads argv; imports the rest lazily."""

import argparse
import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from live.arguments.asked import settings_of
from live.arguments.parser import parser
from live.arguments.values import ALL, DEFAULTS
from live.core.heap import stay_small
from live.core.settings import DELAYS_MS, Settings
from live.guard import CRASHED, OVER
from models.command import command, hear_no_more, os_error_in_words
from models.files import unfit

if TYPE_CHECKING:
    from live.dance.motion import PoseFileMotion
    from live.memory import LastShow
    from live.remote.server import Remote
    from live.show.resume import Resume
    from live.sound.source import Source

STARTED_AT = time.perf_counter()
_TOLD = ("list_devices", "list_targets", "list_dances", "list_shows", "check")  # then it is over


@command("dancelive", then="")
def main(argv: list[str] | None = None) -> int:
    """0 after a show, 1 with one sentence for what can be fixed, 2 for wrong arguments."""
    args = _asked(argv)
    if args.guard:
        return _guard(args, argv)
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.WARNING,
        format="%(message)s",
        stream=sys.stderr,
    )
    # What the user can fix is raised as one of these, each with one sentence.
    from models.bundle import BundleError
    from models.runtime.engines import EngineError

    try:
        if any(getattr(args, name) for name in _TOLD):
            return _tell(args)
        if args.try_out:
            return _try_out(args)
        if args.calibrate:
            return _calibrate(settings_of(args))
        resume = _resume(args)
        return _perform(settings_of(args), args.delay_ms is not None, resume, _remembered(args))
    except (BundleError, EngineError) as error:
        return _sorry(error)
    except _user_errors() as error:
        return _sorry(error)
    except Exception as error:  # what nobody foresaw: without --guard it is shown as it is
        if args.going_on is None or isinstance(error, OSError | ModuleNotFoundError):
            raise
        logging.getLogger(__name__).exception("dancelive: the show broke")
        return CRASHED


def _asked(argv: list[str] | None) -> argparse.Namespace:
    """The flags, over those of a show that is loaded. Exits with a sentence where there is none."""
    p = parser()
    args = p.parse_args(argv)
    if not (args.load or args.resume):
        if args.without:
            p.error("--without leaves out what a show brings: add --load NAME or --resume")
        return args
    from live.core.settings_file import SettingsFileError
    from live.memory import loaded

    try:
        return loaded(p, argv, args)
    except SettingsFileError as error:
        sys.exit(_sorry(error))


def _remembered(args: argparse.Namespace) -> "LastShow | None":
    """Where a live show is kept; None for what is none."""
    if args.offline:
        return None
    from live.memory import LastShow

    return LastShow(parser(), args)


def _try_out(args: argparse.Namespace) -> int:
    if args.try_out == ALL:
        from live.first_run import first_run

        return first_run(args.mute, lambda text: print(text, flush=True))
    from live.try_out import try_out

    return try_out(args.try_out, args.duration, print)


def _guard(args: argparse.Namespace, argv: list[str] | None) -> int:
    """Light: the show is another process."""
    from live.guard import guard

    instead = ("offline", *_TOLD, "calibrate", "try_out")
    if any(getattr(args, name) for name in instead):
        parser().error("--guard watches over a live show: leave it out here.")
    return guard(argv, args.duration)


def _resume(args: argparse.Namespace) -> "Resume | None":
    """What --guard tells its show."""
    if args.going_on is None:
        return None
    from live.show.resume import Resume

    file, crashed_at, n_crashes = args.going_on
    is_aloud = not (args.mute or _is_pose_file(args.input or DEFAULTS.input))
    return Resume(Path(file), float(crashed_at), int(n_crashes), is_aloud)


def _calibrate(settings: Settings) -> int:
    from live.calibration.calibrate import calibrate

    try:
        return calibrate(settings, print)
    except KeyboardInterrupt:
        print("dancelive: stopped; the delays are as they were.", file=sys.stderr)
        return 1


def _user_errors() -> tuple[type[Exception], ...]:
    from live.core.settings_file import SettingsFileError
    from live.dance.dancer import StyleError
    from live.link.session import LinkError
    from live.midi.ports import MidiError
    from live.osc.address import OscError
    from live.outputs.kind import OutputError
    from live.picture.picture_file import PictureFileError
    from live.recording.part_file import RecorderError
    from live.remote.address import RemoteError
    from live.show.show_file import ShowFileError
    from live.sound.source import SourceError
    from models.pose_file import PoseFileError

    return (
        SettingsFileError,
        LinkError,
        MidiError,
        OscError,
        OutputError,
        PictureFileError,
        PoseFileError,
        RecorderError,
        RemoteError,
        ShowFileError,
        SourceError,
        StyleError,
    )


def _sorry(error: Exception) -> int:
    print(f"dancelive: {error}", file=sys.stderr)
    return 1


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
    if args.list_shows:
        check.list_shows(print)
    return 0


def _perform(
    settings: Settings,
    is_delay_given: bool,
    resume: "Resume | None",
    memory: "LastShow | None" = None,
) -> int:
    stay_small()
    if settings.offline:
        settings = replace(settings, headless=True)
    _check_files(settings)
    if settings.outs and (resume is None or resume.before is None):  # else it is tried on and on
        from live.outputs.flag import check_outputs

        check_outputs(settings.outs)
    if resume is not None and resume.before is not None:
        from live.recording.left_behind import finish_left_behind

        finish_left_behind(resume.before.recordings, settings.overwrite)
        if 0 < settings.duration <= resume.time():
            return 0
        settings = resume.settings(settings)
    poses = _pose_file(settings, resume)
    source = _source(settings, poses, resume)
    if settings.offline:
        from live.show.offline import OfflineShow

        report = OfflineShow(settings, source, poses).run()
    else:
        if not is_delay_given:
            settings = _calibrated(settings, source)
        report, is_broken = _live(_display(settings), source, poses, resume, memory)
        if is_broken and resume is not None:
            _end(settings, report)
            return CRASHED
    code = _end(settings, report)
    if resume is not None:
        resume.file.with_suffix(OVER).write_text(str(code))  # what crashes now is not the show
    return code


def _end(settings: Settings, report: dict[str, object]) -> int:
    """Write what is to be written of a show that is over; gives the exit code."""
    errors = [str(report["error"])] if report.get("error") else []
    if settings.stats:
        from live.core.stats import write_report

        try:
            write_report(Path(settings.stats), report)
        except OSError as error:
            errors.append(f"The statistics are lost: {os_error_in_words(error)}")
    if errors:
        print("dancelive:", *errors, file=sys.stderr)
    return 1 if errors else 0


def _check_files(settings: Settings) -> None:
    """Raises SourceError where there is nothing, or no place, to write to."""
    from live.sound.source import SourceError

    if settings.offline and not (settings.record or settings.record_poses):
        raise SourceError("--offline needs --record OUT.mp4 or --record-poses OUT.npz to write to.")
    if settings.offline and settings.outs:
        raise SourceError("--out gives a live show to other software: leave it out with --offline.")
    if settings.stats and not Path(settings.stats).absolute().parent.is_dir():
        raise SourceError(f"The folder of --stats {settings.stats} does not exist.")
    if settings.stats and Path(settings.stats).is_dir():
        raise SourceError(f"--stats {settings.stats} is a folder: name a file.")
    if why := unfit(settings.stats):
        raise SourceError(f"--stats {settings.stats}: {why}.")


def _is_pose_file(name: str) -> bool:
    from models.pose_file import SUFFIXES

    return Path(name).suffix.lower() in SUFFIXES


def _pose_file(settings: Settings, resume: "Resume | None") -> "PoseFileMotion | None":
    if settings.then or not _is_pose_file(settings.input):
        return None
    from live.dance.motion import PoseFileMotion
    from models.pose_playback import PoseFile

    return PoseFileMotion(PoseFile(Path(settings.input)), resume.place if resume else 0.0)


def _source(
    settings: Settings, poses: "PoseFileMotion | None", resume: "Resume | None"
) -> "Source":
    from live.sound.open import Order, SilentSource, open_source

    if poses is not None:
        return SilentSource()
    aloud = not (settings.mute or settings.offline)
    order = Order(settings.gap, settings.crossfade, settings.loop)
    in_songs = any(cue.song for cue in settings.cues)
    if resume is None:
        return open_source(
            settings.input,
            aloud,
            settings.duration,
            then=settings.then,
            order=order,
            as_list=in_songs,
        )
    return open_source(
        settings.input,
        aloud,
        settings.duration and settings.duration - resume.time(),
        place=lambda: resume.place,
        then=settings.then,
        order=order,
        song=resume.song,
        as_list=in_songs,
    )


def _display(settings: Settings) -> Settings:
    if settings.headless:
        return settings
    from live.window.display import find_display
    from live.window.screens import choose_screen, stage_size

    found = find_display()
    if not found.works:
        print(
            f"dancelive: no window: {found.reason} The show goes on without one.", file=sys.stderr
        )
        return replace(settings, headless=True)
    if settings.fullscreen is None or settings.output != (0, 0) or not found.screens:
        return settings
    place, _ = choose_screen([name for name, _ in found.screens], settings.fullscreen)
    return replace(settings, output=stage_size(found.screens[place][1]))


def _calibrated(settings: Settings, source: "Source") -> Settings:
    """With the delay that --calibrate kept for the device of this show."""
    from live.calibration.delays import in_words, read_delays

    delays = read_delays()
    delay = delays.of(source.microphone, source.loudspeaker) if delays else None
    if delay is None:
        return settings
    earliest = DELAYS_MS[0] / 1e3
    known = " as far as the dance is known before" if delay < earliest else ""
    delay = max(delay, earliest)
    print(f"dancelive: the picture {in_words(delay)}, as calibrated{known}", file=sys.stderr)
    return replace(settings, delay_ms=delay * 1e3)


def _live(
    settings: Settings,
    source: "Source",
    poses: "PoseFileMotion | None",
    resume: "Resume | None",
    memory: "LastShow | None",
) -> tuple[dict[str, object], bool]:
    """The report, and whether the show broke."""
    from live.show.show import Show

    show = Show(settings, source, STARTED_AT, poses, resume, memory and memory.look)
    report: dict[str, object] = {}

    def finish() -> dict[str, object]:
        hear_no_more()
        found = show.finish()
        return found | {"error": show.error} if show.error else found

    def lost() -> None:
        """The display is gone, and Qt ends the process when this returns."""
        show.error = show.error or "The display is gone, so the show is over."
        code = _end(settings, finish())
        if sys.stderr:
            sys.stderr.flush()
        os._exit(code)

    try:
        try:
            print(_credits(settings, poses is not None), file=sys.stderr)
            if memory and resume is None and (offer := memory.offer()):
                print(f"dancelive: {offer}", file=sys.stderr)
            _say_where(settings)
            if told := _open_to_the_network(settings):
                print(f"dancelive: {told}", file=sys.stderr)
            if show.remote is not None:
                _say_remote(show.remote)
            show.start(lost)
            show.run()
        finally:
            report = finish()
    except KeyboardInterrupt:
        pass
    return report, show.is_broken


def _say_where(settings: Settings) -> None:
    """Where other software finds what goes out, as far as it must be told."""
    from live.outputs.kinds import kind_of

    for asked in settings.outs:
        if place := kind_of(asked.kind).where(asked):
            print(f"dancelive: {asked.label} is at {place}", file=sys.stderr)


def _say_remote(remote: "Remote") -> None:
    """Where the page for phones is; before somebody who may hold a phone to it, as a QR code."""
    print(f"dancelive: the page for phone and tablet: {remote.url}", file=sys.stderr)
    if not remote.pin:
        return
    print(f"dancelive: its PIN: {remote.pin}", file=sys.stderr)
    from live.remote.address import qr_code, shows_codes

    if shows_codes(sys.stderr):
        print(qr_code(remote.url), file=sys.stderr)


def _open_to_the_network(settings: Settings) -> str:
    """Who may command the show, when that is not this computer alone; or ""."""
    from live.osc.address import is_loopback

    if not settings.osc_in or is_loopback(settings.osc_in_host):
        return ""
    place = f"{settings.osc_in_host}:{settings.osc_in}"
    return f"OSC listens to the network, on {place}: whoever reaches it commands the show"


def _credits(settings: Settings, is_pose_file: bool) -> str:
    """One line that says who dances what, and under which licence."""
    from live.check import licence
    from models import bundle

    wanted = [] if settings.target == "skeleton" else [("target", settings.target)]
    wanted += [] if is_pose_file else [("dance", settings.dance)]
    parts: list[str] = []
    for kind, name in wanted:
        manifest = bundle.find(kind, name).manifest
        is_former = bundle.FORMER_NAMES.get(name) == manifest.name
        formerly = f", formerly {name}" if is_former else ""
        parts.append(f"{kind} {manifest.name}{formerly} ({licence(manifest)})")
    return "dancelive: " + ", ".join(parts or ["skeleton"])


if __name__ == "__main__":
    sys.exit(main())
