"""BVH files as they are: a tree of joints with offsets and channels, and the numbers of all frames.

bvhTools calls itself for every joint, cuts names at a space and passes over positions of other
joints than the root; bvhio and bvhsdk bring much that is not needed here.
"""

import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from models.fields import in_brief
from models.files import unreadable
from models.types import Array
from train.songs.song import DataError

MOST_BYTES = 256 * 2**20  # an hour of 60 joints at 60 frames/s
MOST_NODES = 2_000
MOST_CHANNELS = 9 * MOST_NODES
FARTHEST = 1e7  # of an offset or a position, in whatever unit
SLOWEST_FPS, QUICKEST_FPS = 5.0, 1_000.0
POSITION, ROTATION, SCALE = "position", "rotation", "scale"
_CHANNEL = re.compile(rf"([xyz])({POSITION}|{ROTATION}|{SCALE})", re.IGNORECASE)
_COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//).*", re.MULTILINE)
_MOTION = re.compile(rb"^[ \t]*MOTION\b", re.IGNORECASE | re.MULTILINE)
_HEAD = re.compile(r"\s*Frames\s*:\s*(\S+)\s+Frame\s*Time\s*:\s*(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Channel:
    """One column of the frames."""

    kind: str  # POSITION, ROTATION or SCALE
    axis: int  # 0 x, 1 y, 2 z
    column: int


@dataclass
class Node:
    """A joint or an End Site."""

    name: str
    parent: int  # -1: the root
    is_end: bool = False
    offset: tuple[float, ...] = (0.0, 0.0, 0.0)
    channels: list[Channel] = field(default_factory=list[Channel])


@dataclass(frozen=True)
class Clip:
    """One file: its first tree, parents before their children, and its frames."""

    nodes: list[Node]
    frames: Array  # float64 (N, columns), degrees and the file's unit
    fps: float
    notes: tuple[str, ...]


def read_clip(path: Path) -> Clip:
    """A whole file. Raises DataError, in one sentence that names the file."""
    try:
        return _with_whole_positions(_parsed(_content(path)))
    except DataError as error:
        raise DataError(f"{path.name} {error}") from error


def _content(path: Path) -> bytes:
    if why := unreadable(path):
        raise DataError(f"cannot be read: {why}.")
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"is larger than {MOST_BYTES >> 20} MB: cut it into several files.")
    return path.read_bytes().replace(b"\r", b"\n")


def _parsed(content: bytes) -> Clip:
    found = _MOTION.search(content)
    hierarchy = content[: found.start() if found else 1_000].decode("utf-8-sig", "replace")
    if not _COMMENT.sub("", hierarchy).lstrip().upper().startswith("HIERARCHY"):
        raise DataError("is no BVH file: it does not begin with HIERARCHY.")
    if not found:
        raise DataError("holds no MOTION: it is no whole BVH file.")
    trees, n_columns = _trees(hierarchy)
    motion = str(memoryview(content)[found.end() :], "ascii", "replace")
    frames, fps, notes = _frames(motion, n_columns)
    if len(trees) > 1:
        others = ", ".join(in_brief(tree[0].name) for tree in trees[1:4])
        notes += (f"of its {len(trees)} roots the first is read, not {others}",)
    return Clip(trees[0], frames, fps, notes)


def _trees(hierarchy: str) -> tuple[list[list[Node]], int]:
    """The nodes below each ROOT, and how many columns their channels have."""
    reader = _TreeReader()
    for number, line in enumerate(hierarchy.split("\n"), 1):
        for statement in re.split(r"([{}])", _COMMENT.sub("", line)):
            if words := statement.split():
                reader.take(number, words)
    return reader.done()


class _TreeReader:
    """Statement by statement, as deep as the tree may be."""

    def __init__(self) -> None:
        self._trees: list[list[Node]] = []
        self._open: list[int] = []  # nodes of the newest tree that are not closed
        self._named: Node | None = None  # its brace is still to come
        self._n_nodes = self._n_columns = 0

    def take(self, number: int, words: list[str]) -> None:
        """One statement: a brace, or a keyword and what belongs to it."""
        match words[0].upper():
            case "HIERARCHY" if not self._trees:
                pass
            case "ROOT" if not self._open:
                self._trees.append([])
                self._name(number, words, -1)
            case "JOINT" | "END" if self._open:
                self._name(number, words, self._open[-1])
            case "{" if self._named:
                self._open.append(len(self._trees[-1]))
                self._trees[-1].append(self._named)
                self._named = None
            case "}" if self._open:
                self._open.pop()
            case "OFFSET" if self._open:
                self._node.offset = _offset(number, words[1:])
            case "CHANNELS" if self._open:
                self._channels(number, words[1:])
            case _:
                _wrong(number, words)

    def done(self) -> tuple[list[list[Node]], int]:
        if self._open or self._named or not self._trees:
            raise DataError("is damaged: its braces are not closed before MOTION, or nothing is.")
        return self._trees, self._n_columns

    @property
    def _node(self) -> Node:
        return self._trees[-1][self._open[-1]]

    def _name(self, number: int, words: list[str], parent: int) -> None:
        self._n_nodes += 1
        if self._n_nodes > MOST_NODES:
            raise DataError(f"holds more than {MOST_NODES} joints: export the body alone.")
        if words[0].upper() == "END":
            self._named = Node(f"end of {self._node.name}", parent, is_end=True)
        elif len(words) > 1 and not self._named:
            self._named = Node(" ".join(words[1:]), parent)
        else:
            _wrong(number, words)

    def _channels(self, number: int, words: list[str]) -> None:
        kinds = [_CHANNEL.fullmatch(word) for word in words[1:]]
        if not kinds or words[0] != str(len(kinds)) or self._n_columns > MOST_CHANNELS:
            _wrong(number, ["CHANNELS", *words])
        for kind in kinds:
            if not kind:
                _wrong(number, ["CHANNELS", *words])
            axis = "xyz".index(kind[1].lower())
            self._node.channels.append(Channel(kind[2].lower(), axis, self._n_columns))
            self._n_columns += 1


def _offset(number: int, words: list[str]) -> tuple[float, ...]:
    try:
        values = tuple(map(float, words))
    except ValueError:
        _wrong(number, ["OFFSET", *words])
    if len(values) != 3 or not all(abs(value) < FARTHEST for value in values):
        _wrong(number, ["OFFSET", *words])
    return values


def _wrong(number: int, words: list[str]) -> NoReturn:
    raise DataError(f"cannot be read in line {number}: {in_brief(' '.join(words))}.")


def _frames(motion: str, n_columns: int) -> tuple[Array, float, tuple[str, ...]]:
    """The numbers behind MOTION, (N, columns), the frames a second, and what was left out."""
    if "#" in motion or "//" in motion:
        motion = _COMMENT.sub("", motion)
    head = _HEAD.match(motion)
    if not head:
        raise DataError("does not say behind MOTION how many Frames there are, and its Frame Time.")
    promised, frame_s = _number(head[1]), _number(head[2])
    if not promised >= 1 or promised != int(min(promised, 1e15)):
        raise DataError(f"holds no frames (Frames: {in_brief(head[1])}).")
    if not frame_s * (1 + 1e-6) >= 1 / QUICKEST_FPS or not frame_s <= 1 / SLOWEST_FPS:
        raise DataError(
            f"has a Frame Time of {in_brief(head[2])}: it must be seconds, "
            f"{1 / QUICKEST_FPS:g} to {1 / SLOWEST_FPS:g}."
        )
    if not n_columns:
        raise DataError("has no CHANNELS: nothing in it moves.")
    frames, why = _rows(motion, head.end(), n_columns, int(promised))
    if not len(frames):
        raise DataError(f"holds no whole frame: {why}.")
    wrong = np.flatnonzero(~(np.abs(frames) < FARTHEST).all(1))
    if len(wrong):
        raise DataError(
            f"holds numbers that are none or beyond {FARTHEST:g} in {len(wrong)} of its frames, "
            f"the first in frame {wrong[0] + 1}."
        )
    if left_out := int(promised) - len(frames):
        why = f"{left_out} of {int(promised)} frames are left out: {why}"
    return frames, 1 / frame_s, (why,) if why else ()


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan


def _rows(text: str, begin: int, n_columns: int, most: int) -> tuple[Array, str]:
    """The whole frames (n, columns) from `begin` on, and what else there is or why it is not more.

    Frames stand in lines; where already the first line is not a frame, they may break anywhere.
    """
    numbers = array("d")
    why, has_lines = "the file ends", True
    for words in _lines(text, begin):
        if len(numbers) >= most * n_columns:
            why = f"there are more than the {most} frames that are promised: they are left out"
            break
        if not numbers:
            has_lines = len(words) == n_columns
        if has_lines and len(words) != n_columns:
            why = f"behind them is a line of {len(words)} numbers, not {n_columns}"
            break
        try:
            numbers.extend([float(word) for word in words])
        except ValueError:
            why = "behind them is something that is no number"
            break
    else:
        why = "" if len(numbers) == most * n_columns else why
    n_rows = min(len(numbers) // n_columns, most)
    flat = np.frombuffer(numbers, np.float64) if numbers else np.zeros(0)
    return flat[: n_rows * n_columns].reshape(n_rows, n_columns), why


def _lines(text: str, begin: int) -> Iterator[list[str]]:
    """The words of every line that has any."""
    while begin < len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        if words := text[begin:end].split():
            yield words
        begin = end + 1


def _with_whole_positions(clip: Clip) -> Clip:
    """Without the positions of joints that are 0 throughout where their offset is not.

    Positions stand for the offset; some programs write them as 0 on every joint but the root.
    """
    nodes: list[Node] = []
    for node in clip.nodes:
        columns = [c.column for c in node.channels if c.kind == POSITION]
        is_idle = node.parent >= 0 and any(node.offset) and not clip.frames[:, columns].any()
        kept = [c for c in node.channels if not (is_idle and c.kind == POSITION)]
        nodes.append(replace(node, channels=kept))
    return replace(clip, nodes=nodes)
