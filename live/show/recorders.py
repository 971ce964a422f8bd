"""The film and the poses of a show, as far as they are asked for."""

import logging
from pathlib import Path

from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.recording.mp4_recorder import Mp4Recorder
from live.recording.part_file import free_name
from live.recording.pose_recorder import PoseRecorder
from live.sound.source import Source
from models.types import Array

log = logging.getLogger(__name__)


class Recorders:
    """Takes everything, keeps what --record and --record-poses ask for."""

    def __init__(
        self,
        settings: Settings,
        output: tuple[int, int],
        source: Source | None,
        offline: bool = False,
    ) -> None:
        """`output` (W, H) px of the stage screen; `source` None = a film without sound.

        Raises RecorderError.
        """
        self._film: Mp4Recorder | None = None
        self._poses: PoseRecorder | None = None
        try:
            self._open(settings, output, source, offline)
        except BaseException:  # also Ctrl-C: what was opened leaves nothing behind
            self.close()
            raise

    def _open(
        self,
        settings: Settings,
        output: tuple[int, int],
        source: Source | None,
        offline: bool,
    ) -> None:
        if settings.record:
            self._film = Mp4Recorder(
                _place(settings.record, settings.overwrite),
                *output,
                settings.fps,
                source.rate if source else 0,
                source.channels if source else 0,
                offline,
                picture_delay=settings.delay_ms / 1e3,
            )
        if settings.record_poses:
            place = _place(settings.record_poses, settings.overwrite)
            self._poses = PoseRecorder(place, output, settings.fps)

    @property
    def has_film(self) -> bool:
        return self._film is not None

    @property
    def error(self) -> str:
        """Why film or poses are not whole, in a sentence each; empty while all is well."""
        recorders = (self._film, self._poses)
        return " ".join(recorder.error for recorder in recorders if recorder and recorder.error)

    @property
    def n_dropped(self) -> int:
        """Pictures and blocks of sound that the film could not take in time."""
        return self._film.n_dropped if self._film else 0

    @property
    def places(self) -> dict[str, str]:
        """What is growing: the name that it gets when it is whole. Both absolute."""
        recorders = (self._film, self._poses)
        return {str(r.part.absolute()): str(r.path.absolute()) for r in recorders if r}

    def add_audio(self, block: AudioBlock) -> None:
        if self._film is not None:
            self._film.add_audio(block)

    def add_picture(self, image: Array, media_time: float) -> None:
        """uint8 (H, W, 3) RGB."""
        if self._film is not None:
            self._film.add_frame(image, media_time)

    def add_pose(self, placed: Array, media_time: float) -> None:
        """Joints (18, 2), 0..1 of the stage screen."""
        if self._poses is not None:
            self._poses.add(placed, media_time)

    def close(self) -> None:
        """Finish the files; then `error` tells how they went."""
        for recorder in (self._film, self._poses):
            if recorder is not None:
                recorder.close()


def _place(name: str, overwrite: bool) -> Path:
    """Where it is recorded: never over another recording, unless that is wished. Says so."""
    path = Path(name)
    place = path if overwrite else free_name(path)
    if place != path:
        log.warning("%s is there already: this recording is %s", path, place.name)
    return place
