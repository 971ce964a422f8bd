"""One recording of a show: a film, poses, or both. Opening and closing take their time."""

import functools
from collections.abc import Callable
from pathlib import Path

from live.core.cutout import NOTHING, Box, Cutout
from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.outputs.alpha import straight, whole
from live.outputs.fitting import Fitting
from live.recording.film_recorder import FilmRecorder
from live.recording.kinds import kind_of
from live.recording.pose_recorder import PoseRecorder
from live.sound.source import Source
from models.types import Array

Name = Callable[[str], Path]


class Take:
    """What it is given goes into the files that are asked for; the rest is let go."""

    def __init__(
        self,
        film: str,
        poses: str,
        name: Name,
        settings: Settings,
        output: tuple[int, int],
        source: Source | None,
        start: Callable[[], float],
        delay: float,
        offline: bool = False,
        replaces: bool = False,
    ) -> None:
        """`film` and `poses` as --record and --record-poses; `name` says where that is free.

        `output` (W, H) px of the stage screen; `source` None = a film without sound; media time
        `start`, asked once the film is open, is its beginning; pictures come `delay` s later than
        their sound. Unless it `replaces` what is there it takes no name that is given away until
        it is whole. Raises RecorderError; nothing is left behind then.
        """
        self._film: FilmRecorder | None = None
        self._poses: PoseRecorder | None = None
        self._is_over = False
        self._fitting = Fitting(output, output)  # of the stage to the film
        try:
            if film:
                self._film = FilmRecorder(
                    name(film),
                    *output,
                    settings.fps,
                    source.rate if source else 0,
                    source.channels if source else 0,
                    offline,
                    start,
                    delay,
                    kind_of(film),
                    replaces,
                )
            if poses:
                self._poses = PoseRecorder(name(poses), output, settings.fps, replaces)
        except BaseException:  # also Ctrl-C
            self.close()
            raise

    @property
    def has_film(self) -> bool:
        return self._film is not None

    @property
    def name(self) -> str:
        """Of the film, or of the poses where there is none."""
        return next((r.path.name for r in (self._film, self._poses) if r), "")

    @property
    def is_empty(self) -> bool:
        """No picture has come, so no file is left once it is closed."""
        return all(r.is_empty for r in (self._film, self._poses) if r)

    @property
    def is_over(self) -> bool:
        """It is closed: nothing grows any more."""
        return self._is_over

    @property
    def is_broken(self) -> bool:
        """Its film ended early."""
        return bool(self._film and self._film.error)

    @property
    def error(self) -> str:
        """Why film or poses are not whole, in a sentence each; empty while all is well."""
        recorders = (self._film, self._poses)
        return " ".join(recorder.error for recorder in recorders if recorder and recorder.error)

    @property
    def warning(self) -> str:
        """What the film lost of late, in a sentence; empty while it keeps up."""
        return self._film.warning if self._film else ""

    @property
    def n_dropped(self) -> int:
        """Pictures and blocks of sound that the film could not take in time."""
        return self._film.n_dropped if self._film else 0

    @property
    def places(self) -> dict[str, str]:
        """What is growing: the name that it gets when it is whole. Both absolute."""
        recorders = (self._film, self._poses)
        return {str(r.part.absolute()): str(r.path.absolute()) for r in recorders if r}

    def allow(self, delay: float) -> None:
        """From now on pictures may come so much later than their sound, s."""
        if self._film is not None:
            self._film.allow(delay)

    def add_audio(self, block: AudioBlock) -> None:
        if self._film is not None:
            self._film.add_audio(block)

    def add_picture(self, image: Array, cutout: Cutout | None, media_time: float) -> None:
        """uint8 (H, W, 3) RGB, and the dancer alone, worked out where the film wants that."""
        if self._film is None:
            return
        stage = image.shape[1::-1]
        if stage != self._fitting.stage:  # set to another size just as the film began
            self._fitting = Fitting((stage[0], stage[1]), self._fitting.size)
        if self._film.has_alpha:
            self._film.add_frame(functools.partial(self._cut_out, cutout), media_time)
        else:
            self._film.add_frame(self._fitting.picture(image), media_time)

    def add_pose(self, placed: Array, media_time: float) -> None:
        """Joints (18, 2), 0..1 of the stage screen."""
        if self._poses is not None:
            self._poses.add(placed, media_time)

    def _cut_out(self, cutout: Cutout | None) -> Array:
        """uint8 (H, W, 4), colours not multiplied by alpha."""
        box = self._fitting.cutout(cutout) if cutout else NOTHING
        return whole(Box(box.x, box.y, straight(box.rgba)), self._fitting.size)

    def close(self) -> None:
        """Finish the files; then `error` tells how they went."""
        for recorder in (self._film, self._poses):
            if recorder is not None:
                recorder.close()
        self._is_over = True
