"""The page that shows how a renderer paints: figures, best, usual and worst frames, error maps.

In: the metrics of each painter, and the painters to paint the chosen frames anew. Out: one HTML.
"""

from html import escape
from typing import Any

import numpy as np

from models.types import Array
from train.person.data import TargetData
from train.picture_eval.flicker import REGIONS
from train.picture_eval.heading import DIRECTIONS, LEAST_FRAMES
from train.picture_eval.painters import Painter
from train.picture_eval.picture_metrics import PictureMetrics
from train.run.html import Markup, page, picture, section, table

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
    "perceptual": ("distance in a network's eyes", "perceptual", "lower, 0 is the same"),
    "identity": ("identity: distance from the true face", "identity", "lower; see the true faces'"),
    "identity_true": ("the same of true faces of other moments", "true identity", ""),
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
_WARPING = (
    "A picture against the one before it, laid on it by the optical flow of the true video, where "
    "the person is seen in both. Slip: that error over the mean step between neighbouring pixels, "
    "as if all of the person slipped by so much. The true video has one, too: light and folds "
    "change, and no flow is exact."
)
_FACES = (
    "SSIM around the face by where the head is turned, degrees: below 0 to the left edge of the "
    f"picture. Frames in brackets; the least direction is of those with {LEAST_FRAMES} or more."
)
_FLICKER = (
    "Mean second difference of three frames, which steady motion does not have. Still: places on "
    "the person around which no 3 x 3 pixels of the true video change by more than 2.5 levels. "
    "At a ratio of 1, ours is as calm."
)


def _heat_map(values: Array, full: float) -> Array:
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


def frame_row(painters: dict[str, Painter], data: TargetData, row: int) -> Array:
    """The person: truth, every painter's picture, and the first one's errors and lost edges."""
    from train.picture_eval.measures import error_map, roomy_box

    truth, joints = np.asarray(data.frames[row]), data.joints[row]
    painted = [paint(joints) for paint in painters.values()]
    heats = [
        _heat_map(error_map(painted[0], truth), ERROR_FULL),
        _heat_map(_edge_loss(painted[0], truth), 1.0),
    ]
    margin = round(_MARGIN * data.size)
    down, across = (
        slice(max(0, side.start - margin), side.stop + margin)
        for side in roomy_box(joints, data.size)
    )
    return _enlarged(_row([part[down, across] for part in (truth, *painted, *heats)]))


def flicker_maps(metrics: PictureMetrics) -> Array:
    """How much each place changed while it stood still: the true video, ours."""
    ours, truth = metrics.flicker.maps()
    return _enlarged(_row([_heat_map(truth, FLICKER_FULL), _heat_map(ours, FLICKER_FULL)]))


def _ratio(metrics: PictureMetrics, name: str) -> float | None:
    found = metrics.flicker.region(name)
    return None if found is None else found.ratio


def _figures(measured: dict[str, PictureMetrics]) -> Markup:
    rows: list[list[object]] = [
        [words, *(metrics.mean(name) for metrics in measured.values()), better]
        for name, (words, _, better) in MEASURES.items()
    ]
    worst = [f"{m.figures['ssim'].min():.4f}" for m in measured.values()]
    rows.insert(1, ["SSIM of the worst frame", *worst, "higher"])
    for name in REGIONS:
        ratios = [_ratio(metrics, name) for metrics in measured.values()]
        words = f"flicker, ours / true: {name}"
        rows.append([words, *(r and f"{r:.2f}" for r in ratios), "near 1"])
    errors = [metrics.warping.error() for metrics in measured.values()]
    slips = [error and error.ratio for error in errors]
    rows.append(["warping error, ours / true", *(r and f"{r:.2f}" for r in slips), "near 1"])
    faces = list(MEASURES).index("face") + 2
    worst_faces = [metrics.worst_face for metrics in measured.values()]
    rows.insert(faces, ["the same of the least direction", *worst_faces, "higher"])
    return table(["measure, in the person's box", *measured, "better"], rows)


def _flicker(measured: dict[str, PictureMetrics]) -> Markup:
    rows: list[list[object]] = []
    for what, metrics in measured.items():
        for name in REGIONS:
            found = metrics.flicker.region(name)
            levels = [f"{found.ours:.3f}", f"{found.truth:.3f}"] if found else [None, None]
            share = f"{found.share:.1%}" if found else "0"
            rows.append([f"{what}: {name}", *levels, share])
    return table(["grey levels a frame", "ours", "true", "of the picture"], rows)


def _warping(measured: dict[str, PictureMetrics]) -> Markup:
    rows: list[list[object]] = []
    for what, metrics in measured.items():
        found = metrics.warping.error()
        slips = (found and found.slips) or (None, None)
        levels = (found.ours, found.truth) if found else (None, None)
        figures = [value and f"{value:.3f}" for value in (*slips, *levels)]
        rows.append([what, *figures, f"{found.share:.1%}" if found else "0"])
    columns = ["", "slip, px: ours", "true", "grey levels: ours", "true", "of the person"]
    return table(columns, rows)


def _faces(measured: dict[str, PictureMetrics]) -> Markup:
    rows: list[list[object]] = []
    for what, metrics in measured.items():
        faces = metrics.faces()
        seen = [faces.get(middle) for middle in DIRECTIONS]
        rows.append([what, *(s and f"{s.mean:.4f} ({s.frames})" for s in seen)])
    return table(["degrees", *(str(middle) for middle in DIRECTIONS)], rows)


def _excerpts(metrics: PictureMetrics) -> Markup:
    rows = [
        [metrics.clip_names[n], *(metrics.mean(name, int(n)) for name in MEASURES)]
        for n in np.unique(metrics.clip)
    ]
    return table(["excerpt", *(short for _, short, _ in MEASURES.values())], rows)


def _course(measured: dict[str, PictureMetrics]) -> Markup:
    """SSIM of every measured frame as an SVG, one line for each painter, excerpts parted."""
    clip = next(iter(measured.values())).clip
    count = len(clip)
    parts: list[str] = []
    for place in (np.flatnonzero(np.diff(clip)) + 1) / count * _CHART_W:
        parts.append(f'<path d="M{place:.0f} 0V{_CHART_H}" stroke="#8886"/>')
    for metrics, ink in zip(measured.values(), _INKS, strict=False):
        x = (np.arange(count) + 0.5) / count * _CHART_W
        share = (metrics.figures["ssim"] - _CHART_BOTTOM) / (1 - _CHART_BOTTOM)
        points = " ".join(
            f"{a:.1f},{b:.1f}" for a, b in zip(x, (1 - share.clip(0, 1)) * _CHART_H, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="1.5"/>')
    legend = "; ".join(
        f'<span style="color:{ink}">{escape(what)}</span>'
        for what, ink in zip(measured, _INKS, strict=False)
    )
    return Markup(
        f'<figure><svg viewBox="0 0 {_CHART_W} {_CHART_H}" width="{_CHART_W}" role="img">'
        f"{''.join(parts)}</svg><figcaption>SSIM of each measured frame in the order of the video, "
        f"from {_CHART_BOTTOM} (bottom) to 1 (top): {legend}</figcaption></figure>"
    )


def _frames(
    measured: dict[str, PictureMetrics], painters: dict[str, Painter], data: TargetData
) -> list[Markup]:
    metrics = next(iter(measured.values()))
    order = metrics.by_similarity()
    shown = {"worst": order[0], "middle": order[len(order) // 2], "best": order[-1]}
    columns = ", ".join(["truth", *painters, f"error (bright: {ERROR_FULL:.0f} grey levels)"])
    rows: list[Markup] = []
    for word, place in shown.items():
        figures = {name: metrics.figures[name][place] for name in ("ssim", "psnr", "gmsd")}
        said = ", ".join(f"{name.upper()} {value:.3g}" for name, value in figures.items())
        frame = int(metrics.rows[place])
        caption = f"{word} frame ({frame}): {said}. From the left: {columns}, lost edges."
        rows.append(picture(frame_row(painters, data, frame), caption))
    return rows


def build(
    measured: dict[str, PictureMetrics],
    painters: dict[str, Painter],
    data: TargetData,
    facts: dict[str, Any],
) -> str:
    """The page about the first painter, the others beside it; `facts` are said at the top."""
    first = next(iter(measured.values()))
    reasons = [f"{name} was not measured: {why}" for name, why in first.not_measured.items()]
    said = ", ".join(f"{name}: {value}" for name, value in facts.items())
    maps = picture(
        flicker_maps(first),
        "Flicker of each place while it stood still, the true video left, ours right "
        f"(bright: {FLICKER_FULL:.0f} grey levels and more).",
    )
    return page(
        f"Pictures of {next(iter(measured))}",
        said,
        section("Figures", _figures(measured), _BRISQUE, *reasons),
        section("Excerpts", _excerpts(first), _course(measured)),
        section("Frames", *_frames(measured, painters, data)),
        section("Face by direction", _faces(measured), _FACES),
        section("Warping error", _warping(measured), _WARPING),
        section("Flicker", _flicker(measured), _FLICKER, maps),
    )
