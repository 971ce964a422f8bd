"""One recording to prepare, and what is kept of it so that the same is never done twice."""

import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.files import write_whole
from models.json_file import read_json


@dataclass(frozen=True)
class Task:
    """One recording to prepare, by one process."""

    kind: str  # a key of train.readers.find.KINDS
    source: str  # a whole path: another process may stand elsewhere
    name: str  # unique below the output folder
    part: str = ""  # of a source that holds several


@dataclass(frozen=True)
class Options:
    """The same for all recordings of a run."""

    out: str  # a whole path
    many: int  # recordings that are prepared together
    style: str
    licence: str
    fps: float
    align: bool
    quality: float
    estimator: str
    joints: str = ""  # a whole path: the table that names the joints of a rig
    research: bool = False  # also clips that may not be learned from for any use
    raw: bool = False  # joints as they were found, nothing cleaned
    shows_frames: bool = False  # one after the other: each with a bar of its own


def report_path(task: Task, options: Options) -> Path:
    """Where its report is kept."""
    return Path(options.out) / "reports" / f"{task.name}.json"


def fingerprint(task: Task, options: Options) -> dict[str, Any]:
    """What a result depends on: if it is the same, nothing need be done again."""
    path = Path(task.source)
    stamps: list[os.stat_result] = []
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        with suppress(OSError):  # what may not be looked at the reader will say
            stamp = file.stat()
            stamps += [stamp] if stat.S_ISREG(stamp.st_mode) else []
    return {
        "task": asdict(task),
        "options": {k: v for k, v in asdict(options).items() if k not in ("out", "shows_frames")},
        "bytes": sum(s.st_size for s in stamps),
        "changed": max((s.st_mtime for s in stamps), default=0.0),
    }


def earlier(task: Task, options: Options) -> dict[str, Any] | None:
    """The report of an earlier run with the same source and options whose songs are still there."""
    kept = _kept(task, options)
    report = kept.get("report", {})
    if not report or report.get("failed") or kept.get("made_of") != fingerprint(task, options):
        return None
    is_there = all(path.is_file() for path in songs_of(report, options))
    return report if is_there else None


def keep(task: Task, options: Options, report: dict[str, Any]) -> None:
    """Write the report of a task last, so that an interrupted one is done again.

    Songs that an earlier run made of the same recording, and this one did not, are taken away.
    """
    made_of = fingerprint(task, options)
    here = songs_of(report, options)
    for path in songs_of(_kept(task, options).get("report", {}), options):
        if path not in here:
            path.unlink(missing_ok=True)
    write(report_path(task, options), {"made_of": made_of, "report": report})


def songs_of(report: dict[str, Any], options: Options) -> list[Path]:
    """The files of the songs that a report names."""
    return [Path(options.out) / f"{Path(name).name}.npz" for name in report.get("songs", [])]


def _kept(task: Task, options: Options) -> dict[str, Any]:
    """What `keep` wrote, or nothing."""
    try:
        kept = read_json(report_path(task, options))
        return kept if isinstance(kept["report"]["songs"], list) else {}
    except (ValueError, KeyError, TypeError):
        return {}


def write(path: Path, content: Any) -> None:
    """JSON, all or nothing."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    with write_whole(path) as part:
        part.write_text(text, encoding="utf-8")
