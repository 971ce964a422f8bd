"""Which excerpts of a person's video are kept from training where nobody names them."""

from pathlib import Path

from models.array_file import ArrayFileError, read_arrays
from train.person.data import song_of
from train.person.joints import beside

EVERY = 4  # songs


def every_fourth_song(video: Path) -> tuple[str, ...]:
    """Every fourth song of the pose file beside the video, in its order, the first left out.

    The first shows what a person must be learned from (slow poses to all sides). None of a video of
    four songs or fewer, or without a pose file: it can spare nothing.
    """
    try:
        names = [str(name) for name in read_arrays(beside(video))["clip_name"]]
    except (ArrayFileError, KeyError, TypeError):
        return ()  # the training says what is wrong with it
    songs = list(dict.fromkeys(song_of(name) for name in names))
    return tuple(songs[EVERY::EVERY])
