"""What a path holds that dances can be prepared from, and each of them prepared, by any process."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from models.pose_file import Keypoints, write_pose_file
from models.sound_file import VIDEOS
from train.readers import (
    aist,
    cleaning,
    dance_with_melody,
    lag,
    motion_clips,
    openpose,
    pose_pairs,
    preview,
    recording,
    video,
)
from train.readers.estimator import ESTIMATORS
from train.readers.fault import Report, reported
from train.readers.job import Options, Task, keep
from train.readers.recording import Prepared, Recording, Shift
from train.songs import laid, motion
from train.songs.song import POSE_HZ, DataError, Song

SONGS_A_STYLE, SONGS_OF_BVH = 24, 12  # that are laid under dances without music
NO_RAW = "--raw is for joints that were found in pictures; motion capture has none of their noise"
BVH = ".bvh"
Found = tuple[str, Path, str, str]  # kind, source, name, part


def find(paths: list[Path], out: Path) -> tuple[list[Task], list[tuple[str, str]]]:
    """All recordings below the paths, and (name, why) of what is none.

    What lies below `out` was made by a preparation. Raises DataError when a path does not exist.
    """
    seen = {out.resolve()}
    found: list[Found] = []
    unusable: list[tuple[str, str]] = []
    for path in paths:
        if not path.exists():
            raise DataError(f"There is no {path}.")
        is_known, told = path.resolve() in seen, len(unusable)
        here = _inside(path.absolute(), seen, unusable)
        found += here
        if not here and not is_known and len(unusable) == told:
            unusable.append((path.name, "neither a video nor a data set that is known"))
    taken: set[str] = set()
    tasks: list[Task] = []
    for kind, source, name, part in found:
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        tasks.append(Task(kind, str(source), unique, part))
    return tasks, unusable


def _inside(path: Path, seen: set[Path], unusable: list[tuple[str, str]]) -> list[Found]:
    """Of a file or folder; what cannot be looked into is `unusable`, a folder `seen` is passed."""
    try:
        if path.is_file():
            return _of_file(path)
        if not path.is_dir():
            raise DataError("a pipe, a device or a broken link, not a file")
        if path.resolve() in seen:  # links may go round
            return []
        seen.add(path.resolve())
        return _of_folder(path, seen, unusable)
    except (DataError, OSError) as error:
        unusable.append((path.name, str(error)))
        return []


def _of_file(path: Path) -> list[Found]:
    if path.suffix.lower() == BVH:
        return _of_bvh(path)
    if path.suffix.lower() in VIDEOS:
        return [("video", path, path.stem, "")]
    return [("pose_pairs", path, path.stem, "")] if path.suffix.lower() == ".json" else []


def _of_folder(path: Path, seen: set[Path], unusable: list[tuple[str, str]]) -> list[Found]:
    if (path / "manifest.json").is_file() and any(path.glob("*.ogg")):
        return [("melody", path, name, name) for name in dance_with_melody.songs(path)]
    if motion_clips.is_set(path):
        return [
            ("clips", path, f"{style}_{number:03d}", style)
            for style in motion_clips.styles_of_set(path)
            for number in range(SONGS_A_STYLE)
        ]
    if aist.is_folder(path):
        return [("aist", path, name, name) for name in aist.names(path)]
    if openpose.is_folder(path):
        return [("openpose", path, path.name, "")]
    found = _of_bvh(path) if motion_clips.bvh_files(path) else list[Found]()
    folders = {p for p in path.iterdir() if p.is_dir()}
    for entry in sorted(path.iterdir()):
        # A video whose joints OpenPose has found already is that recording's sound.
        is_told = any(f.name == entry.stem and openpose.is_folder(f) for f in folders)
        is_told |= entry.suffix.lower() == BVH  # all of a folder are one dancer's figures
        if not entry.name.startswith(".") and not (entry.is_file() and is_told):
            found += _inside(entry, seen, unusable)
    return found


def _of_bvh(source: Path) -> list[Found]:
    return [("clips", source, f"{source.stem}_{number:03d}", "") for number in range(SONGS_OF_BVH)]


def prepare_task(task: Task, options: Options) -> Report:
    """Write what comes of one recording, and say it; a fault is a reason, never an exception."""
    report = reported(task.name, lambda: KINDS[task.kind](task, options))
    try:
        keep(task, options, report)
    except OSError as error:
        report["reasons"].append(f"its report cannot be kept ({error})")
    return report


def _melody(task: Task, options: Options) -> Report:
    if options.raw:
        raise DataError(NO_RAW)
    songs, measured, seconds = dance_with_melody.prepare_with_stand_in(Path(task.source), task.part)
    songs = [replace(song, name=task.name + song.name[len(task.part) :]) for song in songs]
    return _captured(task, options, songs, seconds) | {"measured": measured}


def _aist(task: Task, options: Options) -> Report:
    if options.raw:
        raise DataError(NO_RAW)
    song, seconds = aist.prepare_song(Path(task.source), task.part)
    return _captured(task, options, [replace(song, name=task.name)], seconds)


def _laid(task: Task, options: Options) -> Report:
    """A song of the band under figures of dances without music."""
    if options.raw:
        raise DataError(NO_RAW)
    style, number = task.part or options.style, int(task.name.rsplit("_", 1)[-1])
    found = motion_clips.clips_of(
        Path(task.source), style, options.licence, options.joints, options.research
    )
    licence, provenance = motion_clips.licences(c for c in found.clips if c.style == style)
    try:
        song = laid.make_song(found.clips, style, number, options.licence or licence, provenance)
    except ValueError as error:
        raise DataError(f"{Path(task.source).name}: {error}") from error
    _save([replace(song, name=task.name)], Path(options.out))
    return {
        "name": task.name,
        "seconds": song.seconds,
        "used_seconds": song.seconds,
        "songs": [task.name],
        "reasons": [],
        **({"notes": list(found.notes)} if number == 0 else {}),
    }


def _captured(task: Task, options: Options, songs: list[Song], seconds: float) -> Report:
    """Motion capture of so many seconds, saved."""
    _save(songs, Path(options.out))
    used = songs[0].seconds
    return {
        "name": task.name,
        "seconds": round(seconds, 3),
        "used_seconds": used,
        "songs": [song.name for song in songs],
        "reasons": [] if used > seconds - 1 else [f"its music ends after {used:.1f} s"],
    }


def _save(songs: list[Song], out: Path) -> None:
    """All of a recording or none. Raises DataError for poses that are no numbers."""
    try:
        for song in songs:
            if not (np.isfinite(song.poses).all() and np.isfinite(song.real).all()):
                raise DataError(f"{song.name}: its joints give no body.")
            song.save(out)
    except BaseException:
        for song in songs:
            (out / f"{song.name}.npz").unlink(missing_ok=True)
        raise


def _openpose(task: Task, options: Options) -> Report:
    found = openpose.read(Path(task.source), options.fps)
    return _record(_own(found, task, options), options, {})


def _pose_pairs(task: Task, options: Options) -> Report:
    def prepared(found: Recording) -> Report:
        return reported(found.name, lambda: _record(found, options, {}))

    read, unreadable = pose_pairs.read(Path(task.source), task.name)
    parts = [prepared(found) for found in read]
    told = [f"{p['name']}: {'; '.join(p['reasons'])}" for p in parts if p["reasons"]]
    return {
        "name": task.name,
        "seconds": sum(part.get("seconds", 0.0) for part in parts),
        "used_seconds": sum(part.get("used_seconds", 0.0) for part in parts),
        "songs": [song for part in parts for song in part["songs"]],
        "reasons": told + unreadable,
        "videos": parts,
        **({"raw": True} if options.raw else {}),
        **({"failed": True} if any("failed" in part for part in parts) else {}),
    }


def _video(task: Task, options: Options) -> Report:
    path = Path(task.source)
    if options.estimator not in ESTIMATORS:
        raise DataError(
            f"There is no estimator {options.estimator!r}; there are: {', '.join(ESTIMATORS)}."
        )
    estimator = ESTIMATORS[options.estimator]()
    thumbnails = preview.Thumbnails()
    times: list[float] = []
    people: list[Any] = []
    size = (1, 1)
    frames = video.frame_count(path)
    shown = tqdm(
        video.pictures(path), total=frames or None, desc=task.name[:24], unit="frame",
        leave=False, disable=None if options.shows_frames else True,
    )  # fmt: skip
    for picture in shown:
        times.append(picture.time)
        people.append(estimator.people(picture.rgb))
        size = (picture.rgb.shape[1], picture.rgb.shape[0])
        thumbnails.add(picture.rgb)
    notes: dict[str, Any] = {"estimator": options.estimator}
    if frames > 1.1 * len(times) + 2:
        notes["damaged"] = f"{len(times)} of {frames} frames could be read"
    found = Recording(
        path.stem, np.array(times), people, size, video.sound(path), notes=notes,
        provenance=f"video {path.name}",
    )  # fmt: skip
    return _record(_own(found, task, options), options, thumbnails.kept)


def _own(found: Recording, task: Task, options: Options) -> Recording:
    """With the name and the words that the command gives."""
    licence = options.licence or found.licence
    return replace(found, name=task.name, style=options.style, licence=licence)


def _record(found: Recording, options: Options, frames: dict[int, Any]) -> Report:
    wanted = recording.Wanted(options.many, options.quality, options.raw)
    made = recording.prepare_recording(found, wanted)
    measured, shift = _lag(made) or (None, recording.AS_IT_IS)
    is_moved = options.align and measured is not None and measured.is_sure
    if is_moved:
        made = recording.prepare_recording(found, wanted, shift)
    out = Path(options.out)
    report = made.report
    if measured:
        report["lag"] = f"{measured}, corrected" if is_moved else str(measured)
        report["lag_seconds"], report["lag_p"] = round(measured.seconds, 3), round(measured.p, 3)
    if "damaged" in report:
        report["reasons"].append(f"damaged: {report['damaged']}")
    if len(made.track.times) > 1 and made.track.known.any():
        _save_poses(out / "poses" / f"{found.name}.npz", made)
        report["poses"] = f"poses/{found.name}.npz"
        sheet = out / "previews" / f"{found.name}.png"
        preview.save(sheet, made.track, cleaning.quality(made.track), frames)
    _save(made.songs, out)  # last: a fault before it leaves no songs of a recording not used
    return report


def _save_poses(path: Path, made: Prepared) -> None:
    """A pose file, as `dancelive --input` plays it and `train.target` takes it."""
    track = made.track
    path.parent.mkdir(parents=True, exist_ok=True)
    known = track.known
    points = np.concatenate([np.where(known[..., None], track.joints, 0), known[..., None]], -1)
    shots = tuple(f"shot {i}" for i in range(len(track.cuts) + 1))
    starts = np.concatenate([[0], track.cuts])
    fps = cleaning.rate(track.times)
    write_pose_file(path, Keypoints(points, track.size, track.times, fps, starts, shots))


def _lag(made: Prepared) -> tuple[lag.Lag, Shift] | None:
    """Of the longest song, and what would take it off."""
    if not made.songs:
        return None
    longest = int(np.argmax([song.seconds for song in made.songs]))
    song, start = made.songs[longest], made.starts[longest]
    known = np.flatnonzero(np.isfinite(song.beats))
    if len(known) < 2:
        return None
    counts = np.maximum.accumulate(song.beats[known])
    numbers = np.arange(np.ceil(counts[0]), np.floor(counts[-1]) + 1)
    beats = np.interp(numbers, counts, known / POSE_HZ)
    stills = motion.still_moments(song.real, POSE_HZ) / POSE_HZ
    found = lag.measure(stills, np.unique(beats))
    if found is None:
        return None
    # It was stretched about the beginning of the song, not of the recording.
    return found, Shift(found.seconds + start * (found.stretch - 1), found.stretch)


KINDS: dict[str, Callable[[Task, Options], Report]] = {
    "video": _video,
    "openpose": _openpose,
    "pose_pairs": _pose_pairs,
    "aist": _aist,
    "melody": _melody,
    "clips": _laid,
}
