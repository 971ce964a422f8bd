"""Ways to bring a picture with alpha into a page: what they cost and how much they change it.

`python -m benchmarks.web_codecs [--rows 720 1080] [--chromium]`: `alice`, standing, one thread. ms
to encode the dancer's box, bytes, by how many levels of 255 it is off on black or white (the worse;
at most, and on average where the dancer is), and with `--chromium` ms from the bytes to a canvas.
The quickest of 40 each, since other work on a machine only ever makes it slower.
"""

import argparse
import base64
import json
import shutil
import time
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import av
import cv2
import numpy as np
from av.codec.context import CodecContext

from benchmarks.web_output import Numbered
from live.core.cutout import Box
from live.outputs.alpha import straight
from live.outputs.web.message import webp
from models.arguments import whole
from models.types import Array
from train.run.processor import processor

TIMES = 40
PNG = [
    cv2.IMWRITE_PNG_COMPRESSION, 1,
    cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE,
]  # fmt: skip
JPEGS = {  # quality, sampling
    "JPEG, 95 %, 4:4:4": (95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    "JPEG, 90 %, 4:4:4": (90, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    "JPEG, 90 %, 4:2:0": (90, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420),
    "JPEG, 80 %, 4:2:0": (80, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420),
}
# A JPEG is put together with its alpha in the page: `globalCompositeOperation` would round twice.
IN_PAGE = """async ([ways, times]) => {
  const pen = new OffscreenCanvas(2000, 2000).getContext("2d", { willReadFrequently: true });
  const pixels = (image) => {
    pen.clearRect(0, 0, image.width, image.height);
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height);
  };
  const told = {};
  for (const [name, parts] of Object.entries(ways)) {
    const blobs = parts.map(([type, text]) =>
      new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], { type }));
    told[name] = Infinity;
    for (let n = 0; n < times; n++) {
      const began = performance.now();
      const images = await Promise.all(
        blobs.map((blob) => createImageBitmap(blob, { colorSpaceConversion: "none" })));
      if (images.length > 1) {
        const [colour, alpha] = images.map(pixels);
        for (let at = 3; at < colour.data.length; at += 4) colour.data[at] = alpha.data[at - 1];
        pen.putImageData(colour, 0, 0);
      } else {
        pen.clearRect(0, 0, images[0].width, images[0].height);
        pen.drawImage(images[0], 0, 0);
      }
      pen.getImageData(0, 0, 1, 1);
      told[name] = Math.min(told[name], performance.now() - began);
    }
  }
  return told;
}"""

Way = Callable[[], list[bytes]]


def ways(rgba: Array) -> dict[str, Way]:
    """By name, each in one part or in colours and alpha; `rgba` uint8 (h, w, 4), not multiplied."""
    bgra = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA)
    bgr, alpha = np.ascontiguousarray(bgra[..., :3]), np.ascontiguousarray(bgra[..., 3])

    def lossy_webp() -> list[bytes]:
        coder = _coder("libwebp", bgra, "yuva420p", compression_level="0", quality="80")
        even = np.ascontiguousarray(bgra[: coder.height, : coder.width])
        picture = av.VideoFrame.from_ndarray(even, "bgra").reformat(format="yuva420p")
        return [b"".join(map(bytes, [*coder.encode(picture), *coder.encode(None)]))]

    two = np.concatenate([bgr, cv2.merge([alpha] * 3)])
    video = _coder(
        "libx264", two, "yuv420p", preset="ultrafast", tune="zerolatency", crf="18", threads="1"
    )
    number = iter(range(1_000_000))

    def h264() -> list[bytes]:
        moved = np.roll(two, next(number) % 7, 1)[: video.height, : video.width]
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(moved), "bgr24")
        return [b"".join(map(bytes, video.encode(picture.reformat(format="yuv420p"))))]

    def packed(name: str, image: Array, options: list[int]) -> bytes:
        return cv2.imencode(name, image, options)[1].tobytes()

    def jpeg(quality: int, sampling: int) -> list[bytes]:
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
        return [packed(".jpg", bgr, options), packed(".png", alpha, PNG)]

    return {
        "raw": lambda: [rgba.tobytes()],
        "PNG, level 1, run lengths": lambda: [packed(".png", bgra, PNG)],
        "zlib, level 1": lambda: [zlib.compress(rgba, 1)],
        "WebP, lossless, quickest": lambda: [webp(Box(0, 0, rgba))],
        "WebP, 80 %, quickest": lossy_webp,
        "WebP, 80 %, OpenCV's": lambda: [packed(".webp", bgra, [cv2.IMWRITE_WEBP_QUALITY, 80])],
        **{f"{name}, alpha as PNG": partial(jpeg, *how) for name, how in JPEGS.items()},
        "H.264, colour above alpha": h264,
    }


def off(rgba: Array, parts: list[bytes]) -> dict[str, float] | None:
    """By how many levels a way changes the picture; None for what is not a picture file."""
    read = [cv2.imdecode(np.frombuffer(part, np.uint8), cv2.IMREAD_UNCHANGED) for part in parts]
    if any(image is None for image in read):
        return None
    found = cv2.cvtColor(np.dstack(read), cv2.COLOR_BGRA2RGBA)
    rows, columns = found.shape[:2]
    whole_picture = rgba[:rows, :columns]
    away = [np.abs(_over(found, level) - _over(whole_picture, level)) for level in (0, 255)]
    is_dancer = whole_picture[..., 3] > 0
    return {
        "most": round(max(float(one.max()) for one in away)),
        "mean": round(max(float(one[is_dancer].mean()) for one in away), 2),
    }


def _over(rgba: Array, level: int) -> Array:
    """Laid on a ground of one grey; (H, W, 3)."""
    alpha = rgba[..., 3:] / 255.0
    return rgba[..., :3] * alpha + level * (1 - alpha)


def in_chromium(parts: dict[str, list[bytes]]) -> dict[str, float]:
    """ms from the bytes to a canvas, for each of these ways."""
    from playwright.sync_api import sync_playwright

    kinds = {b"RIFF": "image/webp", b"\x89PNG": "image/png"}
    told = {
        name: [(kinds.get(one[:4], "image/jpeg"), base64.b64encode(one).decode()) for one in some]
        for name, some in parts.items()
    }
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        took = browser.new_page().evaluate(IN_PAGE, [told, TIMES])
        browser.close()
    return {name: round(ms, 1) for name, ms in took.items()}


def _coder(name: str, image: Array, form: str, **options: str) -> CodecContext:
    coder = CodecContext.create(name, "w")
    coder.height, coder.width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    coder.pix_fmt, coder.time_base, coder.options = form, Fraction(1, 30), options
    return coder


def measure(rows: int, with_chromium: bool) -> dict[str, object]:
    """Of a picture of so many rows."""
    rgba = straight(Numbered(rows).cutout().box().rgba)
    told: dict[str, dict[str, object]] = {}
    pictures: dict[str, list[bytes]] = {}
    for name, way in ways(rgba).items():
        times, sizes, parts = [], [], []
        for _ in range(TIMES):
            began = time.perf_counter()
            parts = way()
            times.append(time.perf_counter() - began)
            sizes.append(sum(map(len, parts)))
        told[name] = {
            "ms": round(min(times) * 1e3, 2),
            "kB": round(float(np.median(sizes)) / 1e3, 1),
        }
        if (levels := off(rgba, parts)) is not None:
            told[name]["off"], pictures[name] = levels, parts
    for name, ms in in_chromium(pictures).items() if with_chromium else ():
        told[name]["in Chromium, ms"] = ms
    return {"box": rgba.shape[1::-1], **told}


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rows", type=whole(128, 2160), nargs="+", default=[720, 1080])
    p.add_argument("--chromium", action="store_true")
    args = p.parse_args()
    cv2.setNumThreads(1)
    told = {"processor": processor()} | {n: measure(n, args.chromium) for n in args.rows}
    print(json.dumps(told, indent=1))
