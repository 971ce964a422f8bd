"""The film and the poses of a show, as far as they are asked for."""

from pathlib import Path

from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.recording.mp4_recorder import Mp4Recorder
from live.recording.pose_recorder import PoseRecorder
from live.sound.source import Source
from models.types import Array


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
        if settings.record:
            self._film = Mp4Recorder(
                Path(settings.record),
                *output,
                settings.fps,
                source.rate if source else 0,
                source.channels if source else 0,
                offline,
            )
        if settings.record_poses:
            self._poses = PoseRecorder(Path(settings.record_poses), output, settings.fps)

    @property
    def has_film(self) -> bool:
        return self._film is not None

    @property
    def error(self) -> str:
        """Why the film ended early, in one sentence; empty while all is well."""
        return self._film.error if self._film else ""

    @property
    def n_dropped(self) -> int:
        """Pictures and blocks of sound that the film could not take in time."""
        return self._film.n_dropped if self._film else 0

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
        """Finish the files; then `error` tells how the film went."""
        for recorder in (self._film, self._poses):
            if recorder is not None:
                recorder.close()
