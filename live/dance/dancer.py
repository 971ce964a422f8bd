"""AudioChunk and Beat -> PosePlan. Pure; owns the generator's state and its seeded chance."""

import numpy as np

from live.core.messages import AudioChunk, Beat, PosePlan
from live.core.settings import BY_EAR, METRES
from live.dance.accents import Accents
from live.dance.idle import Idle
from live.dance.phase_lock import PhaseLock
from live.dance.phrases import Phrases
from models.bundle import Bundle
from models.controls import MIN_CONFIDENCE, row_for_beat
from models.runtime.dance import DanceStepper
from models.skeleton import STANDING
from models.spec import CHUNK_SECONDS, styles_of
from models.styles import StyleChoice
from models.types import Array


class StyleError(Exception):
    """A style that the dance does not have, in one sentence."""


class Dancer:
    """One dance bundle, stepped once a chunk."""

    def __init__(
        self, bundle: Bundle, seed: int = 0, temperature: float = 1.0, engine: str = "cpu"
    ) -> None:
        network, _ = bundle.network("fp32")
        self.name = bundle.manifest.name
        self.horizons = np.array(bundle.manifest.horizons)
        self.temperature = temperature
        self.energy = 0.0  # the performer's
        self.swing = 0.0  # what the beat adds to it
        self.lively = 0.0  # the music's; all together are told
        self._styles = StyleChoice(styles_of(bundle.manifest.spec))
        self._style, self.style_to_come = BY_EAR, ""  # the second: of who takes over
        self._stepper = DanceStepper(network, bundle.sizes, engine)
        self._idle = Idle()
        self._accents = Accents()
        self._phrases = Phrases(self._stepper.noise.size, bundle.manifest.mirrors, seed)
        self._phase_lock = PhaseLock(self.horizons)
        self.is_phase_locked = True
        self._seed = seed
        self.reset()

    @property
    def engine(self) -> str:
        return self._stepper.engine

    @property
    def styles(self) -> list[str]:
        """The styles that this dance can be asked for by name."""
        return [style.name for style in self._styles.styles]

    @property
    def style(self) -> str:
        """The style asked for: a name of `styles`, "3" or "4" beats a bar, or BY_EAR."""
        return self._style

    @property
    def shown_style(self) -> str:
        """What is danced, for the performer to read; "" when no style in particular."""
        if self._style in METRES:
            asked = "" if self._style == BY_EAR else f"in {self._style}"
            return self._styles.danced or asked
        return self._style.upper()  # held by hand

    def choose_style(self, name: str) -> None:
        """One of the styles, "3", "4" or BY_EAR; raises StyleError naming those that there are."""
        if name not in METRES and name not in self.styles:
            raise StyleError(self._no_style(name))
        self._style, self.style_to_come = name, ""

    def _no_style(self, name: str) -> str:
        rest = "the beats in a bar (3 or 4), or auto"
        if not self.styles:
            return f"The dance {self.name} has no styles to choose from: say {rest}."
        names = ", ".join(self.styles)
        return f"The dance {self.name} has no style {name!r}: say {names}, {rest}."

    def go_on_from(self, other: "Dancer", body: tuple[Array, Array] | None) -> None:
        """What was set for the other one, its style where this dance has it, and its body.

        `body` (18, 2) twice: a chunk ago and now, at the nearest horizon; None = standing.
        """
        self.heed(other)
        if body is not None and self._stepper.knows_body:
            self._stepper.stand(body[1], body[0])
            self._shown = np.stack(body)

    def heed(self, other: "Dancer") -> None:
        """What was set for the other one, and its style where this dance has it."""
        self.energy, self.swing, self.lively = other.energy, other.swing, other.lively
        self.is_phase_locked = other.is_phase_locked
        for style in (other.style, other.style_to_come):
            if style in METRES or style in self.styles:
                self._style = style

    def reset(self) -> None:
        """Back to standing and to the first number of the seed: same music, same dance."""
        self._stepper.reset()
        self._styles.reset()
        self._idle.reset()
        self._accents.reset()
        self._phrases.reset()
        self._shown = np.stack(
            [STANDING, STANDING]
        )  # at the nearest horizon of the last two chunks
        self._rng = np.random.default_rng(self._seed)

    @property
    def _metre(self) -> int:
        for style in self._styles.styles:
            if style.name == self._style:
                return style.beats_per_bar
        return METRES[self._style]

    def begin_part(self) -> None:
        """A new part of the music begins: it is danced to with something else."""
        self._phrases.begin()

    def step(self, chunk: AudioChunk, beat: Beat | None) -> PosePlan:
        """Hear one chunk of levelled sound, decide where the body will be."""
        noise = self._stepper.noise.draw(self._rng, 1, self.temperature)[0]
        energy = min(max(1.0, self.lively), max(-1.0, self.energy + self.swing + self.lively))
        if self._stepper.knows_body:
            wish = self._phrases.feed(beat, self._stepper.plan, self._shown[-1], energy)
            noise = noise + self.temperature * wish
        row = row_for_beat(beat, self._metre, energy)
        controls = self._styles.given(row, self._style, beat.groove if beat else "")
        poses = self._stepper.step(np.asarray(chunk.samples, np.float32), noise, controls)
        end = (chunk.index + 1) * CHUNK_SECONDS
        times = end + self.horizons
        if self._stepper.knows_body:
            if self.is_phase_locked and beat is not None and beat.confidence >= MIN_CONFIDENCE:
                locked = self._phase_lock.feed(beat, self._shown, poses)
                if locked is not poses:
                    self._stepper.stand(locked[0], self._shown[-1])
                    poses = locked
            idle = self._idle.feed(not chunk.samples.any(), times, poses)
            if idle is not None:
                self._stepper.stand(idle[0], self._shown[-1])
                poses = idle
            self._shown = np.stack([self._shown[-1], poses[0]])
        accent = self._accents.feed(beat if self.is_phase_locked else None)
        return PosePlan(end, times, poses, chunk.captured_at, accent)
