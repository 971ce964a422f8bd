"""Everything one may choose for a show, one frozen dataclass; the command line is made from it."""

from dataclasses import dataclass

BPM_RANGE = (40.0, 240.0)  # tempos that can be held by hand
# Earlier the dance is not predicted yet; what is later is remembered, and no device is.
DELAYS_MS = (-200.0, 10_000.0)
BY_EAR = "auto"
METRES = {BY_EAR: 0, "3": 3, "4": 4}  # what may stand for a style: beats a bar, 0 = as heard


@dataclass(frozen=True)
class Settings:
    """A show as the performer asked for it."""

    input: str = "mic"
    target: str = "alice"
    dance: str = "club"
    osc: tuple[tuple[str, int], ...] = ()  # (host, port); empty: the default receiver
    osc_rate: float = 30.0
    osc_in: int = 0  # control port; 0 = off
    osc_root: str = "/dancelive"
    osc_flip_y: bool = False
    osc_pixels: bool = False
    record: str = ""
    record_poses: str = ""
    overwrite: bool = False  # recordings of the same name are replaced, not numbered
    headless: bool = False
    offline: bool = False
    duration: float = 0.0  # s; 0 = until the input ends
    engine: str = "auto"
    size: int = 0  # of the rendered picture; 0 = the target's own
    output: tuple[int, int] = (0, 0)  # stage screen, px; (0, 0) = twice the picture, at least 512
    fit: str = "contain"
    background: str = "target"  # their own place, "black", "green", or a picture file
    fullscreen: int = -1  # screen number; -1 = a window
    fps: float = 30.0
    adapt: bool = True  # smaller or fewer pictures while the machine is too busy
    seed: int = 0
    bpm: float = 0.0  # the tempo, held; 0 = by ear
    phase_lock: bool = True  # plans may run a little faster or slower to rest on the beat
    style: str = BY_EAR  # one of the dance's own, or of METRES
    temperature: float = 1.0
    delay_ms: float = 0.0  # the picture later (+) or earlier (-)
    stats: str = ""
    mute: bool = False  # do not play a file aloud
    guard: bool = False  # another process starts the show again when it crashes
