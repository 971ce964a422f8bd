"""The command line: flags -> Settings -> Show. Alone reads argv; imports the rest lazily."""

import argparse
import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from live.arguments import parser, settings_of
from live.core.heap import stay_small
from live.core.settings import DELAYS_MS, Settings
from live.guard import CRASHED, OVER
from models.command import command, hear_no_more, os_error_in_words

if TYPE_CHECKING:
    from live.dance.motion import PoseFileMotion
    from live.show.resume import Resume
    from live.sound.source import Source

STARTED_AT = time.perf_counter()


@command("dancelive", then="")
def main(argv: list[str] | None = None) -> int:
    """0 after a show, 1 with one sentence for what can be fixed, 2 for wrong arguments."""
    args = parser().parse_args(argv)
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
        if args.list_devices or args.list_targets or args.list_dances or args.check:
            return _tell(args)
        if args.calibrate:
            return _calibrate(settings_of(args))
        resume = _resume(args)
        return _perform(settings_of(args), args.delay_ms is not None, resume)
    except (BundleError, EngineError) as error:
        return _sorry(error)
    except _user_errors() as error:
        return _sorry(error)
    except Exception as error:  # what nobody foresaw: without --guard it is shown as it is
        if args.resume is None or isinstance(error, OSError | ModuleNotFoundError):
            raise
        logging.getLogger(__name__).exception("dancelive: the show broke")
        return CRASHED


def _guard(args: argparse.Namespace, argv: list[str] | None) -> int:
    """Light: the show is another process."""
    from live.guard import guard

    instead = ("offline", "list_devices", "list_targets", "list_dances", "check", "calibrate")
    if any(getattr(args, name) for name in instead):
        parser().error("--guard watches over a live show: leave it out here.")
    return guard(argv, args.duration)


def _resume(args: argparse.Namespace) -> "Resume | None":
    """What --guard tells its show."""
    if args.resume is None:
        return None
    from live.show.resume import Resume

    file, crashed_at, n_crashes = args.resume
    is_aloud = not (args.mute or _is_pose_file(args.input))
    return Resume(Path(file), float(crashed_at), int(n_crashes), is_aloud)


def _calibrate(settings: Settings) -> int:
    from live.calibration.calibrate import calibrate

    try:
        return calibrate(settings, print)
    except KeyboardInterrupt:
        print("dancelive: stopped; the delays are as they were.", file=sys.stderr)
        return 1


def _user_errors() -> tuple[type[Exception], ...]:
    from live.dance.dancer import StyleError
    from live.osc.address import OscError
    from live.picture.picture_file import PictureFileError
    from live.recording.part_file import RecorderError
    from live.sound.source import SourceError
    from models.pose_file import PoseFileError

    return OscError, PictureFileError, PoseFileError, RecorderError, SourceError, StyleError


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
    return 0


def _perform(settings: Settings, is_delay_given: bool, resume: "Resume | None") -> int:
    stay_small()
    if settings.offline:
        settings = replace(settings, headless=True)
    _check_files(settings)
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
        report, is_broken = _live(_display(settings), source, poses, resume)
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
    if settings.stats and not Path(settings.stats).absolute().parent.is_dir():
        raise SourceError(f"The folder of --stats {settings.stats} does not exist.")
    if settings.stats and Path(settings.stats).is_dir():
        raise SourceError(f"--stats {settings.stats} is a folder: name a file.")


def _is_pose_file(name: str) -> bool:
    from models.pose_file import SUFFIXES

    return Path(name).suffix.lower() in SUFFIXES


def _pose_file(settings: Settings, resume: "Resume | None") -> "PoseFileMotion | None":
    if not _is_pose_file(settings.input):
        return None
    from live.dance.motion import PoseFileMotion
    from models.pose_playback import PoseFile

    return PoseFileMotion(PoseFile(Path(settings.input)), resume.place if resume else 0.0)


def _source(
    settings: Settings, poses: "PoseFileMotion | None", resume: "Resume | None"
) -> "Source":
    from live.sound.open import SilentSource, open_source

    if poses is not None:
        return SilentSource()
    aloud = not (settings.mute or settings.offline)
    if resume is None:
        return open_source(settings.input, aloud, settings.duration)
    left = settings.duration and settings.duration - resume.time()
    return open_source(settings.input, aloud, left, place=lambda: resume.place)


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
) -> tuple[dict[str, object], bool]:
    """The report, and whether the show broke."""
    from live.show.show import Show

    show = Show(settings, source, STARTED_AT, poses, resume)
    report: dict[str, object] = {}

    def finish() -> dict[str, object]:
        hear_no_more()
        found = show.finish()
        return found | {"error": show.error} if show.error else found

    def lost() -> None:
        """The display is gone, and Qt ends the process when this returns."""
        show.error = show.error or "The display is gone, so the show is over."
        code = _end(settings, finish())
        sys.stderr.flush()
        os._exit(code)

    try:
        try:
            print(_credits(settings, poses is not None), file=sys.stderr)
            show.start(lost)
            show.run()
        finally:
            report = finish()
    except KeyboardInterrupt:
        pass
    return report, show.is_broken


def _credits(settings: Settings, is_pose_file: bool) -> str:
    """One line that says who dances what, and under which licence."""
    from live.check import licence
    from models import bundle

    wanted = [] if settings.target == "skeleton" else [("target", settings.target)]
    wanted += [] if is_pose_file else [("dance", settings.dance)]
    named = [(kind, bundle.find(kind, name).manifest) for kind, name in wanted]
    parts = [f"{kind} {manifest.name} ({licence(manifest)})" for kind, manifest in named]
    return "dancelive: " + ", ".join(parts or ["skeleton"])


if __name__ == "__main__":
    sys.exit(main())
