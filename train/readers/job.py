"""One recording to prepare, and what is kept of it so that the same is never done twice."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.files import write_whole


@dataclass(frozen=True)
class Task:
    """One recording to prepare, by one process."""

    kind: str  # a key of train.readers.find.KINDS
    source: str
    name: str  # unique below the output folder
    part: str = ""  # of a source that holds several


@dataclass(frozen=True)
class Options:
    """The same for all recordings of a run."""

    out: str
    many: int  # recordings that are prepared together
    style: str
    licence: str
    fps: float
    align: bool
    quality: float
    estimator: str
    shows_frames: bool = False  # one after the other: each with a bar of its own


def report_path(task: Task, options: Options) -> Path:
    """Where its report is kept."""
    return Path(options.out) / "reports" / f"{task.name}.json"


def fingerprint(task: Task, options: Options) -> dict[str, Any]:
    """What a result depends on: if it is the same, nothing need be done again."""
    path = Path(task.source)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    stamps = [f.stat() for f in files if f.is_file()]
    return {
        "task": asdict(task),
        "options": {k: v for k, v in asdict(options).items() if k not in ("out", "shows_frames")},
        "bytes": sum(s.st_size for s in stamps),
        "changed": max((s.st_mtime for s in stamps), default=0.0),
    }


def earlier(task: Task, options: Options) -> dict[str, Any] | None:
    """The report of an earlier run with the same source and options whose songs are still there."""
    try:
        kept = json.loads(report_path(task, options).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    out = Path(options.out)
    is_there = all((out / f"{song}.npz").is_file() for song in kept["report"]["songs"])
    return kept["report"] if is_there and kept["made_of"] == fingerprint(task, options) else None


def keep(task: Task, options: Options, report: dict[str, Any]) -> None:
    """Write the report of a task last, so that an interrupted one is done again."""
    made_of = fingerprint(task, options)
    write(report_path(task, options), {"made_of": made_of, "report": report})


def write(path: Path, content: Any) -> None:
    """JSON, all or nothing."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    with write_whole(path) as part:
        part.write_text(text, encoding="utf-8")
