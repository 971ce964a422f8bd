"""The page that shows how a renderer paints: figures, best, usual and worst frames, error maps.

In: what `picture_judge` found, and the painters to paint the chosen frames anew. Out: one HTML.
"""

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from models.types import Array
from train.picture_eval.flicker import REGIONS
from train.picture_eval.judge import Judgement, Painter
from train.run.html import Markup, page, picture, section, table

if TYPE_CHECKING:
    from train.person.data import TargetData


ERROR_FULL = 64.0  # grey levels at the bright end of an error map
FLICKER_FULL = 2.5
_GAP_PX = 4
_MARGIN = 0.06  # of the picture, shown around the person
_ENLARGED = 2
_CHART_W, _CHART_H, _CHART_BOTTOM = 900, 140, 0.4
_INKS = ("#3b7dd8", "#c8553d", "#4f9d69", "#8a63c9")

MEASURES = {  # name, short name, which way is better
    "ssim": ("SSIM", "SSIM", "higher, 1 is the same"),
    "ms_ssim": ("MS-SSIM (3 scales)", "MS-SSIM", "higher, 1 is the same"),
    "psnr": ("PSNR, dB", "PSNR", "higher"),
    "gmsd": ("GMSD", "GMSD", "lower, 0 is the same"),
    "sharpness": ("sharpness: steps between pixels, ours / true", "sharpness", "near 1"),
    "face": ("SSIM around the face", "face", "higher, 1 is the same"),
    "hands": ("SSIM around the hands", "hands", "higher, 1 is the same"),
    "feet": ("SSIM around the feet", "feet", "higher, 1 is the same"),
    "brisque_person": ("BRISQUE", "BRISQUE", "lower; see the true video's"),
    "brisque_person_true": ("BRISQUE of the true video", "true BRISQUE", ""),
    "brisque": ("BRISQUE, whole picture", "whole picture", "lower; see the true video's"),
    "brisque_true": ("BRISQUE of the true video, whole picture", "true whole picture", ""),
}
_BRISQUE = (
    "BRISQUE needs no true picture: about 0 for clean photographs, 100 for ruined ones, so lower "
    "is better. (The paper calls its 40.66 to 41.46 better when higher.) It depends on the scene: "
    "only the true video of the same scene is a scale for it."
)
_FLICKER = (
    "Mean second difference of three frames, which steady motion does not have. Still: places on "
    "the person around which no 3 x 3 pixels of the true video change by more than 2.5 levels. "
    "At a ratio of 1, ours is as calm."
)


def _heat(values: Array, full: float) -> Array:
    """Values (H, W) as colours (H, W, 3), black 0, bright `full` and above."""
    import cv2

    levels = np.clip(values / full * 255, 0, 255).astype(np.uint8)
    return cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1]


def _row(pictures: list[Array]) -> Array:
    gap = np.full((len(pictures[0]), _GAP_PX, 3), 128, np.uint8)
    parts = [part for p in pictures for part in (p, gap)]
    return np.concatenate(parts[:-1], 1)


def _edge_loss(ours: Array, truth: Array) -> Array:
    """Where edges differ: 1 - similarity, at the pictures' own size."""
    import cv2

    from train.picture_eval.measures import slope_similarity

    loss = 1 - slope_similarity(ours, truth)
    return cv2.resize(loss, truth.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def _enlarged(image: Array) -> Array:
    return image.repeat(_ENLARGED, 0).repeat(_ENLARGED, 1)


def frame_row(painters: dict[str, Painter], data: "TargetData", row: int) -> Array:
    """The person: truth, every painter's picture, and the first one's errors and lost edges."""
    from train.picture_eval.measures import error_map, roomy_box

    truth, joints = np.asarray(data.frames[row]), data.joints[row]
    painted = [paint(joints) for paint in painters.values()]
    heats = [
        _heat(error_map(painted[0], truth), ERROR_FULL),
        _heat(_edge_loss(painted[0], truth), 1.0),
    ]
    margin = round(_MARGIN * data.size)
    down, across = (
        slice(max(0, side.start - margin), side.stop + margin)
        for side in roomy_box(joints, data.size)
    )
    return _enlarged(_row([part[down, across] for part in (truth, *painted, *heats)]))


def flicker_maps(judgement: Judgement) -> Array:
    """How much each place changed while it stood still: the true video, ours."""
    ours, truth = judgement.flicker.maps()
    return _enlarged(_row([_heat(truth, FLICKER_FULL), _heat(ours, FLICKER_FULL)]))


def _ratio(judgement: Judgement, name: str) -> float | None:
    found = judgement.flicker.region(name)
    return None if found is None else found.ratio


def _figures(judged: dict[str, Judgement]) -> Markup:
    rows: list[list[object]] = [
        [words, *(judgement.mean(name) for judgement in judged.values()), better]
        for name, (words, _, better) in MEASURES.items()
    ]
    worst = [f"{j.figures['ssim'].min():.4f}" for j in judged.values()]
    rows.insert(1, ["SSIM of the worst frame", *worst, "higher"])
    for name in REGIONS:
        ratios = [_ratio(judgement, name) for judgement in judged.values()]
        words = f"flicker, ours / true: {name}"
        rows.append([words, *(r and f"{r:.2f}" for r in ratios), "near 1"])
    return table(["measure, in the person's box", *judged, "better"], rows)


def _flicker(judged: dict[str, Judgement]) -> Markup:
    rows: list[list[object]] = []
    for what, judgement in judged.items():
        for name in REGIONS:
            found = judgement.flicker.region(name)
            levels = [f"{found.ours:.3f}", f"{found.truth:.3f}"] if found else [None, None]
            share = f"{found.share:.1%}" if found else "0"
            rows.append([f"{what}: {name}", *levels, share])
    return table(["grey levels a frame", "ours", "true", "of the picture"], rows)


def _excerpts(judgement: Judgement) -> Markup:
    rows = [
        [judgement.clip_names[n], *(judgement.mean(name, int(n)) for name in MEASURES)]
        for n in np.unique(judgement.clip)
    ]
    return table(["excerpt", *(short for _, short, _ in MEASURES.values())], rows)


def _course(judged: dict[str, Judgement]) -> Markup:
    """SSIM of every judged frame as an SVG, one line for each painter, excerpts parted."""
    clip = next(iter(judged.values())).clip
    count = len(clip)
    parts: list[str] = []
    for place in (np.flatnonzero(np.diff(clip)) + 1) / count * _CHART_W:
        parts.append(f'<path d="M{place:.0f} 0V{_CHART_H}" stroke="#8886"/>')
    for judgement, ink in zip(judged.values(), _INKS, strict=False):
        x = (np.arange(count) + 0.5) / count * _CHART_W
        share = (judgement.figures["ssim"] - _CHART_BOTTOM) / (1 - _CHART_BOTTOM)
        points = " ".join(
            f"{a:.1f},{b:.1f}" for a, b in zip(x, (1 - share.clip(0, 1)) * _CHART_H, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="1.5"/>')
    legend = "; ".join(
        f'<span style="color:{ink}">{escape(what)}</span>'
        for what, ink in zip(judged, _INKS, strict=False)
    )
    return Markup(
        f'<figure><svg viewBox="0 0 {_CHART_W} {_CHART_H}" width="{_CHART_W}" role="img">'
        f"{''.join(parts)}</svg><figcaption>SSIM of each judged frame in the order of the video, "
        f"from {_CHART_BOTTOM} (bottom) to 1 (top): {legend}</figcaption></figure>"
    )


def _frames(
    judged: dict[str, Judgement], painters: dict[str, Painter], data: "TargetData"
) -> list[Markup]:
    judgement = next(iter(judged.values()))
    order = judgement.by_similarity()
    shown = {"worst": order[0], "middle": order[len(order) // 2], "best": order[-1]}
    columns = ", ".join(["truth", *painters, f"error (bright: {ERROR_FULL:.0f} grey levels)"])
    rows: list[Markup] = []
    for word, place in shown.items():
        figures = {name: judgement.figures[name][place] for name in ("ssim", "psnr", "gmsd")}
        said = ", ".join(f"{name.upper()} {value:.3g}" for name, value in figures.items())
        frame = int(judgement.rows[place])
        caption = f"{word} frame ({frame}): {said}. From the left: {columns}, lost edges."
        rows.append(picture(frame_row(painters, data, frame), caption))
    return rows


def build(
    judged: dict[str, Judgement],
    painters: dict[str, Painter],
    data: "TargetData",
    facts: dict[str, Any],
) -> str:
    """The page about the first painter, the others beside it; `facts` are said at the top."""
    first = next(iter(judged.values()))
    reasons = [f"{name} was not measured: {why}" for name, why in first.not_measured.items()]
    said = ", ".join(f"{name}: {value}" for name, value in facts.items())
    maps = picture(
        flicker_maps(first),
        "Flicker of each place while it stood still, the true video left, ours right "
        f"(bright: {FLICKER_FULL:.0f} grey levels and more).",
    )
    return page(
        f"Pictures of {next(iter(judged))}",
        said,
        section("Figures", _figures(judged), _BRISQUE, *reasons),
        section("Excerpts", _excerpts(first), _course(judged)),
        section("Frames", *_frames(judged, painters, data)),
        section("Flicker", _flicker(judged), _FLICKER, maps),
    )
