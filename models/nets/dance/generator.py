"""The stage dancer: sound, noise, controls and state in, poses at every horizon and next state out.

It chooses one of K motion plans (what the next 0.5 s may look like) by argmax of logits plus noise,
then draws the poses of that plan; choosing instead of averaging keeps the dance from freezing.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from models import skeleton, spec
from models.log_mel import LOG_MEAN, LOG_STD
from models.nets.dance.pose_limits import POSE_NUMBERS, BoneLimit, Reach, on_floor
from models.nets.mel import FRAMES_A_CHUNK, LogMel
from models.spec import DanceState

VELOCITY_SCALE = 4.0  # a chunk's velocity is small beside the pose
BEAT_CONTROLS = tuple(
    spec.CONTROLS.index(name) for name in ("beat_sin", "beat_cos", "tempo", "beat_known")
)
ENERGY = spec.CONTROLS.index("energy")
PACE_FLOOR = 0.01  # body units a chunk: below it one rest is as good as another
GROWN = 0.5  # of the energy above the usual is left out of the size: no limb is that long
# A plan this much less likely than the best is never chosen: one unlikely choice in thirty, ten
# times a second, set a resting dancer moving within 2 s (speed in silence 0.15 instead of 0.02).
LEAST_LIKELY = 0.01
# While there is sound, plans that do not move lose this much (in logits) to the others: a dancer
# that rests is led by its own last pose to rest on, and would sleep through the start of a song.
REST_PENALTY, REST_PACE = 30.0, 0.01  # body units a chunk, mean over joints


class Teacher(NamedTuple):
    """The true past and choice, fed instead of the network's own while training."""

    pose: Tensor  # (B, T, J, 2), at the end of the chunk
    velocity: Tensor  # (B, T, J, 2), body units a chunk
    last_plan: Tensor  # (B, T) int64, the choice of the chunk before; n_plans = hidden
    plan: Tensor  # (B, T) int64, the choice to draw


class Dance(NamedTuple):
    """What training sees of a dance."""

    poses: Tensor  # (B, T, H, J, 2)
    logits: Tensor  # (B, T, K)
    state: DanceState


class DanceGenerator(nn.Module):
    """Choose a plan, draw its poses, remember both. Offline is streaming from an empty state."""

    plan_steps: Tensor
    style_plans: Tensor | None

    def __init__(self, sizes: spec.GeneratorSpec | None = None) -> None:
        super().__init__()
        self.sizes = sizes = sizes or spec.GeneratorSpec()
        n_controls, width, n_plans = sizes.n_controls, sizes.gru_width, sizes.n_plans
        self.mel = LogMel(sizes.mel)
        self.ear = nn.Sequential(
            nn.Linear(sizes.mel.n_frames * sizes.mel.n_bands, 128),
            nn.ReLU(),
            nn.Linear(128, 96),
            nn.ReLU(),
        )
        self.plan_memory = nn.Embedding(n_plans + 1, 64)
        self.body = nn.GRU(
            96 + n_controls + 2 * POSE_NUMBERS + 64, width, sizes.gru_layers, batch_first=True
        )
        self.choose = nn.Sequential(
            nn.Linear(width + n_controls, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, n_plans)
        )
        # Mean steps between horizons of each plan; the head only draws what the music adds to them.
        self.register_buffer("plan_steps", torch.zeros(n_plans, len(sizes.horizons) * POSE_NUMBERS))
        # How much rarer each plan is in a style than where it is danced most, logarithm.
        has_own = bool(sizes.style_pull and sizes.styles)
        own = torch.zeros(len(sizes.styles), n_plans) if has_own else None
        self.register_buffer("style_plans", own)
        self.plan_shape = nn.Linear(len(sizes.horizons) * POSE_NUMBERS, 64)
        self.draw = nn.Sequential(
            nn.Linear(width + n_controls + 2 * POSE_NUMBERS + 64, 384),
            nn.ReLU(),
            nn.Linear(384, len(sizes.horizons) * POSE_NUMBERS),
        )
        self.reach = Reach()
        self.limit = BoneLimit()
        self._silence = (math.log(sizes.mel.floor) - LOG_MEAN) / LOG_STD + 0.01

    def start(self, batch: int = 1) -> DanceState:
        """The state before any music: standing still, nothing heard, nothing chosen."""
        weight = self.plan_memory.weight
        standing = torch.tensor(skeleton.STANDING, dtype=weight.dtype, device=weight.device)
        pose = standing.expand(batch, -1, -1)
        return DanceState(
            audio_tail=weight.new_zeros(batch, self.sizes.mel.tail_samples),
            hidden=weight.new_zeros(self.sizes.gru_layers, batch, self.sizes.gru_width),
            pose=pose,
            velocity=torch.zeros_like(pose),
            plan=torch.full((batch,), self.sizes.n_plans, device=weight.device),
        )

    def forward(
        self,
        audio: Tensor,
        noise: Tensor,
        controls: Tensor,
        state: DanceState | None = None,
        teacher: Teacher | None = None,
    ) -> tuple[Tensor, DanceState]:
        """Sound (B, T, S), noise (B, T, K), controls (B, T, C) -> poses (B, T, H, J, 2), state."""
        state = self.start(len(audio)) if state is None else state
        frames, tail = self.mel(audio, state.audio_tail)
        dance = self.dance(frames, noise, controls, state, teacher)
        return dance.poses, dance.state._replace(audio_tail=tail)

    def dance(
        self,
        frames: Tensor,
        noise: Tensor,
        controls: Tensor,
        state: DanceState,
        teacher: Teacher | None = None,
    ) -> Dance:
        """The same from log-mel frames (B, 5 T + 2, bands) on; leaves the audio tail alone."""
        features, is_silent = self._hear(frames, controls.shape[1])
        if teacher is None:
            # Noise plays with the music only: in silence the likeliest plan, which is to rest.
            noise = noise.masked_fill(is_silent, 0.0)
            return self._free(features, noise, ~is_silent, controls, state)
        felt, hidden = self._feel(
            features, controls, teacher.pose, teacher.velocity, teacher.last_plan, state.hidden
        )
        logits = self.choose(torch.cat([felt, controls], -1))
        poses = self._draw(felt, controls, teacher.pose, teacher.velocity, teacher.plan)
        after = state._replace(
            hidden=hidden,
            pose=poses[:, -1, 0],
            velocity=poses[:, -1, 0] - teacher.pose[:, -1],
            plan=teacher.plan[:, -1],
        )
        return Dance(poses, logits, after)

    def rehearse(
        self, frames: Tensor, controls: Tensor, state: DanceState, plans: Tensor
    ) -> Tensor:
        """What its own past would be if it danced these plans (B, T) by itself.

        Frames (B, 5 T + 2, bands) and controls (B, T, C) as in `dance` -> poses (B, T, J, 2) at the
        end of each chunk, the first of them that of the state.
        """
        features, _ = self._hear(frames, plans.shape[1])
        hidden, pose, velocity, last = state.hidden, state.pose, state.velocity, state.plan
        own_past: list[Tensor] = []
        for t in range(plans.shape[1]):
            now = slice(t, t + 1)
            own_past.append(pose)
            felt, hidden = self._feel(
                features[:, now], controls[:, now], pose[:, None], velocity[:, None], last[:, None],
                hidden,
            )  # fmt: skip
            last = plans[:, t]
            drawn = self._draw(
                felt, controls[:, now], pose[:, None], velocity[:, None], plans[:, now]
            )
            pose, velocity = drawn[:, 0, 0], drawn[:, 0, 0] - pose
        return torch.stack(own_past, 1)

    def _hear(self, frames: Tensor, n_chunks: int) -> tuple[Tensor, Tensor]:
        """Log-mel frames (B, 5 T + 2, bands) -> (B, T, 96), and where all is silent (B, T, 1)."""
        first = torch.arange(n_chunks, device=frames.device)[:, None] * FRAMES_A_CHUNK
        seen = frames[:, first + torch.arange(self.sizes.mel.n_frames, device=frames.device)]
        is_silent = seen.amax((-1, -2)).unsqueeze(-1) < self._silence  # (B, T, 1)
        return self.ear(seen.flatten(2)), is_silent  # (B, T, 96)

    def _feel(
        self,
        features: Tensor,
        controls: Tensor,
        pose: Tensor,
        velocity: Tensor,
        last_plan: Tensor,
        hidden: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """The music and its own past (B, T, ...) -> (B, T, width), and the next hidden state."""
        past = torch.cat([pose.flatten(2), velocity.flatten(2) * VELOCITY_SCALE], -1)
        everything = torch.cat([features, controls, past, self.plan_memory(last_plan)], -1)
        return self.body(everything, hidden)

    def _draw(
        self,
        felt: Tensor,
        controls: Tensor,
        pose: Tensor,
        velocity: Tensor,
        plan: Tensor,
        is_sized: bool = False,
    ) -> Tensor:
        """The poses of the plans (B, T) from these bodies on, (B, T, H, J, 2).

        `is_sized`: larger where the music is lively; dancers that are learned from are as they are.
        """
        past = torch.cat([pose.flatten(2), velocity.flatten(2) * VELOCITY_SCALE], -1)
        usual = self.plan_steps[plan]  # (B, T, H * J * 2)
        shape = self.plan_shape(usual * VELOCITY_SCALE)
        drawn = usual + 0.5 * self.draw(torch.cat([felt, controls, past, shape], -1))
        steps = drawn.unflatten(-1, (len(self.sizes.horizons), spec.N_JOINTS, 2))
        if is_sized and self.sizes.energy_size:
            energy = controls[..., ENERGY]
            size = torch.exp(self.sizes.energy_size * (energy - GROWN * energy.relu()))
            steps = steps * size[..., None, None, None]
        poses = self.reach(pose.unsqueeze(2) + steps.cumsum(2))  # (B, T, H, J, 2)
        return on_floor(self.limit(poses), self.sizes.jump)

    def _choice(self, logits: Tensor, noise: Tensor, sounds: Tensor, controls: Tensor) -> Tensor:
        """Logits and noise (B, T, K) -> the plans chosen (B, T); `sounds` (B, T, 1) not silent."""
        steps = self.plan_steps.unflatten(-1, (len(self.sizes.horizons), spec.N_JOINTS, 2))
        paces = torch.sqrt((steps * steps).sum(-1) + 1e-8).mean(-1)  # (K, H)
        rests = (paces.mean(1) < REST_PACE) & sounds  # (B, T, K)
        logits = logits - REST_PENALTY * rests
        if self.style_plans is not None:
            asked = controls[..., len(spec.CONTROLS) :]
            logits = logits + self.sizes.style_pull * (asked @ self.style_plans)
        unlikely = logits < logits.amax(-1, keepdim=True) + math.log(LEAST_LIKELY)
        pulled = logits + self.sizes.beat_pull * self._on_beat(paces, controls)
        if self.sizes.energy_pull:
            pace = torch.log(paces.mean(1) + PACE_FLOOR)  # (K,)
            pulled = pulled + self.sizes.energy_pull * controls[..., ENERGY : ENERGY + 1] * pace
        return (pulled + noise).masked_fill(unlikely, -1e9).argmax(-1)

    def _on_beat(self, paces: Tensor, controls: Tensor) -> Tensor:
        """How well each plan rests on the coming beats, (B, T, K); 0 where none is known."""
        paces = torch.log(paces + PACE_FLOOR)
        paces = paces - paces.mean(1, keepdim=True)
        beat_sin, beat_cos, tempo, known = (controls[..., i : i + 1] for i in BEAT_CONTROLS)
        beats_a_second = torch.exp(tempo * math.log(2)) / spec.TEMPO_REFERENCE_S
        # The middle of each step between horizons, from the moment that the controls speak of.
        middles = [h - spec.CHUNK_SECONDS / 2 - spec.CONTROL_AHEAD for h in self.sizes.horizons]
        turn = 2 * math.pi * beats_a_second * torch.tensor(middles, device=controls.device)
        stillness = beat_cos * torch.cos(turn) - beat_sin * torch.sin(turn)  # (B, T, H)
        return -known * (stillness @ paces.T)

    def _free(
        self, features: Tensor, noise: Tensor, sounds: Tensor, controls: Tensor, state: DanceState
    ) -> Dance:
        """Chunk by chunk, given its own last pose and choice."""
        hidden, pose, velocity, plan = state.hidden, state.pose, state.velocity, state.plan
        all_poses: list[Tensor] = []
        all_logits: list[Tensor] = []
        for t in range(controls.shape[1]):
            now = slice(t, t + 1)
            control, pose_now, velocity_now = controls[:, now], pose[:, None], velocity[:, None]
            felt, hidden = self._feel(
                features[:, now], control, pose_now, velocity_now, plan[:, None], hidden
            )
            logits = self.choose(torch.cat([felt, control], -1))
            plan = self._choice(logits, noise[:, now], sounds[:, now], control)[:, 0]
            poses = self._draw(felt, control, pose_now, velocity_now, plan[:, None], True)
            velocity = poses[:, 0, 0] - pose
            pose = poses[:, 0, 0]
            all_poses.append(poses)
            all_logits.append(logits)
        after = DanceState(state.audio_tail, hidden, pose, velocity, plan)
        return Dance(torch.cat(all_poses, 1), torch.cat(all_logits, 1), after)
