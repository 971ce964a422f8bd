"""Judge a dance on whole songs, run as on stage: `python -m train.evaluate_dance CHECKPOINT`.

Measured from 20 s of running on, as the first seconds say nothing. Writes JSON and a PNG.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models import band, skeleton, spec
from models.nets import checkpoint
from models.nets.generator import DanceGenerator, gumbel, load_dance
from train import augment, hearing, measures
from train.data import POSE_HZ, DataError, Song, at_stage_level, load_songs, sample
from train.pictures import contact_sheet

Array = NDArray[Any]

SKIP_CHUNKS = 200
FOLLOWER_HOLD_S = 1.0  # of silence, after which the follower knows no beat
LOOP_BPM = 125.0
BENT, OUTSIDE = -0.35, 0.8  # nose lower than this; hips further to a side (body units)
BARS: dict[str, tuple[float, float]] = {
    "speed": (0.6, 1.3),
    "accel": (0.6, 1.4),
    "spread": (0.7, 1.2),
    "bone": (0.0, 0.02),
    "repeat": (0.6, 9.9),
    "near": (0.0, 2.0),
    "silence": (0.0, 0.2),
    "wakes_s": (0.0, 2.0),
    "fallen": (0.0, 0.005),
    "outside": (0.0, 0.005),
}


@dataclass(frozen=True)
class Show:
    """How a dance is run when it is judged."""

    beat: str = "aubio"  # "aubio", "grid" or "none"
    metre: bool = True  # the performer says three or four
    temperature: float = 1.0
    energy: float = 0.0
    phase_delay_s: float = 0.0


def controls_for(counts: Array, silent: Array, beats_per_bar: int, show: Show, bar: bool) -> Array:
    """Controls (T, C) as the stage gives them, from the beat count at 50 Hz and silent chunks."""
    n_chunks = len(silent)
    at = (np.arange(n_chunks) + 1) * spec.CHUNK_SECONDS + spec.CONTROL_AHEAD - show.phase_delay_s
    told = sample(counts, np.stack([at, at - augment.FRAME_S], 1) * POSE_HZ)
    quiet = np.convolve(silent, np.ones(round(FOLLOWER_HOLD_S / spec.CHUNK_SECONDS)))[:n_chunks]
    told[quiet >= round(FOLLOWER_HOLD_S / spec.CHUNK_SECONDS)] = np.nan
    rumour = augment.Rumour(
        heard=False, beat=show.beat != "none", bar=bar, metre=show.metre, energy=True,
        known_from=-1.0, offset_s=0.0, wander_s=0.0, octave=1.0,
    )  # fmt: skip
    return augment.control_rows(told, beats_per_bar, np.full(n_chunks, show.energy), rumour)


def perform(
    network: DanceGenerator,
    audio: Array,
    counts: Array,
    beats_per_bar: int,
    show: Show,
    seeds: list[int],
) -> Array:
    """Dance to 16 kHz audio from an empty state: all horizons, (seeds, T, H, 18, 2)."""
    n_chunks = len(audio) // spec.CHUNK_SAMPLES
    chunks = audio[: n_chunks * spec.CHUNK_SAMPLES].reshape(n_chunks, -1)
    silent = (np.sqrt(np.square(chunks).mean(1)) < 1e-4).astype(float)
    controls = controls_for(counts, silent, beats_per_bar, show, show.beat == "grid")
    noise = np.stack(
        [
            gumbel((n_chunks, network.sizes.n_plans), show.temperature, np.random.default_rng(s))
            for s in seeds
        ]
    )
    many = len(seeds)
    with torch.no_grad():
        state = network.start(1)
        frames, _ = network.mel(torch.from_numpy(chunks.copy())[None], state.audio_tail)
        dance = network.dance(
            frames.expand(many, -1, -1),
            torch.from_numpy(noise),
            torch.from_numpy(controls).expand(many, -1, -1),
            network.start(many),
        )
    return dance.poses.numpy()


def beat_times(song: Song) -> Array:
    """The true beats of a song, s."""
    known = np.flatnonzero(np.isfinite(song.beats))
    if len(known) < 2:
        return np.zeros(0)
    numbers = np.arange(int(np.ceil(song.beats[known[0]])), float(song.beats[known[-1]]))
    return np.interp(numbers, song.beats[known], known / POSE_HZ)


def _from_20_s(beats: Array, first_pose_s: float) -> Array:
    return beats[beats > first_pose_s] - first_pose_s


def judge_dance(poses: Array, real: Array, beats: Array, known: Array) -> dict[str, float]:
    """One dance (n, 18, 2) at 10 Hz beside the real one, both from the same moment on."""
    usual = measures.speed(real)
    alignment, offset = measures.beat_alignment(measures.still_times(poses), beats)
    return {
        "speed": measures.speed(poses) / usual,
        "accel": measures.acceleration(poses) / measures.acceleration(real),
        "spread": measures.spread(poses) / measures.spread(real),
        "freeze": measures.frozen_share(poses, usual),
        "bone": measures.long_bone_share(poses),
        "repeat": measures.repeat(poses),
        "near": measures.near(poses[::2], known) / measures.near(real[::2], known),
        "bas": alignment,
        "offset_s": offset,
    }


def judge_silence(
    network: DanceGenerator, song: Song, show: Show, usual: float
) -> dict[str, float]:
    """Stop the music after 25 s, for 20 s: the speed after 3 s, and how soon it moves again.

    What returns is music that was danced to before, as a song may have a break of its own.
    """
    cut = 25 * spec.SAMPLE_RATE
    gap = np.zeros(20 * spec.SAMPLE_RATE, np.float32)
    audio = np.concatenate([song.audio[:cut], gap, song.audio[cut // 2 : cut]])
    counts = hearing.heard_beats(audio, POSE_HZ)
    poses = perform(network, audio, counts, song.beats_per_bar, show, [0])[0, :, 0]
    pace = np.linalg.norm(np.diff(poses, axis=0), axis=-1).mean(-1) * measures.HZ / usual
    moving = np.flatnonzero(np.convolve(pace[450:], np.ones(5) / 5, "valid") > 0.3)
    return {
        "silence": float(pace[280:450].mean()),
        "wakes_s": float(moving[0] / measures.HZ) if len(moving) else 99.0,
    }


def judge_loop(network: DanceGenerator, show: Show, seeds: list[int]) -> dict[str, float]:
    """A four-on-the-floor loop of 125 BPM, 40 s; the beat as heard unless the show says none."""
    played = band.four_on_the_floor(LOOP_BPM, 60.0, spec.SAMPLE_RATE)
    audio = at_stage_level(played.mono)
    poses = perform(network, audio, hearing.heard_beats(audio, POSE_HZ), 4, show, seeds)[:, :, 0]
    first = (SKIP_CHUNKS + 2) * spec.CHUNK_SECONDS
    results = [
        measures.beat_alignment(
            measures.still_times(dance[SKIP_CHUNKS:]), _from_20_s(played.beat_times, first)
        )
        for dance in poses
    ]
    return {
        "bas": float(np.mean([r[0] for r in results])),
        "offset_s": float(np.median([r[1] for r in results])),
        "speed": float(np.mean([measures.speed(dance[SKIP_CHUNKS:]) for dance in poses])),
        "repeat": float(np.mean([measures.repeat(dance[SKIP_CHUNKS:]) for dance in poses])),
    }


def judge_endurance(network: DanceGenerator, show: Show, seeds: list[int]) -> dict[str, float]:
    """Five minutes of the band: does the dancer stay upright, in the picture, and moving?"""
    styles = ("house", "pop", "disco", "latin", "drums")
    songs = [band.make_song(k, s, None, 60.0, spec.SAMPLE_RATE) for k, s in enumerate(styles)]
    audio = np.concatenate([at_stage_level(song.mono) for song in songs])
    poses = perform(network, audio, hearing.heard_beats(audio, POSE_HZ), 4, show, seeds)[:, :, 0]
    minute = round(60 / spec.CHUNK_SECONDS)
    hips = skeleton.pelvis(poses)[..., 0]
    return {
        "bent": float((poses[:, :, skeleton.NOSE, 1] > BENT).mean()),
        "outside": float((np.abs(hips) > OUTSIDE).mean()),
        "speed_first": float(np.mean([measures.speed(dance[:minute]) for dance in poses])),
        "speed_last": float(np.mean([measures.speed(dance[-minute:]) for dance in poses])),
    }


def evaluate(
    network: DanceGenerator,
    songs: list[Song],
    show: Show,
    seeds: list[int],
    sheet: Path | None = None,
) -> dict[str, Any]:
    """All measures over every val and test song; `songs` of the split train are the known poses.

    Raises DataError when no song is long enough.
    """
    taught = [song.poses[::5] for song in songs if song.split == "train" and not song.is_stand_in]
    known = np.concatenate(taught)
    known = np.concatenate([known, skeleton.mirror(known)])
    judged = [song for song in songs if song.split != "train" and song.seconds > 30]
    if not judged:
        raise DataError("No val or test song is longer than 30 s: nothing to judge on.")
    report: dict[str, Any] = {"songs": {}, "beat": show.beat, "seeds": seeds}
    rows: dict[str, Array] = {}
    for song in judged:
        counts = song.beats if show.beat == "grid" else song.heard
        poses = perform(network, song.audio, counts, song.beats_per_bar, show, seeds)[:, :, 0]
        # Row i is the pose at 0.1 (i + 2): the nearest horizon after the end of chunk i.
        times = (np.arange(poses.shape[1]) + 2) * spec.CHUNK_SECONDS
        real = sample(song.real, times * POSE_HZ)
        beats = _from_20_s(beat_times(song), times[SKIP_CHUNKS])
        results = [
            judge_dance(dance[SKIP_CHUNKS:], real[SKIP_CHUNKS:], beats, known) for dance in poses
        ]
        row = {key: float(np.mean([r[key] for r in results])) for key in results[0]}
        row |= judge_silence(network, song, show, measures.speed(real))
        report["songs"][song.name] = {key: round(value, 4) for key, value in row.items()}
        rows[f"{song.name}: the real dancer, 5 s from {times[SKIP_CHUNKS]:.0f} s"] = real[200:250:2]
        rows[f"{song.name}: danced"] = poses[0, 200:250:2]
    names = next(iter(report["songs"].values())).keys()
    report["mean"] = {
        key: round(float(np.nanmean([row[key] for row in report["songs"].values()])), 4)
        for key in names
    }
    report["loop"] = {k: round(v, 4) for k, v in judge_loop(network, show, seeds).items()}
    endurance = judge_endurance(network, show, seeds)
    # Ballroom dancers bow, deeply; more than they do would be a dancer that has fallen.
    endurance["bent_known"] = float((known[:, skeleton.NOSE, 1] > BENT).mean())
    endurance["fallen"] = max(0.0, endurance["bent"] - 2 * endurance["bent_known"])
    report["endurance"] = {key: round(value, 5) for key, value in endurance.items()}
    found = {**report["mean"], **report["endurance"]}
    report["missed"] = [key for key, (low, high) in BARS.items() if not low <= found[key] <= high]
    if sheet is not None:
        contact_sheet(rows, sheet)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="prepared songs")
    parser.add_argument("--out", type=Path, help="folder of the report; beside the checkpoint")
    parser.add_argument("--beat", choices=("aubio", "grid", "none"), default="aubio")
    parser.add_argument("--metre", choices=("told", "unknown"), default="told")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--energy", type=float, default=0.0)
    parser.add_argument(
        "--phase-delay", type=float, default=0.0, help="s by which the beat is told late"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--at-most", type=int, default=99, help="songs to judge on")
    args = parser.parse_args()
    torch.set_num_threads(1)
    show = Show(args.beat, args.metre == "told", args.temperature, args.energy, args.phase_delay)
    out = args.out or args.checkpoint.parent
    out.mkdir(parents=True, exist_ok=True)
    try:
        network, header = load_dance(args.checkpoint)
        songs = load_songs(args.data)
        unseen = [song for song in songs if song.split != "train"][: args.at_most]
        report = evaluate(
            network,
            [song for song in songs if song.split == "train"] + unseen,
            show,
            list(range(args.seeds)),
            out / f"dance_{args.beat}.png",
        )
    except (DataError, checkpoint.CheckpointError) as error:
        raise SystemExit(str(error)) from error
    report["step"] = header["step"]
    path = out / f"dance_{args.beat}.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for name, row in {
        **report["songs"],
        **{part: report[part] for part in ("mean", "loop", "endurance")},
    }.items():
        print(f"{name:12s}", " ".join(f"{key}={value:.3g}" for key, value in row.items()))
    print("missed:", ", ".join(report["missed"]) or "nothing", "->", path)


if __name__ == "__main__":
    main()
