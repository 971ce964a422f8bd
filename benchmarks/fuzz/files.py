"""Kinds whose inputs are single files: sounds, videos, pictures."""

from pathlib import Path

from numpy.random import Generator

from benchmarks.fuzz import media
from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import mutated, pick

Seeds = dict[str, bytes]  # file -> content
RENAMED = 0.1  # share of inputs with the name of another kind of file


def _sounds(folder: Path) -> Seeds:
    made = [media.write_sound(folder / name, *how) for name, how in media.SOUNDS.items()]
    return _read(made)


def _videos(folder: Path) -> Seeds:
    return _read([media.write_film(folder / name, *how) for name, how in media.FILMS.items()])


def _pictures(folder: Path) -> Seeds:
    """And films, which are no pictures."""
    made = [media.write_picture(folder / name, *how) for name, how in media.PICTURES.items()]
    films = [media.write_film(folder / f"film-{n}", *media.FILMS[n]) for n in ("a.mp4", "i.gif")]
    return _read([*made, *films])


def _read(paths: list[Path]) -> Seeds:
    return {path.name: path.read_bytes() for path in paths}


def _one(rng: Generator, seeds: Seeds, folder: Path) -> Path:
    """One of them, changed, sometimes under the name of another."""
    names = sorted(seeds)
    name = pick(rng, names)
    content = mutated(rng, seeds[name], [seeds[other] for other in names])
    suffix = Path(pick(rng, names) if rng.random() < RENAMED else name).suffix
    path = folder / f"input{suffix}"
    path.write_bytes(content)
    return path


SOUND = Kind("sound", _sounds, _one, "benchmarks.fuzz.media_readers:sound")
VIDEO = Kind("video", _videos, _one, "benchmarks.fuzz.media_readers:video")
PICTURES = Kind("pictures", _pictures, _one, "benchmarks.fuzz.media_readers:pictures")
