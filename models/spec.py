"""The shared facts: clocks, shapes, units, tensor names, network sizes. Imports nothing of ours.

Dimension letters: B batch, T chunks, S samples in a chunk, J joints, H horizons, K plans.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# Media time counts samples at this rate; chunk i is samples [1600 i, 1600 (i + 1)).
SAMPLE_RATE = 16_000
CHUNK_SAMPLES = 1_600
CHUNK_SECONDS = CHUNK_SAMPLES / SAMPLE_RATE
SEGMENT_CHUNKS = 50  # the paper's 5 s segment

N_JOINTS = 18
# Seconds after the end of a chunk at which the stage generator says where the body will be.
HORIZONS = (0.1, 0.2, 0.3, 0.4, 0.5)

# What the generator is given beside the sound, one row a chunk, valid CONTROL_AHEAD after its end.
# Zero means unknown. Phases are 0..1 of a beat or bar; tempo is log2(0.55 s / beat period).
# energy is log2 of the wanted mean speed over the usual one of the style.
CONTROLS = (
    "beat_sin",
    "beat_cos",
    "bar_sin",
    "bar_cos",
    "tempo",
    "beat_known",
    "bar_known",
    "in_three",
    "in_four",
    "energy",
)
CONTROL_AHEAD = 0.1
TEMPO_REFERENCE_S = 0.55

# Sound is brought slowly to this level before the generator hears it; silence below the gate.
TARGET_RMS_DBFS = -20.0
GATE_DBFS = -50.0

# More are a damaged file, and take hours, or all memory, to make.
LAYERS = {"most": 64}
BANDS, FRAMES, WINDOW = ({"least": 1, "most": most} for most in (1_024, 1_024, 16_384))


@dataclass(frozen=True)
class MelSpec:
    """The causal log-mel front end of the stage generator (computed inside the graph)."""

    n_bands: int = field(default=64, metadata=BANDS)
    window: int = field(default=512, metadata=WINDOW)  # 32 ms, ending at the hop
    hop: int = field(default=160, metadata=WINDOW)  # 10 ms
    pool: int = field(default=2, metadata=FRAMES)  # hops averaged: 20 ms
    # 20 ms frames that one step sees: its 0.1 s and 0.04 s before.
    n_frames: int = field(default=7, metadata=FRAMES)
    low_hz: float = 30.0
    high_hz: float = 7_600.0
    # Added to the mel power before the logarithm.
    floor: float = field(default=1e-5, metadata={"least": 1e-12, "most": 1.0})

    @property
    def tail_samples(self) -> int:
        """Samples before the chunk that the first frame reaches back to."""
        return self.n_frames * self.pool * self.hop + self.window - self.hop - CHUNK_SAMPLES


@dataclass(frozen=True)
class Style:
    """One way of dancing that a dance was taught and can be asked for."""

    name: str
    beats_per_bar: int  # 0 = unknown
    # The usual tempo of its songs; 0 = unknown.
    bpm: float = field(metadata={"most": 1_000})


HOP = 0.03  # body units above the floor: what dancers do who do not jump


@dataclass(frozen=True)
class GeneratorSpec:
    """Sizes of the stage generator."""

    n_plans: int = 384
    gru_width: int = 256
    gru_layers: int = field(default=2, metadata=LAYERS)
    # How much the choice prefers, among the likely plans, those that are still on the coming beats.
    beat_pull: float = 4.0
    energy_pull: float = (
        0.0  # the same for quick plans where the music is lively, else for slow ones
    )
    energy_size: float = 0.0  # plans are drawn smaller, by exp(energy * it); half as much larger
    style_pull: float = 0.0  # and those that dancers of the style that is asked for dance
    styles: tuple[Style, ...] = ()  # one more control each, 1 when it is asked for
    horizons: tuple[float, ...] = HORIZONS
    mel: MelSpec = MelSpec()
    jump: float = HOP  # body units that both ankles may be above the floor

    @property
    def n_controls(self) -> int:
        return len(CONTROLS) + len(self.styles)


@dataclass(frozen=True)
class PaperSpec:
    """Sizes of the paper's generator; its widths are the paper's own."""

    causal: bool = False  # one way, with its state carried; else both ways, for whole segments
    log_mel: bool = False  # hears log-mel frames of each chunk; else its raw sound
    horizons: tuple[float, ...] = HORIZONS[:1]
    noise_width: int = 10
    noise_scale: float = 0.33
    dropout: float = 0.0  # before the last layer, while it learns; 0.5 in their program
    reach: float = 2.5  # body units that the ends of its tanh stand for
    limited: bool = False  # bones cut to their lengths and feet on the floor when it performs


def generator_spec(fields: Mapping[str, Any]) -> GeneratorSpec:
    """Sizes from the JSON of a checkpoint's header or a manifest."""
    sizes: dict[str, Any] = {**fields, "horizons": tuple(fields["horizons"])}
    sizes["mel"] = MelSpec(**fields["mel"])
    sizes["styles"] = styles_of(fields)
    return GeneratorSpec(**sizes)


def paper_spec(fields: Mapping[str, Any]) -> PaperSpec:
    """Sizes from the JSON of a checkpoint's header or a manifest."""
    sizes: dict[str, Any] = {**fields, "horizons": tuple(fields["horizons"])}
    return PaperSpec(**sizes)


def styles_of(fields: Mapping[str, Any]) -> tuple[Style, ...]:
    """The styles in the JSON of a checkpoint's header or a manifest."""
    return tuple(Style(**style) for style in fields.get("styles", ()))


# The beat network hears every 10 ms, and how much louder that is than 30 ms before.
BEAT_HZ = 100
BEAT_REACH = 3  # frames
BEAT_DELAY_S = 0.03  # it marks a beat this long after its beginning


@dataclass(frozen=True)
class BeatSpec:
    """Sizes of the beat network."""

    width: int = 80
    gru_layers: int = field(default=2, metadata=LAYERS)
    mel: MelSpec = MelSpec(n_bands=48, pool=1, n_frames=10 + BEAT_REACH)


def beat_spec(fields: Mapping[str, Any]) -> BeatSpec:
    """Sizes from the JSON of a checkpoint's header or a manifest."""
    sizes: dict[str, Any] = dict(fields)
    sizes |= {"mel": MelSpec(**fields["mel"])}
    return BeatSpec(**sizes)


@dataclass(frozen=True)
class RendererSpec:
    """Sizes of the stage renderer.

    The body works in cells of 4 px; with `detail` in cells of 8 px, and one level finer after it.
    """

    size: int = 256
    width: int = 64
    width_half: int = 96
    width_quarter: int = 128
    blocks: int = field(default=1, metadata=LAYERS)  # residual blocks at the end of the body
    detail: int = 0  # width of the finer level; 0 = none
    patch: int = 48  # width of the networks that paint face, hands and feet again; 0 = none
    patch_cells: tuple[int, int, int] = (12, 8, 8)  # of 4 px, a side: head, hand, foot
    window: tuple[int, int] = (0, 0)  # px, width and height of what is computed; 0 = everything
    window_before: tuple[int, int] = (0, 0)  # px from its corner to the middle of the joints

    @property
    def cell(self) -> int:
        """Px a side that one cell of the body paints."""
        return 8 if self.detail else 4

    @property
    def step(self) -> int:
        """Px a side of the coarsest cell, in which the window lies and moves."""
        return 4 * self.cell

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height of the window, px."""
        return self.window if all(self.window) else (self.size, self.size)


def renderer_spec(fields: Mapping[str, Any]) -> RendererSpec:
    """Sizes from the JSON of a checkpoint's header or a manifest."""
    sizes: dict[str, Any] = dict(fields)
    for key in ("patch_cells", "window", "window_before"):
        if key in sizes:
            sizes[key] = tuple(sizes[key])
    return RendererSpec(**sizes)


@dataclass(frozen=True)
class PuppetSpec:
    """Sizes of a puppet, and the measures of the person it is cut from (models/puppet/rig.py)."""

    size: int = 1024  # px of the square picture whose pixels its views hold
    width: int = 128
    # Rows and columns of the grids that bend, lay and shade a part: as given, as used.
    grid: tuple[int, int] = (7, 5)
    fine: tuple[int, int] = (19, 13)
    shadow_width: int = 128
    shadow_maps: int = 32  # of which each shadow is mixed
    shadow_cells: int = 64  # a side, of the shadow on the ground
    limbs: tuple[float, ...] = ()  # picture heights
    face: tuple[float, ...] = ()  # x, y of five points, body scales
    views: tuple[int, ...] = ()  # how many each part has, at least two
    view_sizes: tuple[int, ...] = ()  # rows and columns of each part's views, px


def puppet_spec(fields: Mapping[str, Any]) -> PuppetSpec:
    """Sizes from the JSON of a checkpoint's header or a manifest."""
    sizes: dict[str, Any] = dict(fields)
    for key in ("grid", "fine", "limbs", "face", "views", "view_sizes"):
        if key in sizes:
            sizes[key] = tuple(sizes[key])
    return PuppetSpec(**sizes)


class DanceTensors(NamedTuple):
    """Names of a dance's graph inputs and outputs (B = 1, T = 1 on stage)."""

    audio: str = "audio"  # float32 (B, T, S), -1..1
    controls: str = "controls"  # float32 (B, T, CONTROLS and styles); stage form only
    noise: str = "noise"  # float32 (B, T, N), see models/noise.py
    poses: str = "poses"  # float32 (B, T, H, J, 2), body units


class TargetTensors(NamedTuple):
    """Names of the renderer's graph inputs and outputs."""

    joints: str = "joints"  # float32 (B, J, 2), 0..1 of the picture, origin top left
    image: str = "image"  # uint8 (B, H, W, 3) RGB, the window around the person
    alpha: str = "alpha"  # uint8 (B, H, W), the person
    shadow: str = "shadow"  # uint8 (B, H, W), how much darker the background is
    corner: str = "corner"  # int64 (B, 2), px, first column and row of the window
    plate: str = "plate"  # uint8 (size, size, 3), the whole picture without the person


class PuppetTensors(NamedTuple):
    """Names of a puppet's graph inputs and outputs. P parts, V views of each."""

    joints: str = "joints"  # float32 (B, J, 2), 0..1 of the picture
    features: str = "features"  # float32 (B, P, F), see models/puppet/rig.py
    choice: str = "choice"  # float32 (B, P, C)
    warp: str = "warp"  # float32 (B, P, 4, rows, columns): shift across and along, nearness, light
    chances: str = "chances"  # float32 (B, P, V), how well each view suits
    shadow: str = "shadow"  # float32 (B, cells, cells), 0..1


class DanceState(NamedTuple):
    """What the stage generator carries from chunk to chunk (tensors in training, arrays on stage).

    Graph inputs are called `state_<field>`, outputs `next_<field>`; all start as zeros, except that
    `pose` starts as the standing pose.
    """

    audio_tail: Any  # (B, MelSpec.tail_samples)
    hidden: Any  # (layers, B, width)
    pose: Any  # (B, J, 2), the pose at the end of the last chunk
    velocity: Any  # (B, J, 2), body units a chunk
    plan: Any  # (B,) int64, the last choice; n_plans = none yet


class PaperState(NamedTuple):
    """What the causal paper generator carries from chunk to chunk; starts as zeros."""

    hidden: Any  # (layers, B, width)
    chance: Any  # (1, B, noise_width)


class BeatTensors(NamedTuple):
    """Names of the beat network's graph inputs and outputs."""

    frames: str = "frames"  # float32 (B, n + BEAT_REACH, bands), log-mel every 10 ms
    activation: str = "activation"  # float32 (B, n, 2), probability of beat and downbeat


class BeatState(NamedTuple):
    """What the beat network carries from chunk to chunk; starts as zeros."""

    hidden: Any  # (layers, B, width)


DANCE = DanceTensors()
BEAT = BeatTensors()
TARGET = TargetTensors()
PUPPET = PuppetTensors()


@dataclass(frozen=True)
class PaperPainterSpec:
    """Sizes of the paper's painter of a person (pix2pixHD)."""

    size: int = 512  # px a side
    width: int = 64  # channels of the first layer
    downs: int = field(default=4, metadata=LAYERS)
    blocks: int = field(default=9, metadata=LAYERS)
    # Of the local enhancer, which paints at twice the size; 0 = none.
    local_blocks: int = field(default=0, metadata=LAYERS)
    limb_px: float = 4.0  # half the width of a drawn limb, px of a 512 picture
    face: int = 128  # px a side of the part around the face, of a 512 picture; 0 = no face stage
    face_width: int = 64
    face_downs: int = field(default=3, metadata=LAYERS)
    face_blocks: int = field(default=5, metadata=LAYERS)
    critic_width: int = 64
    critic_layers: int = field(default=3, metadata=LAYERS)
    critic_scales: int = field(default=2, metadata=LAYERS)  # one more for the local enhancer

    @property
    def coarse_size(self) -> int:
        """Px a side of what the global generator paints."""
        return self.size // 2 if self.local_blocks else self.size

    @property
    def face_side(self) -> int:
        """Px a side of the part around the face."""
        step = 2**self.face_downs
        return round(self.face * self.size / 512 / step) * step


def paper_painter_spec(fields: Mapping[str, Any]) -> PaperPainterSpec:
    """Sizes from the JSON of a checkpoint's header or a manifest."""
    return PaperPainterSpec(**fields)
