"""BVH files: statements, names and numbers that are odd, missing, exchanged or far too many."""

from pathlib import Path

from numpy.random import Generator

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import mutated, pick

# Joints by the number of their parent in this list, and their offsets.
BODY = (
    ("Hips", -1, "0 95 0"), ("Spine", 0, "0 20 0"), ("Chest", 1, "0 20 0"),
    *((f"{side}{name}", parent, offset.format(x=x))
      for side, x in (("Left", ""), ("Right", "-"))
      for name, parent, offset in (
          ("Shoulder", 2, "{x}5 10 0"), ("Arm", -1, "{x}13 0 0"), ("ForeArm", -1, "{x}28 0 0"),
          ("Hand", -1, "{x}25 0 0"), ("UpLeg", 0, "{x}10 -5 0"), ("Leg", -1, "0 -41 0"),
          ("Foot", -1, "0 -41 0"))),
    ("Head", 2, "0 25 0"),
)  # fmt: skip
N_FRAMES = 12
WORDS = (
    "HIERARCHY", "ROOT", "JOINT", "End Site", "OFFSET", "CHANNELS", "MOTION", "Frames:",
    "Frame Time:", "{", "}", "Xrotation", "Zposition", "#", "//", "", "\x00", "é", "左",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1", "3", "6", "999999999", "1e308", "1e999", "-1e300", "1e-320", "nan", "-inf",
    "0x1F", "1_0", "1,5", "1.5.2", "+-1", "1e", "12345678901234567890123", "-5", "0.5",
)  # fmt: skip
DEEPEST, LONGEST = 3_000, 20_000  # joints; frames that are promised or numbers in a line


def _begin(_: Path) -> list[str]:
    """With and without a head."""
    return [_text(len(BODY)), _text(len(BODY) - 1)]


def _text(n_joints: int) -> str:
    """The first joints of a body that swings, and nothing on them."""
    lines = ["HIERARCHY"]
    parents: list[int] = []
    for index, (_, parent, _) in enumerate(BODY[:n_joints]):
        parents.append(index - 1 if parent < 0 else parent)
    _block(lines, parents, 0, 0)
    lines += ["MOTION", f"Frames: {N_FRAMES}", "Frame Time: 0.033333"]
    for frame in range(N_FRAMES):
        angles = " ".join(f"{(7 * frame * (i + 1)) % 40 - 20}.5" for i in range(3 * n_joints))
        lines.append(f"{frame}.0 95.0 0.25 {angles}")
    return "\n".join(lines) + "\n"


def _block(lines: list[str], parents: list[int], index: int, depth: int) -> None:
    name, _, offset = BODY[index]
    pad = "\t" * depth
    places = "" if depth else "Xposition Yposition Zposition "
    lines += [
        f"{pad}{'JOINT' if depth else 'ROOT'} {name}", f"{pad}{{", f"{pad}\tOFFSET {offset}",
        f"{pad}\tCHANNELS {3 if depth else 6} {places}Zrotation Xrotation Yrotation",
    ]  # fmt: skip
    children = [child for child, parent in enumerate(parents) if child and parent == index]
    for child in children:
        _block(lines, parents, child, depth + 1)
    if not children:
        lines += [f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET 0 5 0", f"{pad}\t}}"]
    lines.append(f"{pad}}}")


def _make(rng: Generator, valid: list[str], folder: Path) -> Path:
    lines = pick(rng, valid).split("\n")
    for _ in range(int(rng.integers(1, 4))):
        pick(rng, _CHANGES)(rng, lines)
    content = pick(rng, ("\n", "\n", "\r\n", "\r")).join(lines).encode("utf-8", "replace")
    if rng.random() < 0.3:
        content = mutated(rng, content, [text.encode() for text in valid])
    path = folder / "dance.bvh"
    path.write_bytes(content)
    return path


def _place(rng: Generator, lines: list[str]) -> int:
    """Of any line, every second time of a frame."""
    first = next((i for i, line in enumerate(lines) if line.startswith("Frame Time")), 0)
    return int(rng.integers(first if rng.random() < 0.5 else 0, len(lines)))


def _word(rng: Generator, lines: list[str]) -> None:
    """A number of a line becomes another, more rarely a word anything."""
    at = _place(rng, lines)
    words = lines[at].split(" ")
    place = int(rng.integers(len(words)))
    is_number = words[place][-1:].isdigit()
    words[place] = pick(rng, NUMBERS if is_number and rng.random() < 0.9 else WORDS)
    lines[at] = " ".join(words)


def _head(rng: Generator, lines: list[str]) -> None:
    """What is promised: frames, their time, channels."""
    begins = pick(rng, ("Frames:", "Frame Time:", "CHANNELS", "OFFSET"))
    found = [i for i, line in enumerate(lines) if line.strip().startswith(begins)]
    if found:
        at = pick(rng, found)
        lines[at] = f"{begins} {pick(rng, (*NUMBERS, str(LONGEST)))} {lines[at].split(' ')[-1]}"


def _leave_out(rng: Generator, lines: list[str]) -> None:
    at = _place(rng, lines)
    del lines[at : at + int(rng.integers(1, 4))]
    lines += [] if lines else [""]


def _exchange(rng: Generator, lines: list[str]) -> None:
    a, b = (_place(rng, lines) for _ in range(2))
    lines[a], lines[b] = lines[b], lines[a]


def _rename(rng: Generator, lines: list[str]) -> None:
    """Joints without a name that says anything, or all with the same one."""
    name = pick(rng, ("joint", "Left", "Hand", "a" * 5_000, "x y z", ""))
    for at, line in enumerate(lines):
        if "JOINT" in line and rng.random() < 0.8:
            lines[at] = f"JOINT {name}{at if rng.random() < 0.5 else ''}"


def _nest(rng: Generator, lines: list[str]) -> None:
    """Many joints inside one another, or beside."""
    count = int(rng.integers(1, pick(rng, (30, DEEPEST))))
    closed = rng.random() < 0.5
    block = "JOINT more\n{\nOFFSET 0 1 0\n" + ("}\n" if closed else "")
    at = next((i for i, line in enumerate(lines) if "Site" in line), 0)
    lines.insert(at, count * block + ("" if closed else count * "}\n"))


def _second_root(rng: Generator, lines: list[str]) -> None:
    at = lines.index("MOTION") if "MOTION" in lines else 0
    lines[at:at] = ["ROOT second", "{", "OFFSET 0 0 0", "CHANNELS 1 Xposition", "}"]


def _flat(rng: Generator, lines: list[str]) -> None:
    """Every number the same: a body that stands at one point or is a point."""
    number = pick(rng, NUMBERS)
    begins = pick(rng, ("OFFSET", "frames"))
    first = next((i for i, line in enumerate(lines) if line.startswith("Frame Time")), 0)
    for at, line in enumerate(lines):
        words = line.split()
        if begins == "OFFSET" and "OFFSET" in line:
            lines[at] = f"OFFSET {number} {number} {number}"
        elif begins == "frames" and at > first and words:
            lines[at] = " ".join([number] * len(words))


def _long(rng: Generator, lines: list[str]) -> None:
    at = _place(rng, lines)
    lines[at] += f" {pick(rng, NUMBERS)}" * LONGEST


_CHANGES = (
    _word, _word, _word, _head, _head, _leave_out, _exchange, _rename, _nest, _second_root, _flat,
    _long,
)  # fmt: skip

BVH = Kind("bvh", _begin, _make, "benchmarks.fuzz.bvh_readers:readers")
