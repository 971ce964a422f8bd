"""Songs in folds: each is judged once, by networks that never met it."""

import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping

N_FOLDS = 6


def spread(genres: Mapping[str, str], n_folds: int) -> dict[str, int]:
    """A fold for every song by its name, each genre spread evenly over the folds."""
    songs: dict[str, list[str]] = defaultdict(list)
    # By a sum of the name, since songs with like names may come from one record.
    for name in sorted(genres, key=lambda name: zlib.crc32(name.encode())):
        songs[genres[name]].append(name)
    return {
        name: (index + shift) % n_folds
        for shift, genre in enumerate(sorted(songs))
        for index, name in enumerate(songs[genre])
    }


def folds_of(genres: Mapping[str, str], first: Collection[str]) -> dict[str, int]:
    """Fold 0 holds the songs of `first`, which no dance learns from; the others hold the rest."""
    rest = {name: genre for name, genre in genres.items() if name not in first}
    if len(rest) == len(genres):
        return spread(genres, N_FOLDS)
    later = {name: fold + 1 for name, fold in spread(rest, N_FOLDS - 1).items()}
    return {name: later.get(name, 0) for name in genres}
