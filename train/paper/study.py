"""Videos -> one page on which people choose the better dance; its answers -> a preference."""

import base64
import csv
import html
import json
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

PAGE = Path(__file__).with_name("study.html")
LARGE_MB = 200  # above, browsers become slow
RESAMPLES = 10_000
PAPER = 0.43  # of the votes for the paper's dances


class StudyError(Exception):
    """A study that cannot be made or read, in one sentence."""


def build(videos: list[Path], name: str, title: str, question: str) -> str:
    """The page with all videos inside; they are pairs, ours first.

    The music of a pair is that of ours if it has any, else of the other one.

    Raises StudyError when a video is missing or without a partner, or a pair without music.
    """
    if not videos or len(videos) % 2:
        raise StudyError("Name an even number of videos: ours and the other one of each pair.")
    held: dict[str, str] = {}
    for path in videos:
        try:
            held[str(path)] = base64.b64encode(path.read_bytes()).decode()
        except OSError as error:
            raise StudyError(f"Cannot read {path} ({error.strerror}).") from error
    pairs = [
        {"ours": str(ours), "other": str(other), "music": str(_music(ours, other))}
        for ours, other in zip(videos[::2], videos[1::2], strict=True)
    ]
    data = json.dumps({"name": name, "pairs": pairs, "videos": held}).replace("<", "\\u003c")
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        title=html.escape(title), question=html.escape(question), count=len(pairs), data=data
    )


def _music(ours: Path, other: Path) -> Path:
    """Which of the two is heard, whichever side it stands on."""
    from models.media_file import MediaFileError, open_media

    for path in (ours, other):
        try:
            with open_media(path) as film:
                if film.streams.audio:
                    return path
        except MediaFileError as error:
            raise StudyError(f"{path} is no video ({error}).") from error
    raise StudyError(f"Neither {ours} nor {other} has sound: one of a pair must bring the music.")


@dataclass(frozen=True)
class Vote:
    """One answer."""

    participant: str  # one for each person, whatever they call themselves
    dances: bool
    ours: str
    is_ours: bool  # preferred


def read(paths: list[Path]) -> list[Vote]:
    """The answers of all files; a participant's second answer to a pair replaces the first.

    A participant is who the page said; of an older page, which said only a name, each file is a
    participant of its own, unless it is a copy of another one.

    Raises StudyError when a file holds no answers or some of another study.
    """
    votes: dict[tuple[str, str, str], Vote] = {}
    studies: set[str] = set()
    files: dict[str, int] = {}  # the answers of a file, and which of the files it is
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file))
            number = files.setdefault(json.dumps(rows), len(files))
            for row in rows:
                name, choice = row["participant"], row["preferred"]
                if choice not in ("ours", "other"):
                    raise KeyError(f"preferred = {choice}")
                who = f"{name} ({row.get('person') or f'file {number}'})"
                vote = Vote(who, row["dances"] == "yes", row["ours"], choice == "ours")
                votes[who, row["ours"], row["other"]] = vote
                studies.add(row["study"])
        except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
            raise StudyError(f"{path} holds no answers of a study ({error}).") from error
    if not votes:
        raise StudyError("There is no answer in these files.")
    if len(studies) > 1:
        raise StudyError(f"These are answers of several studies: {', '.join(sorted(studies))}.")
    return list(votes.values())


def preference(votes: list[Vote], seed: int = 0) -> dict[str, Any]:
    """Share of the votes for ours with 95 %: of single votes, and over participants.

    Votes of one person are alike, so the second interval is the honest one where there are several.
    """
    from scipy.stats import binomtest

    ours = sum(vote.is_ours for vote in votes)
    wilson = binomtest(ours, len(votes)).proportion_ci(method="wilson")
    found: dict[str, Any] = {
        "votes": len(votes),
        "ours": ours,
        "share": round(ours / len(votes), 4),
        "votes_95": [round(float(wilson.low), 4), round(float(wilson.high), 4)],
    }
    people = sorted({vote.participant for vote in votes})
    counts = np.array([
        [sum(v.is_ours for v in votes if v.participant == who),
         sum(v.participant == who for v in votes)]
        for who in people
    ])  # fmt: skip
    found["participants"] = len(people)
    if len(people) > 1:
        rows = np.random.default_rng(seed).integers(len(people), size=(RESAMPLES, len(people)))
        drawn = counts[rows].sum(1)
        low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
        found["participants_95"] = [round(float(low), 4), round(float(high), 4)]
    return found


def summary(votes: list[Vote]) -> dict[str, Any]:
    """All votes, those of people who dance, and each pair."""
    found = preference(votes) | {"paper": PAPER}
    dancers = [vote for vote in votes if vote.dances]
    if dancers:
        found["dancers"] = preference(dancers)
    found["pairs"] = {
        name: round(float(np.mean([v.is_ours for v in votes if v.ours == name])), 4)
        for name in sorted({vote.ours for vote in votes})
    }
    return found
